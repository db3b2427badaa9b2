//! What is made of files by their enrichers. What they have to do is never put on a list: it is what was not made by the
//! settings that hold now, and so it may be broken off at any moment.

pub mod breaks;
pub mod settings;

use retrovue_store::library::{Break, Unbroken};
use retrovue_store::{Store, StoreError};

use super::blocking::on_store;
use crate::failure::Failure;

/// Assets whose breaks are made and stored together.
const AT_ONCE: usize = 200;

/// Makes the breaks that wait of what was measured, and tells of how many assets.
///
/// # Errors
/// Where the database fails.
pub async fn find_breaks(store: &Store) -> Result<usize, Failure> {
    let (mut assets, mut at) = (0, None::<Unbroken>);
    loop {
        let after = at.take();
        let made = on_store(store, "asset", move |store| make(store, store.unbroken(after.as_ref(), AT_ONCE)?));
        let mut made = made.await?;
        assets += made.len();
        if made.len() < AT_ONCE {
            return Ok(assets);
        }
        at = made.pop().map(|(last, _)| last);
    }
}

/// Makes the breaks of one asset, where they wait.
///
/// # Errors
/// Where the database fails.
pub async fn find_breaks_of(store: &Store, asset_id: String) -> Result<(), Failure> {
    let made = move |store: &Store| make(store, store.unbroken_one(&asset_id)?.into_iter().collect());
    on_store(store, "asset", made).await.map(drop)
}

fn make(store: &Store, unbroken: Vec<Unbroken>) -> Result<Vec<(Unbroken, Vec<Break>)>, StoreError> {
    let found = unbroken.into_iter().map(|asset| {
        let breaks = found_in(&asset);
        (asset, breaks)
    });
    let found: Vec<(Unbroken, Vec<Break>)> = found.collect();
    store.keep_breaks(&found)?;
    Ok(found)
}

fn found_in(asset: &Unbroken) -> Vec<Break> {
    let settings = breaks::Settings::of(&asset.enricher.settings);
    breaks::find(&asset.black, &asset.silence, asset.duration_ns, &settings)
}
