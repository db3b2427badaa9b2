//! One sync of one source: what it holds is discovered, compared with what is known, and what is new is looked
//! at.
//!
//! Everything found out is stored as it is found out, so that a sync may be killed at any moment and the next one goes
//! on where it ended.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{self, Stream, StreamExt};
use retrovue_kit::MasterClock;
use retrovue_kit::clock::system_utc;
use retrovue_store::library::{AssetFilter, AssetState, Change, Fault, KnownFile, Source, Told};
use retrovue_store::{Store, StoreError};
use serde::Serialize;

use super::asking::disk;
use super::batches::BATCH;
use super::blame::is_at_fault;
use super::blocking::{off_runtime, on_store};
use super::compare::{Comparison, Counts};
use super::discover::{FoundFile, fingerprints};
use super::inspect::{InspectFailure, Inspection, Inspector};
use super::progress::{Claim, Progress, Syncs};
use super::provider::{Holding, Provider, UnmappedItem};
use crate::failure::Failure;

use described::Described;
pub use vanished::{MissedSlot, Vanished};

mod described;
mod vanished;

/// Files looked at together: one is read while another is decoded, and channels on air keep their cores.
const INSPECTIONS_AT_ONCE: usize = 2;

/// Files that begin to be looked at by one transaction; it costs them little.
const BEGUN_AT_ONCE: usize = 5000;

/// What is found out about files waits this long for more of it, to be stored together.
const GATHERED_FOR: Duration = Duration::from_millis(250);

/// Files that are away and told by name. A disk that was not mounted takes a whole library along.
const VANISHED_TOLD: usize = 1000;

/// Of these, those that the log names.
const LOGGED: usize = 20;

/// What a sync did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// The source's name.
    pub source: String,
    /// Files never seen before.
    pub added: u64,
    /// Files with other content than before, or not looked at to the end by an earlier sync.
    pub updated: u64,
    /// Files as they were.
    pub unchanged: u64,
    /// Files away since the last sync.
    pub missing: u64,
    /// Files back where they were.
    pub restored: u64,
    /// Files at another path than before.
    pub moved: u64,
    /// Known files of which names, NFO files or artwork tell something new.
    pub described: u64,
    /// Assets of the source that are ready now.
    pub ready: u64,
    /// Files away since the last sync, and where they are missed; 1000 of them at most.
    pub vanished: Vec<Vanished>,
    /// Assets of the source that are faulty now, and what could not be read.
    pub faulty: Vec<FaultyFile>,
    /// Files that are still being written, absolute: they were left out.
    pub unfinished: Vec<String>,
    /// NFO files that could not be read; what they are beside is known by its name.
    pub unread: Vec<FaultyFile>,
    /// Files that are no media.
    pub ignored: u64,
    /// Items of a media server whose files are not at hand: how many.
    pub unmapped_count: u64,
    /// Of these, the first 1000.
    pub unmapped: Vec<UnmappedItem>,
}

/// A file that cannot be played, or a folder that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultyFile {
    /// Absolute. Bytes that are not UTF-8 are shown as replacement characters.
    pub path: String,
    /// Stable: `not_media`, `unreadable`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// What a look at the source tells.
struct Findings {
    holding: Holding,
    unfinished: HashSet<PathBuf>,
    /// Each list is one transaction.
    changes: Vec<Vec<Change>>,
    counts: Counts,
}

/// Syncs a source.
pub struct Sync<'a, I> {
    /// Where assets are kept.
    pub store: &'a Store,
    /// The one time.
    pub clock: &'a MasterClock,
    /// What looks at files.
    pub inspector: &'a I,
    /// The source.
    pub source: &'a Source,
    /// The source's one sync, told how far it is. Whoever writes holds it, too, for a transaction goes on where the sync
    /// is left.
    pub claim: Arc<Claim<Progress>>,
    /// Where threads are known that ask disks.
    pub syncs: &'a Syncs,
    /// What tells of the source's media.
    pub provider: &'a dyn Provider,
}

