//! Changing assets: what a sync finds, and what the operator corrects.

use std::collections::HashMap;

use diesel::prelude::*;
use retrovue_schedule::Kind;
use retrovue_timeline::UtcTime;

use super::queries::{IDS_AT_ONCE, Reading, load_one};
use super::rows::{AssetRow, CollectionRow, from_json, to_json};
use super::servers::{self, ServedItem};
use super::{
    Asset, AssetState, Fault, FileFacts, Layers, Media, Origin, Told, enrichers, enrichment, measurements, new_id,
};
use crate::schema::{asset, asset_layer, asset_reading, collection, source};
use crate::{Store, StoreError};

/// What a sync found out about one file.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A file that was never seen: a new asset.
    Add {
        /// The file.
        file: FileFacts,
        /// Where it belongs.
        collection: Collection,
        /// What its name tells.
        layers: Layers,
    },
    /// The same content at another path, or back where it was; what its container and the operator told is kept.
    Move {
        /// The asset.
        id: String,
        /// The file.
        file: FileFacts,
        /// Where it belongs.
        collection: Collection,
        /// What its name tells.
        layers: Layers,
    },
    /// The same content, written again: only the facts are new.
    Touch {
        /// The asset.
        id: String,
        /// The file.
        file: FileFacts,
    },
    /// New content at the same path, which must be looked at.
    Replace {
        /// The asset.
        id: String,
        /// The file.
        file: FileFacts,
        /// What its name tells.
        layers: Layers,
    },
    /// Its name and the files beside it were read.
    Describe {
        /// The asset.
        id: String,
        /// What they tell.
        layers: Layers,
        /// How they were read; none where they are to be read again.
        reading: Option<Reading>,
        /// Where a media server keeps it.
        served: Option<ServedItem>,
    },
    /// The file is away.
    Vanish {
        /// The asset.
        id: String,
    },
    /// The file is playable.
    Ready {
        /// The asset.
        id: String,
        /// What it holds.
        media: Media,
        /// What its container tells.
        told: Box<Told>,
    },
    /// The file cannot be played.
    Fault {
        /// The asset.
        id: String,
        /// Why.
        fault: Fault,
    },
}

/// The part of a source that a file belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The top-level folder, `.` for the source's folder itself; of a media server, a library.
    pub name: String,
    /// What its name, or the operator, says its files are for.
    pub kind: Kind,
}

impl Store {
    /// Takes in what a sync found, in one transaction: all of it or nothing. A retired asset follows its file, and
    /// stays retired.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an asset that is not there or a source that was removed meanwhile,
    /// [`StoreError::Refused`] for a state that may not follow.
    pub fn change_assets(&self, source_id: &str, changes: &[Change], now: UtcTime) -> Result<(), StoreError> {
        self.write(|connection| {
            let mut batch = Batch::begin(connection, source_id, now)?;
            park(batch.connection, changes)?;
            changes.iter().try_for_each(|change| batch.take(change))
        })
    }

