//! The checks that every capture must pass: ETSI TR 101 290 priority 1, the clock checks of priority 2, and what
//! RetroVue promises beyond them.

mod clock;
mod counters;
mod report;
mod units;

pub use report::{AudioUnit, Fault, Report, Rule, Seam, VideoUnit};

use retrovue_timeline::{FrameIndex, FrameRate};

use crate::packet::{PACKET, Packet, SYNC};
use crate::pid;
use crate::psi::{Assembler, Pat, Pmt, PsiError, STREAM_TYPE_AAC, STREAM_TYPE_H264, Sdt};
use clock::Clock;
use counters::Continuity;
use units::Units;

/// What the capture should be.
#[derive(Clone, Copy, Debug)]
pub struct Expect {
    /// The channel's rate.
    pub frame_rate: FrameRate,
    /// Any frame within 13 hours of the capture: a 33-bit stamp names a frame only together with the day.
    pub near: FrameIndex,
}

/// Checks a capture that starts as a viewer's does. An incomplete packet at its end is no fault.
pub fn check(bytes: &[u8], expect: &Expect) -> Report {
    let mut checker = Checker::new(*expect);
    let mut rest = bytes;
    while let Some(packet) = next_packet(&mut rest, &mut checker) {
        checker.packet(packet);
    }
    checker.report.trailing_bytes = rest.len();
    checker.finish()
}

/// The next packet; what lies before it is a fault.
fn next_packet<'a>(rest: &mut &'a [u8], checker: &mut Checker) -> Option<Packet<'a>> {
    if rest.len() >= PACKET && rest[0] != SYNC {
        let is_packet = |at: &usize| rest[*at] == SYNC && rest.get(at + PACKET).is_none_or(|next| *next == SYNC);
        let at = (0..rest.len()).find(is_packet).unwrap_or(rest.len());
        checker.fault(pid::NULL, Rule::Sync, format!("{at} bytes that are no packet"));
        *rest = &rest[at..];
    }
    let packet = Packet::read(rest)?;
    *rest = &rest[PACKET..];
    Some(packet)
}

/// All checks, packet by packet.
struct Checker {
    report: Report,
    continuity: Continuity,
    clock: Clock,
    units: Units,
    pat: Assembler,
    pmt: Assembler,
    sdt: Assembler,
    map: Option<Map>,
    /// What came since the last picture, for the rule that each keyframe follows its tables.
    tables: (bool, bool),
}

/// Where the streams are.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Map {
    pmt: u16,
    pcr: u16,
    video: u16,
    audio: u16,
}

impl Map {
    fn names(self, pid: u16) -> bool {
        pid < pid::FIRST_FREE || pid == pid::NULL || [self.pmt, self.pcr, self.video, self.audio].contains(&pid)
    }
}

impl Checker {
    fn new(expect: Expect) -> Self {
        Self {
            report: Report::default(),
            continuity: Continuity::default(),
            clock: Clock::default(),
            units: Units::new(expect),
            pat: Assembler::default(),
            pmt: Assembler::default(),
            sdt: Assembler::default(),
            map: None,
            tables: (false, false),
        }
    }

    fn packet(&mut self, packet: Packet<'_>) {
        let pid = packet.pid();
        if packet.transport_error() {
            self.fault(pid, Rule::TransportError, "the packet is marked as damaged".to_owned());
        }
        if packet.scrambled() {
            self.fault(pid, Rule::Scrambled, "the packet is marked as scrambled".to_owned());
        }
        if self.map.is_some_and(|map| !map.names(pid)) {
            self.fault(pid, Rule::Unreferenced, format!("PID {pid:#06x} is in no table"));
        }
        self.start_order(packet);
        let duplicate = self.continuity.check(packet, &mut self.report);
        if packet.discontinuity() {
            self.seam(pid);
        }
        if !duplicate {
            self.tables(packet);
            if self.map.is_some_and(|map| map.pcr == pid) {
                self.clock.reference(packet, &mut self.report);
            }
            self.elementary(packet);
        }
        self.report.packets += 1;
    }

