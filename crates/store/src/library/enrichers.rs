//! Enrichers: what finds out about files, with which settings, and which collections it is attached to.
//!
//! Each kind has one from the start, called by its kind, which every new collection begins with. A collection has one of
//! a kind at most.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use retrovue_schedule::asset::UnknownWord;

use super::queries::IDS_AT_ONCE;
use super::rows::{from_json, to_json, word};
use crate::schema::{asset, attachment, collection, enricher, enrichment, source, source_enricher};
use crate::{Store, StoreError};

/// Kinds of enrichers that find out about files, in the order in which they build on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnricherKind {
    /// What the names of files and folders tell.
    FileName,
    /// What NFO files tell.
    Nfo,
    /// Pictures beside files.
    Artwork,
    /// What a file holds: Air's `Inspect`.
    Probe,
    /// The chapters that a file names.
    Chapters,
    /// How loud it is.
    Loudness,
    /// Where it could be interrupted.
    Breaks,
}

impl EnricherKind {
    /// Every kind, in order.
    pub const ALL: [Self; 7] =
        [Self::FileName, Self::Nfo, Self::Artwork, Self::Probe, Self::Chapters, Self::Loudness, Self::Breaks];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::FileName => "filename",
            Self::Nfo => "nfo",
            Self::Artwork => "artwork",
            Self::Probe => "probe",
            Self::Chapters => "chapters",
            Self::Loudness => "loudness",
            Self::Breaks => "breaks",
        }
    }

    /// Counts the ways in which it has worked: where it grows, everything is made again.
    pub fn version(self) -> u32 {
        match self {
            Self::FileName
            | Self::Nfo
            | Self::Artwork
            | Self::Probe
            | Self::Chapters
            | Self::Loudness
            | Self::Breaks => 1,
        }
    }
}

impl fmt::Display for EnricherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for EnricherKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// An enricher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enricher {
    /// Unique.
    pub name: String,
    /// What it does.
    pub kind: EnricherKind,
    /// Whether it is the one that collections begin with.
    pub is_default: bool,
    /// Those that were chosen, in words by name.
    pub settings: BTreeMap<String, String>,
}

impl Enricher {
    /// What tells apart that which it makes from what its kind makes in another version or by other settings.
    pub fn recipe(&self) -> String {
        format!("{}{}", self.kind.version(), to_json(&self.settings))
    }
}

/// An enricher, where it is, and what it has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownEnricher {
    /// The enricher.
    pub enricher: Enricher,
    /// The collections that it is attached to, each by its source and its name.
    pub collections: Vec<(String, String)>,
    /// Assets that wait for it.
    pub waiting: u64,
}

/// Where an enricher is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// These collections, by their ids.
    Collections(Vec<String>),
    /// All collections of the source of this id, and those to come.
    Source(String),
}

/// What a collection has of each kind.
pub type Attached = BTreeMap<EnricherKind, Enricher>;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = enricher)]
struct EnricherRow {
    name: String,
    kind: String,
    is_default: bool,
    settings: String,
    recipe: String,
}

impl TryFrom<EnricherRow> for Enricher {
    type Error = StoreError;

    fn try_from(row: EnricherRow) -> Result<Self, StoreError> {
        let EnricherRow { name, kind, is_default, settings, .. } = row;
        Ok(Self { name, kind: word(&kind)?, is_default, settings: from_json(&settings)? })
    }
}

impl From<&Enricher> for EnricherRow {
    fn from(enricher: &Enricher) -> Self {
        Self {
            name: enricher.name.clone(),
            kind: enricher.kind.word().to_owned(),
            is_default: enricher.is_default,
            settings: to_json(&enricher.settings),
            recipe: enricher.recipe(),
        }
    }
}

impl Store {
    /// All enrichers, by kind, each kind's default first.
    pub fn enrichers(&self) -> Result<Vec<KnownEnricher>, StoreError> {
        self.read(|connection| {
            let standings = standings(connection, None)?;
            counted(connection, standings)
        })
    }

