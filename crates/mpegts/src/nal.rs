//! NAL units of an H.264 byte stream (ITU-T H.264, 7.4.1 and Annex B): their types and nothing more.

/// Coded slice of a picture that is no IDR.
pub const SLICE: u8 = 1;
/// Coded slice of an IDR picture.
pub const IDR: u8 = 5;
/// Sequence parameter set.
pub const SPS: u8 = 7;
/// Picture parameter set.
pub const PPS: u8 = 8;
/// Access unit delimiter.
pub const AUD: u8 = 9;

/// The types of the NAL units in an Annex B access unit, in order.
pub fn types(access_unit: &[u8]) -> impl Iterator<Item = u8> + '_ {
    access_unit.windows(4).filter(|window| window[..3] == [0, 0, 1]).map(|window| window[3] & 0x1F)
}

/// Whether an access unit of these types can be decoded from nothing: an IDR picture after its SPS and PPS.
pub fn starts_decoding(types: impl IntoIterator<Item = u8>) -> bool {
    let (mut sps, mut pps) = (false, false);
    for kind in types {
        match kind {
            SPS => sps = true,
            PPS => pps = true,
            IDR => return sps && pps,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_units_after_short_and_long_start_codes() {
        let unit = [0, 0, 0, 1, 0x09, 0xF0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65];
        assert_eq!(types(&unit).collect::<Vec<_>>(), [AUD, SPS, PPS, IDR]);
        assert!(starts_decoding(types(&unit)));
        assert!(!starts_decoding(types(&unit[..12])));
        assert!(!starts_decoding(types(&unit[17..])));
    }
}
