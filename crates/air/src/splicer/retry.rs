//! When a segment that failed on air is opened anew.

use std::sync::Arc;

use retrovue_timeline::{FrameIndex, FrameRate};

use crate::plan::Segment;

/// How far ahead of its first frame a segment is opened anew: a decoder opens and seeks in less.
const LEAD_SECONDS: i64 = 2;

/// A file that fails again and again is tried once in so many seconds, and holds the machine for little of it.
const MAX_PAUSE_SECONDS: i64 = 60;

/// The next try of a segment. Each one lasts twice as long as the one before.
#[derive(Debug)]
pub(super) struct Retry {
    segment: Arc<Segment>,
    /// The frame that it is opened for.
    pub(super) from: FrameIndex,
    pause_seconds: i64,
}

impl Retry {
    /// `segment` has failed at `frame`; `before` is the segment's try that failed, or another segment's.
    pub(super) fn after(before: Option<Self>, segment: &Arc<Segment>, frame: FrameIndex, rate: FrameRate) -> Self {
        let before = before.filter(|before| before.is_of(segment));
        let pause_seconds = before.map_or(LEAD_SECONDS, |before| (2 * before.pause_seconds).min(MAX_PAUSE_SECONDS));
        Self { segment: Arc::clone(segment), from: frame + frames(rate, pause_seconds), pause_seconds }
    }

    pub(super) fn is_of(&self, segment: &Segment) -> bool {
        segment.continues(&self.segment)
    }

    /// Whether it is to be opened at `frame`.
    pub(super) fn is_near(&self, frame: FrameIndex, rate: FrameRate) -> bool {
        self.from <= frame + frames(rate, LEAD_SECONDS)
    }
}

fn frames(rate: FrameRate, seconds: i64) -> i64 {
    seconds * i64::from(rate.num().div_ceil(rate.den()))
}
