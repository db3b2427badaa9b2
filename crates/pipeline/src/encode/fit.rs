//! Pictures of any kind to pictures of the house: format, colours, size, borders.

use std::path::Path;

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

    /// Fits `picture`, which is as `caps` say. These may change from picture to picture. `path` is where it is from.
    pub(crate) fn fit(
        &mut self,
        picture: gst::Buffer,
        caps: &gst::CapsRef,
        path: &Path,
    ) -> Result<gst::Buffer, EncodeError> {
        if self.caps.as_ref().is_none_or(|known| known.as_ref() != caps) {
            let caps = caps.to_owned();
            self.codec.input.set_caps(Some(&caps));
            warn_of_hdr(&caps, path);
            self.caps = Some(caps);
        }
        self.codec.push(picture)?;
        self.codec.pull()?.ok_or_else(|| EncodeError("it ended too early".to_owned()))
    }
}

/// GStreamer 1.22 maps no tones: high dynamic range looks pale.
fn warn_of_hdr(caps: &gst::Caps, path: &Path) {
    let transfer = VideoInfo::from_caps(caps).map(|info| info.colorimetry().transfer());
    if let Ok(VideoTransferFunction::Smpte2084 | VideoTransferFunction::AribStdB67) = transfer {
        tracing::warn!(path = %path.display(), "a file is of high dynamic range, and its tones are not mapped: it looks pale");
    }
}
