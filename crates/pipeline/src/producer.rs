//! One segment of one file as coded units.

use std::path::PathBuf;
use std::time::Duration;

use retrovue_timeline::FrameIndex;

use crate::format::HouseFormat;
use crate::unit::{AudioUnit, Take, VideoUnit};

/// What to play.
#[derive(Clone, Debug)]
pub struct SegmentSpec {
    /// The file.
    pub path: PathBuf,
    /// House frames of the asset's own time, which starts at its first picture.
    pub in_offset_frames: i64,
    /// The channel's frame on which the segment starts.
    pub start_frame: FrameIndex,
    /// House frames until its end.
    pub frame_count: i64,
    /// What to turn it into.
    pub format: HouseFormat,
    /// Static gain, in decibels.
    pub gain_db: f64,
    /// Preferred audio languages, best first (ISO 639).
    pub languages: Vec<String>,
}

/// An isolated pipeline for one segment, working ahead of air until its bounded queues are full.
pub struct Producer(());

impl Producer {
    /// Begins to open the segment on a thread of its own, and returns at once.
    pub fn open(spec: SegmentSpec) -> Self {
        let _ = spec;
        Self(())
    }

    /// The next coded picture, waiting up to `wait` for it.
    pub fn take_video(&self, wait: Duration) -> Take<VideoUnit> {
        let _ = wait;
        Take::NotYet
    }

    /// The next coded audio frame, waiting up to `wait` for it. A file without sound gives silence.
    pub fn take_audio(&self, wait: Duration) -> Take<AudioUnit> {
        let _ = wait;
        Take::NotYet
    }

    /// Coded pictures that are ready.
    pub fn ready_frames(&self) -> u32 {
        0
    }

    /// Ends the pipeline on the reaper's thread, and returns at once. Dropping does the same.
    pub fn close(self) {}
}
