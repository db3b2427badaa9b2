//! `/channels/{slug}/asrun`.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Date;
use serde::Deserialize;

use super::{Answer, Asked, asked};
use crate::app::App;
use crate::failure::{Failure, Kind};
use crate::ingest::blocking::off_runtime;
use crate::usecases::asrun::{AsRun, AsRunFile, AsRunView, DifferencesView, Format};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    date: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    date: Option<String>,
    format: Format,
}

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/channels/{slug}/asrun", get(show))
        .route("/channels/{slug}/asrun/differences", get(verify))
        .route("/channels/{slug}/asrun/export", get(export))
}

async fn show(State(app): State<App>, Path(slug): Path<String>, query: Asked<Day>) -> Answer<AsRunView> {
    let date = day(asked(query)?.date)?;
    call(&app, move |asrun| asrun.show(&slug, date)).await
}

async fn verify(State(app): State<App>, Path(slug): Path<String>, query: Asked<Day>) -> Answer<DifferencesView> {
    let date = day(asked(query)?.date)?;
    call(&app, move |asrun| asrun.verify(&slug, date)).await
}

async fn export(State(app): State<App>, Path(slug): Path<String>, query: Asked<Export>) -> Answer<AsRunFile> {
    let Export { date, format } = asked(query)?;
    let date = day(date)?;
    call(&app, move |asrun| asrun.export(&slug, date, format)).await
}

async fn call<T: Send + 'static>(
    app: &App,
    ask: impl FnOnce(&AsRun) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let asrun = AsRun { store: app.store.clone(), schedules: app.schedules.clone() };
    off_runtime(move || ask(&asrun)).await?.map(Json)
}

fn day(text: Option<String>) -> Result<Option<Date>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let date: Option<Date> = text.parse().ok().filter(|date: &Date| (1970..=2200).contains(&date.year()));
    date.map(Some).ok_or_else(|| {
        Failure::new(Kind::Usage, "date_invalid", format!("date: {text:?} is no day"))
            .hint("write it as 2026-11-22: the broadcast day in the channel's zone")
    })
}
