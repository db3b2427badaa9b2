//! The operator API, `/api/v1`: every handler takes a request apart, calls one use case and answers its result as
//! JSON. Changes take `?dry_run=true`.

use axum::Router;

use crate::app::App;

pub mod library;
pub mod network;
pub mod schedules;

/// All routes of the operator API.
pub fn router() -> Router<App> {
    Router::new().merge(library::router()).merge(schedules::router()).merge(network::router())
}
