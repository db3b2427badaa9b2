//! Assets over which Air has died: after the second time they are taken out of use.

use retrovue_timeline::UtcTime;

use super::changes::save;
use super::queries::load_one;
use super::{Asset, AssetFilter, AssetState, Fault};
use crate::{Store, StoreError};

/// The fault's code.
const CODE: &str = "quarantined";

/// Deaths of Air while it was opened that no asset gets beyond.
const DEATHS: u64 = 2;

impl Asset {
    /// Whether it is out of use because Air died over it.
    pub fn is_quarantined(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.code == CODE)
    }
}

impl Store {
    /// Takes out of use what was being opened at two deaths of Air, and was not opened in between. Returns what that is.
    ///
    /// # Errors
    /// [`StoreError::Busy`]
    pub fn quarantine(&self, now: UtcTime) -> Result<Vec<Asset>, StoreError> {
        let suspects = self.suspects()?.into_iter().filter(|suspect| suspect.deaths >= DEATHS);
        let ids: Vec<String> = suspects.map(|suspect| suspect.asset_id).collect();
        // nearly always there are none, and a look delays no writer
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|connection| {
            let mut quarantined = Vec::new();
            for id in &ids {
                let mut asset = load_one(connection, id)?;
                if asset.state != AssetState::Ready {
                    continue;
                }
                asset.enter(AssetState::Faulty)?;
                let path = asset.path();
                let message = format!(
                    "Air died {DEATHS} times while it opened {}; replace the file, or take it back into use: \
                     retrovue asset restore {id}",
                    path.display()
                );
                asset.fault = Some(Fault { code: CODE.to_owned(), message });
                asset.updated = now;
                save(connection, &asset)?;
                quarantined.push(asset);
            }
            Ok(quarantined)
        })
    }

    /// What is out of use because Air died over it.
    ///
    /// # Errors
    /// [`StoreError::Busy`]
    pub fn quarantined(&self) -> Result<Vec<Asset>, StoreError> {
        let faulty = AssetFilter { state: Some(AssetState::Faulty), ..AssetFilter::default() };
        Ok(self.assets(&faulty)?.into_iter().filter(Asset::is_quarantined).collect())
    }
}
