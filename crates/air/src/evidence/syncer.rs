//! The thread that waits for the disk, so that nobody else does.

use std::sync::mpsc::{Receiver, SyncSender};

use prometheus::Histogram;

use super::Letter;
use super::spool::Unsynced;

/// Syncs what comes, one after the other, and tells `writer` of each.
pub(super) fn run(unsynced: &Receiver<Unsynced>, writer: &SyncSender<Letter>, took: &Histogram) {
    for unsynced in unsynced {
        let synced = took.observe_closure_duration(|| unsynced.sync());
        if writer.send(Letter::Synced(unsynced, synced)).is_err() {
            return;
        }
    }
}
