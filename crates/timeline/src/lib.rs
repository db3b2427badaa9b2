//! Where time becomes frames: rates, frame numbers, instants and PTS, in integers only.
//!
//! Frame *n* of any channel is the instant `n · den / num` seconds after the Unix epoch of MasterClock.
//! Nothing here reads a clock, and nothing here rounds a duration that is used again.

mod audio;
mod frames;
mod instant;
mod pts;

pub use audio::{AudioFrame, SAMPLE_RATE, SAMPLES_PER_FRAME};
pub use frames::{FrameIndex, FrameRate, InvalidFrameRate};
pub use instant::UtcTime;
pub use pts::{Pts, TICKS_PER_SECOND};
