//! What reading all of a file told: how loud it is, where it is black and silent.

use std::collections::HashMap;
use std::path::PathBuf;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use super::enrichment;
use super::queries::{IDS_AT_ONCE, load_one};
use super::rows::{AssetRow, from_json, path_of, root_of, to_json};
use super::{Asset, AssetState, EnricherKind, Fault, FirstPicture, Media};
use crate::schema::{asset, attachment, measurement, source};
use crate::{Store, StoreError};

/// A stretch of an asset's own time, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Its first instant.
    pub start_ns: i64,
    /// The first instant behind it.
    pub end_ns: i64,
}

/// Loudness of an audio track as it is played, by EBU R 128.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// All codes of ISO 639 that its language goes by; none where the file names no language.
    pub languages: Vec<String>,
    /// Whether the file says that this is the track to play where nobody asks for another.
    pub is_default: bool,
    /// In LUFS; none where there is nothing to be heard.
    pub integrated_lufs: Option<f64>,
    /// In dBTP; none for digital silence.
    pub true_peak_dbtp: Option<f64>,
    /// In LU.
    pub range_lu: f64,
}

/// What reading all of a file told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// One per audio track, in their order.
    pub loudness: Vec<Loudness>,
    /// Where its pictures are black.
    pub black: Vec<Interval>,
    /// Where its first audio track is silent.
    pub silence: Vec<Interval>,
}

/// A measurement that was made, whatever came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// When.
    pub at: UtcTime,
    /// What was found, or why nothing was.
    pub found: Result<Measurement, Fault>,
}

/// What an asset needs to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Playable {
    /// Its file.
    pub path: PathBuf,
    /// One per audio track, in their order; none where it was not measured, or its loudness does not count.
    pub loudness: Vec<Loudness>,
    /// Where its lines of time begin, where that is known.
    pub first_picture: Option<FirstPicture>,
    /// Of its file when that was found, in bytes.
    pub size: u64,
    /// When its file was last written then, in nanoseconds since the Unix epoch.
    pub mtime_ns: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = measurement)]
struct MeasurementRow {
    asset_id: String,
    measured_ms: i64,
    loudness: String,
    black: String,
    silence: String,
    fault_code: Option<String>,
    fault_message: Option<String>,
}

impl Store {
    /// The asset that is to be measured next, after another one: ready, never measured, and wanted by an enricher;
    /// short ones first, since they are many and are aired most. None of the sources `besides`, which are ids.
    pub fn next_unmeasured(&self, after: Option<&Asset>, besides: &[String]) -> Result<Option<Asset>, StoreError> {
        self.read(|connection| {
            let mut query = asset::table
                .inner_join(source::table)
                .left_join(measurement::table)
                .filter(asset::state.eq(AssetState::Ready.word()).and(source::removed_ms.is_null()))
                .filter(measurement::asset_id.is_null())
                .filter(asset::source_id.ne_all(besides))
                .filter(exists(wants(&[EnricherKind::Loudness, EnricherKind::Breaks])))
                .order((asset::duration_ns, asset::id))
                .select(asset::id)
                .into_boxed();
            if let Some(after) = after {
                let duration_ns = after.media.as_ref().map_or(0, |media| media.duration_ns);
                let is_longer = asset::duration_ns.gt(duration_ns);
                // the first of both lets the index begin there
                query = query.filter(asset::duration_ns.ge(duration_ns)).filter(is_longer.or(asset::id.gt(&after.id)));
            }
            let id: Option<String> = query.first(connection).optional()?;
            id.map(|id| load_one(connection, &id)).transpose()
        })
    }

