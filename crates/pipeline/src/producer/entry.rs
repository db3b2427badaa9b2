//! Entering H.264 at a picture that is no IDR, as seeks do in open GOPs.
//!
//! At such a picture frames are missing, as their numbers say, and libavcodec puts copies in their place. GStreamer 1.22
//! takes one of these that is given back for the picture itself, and loses it; what refers to it is damaged until the
//! next such picture. The same unit once more finds no frame missing.
//!
//! Pictures that are coded after it and shown before it refer to what was not decoded: they are not shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gst::prelude::*;
use gstreamer as gst;

use super::slice::Slice;

/// Sees to it that `decoder` loses no picture, and shows no damaged one, where it begins amid a stream.
pub(super) fn enter_whole(decoder: &gst::Element) {
    let (Some(sink), Some(source)) = (decoder.static_pad("sink"), decoder.static_pad("src")) else { return };
    let entry = Arc::new(Entry::default());
    let noted = Arc::clone(&entry);
    sink.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_FLUSH, move |pad, info| {
        match info.buffer() {
            Some(unit) => noted.admit(pad, unit),
            None => *noted.lock() = Stand::default(),
        }
        gst::PadProbeReturn::Ok
    });
    source.add_probe(gst::PadProbeType::BUFFER, move |_, info| match info.buffer() {
        Some(picture) if entry.is_led_by(picture) => gst::PadProbeReturn::Drop,
        _ => gst::PadProbeReturn::Ok,
    });
}

/// Where a decoder entered.
#[derive(Default)]
struct Entry(Mutex<Stand>);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stand {
    /// Nothing was decoded yet.
    #[default]
    Outside,
    /// At a picture that is no IDR, which begins then and has not been shown.
    AmidStream(gst::ClockTime),
    Inside,
}

impl Entry {
    fn admit(&self, pad: &gst::Pad, unit: &gst::Buffer) {
        if *self.lock() != Stand::Outside {
            return;
        }
        let amid_stream = Slice::first_of(unit, pad).is_some_and(|slice| !slice.is_idr);
        *self.lock() = match unit.pts() {
            Some(pts) if amid_stream => Stand::AmidStream(pts),
            _ => Stand::Inside,
        };
        if amid_stream && let Err(error) = pad.chain(unit.clone()) {
            tracing::debug!(%error, "a picture was refused ahead of its time");
        }
    }

    /// Whether `picture` is shown before the one that was entered at.
    fn is_led_by(&self, picture: &gst::Buffer) -> bool {
        let mut stand = self.lock();
        let Stand::AmidStream(entered) = *stand else { return false };
        if picture.pts().is_some_and(|pts| pts < entered) {
            return true;
        }
        *stand = Stand::Inside;
        false
    }

    fn lock(&self) -> MutexGuard<'_, Stand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
