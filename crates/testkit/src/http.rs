//! HTTP as tests ask for it.

use reqwest::{Client, ClientBuilder, Response};

/// A client to be built, for plain `http`.
#[expect(clippy::disallowed_methods, reason = "this is the place where clients are made")]
pub fn builder() -> ClientBuilder {
    // Fails where it was done before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().tls_certs_only(std::iter::empty())
}

/// A client.
///
/// # Panics
/// Where none can be made, which no test survives.
pub fn client() -> Client {
    builder().build().expect("a plain client can be made")
}

/// Asks for `url`.
///
/// # Errors
/// Where nothing answers there.
pub async fn get(url: impl AsRef<str>) -> reqwest::Result<Response> {
    client().get(url.as_ref()).send().await
}