    /// The enricher of that name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn enricher(&self, name: &str) -> Result<Enricher, StoreError> {
        self.read(|connection| find(connection, name))
    }

    /// Adds an enricher, which is attached to nothing yet, and tells what is known of it, or with `dry_run` what would be.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`]
    pub fn add_enricher(&self, new: &Enricher, dry_run: bool) -> Result<KnownEnricher, StoreError> {
        self.change_enricher(&new.name, dry_run, |connection| {
            if find(connection, &new.name).is_ok() {
                return Err(StoreError::Duplicate(format!("enricher {:?}", new.name)));
            }
            diesel::insert_into(enricher::table).values(EnricherRow::from(new)).execute(connection)?;
            Ok(())
        })
    }

    /// Changes an enricher's settings, and tells what becomes of it, or with `dry_run` what would. What it made by
    /// others waits to be made again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn set_enricher(
        &self,
        name: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>),
        dry_run: bool,
    ) -> Result<KnownEnricher, StoreError> {
        self.change_enricher(name, dry_run, |connection| {
            let mut changed = find(connection, name)?;
            change(&mut changed.settings);
            save(connection, &changed)
        })
    }

    /// Removes an enricher and tells what it was. Where only a source that was removed has it, the default of its kind
    /// takes its place, for that source may come back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Refused`] where it is a default or in use.
    pub fn remove_enricher(&self, name: &str, dry_run: bool) -> Result<KnownEnricher, StoreError> {
        self.write_or_try(dry_run, |connection| {
            let found = find(connection, name)?;
            let beginning: i64 = source_enricher::table
                .inner_join(source::table)
                .filter(source_enricher::enricher.eq(name).and(source::removed_ms.is_null()))
                .count()
                .get_result(connection)?;
            let attached: i64 = attachment::table
                .inner_join(collection::table.inner_join(source::table))
                .filter(attachment::enricher.eq(name).and(source::removed_ms.is_null()))
                .count()
                .get_result(connection)?;
            if found.is_default || beginning + attached > 0 {
                return Err(StoreError::Refused(format!("enricher {name:?} is in use")));
            }
            diesel::update(attachment::table.filter(attachment::enricher.eq(name)))
                .set(attachment::enricher.eq(attachment::kind))
                .execute(connection)?;
            diesel::delete(source_enricher::table.filter(source_enricher::enricher.eq(name))).execute(connection)?;
            diesel::delete(enricher::table.find(name)).execute(connection)?;
            Ok(KnownEnricher { enricher: found, collections: Vec::new(), waiting: 0 })
        })
    }

    /// Puts an enricher in the place of the one of its kind, and tells what becomes of it, or with `dry_run` what would.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn attach_enricher(&self, name: &str, at: &Where, dry_run: bool) -> Result<KnownEnricher, StoreError> {
        self.change_enricher(name, dry_run, |connection| {
            let kind = find(connection, name)?.kind.word();
            for collection_id in at.collections(connection)? {
                let row = (
                    attachment::collection_id.eq(collection_id),
                    attachment::kind.eq(kind),
                    attachment::enricher.eq(name),
                );
                diesel::replace_into(attachment::table).values(row).execute(connection)?;
            }
            at.begin_with(connection, kind, Some(name))
        })
    }

    /// Takes an enricher off, and tells what becomes of it, or with `dry_run` what would. What it told is gone: at once
    /// what it made of files, with their next reading what it read beside them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Refused`] where it is not attached to what is named.
    pub fn detach_enricher(&self, name: &str, at: &Where, dry_run: bool) -> Result<KnownEnricher, StoreError> {
        self.change_enricher(name, dry_run, |connection| {
            let kind = find(connection, name)?.kind.word();
            let begins = match at {
                Where::Collections(_) => false,
                Where::Source(source_id) => first_of(connection, source_id, kind)?.as_deref() == Some(name),
            };
            let mut taken_off = Vec::new();
            for collection_id in at.collections(connection)? {
                let here = attachment::collection_id.eq(&collection_id).and(attachment::kind.eq(kind));
                let taken = diesel::delete(attachment::table.filter(here.and(attachment::enricher.eq(name))));
                let is_taken = taken.execute(connection)? > 0;
                if !is_taken && matches!(at, Where::Collections(_)) {
                    return Err(StoreError::Refused(format!("enricher {name:?} is not attached there")));
                }
                if is_taken {
                    taken_off.push(collection_id);
                }
            }
            if taken_off.is_empty() && !begins {
                return Err(StoreError::Refused(format!("enricher {name:?} is not attached there")));
            }
            for ids in taken_off.chunks(IDS_AT_ONCE) {
                let there = asset::table.filter(asset::collection_id.eq_any(ids)).select(asset::id);
                let told = enrichment::kind.eq(kind).and(enrichment::asset_id.eq_any(there));
                diesel::delete(enrichment::table.filter(told)).execute(connection)?;
            }
            if begins { at.begin_with(connection, kind, None) } else { Ok(()) }
        })
    }

    /// Changes what concerns an enricher, and tells what becomes of it, or with `dry_run` what would. What waits for it
    /// is counted when the change is written, or given up, for that takes a while in which nothing else could be.
    fn change_enricher(
        &self,
        name: &str,
        dry_run: bool,
        change: impl FnOnce(&mut SqliteConnection) -> Result<(), StoreError>,
    ) -> Result<KnownEnricher, StoreError> {
        let standings = self.write_or_try(dry_run, |connection| {
            change(connection)?;
            standings(connection, Some(name))
        })?;
        let known = self.read(|connection| counted(connection, standings))?.pop();
        known.ok_or_else(|| StoreError::NotFound(format!("enricher {name:?}")))
    }

    /// What each collection of a source has, by the collection's id.
    pub fn attached(&self, source_id: &str) -> Result<BTreeMap<String, Attached>, StoreError> {
        let rows: Vec<(String, EnricherRow)> = self.read(|connection| {
            Ok(attachment::table
                .inner_join(enricher::table)
                .inner_join(collection::table)
                .filter(collection::source_id.eq(source_id))
                .select((attachment::collection_id, EnricherRow::as_select()))
                .load(connection)?)
        })?;
        let mut attached = BTreeMap::<String, Attached>::new();
        for (collection_id, row) in rows {
            let enricher = Enricher::try_from(row)?;
            attached.entry(collection_id).or_default().insert(enricher.kind, enricher);
        }
        Ok(attached)
    }
}

