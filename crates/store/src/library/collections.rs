//! Parts of sources, which the operator lets into pools or keeps out of them.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use retrovue_schedule::Kind;

use super::AssetState;
use super::rows::word;
use crate::schema::{asset, collection, source};
use crate::{Store, StoreError};

/// A collection as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCollection {
    /// UUID version 7.
    pub id: String,
    /// The name of its source.
    pub source: String,
    /// The top-level folder; `.` for the source's folder itself.
    pub name: String,
    /// What that folder's name says its files are for.
    pub kind: Kind,
    /// Whether pools see its assets.
    pub enabled: bool,
    /// Its assets that are ready.
    pub ready: u64,
}

impl Store {
    /// The collections of the sources there are, by source and name.
    pub fn collections(&self) -> Result<Vec<KnownCollection>, StoreError> {
        self.read(load)
    }

    /// Lets pools see the assets of these collections or not, all or none, and tells what became of them, or with
    /// `dry_run` what would. A collection is named by its id or as `source/name`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn enable_collections(
        &self,
        names: &[String],
        enabled: bool,
        dry_run: bool,
    ) -> Result<Vec<KnownCollection>, StoreError> {
        self.write(|connection| {
            let known = load(connection)?;
            let chosen = names.iter().map(|name| {
                let found = known.iter().find(|collection| collection.is_called(name));
                let found = found.ok_or_else(|| StoreError::NotFound(format!("collection {name:?}")))?;
                if !dry_run {
                    diesel::update(collection::table.find(&found.id))
                        .set(collection::enabled.eq(enabled))
                        .execute(connection)?;
                }
                Ok(KnownCollection { enabled, ..found.clone() })
            });
            chosen.collect()
        })
    }
}

impl KnownCollection {
    /// Whether `name` is its id, or its source and name.
    pub fn is_called(&self, name: &str) -> bool {
        // no source's name holds a slash
        self.id == name || name.split_once('/') == Some((&self.source, &self.name))
    }
}

fn load(connection: &mut SqliteConnection) -> Result<Vec<KnownCollection>, StoreError> {
    let ready: HashMap<String, i64> = asset::table
        .filter(asset::state.eq(AssetState::Ready.word()))
        .group_by(asset::collection_id)
        .select((asset::collection_id, count_star()))
        .load(connection)?
        .into_iter()
        .collect();
    let rows: Vec<(String, String, String, String, bool)> = collection::table
        .inner_join(source::table)
        .filter(source::removed_ms.is_null())
        .order((source::name, collection::name))
        .select((collection::id, source::name, collection::name, collection::kind, collection::enabled))
        .load(connection)?;
    rows.into_iter()
        .map(|(id, source, name, kind, enabled)| {
            let ready = ready.get(&id).copied().unwrap_or_default().cast_unsigned();
            Ok(KnownCollection { id, source, name, kind: word(&kind)?, enabled, ready })
        })
        .collect()
}
