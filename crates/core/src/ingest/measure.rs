//! Measuring assets: how loud they are, where they are black and silent. It means reading all of a file, so it is done
//! behind everything else, one file at a time, and what was not measured yet plays as it is.
//!
//! What was found is stored at once and asked for again by nobody: a restart goes on with what is left. What enrichers
//! make of it is made at once, and made again where their settings change.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use retrovue_kit::MasterClock;
use retrovue_store::Store;
use retrovue_store::library::{Asset, Measured};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::blame::ask_disk;
use super::blocking::on_store;
use super::enrich;
use super::inspect::{InspectFailure, Inspection, Inspector, Measurer};
use super::progress::Measuring;
use super::sync::container;
use crate::failure::{Failure, Kind};

/// After a round that left something: a file that was away, an Air that was.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Why an asset was not measured.
#[derive(Debug)]
pub enum Unmeasured {
    /// Somebody else is at it.
    Running,
    /// As with looking at it.
    Failed(InspectFailure),
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
    asset: &Asset,
) -> Result<(), Unmeasured> {
    let claim = measuring.claim(&asset.id).ok_or(Unmeasured::Running)?;
    let found = match measurer.measure(&asset.path(), &claim.progress).await {
        Ok((inspection, measurement)) => Ok((inspection.media, measurement)),
        Err(InspectFailure::Faulty(fault)) => {
            let asked = ask_disk(asset.root.clone(), asset.path()).await;
            asked.map_err(|failure| Unmeasured::Failed(InspectFailure::Unreachable(failure)))?;
            Err(fault)
        }
        Err(failure) => return Err(Unmeasured::Failed(failure)),
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
    /// Told where there may be more to do.
    pub more: Arc<Notify>,
    /// Whether files are read through, or only what is quickly done is done.
    pub measures: bool,
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
        let mut is_done = self.make_quickly().await?;
        is_done &= self.look_again().await?;
        if self.measures {
            is_done &= self.measure().await?;
        }
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
    async fn look_again(&self) -> Result<bool, Failure> {
        let (mut is_done, mut at) = (true, None::<String>);
        loop {
            let after = at.take();
            let next = on_store(&self.store, "asset", move |store| store.next_unprobed(after.as_deref())).await?;
            let Some(asset) = next else { return Ok(is_done) };
            at = Some(asset.id.clone());
            let found = match self.air.inspect(&asset.path()).await {
                Ok(Inspection { media, tags }) if media.duration_ns > 0 => Ok((media, container(&tags))),
                Err(InspectFailure::Unreachable(failure)) => return Err(failure),
                Err(InspectFailure::Faulty(fault)) => {
                    ask_disk(asset.root.clone(), asset.path()).await?;
                    Err(fault)
                }
                // a sync tells what became of it
                Ok(_) | Err(InspectFailure::Gone) => {
                    is_done = false;
                    continue;
                }
            };
            let now = self.clock.now();
            is_done &= on_store(&self.store, "asset", move |store| store.keep_facts(&asset, found, now)).await?;
        }
    }

    /// Reads files through that were not.
    async fn measure(&self) -> Result<bool, Failure> {
        let (mut is_done, mut at) = (true, None::<Asset>);
        loop {
            let after = at.take();
            let next = on_store(&self.store, "asset", move |store| store.next_unmeasured(after.as_ref())).await?;
            let Some(asset) = next else { return Ok(is_done) };
            let (id, file) = (asset.id.as_str(), asset.path());
            match measure(&self.store, &self.clock, &self.air, &self.measuring, &asset).await {
                Ok(()) => self.tell(&asset).await?,
                Err(Unmeasured::Failed(InspectFailure::Faulty(fault))) => {
                    let file = file.display();
                    tracing::warn!(asset = id, %file, fault.code, "a file cannot be measured: {}", fault.message);
                }
                Err(Unmeasured::Failed(InspectFailure::Unreachable(failure)) | Unmeasured::Store(failure)) => {
                    return Err(failure);
                }
                Err(Unmeasured::Failed(InspectFailure::Gone) | Unmeasured::Running | Unmeasured::Replaced) => {
                    is_done = false;
                }
            }
            at = Some(asset);
            // whoever asks for what is quickly done waits for the file at hand at most
            if self.more.notified().now_or_never().is_some() {
                is_done &= self.make_quickly().await?;
            }
        }
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
            Unmeasured::Failed(InspectFailure::Unreachable(failure)) | Unmeasured::Store(failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests;