impl Where {
    fn collections(&self, connection: &mut SqliteConnection) -> Result<BTreeSet<String>, StoreError> {
        let ids = match self {
            Where::Collections(ids) => ids.clone(),
            Where::Source(id) => {
                collection::table.filter(collection::source_id.eq(id)).select(collection::id).load(connection)?
            }
        };
        Ok(ids.into_iter().collect())
    }

    /// What collections to come begin with, where that is a source's.
    fn begin_with(
        &self,
        connection: &mut SqliteConnection,
        kind: &str,
        enricher: Option<&str>,
    ) -> Result<(), StoreError> {
        let Where::Source(source_id) = self else { return Ok(()) };
        let row = (
            source_enricher::source_id.eq(source_id),
            source_enricher::kind.eq(kind),
            source_enricher::enricher.eq(enricher),
        );
        diesel::replace_into(source_enricher::table).values(row).execute(connection)?;
        Ok(())
    }
}

/// What a source's collections to come begin with, of that kind.
fn first_of(connection: &mut SqliteConnection, source_id: &str, kind: &str) -> Result<Option<String>, StoreError> {
    let chosen: Option<Option<String>> = source_enricher::table
        .find((source_id, kind))
        .select(source_enricher::enricher)
        .first(connection)
        .optional()?;
    Ok(chosen.unwrap_or_else(|| Some(kind.to_owned())))
}

/// Gives a new collection what it begins with.
pub(super) fn begin(connection: &mut SqliteConnection, collection_id: &str, source_id: &str) -> Result<(), StoreError> {
    for kind in EnricherKind::ALL.map(EnricherKind::word) {
        if let Some(name) = first_of(connection, source_id, kind)? {
            let row =
                (attachment::collection_id.eq(collection_id), attachment::kind.eq(kind), attachment::enricher.eq(name));
            diesel::insert_into(attachment::table).values(row).execute(connection)?;
        }
    }
    Ok(())
}

/// Whether names tell anything in a collection.
pub(super) fn reads_names(connection: &mut SqliteConnection, collection_id: &str) -> Result<bool, StoreError> {
    let names = attachment::table.find((collection_id, EnricherKind::FileName.word()));
    Ok(diesel::select(exists(names)).get_result(connection)?)
}

/// Brings recipes up to this version of the program.
pub(crate) fn settle(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let rows: Vec<EnricherRow> = enricher::table.select(EnricherRow::as_select()).load(connection)?;
    for row in rows {
        let recipe = row.recipe.clone();
        let known = Enricher::try_from(row)?;
        if known.recipe() != recipe {
            save(connection, &known)?;
        }
    }
    Ok(())
}

fn save(connection: &mut SqliteConnection, changed: &Enricher) -> Result<(), StoreError> {
    let row = EnricherRow::from(changed);
    diesel::update(enricher::table.find(&row.name))
        .set((enricher::settings.eq(&row.settings), enricher::recipe.eq(&row.recipe)))
        .execute(connection)?;
    Ok(())
}

pub(super) fn find(connection: &mut SqliteConnection, name: &str) -> Result<Enricher, StoreError> {
    let row: Option<EnricherRow> =
        enricher::table.find(name).select(EnricherRow::as_select()).first(connection).optional()?;
    row.ok_or_else(|| StoreError::NotFound(format!("enricher {name:?}")))?.try_into()
}

