//! What names, and what lies beside media, tell of files: read again where any of it changed.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use retrovue_store::library::{AssetState, Attached, Change, Enricher, EnricherKind, Origin, Reading, ServedItem};

use super::{FaultyFile, Sync};
use crate::failure::Failure;
use crate::ingest::batches::BATCH;
use crate::ingest::blocking::{off_runtime, on_store};
use crate::ingest::enrich::settings;
use crate::ingest::inspect::Inspector;
use crate::ingest::provider::{Holding, Read, Telling};
use crate::ingest::sidecars::{Wanted, WantedArtwork, WantedNfo};

/// What was read again.
#[derive(Default)]
pub(super) struct Described {
    /// How many files were known before.
    pub(super) files: u64,
    /// NFO files that could not be read.
    pub(super) unread: Vec<FaultyFile>,
}

/// A file of which something new may be told.
#[derive(Clone)]
struct Outdated {
    id: String,
    path: PathBuf,
    wanted: Wanted,
    /// As it will have been read.
    reading: Reading,
    was_read: bool,
    /// NFO files are as they were, and so is what they are read for.
    keeps_nfo: bool,
}

/// What a collection wants, and how that is noted; the stamp is each file's own.
#[derive(Clone)]
struct Wish {
    wanted: Wanted,
    reading: Reading,
}

impl Wish {
    fn of(attached: &Attached) -> Self {
        let one = |kind| attached.get(&kind);
        let recipe = |kind| one(kind).map(Enricher::recipe).unwrap_or_default();
        let choice = |kind, name| one(kind).map(|enricher| settings::choice(kind, &enricher.settings, name));
        let nfo = choice(EnricherKind::Nfo, "series");
        Self {
            wanted: Wanted {
                names: attached.contains_key(&EnricherKind::FileName),
                nfo: nfo.map_or(WantedNfo::Nothing, |series| WantedNfo::Read { series }),
                artwork: choice(EnricherKind::Artwork, "fanart").map(|fanart| WantedArtwork { fanart }),
            },
            reading: Reading {
                stamp: 0,
                filename: recipe(EnricherKind::FileName),
                nfo: recipe(EnricherKind::Nfo),
                artwork: recipe(EnricherKind::Artwork),
            },
        }
    }
}

impl<I: Inspector> Sync<'_, I> {
    /// How much [`Sync::describe`] would read again.
    pub(super) async fn would_describe(&self, holding: &Holding) -> Result<Described, Failure> {
        let outdated = self.outdated(holding).await?;
        Ok(Described { files: known_before(&outdated), unread: Vec::new() })
    }

    /// Reads names, NFO files and artwork again where any of them changed.
    pub(super) async fn describe(&self, holding: &Holding) -> Result<Described, Failure> {
        let outdated = self.outdated(holding).await?;
        let mut read = Read::default();
        for batch in outdated.chunks(BATCH) {
            let (mut batch, telling) = (batch.to_vec(), holding.telling.clone());
            self.recall(&mut batch).await?;
            let progress = self.progress();
            let work = self.ask(move || {
                let described = batch.into_iter().take_while(|_| progress.goes_on());
                let described = described.map(|Outdated { id, path, wanted, reading, .. }| {
                    let (layers, is_whole) = telling.describe(&path, &wanted, &mut read);
                    let served = served(&*telling, &path);
                    Change::Describe { id, layers, reading: is_whole.then_some(reading), served }
                });
                let described: Vec<Change> = described.collect();
                (described, read)
            });
            let changes;
            (changes, read) = work.await?;
            self.change(changes).await?;
        }
        let unread = read.into_unread().map(|(path, cause)| {
            let path = path.to_string_lossy().into_owned();
            let message = format!("{path} {cause}");
            tracing::warn!(file = path, "an NFO file is left out: {message}");
            FaultyFile { path, code: "nfo_invalid".to_owned(), message }
        });
        Ok(Described { files: known_before(&outdated), unread: unread.collect() })
    }

    /// Of files of which NFO files tell nothing new, finds what they told.
    async fn recall(&self, outdated: &mut [Outdated]) -> Result<(), Failure> {
        let kept: Vec<String> = outdated.iter().filter(|one| one.keeps_nfo).map(|one| one.id.clone()).collect();
        if kept.is_empty() {
            return Ok(());
        }
        let mut told = on_store(self.store, "asset", move |store| store.told(&kept, Origin::Nfo)).await?;
        for one in outdated.iter_mut().filter(|one| one.keeps_nfo) {
            one.wanted.nfo = WantedNfo::Known(Box::new(told.remove(&one.id).unwrap_or_default()));
        }
        Ok(())
    }

    /// The files there are of which not all was read as it is now.
    async fn outdated(&self, holding: &Holding) -> Result<Vec<Outdated>, Failure> {
        let source_id = self.source.id.clone();
        let (known, mut readings, attached) = on_store(self.store, "source", move |store| {
            Ok((store.known_files(&source_id)?, store.readings(&source_id)?, store.attached(&source_id)?))
        })
        .await?;
        let (media, telling) = (holding.discovery.files.clone(), holding.telling.clone());
        off_runtime(move || {
            let found: HashSet<&Path> = media.iter().map(|file| file.path.as_path()).collect();
            let there = known
                .into_iter()
                .filter(|known| known.state != AssetState::Missing && found.contains(known.file.path.as_path()));
            let wishes: BTreeMap<String, Wish> =
                attached.iter().map(|(collection_id, attached)| (collection_id.clone(), Wish::of(attached))).collect();
            let nothing = Wish::of(&Attached::new());
            let read = there.map(|known| {
                let Wish { wanted, reading } = wishes.get(&known.collection_id).unwrap_or(&nothing);
                let (before, stamp) = (readings.remove(&known.id), telling.stamp(&known.file.path));
                let is_same = |before: &Reading| before.stamp == stamp && before.filename == reading.filename;
                let keeps_nfo = before.as_ref().is_some_and(|before| is_same(before) && before.nfo == reading.nfo);
                let is_current = keeps_nfo && before.as_ref().is_some_and(|before| before.artwork == reading.artwork);
                (!is_current).then(|| Outdated {
                    id: known.id,
                    path: known.file.path,
                    wanted: wanted.clone(),
                    reading: Reading { stamp, ..reading.clone() },
                    was_read: before.is_some(),
                    keeps_nfo: keeps_nfo && wanted.nfo != WantedNfo::Nothing,
                })
            });
            read.flatten().collect()
        })
        .await
    }
}

/// Where a media server keeps a file.
fn served(telling: &dyn Telling, path: &Path) -> Option<ServedItem> {
    let item = telling.item(path)?.to_owned();
    Some(ServedItem { item, collection: telling.collection(path) })
}

fn known_before(outdated: &[Outdated]) -> u64 {
    outdated.iter().filter(|outdated| outdated.was_read).count() as u64
}
