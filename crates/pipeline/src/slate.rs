//! Slate: black and silence, encoded once per format and repeated.

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

impl Slate {
    /// Encodes the slate of `format`: some tens of milliseconds of work, so keep it.
    ///
    /// # Errors
    /// Where the encoder refuses the format.
    pub fn encode(format: &HouseFormat) -> Result<Self, SlateError> {
        let _ = format;
        Err(SlateError(String::new()))
    }
}
