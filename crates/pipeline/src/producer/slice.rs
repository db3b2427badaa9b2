//! What the first slice of an H.264 access unit says of its picture.

use gst::prelude::*;
use gstreamer as gst;

/// A picture's first slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    /// Another picture may refer to it (`nal_ref_idc`, which is 0 in all slices of a picture or in none).
    pub(super) is_reference: bool,
    /// Nothing before it is needed for it, or for anything after it.
    pub(super) is_idr: bool,
    /// Nothing before it is needed for it.
    pub(super) is_intra: bool,
}

impl Slice {
    /// That of a unit which reaches `pad`. `None` where it is not H.264.
    pub(super) fn first_of(unit: &gst::Buffer, pad: &gst::Pad) -> Option<Self> {
        let caps = pad.current_caps()?;
        let format = caps.structure(0).filter(|structure| structure.has_name("video/x-h264"))?;
        let length_size = match format.get::<&str>("stream-format").ok()? {
            "avc" => {
                Some(usize::from(format.get::<gst::Buffer>("codec_data").ok()?.map_readable().ok()?.get(4)? & 3) + 1)
            }
            "byte-stream" => None,
            _ => return None,
        };
        Self::find(&unit.map_readable().ok()?, length_size)
    }

    /// NAL units are led by their length in so many bytes, or else by start codes.
    fn find(unit: &[u8], length_size: Option<usize>) -> Option<Self> {
        match length_size {
            Some(size) => NalUnits { rest: unit, size }.find_map(Self::read),
            None => (0..unit.len().saturating_sub(3))
                .filter(|at| unit[*at..].starts_with(&[0, 0, 1]))
                .find_map(|at| Self::read(&unit[at + 3..])),
        }
    }

    /// Reads the header of a NAL unit (H.264, 7.3.1), if it is that of a slice, and how the slice begins (7.3.3):
    /// `first_mb_in_slice` is 0, one bit, and `slice_type` is 2 or 7 where all is intra, three bits or seven.
    fn read(nal: &[u8]) -> Option<Self> {
        let (header, begin) = (*nal.first()?, nal.get(1).copied().unwrap_or_default());
        let nal_unit_type = header & 0x1f;
        matches!(nal_unit_type, 1..=5).then_some(Self {
            is_reference: header >> 5 & 3 != 0,
            is_idr: nal_unit_type == 5,
            is_intra: begin >> 4 == 0b1011 || begin == 0b1000_1000,
        })
    }
}

/// NAL units that are led by their lengths.
struct NalUnits<'a> {
    rest: &'a [u8],
    size: usize,
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, nal) = self.rest.split_at_checked(self.size)?;
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        self.rest = nal.get(length..).unwrap_or_default();
        Some(nal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_slice_tells_of_its_picture() {
        // an access unit delimiter, then a slice
        let led = |header: u8, begin: u8| [0, 0, 0, 2, 0x09, 0xf0, 0, 0, 0, 3, header, begin, 2];
        let coded = |header: u8, begin: u8| [0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, header, begin, 2];
        let slice = |is_reference, is_idr, is_intra| Some(Slice { is_reference, is_idr, is_intra });
        let of = [
            ((0x65, 0x88), slice(true, true, true)),
            ((0x41, 0xb2), slice(true, false, true)),
            ((0x41, 0x9a), slice(true, false, false)),
            ((0x01, 0x9e), slice(false, false, false)),
        ];
        for ((header, begin), expected) in of {
            assert_eq!(Slice::find(&led(header, begin), Some(4)), expected);
            assert_eq!(Slice::find(&coded(header, begin), None), expected);
        }
        assert_eq!((Slice::find(&[], None), Slice::find(&[0, 0, 0, 9], Some(4))), (None, None), "no slice at all");
    }
}
