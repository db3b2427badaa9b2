//! What names, and what lies beside media, tell of files: read again where any of it changed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use retrovue_store::library::{AssetState, Change};

use super::{FaultyFile, Sync};
use crate::failure::Failure;
use crate::ingest::batches::BATCH;
use crate::ingest::blocking::{off_runtime, on_store};
use crate::ingest::discover::Discovery;
use crate::ingest::inspect::Inspector;
use crate::ingest::sidecars::{Reading, Sidecars};

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
    stamp: u64,
    was_read: bool,
}

impl<I: Inspector> Sync<'_, I> {
    /// How much [`Sync::describe`] would read again.
    pub(super) async fn would_describe(&self, discovery: &Discovery) -> Result<Described, Failure> {
        let (_, outdated) = self.outdated(discovery).await?;
        Ok(Described { files: known_before(&outdated), unread: Vec::new() })
    }

    /// Reads names, NFO files and artwork again where any of them changed.
    pub(super) async fn describe(&self, discovery: &Discovery) -> Result<Described, Failure> {
        let (sidecars, outdated) = self.outdated(discovery).await?;
        let mut reading = Reading::default();
        for batch in outdated.chunks(BATCH) {
            let (batch, sidecars, root) = (batch.to_vec(), sidecars.clone(), self.source.place.root().to_owned());
            let progress = self.progress();
            let read = self.ask(move || {
                let mut reader = sidecars.reader(&root, reading);
                let described = batch.into_iter().map(|Outdated { id, path, stamp, .. }| {
                    progress.beat();
                    let (layers, is_whole) = reader.describe(&path);
                    Change::Describe { id, layers, stamp: is_whole.then_some(stamp), served: None }
                });
                let described: Vec<Change> = described.collect();
                (described, reader.into_reading())
            });
            let changes;
            (changes, reading) = read.await?;
            self.change(changes).await?;
        }
        let unread = reading.into_unread().into_iter().map(|(path, cause)| {
            let path = self.source.place.root().join(path).to_string_lossy().into_owned();
            let message = format!("{path} {cause}");
            tracing::warn!(file = path, "an NFO file is left out: {message}");
            FaultyFile { path, code: "nfo_invalid".to_owned(), message }
        });
        Ok(Described { files: known_before(&outdated), unread: unread.collect() })
    }

    /// What lies beside the media, and the files there are whose names, or what is beside them, were not read as they
    /// are now.
    async fn outdated(&self, discovery: &Discovery) -> Result<(Arc<Sidecars>, Vec<Outdated>), Failure> {
        let source_id = self.source.id.clone();
        let (known, readings) = on_store(self.store, "source", move |store| {
            Ok((store.known_files(&source_id)?, store.readings(&source_id)?))
        })
        .await?;
        let (media, sidecars) = (discovery.files.clone(), discovery.sidecars.clone());
        off_runtime(move || {
            let sidecars = Sidecars::new(&media, &sidecars);
            let found: HashSet<&Path> = media.iter().map(|file| file.path.as_path()).collect();
            let there = known
                .into_iter()
                .filter(|known| known.state != AssetState::Missing && found.contains(known.file.path.as_path()));
            let stamped = there.map(|known| {
                let (read, stamp) = (readings.get(&known.id), sidecars.stamp(&known.file.path));
                let was_read = read.is_some();
                (read != Some(&stamp)).then_some(Outdated { id: known.id, path: known.file.path, stamp, was_read })
            });
            let outdated = stamped.flatten().collect();
            (Arc::new(sidecars), outdated)
        })
        .await
    }
}

fn known_before(outdated: &[Outdated]) -> u64 {
    outdated.iter().filter(|outdated| outdated.was_read).count() as u64
}
