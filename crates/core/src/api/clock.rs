//! `/clock`.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};

use super::{Answer, Asked, Change, asked};
use crate::app::App;
use crate::usecases::clock::{self, AdoptedView, ClockView};

pub(super) fn router() -> Router<App> {
    Router::new().route("/clock", get(show)).route("/clock/adopt", post(adopt))
}

async fn show(State(app): State<App>) -> Answer<ClockView> {
    clock::show(&app).await.map(Json)
}

async fn adopt(State(app): State<App>, query: Asked<Change>) -> Answer<AdoptedView> {
    clock::adopt(&app, asked(query)?.dry_run).await.map(Json)
}
