//! For machines: whether Core lives, whether a viewer could be served, and the counters.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Director;
use crate::failure::{Failure, Kind};
use crate::ingest::blocking::off_runtime;

pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// 200 where a viewer could be served now, else 503 with every reason.
pub(super) async fn ready(State(director): State<Director>) -> Result<&'static str, Failure> {
    let mut reasons = Vec::new();
    if let Some(reason) = director.air.status().reason() {
        reasons.push(format!("Air is down: {reason}"));
    }
    let guide = director.guide.source();
    if let Err(failure) = off_runtime(move || guide.readable()).await.flatten() {
        reasons.push(format!("the schedule cannot be read: {failure}"));
    }
    if reasons.is_empty() {
        return Ok("ready\n");
    }
    Err(Failure::new(Kind::Unreachable, "not_ready", reasons.join("; ")).details(json!({ "reasons": reasons })))
}

pub(super) async fn metrics(State(director): State<Director>) -> Response {
    ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], director.metrics.text()).into_response()
}
