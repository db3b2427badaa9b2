//! How far syncs are, and that each source has one at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// How far one sync is.
#[derive(Debug, Default)]
pub struct Progress {
    found: AtomicU64,
    to_inspect: AtomicU64,
    inspected: AtomicU64,
}

/// [`Progress`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProgressView {
    /// Files found that may be media.
    pub found: u64,
    /// How many of them must be looked at; 0 until that is known.
    pub to_inspect: u64,
    /// How many of those were looked at.
    pub inspected: u64,
}

impl Progress {
    /// One more file was found.
    pub fn found(&self) {
        self.found.fetch_add(1, Ordering::Relaxed);
    }

    /// So many files will be looked at.
    pub fn to_inspect(&self, files: usize) {
        self.to_inspect.store(files as u64, Ordering::Relaxed);
    }

    /// One more file was looked at.
    pub fn inspected(&self) {
        self.inspected.fetch_add(1, Ordering::Relaxed);
    }

    /// What it is now.
    pub fn view(&self) -> ProgressView {
        ProgressView {
            found: self.found.load(Ordering::Relaxed),
            to_inspect: self.to_inspect.load(Ordering::Relaxed),
            inspected: self.inspected.load(Ordering::Relaxed),
        }
    }
}

/// The syncs that run, by source. Cheap to clone; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Syncs {
    running: Arc<Mutex<HashMap<String, Arc<Progress>>>>,
}

impl Syncs {
    /// Claims a source for one sync, until the claim is dropped. None where one runs.
    pub fn claim(&self, source_id: &str) -> Option<Claim> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(source_id) {
            return None;
        }
        let progress = Arc::new(Progress::default());
        running.insert(source_id.to_owned(), progress.clone());
        Some(Claim { syncs: self.clone(), source_id: source_id.to_owned(), progress })
    }

    /// How far the sync of a source is. None where none runs.
    pub fn progress(&self, source_id: &str) -> Option<ProgressView> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(source_id).map(|progress| progress.view())
    }
}

/// A source's one sync.
#[derive(Debug)]
pub struct Claim {
    syncs: Syncs,
    source_id: String,
    /// How far it is.
    pub progress: Arc<Progress>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.syncs.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.source_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_one_sync_at_a_time() {
        let syncs = Syncs::default();
        let claim = syncs.claim("a").unwrap();
        claim.progress.found();
        assert!(syncs.claim("a").is_none());
        assert!(syncs.claim("b").is_some());
        assert_eq!(syncs.progress("a"), Some(ProgressView { found: 1, to_inspect: 0, inspected: 0 }));
        drop(claim);
        assert_eq!(syncs.progress("a"), None);
        assert!(syncs.claim("a").is_some());
    }
}
