//! HTTP clients, all made in one place: without a provider of cryptography, which is installed here, none can be built.

use std::iter;

use reqwest::{Client, ClientBuilder};

/// A client to be built for `https`, which trusts whom the system trusts. It asks whom it is told to ask: proxies of the
/// environment are none of its business. Where the system trusts nobody, building it fails.
#[expect(clippy::disallowed_methods, reason = "this is the place where clients are made")]
pub fn client() -> ClientBuilder {
    // Fails where it was done before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy()
}

/// A client to be built for plain `http`, which needs no certificates of the system.
pub fn plain_client() -> ClientBuilder {
    client().tls_certs_only(iter::empty())
}
