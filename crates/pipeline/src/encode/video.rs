//! Pictures to H.264 access units.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_video as gst_video;

use super::{Codec, EncodeError, EncoderFamily};
use crate::format::HouseFormat;
use crate::unit::VideoUnit;

/// One access unit for each picture, at once: closed GOPs of a second, counted from the first picture, no B-frames.
pub(crate) struct VideoEncoder {
    codec: Codec,
    format: HouseFormat,
    /// Pictures coded so far.
    coded: i64,
}

static CODED_PIXELS: AtomicU64 = AtomicU64::new(0);

/// Pixels of all pictures that this process has coded: what its work is measured by.
pub fn coded_pixels() -> u64 {
    CODED_PIXELS.load(Ordering::Relaxed)
}

impl VideoEncoder {
    pub(crate) fn start(format: &HouseFormat) -> Result<Self, EncodeError> {
        Self::with(&EncoderFamily::chosen().elements(format), format)
    }

    /// `elements` take house pictures and give H.264.
    pub(super) fn with(elements: &str, format: &HouseFormat) -> Result<Self, EncodeError> {
        let elements =
            format!("{elements} ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au");
        Ok(Self { codec: Codec::start(&elements, &raw_caps(format, true))?, format: *format, coded: 0 })
    }

    /// One that gives up after `patience` without a unit.
    pub(super) fn impatient(mut self, patience: Duration) -> Self {
        self.codec.patience = patience;
        self
    }

    /// The next picture becomes an IDR, from which the next group is counted.
    pub(crate) fn begin_group(&self) {
        // before the first picture nobody listens, which does not matter: it is an IDR
        self.codec.output.send_event(gst_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build());
    }

    /// Codes `picture`, whose caps are [`raw_caps`]; the unit gets `index`.
    pub(crate) fn encode(&mut self, picture: &gst::Buffer, index: i64) -> Result<VideoUnit, EncodeError> {
        let rate = self.format.frame_rate;
        let at = |frame| gst::ClockTime::from_nseconds(u64::try_from(rate.nanos_in(frame)).unwrap_or_default());
        let mut picture = picture.copy();
        {
            let stamps = picture.make_mut();
            stamps.set_pts(at(self.coded));
            stamps.set_dts(None);
            stamps.set_duration(at(1));
        }
        self.codec.push(picture)?;
        self.coded += 1;
        let coded = self.codec.pull()?.ok_or_else(|| EncodeError("it ended too early".to_owned()))?;
        CODED_PIXELS.fetch_add(self.format.pixels(), Ordering::Relaxed);
        let keyframe = !coded.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let map = coded.map_readable().map_err(|error| EncodeError(error.to_string()))?;
        Ok(VideoUnit { index, keyframe, data: Bytes::copy_from_slice(&map) })
    }
}

/// Raw pictures of the house; `timed` with their rate, which the encoder writes into the stream.
pub(crate) fn raw_caps(format: &HouseFormat, timed: bool) -> gst::Caps {
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", i32::try_from(format.width).unwrap_or(i32::MAX))
        .field("height", i32::try_from(format.height).unwrap_or(i32::MAX))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("interlace-mode", "progressive")
        .field("colorimetry", "bt709");
    if !timed {
        return caps.build();
    }
    let rate = format.frame_rate;
    let fraction = |part: u32| i32::try_from(part).unwrap_or(i32::MAX);
    caps.field("framerate", gst::Fraction::new(fraction(rate.num()), fraction(rate.den()))).build()
}
