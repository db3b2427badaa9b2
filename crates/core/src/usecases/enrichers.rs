//! Enrichers: what finds out about files, how, and in which collections.

use std::collections::BTreeMap;

use retrovue_store::Store;
use retrovue_store::library::{Enricher, EnricherKind, KnownEnricher, Where};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::{Failure, Kind};
use crate::ingest::blocking::on_store;
use crate::ingest::enrich::settings;

/// Longer names are no names; they stand in URLs and tables.
const NAME_LIMIT: usize = 64;

/// More enrichers than anybody tells apart.
const MOST: usize = 100;

/// Kinds that belong to channels, which their files configure.
pub const OF_CHANNELS: [&str; 3] = ["logo", "crawl", "gain"];

/// An enricher as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnricherView {
    /// Unique; that of a channel begins with the channel's and a slash.
    pub name: String,
    /// What it does.
    pub kind: &'static str,
    /// `ingest`, or `playout` where it belongs to a channel.
    pub scope: &'static str,
    /// Its place among those of its scope, from 1 on: what comes later builds on what comes before.
    pub order: usize,
    /// Counts the ways in which its kind has worked.
    pub version: u32,
    /// Whether collections begin with it.
    pub default: bool,
    /// The channel that it belongs to.
    pub channel: Option<String>,
    /// All of them, as they hold.
    pub settings: BTreeMap<String, Value>,
    /// Where it is attached, each as `source/name`.
    pub collections: Vec<String>,
    /// How many assets wait for it.
    pub waiting: u64,
}

/// Enrichers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnricherList {
    /// In order; those of channels last, by channel.
    pub enrichers: Vec<EnricherView>,
}

/// An enricher to add.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AddEnricher {
    /// Unique.
    pub name: String,
    /// What it does.
    pub kind: String,
    /// Settings that are not the kind's own.
    #[serde(default)]
    pub settings: BTreeMap<String, Value>,
}

/// Settings to change.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SetEnricher {
    /// What they are from now on.
    pub settings: BTreeMap<String, Value>,
    /// Those that are the kind's own again.
    pub clear: Vec<String>,
}

/// Where to attach an enricher, or to take it off: one of both.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttachEnricher {
    /// Ids, or `source/name`.
    pub collections: Vec<String>,
    /// All collections of this source, and those to come.
    pub source: Option<String>,
}

const HINT: &str = "retrovue enricher list shows the enrichers there are";

/// The enrichers of collections.
///
/// # Errors
/// Only where the database fails.
pub async fn list_enrichers(store: &Store) -> Result<Vec<EnricherView>, Failure> {
    let known = on_store(store, "enricher", Store::enrichers).await?;
    Ok(known.into_iter().map(EnricherView::from).collect())
}

/// Adds an enricher, which is attached to nothing yet.
///
/// # Errors
/// `enricher_name_invalid`, `enricher_of_channel`, `enricher_kind_unknown`, `enricher_setting_unknown`,
/// `enricher_setting_invalid`, `enricher_exists`, `enrichers_too_many`
pub async fn add_enricher(store: &Store, request: AddEnricher, dry_run: bool) -> Result<EnricherView, Failure> {
    let kind = kind_of(&request.kind)?;
    check_name(&request.name)?;
    let mut chosen = BTreeMap::new();
    for (name, value) in &request.settings {
        let (name, word) = settings::checked(kind, name, value)?;
        chosen.extend(word.map(|word| (name.to_owned(), word)));
    }
    if list_enrichers(store).await?.len() >= MOST {
        let failure = Failure::refused("enrichers_too_many", format!("there are {MOST} enrichers already"));
        return Err(failure.hint("remove one that is in no use"));
    }
    let new = Enricher { name: request.name, kind, is_default: false, settings: chosen };
    on_store(store, "enricher", move |store| store.add_enricher(&new, dry_run))
        .await
        .map(EnricherView::from)
        .map_err(|failure| failure.hint(HINT))
}

/// Changes an enricher's settings: what it made by others is made again.
///
/// # Errors
/// `enricher_not_found`, `enricher_of_channel`, `enricher_setting_unknown`, `enricher_setting_invalid`, `usage`
pub async fn set_enricher(
    store: &Store,
    name: String,
    request: SetEnricher,
    dry_run: bool,
) -> Result<EnricherView, Failure> {
    let found = find(store, name).await?;
    let mut changes = BTreeMap::new();
    for (name, value) in &request.settings {
        let (name, word) = settings::checked(found.kind, name, value)?;
        changes.insert(name, word);
    }
    for name in &request.clear {
        let name = settings::named(found.kind, name)?.name;
        if changes.insert(name, None).is_some() {
            let failure = Failure::new(Kind::Usage, "usage", format!("{name} is to be set and cleared at once"));
            return Err(failure.hint("do one of them"));
        }
    }
    if changes.is_empty() {
        let failure = Failure::new(Kind::Usage, "usage", "nothing is set");
        return Err(failure.hint("name a setting with its value, or one to clear"));
    }
    let change = move |chosen: &mut BTreeMap<String, String>| {
        for (name, word) in changes {
            match word {
                Some(word) => chosen.insert(name.to_owned(), word),
                None => chosen.remove(name),
            };
        }
    };
    let set = on_store(store, "enricher", move |store| store.set_enricher(&found.name, change, dry_run)).await;
    set.map(EnricherView::from)
}