impl<I: Inspector> Sync<'_, I> {
    /// Tells what a sync would find, and changes nothing. What is ready or faulty is as it was before.
    ///
    /// # Errors
    /// As [`Sync::run`], without Air.
    pub async fn preview(&self) -> Result<SyncReport, Failure> {
        let findings = self.look().await?;
        let described = self.would_describe(&findings.holding).await?;
        self.report(&findings, described).await
    }

    /// Takes in what the folder holds.
    ///
    /// # Errors
    /// A folder that is away or cannot be read, an Air that cannot be reached, a source that is removed meanwhile. What
    /// was found out before stays.
    pub async fn run(&self) -> Result<SyncReport, Failure> {
        let findings = self.look().await?;
        self.follow_libraries(&findings.holding).await?;
        for batch in &findings.changes {
            self.change(batch.clone()).await?;
        }
        let described = self.describe(&findings.holding).await?;
        self.inspect_what_waits().await?;
        let report = self.report(&findings, described).await?;
        let (ready, faulty) = (report.ready, report.faulty.len());
        tracing::info!(source = report.source, assets.ready = ready, assets.faulty = faulty, "source synced");
        if report.unmapped_count > 0 {
            let (source, files) = (&report.source, report.unmapped_count);
            tracing::warn!(
                source,
                files,
                "files that the server tells of are not at hand; retrovue source sync names them"
            );
        }
        for Vanished { path, slots, .. } in report.vanished.iter().filter(|gone| !gone.slots.is_empty()).take(LOGGED) {
            let (channel, start) = (&slots[0].channel, &slots[0].start_utc);
            tracing::warn!(file = path, channel, slot = start, slots = slots.len(), "a scheduled file is away");
        }
        Ok(report)
    }

    /// Reads names, NFO files and artwork again where enrichers read them in another way than before, and tells of
    /// how many files. What is new in the folder is left to a sync.
    ///
    /// # Errors
    /// As [`Sync::run`], without Air.
    pub async fn redescribe(&self) -> Result<u64, Failure> {
        let holding = self.holding().await?;
        self.follow_libraries(&holding).await?;
        let described = self.describe(&holding).await?;
        tracing::info!(source = self.source.name, files = described.files, "what is beside files was read again");
        Ok(described.files)
    }

    async fn holding(&self) -> Result<Holding, Failure> {
        let (work, progress) = (self.provider.ask(&self.claim.progress).await?, self.progress());
        self.ask(move || work(&progress)).await?
    }

    async fn look(&self) -> Result<Findings, Failure> {
        let holding = self.holding().await?;
        let discovery = &holding.discovery;
        let source_id = self.source.id.clone();
        let known = on_store(self.store, "source", move |store| store.known_files(&source_id)).await?;
        let is_there = |known: &KnownFile| !matches!(known.state, AssetState::Missing | AssetState::Retired);
        if discovery.files.is_empty() && known.iter().any(is_there) && !self.claim.progress.is_asked_for() {
            return Err(self.provider.emptied());
        }
        let (found, telling) = (discovery.files.clone(), holding.telling.clone());
        let mut comparison = off_runtime(move || Comparison::new(known, found, telling)).await?;
        let unfinished = self.unfinished(comparison.unsettled()).await?;
        comparison.leave_out(&unfinished);
        let (root, progress) = (self.source.place.root().to_owned(), self.progress());
        let unreadable: Vec<PathBuf> = discovery.unreadable.iter().map(|(path, _)| path.clone()).collect();
        let compared = self.ask(move || {
            // A file that cannot be read has no fingerprint; looking at it will tell why.
            let fingerprints = fingerprints(&root, comparison.unsettled(), &progress);
            comparison.finish(&fingerprints, &unreadable)
        });
        let (changes, counts) = compared.await?;
        Ok(Findings { holding, unfinished, changes, counts })
    }

    /// Files that somebody is writing now: what they hold is told by a sync that comes after.
    async fn unfinished(&self, unsettled: &[FoundFile]) -> Result<HashSet<PathBuf>, Failure> {
        let (now, quiet) = (system_utc(), self.syncs.pace.quiet);
        let fresh: Vec<_> = unsettled.iter().filter(|file| file.is_fresh(now, quiet)).cloned().collect();
        if fresh.is_empty() {
            return Ok(HashSet::new());
        }
        tokio::time::sleep(quiet).await;
        let (root, progress) = (self.source.place.root().to_owned(), self.progress());
        self.ask(move || {
            let asked = fresh.into_iter().take_while(|_| progress.goes_on());
            asked.filter(|file| !file.is_still(&root)).map(|file| file.path).collect()
        })
        .await
    }

    /// Asks the source's disk, which may not answer.
    async fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        let folder = disk(&self.source.place, None);
        self.syncs.ask(&self.source.id, &folder, &self.claim.progress, question).await
    }

    async fn follow_libraries(&self, holding: &Holding) -> Result<(), Failure> {
        if holding.libraries == self.source.libraries {
            return Ok(());
        }
        let (source_id, listed) = (self.source.id.clone(), holding.libraries.clone());
        self.write(move |store| store.follow_libraries(&source_id, &listed)).await
    }

    async fn change(&self, changes: Vec<Change>) -> Result<(), Failure> {
        let (source_id, now) = (self.source.id.clone(), self.clock.now());
        self.write(move |store| store.change_assets(&source_id, &changes, now)).await
    }

    /// Changes the store, and holds the claim until that has ended, also where the sync is left.
    async fn write(
        &self,
        change: impl FnOnce(&Store) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), Failure> {
        let claim = self.claim.clone();
        let write = move |store: &Store| {
            let written = change(store);
            drop(claim);
            written
        };
        on_store(self.store, "source", write).await
    }

    fn progress(&self) -> Arc<Progress> {
        self.claim.progress.clone()
    }

    /// Looks at all files that wait for it. What is found is stored in shared transactions: a sync that is cut off loses
    /// no more than one of them.
    async fn inspect_what_waits(&self) -> Result<(), Failure> {
        let source_id = self.source.id.clone();
        let mut waiting = on_store(self.store, "source", move |store| store.known_files(&source_id)).await?;
        waiting.retain(|known| matches!(known.state, AssetState::New | AssetState::Enriching));
        self.claim.progress.to_inspect(waiting.len());
        let new: Vec<String> =
            waiting.iter().filter(|known| known.state == AssetState::New).map(|known| known.id.clone()).collect();
        for ids in new.chunks(BEGUN_AT_ONCE) {
            let (source_id, ids, now) = (self.source.id.clone(), ids.to_vec(), self.clock.now());
            self.write(move |store| store.begin_enriching(&source_id, &ids, now)).await?;
        }
        let inspections = waiting.into_iter().map(|known| self.inspect(known.id, known.file.path));
        let mut found = pin!(stream::iter(inspections).buffer_unordered(INSPECTIONS_AT_ONCE));
        loop {
            let (batch, end) = gathered(&mut found).await;
            let count = batch.len();
            if count > 0 {
                self.change(batch).await?;
                self.claim.progress.inspected(count);
            }
            if let Some(end) = end {
                return end;
            }
        }
    }

    async fn inspect(&self, id: String, path: PathBuf) -> Result<Change, Failure> {
        let absolute = self.source.place.root().join(&path);
        let found = self.inspector.inspect(&absolute).await;
        Ok(match found {
            Ok(Inspection { media, tags }) if media.duration_ns > 0 => {
                Change::Ready { id, media, told: Box::new(container(&tags)) }
            }
            Err(InspectFailure::Unreachable(failure)) => return Err(failure),
            found => {
                let (root, file) = (disk(&self.source.place, Some(&absolute)), absolute.clone());
                match (self.ask(move || is_at_fault(&root, &file)).await??, found) {
                    (true, Ok(_)) => {
                        let message = format!("{} has no duration: nothing in it can be played", absolute.display());
                        Change::Fault { id, fault: Fault { code: "no_duration".to_owned(), message } }
                    }
                    (true, Err(InspectFailure::Faulty(fault))) => {
                        let file = absolute.display();
                        tracing::warn!(%file, fault.code, "a file cannot be played: {}", fault.message);
                        Change::Fault { id, fault }
                    }
                    _ => Change::Vanish { id },
                }
            }
        })
    }

    async fn report(&self, findings: &Findings, described: Described) -> Result<SyncReport, Failure> {
        let Findings { holding: Holding { discovery, unmapped, .. }, unfinished, changes, counts } = findings;
        let (source_id, now) = (self.source.id.clone(), self.clock.now());
        let vanished = vanished(changes);
        let (ready, faulty, vanished) = on_store(self.store, "source", move |store| {
            let ready = store.asset_counts(&source_id)?.get(&AssetState::Ready).copied().unwrap_or_default();
            let filter = AssetFilter { source_id: Some(source_id), state: Some(AssetState::Faulty) };
            let slots = store.slots_of(&vanished, now)?;
            Ok((ready, store.assets(&filter)?, Vanished::of(store.assets_by_id(&vanished)?, slots)))
        })
        .await?;
        let absolute = |path: &PathBuf| self.source.place.root().join(path).to_string_lossy().into_owned();
        let unreadable = discovery.unreadable.iter().map(|(path, cause)| {
            let path = absolute(path);
            let message = format!("{path} cannot be read: {cause}");
            FaultyFile { path, code: "unreadable".to_owned(), message }
        });
        let faulty = faulty.into_iter().filter_map(|asset| {
            let path = asset.path().to_string_lossy().into_owned();
            asset.fault.map(|Fault { code, message }| FaultyFile { path, code, message })
        });
        let mut unfinished: Vec<String> = unfinished.iter().map(absolute).collect();
        unfinished.sort();
        Ok(SyncReport {
            source: self.source.name.clone(),
            added: counts.added,
            updated: counts.updated,
            unchanged: counts.unchanged,
            missing: counts.missing,
            restored: counts.restored,
            moved: counts.moved,
            described: described.files,
            ready,
            vanished,
            faulty: faulty.chain(unreadable).collect(),
            unfinished,
            unread: described.unread,
            ignored: discovery.ignored,
            unmapped_count: unmapped.count,
            unmapped: unmapped.items.clone(),
        })
    }
}

