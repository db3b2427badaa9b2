//! `/enrichers`.

use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};

use super::{Answer, Asked, Body, Change, asked, sent};
use crate::app::App;
use crate::ingest::blocking::off_runtime;
use crate::usecases::enrichers::{self, AddEnricher, AttachEnricher, EnricherList, EnricherView, SetEnricher};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/enrichers", get(list).post(add))
        .route("/enrichers/{name}", delete(remove))
        .route("/enrichers/{name}/settings", post(set))
        .route("/enrichers/{name}/attach", post(attach))
        .route("/enrichers/{name}/detach", post(detach))
}

async fn list(State(app): State<App>) -> Answer<EnricherList> {
    let mut found = enrichers::list_enrichers(&app.store).await?;
    let schedules = app.schedules.clone();
    found.extend(off_runtime(move || schedules.playout_enrichers()).await??);
    Ok(Json(EnricherList { enrichers: found }))
}

async fn add(State(app): State<App>, query: Asked<Change>, body: Body<AddEnricher>) -> Answer<EnricherView> {
    let dry_run = asked(query)?.dry_run;
    enrichers::add_enricher(&app.store, sent(body)?, dry_run).await.map(Json)
}

async fn remove(State(app): State<App>, Path(name): Path<String>, query: Asked<Change>) -> Answer<EnricherView> {
    let dry_run = asked(query)?.dry_run;
    enrichers::remove_enricher(&app.store, name, dry_run).await.map(Json)
}

async fn set(
    State(app): State<App>,
    Path(name): Path<String>,
    query: Asked<Change>,
    body: Body<SetEnricher>,
) -> Answer<EnricherView> {
    let dry_run = asked(query)?.dry_run;
    let set = enrichers::set_enricher(&app.store, name, sent(body)?, dry_run).await?;
    Ok(changed(&app, dry_run, set))
}

async fn attach(
    State(app): State<App>,
    Path(name): Path<String>,
    query: Asked<Change>,
    body: Body<AttachEnricher>,
) -> Answer<EnricherView> {
    let dry_run = asked(query)?.dry_run;
    let attached = enrichers::attach_enricher(&app.store, name, sent(body)?, dry_run).await?;
    Ok(changed(&app, dry_run, attached))
}

async fn detach(
    State(app): State<App>,
    Path(name): Path<String>,
    query: Asked<Change>,
    body: Body<AttachEnricher>,
) -> Answer<EnricherView> {
    let dry_run = asked(query)?.dry_run;
    let detached = enrichers::detach_enricher(&app.store, name, sent(body)?, dry_run).await?;
    Ok(changed(&app, dry_run, detached))
}

/// Has the work done that follows of a change.
fn changed(app: &App, dry_run: bool, enricher: EnricherView) -> Json<EnricherView> {
    if !dry_run {
        app.enriching.notify_one();
    }
    Json(enricher)
}
