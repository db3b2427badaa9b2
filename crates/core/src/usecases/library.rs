//! The library's use cases: sources, their syncs, and what the operator decides of assets.

mod collections;
mod editing;
mod measured;
mod servers;
mod uri;
mod views;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use retrovue_kit::MasterClock;
use retrovue_schedule::plan::Match;
use retrovue_store::library::{AssetFilter, AssetState, Decision, NewSource, PathMap, Place, Source};
use retrovue_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};
use crate::ingest::blocking::{off_runtime, on_store};
use crate::ingest::inspect::{Inspector, Measurer};
use crate::ingest::measure;
use crate::ingest::progress::{Measuring, Progress, ProgressView, Syncs};
use crate::ingest::provider::{Folder, Provider, is_folder};
use crate::ingest::servers::Server;
use crate::ingest::servers::token::{Token, Tokens};
use crate::ingest::stall::{PATIENCE, Stalled, not_answering, unless_stalled};
use crate::ingest::sync::{Sync, SyncReport};

pub use collections::{
    CollectionList, CollectionView, EnableCollections, ListCollections, enable_collections, list_collections,
    show_collection,
};
pub use editing::EditAsset;
pub use measured::{BreakView, ChapterView, IntervalView, LoudnessView, MeasuredView};
pub use servers::{ChangedSource, EditSource, FolderView, LibraryView, ServerView, edit_source};
pub use uri::file_uri;
pub use views::{AssetDetail, AssetList, AssetView, FaultView, SourceList, SourceView, StreamView};

/// Longer names are no names; they stand in URLs and tables.
const NAME_LIMIT: usize = 64;

/// Assets that one decision names at most: one transaction, one answer.
const DECISION_LIMIT: usize = 10_000;

/// A source to add.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddSource {
    /// Unique.
    pub name: String,
    /// `folder`, `jellyfin`, `emby` or `plex`; a folder where none is named.
    pub kind: Option<String>,
    /// Of a folder: an absolute path, or a `file://` URI, which carries any bytes.
    pub path: Option<String>,
    /// Of a media server: where it is.
    pub url: Option<String>,
    /// Of a media server: what it is asked with.
    pub token: Option<Token>,
    /// Of a media server: which of its paths is which one here.
    #[serde(default)]
    pub maps: Vec<PathMap>,
    /// Of a media server: what libraries are for, where their names do not say it.
    #[serde(default)]
    pub library_kinds: BTreeMap<String, String>,
    /// Whether what it holds waits for approval.
    #[serde(default)]
    pub review: bool,
}

/// Which assets to list.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListAssets {
    /// A state.
    pub state: Option<String>,
    /// The name of a source.
    pub source: Option<String>,
    /// A match of a channel file on one line.
    pub r#match: Option<String>,
}

/// Assets that the operator decides about.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AssetIds {
    /// At least one.
    pub ids: Vec<String>,
}

/// How far a source's sync is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SyncStatus {
    /// The source's name.
    pub source: String,
    /// Whether a sync runs.
    pub running: bool,
    /// How far it is; zeros where none runs.
    #[serde(flatten)]
    pub progress: ProgressView,
}

/// How far an asset's measurement is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ProbeStatus {
    /// Whether it is being measured.
    pub running: bool,
    /// 0 to 1; 0 where it is not.
    pub fraction: f64,
}

/// Adds a folder or a media server as a source. The server is asked what it has.
///
/// # Errors
/// `source_name_invalid`, `source_exists`; of a folder `path_not_absolute`, `folder_not_found`, `not_a_folder`,
/// `folder_not_answering`; of a server `url_invalid`, `token_invalid`, `mapping_invalid`, `server_unreachable`,
/// `server_timeout`, `server_refused`, `server_redirects`, `server_failed`, `server_answer_invalid`, `token_not_kept`.
pub async fn add_source(
    store: &Store,
    clock: &MasterClock,
    tokens: &Tokens,
    syncs: &Syncs,
    request: AddSource,
    dry_run: bool,
) -> Result<ChangedSource, Failure> {
    check_name(&request.name)?;
    let (place, token, server) = match request.kind.as_deref() {
        None | Some("folder") => (Place::Folder(folder_of(&request).await?), None, None),
        Some(kind) => {
            let (server, token, view) = servers::asked_for(&request, kind, syncs).await?;
            (Place::Server(server), Some(token), Some(view))
        }
    };
    let (new, now) = (NewSource { name: request.name, place, review: request.review }, clock.now());
    let added = on_store(store, "source", move |store| {
        if dry_run {
            store.check_source(&new)?;
            let NewSource { name, place, review } = new;
            let source = Source { id: String::new(), name, place, review, libraries: BTreeMap::new(), created: now };
            let view = SourceView::of(&source, &Default::default(), 0);
            return Ok((source, view));
        }
        let source = store.add_source(&new, now)?;
        let view = view_of(store, &source)?;
        Ok((source, view))
    });
    let (source, view) = added.await.map_err(servers::known_sources)?;
    if let Some(token) = token.filter(|_| !dry_run) {
        servers::keep_token(tokens, &source, token).await?;
    }
    Ok(ChangedSource { source: view, server })
}