/// The assets that are away, [`VANISHED_TOLD`] at most: one that only makes room for another comes back later.
fn vanished(changes: &[Vec<Change>]) -> Vec<String> {
    let all = || changes.iter().flatten();
    let moved: HashSet<&str> = all()
        .filter_map(|change| if let Change::Move { id, .. } = change { Some(id.as_str()) } else { None })
        .collect();
    let vanished = all().filter_map(|change| if let Change::Vanish { id } = change { Some(id) } else { None });
    vanished.filter(|id| !moved.contains(id.as_str())).take(VANISHED_TOLD).cloned().collect()
}

/// The next batch of what is found, and how all of it ended where it did: something in a batch waits no longer than
/// [`GATHERED_FOR`].
async fn gathered(
    found: &mut (impl Stream<Item = Result<Change, Failure>> + Unpin),
) -> (Vec<Change>, Option<Result<(), Failure>>) {
    let mut batch = Vec::new();
    let mut until = pin!(std::future::pending::<()>().left_future());
    loop {
        let next = tokio::select! {
            next = found.next() => next,
            () = &mut until => return (batch, None),
        };
        match next {
            None => return (batch, Some(Ok(()))),
            Some(Err(failure)) => return (batch, Some(Err(failure))),
            Some(Ok(change)) => batch.push(change),
        }
        match batch.len() {
            1 => until.set(tokio::time::sleep(GATHERED_FOR).right_future()),
            BATCH => return (batch, None),
            _ => {}
        }
    }
}

/// What the container's tags tell of a file.
pub(super) fn container(tags: &BTreeMap<String, String>) -> Told {
    let text = |tag: &str| tags.get(tag).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let number = |tag: &str| text(tag)?.parse().ok();
    let genres = tags.get("genre").into_iter().flat_map(|genres| genres.split([',', ';']));
    let genres: Vec<String> = genres.map(str::trim).filter(|genre| !genre.is_empty()).map(str::to_owned).collect();
    Told {
        title: text("title"),
        series: text("show-name"),
        season: number("show-season-number"),
        episode: number("show-episode-number"),
        plot: text("description"),
        genres: Some(genres).filter(|genres| !genres.is_empty()),
        ..Told::default()
    }
}

#[cfg(test)]
mod tests;
