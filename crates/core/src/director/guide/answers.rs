//! What many ask for is made once, by one thread, and kept until the guide changes. Each answer has a tag, so that who
//! has it already is told so and nothing more (RFC 9110, 13.1.2).

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::failure::{Failure, Kind};
use crate::ingest::blocking::off_runtime;

/// Answers that are kept, and their bytes together. The oldest go first.
const KEPT: usize = 32;
const KEPT_BYTES: usize = 32 << 20;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Of the guide.
    pub(super) edition: u64,
    /// All else that the answer depends on.
    pub(super) what: String,
    /// How the client takes it.
    pub(super) gzip: bool,
}

/// An answer. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    body: Bytes,
    tag: HeaderValue,
    gzip: bool,
}

#[derive(Default)]
pub(super) struct Answers {
    kept: Mutex<VecDeque<(Asked, Answer)>>,
    /// Held by the thread that makes one, also where nobody waits for it any more.
    making: Arc<tokio::sync::Mutex<()>>,
}

impl Answers {
    /// The answer to what `asked` tells, by `make` where there is none yet.
    pub(super) async fn answer(
        self: &Arc<Self>,
        asked: impl Fn() -> Asked,
        make: impl FnOnce() -> Result<Vec<u8>, Failure> + Send + 'static,
    ) -> Result<Answer, Failure> {
        if let Some(answer) = self.kept(&asked()) {
            return Ok(answer);
        }
        let turn = Arc::clone(&self.making).lock_owned().await;
        // another one may have made it, or it is of a newer edition by now
        let asked = asked();
        if let Some(answer) = self.kept(&asked) {
            return Ok(answer);
        }
        let answers = Arc::clone(self);
        let made = off_runtime(move || {
            let _turn = turn;
            let answer = Answer::of(make()?, asked.gzip)?;
            answers.keep(asked, answer.clone());
            Ok(answer)
        });
        made.await?
    }

    fn kept(&self, asked: &Asked) -> Option<Answer> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(other, _)| other == asked).map(|(_, answer)| answer.clone())
    }

    fn keep(&self, asked: Asked, answer: Answer) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| other.edition == asked.edition);
        kept.push_back((asked, answer));
        let bytes = |kept: &VecDeque<(Asked, Answer)>| kept.iter().map(|(_, answer)| answer.body.len()).sum::<usize>();
        while kept.len() > KEPT || bytes(&kept) > KEPT_BYTES {
            kept.pop_front();
        }
    }
}

impl Answer {
    fn of(body: Vec<u8>, gzip: bool) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::new(Kind::Failed, "guide_failed", error.to_string());
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        // weak: it is the same for both encodings
        let tag = HeaderValue::try_from(format!("W/\"{:016x}\"", hasher.finish())).map_err(|error| failed(&error))?;
        if !gzip {
            return Ok(Self { body: body.into(), tag, gzip });
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let packed = encoder.write_all(&body).and_then(|()| encoder.finish());
        Ok(Self { body: packed.map_err(|error| failed(&error))?.into(), tag, gzip })
    }

    /// As a response to a request with these headers.
    pub(super) fn respond(self, headers: &HeaderMap, content_type: &'static str) -> Response {
        let mut response = if has_already(headers, &self.tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, content_type)], Body::from(self.body)).into_response()
        };
        let is_packed = self.gzip && response.status() == StatusCode::OK;
        let about = response.headers_mut();
        about.insert(header::ETAG, self.tag);
        about.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        about.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if is_packed {
            about.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// Whether the client takes gzip (RFC 9110, 12.5.3).
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut named = listed(headers, header::ACCEPT_ENCODING).filter_map(|coding| {
        let (coding, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0);
        coding.trim().eq_ignore_ascii_case("gzip").then_some(weight)
    });
    named.next().is_some_and(|weight| weight > 0.0)
}

/// `If-None-Match`, compared weakly.
fn has_already(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |tag: &'_ str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let tag = tag.to_str().map(opaque).unwrap_or_default();
    listed(headers, header::IF_NONE_MATCH).any(|held| held == "*" || opaque(held) == tag)
}

fn listed(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn asked(edition: u64, what: &str) -> Asked {
        Asked { edition, what: what.to_owned(), gzip: false }
    }

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::try_from(value).unwrap())])
    }

    #[tokio::test]
    async fn an_answer_is_made_once_for_an_edition() {
        let (answers, made) = (Arc::new(Answers::default()), Arc::new(AtomicUsize::new(0)));
        let ask = |edition, what: &'static str| {
            let (answers, made) = (Arc::clone(&answers), Arc::clone(&made));
            async move {
                let make = move || Ok(made.fetch_add(1, Ordering::Relaxed).to_string().into_bytes());
                answers.answer(|| asked(edition, what), make).await.unwrap().body
            }
        };
        let both = tokio::join!(ask(1, "a"), ask(1, "a"));
        assert_eq!(both, (Bytes::from("0"), Bytes::from("0")));
        assert_eq!(ask(1, "b").await, "1");
        assert_eq!(ask(1, "a").await, "0");
        assert_eq!(ask(2, "a").await, "2");
        assert_eq!(answers.kept.lock().unwrap().len(), 1, "nothing is kept of an edition that is over");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let answers = Answers::default();
        let keep = |what: usize, bytes: usize| {
            answers.keep(asked(1, &what.to_string()), Answer::of(vec![0; bytes], false).unwrap());
            answers.kept.lock().unwrap().len()
        };
        assert_eq!((0..100).map(|what| keep(what, 1)).max(), Some(KEPT));
        assert_eq!(keep(200, KEPT_BYTES), 1);
        assert_eq!(keep(201, KEPT_BYTES + 1), 0);
    }

    #[test]
    fn who_has_an_answer_is_told_so() {
        let answer = Answer::of(b"a guide".to_vec(), false).unwrap();
        let tag = answer.tag.to_str().unwrap().to_owned();
        let check = |held: &str, status: u16| {
            let response = answer.clone().respond(&headers(header::IF_NONE_MATCH, held), "text/plain");
            assert_eq!(response.status(), status, "{held}");
            assert_eq!(response.headers()[header::ETAG], tag);
        };
        check(&tag, 304);
        check(&format!("\"other\", {tag}"), 304);
        check(tag.trim_start_matches("W/"), 304);
        check("*", 304);
        check("\"other\"", 200);
        check("", 200);
    }

    #[test]
    fn only_who_takes_gzip_gets_it() {
        for (value, takes) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("br", false),
            ("", false),
            ("identity", false),
        ] {
            assert_eq!(takes_gzip(&headers(header::ACCEPT_ENCODING, value)), takes, "{value}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