async fn folder_of(request: &AddSource) -> Result<PathBuf, Failure> {
    let AddSource { path, url, token, maps, library_kinds, .. } = request;
    let is_folder = url.is_none() && token.is_none() && maps.is_empty() && library_kinds.is_empty();
    let Some(path) = path.as_ref().filter(|_| is_folder) else {
        return Err(Failure::new(Kind::Usage, "usage", "a folder has a path, and nothing that only a server has")
            .hint("give --path; or the --kind of the server: jellyfin, emby or plex"));
    };
    let path = uri::path_of(path);
    let folder = path.clone();
    let answer = unless_stalled(PATIENCE, &Arc::default(), move || canonical(path)).await?;
    answer.map_err(|Stalled| not_answering(&folder, PATIENCE))?
}

/// All sources, by name.
///
/// # Errors
/// Only where the database fails.
pub async fn list_sources(store: &Store) -> Result<SourceList, Failure> {
    on_store(store, "source", |store| {
        let sources = store.sources()?;
        let views = sources.iter().map(|source| view_of(store, source));
        Ok(SourceList { sources: views.collect::<Result<_, StoreError>>()? })
    })
    .await
}

/// The source of that name.
///
/// # Errors
/// `source_not_found`
pub async fn show_source(store: &Store, name: String) -> Result<SourceView, Failure> {
    on_store(store, "source", move |store| view_of(store, &store.source(&name)?))
        .await
        .map_err(|failure| hint_for(failure, "source_not_found", "retrovue source list shows the sources there are"))
}

/// Removes a source and tells what it was. Its files stay where they are; its assets leave every pool.
///
/// # Errors
/// `source_not_found`
pub async fn remove_source(
    store: &Store,
    clock: &MasterClock,
    tokens: &Tokens,
    name: String,
    dry_run: bool,
) -> Result<SourceView, Failure> {
    let view = show_source(store, name.clone()).await?;
    if !dry_run {
        let now = clock.now();
        let removed = on_store(store, "source", move |store| store.remove_source(&name, now)).await?;
        let tokens = tokens.clone();
        off_runtime(move || tokens.forget(&removed.id)).await?;
    }
    Ok(view)
}

/// Takes in what a source's folder holds. With `dry_run` it only tells what is new. A sync that runs by itself gives way.
///
/// # Errors
/// `source_not_found`, `sync_running`, `folder_not_found`, `folder_unreadable`, `folder_not_answering`,
/// `air_unreachable`; of a server `token_missing`, `mapping_needed`, and as for adding one.
pub async fn sync_source(
    store: &Store,
    clock: &MasterClock,
    inspector: &impl Inspector,
    syncs: &Syncs,
    tokens: &Tokens,
    name: String,
    dry_run: bool,
) -> Result<SyncReport, Failure> {
    let source = on_store(store, "source", move |store| store.source(&name)).await?;
    let free = syncs.running.claim_when_free(&source.id, Progress::give_way).await;
    let claim = Arc::new(free.ok_or_else(|| already_runs(&source))?);
    // whoever asks again after the client went away waits for the last transaction, and is not refused
    let _left = claim.progress.left().clone().drop_guard();
    let provider = provider(&source, tokens, syncs);
    let sync = Sync { store, clock, inspector, source: &source, claim, syncs, provider: &*provider };
    if dry_run { sync.preview().await } else { sync.run().await }
}

/// Takes in what a source's folder holds without having been asked to. None where somebody asks to meanwhile.
///
/// # Errors
/// As [`sync_source`].
pub async fn sync_by_itself(
    store: &Store,
    clock: &MasterClock,
    inspector: &impl Inspector,
    syncs: &Syncs,
    tokens: &Tokens,
    source: &Source,
) -> Result<Option<SyncReport>, Failure> {
    let Some(claim) = syncs.running.claim_as(&source.id, Progress::automatic()) else { return Ok(None) };
    let progress = claim.progress.clone();
    let provider = provider(source, tokens, syncs);
    let sync = Sync { store, clock, inspector, source, claim: Arc::new(claim), syncs, provider: &*provider };
    unless_left(&progress, sync.run()).await
}

