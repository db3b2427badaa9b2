//! The operator API, `/api/v1`: every handler takes a request apart, calls one use case and answers its result as
//! JSON. Changes take `?dry_run=true`.

use axum::extract::Query;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::{Json, Router};
use serde::Deserialize;

use crate::app::App;
use crate::failure::{Failure, Kind};

pub mod asrun;
pub mod clock;
pub mod enrichers;
pub mod library;
pub mod network;
pub mod overrides;
pub mod schedules;

type Answer<T> = Result<Json<T>, Failure>;
type Asked<T> = Result<Query<T>, QueryRejection>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// The query of every change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    dry_run: bool,
}

/// All routes of the operator API.
pub fn router() -> Router<App> {
    Router::new()
        .merge(library::router())
        .merge(enrichers::router())
        .merge(schedules::router())
        .merge(asrun::router())
        .merge(overrides::router())
        .merge(network::router())
        .merge(clock::router())
}

fn asked<T>(query: Asked<T>) -> Result<T, Failure> {
    query.map(|Query(query)| query).map_err(|error| Failure::new(Kind::Usage, "query_invalid", error.body_text()))
}

fn sent<T>(body: Body<T>) -> Result<T, Failure> {
    body.map(|Json(body)| body).map_err(|error| Failure::new(Kind::Usage, "body_invalid", error.body_text()))
}
