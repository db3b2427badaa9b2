//! Calling what blocks from async code.

use retrovue_store::{Store, StoreError};

use crate::failure::{Failure, Kind};

/// Runs `query` on the store, off the runtime's threads. `noun` is what it is about, and begins the codes of failures:
/// `asset_not_found`, `asset_exists`, `asset_not_ready`.
pub(crate) async fn on_store<T: Send + 'static>(
    store: &Store,
    noun: &'static str,
    query: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Failure> {
    let store = store.clone();
    off_runtime(move || query(&store)).await?.map_err(|error| {
        let (kind, code) = match &error {
            StoreError::NotFound(_) => (Kind::NotFound, format!("{noun}_not_found")),
            StoreError::Duplicate(_) => (Kind::Refused, format!("{noun}_exists")),
            StoreError::Refused(_) => (Kind::Refused, format!("{noun}_not_ready")),
            _ => return error.into(),
        };
        Failure::new(kind, code, error.to_string())
    })
}

/// Runs `work` off the runtime's threads.
pub(crate) async fn off_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let work = tokio::task::spawn_blocking(work).await;
    work.map_err(|error| Failure::new(Kind::Failed, "task_failed", format!("the work was not finished: {error}")))
}