/// Removes an enricher and tells what it was.
///
/// # Errors
/// `enricher_not_found`, `enricher_of_channel`, `enricher_in_use`
pub async fn remove_enricher(store: &Store, name: String, dry_run: bool) -> Result<EnricherView, Failure> {
    let found = find(store, name).await?;
    if found.is_default {
        let message = format!("enricher {:?} is the one that collections begin with", found.name);
        return Err(Failure::refused("enricher_in_use", message).hint("take it off collections with enricher detach"));
    }
    let name = found.name.clone();
    let removed = on_store(store, "enricher", move |store| store.remove_enricher(&name, dry_run)).await;
    let in_use = async |failure: Failure| match failure.code.as_str() {
        "enricher_not_ready" => {
            let known = list_enrichers(store).await.unwrap_or_default();
            let collections = known.into_iter().find(|known| known.name == found.name).map(|known| known.collections);
            Failure::refused("enricher_in_use", failure.message)
                .hint("put another one in its place with enricher attach, or take it off with enricher detach")
                .details(json!({ "collections": collections.unwrap_or_default() }))
        }
        _ => failure,
    };
    match removed {
        Ok(removed) => Ok(removed.into()),
        Err(failure) => Err(in_use(failure).await),
    }
}

/// Puts an enricher in the place of the one of its kind.
///
/// # Errors
/// `enricher_not_found`, `enricher_of_channel`, `collection_not_found`, `source_not_found`, `usage`
pub async fn attach_enricher(
    store: &Store,
    name: String,
    request: AttachEnricher,
    dry_run: bool,
) -> Result<EnricherView, Failure> {
    let found = find(store, name).await?;
    let at = place_of(store, request).await?;
    let attached = on_store(store, "enricher", move |store| store.attach_enricher(&found.name, &at, dry_run)).await;
    attached.map(EnricherView::from)
}

/// Takes an enricher off collections: what it told is taken away.
///
/// # Errors
/// `enricher_not_found`, `enricher_of_channel`, `enricher_needed`, `enricher_not_attached`, `collection_not_found`,
/// `source_not_found`, `usage`
pub async fn detach_enricher(
    store: &Store,
    name: String,
    request: AttachEnricher,
    dry_run: bool,
) -> Result<EnricherView, Failure> {
    let found = find(store, name).await?;
    if found.kind == EnricherKind::Probe {
        let failure =
            Failure::refused("enricher_needed", "without probe nothing is known of a file, and none is aired");
        return Err(failure.hint("disable a collection to keep it off air: retrovue collection disable"));
    }
    let at = place_of(store, request).await?;
    let detached = on_store(store, "enricher", move |store| store.detach_enricher(&found.name, &at, dry_run)).await;
    detached.map(EnricherView::from).map_err(|failure| match failure.code.as_str() {
        "enricher_not_ready" => Failure::refused("enricher_not_attached", failure.message).hint(HINT),
        _ => failure,
    })
}

async fn find(store: &Store, name: String) -> Result<Enricher, Failure> {
    let last = name.rsplit('/').next().unwrap_or_default();
    if OF_CHANNELS.contains(&last) {
        return Err(of_channel(last));
    }
    let found = on_store(store, "enricher", move |store| store.enricher(&name)).await;
    found.map_err(|failure| failure.hint(HINT))
}

async fn place_of(store: &Store, request: AttachEnricher) -> Result<Where, Failure> {
    match (request.collections.is_empty(), request.source) {
        (true, Some(source)) => {
            let source = on_store(store, "source", move |store| store.source(&source)).await;
            source
                .map(|source| Where::Source(source.id))
                .map_err(|failure| failure.hint("retrovue source list shows the sources there are"))
        }
        (false, None) => {
            let known = on_store(store, "collection", Store::collections).await?;
            let ids = request.collections.iter().map(|name| {
                let found = known.iter().find(|collection| collection.is_called(name));
                found.map(|collection| collection.id.clone()).ok_or_else(|| {
                    let message = format!("collection {name:?} does not exist");
                    Failure::not_found("collection_not_found", message)
                        .hint("retrovue collection list shows the collections there are")
                })
            });
            Ok(Where::Collections(ids.collect::<Result<_, _>>()?))
        }
        _ => {
            let failure = Failure::new(Kind::Usage, "usage", "name collections, or one source");
            Err(failure.hint("a collection is named by its id or as SOURCE/NAME"))
        }
    }
}

fn kind_of(word: &str) -> Result<EnricherKind, Failure> {
    if OF_CHANNELS.contains(&word) {
        return Err(of_channel(word));
    }
    word.parse().map_err(|_| {
        let known = EnricherKind::ALL.map(EnricherKind::word).join(", ");
        Failure::refused("enricher_kind_unknown", format!("{word:?} is no kind of enricher"))
            .hint(format!("kinds are {known}"))
    })
}

fn of_channel(kind: &str) -> Failure {
    Failure::refused("enricher_of_channel", format!("a {kind} belongs to a channel"))
        .hint("its place is the channel file: branding has logo and crawl; the gain follows playout.loudness")
}

fn check_name(name: &str) -> Result<(), Failure> {
    let is_name = (1..=NAME_LIMIT).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(|c| c.is_control() || c == '/')
        && !OF_CHANNELS.contains(&name);
    if is_name {
        return Ok(());
    }
    Err(Failure::refused("enricher_name_invalid", format!("{name:?} is no name for an enricher"))
        .hint(format!("use at most {NAME_LIMIT} characters, no slash, and no blank at either end")))
}

impl From<KnownEnricher> for EnricherView {
    fn from(known: KnownEnricher) -> Self {
        let KnownEnricher { enricher, collections, waiting } = known;
        let kind = enricher.kind;
        Self {
            name: enricher.name,
            kind: kind.word(),
            scope: "ingest",
            order: EnricherKind::ALL.iter().position(|other| *other == kind).map_or(0, |at| at + 1),
            version: kind.version(),
            default: enricher.is_default,
            channel: None,
            settings: settings::effective(kind, &enricher.settings),
            collections: collections.into_iter().map(|(source, name)| format!("{source}/{name}")).collect(),
            waiting,
        }
    }
}
