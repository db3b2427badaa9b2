//! The scanner: what a session sends, cut into whole slots, so that a viewer can join, skip and be told of the seam.

use std::mem;

use bytes::{Buf, Bytes, BytesMut};
use retrovue_timeline::Pts;

use crate::packet::{self, Header, PACKET, Packet, Pcr, SYNC};
use crate::pes::PesHeader;
use crate::pid::{self, Counters};

/// A slot larger than this is no slot: at 60 Mbit/s one second has 7.5 MB.
const LARGEST_GROUP: usize = 8 << 20;

/// The reference of a seam lies this much before the group's own: 1 µs, so that it never stands twice.
const SEAM_STEP: i64 = 27;

/// The packets of one frame slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Whole packets. The first one is a PAT or starts a picture.
    pub bytes: Bytes,
    /// The picture's stamp.
    pub pts: Option<Pts>,
    /// The picture's clock reference.
    pub pcr: Option<Pcr>,
    /// A viewer can start here: PAT, PMT and an IDR picture come first.
    pub keyframe: bool,
    /// The last counter of each PID before this group: what must have been sent for it to fit.
    pub counters_before: Counters,
    /// The last counter of each PID after this group.
    pub counters_after: Counters,
}

impl Group {
    /// Appends the seam that belongs before this group where a viewer's last counters, or clock references, do not
    /// lead up to it: for each PID a packet without payload whose discontinuity indicator is set and whose counter is
    /// the one just before the next (2.4.3.5), so that nothing in the group is rewritten.
    pub fn seam(&self, out: &mut Vec<u8>) {
        for (pid, counter) in self.counters_before.iter() {
            // on the PCR's PID the indicator announces a new time base, and has to stand until its first reference
            let pcr = self.pcr.filter(|_| pid == pid::VIDEO).map(|pcr| pcr.plus(-SEAM_STEP));
            let header = Header { pid, counter, discontinuity: true, pcr, ..Header::default() };
            packet::write(out, &header, &[], &[]);
        }
    }
}

/// What was scanned and not handed out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Dropped {
    /// Bytes between packets.
    pub garbage_bytes: u64,
    /// Bytes of packets before the first group, or of groups that were damaged, too large or cut off.
    pub packet_bytes: u64,
    /// Groups that were damaged or too large.
    pub groups: u64,
}

/// What lay in the scanner when the stream ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tail {
    /// Bytes that were dropped, since the group they belong to may not be whole.
    pub bytes: usize,
    /// The stamp of that group's picture.
    pub pts: Option<Pts>,
}

/// Cuts one session's stream into groups. Chunks may be of any size.
#[derive(Debug, Default)]
pub struct Scanner {
    input: BytesMut,
    searching: bool,
    group: BytesMut,
    open: Option<Open>,
    tables: Option<Tables>,
    counters: Counters,
    damaged: bool,
    dropped: Dropped,
}

/// The group that is being collected.
#[derive(Clone, Copy, Debug)]
struct Open {
    pts: Option<Pts>,
    pcr: Option<Pcr>,
    keyframe: bool,
    counters_before: Counters,
}

/// Tables at the end of what is collected: they belong to the next group if its picture follows at once.
#[derive(Clone, Copy, Debug)]
struct Tables {
    offset: usize,
    pmt: bool,
    counters_before: Counters,
}

impl Scanner {
    /// A scanner before a session's first byte.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and returns the groups that they complete: a group ends where the next one starts.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Group> {
        self.input.extend_from_slice(chunk);
        let mut groups = Vec::new();
        while self.synchronise() {
            let bytes = self.input.split_to(PACKET);
            if let Some(packet) = Packet::read(&bytes) {
                groups.extend(self.packet(packet));
            }
        }
        groups
    }

    /// Ends the stream. The scanner is then as new, but for its counts.
    pub fn flush(&mut self) -> Tail {
        let tail = Tail { bytes: self.group.len() + self.input.len(), pts: self.open.and_then(|open| open.pts) };
        self.dropped.packet_bytes += tail.bytes as u64;
        *self = Self { dropped: self.dropped, ..Self::default() };
        tail
    }

    /// What was not handed out so far.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Skips to the next packet; whether a whole one lies at the start of the input then.
    fn synchronise(&mut self) -> bool {
        if !self.searching && self.input.first().is_some_and(|byte| *byte != SYNC) {
            self.searching = true;
            self.damage();
        }
        while self.searching {
            let here = self.input.iter().position(|byte| *byte == SYNC).unwrap_or(self.input.len());
            self.input.advance(here);
            self.dropped.garbage_bytes += here as u64;
            // a sync byte in coded data is common: it counts where another one follows a packet later
            match self.input.get(PACKET) {
                None => return false,
                Some(&SYNC) => self.searching = false,
                Some(_) => {
                    self.input.advance(1);
                    self.dropped.garbage_bytes += 1;
                }
            }
        }
        self.input.len() >= PACKET
    }

    fn packet(&mut self, packet: Packet<'_>) -> Option<Group> {
        let mut ended = None;
        let (pid, starts) = (packet.pid(), packet.unit_start());
        self.follow(packet);
        match pid {
            pid::PAT if starts => {
                let offset = self.group.len();
                self.tables = Some(Tables { offset, pmt: false, counters_before: self.counters });
            }
            pid::PMT if starts => self.tables.iter_mut().for_each(|tables| tables.pmt = true),
            pid::VIDEO if starts => ended = self.picture(packet),
            pid::VIDEO | pid::AUDIO => self.tables = None,
            _ => {}
        }
        if packet.has_payload() {
            self.counters.set(pid, packet.counter());
        }
        if self.group.len() + PACKET > LARGEST_GROUP {
            self.dropped.packet_bytes += self.group.len() as u64;
            self.group.clear();
            self.damage();
        }
        self.group.extend_from_slice(packet.bytes());
        ended
    }

    /// Where packets are missing before this one, the group they are missing from is no group any more, and the next
    /// one starts from this counter.
    fn follow(&mut self, packet: Packet<'_>) {
        let (pid, before) = (packet.pid(), packet.counter().wrapping_sub(1) & 0x0F);
        if !packet.has_payload() || self.counters.get(pid).is_none_or(|last| last == before) {
            return;
        }
        self.damaged = true;
        self.counters.set(pid, before);
        if let Some(tables) = &mut self.tables {
            tables.counters_before.set(pid, before);
        }
    }

    /// A picture starts: the group before it ends, and with it goes what is no part of this one.
    fn picture(&mut self, packet: Packet<'_>) -> Option<Group> {
        let tables = self.tables.take();
        let offset = tables.map_or(self.group.len(), |tables| tables.offset);
        let counters_before = tables.map_or(self.counters, |tables| tables.counters_before);
        let bytes = self.group.split_to(offset).freeze();
        let opened = Open {
            pts: PesHeader::read(packet.payload()).and_then(|header| header.pts),
            pcr: packet.pcr(),
            keyframe: packet.random_access() && tables.is_some_and(|tables| tables.pmt),
            counters_before,
        };
        let damaged = mem::take(&mut self.damaged);
        let ended = self.open.replace(opened);
        self.dropped.groups += u64::from(damaged && ended.is_some());
        let Some(ended) = ended.filter(|_| !damaged) else {
            self.dropped.packet_bytes += bytes.len() as u64;
            return None;
        };
        Some(Group {
            bytes,
            pts: ended.pts,
            pcr: ended.pcr,
            keyframe: ended.keyframe,
            counters_before: ended.counters_before,
            counters_after: counters_before,
        })
    }

    fn damage(&mut self) {
        self.damaged = true;
        self.tables = None;
    }
}
