//! Clock references, and how often tables come by them.

use std::collections::BTreeMap;

use super::report::{Report, Rule};
use crate::packet::{Packet, Pcr};
use crate::pid;

const PCR_LIMIT_MS: i64 = 40;
const TABLES_LIMIT_MS: i64 = 100;
const SDT_LIMIT_MS: i64 = 2000;

/// The stream's own time, as far as it is told.
#[derive(Default)]
pub(super) struct Clock {
    now: Option<Pcr>,
    /// When each table came last.
    tables: BTreeMap<u16, Pcr>,
    /// Tables since the last reference, and in which packet: they count as sent at the next one.
    pending: Vec<(u16, usize)>,
}

impl Clock {
    /// The last reference.
    pub(super) fn now(&self) -> Option<Pcr> {
        self.now
    }

    /// A table was seen.
    pub(super) fn table(&mut self, pid: u16, packet: usize) {
        self.pending.push((pid, packet));
    }

    /// Takes the reference of a packet of the PCR's PID, where it has one.
    pub(super) fn reference(&mut self, packet: Packet<'_>, report: &mut Report) {
        if packet.discontinuity() {
            self.now = None;
            self.tables.clear();
        }
        let Some(pcr) = packet.pcr() else { return };
        if let Some(last) = self.now {
            let gap = pcr.since(last);
            if gap <= 0 || gap > PCR_LIMIT_MS * Pcr::TICKS_PER_MS {
                report.fault(packet.pid(), Rule::PcrGap, format!("{} after the last reference", Ms(gap)));
            }
        }
        self.now = Some(pcr);
        for (pid, packet) in std::mem::take(&mut self.pending) {
            if let Some(last) = self.tables.insert(pid, pcr) {
                check_gap(pid, packet, pcr.since(last), report);
            }
        }
    }

    /// The capture's end: whatever is due by now should have come.
    pub(super) fn finish(&self, report: &mut Report) {
        let Some(now) = self.now else { return };
        for (pid, last) in &self.tables {
            if !self.pending.iter().any(|(pending, _)| pending == pid) {
                check_gap(*pid, report.packets, now.since(*last), report);
            }
        }
    }
}

fn check_gap(pid: u16, packet: usize, gap: i64, report: &mut Report) {
    let (rule, limit_ms) = match pid {
        pid::PAT => (Rule::PatGap, TABLES_LIMIT_MS),
        pid::SDT => (Rule::SdtGap, SDT_LIMIT_MS),
        _ => (Rule::PmtGap, TABLES_LIMIT_MS),
    };
    if gap > limit_ms * Pcr::TICKS_PER_MS {
        report.fault_at(packet, pid, rule, format!("{} since the last one", Ms(gap)));
    }
}

/// 27 MHz ticks, read as milliseconds.
pub(super) struct Ms(pub(super) i64);

impl std::fmt::Display for Ms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ms", self.0 as f64 / Pcr::TICKS_PER_MS as f64)
    }
}
