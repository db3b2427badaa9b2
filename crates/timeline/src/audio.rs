//! The audio grid: frames of 1024 samples at 48 kHz, counted from the epoch.

use crate::frames::{FrameIndex, FrameRate, narrow};

/// Samples a second of house audio.
pub const SAMPLE_RATE: i64 = 48_000;

/// Samples of one AAC-LC frame (ISO/IEC 14496-3, 4.5.1.1).
pub const SAMPLES_PER_FRAME: i64 = 1024;

/// A coded audio frame of a channel: it sits at `m · 1024 / 48000` seconds after the epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct AudioFrame(pub i64);

impl FrameRate {
    /// The audio frame that starts nearest to the start of `frame`: the first one of a segment that starts there.
    pub fn nearest_audio_frame(self, frame: FrameIndex) -> AudioFrame {
        let (num, den) = self.ratio();
        let per_unit = i128::from(SAMPLES_PER_FRAME) * num;
        let samples = i128::from(frame.0) * den * i128::from(SAMPLE_RATE);
        AudioFrame(narrow((2 * samples + per_unit).div_euclid(2 * per_unit)))
    }

    /// How far the start of [`Self::nearest_audio_frame`] lies after that of `frame`, in samples rounded to the
    /// nearest: between −512 and 512.
    pub fn audio_lead_samples(self, frame: FrameIndex) -> i64 {
        let (num, den) = self.ratio();
        let audio = i128::from(self.nearest_audio_frame(frame).0) * i128::from(SAMPLES_PER_FRAME) * num;
        let video = i128::from(frame.0) * den * i128::from(SAMPLE_RATE);
        narrow((2 * (audio - video) + num).div_euclid(2 * num))
    }

    /// Samples of house audio in `frames` house frames, rounded to the nearest.
    pub fn samples_in(self, frames: i64) -> i64 {
        let (num, den) = self.ratio();
        narrow((2 * i128::from(frames) * den * i128::from(SAMPLE_RATE) + num).div_euclid(2 * num))
    }
}
