//! What really happened, for Core and its as-run log: kept on disk until Core has stored it, and once in the log.
//!
//! Sessions hand their events to a bounded queue and never wait; one thread writes them to the [`spool`] at once, and
//! another one syncs them; watchers read them from there then. So what happened outlives Air, what a watcher gets is on
//! disk, and what Air forgets is stored elsewhere.
//!
//! ```text
//! sessions ─► queue ─► writer ─► spool ─► watchers (Core) ─► acknowledgement ─► spool forgets
//!                      syncer ───►┘
//! ```

mod ledger;
mod meters;
mod receipt;
mod record;
mod session;
mod shelf;
mod spool;
mod syncer;
mod volume;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, channel, sync_channel};
use std::time::Duration;

use prometheus::Registry;
use retrovue_kit::MasterClock;
use retrovue_proto::v1::{Event, WatchEventsRequest};
use tokio_stream::wrappers::ReceiverStream;

pub(crate) use session::SessionEvidence;
pub(crate) use shelf::OtherSpool;

use ledger::Mark;
use meters::SpoolMeters;
use receipt::Receipt;
use shelf::Shelf;
use spool::{SpoolError, Unsynced};
use writer::Writer;

/// Letters that wait for the writer: a second of stalled disk while all of 128 channels change at once.
const QUEUE: usize = 1024;

/// How long the last events may take to reach the disk.
const CLOSE: Duration = Duration::from_secs(2);

/// Takes events and marks, and gives events.
pub(crate) struct Evidence {
    clock: MasterClock,
    letters: SyncSender<Letter>,
    /// Events for which the queue had no room.
    refused: Arc<AtomicU64>,
    shelf: Arc<Shelf>,
}

/// What is handed to the writer.
#[expect(clippy::large_enum_variant, reason = "nearly all that is handed over is events")]
enum Letter {
    Event(Event, Option<Arc<Receipt>>),
    Mark(Mark),
    /// What was to be synced, and whether it was.
    Synced(Unsynced, io::Result<()>),
    Close,
}

impl Evidence {
    /// Evidence dated by `clock` and kept in `directory`. Where that cannot be used, sessions run without, and it is tried
    /// again every second.
    ///
    /// # Errors
    /// Where another Air keeps its evidence there, or no thread can be had.
    pub(crate) fn open(directory: &Path, clock: MasterClock, registry: &Registry) -> anyhow::Result<Arc<Self>> {
        let shelf = Arc::new(Shelf::new(directory, SpoolMeters::new(registry)?));
        match shelf.open() {
            Err(held @ SpoolError::Held(_)) => return Err(held.into()),
            Err(SpoolError::Io(error)) => tracing::error!(
                spool = %directory.display(), %error, "evidence cannot be kept; make the folder writable, or set air.spool"
            ),
            Ok(()) => {}
        }
        let (letters, received) = sync_channel(QUEUE);
        let refused = Arc::new(AtomicU64::new(0));
        let (syncer, unsynced) = channel();
        let writer = Writer::new(Arc::clone(&shelf), received, Arc::clone(&refused), clock.clone(), syncer);
        std::thread::Builder::new().name("air-evidence".to_owned()).spawn(move || writer.run())?;
        let (writer, took) = (letters.clone(), shelf.meters.sync.clone());
        let sync = move || syncer::run(&unsynced, &writer, &took);
        std::thread::Builder::new().name("air-sync".to_owned()).spawn(sync)?;
        Ok(Arc::new(Self { clock, letters, refused, shelf }))
    }

    /// What is not acknowledged of what lies after the watcher's position, and then what happens. Ends with Air.
    pub(crate) fn watch(&self, from: WatchEventsRequest) -> ReceiverStream<Event> {
        Shelf::watch(&self.shelf, from)
    }

    /// Which spool this is, and its last event. Empty and 0 where the disk refuses one.
    pub(crate) fn position(&self) -> (String, u64) {
        self.shelf.position()
    }

    /// Events up to `through` are stored elsewhere.
    ///
    /// # Errors
    /// Where they are those of another spool.
    pub(crate) async fn acknowledge(&self, spool_id: String, through: u64) -> Result<(), OtherSpool> {
        let shelf = Arc::clone(&self.shelf);
        let acknowledged = tokio::task::spawn_blocking(move || shelf.acknowledge(&spool_id, through)).await;
        acknowledged.unwrap_or(Ok(()))
    }

    /// Nothing more will come: returns when all is on disk. Watchers get what is on its way, and then the end.
    pub(crate) async fn close(&self) {
        let letters = self.letters.clone();
        // the queue may be full
        let sent = tokio::task::spawn_blocking(move || letters.send(Letter::Close).is_ok());
        let closed = async {
            let _ = sent.await;
            self.shelf.closed().await;
        };
        if tokio::time::timeout(CLOSE, closed).await.is_err() {
            tracing::warn!("the last evidence does not reach the disk; it is left behind");
        }
    }

    fn tell(&self, event: Event, receipt: Option<Arc<Receipt>>) {
        if let Err(refused) = self.letters.try_send(Letter::Event(event, receipt)) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            let (std::sync::mpsc::TrySendError::Full(letter) | std::sync::mpsc::TrySendError::Disconnected(letter)) =
                refused;
            if let Letter::Event(_, Some(receipt)) = letter {
                receipt.settle();
            }
        }
    }

    /// A mark for which there is no room is one of many.
    fn mark(&self, mark: Mark) {
        let _ = self.letters.try_send(Letter::Mark(mark));
    }
}
