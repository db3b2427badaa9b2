//! 2:3 pulldown by flags (ISO/IEC 13818-2, 6.3.10): film stays as it is, and decoders are told to show its pictures for
//! two and three fields by turns.

/// `sequence_header_code`.
const SEQUENCE: [u8; 4] = [0, 0, 1, 0xB3];

/// `extension_start_code`.
const EXTENSION: [u8; 4] = [0, 0, 1, 0xB5];

/// `frame_rate_code` of 30000/1001.
const NTSC: u8 = 4;

/// Flags the pictures of an MPEG-2 elementary stream without B-frames.
pub(super) fn flag(stream: &mut [u8]) {
    let mut pictures = 0;
    for at in 0..stream.len().saturating_sub(12) {
        let unit = &mut stream[at..];
        if unit.starts_with(&SEQUENCE) {
            unit[7] = unit[7] & 0xF0 | NTSC;
        } else if unit.starts_with(&EXTENSION) {
            match unit[4] >> 4 {
                // sequence_extension: progressive_sequence off, for fields to exist
                1 => unit[5] &= !0x08,
                // picture_coding_extension: fields before, first to last, are 2 3 2 3
                8 => {
                    let (top_field_first, repeat_first_field) = [(1, 0), (1, 1), (0, 0), (0, 1)][pictures % 4];
                    unit[7] = unit[7] & !0x82 | top_field_first << 7 | repeat_first_field << 1;
                    // progressive_frame
                    unit[8] |= 0x80;
                    pictures += 1;
                }
                _ => {}
            }
        }
    }
}
