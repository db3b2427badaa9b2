//! Decoding fast up to the in-point.
//!
//! A seek starts at the keyframe before its target, and what lies between is decoded only for the sake of what depends on
//! it. Pictures that nothing depends on, which are two of three in most H.264 files, are kept from the decoder.

use gst::prelude::*;
use gstreamer as gst;

use super::slice::Slice;

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
    Some(!Slice::first_of(unit, pad)?.is_reference)
}
