//! What waits to be made of files by their enrichers, and what was made. Nothing is ever put on a list: what waits is
//! what was not made by the recipe that holds now.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use super::changes::{Batch, Change};
use super::queries::load_one;
use super::rows::{from_json, to_json};
use super::{Asset, AssetState, Enricher, EnricherKind, Fault, Interval, Media, Told};
use crate::schema::{asset, attachment, enricher, enrichment, measurement, source};
use crate::{Store, StoreError};

/// Where an asset could be interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// In the asset's own time.
    pub at_ns: i64,
    /// How sure that is, in percent.
    pub confidence: u8,
}

impl Break {
    /// As scheduling knows it.
    pub(super) fn to_schedule(self) -> retrovue_schedule::asset::Break {
        retrovue_schedule::asset::Break { at_ns: self.at_ns, confidence: self.confidence }
    }
}

/// An asset whose breaks wait to be made of what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Unbroken {
    /// The asset.
    pub id: String,
    /// Its content.
    pub fingerprint: Option<u64>,
    /// From its first picture to the end of the last one.
    pub duration_ns: i64,
    /// Where its pictures are black.
    pub black: Vec<Interval>,
    /// Where its first audio track is silent.
    pub silence: Vec<Interval>,
    /// What finds them.
    pub enricher: Enricher,
}

/// What enrichers that are attached tell of an asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enriched {
    /// Whether its chapters count.
    pub has_chapters: bool,
    /// Whether its loudness counts.
    pub has_loudness: bool,
    /// Where it could be interrupted, in order; none where nobody has looked for that.
    pub breaks: Option<Vec<Break>>,
}

impl Store {
    /// The next asset behind that of the id `after` that is ready and was looked at by another recipe than holds now. None
    /// of the sources `besides`, which are ids.
    pub fn next_unprobed(&self, after: Option<&str>, besides: &[String]) -> Result<Option<Asset>, StoreError> {
        self.read(|connection| {
            let recipe = enrichment::table
                .filter(enrichment::asset_id.eq(asset::id).and(enrichment::kind.eq(EnricherKind::Probe.word())))
                .select(enrichment::recipe)
                .single_value();
            let wanted = attachment::table
                .inner_join(enricher::table)
                .filter(attachment::collection_id.eq(asset::collection_id))
                .filter(attachment::kind.eq(EnricherKind::Probe.word()))
                .select(enricher::recipe)
                .single_value();
            let id: Option<String> = asset::table
                .inner_join(source::table)
                .filter(asset::state.eq(AssetState::Ready.word()).and(source::removed_ms.is_null()))
                .filter(asset::id.gt(after.unwrap_or_default()))
                .filter(asset::source_id.ne_all(besides))
                .filter(recipe.is_not(wanted))
                .order(asset::id)
                .select(asset::id)
                .first(connection)
                .optional()?;
            id.map(|id| load_one(connection, &id)).transpose()
        })
    }