/// Reads names, NFO files and artwork of a source again where enrichers read them in another way than before, and tells
/// of how many files. None where a sync of it runs, or one is asked for meanwhile: that does it, too.
///
/// # Errors
/// As [`sync_source`], without Air.
pub async fn describe_by_itself(
    store: &Store,
    clock: &MasterClock,
    inspector: &impl Inspector,
    syncs: &Syncs,
    tokens: &Tokens,
    source_id: String,
) -> Result<Option<u64>, Failure> {
    let sources = on_store(store, "source", Store::sources).await?;
    let Some(source) = sources.into_iter().find(|source| source.id == source_id) else { return Ok(Some(0)) };
    let Some(claim) = syncs.running.claim_as(&source.id, Progress::automatic()) else { return Ok(None) };
    let progress = claim.progress.clone();
    let provider = provider(&source, tokens, syncs);
    let claim = Arc::new(claim);
    let sync = Sync { store, clock, inspector, source: &source, claim, syncs, provider: &*provider };
    unless_left(&progress, sync.redescribe()).await
}

/// What comes of a sync that gives way; none where it did. A thread of it that is left behind ends with it.
async fn unless_left<T>(
    progress: &Progress,
    synced: impl Future<Output = Result<T, Failure>>,
) -> Result<Option<T>, Failure> {
    let _left = progress.left().clone().drop_guard();
    match progress.left().run_until_cancelled(synced).await {
        Some(Err(_)) if progress.left().is_cancelled() => Ok(None),
        ended => ended.transpose(),
    }
}

/// What tells of a source's media.
fn provider(source: &Source, tokens: &Tokens, syncs: &Syncs) -> Box<dyn Provider> {
    match &source.place {
        Place::Folder(path) => Box::new(Folder::new(path)),
        Place::Server(server) => Box::new(Server::new(source, server, tokens, syncs.pace.patience)),
    }
}

fn already_runs(source: &Source) -> Failure {
    Failure::refused("sync_running", format!("a sync of source {:?} runs already", source.name))
        .hint("wait until it is done")
}

/// How far a source's sync is.
///
/// # Errors
/// `source_not_found`
pub async fn sync_status(store: &Store, syncs: &Syncs, name: String) -> Result<SyncStatus, Failure> {
    let source = on_store(store, "source", move |store| store.source(&name)).await?;
    let progress = syncs.running.progress(&source.id).map(|progress| progress.view());
    Ok(SyncStatus { source: source.name, running: progress.is_some(), progress: progress.unwrap_or_default() })
}

/// The assets that pass, by path.
///
/// # Errors
/// `match_invalid`, `source_not_found`
pub async fn list_assets(store: &Store, request: ListAssets) -> Result<AssetList, Failure> {
    let mut filter = AssetFilter::default();
    let matches = request.r#match.as_deref().map(parsed_match).transpose()?;
    if let Some(word) = &request.state {
        let state = AssetState::from_str(word).map_err(|_| {
            let known = AssetState::ALL.map(AssetState::word).join(", ");
            Failure::new(Kind::Usage, "usage", format!("{word:?} is no state of an asset"))
                .hint(format!("states are {known}"))
        })?;
        filter.state = Some(state);
    }
    if let Some(name) = request.source {
        filter.source_id = Some(on_store(store, "source", move |store| store.source(&name)).await?.id);
    }
    on_store(store, "asset", move |store| {
        let mut found = store.assets(&filter)?;
        if let Some(matches) = matches {
            found.retain(|asset| matches.holds(&asset.to_schedule()));
        }
        Ok(found.into_iter().collect())
    })
    .await
}

/// What a pool of that match would hold.
fn parsed_match(expression: &str) -> Result<Match, Failure> {
    Match::parse(expression).map_err(|problems| {
        let first = problems.into_iter().next();
        let (message, hint) = first.map(|problem| (problem.message, problem.hint)).unwrap_or_default();
        Failure::new(Kind::Usage, "match_invalid", message).hint(hint)
    })
}

/// Everything known of an asset.
///
/// # Errors
/// `asset_not_found`
pub async fn show_asset(store: &Store, id: String) -> Result<AssetDetail, Failure> {
    let found = on_store(store, "asset", move |store| {
        let (measured, enriched) = (store.measurement(&id)?, store.enriched(&id)?);
        Ok(AssetDetail::of(store.asset(&id)?, measured, enriched))
    })
    .await;
    found.map_err(|failure| hint_for(failure, "asset_not_found", ASSETS_HINT))
}

