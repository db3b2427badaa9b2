//! Measuring assets: how loud they are, where they are black and silent. It means reading all of a file, so it is done
//! behind everything else, one file at a time, and what was not measured yet plays as it is.
//!
//! What was found is stored at once and asked for again by nobody: a restart goes on with what is left. What enrichers
//! make of it is made at once, and made again where their settings change.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use retrovue_kit::MasterClock;
use retrovue_store::Store;
use retrovue_store::library::{Asset, Fault, Measured};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::asking::disk;
use super::blame::is_at_fault;
use super::blocking::on_store;
use super::enrich;
use super::inspect::{InspectFailure, Inspection, Inspector, Measurer};
use super::progress::{Measuring, Syncs};
use super::sync::container;
use crate::failure::{Failure, Kind};

/// After a round that left something: a file that was away, a disk, or Air.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Why an asset was not measured.
#[derive(Debug)]
pub enum Unmeasured {
    /// Somebody else is at it.
    Running,
    /// As with looking at it.
    Failed(InspectFailure),
    /// It is the fault of the disk that it lies on.
    Away(Failure),
    /// Its content was replaced meanwhile.
    Replaced,
    /// What was found could not be stored.
    Store(Failure),
}

/// Measures one asset, and keeps what was found or why nothing was.
///
/// # Errors
/// Where it was not measured. A file that is at fault is remembered as such, and told.
pub async fn measure(
    store: &Store,
    clock: &MasterClock,
    measurer: &impl Measurer,
    measuring: &Measuring,
    syncs: &Syncs,
    asset: &Asset,
) -> Result<(), Unmeasured> {
    let claim = measuring.claim(&asset.id).ok_or(Unmeasured::Running)?;
    let found = match measurer.measure(&asset.path(), &claim.progress).await {
        Ok((inspection, measurement)) => Ok((inspection.media, measurement)),
        Err(failure) => Err(blamed(store, syncs, asset, failure).await?),
    };
    let fault = found.as_ref().err().cloned();
    let (measured, now) = (asset.clone(), clock.now());
    let kept = on_store(store, "asset", move |store| store.keep_measurement(&measured, found, now)).await;
    let is_kept = kept.map_err(Unmeasured::Store)?;
    enrich::find_breaks_of(store, asset.id.clone()).await.map_err(Unmeasured::Store)?;
    match (is_kept, fault) {
        (false, _) => Err(Unmeasured::Replaced),
        (true, Some(fault)) => Err(Unmeasured::Failed(InspectFailure::Faulty(fault))),
        (true, None) => Ok(()),
    }
}

/// What is wrong with an asset's file that could not be looked at, where it is the file's own fault.
async fn blamed(store: &Store, syncs: &Syncs, asset: &Asset, failure: InspectFailure) -> Result<Fault, Unmeasured> {
    let InspectFailure::Faulty(fault) = failure else { return Err(Unmeasured::Failed(failure)) };
    let sources = on_store(store, "source", Store::sources).await.map_err(Unmeasured::Store)?;
    let source = sources.into_iter().find(|source| source.id == asset.source_id);
    let source = source.ok_or(Unmeasured::Failed(InspectFailure::Gone))?;
    let (folder, file) = (disk(&source.place, Some(&asset.path())), asset.path());
    let shown = folder.clone();
    let asked = syncs.ask(&source.id, &folder, &Arc::default(), move || is_at_fault(&shown, &file)).await;
    match asked.flatten().map_err(Unmeasured::Away)? {
        true => Ok(fault),
        false => Err(Unmeasured::Failed(InspectFailure::Gone)),
    }
}

/// Reads names and files beside media again, in the source of that id, and tells of how many files. None where that was
/// left to somebody else.
pub type Describe = dyn Fn(String) -> BoxFuture<'static, Result<Option<u64>, Failure>> + Send + Sync;

/// Told that assets are another than before.
pub type Changed = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

/// Works through what enrichers have to do, behind everything else and one thing at a time.
pub struct Backlog<M> {
    /// Where assets are kept.
    pub store: Store,
    /// The one time.
    pub clock: MasterClock,
    /// What looks at files and reads them.
    pub air: M,
    /// What is being measured.
    pub measuring: Measuring,
    /// Where threads are known that ask disks.
    pub syncs: Syncs,
    /// Told where there may be more to do.
    pub more: Arc<Notify>,
    /// Whether files are read through, or only what is quickly done is done. Looked at before each file.
    pub measures: Arc<AtomicBool>,
    /// Reads names and files beside media again.
    pub describe: Arc<Describe>,
    /// Told where something was found out.
    pub changed: Arc<Changed>,
}

impl<M: Measurer + Inspector> Backlog<M> {
    /// Until it is cancelled, which ends the file at hand.
    pub async fn work_through(&self, cancel: CancellationToken) {
        let worked = cancel.run_until_cancelled(async {
            loop {
                let is_done = self.round().await.unwrap_or_else(|failure| {
                    tracing::warn!(%failure, "enrichers wait");
                    false
                });
                let again = async {
                    match is_done {
                        true => std::future::pending().await,
                        false => tokio::time::sleep(AGAIN_AFTER).await,
                    }
                };
                tokio::select! {
                    () = self.more.notified() => {}
                    () = again => {}
                }
            }
        });
        worked.await;
    }

    /// Does what there is, once. False where something was passed over.
    async fn round(&self) -> Result<bool, Failure> {
        let (mut is_done, mut away) = (self.make_quickly().await?, Away::default());
        is_done &= self.look_again(&mut away).await?;
        is_done &= self.measure(&mut away).await?;
        Ok(is_done)
    }

