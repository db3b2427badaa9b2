//! Reading assets.

use std::collections::HashMap;

use diesel::dsl::{InnerJoin, IntoBoxed, sql};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;

use super::rows::{AssetRow, from_json, number, path_of, root_of, word};
use super::{Asset, AssetState, Break, EnricherKind, FileFacts, Origin, Told};
use crate::schema::{asset, asset_layer, asset_reading, attachment, collection, enrichment, server_item, source};
use crate::{Store, StoreError};

/// Ids in one query: well below SQLite's limit for variables.
pub(crate) const IDS_AT_ONCE: usize = 500;

/// Which assets to list; what is `None` does not limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetFilter {
    /// The id of a source.
    pub source_id: Option<String>,
    /// A state.
    pub state: Option<AssetState>,
}

/// What a sync must know of a file that was seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// The asset.
    pub id: String,
    /// The file as last seen.
    pub file: FileFacts,
    /// The asset's state.
    pub state: AssetState,
    /// The id of the collection that it belongs to.
    pub collection_id: String,
    /// What a media server calls it.
    pub item: Option<String>,
}

/// How a file's name, and what is beside it, were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What tells them apart from what they are after any change.
    pub stamp: u64,
    /// The recipe by which names were read; empty where they were not.
    pub filename: String,
    /// The recipe by which NFO files were read; empty where they were not.
    pub nfo: String,
    /// The recipe by which artwork was looked for; empty where it was not.
    pub artwork: String,
}

impl Store {
    /// The asset with that id, whatever became of its source.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn asset(&self, id: &str) -> Result<Asset, StoreError> {
        self.read(|connection| load_one(connection, id))
    }

    /// The assets with these ids, whatever became of them, in no order; ids that are not known are left out.
    pub fn assets_by_id(&self, ids: &[String]) -> Result<Vec<Asset>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::with_capacity(ids.len());
            for ids in ids.chunks(IDS_AT_ONCE) {
                found.extend(load(connection, joined().filter(asset::id.eq_any(ids)))?);
            }
            Ok(found)
        })
    }

    /// The assets of all sources that pass the filter, by path.
    pub fn assets(&self, filter: &AssetFilter) -> Result<Vec<Asset>, StoreError> {
        let mut found = self.read(|connection| load(connection, listed(filter)))?;
        found.sort_by_cached_key(Asset::path);
        Ok(found)
    }

    /// The assets with these ids, whatever became of them, with all that scheduling knows of them. In no order.
    pub fn shown_assets(&self, ids: &[String]) -> Result<Vec<retrovue_schedule::Asset>, StoreError> {
        let mut breaks: HashMap<String, Option<String>> = HashMap::new();
        let mut with_chapters: Vec<String> = Vec::new();
        self.read(|connection| {
            with_chapters = attachment::table
                .filter(attachment::kind.eq(EnricherKind::Chapters.word()))
                .select(attachment::collection_id)
                .load(connection)?;
            for ids in ids.chunks(IDS_AT_ONCE) {
                let found: Vec<(String, Option<String>)> = enrichment::table
                    .filter(enrichment::asset_id.eq_any(ids).and(enrichment::kind.eq(EnricherKind::Breaks.word())))
                    .select((enrichment::asset_id, enrichment::told))
                    .load(connection)?;
                breaks.extend(found);
            }
            Ok(())
        })?;
        let shown = self.assets_by_id(ids)?.into_iter().map(|asset| {
            let chapters = asset.media.as_ref().filter(|_| with_chapters.contains(&asset.collection_id));
            let breaks = breaks.remove(&asset.id).flatten();
            let breaks: Vec<Break> = breaks.map_or(Ok(Vec::new()), |text| from_json(&text))?;
            Ok(retrovue_schedule::Asset {
                chapters: chapters
                    .map(|media| media.chapters.iter().map(|chapter| chapter.start_ns).collect())
                    .unwrap_or_default(),
                breaks: breaks.into_iter().map(Break::to_schedule).collect(),
                ..asset.to_schedule()
            })
        });
        shown.collect()
    }

    /// Every asset that may be scheduled: ready, approved, of an enabled collection. In no order, and without chapters
    /// and breaks, which [`Self::shown_assets`] tells.
    pub fn schedulable_assets(&self) -> Result<Vec<retrovue_schedule::Asset>, StoreError> {
        type Row = (
            (String, String, String, String, String),
            (String, Option<String>, Option<String>),
            (Option<String>, Option<i64>, Option<i64>, Option<i64>, Option<i64>),
            (String, Vec<u8>, Vec<u8>),
        );
        let rows: Vec<Row> = self.read(|connection| {
            Ok(asset::table
                .inner_join(source::table)
                .inner_join(collection::table)
                .filter(asset::state.eq(AssetState::Ready.word()).and(asset::approved.eq(true)))
                .filter(collection::enabled.eq(true).and(source::removed_ms.is_null()))
                .select((
                    (asset::id, asset::kind, asset::media_type, asset::title, asset::tags),
                    (asset::genres, asset::rating, sql::<Nullable<Text>>("json_extract(asset.details, '$.aired')")),
                    (asset::series, asset::season, asset::episode, asset::year, asset::duration_ns),
                    (source::kind, source::place, asset::path),
                ))
                .load(connection)?)
        })?;
        rows.into_iter()
            .map(|(names, (genres, rating, aired), (series, season, episode, year, duration_ns), files)| {
                let (id, kind, media_type, title, tags) = names;
                let (place, root, path) = files;
                Ok(retrovue_schedule::Asset {
                    id,
                    kind: word(&kind)?,
                    media_type: word(&media_type)?,
                    title,
                    series,
                    season: number(season),
                    episode: number(episode),
                    year: number(year),
                    aired,
                    genres: from_json(&genres)?,
                    rating,
                    tags: from_json(&tags)?,
                    duration_ns: duration_ns.unwrap_or_default(),
                    chapters: Vec::new(),
                    breaks: Vec::new(),
                    path: root_of(&place, root).join(path_of(path)).to_string_lossy().into_owned(),
                })
            })
            .collect()
    }

    /// For each asset of a source, how its name and the files beside it were last read.
    pub fn readings(&self, source_id: &str) -> Result<HashMap<String, Reading>, StoreError> {
        let rows: Vec<(String, i64, String, String, String)> = self.read(|connection| {
            Ok(asset_reading::table
                .inner_join(asset::table)
                .filter(asset::source_id.eq(source_id))
                .select(asset_reading::all_columns)
                .load(connection)?)
        })?;
        let readings = rows.into_iter().map(|(id, stamp, filename, nfo, artwork)| {
            (id, Reading { stamp: stamp.cast_unsigned(), filename, nfo, artwork })
        });
        Ok(readings.collect())
    }

    /// What an origin tells of these assets; those of which it tells nothing are left out.
    pub fn told(&self, ids: &[String], origin: Origin) -> Result<HashMap<String, Told>, StoreError> {
        self.read(|connection| {
            let mut told = HashMap::new();
            for ids in ids.chunks(IDS_AT_ONCE) {
                let rows: Vec<(String, String)> = asset_layer::table
                    .filter(asset_layer::asset_id.eq_any(ids).and(asset_layer::origin.nullable().eq(origin.word())))
                    .select((asset_layer::asset_id, asset_layer::told))
                    .load(connection)?;
                for (id, text) in rows {
                    told.insert(id, from_json(&text)?);
                }
            }
            Ok(told)
        })
    }

    /// Every file that was ever seen in a source.
    pub fn known_files(&self, source_id: &str) -> Result<Vec<KnownFile>, StoreError> {
        type Row = ((String, Vec<u8>, i64, i64, Option<i64>, String, String), Option<String>);
        let rows: Vec<Row> = self.read(|connection| {
            Ok(asset::table
                .left_join(server_item::table)
                .filter(asset::source_id.eq(source_id))
                .select((
                    (
                        asset::id,
                        asset::path,
                        asset::size,
                        asset::mtime_ns,
                        asset::fingerprint,
                        asset::state,
                        asset::collection_id,
                    ),
                    server_item::item.nullable(),
                ))
                .load(connection)?)
        })?;
        rows.into_iter()
            .map(|((id, path, size, mtime_ns, fingerprint, state, collection_id), item)| {
                let fingerprint = fingerprint.map(i64::cast_unsigned);
                let file = FileFacts { path: path_of(path), size: size.cast_unsigned(), mtime_ns, fingerprint };
                Ok(KnownFile { id, file, state: word(&state)?, collection_id, item })
            })
            .collect()
    }
}

