//! The operators' server: the API on a Unix socket that only Core's user and group can open, so it asks for no login.

use axum::Router;
use axum::http::Uri;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Failure;

/// Serves the operator API until `drain`; returns when open requests have been answered.
///
/// # Errors
/// Where the socket fails.
pub async fn serve(listener: UnixListener, app: App, drain: CancellationToken) -> std::io::Result<()> {
    let router = Router::new().nest("/api/v1", crate::api::router()).fallback(nothing_here).with_state(app);
    axum::serve(listener, router).with_graceful_shutdown(drain.cancelled_owned()).await
}

async fn nothing_here(uri: Uri) -> Failure {
    Failure::not_found("not_found", format!("the API has no {}", uri.path()))
        .hint("Core and the retrovue command are of different versions, maybe: compare retrovue --version with status")
}
