//! A file that ends Air is not opened a third time: it is judged by evidence as soon as Air is back, before any session
//! begins.

use std::sync::Arc;

use retrovue_kit::MasterClock;
use retrovue_store::Store;
use tokio::sync::Notify;

use crate::ingest::blocking::on_store;

/// The judge. Cheap to clone.
#[derive(Clone)]
pub struct Quarantine {
    store: Store,
    clock: MasterClock,
    changed: Arc<Notify>,
}

impl Quarantine {
    /// One for the library in `store`.
    pub fn new(store: Store, clock: MasterClock) -> Self {
        Self { store, clock, changed: Arc::default() }
    }

    /// Takes out of use what Air died over twice, by all evidence that is stored.
    pub(crate) async fn judge(&self) {
        let now = self.clock.now();
        match on_store(&self.store, "asset", move |store| store.quarantine(now)).await {
            Ok(quarantined) => {
                for asset in &quarantined {
                    let why = asset.fault.as_ref().map(|fault| fault.message.as_str()).unwrap_or_default();
                    tracing::error!(asset = asset.id, title = asset.description.title, "quarantined: {why}");
                }
                if !quarantined.is_empty() {
                    self.changed.notify_one();
                }
            }
            Err(failure) => tracing::error!(%failure, "whether a file ended Air cannot be told"),
        }
    }

    /// Returns once assets were taken out of use.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}
