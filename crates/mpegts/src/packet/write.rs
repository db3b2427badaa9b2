//! Writing one packet: header, adaptation field, stuffing, payload.

use super::{HEADER, PACKET, Pcr, SYNC};

/// What a packet says besides its payload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Header {
    /// 13 bits.
    pub pid: u16,
    /// A PES packet or a section starts in the payload.
    pub unit_start: bool,
    /// 4 bits: the last one of the PID plus one, or the last one again where there is no payload.
    pub counter: u8,
    /// The counter does not fit what was before.
    pub discontinuity: bool,
    /// Decoding can start here.
    pub random_access: bool,
    /// The programme clock reference.
    pub pcr: Option<Pcr>,
}

/// Appends one packet to `out` with `head` and as much of `body` as fits, and returns how much of `body` that was.
/// What is left of the packet is stuffed by its adaptation field; without any payload it is all adaptation field.
///
/// `head` must leave room for itself: 176 bytes are always there.
pub fn write(out: &mut Vec<u8>, header: &Header, head: &[u8], body: &[u8]) -> usize {
    let flagged = header.discontinuity || header.random_access || header.pcr.is_some();
    let fields = if header.pcr.is_some() { 8 } else { usize::from(flagged) * 2 };
    let room = PACKET - HEADER - fields - head.len();
    let taken = body.len().min(room);
    let payload = head.len() + taken;
    let adaptation = PACKET - HEADER - payload;

    let start = u16::from(header.unit_start) << 14;
    let [high, low] = (start | (header.pid & 0x1FFF)).to_be_bytes();
    let control = u8::from(adaptation > 0) << 5 | u8::from(payload > 0) << 4;
    out.extend([SYNC, high, low, control | (header.counter & 0x0F)]);
    if adaptation > 0 {
        let end = out.len() + adaptation;
        out.push((adaptation - 1) as u8);
        if adaptation > 1 {
            let flags = u8::from(header.discontinuity) << 7
                | u8::from(header.random_access) << 6
                | u8::from(header.pcr.is_some()) << 4;
            out.push(flags);
            out.extend(header.pcr.iter().flat_map(|pcr| pcr.encode()));
        }
        out.resize(end, 0xFF);
    }
    out.extend_from_slice(head);
    out.extend_from_slice(&body[..taken]);
    taken
}
