//! Decoding fast up to the in-point.
//!
//! A seek starts at the keyframe before its target, and what lies between is decoded only for the sake of what depends on
//! it. Pictures that nothing depends on, which are two of three in most H.264 files, are kept from the decoder.

use gst::prelude::*;
use gstreamer as gst;

/// Keeps from `decoder` what it would decode for nothing. Anything but H.264 is left alone.
pub(super) fn catch_up(decoder: &gst::Element) {
    let Some(sink) = decoder.static_pad("sink") else { return };
    // the pad goes with its element, and the probe with the pad
    sink.add_probe(gst::PadProbeType::BUFFER, |pad, info| match info.buffer() {
        Some(buffer) if is_idle(pad, buffer).unwrap_or(false) => gst::PadProbeReturn::Handled,
        _ => gst::PadProbeReturn::Ok,
    });
}

/// Whether an access unit ends before the seek's target and no other picture refers to it.
fn is_idle(pad: &gst::Pad, unit: &gst::Buffer) -> Option<bool> {
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    let target = event.segment().downcast_ref::<gst::ClockTime>()?.start()?;
    if unit.pts()? + unit.duration()? > target {
        return Some(false);
    }
    let caps = pad.current_caps()?;
    let format = caps.structure(0).filter(|structure| structure.has_name("video/x-h264"))?;
    let length_size = match format.get::<&str>("stream-format").ok()? {
        "avc" => Some(usize::from(format.get::<gst::Buffer>("codec_data").ok()?.map_readable().ok()?.get(4)? & 3) + 1),
        "byte-stream" => None,
        _ => return None,
    };
    Some(is_unreferenced(&unit.map_readable().ok()?, length_size))
}

/// Whether the first slice of an access unit says that nothing refers to it: `nal_ref_idc` 0 (H.264, 7.4.1), which is
/// the same in all slices of a picture. NAL units are led by their length in so many bytes, or else by start codes.
fn is_unreferenced(unit: &[u8], length_size: Option<usize>) -> bool {
    let slice = |header: &u8| matches!(header & 0x1f, 1..=5);
    let header = match length_size {
        Some(size) => Lengths { rest: unit, size }.find(slice),
        None => (0..unit.len().saturating_sub(3))
            .filter(|at| unit[*at..].starts_with(&[0, 0, 1]))
            .map(|at| unit[at + 3])
            .find(slice),
    };
    header.is_some_and(|header| header >> 5 & 3 == 0)
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
    fn the_first_slice_says_whether_anything_refers_to_it() {
        // an access unit delimiter, then a slice
        let of = |slice: u8| [0, 0, 0, 2, 0x09, 0xf0, 0, 0, 0, 3, slice, 1, 2];
        assert!(is_unreferenced(&of(0x01), Some(4)));
        assert!(!is_unreferenced(&of(0x41), Some(4)));
        assert!(!is_unreferenced(&of(0x65), Some(4)));
        let coded = |slice: u8| [0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, slice, 1, 2];
        assert!(is_unreferenced(&coded(0x01), None));
        assert!(!is_unreferenced(&coded(0x41), None));
        assert!(!is_unreferenced(&[], None) && !is_unreferenced(&[0, 0, 0, 9], Some(4)), "no slice at all");
    }
}
