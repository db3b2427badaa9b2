//! Under which address viewers reach Core, as answers name it.

use std::net::{IpAddr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};

/// How Core is reached.
#[derive(Clone, Debug)]
pub struct Reach {
    given: Option<String>,
    listen: SocketAddr,
}

impl Reach {
    /// Under `given` (`http.base_url`), else wherever somebody asks `listen`.
    pub fn new(given: Option<String>, listen: SocketAddr) -> Self {
        Self { given, listen }
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

    /// Where somebody will find Core who has asked no HTTP yet, but sees this machine as `here`. None where it does not
    /// listen there.
    pub(super) fn at(&self, here: IpAddr) -> Option<String> {
        let listen = self.listen.ip();
        let listens = listen.is_unspecified() || listen == here || (listen.is_loopback() && here.is_loopback());
        match &self.given {
            Some(given) => Some(given.clone()),
            None => listens.then(|| format!("http://{}", SocketAddr::new(here, self.listen.port()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(listen: &str) -> Reach {
        Reach::new(None, listen.parse().unwrap())
    }

    #[test]
    fn the_address_is_the_one_that_the_client_asked() {
        let asked = |host: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            reach("0.0.0.0:8480").asked(&headers)
        };
        assert_eq!(asked("10.0.0.2:8480"), "http://10.0.0.2:8480");
        assert_eq!(asked("[::1]:80"), "http://[::1]:80");
        for odd in ["", "a b", "x/../y", "tv.lan@elsewhere"] {
            assert_eq!(asked(odd), "", "{odd:?}");
        }
        assert_eq!(reach("0.0.0.0:8480").asked(&HeaderMap::new()), "");
    }

    #[test]
    fn who_has_not_asked_yet_is_told_where_core_listens() {
        let cases = [
            ("0.0.0.0:8480", "192.168.1.2", Some("http://192.168.1.2:8480")),
            ("[::]:80", "192.168.1.2", Some("http://192.168.1.2:80")),
            ("192.168.1.2:80", "192.168.1.2", Some("http://192.168.1.2:80")),
            ("192.168.1.2:80", "10.0.0.1", None),
            ("127.0.0.1:8480", "192.168.1.2", None),
            ("127.0.0.1:8480", "127.0.0.1", Some("http://127.0.0.1:8480")),
        ];
        for (listen, here, at) in cases {
            assert_eq!(reach(listen).at(here.parse().unwrap()).as_deref(), at, "{listen} {here}");
        }
    }

    #[test]
    fn what_is_given_counts_everywhere() {
        let reach = Reach::new(Some("https://tv.example.org".to_owned()), ([127, 0, 0, 1], 8480).into());
        let headers = HeaderMap::from_iter([(header::HOST, "10.0.0.2".parse().unwrap())]);
        assert_eq!(reach.asked(&headers), "https://tv.example.org");
        assert_eq!(reach.at([10, 0, 0, 2].into()).as_deref(), Some("https://tv.example.org"));
    }
}
