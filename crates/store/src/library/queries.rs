//! Reading assets.

use std::collections::HashMap;

use diesel::dsl::{InnerJoin, IntoBoxed, sql};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;

use super::rows::{AssetRow, from_json, number, path_of, root_of, word};
use super::{Asset, AssetState, FileFacts};
use crate::schema::{asset, asset_reading, collection, server_item, source};
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
    /// What a media server calls it.
    pub item: Option<String>,
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

    /// Every asset that may be scheduled: ready, approved, of an enabled collection. In no order.
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
            .map(
                |(
                    names,
                    (genres, rating, aired),
                    (series, season, episode, year, duration_ns),
                    (place, root, path),
                )| {
                    let (id, kind, media_type, title, tags) = names;
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
                        path: root_of(&place, root).join(path_of(path)).to_string_lossy().into_owned(),
                    })
                },
            )
            .collect()
    }

    /// For each asset of a source, what told apart its name and the files beside it when they were last read.
    pub fn readings(&self, source_id: &str) -> Result<HashMap<String, u64>, StoreError> {
        let rows: Vec<(String, i64)> = self.read(|connection| {
            Ok(asset_reading::table
                .inner_join(asset::table)
                .filter(asset::source_id.eq(source_id))
                .select((asset_reading::asset_id, asset_reading::stamp))
                .load(connection)?)
        })?;
        Ok(rows.into_iter().map(|(id, stamp)| (id, stamp.cast_unsigned())).collect())
    }

    /// Every file that was ever seen in a source.
    pub fn known_files(&self, source_id: &str) -> Result<Vec<KnownFile>, StoreError> {
        type Row = ((String, Vec<u8>, i64, i64, Option<i64>, String), Option<String>);
        let rows: Vec<Row> = self.read(|connection| {
            Ok(asset::table
                .left_join(server_item::table)
                .filter(asset::source_id.eq(source_id))
                .select((
                    (asset::id, asset::path, asset::size, asset::mtime_ns, asset::fingerprint, asset::state),
                    server_item::item.nullable(),
                ))
                .load(connection)?)
        })?;
        rows.into_iter()
            .map(|((id, path, size, mtime_ns, fingerprint, state), item)| {
                let fingerprint = fingerprint.map(i64::cast_unsigned);
                let file = FileFacts { path: path_of(path), size: size.cast_unsigned(), mtime_ns, fingerprint };
                Ok(KnownFile { id, file, state: word(&state)?, item })
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
