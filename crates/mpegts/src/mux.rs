//! The mux: coded units of one frame slot become packets, with the tables and clock references that are due.
//!
//! What a slot looks like:
//!
//! ```text
//! [PAT PMT]  video PES (PCR in its first packet)  [PCR]  audio PES…  [SDT]
//! ```

use retrovue_timeline::Pts;

use crate::packet::{self, Header, PACKET, Pcr};
use crate::pid::Counters;
use crate::psi::{self, Pat, Pmt, STREAM_TYPE_AAC, STREAM_TYPE_H264, Sdt, Stream};
use crate::{pes, pid};

/// How far the PCR runs ahead of the picture: time for a decoder to receive and reorder it, in 90 kHz ticks.
pub const LEAD_TICKS: i64 = 45_000;

/// PAT and PMT are never further apart: a fifth of what TR 101 290 (1.3, 1.5) allows, since players wait for them.
const TABLES_TICKS: i64 = 9_000;

/// The SDT is never further apart: half of what TR 101 290 (3.5) allows.
const SDT_TICKS: i64 = 90_000;

/// Slots longer than this get a second PCR: references may be 40 ms apart (TR 101 290, 2.3b), less some room.
const LONG_SLOT_TICKS: i64 = 38 * 90;

const TRANSPORT_STREAM: u16 = 1;
const SERVICE: u16 = 1;

/// What a session's tables say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MuxConfig {
    /// What players call the channel: up to 96 bytes of UTF-8 are sent.
    pub service_name: String,
    /// ISO 639-2 code of the sound, as in `eng`.
    pub language: Option<[u8; 3]>,
}

/// The units of one frame slot.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// The slot's stamp, which is its picture's.
    pub pts: Pts,
    /// From this slot's stamp to the next one's.
    pub duration_ticks: i64,
    /// The picture is an IDR with its parameter sets.
    pub keyframe: bool,
    /// One Annex B access unit.
    pub video: &'a [u8],
    /// ADTS frames with their stamps, in order.
    pub audio: &'a [(Pts, &'a [u8])],
}

/// The mux of one session. Continuity counters start at 0.
#[derive(Debug)]
pub struct Mux {
    pat: [u8; PACKET],
    pmt: [u8; PACKET],
    sdt: [u8; PACKET],
    counters: Counters,
    tables_sent: Option<Pts>,
    sdt_sent: Option<Pts>,
    keyframe_sent: bool,
}

impl Mux {
    /// A mux before its first packet.
    pub fn new(config: &MuxConfig) -> Self {
        let streams = vec![
            Stream { stream_type: STREAM_TYPE_H264, pid: pid::VIDEO, language: None },
            Stream { stream_type: STREAM_TYPE_AAC, pid: pid::AUDIO, language: config.language },
        ];
        let pat = Pat { transport_stream: TRANSPORT_STREAM, programs: vec![(SERVICE, pid::PMT)] };
        let pmt = Pmt { program: SERVICE, pcr_pid: pid::VIDEO, streams };
        let sdt = Sdt {
            transport_stream: TRANSPORT_STREAM,
            service: SERVICE,
            provider: "RetroVue".to_owned(),
            name: config.service_name.clone(),
        };
        Self {
            pat: psi::packetize(pid::PAT, &pat.section()),
            pmt: psi::packetize(pid::PMT, &pmt.section()),
            sdt: psi::packetize(pid::SDT, &sdt.section()),
            counters: Counters::START,
            tables_sent: None,
            sdt_sent: None,
            keyframe_sent: false,
        }
    }

    /// Appends the packets of the next slot to `out`.
    pub fn slot(&mut self, slot: &Slot<'_>, out: &mut Vec<u8>) {
        let next = slot.pts.plus(slot.duration_ticks);
        self.keyframe_sent |= slot.keyframe;
        if slot.keyframe || due(self.tables_sent, next, TABLES_TICKS) {
            self.table(pid::PAT, out);
            self.table(pid::PMT, out);
            self.tables_sent = Some(slot.pts);
        }
        let reference = Pcr::at(slot.pts.plus(-LEAD_TICKS));
        let first = Header { random_access: slot.keyframe, pcr: Some(reference), ..Header::default() };
        self.unit(pid::VIDEO, first, pes::write(pes::VIDEO, slot.pts, slot.video.len()), slot.video, out);
        if slot.duration_ticks > LONG_SLOT_TICKS {
            let halfway = reference.plus(slot.duration_ticks * Pcr::TICKS_PER_PTS_TICK / 2);
            let counter = self.counters.get(pid::VIDEO).unwrap_or_default();
            let header = Header { pid: pid::VIDEO, counter, pcr: Some(halfway), ..Header::default() };
            packet::write(out, &header, &[], &[]);
        }
        for (pts, frame) in slot.audio {
            self.unit(pid::AUDIO, Header::default(), pes::write(pes::AUDIO, *pts, frame.len()), frame, out);
        }
        if self.keyframe_sent && due(self.sdt_sent, next, SDT_TICKS) {
            self.table(pid::SDT, out);
            self.sdt_sent = Some(slot.pts);
        }
    }

    fn table(&mut self, pid: u16, out: &mut Vec<u8>) {
        let counter = self.counters.advance(pid);
        let at = out.len();
        out.extend_from_slice(match pid {
            pid::PAT => &self.pat,
            pid::PMT => &self.pmt,
            _ => &self.sdt,
        });
        out[at + 3] |= counter;
    }

    /// One PES packet. `first` is what its first packet says; the others only carry on.
    fn unit(&mut self, pid: u16, first: Header, head: [u8; pes::HEADER], unit: &[u8], out: &mut Vec<u8>) {
        let counter = self.counters.advance(pid);
        let mut rest = &unit[packet::write(out, &Header { pid, unit_start: true, counter, ..first }, &head, unit)..];
        while !rest.is_empty() {
            let header = Header { pid, counter: self.counters.advance(pid), ..Header::default() };
            rest = &rest[packet::write(out, &header, &[], rest)..];
        }
    }
}

/// Whether to send now what may not be more than `limit` apart: where waiting for the slot at `next` is too long.
fn due(sent: Option<Pts>, next: Pts, limit: i64) -> bool {
    sent.is_none_or(|sent| !(0..=limit).contains(&next.ticks_since(sent)))
}
