//! The fan-out: one TS in, any number of viewers out, one copy in memory for all of them.
//!
//! A session's slots are written once into a bounded [`Ring`]; every viewer reads them at its own pace and is woken
//! when there are more. A viewer that is too slow skips, and hurts only itself. Nothing is rewritten: where counters
//! cannot fit, packets with the discontinuity indicator go before the slot.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use retrovue_mpegts::scan::Group;
use tokio::sync::watch;

use crate::metrics::ChannelMetrics;

pub mod ring;

use ring::{Cursor, Limits, Read, Ring};

/// One channel's fan-out. Cheap to clone; it outlives sessions, and its viewers outlive them too.
#[derive(Clone)]
pub struct Fanout {
    shared: Arc<Shared>,
}

struct Shared {
    ring: Mutex<Ring>,
    grown: watch::Sender<()>,
    metrics: ChannelMetrics,
}

impl Shared {
    /// Held for the length of a push or a look-up only, so a poisoned lock still guards a whole ring.
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fanout {
    /// An empty one.
    pub fn new(metrics: ChannelMetrics) -> Self {
        let ring = Mutex::new(Ring::new(Limits::default()));
        Self { shared: Arc::new(Shared { ring, grown: watch::Sender::new(()), metrics }) }
    }

    /// Opens `session` for writing; whatever an earlier one still writes is refused from now on.
    pub fn open(&self, session: u64) -> Writer {
        self.shared.ring().open(session);
        Writer { shared: Arc::clone(&self.shared), session }
    }

    /// Forgets all slots: the channel goes idle.
    pub fn clear(&self) {
        self.shared.ring().clear();
    }

    /// A reader that begins where a new viewer does.
    pub fn join(&self) -> Reader {
        Reader {
            shared: Arc::clone(&self.shared),
            grown: self.shared.grown.subscribe(),
            cursor: Cursor::default(),
            slot: None,
        }
    }
}

/// Where a session's slots go in. Dropping it closes the session: viewers wait for the next.
pub struct Writer {
    shared: Arc<Shared>,
    session: u64,
}

impl Writer {
    /// Publishes one whole slot to all viewers. Slots before the session's first keyframe are dropped.
    pub fn publish(&self, group: Group) -> bool {
        let bytes = group.bytes.len() as u64;
        let published = self.shared.ring().publish(self.session, group);
        if published {
            self.shared.metrics.slots.inc();
            self.shared.metrics.bytes_in.inc_by(bytes);
            self.shared.grown.send_replace(());
        }
        published
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.ring().close(self.session);
    }
}

/// One viewer's way through the stream.
pub struct Reader {
    shared: Arc<Shared>,
    grown: watch::Receiver<()>,
    cursor: Cursor,
    /// A slot whose seam was handed out before it.
    slot: Option<Bytes>,
}

impl Reader {
    /// The next packets, whole slots in order; waits while there are none, for hours if need be. `None` where this
    /// viewer has skipped too often to be of use.
    pub async fn next(&mut self) -> Option<Bytes> {
        let packets = match self.slot.take() {
            Some(packets) => packets,
            None => self.read().await?,
        };
        self.shared.metrics.bytes_out.inc_by(packets.len() as u64);
        Some(packets)
    }

    async fn read(&mut self) -> Option<Bytes> {
        loop {
            self.grown.mark_unchanged();
            let (packets, seam, skipped) = match self.shared.ring().read(&mut self.cursor) {
                Read::Slot { group, seam, skipped } => {
                    let seam = seam.then(|| seam_before(group));
                    (Some(group.bytes.clone()), seam, skipped)
                }
                Read::Wait { skipped } => (None, None, skipped),
                Read::Hopeless => {
                    self.shared.metrics.disconnected.inc();
                    return None;
                }
            };
            if skipped {
                self.shared.metrics.skips.inc();
            }
            match (packets, seam) {
                (packets @ Some(_), Some(seam)) => {
                    self.slot = packets;
                    return Some(seam);
                }
                (Some(packets), None) => return Some(packets),
                // the sender lives in `shared`, so this cannot fail
                (None, _) => self.grown.changed().await.ok()?,
            }
        }
    }
}

fn seam_before(group: &Group) -> Bytes {
    let mut packets = Vec::new();
    group.seam(&mut packets);
    packets.into()
}
