//! `/sources`, `/collections` and `/assets`.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use retrovue_store::library::Decision;

use super::{Answer, Asked, Body, Change, asked, sent};
use crate::app::App;
use crate::ingest::sync::SyncReport;
use crate::usecases::library::{
    self, AddSource, AssetDetail, AssetIds, AssetList, ChangedSource, CollectionList, CollectionView, EditAsset,
    EditSource, EnableCollections, ListAssets, ListCollections, ProbeStatus, SourceList, SourceView, SyncStatus,
};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/sources", get(list_sources).post(add_source))
        .route("/sources/{name}", get(show_source).delete(remove_source))
        .route("/sources/{name}/edit", post(edit_source))
        .route("/sources/{name}/sync", get(sync_status).post(sync_source))
        .route("/collections", get(list_collections))
        .route("/collections/enabled", post(enable_collections))
        .route("/collections/{name}", get(show_collection))
        .route("/assets", get(list_assets))
        .route("/assets/approve", post(|app, query, body| decide(Decision::Approve, app, query, body)))
        .route("/assets/retire", post(|app, query, body| decide(Decision::Retire, app, query, body)))
        .route("/assets/restore", post(|app, query, body| decide(Decision::Restore, app, query, body)))
        .route("/assets/{id}", get(show_asset))
        .route("/assets/{id}/edit", post(edit_asset))
        .route("/assets/{id}/probe", get(probe_status).post(probe_asset))
}

async fn list_sources(State(app): State<App>) -> Answer<SourceList> {
    library::list_sources(&app.store).await.map(Json)
}

async fn add_source(State(app): State<App>, query: Asked<Change>, body: Body<AddSource>) -> Answer<ChangedSource> {
    let dry_run = asked(query)?.dry_run;
    let source = library::add_source(&app.store, &app.clock, &app.tokens, &app.syncs, sent(body)?, dry_run).await?;
    app.sources_changed.notify_one();
    Ok(Json(source))
}

async fn show_source(State(app): State<App>, Path(name): Path<String>) -> Answer<SourceView> {
    library::show_source(&app.store, name).await.map(Json)
}

async fn remove_source(State(app): State<App>, Path(name): Path<String>, query: Asked<Change>) -> Answer<SourceView> {
    let dry_run = asked(query)?.dry_run;
    let source = library::remove_source(&app.store, &app.clock, &app.tokens, name, dry_run).await?;
    if !dry_run {
        app.sources_changed.notify_one();
        app.schedules.library_changed().await;
    }
    Ok(Json(source))
}

async fn edit_source(
    State(app): State<App>,
    Path(name): Path<String>,
    query: Asked<Change>,
    body: Body<EditSource>,
) -> Answer<ChangedSource> {
    let dry_run = asked(query)?.dry_run;
    let source = library::edit_source(&app.store, &app.tokens, &app.syncs, name, sent(body)?, dry_run).await?;
    if !dry_run {
        app.sources_changed.notify_one();
    }
    Ok(Json(source))
}

async fn sync_source(State(app): State<App>, Path(name): Path<String>, query: Asked<Change>) -> Answer<SyncReport> {
    let dry_run = asked(query)?.dry_run;
    let report = library::sync_source(&app.store, &app.clock, &app.air, &app.syncs, &app.tokens, name, dry_run).await?;
    if !dry_run {
        app.schedules.library_changed().await;
        app.enriching.notify_one();
    }
    Ok(Json(report))
}

async fn sync_status(State(app): State<App>, Path(name): Path<String>) -> Answer<SyncStatus> {
    library::sync_status(&app.store, &app.syncs, name).await.map(Json)
}

async fn list_collections(State(app): State<App>, query: Asked<ListCollections>) -> Answer<CollectionList> {
    library::list_collections(&app.store, asked(query)?).await.map(Json)
}

async fn show_collection(State(app): State<App>, Path(name): Path<String>) -> Answer<CollectionView> {
    library::show_collection(&app.store, name).await.map(Json)
}

async fn enable_collections(
    State(app): State<App>,
    query: Asked<Change>,
    body: Body<EnableCollections>,
) -> Answer<CollectionList> {
    let dry_run = asked(query)?.dry_run;
    let collections = library::enable_collections(&app.store, sent(body)?, dry_run).await?;
    if !dry_run {
        app.schedules.library_changed().await;
    }
    Ok(Json(collections))
}

async fn list_assets(State(app): State<App>, query: Asked<ListAssets>) -> Answer<AssetList> {
    library::list_assets(&app.store, asked(query)?).await.map(Json)
}

async fn show_asset(State(app): State<App>, Path(id): Path<String>) -> Answer<AssetDetail> {
    library::show_asset(&app.store, id).await.map(Json)
}

async fn edit_asset(
    State(app): State<App>,
    Path(id): Path<String>,
    query: Asked<Change>,
    body: Body<EditAsset>,
) -> Answer<AssetDetail> {
    let dry_run = asked(query)?.dry_run;
    let asset = library::edit_asset(&app.store, &app.clock, id, sent(body)?, dry_run).await?;
    if !dry_run {
        app.schedules.library_changed().await;
    }
    Ok(Json(asset))
}

async fn probe_asset(State(app): State<App>, Path(id): Path<String>) -> Answer<AssetDetail> {
    library::probe_asset(&app.store, &app.clock, &app.air, &app.measuring, &app.syncs, id).await.map(Json)
}

async fn probe_status(State(app): State<App>, Path(id): Path<String>) -> Json<ProbeStatus> {
    Json(library::probe_status(&app.measuring, &id))
}

async fn decide(
    decision: Decision,
    State(app): State<App>,
    query: Asked<Change>,
    body: Body<AssetIds>,
) -> Answer<AssetList> {
    let dry_run = asked(query)?.dry_run;
    let assets = library::decide(&app.store, &app.clock, decision, sent(body)?, dry_run).await?;
    if !dry_run {
        app.schedules.library_changed().await;
    }
    Ok(Json(assets))
}