/// Corrects what is known of an asset; what the operator says outlives every sync.
///
/// # Errors
/// `asset_not_found`, `asset_field_invalid`, `usage`
pub async fn edit_asset(
    store: &Store,
    clock: &MasterClock,
    id: String,
    edit: EditAsset,
    dry_run: bool,
) -> Result<AssetDetail, Failure> {
    let (correction, now) = (edit.checked()?, clock.now());
    let edited = on_store(store, "asset", move |store| {
        let (measured, enriched) = (store.measurement(&id)?, store.enriched(&id)?);
        let corrected = store.correct_asset(&id, |told| correction.apply(told), now, dry_run)?;
        Ok(AssetDetail::of(corrected, measured, enriched))
    })
    .await;
    edited.map_err(|failure| hint_for(failure, "asset_not_found", ASSETS_HINT))
}

/// Measures a ready asset now, and tells everything known of it.
///
/// # Errors
/// `asset_not_found`, `asset_not_ready`, `measuring_runs`, `asset_replaced`, `file_missing`, `folder_not_found`,
/// `folder_empty`, `folder_not_answering`, `air_unreachable`, and why its file cannot be read through.
pub async fn probe_asset(
    store: &Store,
    clock: &MasterClock,
    measurer: &impl Measurer,
    measuring: &Measuring,
    syncs: &Syncs,
    id: String,
) -> Result<AssetDetail, Failure> {
    let asked = id.clone();
    let asset = on_store(store, "asset", move |store| store.asset(&asked)).await;
    let asset = asset.map_err(|failure| hint_for(failure, "asset_not_found", ASSETS_HINT))?;
    if asset.state != AssetState::Ready {
        let message = format!("asset {id} is {}, and only a ready one can be measured", asset.state);
        return Err(Failure::refused("asset_not_ready", message).hint("retrovue asset show tells why"));
    }
    measure::measure(store, clock, measurer, measuring, syncs, &asset).await?;
    show_asset(store, id).await
}

/// How far an asset's measurement is.
pub fn probe_status(measuring: &Measuring, id: &str) -> ProbeStatus {
    let part = measuring.progress(id).map(|part| part.done());
    ProbeStatus { running: part.is_some(), fraction: part.unwrap_or_default() }
}

/// Carries out what the operator decides of assets, all or none.
///
/// # Errors
/// `asset_not_found`, `asset_not_ready` of one to be approved, `asset_not_retired` of one to be restored that is
/// neither retired nor quarantined
pub async fn decide(
    store: &Store,
    clock: &MasterClock,
    decision: Decision,
    request: AssetIds,
    dry_run: bool,
) -> Result<AssetList, Failure> {
    let (ids, now) = (some(request)?, clock.now());
    let decided =
        on_store(store, "asset", move |store| Ok(store.decide(decision, &ids, now, dry_run)?.into_iter().collect()))
            .await;
    decided.map_err(|failure| match (failure.code.as_str(), decision) {
        ("asset_not_ready", Decision::Restore) => Failure { code: "asset_not_retired".to_owned(), ..failure }
            .hint("retrovue asset show tells its state; none was restored"),
        ("asset_not_ready", _) => failure.hint("retrovue asset show tells why; none was approved"),
        ("asset_not_found", _) => failure.hint(ASSETS_HINT),
        _ => failure,
    })
}

fn view_of(store: &Store, source: &Source) -> Result<SourceView, StoreError> {
    Ok(SourceView::of(source, &store.asset_counts(&source.id)?, store.measured_count(&source.id)?))
}

const ASSETS_HINT: &str = "retrovue asset list shows the assets there are, with their ids";

fn hint_for(failure: Failure, code: &str, hint: &str) -> Failure {
    if failure.code == code { failure.hint(hint) } else { failure }
}

fn some(request: AssetIds) -> Result<Vec<String>, Failure> {
    if (1..=DECISION_LIMIT).contains(&request.ids.len()) {
        return Ok(request.ids);
    }
    Err(Failure::new(Kind::Usage, "usage", format!("name at least one asset and at most {DECISION_LIMIT}")))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let is_name = (1..=NAME_LIMIT).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(|c| c.is_control() || c == '/');
    if is_name {
        return Ok(());
    }
    Err(Failure::refused("source_name_invalid", format!("{name:?} is no name for a source"))
        .hint(format!("use at most {NAME_LIMIT} characters, no slash, and no blank at either end")))
}

fn canonical(path: PathBuf) -> Result<PathBuf, Failure> {
    if !path.is_absolute() {
        return Err(Failure::new(
            Kind::Usage,
            "path_not_absolute",
            format!("{} is not an absolute path", path.display()),
        ));
    }
    is_folder(&path)?;
    path.canonicalize().map_err(|error| {
        Failure::not_found("folder_not_found", format!("the folder {} cannot be found: {error}", path.display()))
    })
}
