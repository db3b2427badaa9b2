//! Collections: which parts of a source pools see.

use retrovue_store::Store;
use retrovue_store::library::KnownCollection;
use serde::{Deserialize, Serialize};

use super::{DECISION_LIMIT, hint_for};
use crate::failure::{Failure, Kind};
use crate::ingest::blocking::on_store;

/// A collection as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CollectionView {
    /// Stable.
    pub id: String,
    /// Its source's name.
    pub source: String,
    /// The top-level folder; `.` for the source's folder itself.
    pub name: String,
    /// What that folder's name says its files are for.
    pub kind: &'static str,
    /// Whether pools see its assets.
    pub enabled: bool,
    /// How many of its assets are ready.
    pub ready: u64,
}

/// Collections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CollectionList {
    /// By source and name.
    pub collections: Vec<CollectionView>,
}

/// Which collections to list.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListCollections {
    /// The name of a source.
    pub source: Option<String>,
}

/// Collections that the operator decides about.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EnableCollections {
    /// Ids, or `source/name`; at least one.
    pub collections: Vec<String>,
    /// Whether pools see their assets.
    pub enabled: bool,
}

const HINT: &str = "retrovue collection list shows the collections there are; name one by its id or as SOURCE/NAME";

/// The collections of one source, or of all.
///
/// # Errors
/// `source_not_found`
pub async fn list_collections(store: &Store, request: ListCollections) -> Result<CollectionList, Failure> {
    on_store(store, "source", move |store| {
        let mut collections = store.collections()?;
        if let Some(name) = &request.source {
            let source = store.source(name)?;
            collections.retain(|collection| collection.source == source.name);
        }
        Ok(views(collections))
    })
    .await
    .map_err(|failure| hint_for(failure, "source_not_found", "retrovue source list shows the sources there are"))
}

/// The collection of that id or `source/name`.
///
/// # Errors
/// `collection_not_found`
pub async fn show_collection(store: &Store, name: String) -> Result<CollectionView, Failure> {
    let collections = on_store(store, "collection", |store| store.collections()).await?;
    let found = collections.into_iter().find(|collection| collection.is_called(&name));
    found.map(CollectionView::from).ok_or_else(|| {
        Failure::not_found("collection_not_found", format!("collection {name:?} does not exist")).hint(HINT)
    })
}

/// Lets pools see the assets of collections or not, all or none.
///
/// # Errors
/// `collection_not_found`
pub async fn enable_collections(
    store: &Store,
    request: EnableCollections,
    dry_run: bool,
) -> Result<CollectionList, Failure> {
    let EnableCollections { collections, enabled } = request;
    if !(1..=DECISION_LIMIT).contains(&collections.len()) {
        let message = format!("name at least one collection and at most {DECISION_LIMIT}");
        return Err(Failure::new(Kind::Usage, "usage", message));
    }
    on_store(store, "collection", move |store| Ok(views(store.enable_collections(&collections, enabled, dry_run)?)))
        .await
        .map_err(|failure| hint_for(failure, "collection_not_found", HINT))
}

fn views(collections: Vec<KnownCollection>) -> CollectionList {
    CollectionList { collections: collections.into_iter().map(CollectionView::from).collect() }
}

impl From<KnownCollection> for CollectionView {
    fn from(known: KnownCollection) -> Self {
        let KnownCollection { id, source, name, kind, enabled, ready } = known;
        Self { id, source, name, kind: kind.word(), enabled, ready }
    }
}
