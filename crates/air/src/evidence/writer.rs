//! The thread that brings evidence to disk. Sessions do not wait for it, and it does not wait for syncs: what is written
//! outlives Air at once, and while one sync runs the next one's events are written. A disk that refuses is said once,
//! tried again every second, and what it cost is told when it takes events again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_kit::clock::monotonic_ns;

use super::Letter;
use super::receipt::Receipt;
use super::record::Entry;
use super::shelf::Shelf;
use super::spool::{SpoolError, Unsynced, lost};

/// Events that wait for a disk that refuses or stalls: about 2 MB, and a quarter of an hour of ten busy channels.
const PENDING: usize = 8192;

/// Letters that are written together: whatever came while the disk was busy.
const BATCH: usize = 512;

/// A disk that refuses is tried again after this long.
const RETRY: Duration = Duration::from_secs(1);

/// Writes letters to the spool until it is told to close.
pub(super) struct Writer {
    shelf: Arc<Shelf>,
    letters: Receiver<Letter>,
    /// Events that never reached this thread.
    refused: Arc<AtomicU64>,
    clock: MasterClock,
    /// Whoever syncs, and tells so by letter.
    syncer: Sender<Unsynced>,
    /// Not written.
    pending: Waiting,
    /// Written; the next sync takes them along.
    written: Waiting,
    /// Being synced.
    syncing: Waiting,
    is_syncing: bool,
    /// Events for which there was no room here.
    lost: u64,
    /// When a disk that refuses is tried again.
    retry_at_ns: Option<i64>,
    /// It has been said that the disk refuses.
    said: bool,
}

/// What waits for the disk, and who waits for that.
#[derive(Default)]
struct Waiting {
    entries: Vec<Entry>,
    receipts: Vec<Arc<Receipt>>,
}

impl Writer {
    /// Writes what `letters` bring, and has `syncer` sync it.
    pub(super) fn new(
        shelf: Arc<Shelf>,
        letters: Receiver<Letter>,
        refused: Arc<AtomicU64>,
        clock: MasterClock,
        syncer: Sender<Unsynced>,
    ) -> Self {
        let [pending, written, syncing] = [Waiting::default(), Waiting::default(), Waiting::default()];
        let (is_syncing, lost, retry_at_ns, said) = (false, 0, None, false);
        Self { shelf, letters, refused, clock, syncer, pending, written, syncing, is_syncing, lost, retry_at_ns, said }
    }

    /// Runs until a letter says so.
    pub(super) fn run(mut self) {
        let mut closing = false;
        loop {
            if self.collect() {
                closing = true;
                self.retry_at_ns = self.retry_at_ns.map(|_| 0);
            }
            let due = match self.retry_at_ns {
                None => true,
                // a sync that was given up has to be over
                Some(at_ns) => !self.is_syncing && at_ns <= monotonic_ns(),
            };
            if due {
                self.flush();
            }
            if closing && !self.is_syncing {
                return self.shelf.close();
            }
        }
    }

    /// Takes what has come, or waits for it. True where nothing more will come.
    fn collect(&mut self) -> bool {
        let first = match self.retry_at_ns {
            None => self.letters.recv().map_err(RecvTimeoutError::from),
            Some(_) => self.letters.recv_timeout(RETRY),
        };
        let mut next = match first {
            Ok(letter) => Some(letter),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.is_syncing = false;
                return true;
            }
        };
        for _ in 0..BATCH {
            match next {
                Some(Letter::Close) => return true,
                Some(letter) => self.take(letter),
                None => break,
            }
            next = self.letters.try_recv().ok();
        }
        false
    }

    fn take(&mut self, letter: Letter) {
        let refuses = self.retry_at_ns.is_some();
        match letter {
            Letter::Event(event, receipt) => {
                let waiting = [&self.pending, &self.written, &self.syncing].map(|waiting| waiting.entries.len());
                if waiting.iter().sum::<usize>() < PENDING {
                    self.pending.entries.push(Entry::Event(event));
                } else {
                    self.lost += 1;
                }
                self.pending.receipts.extend(receipt);
                if refuses {
                    self.pending.settle();
                }
            }
            // a disk that refuses gets no old marks later
            Letter::Mark(mark) if !refuses => self.pending.entries.push(Entry::Mark(mark)),
            Letter::Synced(unsynced, synced) => self.synced(unsynced, synced),
            Letter::Mark(_) | Letter::Close => {}
        }
    }

    fn flush(&mut self) {
        self.retry_at_ns = None;
        self.lost += self.refused.swap(0, Ordering::Relaxed);
        if self.lost > 0 {
            let mut told = lost(self.lost, "unwritable", &[]);
            told.utc_ns = self.clock.now().nanos();
            self.pending.entries.push(Entry::Event(told));
        }
        if !self.pending.entries.is_empty() {
            if let Err(error) = self.shelf.append(&self.pending.entries) {
                if self.lost > 0 {
                    self.pending.entries.pop();
                }
                return self.refuse(&error);
            }
            if self.lost > 0 {
                tracing::error!(events = self.lost, "evidence was lost, since the disk took none");
                self.shelf.meters.lost.inc_by(std::mem::take(&mut self.lost));
            }
        }
        self.written.add(&mut self.pending);
        if !self.is_syncing {
            self.sync();
        }
    }

    fn sync(&mut self) {
        match self.shelf.unsynced() {
            Ok(Some(unsynced)) => {
                self.syncing.add(&mut self.written);
                self.is_syncing = self.syncer.send(unsynced).is_ok();
            }
            Ok(None) => self.written.settle(),
            Err(error) => self.refuse(&error),
        }
    }

    fn synced(&mut self, unsynced: Unsynced, synced: io::Result<()>) {
        self.is_syncing = false;
        if self.retry_at_ns.is_some() {
            // given up meanwhile: all of it is pending
            return;
        }
        match synced {
            Ok(()) => {
                self.shelf.synced(unsynced);
                self.syncing.entries.clear();
                self.syncing.settle();
                if std::mem::take(&mut self.said) {
                    tracing::info!("evidence is written again");
                }
            }
            Err(error) => {
                self.shelf.retract();
                self.refuse(&error.into());
            }
        }
    }

    /// What is not synced is pending again.
    fn refuse(&mut self, error: &SpoolError) {
        self.syncing.add(&mut self.written);
        self.syncing.add(&mut self.pending);
        self.syncing.settle();
        std::mem::swap(&mut self.syncing, &mut self.pending);
        if !std::mem::replace(&mut self.said, true) {
            tracing::error!(%error, "evidence cannot be written; channels go on, and it is tried every second");
        }
        self.retry_at_ns = Some(monotonic_ns() + i64::try_from(RETRY.as_nanos()).unwrap_or(i64::MAX));
    }
}

impl Waiting {
    /// Takes over what waits in `other`. A mark waits for nothing more.
    fn add(&mut self, other: &mut Self) {
        self.entries.extend(other.entries.drain(..).filter(|entry| matches!(entry, Entry::Event(_))));
        self.receipts.append(&mut other.receipts);
    }

    /// Nobody waits for it any more.
    fn settle(&mut self) {
        self.receipts.drain(..).for_each(|receipt| receipt.settle());
    }
}
