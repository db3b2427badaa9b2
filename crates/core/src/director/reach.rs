//! Under which address viewers reach Core, as answers name it.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};

/// How Core is reached.
#[derive(Clone, Debug)]
pub struct Reach {
    given: Option<String>,
}

impl Reach {
    /// Under `given` (`http.base_url`), else wherever somebody asks.
    pub fn new(given: Option<String>) -> Self {
        Self { given }
    }

    /// Where a client that sent these headers will look for more. HTTP/1.0 clients may not say where they ask; relative
    /// addresses serve them.
    pub(super) fn asked(&self, headers: &HeaderMap) -> String {
        self.given.clone().unwrap_or_else(|| {
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
            let authority = host.filter(|host| !host.contains('@')).and_then(|host| host.parse::<Authority>().ok());
            authority.map_or_else(String::new, |authority| format!("http://{authority}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_that_the_client_asked() {
        let asked = |host: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            Reach::new(None).asked(&headers)
        };
        assert_eq!(asked("10.0.0.2:8480"), "http://10.0.0.2:8480");
        assert_eq!(asked("[::1]:80"), "http://[::1]:80");
        for odd in ["", "a b", "x/../y", "tv.lan@elsewhere"] {
            assert_eq!(asked(odd), "", "{odd:?}");
        }
        assert_eq!(Reach::new(None).asked(&HeaderMap::new()), "");
    }

    #[test]
    fn what_is_given_counts_everywhere() {
        let reach = Reach::new(Some("https://tv.example.org".to_owned()));
        let headers = HeaderMap::from_iter([(header::HOST, "10.0.0.2".parse().unwrap())]);
        assert_eq!(reach.asked(&headers), "https://tv.example.org");
    }
}