    /// Looking at these files begins. Those that are not new are left as they are.
    ///
    /// # Errors
    /// [`StoreError::Busy`]
    pub fn begin_enriching(&self, source_id: &str, ids: &[String], now: UtcTime) -> Result<(), StoreError> {
        self.write(|connection| {
            for ids in ids.chunks(IDS_AT_ONCE) {
                let new = asset::source_id.eq(source_id).and(asset::state.eq(AssetState::New.word()));
                diesel::update(asset::table.filter(new.and(asset::id.eq_any(ids))))
                    .set((asset::state.eq(AssetState::Enriching.word()), asset::updated_ms.eq(now.millis())))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    /// Changes what the operator says of an asset, and tells what becomes of it, or with `dry_run` what would.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub fn correct_asset(
        &self,
        id: &str,
        correct: impl FnOnce(&mut Told),
        now: UtcTime,
        dry_run: bool,
    ) -> Result<Asset, StoreError> {
        self.write(|connection| {
            let (mut asset, mut layers) = (load_one(connection, id)?, load_layers(connection, id)?);
            correct(layers.of(Origin::Operator));
            asset.description = layers.merged_for(&asset.file.path);
            asset.updated = now;
            if !dry_run {
                keep_layers(connection, id, &layers)?;
                save(connection, &asset)?;
            }
            Ok(asset)
        })
    }
}

/// Takes the moved assets off their paths first, for files may have swapped names.
fn park(connection: &mut SqliteConnection, changes: &[Change]) -> Result<(), StoreError> {
    for change in changes {
        if let Change::Move { id, .. } = change {
            // No file name holds a zero byte.
            let nowhere = format!("\0{id}").into_bytes();
            diesel::update(asset::table.find(id)).set(asset::path.eq(nowhere)).execute(connection)?;
        }
    }
    Ok(())
}

pub(super) fn save(connection: &mut SqliteConnection, changed: &Asset) -> Result<(), StoreError> {
    diesel::update(asset::table.find(&changed.id)).set(AssetRow::of(changed)).execute(connection)?;
    Ok(())
}

fn load_layers(connection: &mut SqliteConnection, id: &str) -> Result<Layers, StoreError> {
    let rows: Vec<(String, String)> = asset_layer::table
        .filter(asset_layer::asset_id.eq(id))
        .select((asset_layer::origin, asset_layer::told))
        .load(connection)?;
    let known = rows.into_iter().filter_map(|(origin, told)| Some((Origin::of_word(&origin)?, told)));
    known.map(|(origin, told)| Ok((origin, from_json(&told)?))).collect()
}

fn keep_layers(connection: &mut SqliteConnection, id: &str, layers: &Layers) -> Result<(), StoreError> {
    diesel::delete(asset_layer::table.filter(asset_layer::asset_id.eq(id))).execute(connection)?;
    for (origin, told) in layers.iter() {
        let Some(word) = origin.word() else { continue };
        let row = (asset_layer::asset_id.eq(id), asset_layer::origin.eq(word), asset_layer::told.eq(to_json(told)));
        diesel::insert_into(asset_layer::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// One transaction of a sync.
pub(super) struct Batch<'a> {
    connection: &'a mut SqliteConnection,
    source_id: &'a str,
    review: bool,
    now: UtcTime,
    /// By which recipe files are looked at, by their collections' ids.
    probes: HashMap<String, String>,
    /// Whether names tell anything, by collections' ids.
    reads_names: HashMap<String, bool>,
}

impl<'a> Batch<'a> {
    /// Changes of assets of this source.
    pub(super) fn begin(
        connection: &'a mut SqliteConnection,
        source_id: &'a str,
        now: UtcTime,
    ) -> Result<Self, StoreError> {
        let review = source::table
            .find(source_id)
            .filter(source::removed_ms.is_null())
            .select(source::review)
            .first(connection)
            .optional()?
            .ok_or_else(|| StoreError::NotFound(format!("source {source_id:?}")))?;
        Ok(Self { connection, source_id, review, now, probes: HashMap::new(), reads_names: HashMap::new() })
    }

    pub(super) fn take(&mut self, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Add { file, collection, layers } => self.add(file, collection, layers),
            Change::Move { id, file, collection, layers } => {
                let collection_id = self.collection(collection)?;
                let layers = self.wanted(&collection_id, layers)?;
                self.describe(id, &layers)?;
                enrichment::forget_unwanted(self.connection, id, &collection_id)?;
                let layers = load_layers(self.connection, id)?;
                self.change(id, |asset, review| {
                    asset.collection_id = collection_id;
                    asset.file = file.clone();
                    asset.description = layers.merged_for(&asset.file.path);
                    match (asset.state, &asset.media) {
                        (AssetState::Missing, Some(_)) => ready(asset, review),
                        (AssetState::Missing, None) => asset.enter(AssetState::Enriching),
                        _ => Ok(()),
                    }
                })
            }
            Change::Touch { id, file } => self.change(id, |asset, _| {
                asset.file = file.clone();
                Ok(())
            }),
            Change::Replace { id, file, layers } => {
                measurements::forget(self.connection, id)?;
                enrichment::forget(self.connection, id)?;
                self.forget_container(id)?;
                let Asset { collection_id, .. } = load_one(self.connection, id)?;
                let layers = self.wanted(&collection_id, layers)?;
                self.describe(id, &layers)?;
                self.change(id, |asset, _| {
                    asset.file = file.clone();
                    asset.media = None;
                    match asset.state {
                        AssetState::New | AssetState::Retired => Ok(()),
                        _ => asset.enter(AssetState::Enriching),
                    }
                })
            }
            Change::Describe { id, layers, reading, served } => {
                self.describe(id, layers)?;
                if let Some(ServedItem { item, collection }) = served {
                    servers::keep(self.connection, self.source_id, id, item)?;
                    let collection_id = self.collection(collection)?;
                    enrichment::forget_unwanted(self.connection, id, &collection_id)?;
                    self.change(id, |asset, _| {
                        asset.collection_id = collection_id;
                        Ok(())
                    })?;
                }
                if let Some(Reading { stamp, filename, nfo, artwork }) = reading {
                    let row = (
                        asset_reading::asset_id.eq(id),
                        asset_reading::stamp.eq(stamp.cast_signed()),
                        asset_reading::filename.eq(filename),
                        asset_reading::nfo.eq(nfo),
                        asset_reading::artwork.eq(artwork),
                    );
                    diesel::insert_into(asset_reading::table).values(row).execute(self.connection)?;
                }
                Ok(())
            }
            Change::Vanish { id } => self.change(id, |asset, _| enter_unless_retired(asset, AssetState::Missing)),
            Change::Ready { id, media, told } => self.look_at(id, media, told),
            Change::Fault { id, fault } => self.change(id, |asset, _| {
                enter_unless_retired(asset, AssetState::Faulty)?;
                asset.fault = (asset.state == AssetState::Faulty).then(|| fault.clone());
                Ok(())
            }),
        }
    }

    fn add(&mut self, file: &FileFacts, collection: &Collection, layers: &Layers) -> Result<(), StoreError> {
        let collection_id = self.collection(collection)?;
        let layers = self.wanted(&collection_id, layers)?;
        let new = Asset {
            id: new_id(self.now),
            source_id: self.source_id.to_owned(),
            source: String::new(),
            root: std::path::PathBuf::new(),
            collection: collection.name.clone(),
            collection_id,
            file: file.clone(),
            state: AssetState::New,
            approved: false,
            approved_fingerprint: None,
            description: layers.merged_for(&file.path),
            media: None,
            fault: None,
            created: self.now,
            updated: self.now,
        };
        diesel::insert_into(asset::table).values(AssetRow::of(&new)).execute(self.connection)?;
        keep_layers(self.connection, &new.id, &layers)
    }

    /// What is told of a file that was not described yet, without what its name tells where nobody reads names.
    fn wanted(&mut self, collection_id: &str, told: &Layers) -> Result<Layers, StoreError> {
        if !self.reads_names.contains_key(collection_id) {
            let reads = enrichers::reads_names(self.connection, collection_id)?;
            self.reads_names.insert(collection_id.to_owned(), reads);
        }
        let mut wanted = told.clone();
        if !self.reads_names[collection_id] {
            [Origin::FileName, Origin::Folder].into_iter().for_each(|names| *wanted.of(names) = Told::default());
        }
        Ok(wanted)
    }

    /// Takes in what names, and files beside the asset's, tell now; they count as not read to the end.
    fn describe(&mut self, id: &str, scanned: &Layers) -> Result<(), StoreError> {
        let before = load_layers(self.connection, id)?;
        let mut layers = before.clone();
        layers.rescan(scanned);
        diesel::delete(asset_reading::table.find(id)).execute(self.connection)?;
        if layers == before { Ok(()) } else { self.merge(id, &layers) }
    }

    /// What a container told goes with its content.
    fn forget_container(&mut self, id: &str) -> Result<(), StoreError> {
        let mut layers = load_layers(self.connection, id)?;
        *layers.of(Origin::Container) = Told::default();
        self.merge(id, &layers)
    }

    /// Takes in what was found in an asset's file, which plays.
    pub(super) fn look_at(&mut self, id: &str, media: &Media, told: &Told) -> Result<(), StoreError> {
        let mut layers = load_layers(self.connection, id)?;
        let before = layers.clone();
        told.clone_into(layers.of(Origin::Container));
        let is_told = layers.iter().ne(before.iter());
        if is_told {
            keep_layers(self.connection, id, &layers)?;
        }
        let mut collection_id = String::new();
        self.change(id, |asset, review| {
            if is_told {
                asset.description = layers.merged_for(&asset.file.path);
            }
            asset.media = Some(media.clone());
            collection_id.clone_from(&asset.collection_id);
            if asset.state == AssetState::Retired { Ok(()) } else { ready(asset, review) }
        })?;
        if !self.probes.contains_key(&collection_id) {
            let recipe = enrichment::probe_of(self.connection, &collection_id)?;
            self.probes.insert(collection_id.clone(), recipe);
        }
        enrichment::note_probe(self.connection, id, &self.probes[&collection_id])
    }

    fn merge(&mut self, id: &str, layers: &Layers) -> Result<(), StoreError> {
        keep_layers(self.connection, id, layers)?;
        self.change(id, |asset, _| {
            asset.description = layers.merged_for(&asset.file.path);
            Ok(())
        })
    }

    fn change(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Asset, bool) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut asset = load_one(self.connection, id)?;
        change(&mut asset, self.review)?;
        asset.updated = self.now;
        save(self.connection, &asset)
    }

    /// The id of a collection, which is made where there is none.
    fn collection(&mut self, wanted: &Collection) -> Result<String, StoreError> {
        let found = collection::table
            .filter(collection::source_id.eq(self.source_id).and(collection::name.eq(&wanted.name)))
            .select((collection::id, collection::kind))
            .first::<(String, String)>(self.connection)
            .optional()?;
        if let Some((id, kind)) = found {
            if kind != wanted.kind.word() {
                diesel::update(collection::table.find(&id))
                    .set(collection::kind.eq(wanted.kind.word()))
                    .execute(self.connection)?;
            }
            return Ok(id);
        }
        let id = new_id(self.now);
        let row = CollectionRow {
            id: id.clone(),
            source_id: self.source_id,
            name: &wanted.name,
            kind: wanted.kind.word(),
            enabled: true,
        };
        diesel::insert_into(collection::table).values(row).execute(self.connection)?;
        enrichers::begin(self.connection, &id, self.source_id)?;
        Ok(id)
    }
}

fn enter_unless_retired(asset: &mut Asset, next: AssetState) -> Result<(), StoreError> {
    if asset.state == AssetState::Retired { Ok(()) } else { asset.enter(next) }
}

/// Makes an asset ready, and approves it where its source asks for no review or this very content was approved before.
pub(super) fn ready(asset: &mut Asset, review: bool) -> Result<(), StoreError> {
    asset.enter(AssetState::Ready)?;
    let known = asset.file.fingerprint.is_some() && asset.file.fingerprint == asset.approved_fingerprint;
    asset.approved = !review || known;
    if asset.approved {
        asset.approved_fingerprint = asset.file.fingerprint;
    }
    Ok(())
}
