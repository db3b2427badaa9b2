//! Asking a media server: one request after the other, each bounded in time and size, and never with the token to
//! anybody else.

use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use retrovue_store::library::{MediaServer, ServerKind};
use serde::de::DeserializeOwned;

use super::token::Token;
use crate::failure::{Failure, Kind};
use crate::http;

/// The longest answer that is read: a page of items is a few megabytes.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A server that sends a little now and then has this many times its patience for one answer.
const LONGEST: u32 = 4;

/// Asks one server.
pub(super) struct Asker {
    http: Client,
    base: Url,
    kind: ServerKind,
    patience: Duration,
}

impl Asker {
    /// Asks `server`, which may take `patience` for anything.
    ///
    /// # Errors
    /// `url_invalid`; `client_failed` where the system trusts nobody.
    pub(super) fn new(server: &MediaServer, token: &Token, patience: Duration) -> Result<Self, Failure> {
        let base = checked_url(&server.url)?;
        let builder = if base.scheme() == "https" { http::client() } else { http::plain_client() };
        let client = builder
            .default_headers(headers(server.kind, token))
            .user_agent(concat!("RetroVue/", env!("CARGO_PKG_VERSION")))
            // What is behind a redirect is told; it may be anybody.
            .redirect(redirect::Policy::none())
            .connect_timeout(patience)
            .read_timeout(patience)
            .timeout(patience * LONGEST)
            .build();
        let http = client.map_err(|error| {
            let message = format!("no connection can be made to {base}: {}", cause(&error));
            Failure::new(Kind::Failed, "client_failed", message).hint("install the package ca-certificates")
        })?;
        Ok(Self { http, base, kind: server.kind, patience })
    }

    /// The JSON document at `path`.
    ///
    /// # Errors
    /// `server_unreachable`, `server_timeout`, `server_refused`, `server_redirects`, `server_failed`,
    /// `server_answer_invalid`
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Failure> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let response = self.http.get(url).send().await.map_err(|error| self.broken(&error))?;
        self.check(path, &response)?;
        let body = self.body(path, response).await?;
        serde_json::from_slice(&body).map_err(|error| self.not_understood(path, &format!("is not understood: {error}")))
    }

    /// What a server's answer to `path` is not.
    pub(super) fn not_understood(&self, path: &str, what: &str) -> Failure {
        let message = format!("the answer of {} to {path} {what}", self.base);
        Failure::new(Kind::Failed, "server_answer_invalid", message)
            .hint(format!("see that {} answers at that address; nothing was changed", self.kind.name()))
    }

    fn check(&self, path: &str, response: &Response) -> Result<(), Failure> {
        let (base, name, status) = (&self.base, self.kind.name(), response.status());
        match status {
            _ if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let message = format!("{base} refuses the token: it answers {status} to {path}");
                let hint = match self.kind {
                    ServerKind::Jellyfin | ServerKind::Emby => "make an API key in its dashboard",
                    ServerKind::Plex => "take the token of the account that owns the server",
                };
                Err(Failure::new(Kind::Failed, "server_refused", message)
                    .hint(format!("{hint}, and hand it over with --token-file: retrovue source edit changes it")))
            }
            _ if status.is_redirection() => {
                let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
                let to = self.base.join(to).map(|to| origin(&to, path)).unwrap_or_else(|_| to.to_owned());
                let message = format!("{base} sends whoever asks to {to}, and the token goes nowhere else");
                Err(Failure::new(Kind::Failed, "server_redirects", message)
                    .hint("if that is the server, give its address with --url"))
            }
            StatusCode::NOT_FOUND => Err(self.not_understood(path, &format!("is {status}: no {name} speaks there"))),
            _ => {
                let message = format!("{base} answers {status} to {path}");
                Err(Failure::new(Kind::Failed, "server_failed", message)
                    .hint(format!("the log of {name} may say why; nothing was changed")))
            }
        }
    }

    async fn body(&self, path: &str, response: Response) -> Result<Vec<u8>, Failure> {
        let too_long = || self.not_understood(path, &format!("is longer than {} MiB", MAX_BYTES >> 20));
        if response.content_length().is_some_and(|length| length > MAX_BYTES as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| self.broken(&error))?;
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn broken(&self, error: &reqwest::Error) -> Failure {
        let (base, name) = (&self.base, self.kind.name());
        if error.is_timeout() {
            let message = format!("{base} has not answered for {} s", self.patience.as_secs_f32());
            return Failure::new(Kind::Failed, "server_timeout", message)
                .hint(format!("see that {name} runs and is not overloaded; nothing was changed"));
        }
        let what = if error.is_connect() { "cannot be reached" } else { "broke off its answer" };
        Failure::new(Kind::Failed, "server_unreachable", format!("{base} {what}: {}", cause(error)))
            .hint(format!("see that {name} runs, and that its address is right; nothing was changed"))
    }
}