    /// Keeps what measuring `measured` told of its file, with the facts that came with it. False, and nothing is kept,
    /// where its content was replaced meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn keep_measurement(
        &self,
        measured: &Asset,
        found: Result<(Media, Measurement), Fault>,
        now: UtcTime,
    ) -> Result<bool, StoreError> {
        self.write(|connection| {
            let mut current = load_one(connection, &measured.id)?;
            if current.media.is_none() || current.file.fingerprint != measured.file.fingerprint {
                return Ok(false);
            }
            let (kept, fault) = match found {
                Ok((media, kept)) => {
                    current.media = Some(media);
                    diesel::update(asset::table.find(&current.id)).set(AssetRow::of(&current)).execute(connection)?;
                    (kept, None)
                }
                Err(fault) => (Measurement::default(), Some(fault)),
            };
            let (fault_code, fault_message) = fault.map(|fault| (fault.code, fault.message)).unzip();
            enrichment::forget_breaks(connection, &current.id)?;
            let row = MeasurementRow {
                asset_id: current.id,
                measured_ms: now.millis(),
                loudness: to_json(&kept.loudness),
                black: to_json(&kept.black),
                silence: to_json(&kept.silence),
                fault_code,
                fault_message,
            };
            diesel::replace_into(measurement::table).values(row).execute(connection)?;
            Ok(true)
        })
    }

    /// The measurement of an asset, where there is one.
    pub fn measurement(&self, asset_id: &str) -> Result<Option<Measured>, StoreError> {
        self.read(|connection| {
            let row: Option<MeasurementRow> =
                measurement::table.find(asset_id).select(MeasurementRow::as_select()).first(connection).optional()?;
            row.map(Measured::try_from).transpose()
        })
    }

    /// How many ready assets of a source were measured.
    pub fn measured_count(&self, source_id: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            let count: i64 = asset::table
                .inner_join(measurement::table)
                .filter(asset::source_id.eq(source_id).and(asset::state.eq(AssetState::Ready.word())))
                .select(count_star())
                .first(connection)?;
            Ok(count.cast_unsigned())
        })
    }

    /// What these assets need to go on air: only of those that are ready and approved.
    pub fn playable_assets(&self, ids: &[String]) -> Result<HashMap<String, Playable>, StoreError> {
        type Row = (String, (String, Vec<u8>), Vec<u8>, i64, i64, Option<String>, bool, Option<String>);
        self.read(|connection| {
            let mut found = HashMap::with_capacity(ids.len());
            for ids in ids.chunks(IDS_AT_ONCE) {
                let rows: Vec<Row> = asset::table
                    .inner_join(source::table)
                    .left_join(measurement::table)
                    .filter(asset::state.eq(AssetState::Ready.word()).and(asset::approved.eq(true)))
                    .filter(asset::id.eq_any(ids))
                    .select((
                        asset::id,
                        (source::kind, source::place),
                        asset::path,
                        asset::size,
                        asset::mtime_ns,
                        measurement::loudness.nullable(),
                        exists(wants(&[EnricherKind::Loudness])),
                        asset::first_picture,
                    ))
                    .load(connection)?;
                for (id, (kind, place), path, size, mtime_ns, loudness, counts, first_picture) in rows {
                    let loudness = loudness.filter(|_| counts).map_or(Ok(Vec::new()), |text| from_json(&text))?;
                    let first_picture = first_picture.map(|text| from_json(&text)).transpose()?;
                    let (path, size) = (root_of(&kind, place).join(path_of(path)), size.cast_unsigned());
                    found.insert(id, Playable { path, loudness, first_picture, size, mtime_ns });
                }
            }
            Ok(found)
        })
    }
}

impl TryFrom<MeasurementRow> for Measured {
    type Error = StoreError;

    fn try_from(row: MeasurementRow) -> Result<Self, StoreError> {
        let found = match row.fault_code.zip(row.fault_message) {
            Some((code, message)) => Err(Fault { code, message }),
            None => Ok(Measurement {
                loudness: from_json(&row.loudness)?,
                black: from_json(&row.black)?,
                silence: from_json(&row.silence)?,
            }),
        };
        Ok(Self { at: UtcTime::from_millis(row.measured_ms), found })
    }
}

/// Enrichers of these kinds that an asset's collection has.
#[diesel::dsl::auto_type(no_type_alias)]
fn wants<'a>(kinds: &'a [EnricherKind]) -> _ {
    let words: Vec<&'static str> = kinds.iter().map(|kind| kind.word()).collect();
    attachment::table.filter(attachment::collection_id.eq(asset::collection_id)).filter(attachment::kind.eq_any(words))
}

/// Forgets what was measured of content that is no more.
pub(super) fn forget(connection: &mut SqliteConnection, asset_id: &str) -> QueryResult<()> {
    diesel::delete(measurement::table.find(asset_id)).execute(connection).map(drop)
}