/// An enricher and where it is.
struct Standing {
    enricher: Enricher,
    /// Each with its source's name and its own.
    collections: Vec<(String, (String, String))>,
}

/// The enricher of that name, or all, by kind, each kind's default first.
fn standings(connection: &mut SqliteConnection, name: Option<&str>) -> Result<Vec<Standing>, StoreError> {
    let mut collections = BTreeMap::<String, Vec<(String, (String, String))>>::new();
    let attached: Vec<(String, String, (String, String))> = attachment::table
        .inner_join(collection::table.inner_join(source::table))
        .filter(source::removed_ms.is_null())
        .filter(attachment::enricher.nullable().eq(name).or(name.is_none().into_sql::<Bool>()))
        .order((source::name, collection::name))
        .select((attachment::enricher, collection::id, (source::name, collection::name)))
        .load(connection)?;
    for (enricher, id, names) in attached {
        collections.entry(enricher).or_default().push((id, names));
    }
    let rows: Vec<EnricherRow> = enricher::table
        .filter(enricher::name.nullable().eq(name).or(name.is_none().into_sql::<Bool>()))
        .select(EnricherRow::as_select())
        .load(connection)?;
    let standings = rows.into_iter().map(|row| {
        let collections = collections.remove(&row.name).unwrap_or_default();
        Ok(Standing { enricher: row.try_into()?, collections })
    });
    let mut standings: Vec<Standing> = standings.collect::<Result<_, StoreError>>()?;
    standings.sort_by_key(|Standing { enricher, .. }| (enricher.kind, !enricher.is_default, enricher.name.clone()));
    Ok(standings)
}

/// These enrichers with how many assets wait for each, or would if they stood like this.
fn counted(connection: &mut SqliteConnection, standings: Vec<Standing>) -> Result<Vec<KnownEnricher>, StoreError> {
    let wishes = standings.iter().flat_map(|Standing { enricher, collections }| {
        let (name, kind, recipe) = (&enricher.name, enricher.kind.word(), enricher.recipe());
        collections.iter().map(move |(id, _)| [name.clone(), kind.to_owned(), recipe.clone(), id.clone()])
    });
    let wishes: Vec<[String; 4]> = wishes.collect();
    let counts: Vec<Waiting> = diesel::sql_query(WAITING).bind::<Text, _>(to_json(&wishes)).load(connection)?;
    let waiting: BTreeMap<String, i64> = counts.into_iter().map(|row| (row.enricher, row.waiting)).collect();
    let known = standings.into_iter().map(|Standing { enricher, collections }| {
        let waiting = waiting.get(&enricher.name).copied().unwrap_or_default().cast_unsigned();
        let collections = collections.into_iter().map(|(_, names)| names).collect();
        KnownEnricher { enricher, collections, waiting }
    });
    Ok(known.collect())
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Text)]
    enricher: String,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

/// How many assets wait for each enricher, which wishes for something of a collection's files: its name, kind, recipe and
/// the collection's id. What a file holds is asked of every file that is there, what is made of that only of those that
/// can be played.
const WAITING: &str = "
WITH wish AS MATERIALIZED (
    SELECT value ->> 0 AS enricher, value ->> 1 AS kind, value ->> 2 AS recipe, value ->> 3 AS collection_id
    FROM json_each(?)
)
SELECT wish.enricher AS enricher, count(*) AS waiting
FROM wish
JOIN asset ON asset.collection_id = wish.collection_id
LEFT JOIN asset_reading ON asset_reading.asset_id = asset.id
LEFT JOIN measurement ON measurement.asset_id = asset.id
LEFT JOIN enrichment ON enrichment.asset_id = asset.id AND enrichment.kind = wish.kind
WHERE asset.state IN ('new', 'enriching', 'ready', 'faulty') AND CASE wish.kind
    WHEN 'filename' THEN asset_reading.filename IS NOT wish.recipe
    WHEN 'nfo' THEN asset_reading.nfo IS NOT wish.recipe
    WHEN 'artwork' THEN asset_reading.artwork IS NOT wish.recipe
    WHEN 'loudness' THEN asset.state = 'ready' AND measurement.asset_id IS NULL
    WHEN 'breaks' THEN asset.state = 'ready' AND measurement.fault_code IS NULL
        AND enrichment.recipe IS NOT wish.recipe
    ELSE asset.state IN ('new', 'enriching')
        OR (asset.state = 'ready' AND wish.kind = 'probe' AND enrichment.recipe IS NOT wish.recipe)
END
GROUP BY wish.enricher";
