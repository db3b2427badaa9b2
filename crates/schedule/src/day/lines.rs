//! The grid's lines as frames, and where items end on it.

use jiff::tz::TimeZone;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::local;
use crate::plan::Plan;

/// The lines of a channel's grid.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) zone: &'a TimeZone,
    pub(super) rate: FrameRate,
    /// Nanoseconds between lines; none where there is no grid.
    pub(super) grid: Option<i64>,
}

/// Nanoseconds between the lines of the plan's grid.
pub(super) fn grid_ns(plan: &Plan) -> Option<i64> {
    plan.grid.map(|grid| i64::try_from(grid.as_nanos()).unwrap_or(i64::MAX).max(1))
}

impl Lines<'_> {
    /// The first frame at `frame` or later that a line falls to; `frame` itself where there is no grid.
    pub(super) fn at_or_after(&self, frame: FrameIndex) -> FrameIndex {
        let Some(grid) = self.grid else { return frame };
        // a line belongs to the frame that starts at it or next after it
        let after_the_frame_before = UtcTime::from_nanos(self.rate.start_of(frame - 1).nanos().saturating_add(1));
        self.rate.frame_at_or_after(local::line_at_or_after(self.zone, grid, after_the_frame_before)).max(frame)
    }

    /// Where an item starts that was to start at `start`, with everything before `at` taken: on the next line where
    /// nothing of it would be left.
    pub(super) fn begin(&self, start: FrameIndex, frames: i64, at: FrameIndex) -> FrameIndex {
        if at >= start + frames { self.at_or_after(at) } else { start }
    }

    /// Where an item of so many frames ends that starts at `start`, is shown from `at` on and is cut at `limit`; and the
    /// first line from there on.
    pub(super) fn end(
        &self,
        start: FrameIndex,
        frames: i64,
        at: FrameIndex,
        limit: Option<FrameIndex>,
    ) -> (FrameIndex, FrameIndex) {
        let mut end = start + frames;
        if let Some(limit) = limit {
            end = end.min(limit);
        }
        let next = self.at_or_after(end - 1);
        // lines are whole frames apart only on average: what is one frame too long for its lines ends on the line
        if self.grid.is_some() && next == end - 1 && next > start.max(at) {
            end = next;
        }
        (end, if next < end { self.at_or_after(end) } else { next })
    }
}
