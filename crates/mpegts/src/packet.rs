//! Transport packets: a view onto 188 bytes, the adaptation field, and the PCR (2.4.3).

mod write;

pub use write::{Header, write};

use retrovue_timeline::Pts;

/// Bytes of a transport packet.
pub const PACKET: usize = 188;

/// The first byte of every packet.
pub const SYNC: u8 = 0x47;

const HEADER: usize = 4;

/// A packet, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a>(&'a [u8; PACKET]);

impl<'a> Packet<'a> {
    /// The packet at the start of `bytes`; `None` where there is no sync byte or not enough of it.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let packet = bytes.first_chunk::<PACKET>()?;
        (packet[0] == SYNC).then_some(Self(packet))
    }

    /// All 188 bytes.
    pub fn bytes(self) -> &'a [u8; PACKET] {
        self.0
    }

    /// The stream that the packet belongs to: 13 bits.
    pub fn pid(self) -> u16 {
        u16::from_be_bytes([self.0[1], self.0[2]]) & 0x1FFF
    }

    /// `transport_error_indicator`: the packet is known to be damaged.
    pub fn transport_error(self) -> bool {
        self.0[1] & 0x80 != 0
    }

    /// `payload_unit_start_indicator`: a PES packet or a section starts here.
    pub fn unit_start(self) -> bool {
        self.0[1] & 0x40 != 0
    }

    /// `transport_scrambling_control`: whether the payload is scrambled.
    pub fn scrambled(self) -> bool {
        self.0[3] & 0xC0 != 0
    }

    /// `continuity_counter`: 4 bits.
    pub fn counter(self) -> u8 {
        self.0[3] & 0x0F
    }

    /// Whether there is a payload, so that the counter moves.
    pub fn has_payload(self) -> bool {
        self.0[3] & 0x10 != 0
    }

    /// The adaptation field, where there is one with flags in it.
    pub fn adaptation(self) -> Option<Adaptation<'a>> {
        let end = self.payload_offset().min(PACKET);
        (self.has_adaptation() && end > HEADER + 1).then(|| Adaptation(&self.0[HEADER + 1..end]))
    }

    /// What follows the header and the adaptation field; empty where a length lies.
    pub fn payload(self) -> &'a [u8] {
        if self.has_payload() { self.0.get(self.payload_offset()..).unwrap_or_default() } else { &[] }
    }

    /// `discontinuity_indicator`: this packet's counter, and on the PCR's PID the time base, need not fit what was
    /// before (2.4.3.5).
    pub fn discontinuity(self) -> bool {
        self.adaptation().is_some_and(Adaptation::discontinuity)
    }

    /// `random_access_indicator`: decoding can start here.
    pub fn random_access(self) -> bool {
        self.adaptation().is_some_and(Adaptation::random_access)
    }

    /// The programme clock reference, where the packet has one.
    pub fn pcr(self) -> Option<Pcr> {
        self.adaptation().and_then(Adaptation::pcr)
    }

    fn has_adaptation(self) -> bool {
        self.0[3] & 0x20 != 0
    }

    fn payload_offset(self) -> usize {
        if self.has_adaptation() { HEADER + 1 + usize::from(self.0[HEADER]) } else { HEADER }
    }
}

/// An adaptation field after its length byte: never empty.
#[derive(Clone, Copy, Debug)]
pub struct Adaptation<'a>(&'a [u8]);

impl Adaptation<'_> {
    /// `discontinuity_indicator`.
    pub fn discontinuity(self) -> bool {
        self.0[0] & 0x80 != 0
    }

    /// `random_access_indicator`.
    pub fn random_access(self) -> bool {
        self.0[0] & 0x40 != 0
    }

    /// The programme clock reference.
    pub fn pcr(self) -> Option<Pcr> {
        if self.0[0] & 0x10 == 0 {
            return None;
        }
        self.0.get(1..)?.first_chunk().map(Pcr::decode)
    }
}

