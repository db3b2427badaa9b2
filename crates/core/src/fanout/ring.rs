//! The fan-out's memory, as a pure structure: slots in order, and where each viewer stands.

use std::collections::VecDeque;

use retrovue_mpegts::pid::Counters;
use retrovue_mpegts::scan::Group;
use retrovue_timeline::{Pts, TICKS_PER_SECOND};

/// How far behind the newest slot a viewer joins at least, so that its first bytes are a burst that fills its buffer.
const JOIN_BEHIND: i64 = TICKS_PER_SECOND;

/// A viewer that skips this often, each time within [`SKIPS_FORGIVEN_AFTER`] of the last, cannot keep up at all.
const SKIPS_BEFORE_HOPELESS: u32 = 8;

/// A minute without a skip clears a viewer's record, in ticks.
const SKIPS_FORGIVEN_AFTER: i64 = 60 * TICKS_PER_SECOND;

/// How much a ring holds; whichever bound is met first lets the oldest slots go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// 90 kHz ticks from the oldest slot to the newest.
    pub ticks: i64,
    /// Bytes of packets.
    pub bytes: usize,
    /// Slots.
    pub slots: usize,
}

impl Default for Limits {
    /// 12 s: a viewer joins up to two GOPs back, and may stall for ten seconds, as Wi-Fi does, without a loss.
    /// 24 MB is 12 s at 16 Mbit/s, twice what a channel in full HD sends. 1024 slots are 17 s at 60 frames a second:
    /// that bound only meets streams whose stamps make no sense.
    fn default() -> Self {
        Self { ticks: 12 * TICKS_PER_SECOND, bytes: 24 << 20, slots: 1024 }
    }
}

/// Slots of the newest sessions, oldest first, each with a sequence number.
#[derive(Debug)]
pub struct Ring {
    limits: Limits,
    entries: VecDeque<Entry>,
    /// The sequence number of the oldest entry; numbers are never used again.
    oldest: u64,
    bytes: usize,
    open: Option<u64>,
    ended: bool,
}

#[derive(Debug)]
struct Entry {
    session: u64,
    pts: Pts,
    group: Group,
}

/// Where one viewer stands.
#[derive(Debug, Default)]
pub struct Cursor {
    /// `None` before it has joined, and after it fell out of the ring.
    next: Option<u64>,
    /// The session of the last slot it got, and the counters after it.
    last: Option<(u64, Counters)>,
    fell_out: bool,
    skips: u32,
    last_skip: Option<Pts>,
}

/// What there is for a viewer.
#[derive(Debug)]
pub enum Read<'a> {
    /// The next slot, and whether its counters do not follow from what the viewer got before.
    Slot {
        /// The slot.
        group: &'a Group,
        /// A seam goes before it.
        seam: bool,
        /// Slots were lost to this viewer since the last read.
        skipped: bool,
    },
    /// Nothing yet.
    Wait {
        /// Slots were lost to this viewer since the last read.
        skipped: bool,
    },
    /// This viewer skips all the time: the channel is more than its line carries.
    Hopeless,
    /// Nothing will ever come.
    Ended,
}

impl Ring {
    /// An empty ring.
    pub fn new(limits: Limits) -> Self {
        Self { limits, entries: VecDeque::new(), oldest: 0, bytes: 0, open: None, ended: false }
    }

    /// From now on slots come from `session`, and new viewers join only there.
    pub fn open(&mut self, session: u64) {
        self.open = Some(session);
    }

    /// Ends `session`, where it is the open one. Its slots stay for viewers that have not got them yet.
    pub fn close(&mut self, session: u64) {
        if self.open == Some(session) {
            self.open = None;
        }
    }

    /// Ends the stream: viewers get nothing more.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Forgets all slots.
    pub fn clear(&mut self) {
        self.oldest += self.entries.len() as u64;
        self.entries.clear();
        self.bytes = 0;
    }

    /// Appends a slot of `session`. Refused where that is not the open one, before its first keyframe, and without a
    /// stamp.
    pub fn publish(&mut self, session: u64, group: Group) -> bool {
        let follows = self.entries.back().is_some_and(|last| last.session == session);
        let Some(pts) = group.pts.filter(|_| self.open == Some(session) && (group.keyframe || follows)) else {
            return false;
        };
        self.bytes += group.bytes.len();
        self.entries.push_back(Entry { session, pts, group });
        while self.entries.len() > 1 && self.exceeds(pts) {
            if let Some(gone) = self.entries.pop_front() {
                self.bytes -= gone.group.bytes.len();
                self.oldest += 1;
            }
        }
        true
    }

    fn exceeds(&self, newest: Pts) -> bool {
        let span = self.entries.front().map_or(0, |oldest| newest.ticks_since(oldest.pts));
        span > self.limits.ticks || self.bytes > self.limits.bytes || self.entries.len() > self.limits.slots
    }

    /// The next slot for the viewer at `cursor`, which moves past it.
    pub fn read(&self, cursor: &mut Cursor) -> Read<'_> {
        if self.ended {
            return Read::Ended;
        }
        let mut skipped = false;
        if cursor.next.is_some_and(|next| next < self.oldest) {
            cursor.next = None;
            cursor.fell_out = true;
            skipped = true;
            if self.is_hopeless(cursor) {
                return Read::Hopeless;
            }
        }
        let Some(next) = cursor.next.or_else(|| self.joining_point()) else { return Read::Wait { skipped } };
        cursor.next = Some(next);
        let Some(entry) = usize::try_from(next - self.oldest).ok().and_then(|index| self.entries.get(index)) else {
            return Read::Wait { skipped };
        };
        let follows = cursor.last == Some((entry.session, entry.group.counters_before));
        let seam = cursor.fell_out || (cursor.last.is_some() && !follows);
        cursor.next = Some(next + 1);
        cursor.last = Some((entry.session, entry.group.counters_after));
        cursor.fell_out = false;
        Read::Slot { group: &entry.group, seam, skipped }
    }

    /// The newest keyframe of the open session that lies far enough behind, or else its oldest.
    fn joining_point(&self) -> Option<u64> {
        let newest = self.entries.back()?.pts;
        let mut found = None;
        for (index, entry) in self.entries.iter().enumerate().rev() {
            if self.open != Some(entry.session) {
                break;
            }
            if entry.group.keyframe {
                found = Some(self.oldest + index as u64);
                if newest.ticks_since(entry.pts) >= JOIN_BEHIND {
                    break;
                }
            }
        }
        found
    }

    fn is_hopeless(&self, cursor: &mut Cursor) -> bool {
        let now = self.entries.back().map(|entry| entry.pts);
        let recent = now
            .zip(cursor.last_skip)
            .is_some_and(|(now, last)| (0..SKIPS_FORGIVEN_AFTER).contains(&now.ticks_since(last)));
        cursor.skips = if recent { cursor.skips + 1 } else { 1 };
        cursor.last_skip = now;
        cursor.skips >= SKIPS_BEFORE_HOPELESS
    }

    #[cfg(test)]
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
