//! Folders and media servers that media come from.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use retrovue_timeline::UtcTime;

use super::rows::{SourceRow, place_row, word};
use super::{AssetState, MediaServer, Place, new_id};
use crate::schema::{asset, source};
use crate::{Store, StoreError};

/// A folder or a media server that media come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// UUID version 7.
    pub id: String,
    /// Unique among the sources there are.
    pub name: String,
    /// Where they come from.
    pub place: Place,
    /// Whether what it holds waits for the operator's approval.
    pub review: bool,
    /// Of a media server: what its libraries were called when they were listed last, by their ids there.
    pub libraries: BTreeMap<String, String>,
    /// When it was added.
    pub created: UtcTime,
}

/// A source to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Unique among the sources there are.
    pub name: String,
    /// Unique among the sources there are; a folder's path is absolute and canonical.
    pub place: Place,
    /// Whether what it holds waits for the operator's approval.
    pub review: bool,
}

impl Store {
    /// Adds a source. A folder or a server that was a source before is the same source again, with its assets.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where its name or place is taken.
    pub fn add_source(&self, new: &NewSource, now: UtcTime) -> Result<Source, StoreError> {
        self.write(|connection| {
            check_free(connection, new)?;
            let (place, told) = place_row(&new.place);
            // servers may have changed places, and the last one that was there is it
            let before: Option<String> = source::table
                .filter(source::place.eq(&place))
                .order(source::removed_ms.desc())
                .select(source::id)
                .first(connection)
                .optional()?;
            if let Some(id) = before {
                diesel::update(source::table.find(id))
                    .set((
                        &told,
                        source::name.eq(&new.name),
                        source::review.eq(new.review),
                        source::created_ms.eq(now.millis()),
                        source::removed_ms.eq(None::<i64>),
                    ))
                    .execute(connection)?;
            } else {
                let row = SourceRow {
                    id: new_id(now),
                    name: new.name.clone(),
                    place,
                    review: new.review,
                    created_ms: now.millis(),
                    removed_ms: None,
                    libraries: "{}".to_owned(),
                    told,
                };
                diesel::insert_into(source::table).values(row).execute(connection)?;
            }
            find(connection, &new.name)
        })
    }

    /// Tells whether [`Store::add_source`] would take `new`, and changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where its name or place is taken.
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
            rows.into_iter().map(SourceRow::into_source).collect()
        })
    }

    /// The source of that name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn source(&self, name: &str) -> Result<Source, StoreError> {
        self.read(|connection| find(connection, name))
    }

    /// Changes what is known of a media server that is a source, and tells what becomes of the source, or with
    /// `dry_run` what would.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Duplicate`] where another source is at its new URL.
    pub fn change_server(&self, name: &str, server: &MediaServer, dry_run: bool) -> Result<Source, StoreError> {
        self.write(|connection| {
            let found = find(connection, name)?;
            let changed = Place::Server(server.clone());
            let (place, told) = place_row(&changed);
            let other = source::table.filter(source::place.eq(&place).and(source::id.ne(&found.id)));
            let other = other.filter(source::removed_ms.is_null());
            if let Some(other) = other.select(source::name).first::<String>(connection).optional()? {
                return Err(StoreError::Duplicate(format!("source {other:?}, with {changed},")));
            }
            if !dry_run {
                diesel::update(source::table.find(&found.id))
                    .set((source::place.eq(place), &told))
                    .execute(connection)?;
            }
            Ok(Source { place: changed, ..found })
        })
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
    row.ok_or_else(|| StoreError::NotFound(format!("source {name:?}")))?.into_source()
}

fn check_free(connection: &mut SqliteConnection, new: &NewSource) -> Result<(), StoreError> {
    let taken: Option<SourceRow> = source::table
        .filter(source::removed_ms.is_null())
        .filter(source::name.eq(&new.name).or(source::place.eq(place_row(&new.place).0)))
        .select(SourceRow::as_select())
        .first(connection)
        .optional()?;
    match taken {
        None => Ok(()),
        Some(row) if row.name == new.name => Err(StoreError::Duplicate(format!("source {:?}", new.name))),
        Some(row) => Err(StoreError::Duplicate(format!("source {:?}, with {},", row.name, new.place))),
    }
}
