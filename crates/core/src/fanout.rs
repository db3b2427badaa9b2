//! The fan-out: one TS in, any number of viewers out, one copy in memory for all of them.
//!
//! A session's slots are written once into a bounded [`Ring`]; every viewer reads them at its own pace and is woken
//! when there are some more, so that each wake-up and each write is for a few slots. A viewer that is too slow skips, and
//! hurts only itself. Nothing is rewritten: where counters cannot fit, packets with the discontinuity indicator go before
//! the slot.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytes::{Buf, Bytes};
use retrovue_mpegts::scan::Group;
use retrovue_timeline::{Pts, TICKS_PER_SECOND};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::metrics::ChannelMetrics;

pub mod packets;
pub mod ring;

use packets::Packets;
use ring::{Cursor, Limits, Read, Ring};

/// Viewers are woken when so much of the stream is new, in ticks. A write costs the kernel nearly the same for one slot as
/// for three; a tenth of a second is a tenth of what the opening burst has put into a viewer's buffer.
const TOGETHER: i64 = TICKS_PER_SECOND / 10;

/// Nor does a slot wait longer for those after it.
const WAITS: Duration = Duration::from_millis(100);

/// One channel's fan-out. Cheap to clone; it outlives sessions, and its viewers outlive them too.
#[derive(Clone)]
pub struct Fanout {
    shared: Arc<Shared>,
}

struct Shared {
    ring: RwLock<Ring>,
    grown: watch::Sender<()>,
    metrics: ChannelMetrics,
}

impl Shared {
    /// Held for the length of a look-up only, by any number of viewers at once. A poisoned lock still guards a whole ring.
    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held for the length of a push.
    fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        self.grown.send_replace(());
    }
}

impl Fanout {
    /// An empty one.
    pub fn new(limits: Limits, metrics: ChannelMetrics) -> Self {
        let ring = RwLock::new(Ring::new(limits));
        Self { shared: Arc::new(Shared { ring, grown: watch::Sender::new(()), metrics }) }
    }

    /// Opens `session` for writing; whatever an earlier one still writes is refused from now on.
    pub fn open(&self, session: u64) -> Writer {
        self.shared.ring_mut().open(session);
        Writer { shared: Arc::clone(&self.shared), session, told: None, new_since: None }
    }

    /// Forgets all slots: the channel goes idle.
    pub fn clear(&self) {
        self.shared.ring_mut().clear();
    }

    /// Ends the stream for all viewers, and for those who come later: the channel is no more.
    pub fn end(&self) {
        self.shared.ring_mut().end();
        self.shared.wake_all();
    }

    /// A reader that begins where a new viewer does.
    pub fn join(&self) -> Reader {
        let grown = self.shared.grown.subscribe();
        Reader { shared: Arc::clone(&self.shared), grown, cursor: Cursor::default() }
    }
}

/// Where a session's slots go in. Dropping it closes the session: viewers wait for the next.
pub struct Writer {
    shared: Arc<Shared>,
    session: u64,
    /// The last slot of which viewers were told.
    told: Option<Pts>,
    /// When the first slot came of which they were not.
    new_since: Option<Instant>,
}

impl Writer {
    /// Publishes one whole slot to all viewers. Slots before the session's first keyframe are dropped.
    pub fn publish(&mut self, group: Group) -> bool {
        let (bytes, pts) = (group.bytes.len() as u64, group.pts);
        let published = self.shared.ring_mut().publish(self.session, group);
        if published {
            self.shared.metrics.slots.inc();
            self.shared.metrics.bytes_in.inc_by(bytes);
            let new = pts.zip(self.told).map(|(pts, told)| pts.ticks_since(told));
            if new.is_some_and(|new| (0..TOGETHER).contains(&new)) {
                self.new_since.get_or_insert_with(Instant::now);
            } else {
                self.tell();
                self.told = pts;
            }
        }
        published
    }

