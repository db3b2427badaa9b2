//! `/overrides`.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};

use super::{Answer, Asked, Body, Change, asked, sent};
use crate::app::App;
use crate::failure::Failure;
use crate::ingest::blocking::off_runtime;
use crate::usecases::schedules::{OverrideRequest, OverrideView, OverridesView, ScheduleService, StopRequest};

pub(super) fn router() -> Router<App> {
    Router::new().route("/overrides", get(list).post(start)).route("/overrides/stop", post(stop))
}

async fn list(State(app): State<App>) -> Answer<OverridesView> {
    call(&app, |schedules| schedules.overrides()).await
}

async fn start(State(app): State<App>, query: Asked<Change>, body: Body<OverrideRequest>) -> Answer<OverrideView> {
    let (dry_run, request) = (asked(query)?.dry_run, sent(body)?);
    call(&app, move |schedules| schedules.start_override(&request, dry_run)).await
}

async fn stop(State(app): State<App>, query: Asked<Change>, body: Body<StopRequest>) -> Answer<OverridesView> {
    let (dry_run, request) = (asked(query)?.dry_run, sent(body)?);
    call(&app, move |schedules| schedules.stop_overrides(&request, dry_run)).await
}

async fn call<T: Send + 'static>(
    app: &App,
    ask: impl FnOnce(&ScheduleService) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let schedules = app.schedules.clone();
    off_runtime(move || ask(&schedules)).await?.map(Json)
}