/// A server's address, as it is kept.
///
/// # Errors
/// `url_invalid`
pub(crate) fn checked_url(text: &str) -> Result<Url, Failure> {
    let invalid = |why: &str| {
        Failure::new(Kind::Usage, "url_invalid", format!("that is no address of a media server: {why}"))
            .hint("write it as http://192.168.0.10:8096")
    };
    let url = Url::parse(text.trim()).map_err(|error| invalid(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("it begins neither with http:// nor with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it carries a name or a password; a token is all that is needed"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("it goes on behind the path; a token does not belong there"));
    }
    Ok(url)
}

/// The token as each kind of server takes it. Jellyfin 12 takes no other header than this one, and Emby none but its
/// own.
fn headers(kind: ServerKind, token: &Token) -> HeaderMap {
    let (name, value) = match kind {
        ServerKind::Jellyfin => ("authorization", format!("MediaBrowser Token=\"{}\"", token.expose())),
        ServerKind::Emby => ("x-emby-token", token.expose().to_owned()),
        ServerKind::Plex => ("x-plex-token", token.expose().to_owned()),
    };
    let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    // Tokens are checked to be plain text.
    if let Ok(mut value) = HeaderValue::from_str(&value) {
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    headers
}

/// The address that was redirected to, without what was asked for.
fn origin(to: &Url, path: &str) -> String {
    let before = to.path().strip_suffix(path).unwrap_or_default();
    format!("{}{before}", to.origin().ascii_serialization())
}

/// What is at the bottom of an error.
fn cause(error: &reqwest::Error) -> String {
    let last = std::iter::successors(std::error::Error::source(error), |error| error.source()).last();
    last.map_or_else(|| "nobody says why".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, expected: Option<&str>| {
            let url = checked_url(text).map(|url| url.to_string());
            assert_eq!(url.as_deref().ok(), expected, "{text}: {url:?}");
        };
        check("http://box:8096", Some("http://box:8096/"));
        check(" https://tv.example.org/jellyfin/ ", Some("https://tv.example.org/jellyfin/"));
        check("box:8096", None);
        check("ftp://box", None);
        check("http://", None);
        check("http://me:secret@box", None);
        check("http://box/?X-Plex-Token=secret", None);
        check("http://box/#secret", None);
        let failure = checked_url("http://me:secret@box/").unwrap_err();
        assert!(!failure.message.contains("secret"), "{failure}");
    }

    #[test]
    fn a_redirect_is_told_without_what_was_asked_for() {
        let check = |to: &str, expected: &str| {
            assert_eq!(origin(&Url::parse(to).unwrap(), "/System/Info"), expected, "{to}");
        };
        check("https://box/System/Info?x=1", "https://box");
        check("https://box/jellyfin/System/Info", "https://box/jellyfin");
        check("http://login.example.org/?next=%2FSystem", "http://login.example.org");
    }
}
