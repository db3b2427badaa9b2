//! Pictures of any kind to pictures of the house: format, colours, size, borders.

use gstreamer as gst;
use gstreamer_video::{VideoInfo, VideoTransferFunction};

use super::{Codec, EncodeError, raw_caps};
use crate::format::HouseFormat;

/// One house picture for each picture, at once.
pub(crate) struct Fitter {
    codec: Codec,
    /// Of the pictures that come in.
    caps: Option<gst::Caps>,
}

impl Fitter {
    /// Pixels keep their aspect; what that leaves free is black.
    pub(crate) fn start(format: &HouseFormat) -> Result<Self, EncodeError> {
        let elements = format!("videoconvertscale add-borders=true ! {}", raw_caps(format, false));
        Ok(Self { codec: Codec::start(&elements, &raw_caps(format, false))?, caps: None })
    }

    /// Pictures are as `caps` say from now on. True where that is new.
    pub(crate) fn adopt(&mut self, caps: &gst::CapsRef) -> bool {
        let is_new = self.caps.as_ref().is_none_or(|known| known.as_ref() != caps);
        if is_new {
            let caps = caps.to_owned();
            self.codec.input.set_caps(Some(&caps));
            self.caps = Some(caps);
        }
        is_new
    }

    /// Fits a picture.
    pub(crate) fn fit(&mut self, picture: gst::Buffer) -> Result<gst::Buffer, EncodeError> {
        self.codec.push(picture)?;
        self.codec.pull()?.ok_or_else(|| EncodeError("it ended too early".to_owned()))
    }
}

/// Whether tones want mapping, which nothing in GStreamer 1.22 does.
pub(crate) fn is_high_dynamic_range(caps: &gst::CapsRef) -> bool {
    let transfer = VideoInfo::from_caps(caps).map(|info| info.colorimetry().transfer());
    matches!(transfer, Ok(VideoTransferFunction::Smpte2084 | VideoTransferFunction::AribStdB67))
}
