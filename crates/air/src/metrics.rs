//! Air's own metrics page, for Prometheus.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;

/// Serves `/metrics` on `address` until `closing`. An address that cannot be had is a warning: what is on air does not
/// depend on it.
pub(crate) async fn serve(engine: Arc<Engine>, address: SocketAddr, closing: CancellationToken) {
    let listener = match tokio::net::TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%address, %error, "no metrics: set air.metrics to an address that is free");
            return;
        }
    };
    let router = Router::new().route("/metrics", get(page)).with_state(engine);
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(closing.cancelled_owned()).await {
        tracing::warn!(%address, %error, "the metrics page ended");
    }
}

async fn page(State(engine): State<Arc<Engine>>) -> Response {
    match engine.metrics() {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
