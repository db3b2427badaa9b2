//! The channels that there are.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Channel;

/// Channels by slug.
#[derive(Default)]
pub(super) struct Roster(RwLock<BTreeMap<String, Arc<Channel>>>);

impl Roster {
    /// The channel `slug`.
    pub(super) fn find(&self, slug: &str) -> Option<Arc<Channel>> {
        self.read().get(slug).cloned()
    }

    /// All of them, ordered by number.
    pub(super) fn all(&self) -> Vec<Arc<Channel>> {
        let mut channels: Vec<_> = self.read().values().cloned().collect();
        channels.sort_by_cached_key(|channel| number_order(&channel.info().number));
        channels
    }

    /// For whoever adds and removes some.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Channel>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Channel>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `2.10` after `2.9`, and what is no number last.
fn number_order(number: &str) -> Vec<u64> {
    number.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect()
}
