//! PES packets: the header that carries the time stamps (2.4.3.6).

use retrovue_timeline::Pts;

/// Bytes of the header that [`write()`] makes: one with a PTS and nothing else.
pub const HEADER: usize = 14;

/// The first `stream_id` of video.
pub const VIDEO: u8 = 0xE0;

/// The first `stream_id` of audio.
pub const AUDIO: u8 = 0xC0;

/// The header of a PES packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PesHeader {
    /// `0xE0` and up for video, `0xC0` and up for audio.
    pub stream_id: u8,
    /// `PES_packet_length`: the bytes after that field, or 0 where a video packet does not say.
    pub length: u16,
    /// When the unit is shown.
    pub pts: Option<Pts>,
    /// When the unit is decoded; the PTS where nothing else is said.
    pub dts: Option<Pts>,
    /// Where the coded data starts, counted from the start of the PES packet.
    pub size: usize,
}

impl PesHeader {
    /// The header at the start of a payload unit; `None` where there is none, or where it is cut off.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let &[0, 0, 1, stream_id, high, low, marker, flags, extra] = bytes.first_chunk::<9>()? else {
            return None;
        };
        let size = 9 + usize::from(extra);
        let fields = bytes.get(9..size)?;
        if marker & 0xC0 != 0x80 {
            return None;
        }
        let stamp = |at: usize| fields.get(at..)?.first_chunk().map(decode_pts);
        let pts = if flags & 0x80 != 0 { Some(stamp(0)?) } else { None };
        let dts = if flags & 0xC0 == 0xC0 { Some(stamp(5)?) } else { pts };
        Some(Self { stream_id, length: u16::from_be_bytes([high, low]), pts, dts, size })
    }
}

/// The header of a PES packet with one whole access unit of `size` bytes. The length is 0, which only video may say,
/// where it does not fit in 16 bits.
pub fn write(stream_id: u8, pts: Pts, size: usize) -> [u8; HEADER] {
    let length = u16::try_from(size + HEADER - 6).unwrap_or(0);
    let [high, low] = length.to_be_bytes();
    let [a, b, c, d, e] = encode_pts(pts);
    // 0x84: marker bits, data_alignment_indicator. 0x80: a PTS follows, in 5 bytes.
    [0, 0, 1, stream_id, high, low, 0x84, 0x80, 5, a, b, c, d, e]
}

/// A PTS in its five bytes, with the prefix of a lone PTS.
pub fn encode_pts(pts: Pts) -> [u8; 5] {
    let ticks = pts.ticks();
    [
        0x21 | ((ticks >> 29) & 0x0E) as u8,
        (ticks >> 22) as u8,
        0x01 | ((ticks >> 14) & 0xFE) as u8,
        (ticks >> 7) as u8,
        0x01 | ((ticks << 1) & 0xFE) as u8,
    ]
}

/// Reads a PTS or a DTS; marker bits and prefix are not looked at.
pub fn decode_pts(bytes: &[u8; 5]) -> Pts {
    let [a, b, c, d, e] = bytes.map(i64::from);
    Pts::from_ticks((a >> 1 & 0x07) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn headers_read_back(ticks in 0i64..(1 << 33), size in 0usize..200_000) {
            let header = PesHeader::read(&write(VIDEO, Pts::from_ticks(ticks), size)).unwrap();
            prop_assert_eq!(header.pts, Some(Pts::from_ticks(ticks)));
            prop_assert_eq!(header.dts, header.pts);
            prop_assert_eq!(header.size, HEADER);
            prop_assert_eq!(usize::from(header.length), if size + 8 > 65_535 { 0 } else { size + 8 });
        }

        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = PesHeader::read(&bytes);
        }
    }
}
