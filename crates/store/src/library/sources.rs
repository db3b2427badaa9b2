//! Folders that media come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use diesel::dsl::count_star;
use diesel::prelude::*;
use retrovue_timeline::UtcTime;

use super::rows::{SourceRow, bytes_of, word};
use super::{AssetState, new_id};
use crate::schema::{asset, source};
use crate::{Store, StoreError};

/// A folder that media come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// UUID version 7.
    pub id: String,
    /// Unique among the sources there are.
    pub name: String,
    /// Absolute. Its bytes need not be UTF-8.
    pub path: PathBuf,
    /// Whether what it holds waits for the operator's approval.
    pub review: bool,
    /// When it was added.
    pub created: UtcTime,
}

/// A source to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Unique among the sources there are.
    pub name: String,
    /// Absolute and canonical; unique among the sources there are.
    pub path: PathBuf,
    /// Whether what it holds waits for the operator's approval.
    pub review: bool,
}

impl Store {
    /// Adds a source. A folder that was a source before is the same source again, with its assets.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where its name or folder is taken.
    pub fn add_source(&self, new: &NewSource, now: UtcTime) -> Result<Source, StoreError> {
        self.write(|connection| {
            check_free(connection, new)?;
            let path = bytes_of(&new.path);
            let changed = diesel::update(source::table.filter(source::path.eq(&path)))
                .set((
                    source::name.eq(&new.name),
                    source::review.eq(new.review),
                    source::created_ms.eq(now.millis()),
                    source::removed_ms.eq(None::<i64>),
                ))
                .execute(connection)?;
            if changed == 0 {
                let row = SourceRow {
                    id: new_id(now),
                    name: new.name.clone(),
                    path,
                    review: new.review,
                    created_ms: now.millis(),
                    removed_ms: None,
                };
                diesel::insert_into(source::table).values(row).execute(connection)?;
            }
            find(connection, &new.name)
        })
    }

    /// Tells whether [`Store::add_source`] would take `new`, and changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where its name or folder is taken.
    pub fn check_source(&self, new: &NewSource) -> Result<(), StoreError> {
        self.read(|connection| check_free(connection, new))
    }

    /// All sources, by name.
    pub fn sources(&self) -> Result<Vec<Source>, StoreError> {
        self.read(|connection| {
            let rows: Vec<SourceRow> = source::table
                .filter(source::removed_ms.is_null())
                .order(source::name)
                .select(SourceRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(Source::from).collect())
        })
    }

    /// The source of that name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn source(&self, name: &str) -> Result<Source, StoreError> {
        self.read(|connection| find(connection, name))
    }

    /// Removes the source of that name and tells what it was. Its assets stay readable and are missing from then on,
    /// but for those that were retired.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn remove_source(&self, name: &str, now: UtcTime) -> Result<Source, StoreError> {
        self.write(|connection| {
            let found = find(connection, name)?;
            diesel::update(source::table.find(&found.id))
                .set(source::removed_ms.eq(now.millis()))
                .execute(connection)?;
            let assets =
                asset::table.filter(asset::source_id.eq(&found.id)).filter(asset::state.ne(AssetState::Retired.word()));
            diesel::update(assets)
                .set((
                    asset::state.eq(AssetState::Missing.word()),
                    asset::approved.eq(false),
                    asset::fault_code.eq(None::<String>),
                    asset::fault_message.eq(None::<String>),
                    asset::updated_ms.eq(now.millis()),
                ))
                .execute(connection)?;
            Ok(found)
        })
    }

    /// How many assets a source has in each state; states without any are left out.
    pub fn asset_counts(&self, source_id: &str) -> Result<BTreeMap<AssetState, u64>, StoreError> {
        self.read(|connection| {
            let rows: Vec<(String, i64)> = asset::table
                .filter(asset::source_id.eq(source_id))
                .group_by(asset::state)
                .select((asset::state, count_star()))
                .load(connection)?;
            rows.into_iter().map(|(state, count)| Ok((word(&state)?, count.cast_unsigned()))).collect()
        })
    }
}

fn find(connection: &mut SqliteConnection, name: &str) -> Result<Source, StoreError> {
    let row: Option<SourceRow> = source::table
        .filter(source::removed_ms.is_null())
        .filter(source::name.eq(name))
        .select(SourceRow::as_select())
        .first(connection)
        .optional()?;
    row.map(Source::from).ok_or_else(|| StoreError::NotFound(format!("source {name:?}")))
}

fn check_free(connection: &mut SqliteConnection, new: &NewSource) -> Result<(), StoreError> {
    let taken: Option<SourceRow> = source::table
        .filter(source::removed_ms.is_null())
        .filter(source::name.eq(&new.name).or(source::path.eq(bytes_of(&new.path))))
        .select(SourceRow::as_select())
        .first(connection)
        .optional()?;
    match taken {
        None => Ok(()),
        Some(row) if row.name == new.name => Err(StoreError::Duplicate(format!("source {:?}", new.name))),
        Some(row) => {
            Err(StoreError::Duplicate(format!("source {:?}, with the folder {},", row.name, new.path.display())))
        }
    }
}
