//! `/channels`, `/suggestions` and `/schedule`.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use retrovue_timeline::UtcTime;
use serde::Deserialize;

use super::{Answer, Asked, Body, Change, asked, sent};
use crate::app::App;
use crate::failure::{Failure, Kind};
use crate::ingest::blocking::off_runtime;
use crate::usecases::schedules::views::{
    Applied, AppliedChannel, ChannelDetail, ChannelFile, ChannelsView, Findings, PlaylogView, Removed, ScheduleView,
    Suggestions,
};
use crate::usecases::schedules::{AppliedFile, ExplanationView, ScheduleService, aside};

/// Room for a network's channel files, sent at once.
const MAX_BODY: usize = 32 << 20;

/// A day, where nobody says how much of a schedule is wanted.
const HOURS: u32 = 24;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    files: Vec<AppliedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleSpan {
    from: Option<String>,
    hours: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaylogSpan {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planning {
    from: Option<String>,
    /// What is frozen gives way, too.
    #[serde(default)]
    now: bool,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakingOver {
    #[serde(default)]
    now: bool,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instant {
    at: Option<String>,
}

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/channels", get(list).post(apply))
        .route("/channels/{slug}", get(show).delete(remove))
        .route("/channels/{slug}/file", get(export))
        .route("/channels/{slug}/schedule", get(schedule))
        .route("/channels/{slug}/schedule/rebuild", post(rebuild))
        .route("/channels/{slug}/playlog", get(playlog))
        .route("/channels/{slug}/explanation", get(explain))
        .route("/suggestions", get(suggest).post(apply_suggestions))
        .route("/schedule/check", post(check))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn list(State(app): State<App>) -> Answer<ChannelsView> {
    call(&app, |schedules| schedules.list()).await
}

async fn apply(State(app): State<App>, query: Asked<TakingOver>, body: Body<Files>) -> Answer<Applied> {
    let (TakingOver { now, dry_run }, files) = (asked(query)?, sent(body)?.files);
    let applied = plan(&app, move |schedules| match now {
        true => schedules.apply_now(&files, dry_run),
        false => schedules.apply(&files, dry_run),
    });
    let applied = applied.await?;
    tell_viewers(&app).await;
    Ok(applied)
}

async fn rebuild(State(app): State<App>, Path(slug): Path<String>, query: Asked<Planning>) -> Answer<AppliedChannel> {
    let Planning { from, now, dry_run } = asked(query)?;
    let from = instant("from", from)?;
    plan(&app, move |schedules| schedules.rebuild(&slug, from, now, dry_run)).await
}

async fn show(State(app): State<App>, Path(slug): Path<String>) -> Answer<ChannelDetail> {
    call(&app, move |schedules| schedules.channel(&slug)).await
}

async fn remove(State(app): State<App>, Path(slug): Path<String>, query: Asked<Change>) -> Answer<Removed> {
    let dry_run = asked(query)?.dry_run;
    let removed = call(&app, move |schedules| schedules.remove(&slug, dry_run)).await?;
    tell_viewers(&app).await;
    Ok(removed)
}

async fn export(State(app): State<App>, Path(slug): Path<String>) -> Answer<ChannelFile> {
    call(&app, move |schedules| schedules.export(&slug)).await
}

async fn schedule(
    State(app): State<App>,
    Path(slug): Path<String>,
    query: Asked<ScheduleSpan>,
) -> Answer<ScheduleView> {
    let ScheduleSpan { from, hours } = asked(query)?;
    let from = instant("from", from)?.unwrap_or_else(|| app.clock.now());
    call(&app, move |schedules| schedules.schedule(&slug, from, hours.unwrap_or(HOURS))).await
}

async fn explain(State(app): State<App>, Path(slug): Path<String>, query: Asked<Instant>) -> Answer<ExplanationView> {
    let at = instant("at", asked(query)?.at)?.unwrap_or_else(|| app.clock.now());
    plan(&app, move |schedules| schedules.explain(&slug, at)).await
}

async fn playlog(State(app): State<App>, Path(slug): Path<String>, query: Asked<PlaylogSpan>) -> Answer<PlaylogView> {
    let PlaylogSpan { from, to } = asked(query)?;
    let (from, to) = (instant("from", from)?, instant("to", to)?);
    call(&app, move |schedules| schedules.playlog(&slug, from, to)).await
}

async fn suggest(State(app): State<App>) -> Answer<Suggestions> {
    plan(&app, |schedules| schedules.suggest()).await
}

async fn apply_suggestions(State(app): State<App>, query: Asked<Change>) -> Answer<Suggestions> {
    let dry_run = asked(query)?.dry_run;
    let applied = plan(&app, move |schedules| schedules.apply_suggestions(dry_run)).await?;
    tell_viewers(&app).await;
    Ok(applied)
}

async fn check(State(app): State<App>, body: Body<AppliedFile>) -> Answer<Findings> {
    let file = sent(body)?;
    plan(&app, move |schedules| schedules.check(&file)).await
}

async fn call<T: Send + 'static>(
    app: &App,
    ask: impl FnOnce(&ScheduleService) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let schedules = app.schedules.clone();
    off_runtime(move || ask(&schedules)).await?.map(Json)
}

/// The same for what plans: whoever watches goes first.
async fn plan<T: Send + 'static>(
    app: &App,
    ask: impl FnOnce(&ScheduleService) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let schedules = app.schedules.clone();
    aside(move || ask(&schedules)).await?.map(Json)
}

/// Returns when viewers find the channels that there are now: who has made one may watch it at once.
async fn tell_viewers(app: &App) {
    if let Err(failure) = app.channels.reload().await {
        tracing::warn!(%failure, "viewers do not find changed channels yet");
    }
}

fn instant(name: &str, text: Option<String>) -> Result<Option<UtcTime>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let parsed = text.parse::<jiff::Timestamp>().ok().and_then(|at| i64::try_from(at.as_nanosecond()).ok());
    parsed.map(|nanos| Some(UtcTime::from_nanos(nanos))).ok_or_else(|| {
        Failure::new(Kind::Usage, "instant_invalid", format!("{name}: {text:?} is no instant"))
            .hint("write it as 2026-11-22T20:00:00Z or with an offset, 2026-11-22T21:00:00+01:00")
    })
}
