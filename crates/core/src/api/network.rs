//! `/status`.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use crate::app::App;
use crate::usecases::network::{self, Status};

pub(super) fn router() -> Router<App> {
    Router::new().route("/status", get(status))
}

async fn status(State(app): State<App>) -> Json<Status> {
    Json(network::status(&app).await)
}