    /// The first packets that a viewer gets: PAT, PMT, keyframe.
    fn start_order(&mut self, packet: Packet<'_>) {
        let pid = packet.pid();
        let right = match self.report.packets {
            0 => pid == pid::PAT,
            1 => pid == self.pmt_pid(),
            2 => packet.unit_start() && packet.random_access(),
            _ => true,
        };
        if !right {
            self.fault(pid, Rule::Start, format!("packet {} has PID {pid:#06x}", self.report.packets));
        }
    }

    fn seam(&mut self, pid: u16) {
        let packet = self.report.packets;
        match self.report.seams.last_mut() {
            Some(seam) if seam.packet + seam.pids.len() == packet => seam.pids.push(pid),
            _ => self.report.seams.push(Seam { packet, pids: vec![pid] }),
        }
        self.units.seam(pid);
    }

    fn tables(&mut self, packet: Packet<'_>) {
        let pid = packet.pid();
        let mut sections = Vec::new();
        let assembler = match pid {
            pid::PAT => &mut self.pat,
            pid::SDT => &mut self.sdt,
            _ if pid == self.pmt_pid() => &mut self.pmt,
            _ => return,
        };
        assembler.push(packet, |section| sections.push(section.to_vec()));
        for section in sections {
            let read = match pid {
                pid::PAT => Pat::read(&section).map(|pat| self.program(&pat)),
                pid::SDT => Sdt::read(&section).map(|sdt| self.report.service_name = Some(sdt.name)),
                _ => Pmt::read(&section).map(|pmt| self.streams(&pmt)),
            };
            match read {
                Ok(()) => self.clock.table(pid, self.report.packets),
                Err(PsiError::Crc) => self.fault(pid, Rule::SectionCrc, PsiError::Crc.to_string()),
                Err(error) => self.fault(pid, Rule::Tables, error.to_string()),
            }
        }
    }

    fn program(&mut self, pat: &Pat) {
        self.tables.0 = true;
        match pat.programs[..] {
            [(_, pmt)] if self.map.is_none_or(|map| map.pmt == pmt) => self.units.pmt = Some(pmt),
            _ => self.fault(pid::PAT, Rule::Tables, format!("programmes {:x?}", pat.programs)),
        }
    }

    fn streams(&mut self, pmt: &Pmt) {
        self.tables.1 = true;
        let of_type = |wanted| pmt.streams.iter().find(|stream| stream.stream_type == wanted);
        let (Some(video), Some(audio)) = (of_type(STREAM_TYPE_H264), of_type(STREAM_TYPE_AAC)) else {
            return self.fault(self.pmt_pid(), Rule::Tables, format!("streams {:x?}", pmt.streams));
        };
        let map = Map { pmt: self.pmt_pid(), pcr: pmt.pcr_pid, video: video.pid, audio: audio.pid };
        if self.map.is_some_and(|before| before != map) {
            self.fault(map.pmt, Rule::Tables, "the streams have other PIDs than before".to_owned());
        }
        self.map = Some(map);
    }

    fn elementary(&mut self, packet: Packet<'_>) {
        let Some(map) = self.map else { return };
        if packet.pid() == map.video {
            if packet.unit_start() {
                if packet.random_access() && self.tables != (true, true) {
                    self.fault(map.video, Rule::KeyframeTables, "no PAT and PMT since the last picture".to_owned());
                }
                self.tables = (false, false);
            }
            self.units.video(packet, self.clock.now(), &mut self.report);
        } else if packet.pid() == map.audio {
            self.units.audio(packet, self.clock.now(), &mut self.report);
        }
    }

    fn pmt_pid(&self) -> u16 {
        self.units.pmt.unwrap_or(pid::PMT)
    }

    fn fault(&mut self, pid: u16, rule: Rule, found: String) {
        self.report.fault(pid, rule, found);
    }

    fn finish(mut self) -> Report {
        if self.report.packets == 0 {
            self.fault(pid::NULL, Rule::Start, "no packet at all".to_owned());
        }
        self.units.finish(&mut self.report);
        self.clock.finish(&mut self.report);
        self.report
    }
}