    /// Keeps what looking at a ready asset once more told: what it holds, or why it cannot be played after all. False, and
    /// nothing is kept, where its content was replaced meanwhile, or it is no longer ready.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn keep_facts(
        &self,
        looked_at: &Asset,
        found: Result<(Media, Told), Fault>,
        now: UtcTime,
    ) -> Result<bool, StoreError> {
        self.write(|connection| {
            let current = load_one(connection, &looked_at.id)?;
            let is_same = current.file.fingerprint == looked_at.file.fingerprint;
            if current.state != AssetState::Ready || !is_same {
                return Ok(false);
            }
            let mut batch = Batch::begin(connection, &current.source_id, now)?;
            match found {
                Ok((media, told)) => batch.look_at(&current.id, &media, &told)?,
                Err(fault) => batch.take(&Change::Fault { id: current.id.clone(), fault })?,
            }
            Ok(true)
        })
    }

    /// Up to `most` ready assets behind `after` that were measured and whose breaks were not made by the recipe that
    /// holds now; short ones first.
    pub fn unbroken(&self, after: Option<&Unbroken>, most: usize) -> Result<Vec<Unbroken>, StoreError> {
        self.unbroken_among(None, after, most)
    }

    /// The asset of that id, where [`Store::unbroken`] would tell of it.
    pub fn unbroken_one(&self, asset_id: &str) -> Result<Option<Unbroken>, StoreError> {
        Ok(self.unbroken_among(Some(asset_id), None, 1)?.pop())
    }

    fn unbroken_among(
        &self,
        one: Option<&str>,
        after: Option<&Unbroken>,
        most: usize,
    ) -> Result<Vec<Unbroken>, StoreError> {
        type Row = (String, Option<i64>, Option<i64>, String, String, String);
        self.read(|connection| {
            let mut query = asset::table
                .inner_join(source::table)
                .inner_join(measurement::table)
                .inner_join(attachment::table.on(attachment::collection_id.eq(asset::collection_id)))
                .inner_join(enricher::table.on(enricher::name.eq(attachment::enricher)))
                .left_join(
                    enrichment::table.on(enrichment::asset_id.eq(asset::id).and(enrichment::kind.eq(attachment::kind))),
                )
                .filter(attachment::kind.eq(EnricherKind::Breaks.word()))
                .filter(asset::state.eq(AssetState::Ready.word()).and(source::removed_ms.is_null()))
                .filter(measurement::fault_code.is_null())
                .filter(enrichment::recipe.nullable().is_not(enricher::recipe.nullable()))
                .order((asset::duration_ns, asset::id))
                .select((
                    asset::id,
                    asset::fingerprint,
                    asset::duration_ns,
                    measurement::black,
                    measurement::silence,
                    enricher::name,
                ))
                .limit(i64::try_from(most).unwrap_or(i64::MAX))
                .into_boxed();
            if let Some(id) = one {
                query = query.filter(asset::id.eq(id));
            }
            if let Some(Unbroken { duration_ns, id, .. }) = after {
                let is_longer = asset::duration_ns.gt(duration_ns);
                // the first of both lets the index begin there
                query = query.filter(asset::duration_ns.ge(duration_ns)).filter(is_longer.or(asset::id.gt(id)));
            }
            let rows: Vec<Row> = query.load(connection)?;
            let unbroken = rows.into_iter().map(|(id, fingerprint, duration_ns, black, silence, name)| {
                Ok(Unbroken {
                    id,
                    fingerprint: fingerprint.map(i64::cast_unsigned),
                    duration_ns: duration_ns.unwrap_or_default(),
                    black: from_json(&black)?,
                    silence: from_json(&silence)?,
                    enricher: super::enrichers::find(connection, &name)?,
                })
            });
            unbroken.collect()
        })
    }

    /// Keeps the breaks of assets, but for those whose content was replaced meanwhile, or of which none are wanted
    /// any more.
    pub fn keep_breaks(&self, found: &[(Unbroken, Vec<Break>)]) -> Result<(), StoreError> {
        self.write(|connection| {
            for (unbroken, breaks) in found {
                diesel::sql_query(KEEP_BREAKS)
                    .bind::<Text, _>(unbroken.enricher.recipe())
                    .bind::<Text, _>(to_json(breaks))
                    .bind::<Text, _>(&unbroken.id)
                    .bind::<Nullable<BigInt>, _>(unbroken.fingerprint.map(u64::cast_signed))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    /// What enrichers tell of an asset.
    pub fn enriched(&self, asset_id: &str) -> Result<Enriched, StoreError> {
        self.read(|connection| {
            let kinds: Vec<String> = attachment::table
                .inner_join(asset::table.on(asset::collection_id.eq(attachment::collection_id)))
                .filter(asset::id.eq(asset_id))
                .select(attachment::kind)
                .load(connection)?;
            let has = |kind: EnricherKind| kinds.iter().any(|word| word == kind.word());
            let breaks: Option<Option<String>> = enrichment::table
                .find((asset_id, EnricherKind::Breaks.word()))
                .select(enrichment::told)
                .first(connection)
                .optional()?;
            Ok(Enriched {
                has_chapters: has(EnricherKind::Chapters),
                has_loudness: has(EnricherKind::Loudness),
                breaks: breaks.flatten().map(|text| from_json(&text)).transpose()?,
            })
        })
    }

    /// The ids of the sources in which names or files beside media are to be read by another recipe than they were.
    pub fn sources_to_describe(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<SourceId> = self.read(|connection| Ok(diesel::sql_query(TO_DESCRIBE).load(connection)?))?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

/// Notes by which recipe an asset's file was looked at.
pub(super) fn note_probe(connection: &mut SqliteConnection, asset_id: &str, recipe: &str) -> Result<(), StoreError> {
    let kind = EnricherKind::Probe.word();
    let row = (enrichment::asset_id.eq(asset_id), enrichment::kind.eq(kind), enrichment::recipe.eq(recipe));
    diesel::replace_into(enrichment::table).values(row).execute(connection)?;
    Ok(())
}

/// By which recipe the files of a collection are looked at. Nobody takes that off.
pub(super) fn probe_of(connection: &mut SqliteConnection, collection_id: &str) -> Result<String, StoreError> {
    Ok(attachment::table
        .inner_join(enricher::table)
        .filter(attachment::collection_id.eq(collection_id).and(attachment::kind.eq(EnricherKind::Probe.word())))
        .select(enricher::recipe)
        .first(connection)?)
}

/// Forgets what was made of content that is no more.
pub(super) fn forget(connection: &mut SqliteConnection, asset_id: &str) -> QueryResult<()> {
    diesel::delete(enrichment::table.filter(enrichment::asset_id.eq(asset_id))).execute(connection).map(drop)
}

/// Forgets the breaks of an asset, which are made of what was measured.
pub(super) fn forget_breaks(connection: &mut SqliteConnection, asset_id: &str) -> QueryResult<()> {
    diesel::delete(enrichment::table.find((asset_id, EnricherKind::Breaks.word()))).execute(connection).map(drop)
}

/// Forgets the breaks of an asset whose collection wants none.
pub(super) fn forget_unwanted(
    connection: &mut SqliteConnection,
    asset_id: &str,
    collection_id: &str,
) -> Result<(), StoreError> {
    let breaks = EnricherKind::Breaks.word();
    let wanted = attachment::table.find((collection_id, breaks));
    if !diesel::select(exists(wanted)).get_result::<bool>(connection)? {
        forget_breaks(connection, asset_id)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct SourceId {
    #[diesel(sql_type = Text)]
    id: String,
}

const KEEP_BREAKS: &str = "
INSERT OR REPLACE INTO enrichment (asset_id, kind, recipe, told)
SELECT asset.id, attachment.kind, ?, ?
FROM asset JOIN attachment ON attachment.collection_id = asset.collection_id AND attachment.kind = 'breaks'
WHERE asset.id = ? AND asset.fingerprint IS ? AND asset.duration_ns IS NOT NULL";

const TO_DESCRIBE: &str = "
SELECT DISTINCT asset.source_id AS id
FROM asset
JOIN source ON source.id = asset.source_id AND source.removed_ms IS NULL
JOIN asset_reading ON asset_reading.asset_id = asset.id
LEFT JOIN attachment AS names ON names.collection_id = asset.collection_id AND names.kind = 'filename'
LEFT JOIN enricher AS of_names ON of_names.name = names.enricher
LEFT JOIN attachment AS notes ON notes.collection_id = asset.collection_id AND notes.kind = 'nfo'
LEFT JOIN enricher AS of_notes ON of_notes.name = notes.enricher
LEFT JOIN attachment AS pictures ON pictures.collection_id = asset.collection_id AND pictures.kind = 'artwork'
LEFT JOIN enricher AS of_pictures ON of_pictures.name = pictures.enricher
WHERE asset.state NOT IN ('missing', 'retired') AND (
    asset_reading.filename <> ifnull(of_names.recipe, '')
    OR asset_reading.nfo <> ifnull(of_notes.recipe, '')
    OR asset_reading.artwork <> ifnull(of_pictures.recipe, '')
)
ORDER BY asset.source_id";
