//! Where a segment's coded units come from: a producer on air, a script in tests.

use std::sync::Arc;
use std::time::Duration;

use retrovue_pipeline::{AudioUnit, Fault, OpeningTimes, PageSpec, Producer, SegmentSpec, Take, VideoUnit};

use crate::engine::Tally;
use crate::evidence::SessionEvidence;
use crate::plan::Segment;

/// One opened segment.
pub(crate) trait Source {
    /// The next coded picture, waiting up to `wait` for it.
    fn take_video(&mut self, wait: Duration) -> Take<VideoUnit>;
    /// The next coded audio frame, waiting up to `wait` for it.
    fn take_audio(&mut self, wait: Duration) -> Take<AudioUnit>;
    /// Coded pictures that are ready.
    fn ready_frames(&self) -> u32;
    /// The slots before `index` are gone: the next picture that is worth coding is that of `index`.
    fn skip_to(&mut self, index: i64);
    /// Where the time went until the first coded picture.
    fn opening_times(&self) -> Option<OpeningTimes>;
    /// Something that is wrong with the segment, though it plays. Each is given once.
    fn take_remark(&mut self) -> Option<Fault>;
}

/// Opens segments without waiting for them.
pub(crate) trait Opener {
    /// What it opens.
    type Source: Source;
    /// Begins to open `spec`, which is a stretch of `segment`.
    fn open(&mut self, segment: &Arc<Segment>, spec: SegmentSpec) -> Self::Source;
    /// Begins to draw `spec`.
    fn draw(&mut self, spec: PageSpec) -> Self::Source;
}

/// Opens files with GStreamer, each after evidence of it is on disk, and draws pages.
pub(crate) struct Files {
    /// The session's.
    pub(crate) evidence: SessionEvidence,
    /// Counts them.
    pub(crate) tally: Arc<Tally>,
}

impl Opener for Files {
    type Source = Producer;

    fn open(&mut self, segment: &Arc<Segment>, spec: SegmentSpec) -> Producer {
        self.tally.opened.add();
        let witness = self.evidence.opening(segment, spec.start_frame);
        Producer::open_witnessed(spec, witness)
    }

    fn draw(&mut self, spec: PageSpec) -> Producer {
        self.tally.opened.add();
        Producer::open_page(spec)
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

    fn skip_to(&mut self, index: i64) {
        Producer::skip_to(self, index);
    }

    fn opening_times(&self) -> Option<OpeningTimes> {
        Producer::opening_times(self)
    }

    fn take_remark(&mut self) -> Option<Fault> {
        Producer::take_remark(self)
    }
}