    /// What is made of what is known already, and of what lies beside files.
    async fn make_quickly(&self) -> Result<bool, Failure> {
        let (mut is_done, mut is_changed) = (true, enrich::find_breaks(&self.store).await? > 0);
        for source_id in on_store(&self.store, "source", Store::sources_to_describe).await? {
            match (self.describe)(source_id).await {
                Ok(described) => {
                    is_done &= described.is_some();
                    is_changed |= described.is_some_and(|files| files > 0);
                }
                Err(failure) => {
                    tracing::warn!(%failure, "what is beside files waits to be read again");
                    is_done = false;
                }
            }
        }
        if is_changed {
            (self.changed)().await;
        }
        Ok(is_done)
    }

    /// Looks again at files that were looked at in another way.
    async fn look_again(&self, away: &mut Away) -> Result<bool, Failure> {
        let (mut is_done, mut at) = (true, None::<String>);
        loop {
            let (after, besides) = (at.take(), away.sources());
            let next = move |store: &Store| store.next_unprobed(after.as_deref(), &besides);
            let Some(asset) = on_store(&self.store, "asset", next).await? else { return Ok(is_done) };
            at = Some(asset.id.clone());
            let found = match self.air.inspect(&asset.path()).await {
                Ok(Inspection { media, tags }) if media.duration_ns > 0 => Ok((media, container(&tags))),
                // a sync tells what became of it
                Ok(_) => {
                    is_done = false;
                    continue;
                }
                Err(failure) => match blamed(&self.store, &self.syncs, &asset, failure).await {
                    Ok(fault) => Err(fault),
                    Err(unmeasured) => {
                        away.note(&asset, unmeasured)?;
                        is_done = false;
                        continue;
                    }
                },
            };
            let now = self.clock.now();
            is_done &= on_store(&self.store, "asset", move |store| store.keep_facts(&asset, found, now)).await?;
        }
    }

    /// Reads files through that were not.
    async fn measure(&self, away: &mut Away) -> Result<bool, Failure> {
        let (mut is_done, mut at) = (true, None::<Asset>);
        while self.measures.load(Ordering::Relaxed) {
            let (after, besides) = (at.take(), away.sources());
            let next = move |store: &Store| store.next_unmeasured(after.as_ref(), &besides);
            let Some(asset) = on_store(&self.store, "asset", next).await? else { return Ok(is_done) };
            let (id, file) = (asset.id.as_str(), asset.path());
            match measure(&self.store, &self.clock, &self.air, &self.measuring, &self.syncs, &asset).await {
                Ok(()) => self.tell(&asset).await?,
                Err(Unmeasured::Failed(InspectFailure::Faulty(fault))) => {
                    let file = file.display();
                    tracing::warn!(asset = id, %file, fault.code, "a file cannot be measured: {}", fault.message);
                }
                Err(unmeasured) => {
                    away.note(&asset, unmeasured)?;
                    is_done = false;
                }
            }
            at = Some(asset);
            // whoever asks for what is quickly done waits for the file at hand at most
            if self.more.notified().now_or_never().is_some() {
                is_done &= self.make_quickly().await?;
            }
        }
        Ok(is_done)
    }

    async fn tell(&self, asset: &Asset) -> Result<(), Failure> {
        let id = asset.id.clone();
        let measured = on_store(&self.store, "asset", move |store| store.measurement(&id)).await?;
        if let Some(Measured { found: Ok(found), .. }) = measured {
            let lufs = found.loudness.first().and_then(|track| track.integrated_lufs);
            tracing::info!(asset = asset.id, file = %asset.path().display(), loudness_lufs = lufs, "a file is measured");
        }
        Ok(())
    }
}

/// Sources whose disks do not answer in this round: of each, one file is waited for.
#[derive(Default)]
struct Away(BTreeSet<String>);

impl Away {
    /// By their ids.
    fn sources(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }

    /// Passes over what could not be had now.
    ///
    /// # Errors
    /// Where nothing can be had now.
    fn note(&mut self, asset: &Asset, unmeasured: Unmeasured) -> Result<(), Failure> {
        match unmeasured {
            Unmeasured::Failed(InspectFailure::Unreachable(failure)) | Unmeasured::Store(failure) => Err(failure),
            Unmeasured::Away(failure) => {
                tracing::warn!(source = asset.source, %failure, "the files of this source wait");
                self.0.insert(asset.source_id.clone());
                Ok(())
            }
            Unmeasured::Failed(_) | Unmeasured::Running | Unmeasured::Replaced => Ok(()),
        }
    }
}

impl From<Unmeasured> for Failure {
    fn from(unmeasured: Unmeasured) -> Self {
        match unmeasured {
            Unmeasured::Running => Failure::refused("measuring_runs", "the asset is being measured already")
                .hint("wait until that is done"),
            Unmeasured::Replaced => Failure::refused("asset_replaced", "the asset's file was replaced meanwhile")
                .hint("sync its source and try again"),
            Unmeasured::Failed(InspectFailure::Faulty(fault)) => Failure::new(Kind::Failed, fault.code, fault.message),
            Unmeasured::Failed(InspectFailure::Gone) => {
                Failure::not_found("file_missing", "the asset's file is not there").hint("sync its source")
            }
            Unmeasured::Failed(InspectFailure::Unreachable(failure))
            | Unmeasured::Away(failure)
            | Unmeasured::Store(failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests;
