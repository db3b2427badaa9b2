//! Where a segment's coded units come from: a producer on air, a script in tests.

use std::time::Duration;

use retrovue_pipeline::{AudioUnit, Fault, Producer, SegmentSpec, Take, VideoUnit};

/// One opened segment.
pub(crate) trait Source {
    /// The next coded picture, waiting up to `wait` for it.
    fn take_video(&mut self, wait: Duration) -> Take<VideoUnit>;
    /// The next coded audio frame, waiting up to `wait` for it.
    fn take_audio(&mut self, wait: Duration) -> Take<AudioUnit>;
    /// Coded pictures that are ready.
    fn ready_frames(&self) -> u32;
    /// Something that is wrong with the segment, though it plays. Each is given once.
    fn take_remark(&mut self) -> Option<Fault>;
}

/// Opens segments without waiting for them.
pub(crate) trait Opener {
    /// What it opens.
    type Source: Source;
    /// Begins to open `spec`.
    fn open(&mut self, spec: SegmentSpec) -> Self::Source;
}

/// Opens files with GStreamer.
pub(crate) struct Files;

impl Opener for Files {
    type Source = Producer;

    fn open(&mut self, spec: SegmentSpec) -> Producer {
        Producer::open(spec)
    }
}

impl Source for Producer {
    fn take_video(&mut self, wait: Duration) -> Take<VideoUnit> {
        Producer::take_video(self, wait)
    }

    fn take_audio(&mut self, wait: Duration) -> Take<AudioUnit> {
        Producer::take_audio(self, wait)
    }

    fn ready_frames(&self) -> u32 {
        Producer::ready_frames(self)
    }

    fn take_remark(&mut self) -> Option<Fault> {
        Producer::take_remark(self)
    }
}