/// Assets beside their source and collection.
type Joined<'a> = IntoBoxed<'a, InnerJoin<InnerJoin<asset::table, source::table>, collection::table>, Sqlite>;

fn joined<'a>() -> Joined<'a> {
    asset::table.inner_join(source::table).inner_join(collection::table).into_boxed()
}

fn listed(filter: &AssetFilter) -> Joined<'_> {
    let mut query = joined().filter(source::removed_ms.is_null());
    if let Some(source_id) = &filter.source_id {
        query = query.filter(asset::source_id.eq(source_id));
    }
    if let Some(state) = filter.state {
        query = query.filter(asset::state.eq(state.word()));
    }
    query
}

fn load(connection: &mut SqliteConnection, query: Joined<'_>) -> Result<Vec<Asset>, StoreError> {
    type Row = (AssetRow, (String, String, Vec<u8>, String));
    let named = (source::name, source::kind, source::place, collection::name);
    let rows: Vec<Row> = query.select((AssetRow::as_select(), named)).load(connection)?;
    let assets = rows
        .into_iter()
        .map(|(row, (source, kind, place, collection))| row.into_asset(source, root_of(&kind, place), collection));
    assets.collect()
}

/// The asset with that id.
pub(super) fn load_one(connection: &mut SqliteConnection, id: &str) -> Result<Asset, StoreError> {
    let found = load(connection, joined().filter(asset::id.eq(id)))?.pop();
    found.ok_or_else(|| StoreError::NotFound(format!("asset {id:?}")))
}