/// A programme clock reference in 27 MHz ticks. It wraps with the PTS, every 26.5 hours, so it has no order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Pcr(i64);

impl Pcr {
    /// Ticks of a PCR in one tick of a PTS.
    pub const TICKS_PER_PTS_TICK: i64 = 300;

    /// Ticks in a millisecond.
    pub const TICKS_PER_MS: i64 = 27_000;

    const MODULUS: i64 = (1 << 33) * Self::TICKS_PER_PTS_TICK;

    /// The instant of `pts`.
    pub fn at(pts: Pts) -> Self {
        Self(pts.ticks() as i64 * Self::TICKS_PER_PTS_TICK)
    }

    /// 27 MHz ticks, below 300 · 2³³.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// This reference moved by 27 MHz `ticks`.
    pub const fn plus(self, ticks: i64) -> Self {
        Self((self.0 + ticks).rem_euclid(Self::MODULUS))
    }

    /// 27 MHz ticks from `earlier` to this by the shorter way round: negative where this is the earlier one.
    pub const fn since(self, earlier: Pcr) -> i64 {
        let forward = (self.0 - earlier.0).rem_euclid(Self::MODULUS);
        if forward < Self::MODULUS / 2 { forward } else { forward - Self::MODULUS }
    }

    /// The reference in its six bytes (2.4.3.4): 33 bits of base, six reserved, nine of extension.
    pub fn encode(self) -> [u8; 6] {
        let base = (self.0 / Self::TICKS_PER_PTS_TICK) as u64;
        let extension = (self.0 % Self::TICKS_PER_PTS_TICK) as u64;
        let bits = (base << 15) | (0x3F << 9) | extension;
        let [_, _, bytes @ ..] = bits.to_be_bytes();
        bytes
    }

    /// Reads what [`Self::encode`] writes.
    pub fn decode(bytes: &[u8; 6]) -> Self {
        let bits = bytes.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let (base, extension) = ((bits >> 15) as i64, (bits & 0x1FF) as i64);
        Self((base * Self::TICKS_PER_PTS_TICK + extension) % Self::MODULUS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pcr_survives_its_bytes(ticks in 0..Pcr::MODULUS) {
            let pcr = Pcr::at(Pts::from_ticks(0)).plus(ticks);
            prop_assert_eq!(Pcr::decode(&pcr.encode()), pcr);
        }

        #[test]
        fn written_packets_read_back(
            pid in 0u16..0x1FFF, counter in 0u8..16, unit_start: bool, discontinuity: bool, random_access: bool,
            pcr in proptest::option::of(0..Pcr::MODULUS), size in 0usize..400,
        ) {
            let pcr = pcr.map(|ticks| Pcr::at(Pts::from_ticks(0)).plus(ticks));
            let header = Header { pid, unit_start, counter, discontinuity, random_access, pcr };
            let payload = vec![0xAB; size];
            let mut out = Vec::new();
            let taken = write(&mut out, &header, &[0xCD], &payload);
            let packet = Packet::read(&out).unwrap();
            prop_assert_eq!(out.len(), PACKET);
            prop_assert_eq!((packet.pid(), packet.counter(), packet.unit_start()), (pid, counter, unit_start));
            prop_assert_eq!((packet.discontinuity(), packet.random_access()), (discontinuity, random_access));
            prop_assert_eq!(packet.pcr(), pcr);
            prop_assert_eq!(packet.payload()[0], 0xCD);
            prop_assert_eq!(&packet.payload()[1..], &payload[..taken]);
            prop_assert!(taken == size || packet.payload().len() >= 184 - 8);
        }

        #[test]
        fn any_bytes_can_be_read(mut bytes in proptest::collection::vec(any::<u8>(), PACKET)) {
            bytes[0] = SYNC;
            let packet = Packet::read(&bytes).unwrap();
            let _ = (packet.pcr(), packet.payload(), packet.discontinuity(), packet.random_access());
        }
    }
}