    /// Until when [`Self::tell`] is to be called, unless slots come before. `None` where viewers know all that there is.
    pub fn tell_at(&self) -> Option<Instant> {
        self.new_since.map(|since| since + WAITS)
    }

    /// Wakes all viewers.
    pub fn tell(&mut self) {
        self.new_since = None;
        self.shared.wake_all();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.ring_mut().close(self.session);
        self.tell();
    }
}

/// One viewer's way through the stream.
pub struct Reader {
    shared: Arc<Shared>,
    grown: watch::Receiver<()>,
    cursor: Cursor,
}

impl Reader {
    /// Adds the next packets to `packets`, whole slots in order, as many as there are for one write; waits while there
    /// are none, for hours if need be. `false` where the stream has ended, and where this viewer has skipped too often to
    /// be of use.
    pub async fn next(&mut self, packets: &mut Packets) -> bool {
        loop {
            self.grown.mark_unchanged();
            let held = packets.remaining();
            if !self.read(packets) {
                return false;
            }
            if packets.remaining() > held {
                self.shared.metrics.bytes_out.inc_by((packets.remaining() - held) as u64);
                return true;
            }
            if self.grown.changed().await.is_err() {
                return false;
            }
        }
    }

    /// What there is now. `false` where nothing will ever come.
    fn read(&mut self, packets: &mut Packets) -> bool {
        let ring = self.shared.ring();
        while !packets.is_full() {
            let (slot, skipped) = match ring.read(&mut self.cursor) {
                Read::Slot { group, seam, skipped } => (Some((group, seam)), skipped),
                Read::Wait { skipped } => (None, skipped),
                Read::Hopeless => {
                    self.shared.metrics.disconnected.inc();
                    return false;
                }
                Read::Ended => return false,
            };
            if skipped {
                self.shared.metrics.skips.inc();
            }
            let Some((group, seam)) = slot else { break };
            if seam {
                packets.push(seam_before(group));
            }
            packets.push(group.bytes.clone());
        }
        true
    }
}

fn seam_before(group: &Group) -> Bytes {
    let mut packets = Vec::new();
    group.seam(&mut packets);
    packets.into()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use retrovue_mpegts::pid::Counters;

    use super::*;
    use crate::metrics::Metrics;

    fn slot(ms: i64) -> Group {
        Group {
            bytes: vec![0x47; 188].into(),
            pts: Some(Pts::from_ticks(ms * TICKS_PER_SECOND / 1000)),
            pcr: None,
            keyframe: true,
            counters_before: Counters::START,
            counters_after: Counters::START,
        }
    }

    #[tokio::test]
    async fn viewers_are_told_of_a_tenth_of_a_second_at_once() {
        let fanout = Fanout::new(Limits::default(), Metrics::new().channel("classics"));
        let (mut writer, mut reader, mut packets) = (fanout.open(1), fanout.join(), Packets::default());
        // at 25 slots a second, in a burst, and where stamps go back
        let mut stamps = [0, 40, 80, 120, 160, 200, 240, 1000, 900].into_iter();
        for told_at in [0, 120, 240, 1000, 900] {
            let mut next = std::pin::pin!(reader.next(&mut packets));
            loop {
                assert!(next.as_mut().now_or_never().is_none(), "a viewer has nothing to wait for before {told_at}");
                let stamp = stamps.next().unwrap();
                assert!(writer.publish(slot(stamp)));
                assert_eq!(writer.tell_at().is_none(), stamp == told_at);
                if stamp == told_at {
                    break assert_eq!(next.now_or_never(), Some(true));
                }
            }
        }
        assert_eq!(packets.remaining(), 9 * 188);
        assert!(writer.publish(slot(940)) && writer.tell_at().is_some());
        let mut next = std::pin::pin!(reader.next(&mut packets));
        assert_eq!(next.as_mut().now_or_never(), Some(true), "who comes for more gets all that there is");
    }
}
