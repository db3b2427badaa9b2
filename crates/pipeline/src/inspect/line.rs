//! The lines of time that stamps lie on.

use gst::prelude::*;
use gstreamer as gst;

/// A segment in time.
pub(super) type Segment = gst::FormattedSegment<gst::ClockTime>;

/// Which line of time a file's stamps are read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Stream time, since edit lists cut and move the stamps. Only QuickTime's family has them.
    Edited,
    /// Stamps as they are. Elsewhere they are the better line: Matroska's demuxer moves its segment between the first
    /// picture and the second, and again after a seek.
    Stamps,
}

impl Line {
    /// The line of files in `container`, named as by typefind.
    pub(super) fn of(container: &str) -> Self {
        if container == "video/quicktime" { Self::Edited } else { Self::Stamps }
    }

    /// Where `pts` lies on it, in nanoseconds. None before the in-point and behind the out-point of an edit.
    pub(super) fn time(self, pts: gst::ClockTime, segment: Option<&Segment>) -> Option<i64> {
        match (self, segment) {
            (Self::Edited, Some(segment)) => segment.to_stream_time(pts).map(nanos),
            _ => Some(nanos(pts)),
        }
    }
}

/// The segment that a pad's buffers belong to.
pub(super) fn segment_of(pad: &gst::Pad) -> Option<Segment> {
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    event.segment().downcast_ref::<gst::ClockTime>().cloned()
}

/// In nanoseconds.
pub(super) fn signed(time: gst::Signed<gst::ClockTime>) -> Option<i64> {
    let magnitude = i64::try_from(time.abs().nseconds()).ok()?;
    Some(if time.is_negative() { -magnitude } else { magnitude })
}

/// In nanoseconds.
pub(super) fn nanos(time: gst::ClockTime) -> i64 {
    i64::try_from(time.nseconds()).unwrap_or(i64::MAX)
}

/// What the file that `bin` takes apart looks like from its first bytes.
pub(super) fn container_caps(bin: &gst::Element) -> Option<gst::Caps> {
    let children = bin.dynamic_cast_ref::<gst::Bin>()?.children();
    let is_typefind = |child: &gst::Element| child.factory().is_some_and(|factory| factory.name() == "typefind");
    children.into_iter().find(is_typefind)?.property::<Option<gst::Caps>>("caps")
}
