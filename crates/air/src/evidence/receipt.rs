//! Waiting for an event to be on disk.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Tells one thread that an event is on disk, or that nobody knows when it will be.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    settled: Mutex<bool>,
    changed: Condvar,
}

impl Receipt {
    /// There is nothing to wait for any more.
    pub(super) fn settle(&self) {
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits for `patience` at most.
    pub(super) fn wait(&self, patience: Duration) {
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(settled, patience, |settled| !*settled);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}
