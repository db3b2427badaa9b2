//! The thread that brings evidence to disk. Sessions do not wait for it; a disk that refuses is said once, tried again
//! every second, and what it cost is told when it takes events again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_kit::clock::monotonic_ns;

use super::Letter;
use super::receipt::Receipt;
use super::record::Entry;
use super::shelf::Shelf;
use super::spool::{SpoolError, lost};

/// Events that wait for a disk that refuses: about 2 MB, and a quarter of an hour of ten busy channels.
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
    pending: Vec<Entry>,
    receipts: Vec<Arc<Receipt>>,
    /// Events for which there was no room here.
    lost: u64,
    /// When a disk that refuses is tried again.
    retry_at_ns: Option<i64>,
}

impl Writer {
    /// Writes what `letters` bring.
    pub(super) fn new(
        shelf: Arc<Shelf>,
        letters: Receiver<Letter>,
        refused: Arc<AtomicU64>,
        clock: MasterClock,
    ) -> Self {
        let (pending, receipts) = (Vec::new(), Vec::new());
        Self { shelf, letters, refused, clock, pending, receipts, lost: 0, retry_at_ns: None }
    }

    /// Runs until a letter says so.
    pub(super) fn run(mut self) {
        loop {
            let closing = self.collect();
            if closing {
                self.retry_at_ns = self.retry_at_ns.map(|_| 0);
            }
            if self.retry_at_ns.is_none_or(|at_ns| at_ns <= monotonic_ns()) {
                self.flush();
            }
            self.receipts.drain(..).for_each(|receipt| receipt.settle());
            if closing {
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
            Err(RecvTimeoutError::Disconnected) => return true,
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
        match letter {
            Letter::Event(event, receipt) => {
                self.receipts.extend(receipt);
                if self.pending.len() < PENDING {
                    self.pending.push(Entry::Event(event));
                } else {
                    self.lost += 1;
                }
            }
            // a disk that refuses gets no old marks later
            Letter::Mark(mark) if self.retry_at_ns.is_none() => self.pending.push(Entry::Mark(mark)),
            Letter::Mark(_) | Letter::Close => {}
        }
    }

    fn flush(&mut self) {
        self.lost += self.refused.swap(0, Ordering::Relaxed);
        if self.lost > 0 {
            let mut told = lost(self.lost, "unwritable", &[]);
            told.utc_ns = self.clock.now().nanos();
            self.pending.push(Entry::Event(told));
        }
        if self.pending.is_empty() {
            return;
        }
        match self.shelf.append(&self.pending) {
            Ok(()) => {
                self.pending.clear();
                if self.lost > 0 {
                    tracing::error!(events = self.lost, "evidence was lost, since the disk took none");
                    self.shelf.meters.lost.inc_by(std::mem::take(&mut self.lost));
                }
                if self.retry_at_ns.take().is_some() {
                    tracing::info!("evidence is written again");
                }
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn refuse(&mut self, error: &SpoolError) {
        if self.lost > 0 {
            self.pending.pop();
        }
        self.pending.retain(|entry| matches!(entry, Entry::Event(_)));
        if self.retry_at_ns.is_none() {
            tracing::error!(%error, "evidence cannot be written; channels go on, and it is tried every second");
        }
        self.retry_at_ns = Some(monotonic_ns() + i64::try_from(RETRY.as_nanos()).unwrap_or(i64::MAX));
    }
}
