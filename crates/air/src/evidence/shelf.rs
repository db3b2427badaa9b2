//! The spool as several use it: one writes, others read and acknowledge, and all hear when there is more.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use retrovue_proto::v1::{Event, WatchEventsRequest};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use super::meters::SpoolMeters;
use super::record::Entry;
use super::spool::{Limits, Spool, SpoolError, Unsynced};

/// Events read at once: some 100 kB.
const BATCH: usize = 256;

/// A disk that cannot be read is tried again after this long.
const RETRY: Duration = Duration::from_secs(1);

/// The spool behind a lock that no session ever takes.
pub(super) struct Shelf {
    directory: PathBuf,
    /// None while the disk refuses it.
    spool: Mutex<Option<Spool>>,
    /// Of the spool, once it was opened.
    id: OnceLock<String>,
    tail: watch::Sender<Tail>,
    pub(super) meters: SpoolMeters,
}

/// How far the evidence has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tail {
    last: u64,
    closed: bool,
}

/// What was acknowledged or asked for is not this spool's.
#[derive(Debug, thiserror::Error)]
#[error("these events are of spool {given:?}, and this Air keeps {held:?}; watch its events again")]
pub(crate) struct OtherSpool {
    /// The one that was named.
    given: String,
    /// The one that there is; empty where the disk refuses it.
    held: String,
}

impl Shelf {
    /// A shelf without its spool.
    pub(super) fn new(directory: &Path, meters: SpoolMeters) -> Self {
        let tail = watch::Sender::new(Tail::default());
        Self { directory: directory.to_owned(), spool: Mutex::new(None), id: OnceLock::new(), tail, meters }
    }

    /// Opens the spool, where it is not open.
    pub(super) fn open(&self) -> Result<(), SpoolError> {
        self.opened(&mut self.spool())?;
        Ok(())
    }

    /// Writes `entries`. Where that fails, no event counts that is not synced.
    pub(super) fn append(&self, entries: &[Entry]) -> Result<(), SpoolError> {
        let mut held = self.spool();
        let spool = self.opened(&mut held)?;
        spool.append(entries)?;
        self.meters.show(spool);
        Ok(())
    }

    /// What has to be synced, if anything. Fails as writing does.
    pub(super) fn unsynced(&self) -> Result<Option<Unsynced>, SpoolError> {
        let mut held = self.spool();
        held.as_mut().map_or(Ok(None), |spool| Ok(spool.unsynced()?))
    }

    /// `unsynced` is on disk for good: who watches may have it.
    pub(super) fn synced(&self, unsynced: Unsynced) {
        if let Some(spool) = &mut *self.spool() {
            spool.synced(unsynced);
            self.changed(spool);
        }
    }

    /// The disk did not sync: no event counts that is not synced.
    pub(super) fn retract(&self) {
        if let Some(spool) = &mut *self.spool() {
            spool.retract();
        }
    }

    /// Which spool there is, and its last event. Waits for no disk.
    pub(super) fn position(&self) -> (String, u64) {
        self.id.get().map(|id| (id.clone(), self.tail.borrow().last)).unwrap_or_default()
    }

    /// Events up to `through` are stored elsewhere.
    pub(super) fn acknowledge(&self, spool_id: &str, through: u64) -> Result<(), OtherSpool> {
        match &mut *self.spool() {
            Some(spool) if spool.id() == spool_id => {
                spool.acknowledge(through);
                self.meters.show(spool);
                Ok(())
            }
            other => {
                let held = other.as_ref().map(|spool| spool.id().to_owned()).unwrap_or_default();
                Err(OtherSpool { given: spool_id.to_owned(), held })
            }
        }
    }

    /// Events after `from`, and then what comes, until nothing more does.
    pub(super) fn watch(this: &Arc<Self>, from: WatchEventsRequest) -> ReceiverStream<Event> {
        let (sender, events) = mpsc::channel(BATCH);
        tokio::spawn(Arc::clone(this).follow(from, sender));
        ReceiverStream::new(events)
    }

    /// Nothing more will be written.
    pub(super) fn close(&self) {
        self.tail.send_modify(|tail| tail.closed = true);
    }

    /// Returns once nothing more will be written.
    pub(super) async fn closed(&self) {
        // the sender lives as long as this
        let _ = self.tail.subscribe().wait_for(|tail| tail.closed).await;
    }

    async fn follow(self: Arc<Self>, mut position: WatchEventsRequest, sender: mpsc::Sender<Event>) {
        let mut tail = self.tail.subscribe();
        loop {
            let closed = tail.borrow_and_update().closed;
            let (shelf, from) = (Arc::clone(&self), position.clone());
            let events = match tokio::task::spawn_blocking(move || shelf.read(&from)).await {
                Ok(Ok(events)) => events,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "evidence cannot be read, and is tried again");
                    tokio::time::sleep(RETRY).await;
                    continue;
                }
                Err(bug) => return tracing::error!(%bug, "evidence was not read"),
            };
            if events.is_empty() {
                tokio::select! {
                    _ = tail.changed(), if !closed => continue,
                    () = sender.closed() => return,
                    () = std::future::ready(()), if closed => return,
                }
            }
            for event in events {
                position = WatchEventsRequest { spool_id: event.spool_id.clone(), after_sequence: event.sequence };
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        }
    }

    fn read(&self, from: &WatchEventsRequest) -> io::Result<Vec<Event>> {
        let mut held = self.spool();
        let Some(spool) = &mut *held else { return Ok(Vec::new()) };
        let mut after = spool.acknowledged();
        if from.spool_id == spool.id() {
            spool.skip_to(from.after_sequence);
            after = after.max(from.after_sequence);
        }
        spool.read_after(after, BATCH)
    }

    fn spool(&self) -> MutexGuard<'_, Option<Spool>> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened<'a>(&self, held: &'a mut Option<Spool>) -> Result<&'a mut Spool, SpoolError> {
        if held.is_none() {
            let spool = Spool::open(&self.directory, Limits::USUAL)?;
            tracing::info!(
                spool_id = spool.id(),
                last = spool.last(),
                unacknowledged = spool.unacknowledged(),
                "spool"
            );
            self.id.get_or_init(|| spool.id().to_owned());
            self.changed(&spool);
            *held = Some(spool);
        }
        held.as_mut().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }

    fn changed(&self, spool: &Spool) {
        self.meters.show(spool);
        self.tail.send_modify(|tail| tail.last = spool.last());
    }
}
