//! Slate: black and silence, encoded once per format and repeated.

use gstreamer as gst;
use gstreamer_video as gst_video;
use retrovue_timeline::SAMPLES_PER_FRAME;

use crate::encode::{AudioEncoder, EncodeError, VideoEncoder, raw_caps};
use crate::format::HouseFormat;
use crate::unit::{AudioUnit, VideoUnit};

/// One closed GOP of black and one audio frame of silence, both endlessly repeatable.
#[derive(Clone, Debug)]
pub struct Slate {
    /// A closed GOP of a second or so; the first unit is an IDR.
    pub video: Vec<VideoUnit>,
    /// Silence.
    pub audio: AudioUnit,
}

/// Why no slate could be made.
#[derive(Debug, thiserror::Error)]
#[error("the slate could not be encoded: {0}")]
pub struct SlateError(pub String);

impl From<EncodeError> for SlateError {
    fn from(error: EncodeError) -> Self {
        Self(error.to_string())
    }
}

/// Frames after which the coder's output for silence no longer changes; it settles within two.
const SETTLED: usize = 6;

impl Slate {
    /// Encodes the slate of `format`: some tens of milliseconds of work, so keep it.
    ///
    /// # Errors
    /// Where the encoder refuses the format.
    pub fn encode(format: &HouseFormat) -> Result<Self, SlateError> {
        let picture = black(format)?;
        let mut encoder = VideoEncoder::start(format)?;
        let video =
            (0..i64::from(format.gop_frames())).map(|n| encoder.encode(&picture, n)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { video, audio: AudioUnit { index: 0, data: silence(format)? } })
    }
}

fn silence(format: &HouseFormat) -> Result<bytes::Bytes, SlateError> {
    let mut encoder = AudioEncoder::start(format)?;
    for _ in 0..SETTLED {
        encoder.encode(&[[0.0; 2]; SAMPLES_PER_FRAME as usize])?;
    }
    // the last one of all is the flush's
    let mut rest = encoder.finish()?;
    rest.truncate(1);
    rest.pop().ok_or_else(|| SlateError("the audio encoder gave no frame".to_owned()))
}

fn black(format: &HouseFormat) -> Result<gst::Buffer, SlateError> {
    let refused = |what: &str| SlateError(format!("{what} for {}x{}", format.width, format.height));
    let info =
        gst_video::VideoInfo::from_caps(&raw_caps(format, true)).map_err(|_| refused("there is no picture layout"))?;
    let buffer = gst::Buffer::with_size(info.size()).map_err(|_| refused("there is no memory"))?;
    let mut frame =
        gst_video::VideoFrame::from_buffer_writable(buffer, &info).map_err(|_| refused("no picture can be made"))?;
    for (plane, level) in [(0, 16), (1, 128), (2, 128)] {
        frame.plane_data_mut(plane).map_err(|_| refused("no picture can be painted"))?.fill(level);
    }
    Ok(frame.into_buffer())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slate_is_one_closed_gop_and_a_frame_of_silence() {
        crate::init().unwrap();
        let format = HouseFormat {
            width: 640,
            height: 360,
            frame_rate: "30000/1001".parse().unwrap(),
            video_kbps: 1500,
            audio_kbps: 128,
        };
        let slate = Slate::encode(&format).unwrap();
        assert_eq!(slate.video.len(), 30);
        assert_eq!(slate.video.iter().filter(|unit| unit.keyframe).count(), 1);
        assert!(slate.video[0].keyframe);
        assert!(slate.video.iter().all(|unit| unit.data.starts_with(&[0, 0, 0, 1, 9])));
        assert_eq!(slate.audio.data[..2], [0xff, 0xf1]);
    }
}
