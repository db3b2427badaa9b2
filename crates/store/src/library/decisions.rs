//! What the operator decides of assets: all of those named, or none.

use diesel::dsl::exists;
use diesel::prelude::*;
use retrovue_timeline::UtcTime;

use super::changes::{ready, save};
use super::queries::load_one;
use super::{Asset, AssetState};
use crate::schema::{asset, source};
use crate::{Store, StoreError};

/// What the operator decides of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may go on air.
    Approve,
    /// It is taken out of use.
    Retire,
    /// It is taken back into use.
    Restore,
}

impl Store {
    /// Carries out a decision about these assets, all or none, and tells what became of them, or with `dry_run` what would.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Refused`] where an asset's state forbids it: only a ready one can be
    /// approved, and only one that is retired or quarantined can be restored.
    pub fn decide(
        &self,
        decision: Decision,
        ids: &[String],
        now: UtcTime,
        dry_run: bool,
    ) -> Result<Vec<Asset>, StoreError> {
        self.write(|connection| {
            let decided = ids.iter().map(|id| {
                let mut asset = load_one(connection, id)?;
                match decision {
                    Decision::Approve => approve(&mut asset)?,
                    Decision::Retire => retire(&mut asset)?,
                    Decision::Restore => restore(connection, &mut asset)?,
                }
                asset.updated = now;
                if !dry_run {
                    save(connection, &asset)?;
                }
                Ok(asset)
            });
            decided.collect()
        })
    }
}

fn approve(asset: &mut Asset) -> Result<(), StoreError> {
    must_be(asset, AssetState::Ready, "approved")?;
    asset.approved = true;
    asset.approved_fingerprint = asset.file.fingerprint;
    Ok(())
}

fn retire(asset: &mut Asset) -> Result<(), StoreError> {
    asset.approved_fingerprint = None;
    asset.enter(AssetState::Retired)
}

/// It goes on where its file is now, which was followed meanwhile. What its source reviews is reviewed again.
fn restore(connection: &mut SqliteConnection, asset: &mut Asset) -> Result<(), StoreError> {
    let review = source::table.find(&asset.source_id).select(source::review).first(connection)?;
    if asset.is_quarantined() {
        return ready(asset, review);
    }
    must_be(asset, AssetState::Retired, "restored")?;
    let holders = asset::table
        .filter(asset::source_id.eq(&asset.source_id))
        .filter(asset::path.eq(std::os::unix::ffi::OsStrExt::as_bytes(asset.file.path.as_os_str())))
        .filter(asset::state.ne_all([AssetState::Missing.word(), AssetState::Retired.word()]));
    let is_path_taken: bool = diesel::select(exists(holders)).get_result(connection)?;
    match (is_path_taken, &asset.media) {
        (true, _) => asset.enter(AssetState::Missing),
        (false, Some(_)) => ready(asset, review),
        (false, None) => asset.enter(AssetState::Enriching),
    }
}

fn must_be(asset: &Asset, state: AssetState, decided: &str) -> Result<(), StoreError> {
    if asset.state == state {
        return Ok(());
    }
    let (id, title) = (&asset.id, &asset.description.title);
    Err(StoreError::Refused(format!(
        "asset {id} ({title}) is {}, and only one that is {state} can be {decided}",
        asset.state
    )))
}
