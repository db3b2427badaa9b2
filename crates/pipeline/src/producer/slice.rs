//! What the first slice of an H.264 access unit says of its picture.

use gst::prelude::*;
use gstreamer as gst;

/// The header of the first slice (`nal_ref_idc` and `nal_unit_type`; H.264, 7.3.1) of a unit that reaches `pad`. `None`
/// where it is not H.264.
pub(super) fn first(pad: &gst::Pad, unit: &gst::Buffer) -> Option<u8> {
    let caps = pad.current_caps()?;
    let format = caps.structure(0).filter(|structure| structure.has_name("video/x-h264"))?;
    let length_size = match format.get::<&str>("stream-format").ok()? {
        "avc" => Some(usize::from(format.get::<gst::Buffer>("codec_data").ok()?.map_readable().ok()?.get(4)? & 3) + 1),
        "byte-stream" => None,
        _ => return None,
    };
    header(&unit.map_readable().ok()?, length_size)
}

/// NAL units are led by their length in so many bytes, or else by start codes.
fn header(unit: &[u8], length_size: Option<usize>) -> Option<u8> {
    let is_slice = |header: &u8| matches!(header & 0x1f, 1..=5);
    match length_size {
        Some(size) => Lengths { rest: unit, size }.find(is_slice),
        None => (0..unit.len().saturating_sub(3))
            .filter(|at| unit[*at..].starts_with(&[0, 0, 1]))
            .map(|at| unit[at + 3])
            .find(is_slice),
    }
}

/// Headers of NAL units that are led by their lengths.
struct Lengths<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Iterator for Lengths<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (length, nal) = self.rest.split_at_checked(self.size)?;
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        self.rest = nal.get(length..).unwrap_or_default();
        nal.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_the_first_slice_is_passed_over() {
        // an access unit delimiter, then a slice
        let of = |slice: u8| [0, 0, 0, 2, 0x09, 0xf0, 0, 0, 0, 3, slice, 1, 2];
        let coded = |slice: u8| [0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, slice, 1, 2];
        for slice in [0x01, 0x41, 0x65] {
            assert_eq!(header(&of(slice), Some(4)), Some(slice));
            assert_eq!(header(&coded(slice), None), Some(slice));
        }
        assert_eq!((header(&[], None), header(&[0, 0, 0, 9], Some(4))), (None, None), "no slice at all");
    }
}
