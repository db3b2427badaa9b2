//! Continuity of each PID.

use std::collections::BTreeMap;

use super::report::{Report, Rule};
use crate::packet::{PACKET, Packet};
use crate::pid;

/// The last packet of every PID.
#[derive(Default)]
pub(super) struct Continuity(BTreeMap<u16, Last>);

struct Last {
    packet: [u8; PACKET],
    duplicated: bool,
}

impl Continuity {
    /// Whether the packet is the allowed second copy of the one before it, which is to be ignored.
    pub(super) fn check(&mut self, packet: Packet<'_>, report: &mut Report) -> bool {
        let pid = packet.pid();
        if pid == pid::NULL {
            return false;
        }
        let bytes = *packet.bytes();
        let Some(last) = self.0.get_mut(&pid) else {
            self.0.insert(pid, Last { packet: bytes, duplicated: false });
            return false;
        };
        let before = last.packet[3] & 0x0F;
        let copy = packet.has_payload() && packet.counter() == before && last.packet == bytes && !last.duplicated;
        let expected = if packet.has_payload() { (before + 1) & 0x0F } else { before };
        if !copy && !packet.discontinuity() && packet.counter() != expected {
            report.fault(pid, Rule::Continuity, format!("counter {} where {expected} is due", packet.counter()));
        }
        *last = Last { packet: bytes, duplicated: copy };
        copy
    }
}
