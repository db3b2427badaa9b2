//! Sections: the frame around every table, and their way through packets (2.4.4).

use crate::crc::crc32;
use crate::packet::{PACKET, Packet, SYNC};

/// The longest section of a PAT, PMT or SDT (2.4.4.3, EN 300 468 5.2.3).
const LONGEST: usize = 1024;

/// Why a section says nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PsiError {
    /// Lengths inside it reach beyond its end.
    #[error("the section is cut off: its lengths reach beyond its end")]
    CutOff,
    /// Its CRC does not fit.
    #[error("the section is damaged: its CRC does not fit")]
    Crc,
    /// It is another table.
    #[error("the section has table id {found:#04x}, where {wanted:#04x} is expected")]
    OtherTable {
        /// The `table_id` that it has.
        found: u8,
        /// The one that was asked for.
        wanted: u8,
    },
}

/// Version 0, current, section 0 of 0.
pub(super) fn finish(table: u8, extension: u16, body: Vec<u8>) -> Vec<u8> {
    let length = 5 + body.len() as u16 + 4;
    // section_syntax_indicator and reserved bits; DVB's tables set the bit that is 0 in MPEG's
    let flags = if table < 0x40 { 0xB000 } else { 0xF000 };
    let mut section = vec![table];
    section.extend((flags | length).to_be_bytes());
    section.extend(extension.to_be_bytes());
    section.extend([0xC1, 0, 0]);
    section.extend(body);
    section.extend(crc32(&section).to_be_bytes());
    section
}

/// The extension and the body of a section of `table`.
pub(super) fn checked(section: &[u8], table: u8) -> Result<(u16, &[u8]), PsiError> {
    let size = size(section).filter(|size| *size >= 12 && *size <= section.len()).ok_or(PsiError::CutOff)?;
    let section = &section[..size];
    if crc32(section) != 0 {
        return Err(PsiError::Crc);
    }
    if section[0] != table {
        return Err(PsiError::OtherTable { found: section[0], wanted: table });
    }
    Ok((u16::from_be_bytes([section[3], section[4]]), &section[8..size - 4]))
}

/// The size that a section says it has; `None` before its third byte is there.
fn size(section: &[u8]) -> Option<usize> {
    let &[_, high, low] = section.first_chunk::<3>()?;
    Some(3 + usize::from(u16::from_be_bytes([high, low]) & 0x0FFF))
}

/// A packet of `pid` with one whole section, at counter 0.
///
/// # Panics
/// Where the section is longer than 183 bytes, which no table of a house stream is.
pub fn packetize(pid: u16, section: &[u8]) -> [u8; PACKET] {
    let mut packet = [0xFF; PACKET];
    let [high, low] = (0x4000 | pid).to_be_bytes();
    packet[..5].copy_from_slice(&[SYNC, high, low, 0x10, 0]);
    packet[5..5 + section.len()].copy_from_slice(section);
    packet
}

/// Puts the sections of one PID together, whatever packets they are spread over.
#[derive(Debug, Default)]
pub struct Assembler {
    pending: Vec<u8>,
    started: bool,
}

impl Assembler {
    /// Takes the next packet of the PID, and calls `found` with every section that is whole now.
    pub fn push(&mut self, packet: Packet<'_>, mut found: impl FnMut(&[u8])) {
        let mut payload = packet.payload();
        if packet.unit_start() {
            let Some((&pointer, rest)) = payload.split_first() else { return };
            let (tail, head) = rest.split_at(usize::from(pointer).min(rest.len()));
            self.take(tail, &mut found);
            self.pending.clear();
            self.started = true;
            payload = head;
        }
        self.take(payload, &mut found);
    }

    fn take(&mut self, bytes: &[u8], found: &mut impl FnMut(&[u8])) {
        if !self.started {
            return;
        }
        self.pending.extend_from_slice(bytes);
        // 0xFF where a table id would be: the rest of the packet is stuffing
        while self.pending.first().is_some_and(|table| *table != 0xFF) {
            let Some(size) = size(&self.pending).filter(|size| *size <= self.pending.len()) else { break };
            found(&self.pending[..size]);
            self.pending.drain(..size);
        }
        if self.pending.len() > LONGEST || self.pending.first() == Some(&0xFF) {
            self.pending.clear();
            self.started = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Header, write};

    #[test]
    fn sections_are_found_across_packets() {
        let first = finish(0x42, 1, vec![7; 200]);
        let second = finish(0x42, 2, vec![8; 20]);
        let all = [&[0][..], &first, &second].concat();
        let mut packets = Vec::new();
        let mut at = write(&mut packets, &Header { pid: 0x11, unit_start: true, ..Header::default() }, &[], &all);
        while at < all.len() {
            at += write(&mut packets, &Header { pid: 0x11, ..Header::default() }, &[], &all[at..]);
        }
        let mut assembler = Assembler::default();
        let mut found = Vec::new();
        for packet in packets.chunks(PACKET) {
            assembler.push(Packet::read(packet).unwrap(), |section| found.push(section.to_vec()));
        }
        assert_eq!(found, [first, second]);
    }
}
