//! What is made of files by their enrichers. What they have to do is never put on a list: it is what was not made by the
//! settings that hold now, and so it may be broken off at any moment.

pub mod breaks;
pub mod settings;

use retrovue_store::Store;
use retrovue_store::library::{Break, Unbroken};

use super::blocking::on_store;
use crate::failure::Failure;

/// Assets whose breaks are made and stored together.
const AT_ONCE: usize = 200;

/// Makes the breaks that wait of what was measured, and tells of how many assets.
///
/// # Errors
/// Where the database fails.
pub async fn find_breaks(store: &Store) -> Result<usize, Failure> {
    let mut assets = 0;
    loop {
        let made = on_store(store, "asset", |store| {
            let unbroken = store.unbroken(AT_ONCE)?;
            let found: Vec<(Unbroken, Vec<Break>)> = unbroken
                .into_iter()
                .map(|asset| {
                    let breaks = found_in(&asset);
                    (asset, breaks)
                })
                .collect();
            store.keep_breaks(&found)?;
            Ok(found.len())
        });
        let made = made.await?;
        assets += made;
        if made < AT_ONCE {
            return Ok(assets);
        }
    }
}

fn found_in(asset: &Unbroken) -> Vec<Break> {
    let settings = breaks::Settings::of(&asset.enricher.settings);
    breaks::find(&asset.black, &asset.silence, asset.duration_ns, &settings)
}
