//! Measuring assets: how loud they are, where they are black and silent. It means reading all of a file, so it is done
//! behind everything else, one file at a time, and what was not measured yet plays as it is.
//!
//! What was found is stored at once and asked for again by nobody: a restart goes on with what is left.

use std::sync::Arc;
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_store::Store;
use retrovue_store::library::{Asset, Measured};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::blame::ask_disk;
use super::blocking::on_store;
use super::inspect::{InspectFailure, Measurer};
use super::progress::Measuring;
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
    match (kept.map_err(Unmeasured::Store)?, fault) {
        (false, _) => Err(Unmeasured::Replaced),
        (true, Some(fault)) => Err(Unmeasured::Failed(InspectFailure::Faulty(fault))),
        (true, None) => Ok(()),
    }
}

/// Works through what is not measured.
pub struct Backlog<M> {
    /// Where assets are kept.
    pub store: Store,
    /// The one time.
    pub clock: MasterClock,
    /// What reads files.
    pub measurer: M,
    /// What is being measured.
    pub measuring: Measuring,
    /// Told where there may be more to measure.
    pub more: Arc<Notify>,
}

impl<M: Measurer> Backlog<M> {
    /// Until it is cancelled, which ends the file at hand.
    pub async fn work_through(&self, cancel: CancellationToken) {
        let worked = cancel.run_until_cancelled(async {
            loop {
                let is_done = self.round().await.unwrap_or_else(|failure| {
                    tracing::warn!(%failure, "files wait to be measured");
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

    /// Measures what there is, once. False where something was passed over.
    async fn round(&self) -> Result<bool, Failure> {
        let (mut is_done, mut at) = (true, None::<Asset>);
        loop {
            let after = at.take();
            let next = on_store(&self.store, "asset", move |store| store.next_unmeasured(after.as_ref())).await?;
            let Some(asset) = next else { return Ok(is_done) };
            let (id, file) = (asset.id.as_str(), asset.path());
            match measure(&self.store, &self.clock, &self.measurer, &self.measuring, &asset).await {
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
