//! House encoders: raw pictures and samples in, coded units out, in step, so that nothing piles up inside.

mod audio;
mod family;
mod fit;
mod proof;
mod video;

use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;

pub(crate) use audio::{AudioEncoder, StereoFrame};
pub use family::EncoderFamily;
pub(crate) use fit::{Fitter, is_high_dynamic_range};
pub use proof::UnfitEncoder;
pub use video::coded_pixels;
pub(crate) use video::{VideoEncoder, raw_caps};

use crate::reaper::Mortal;

/// Far beyond what a picture takes on a machine that is fit for any of this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why an encoder gave up.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the encoder failed: {0}")]
pub(crate) struct EncodeError(pub(crate) String);

impl From<gst::glib::Error> for EncodeError {
    fn from(error: gst::glib::Error) -> Self {
        Self(error.to_string())
    }
}

/// `appsrc ! … ! appsink`, playing.
struct Codec {
    input: gst_app::AppSrc,
    output: gst_app::AppSink,
    bus: gst::Bus,
    pipeline: Mortal,
    /// How long a coded buffer is waited for.
    patience: Duration,
}

impl Codec {
    /// `elements` go between `appsrc` and `appsink`.
    fn start(elements: &str, input: &gst::Caps) -> Result<Self, EncodeError> {
        let description = format!(
            "appsrc name=input format=time is-live=false do-timestamp=false block=false max-bytes=0 \
             ! {elements} ! appsink name=output sync=false async=false enable-last-sample=false"
        );
        let pipeline = gst::parse::launch(&description)?
            .downcast::<gst::Pipeline>()
            .map_err(|_| EncodeError("its description is no pipeline".to_owned()))?;
        let pipeline = Mortal::new(pipeline);
        let (Some(source), Some(sink)) = (element(&pipeline, "input"), element(&pipeline, "output")) else {
            return Err(EncodeError("its pipeline has no ends".to_owned()));
        };
        let bus = pipeline.bus().ok_or_else(|| EncodeError("its pipeline has no bus".to_owned()))?;
        let codec = Self { input: source, output: sink, bus, pipeline, patience: PATIENCE };
        codec.input.set_caps(Some(input));
        codec.pipeline.set_state(gst::State::Playing).map_err(|error| codec.error(&error.to_string()))?;
        Ok(codec)
    }

    fn push(&self, buffer: gst::Buffer) -> Result<(), EncodeError> {
        self.input.push_buffer(buffer).map(drop).map_err(|error| self.error(&error.to_string()))
    }

    fn finish(&self) -> Result<(), EncodeError> {
        self.input.end_of_stream().map(drop).map_err(|error| self.error(&error.to_string()))
    }

    /// The next coded buffer; `None` at the end of the stream.
    fn pull(&self) -> Result<Option<gst::Buffer>, EncodeError> {
        let sample = self.output.try_pull_sample(gst::ClockTime::try_from(self.patience).ok());
        // unread messages would pile up
        let error = self.bus.pop_filtered(&[gst::MessageType::Error]);
        match (sample, error) {
            (Some(sample), _) => Ok(sample.buffer_owned()),
            (None, Some(message)) => Err(reported(&message)),
            (None, None) if self.output.is_eos() => Ok(None),
            (None, None) => Err(EncodeError(format!("nothing came out of it for {} seconds", self.patience.as_secs()))),
        }
    }

    /// What the bus says, or else `otherwise`.
    fn error(&self, otherwise: &str) -> EncodeError {
        self.bus
            .pop_filtered(&[gst::MessageType::Error])
            .map_or_else(|| EncodeError(otherwise.to_owned()), |message| reported(&message))
    }
}

fn element<T: IsA<gst::Element>>(pipeline: &gst::Pipeline, name: &str) -> Option<T> {
    pipeline.by_name(name)?.downcast().ok()
}

fn reported(message: &gst::Message) -> EncodeError {
    match message.view() {
        gst::MessageView::Error(error) => EncodeError(error.error().to_string()),
        _ => EncodeError("it stopped".to_owned()),
    }
}
