//! The house format: what every unit of a channel looks like.

use retrovue_timeline::FrameRate;

/// H.264 and AAC-LC as one channel sends them. Audio is 48 kHz stereo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HouseFormat {
    /// Pixels, even.
    pub width: u32,
    /// Pixels, even.
    pub height: u32,
    /// One of [`FrameRate::HOUSE`].
    pub frame_rate: FrameRate,
    /// Video bit rate.
    pub video_kbps: u32,
    /// Audio bit rate.
    pub audio_kbps: u32,
}
