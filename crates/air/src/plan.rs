//! What a channel is to show: segments on the frame line, under a generation.

use std::path::PathBuf;
use std::sync::Arc;

use retrovue_timeline::FrameIndex;

/// Segments that one plan may hold: a week of a channel that changes every five seconds has 121,000, and Core sends
/// hours.
const MAX_SEGMENTS: usize = 20_000;

/// An immutable plan. What its segments do not cover is slate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    generation: u64,
    segments: Vec<Arc<Segment>>,
}

/// A stretch of a channel with one source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    /// Core's and stable: evidence names it.
    pub(crate) event_id: Arc<str>,
    /// The channel's frame on which it starts.
    pub(crate) start: FrameIndex,
    /// House frames until its end, at least one.
    pub(crate) frames: i64,
    /// None is slate.
    pub(crate) asset: Option<Asset>,
    /// For people.
    pub(crate) title: String,
}

/// What a segment is made from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asset {
    /// Core's.
    pub(crate) asset_id: Arc<str>,
    /// The file.
    pub(crate) path: PathBuf,
    /// House frames of the asset's own time, which starts at its first picture.
    pub(crate) in_offset_frames: i64,
    /// Static gain, in decibels.
    pub(crate) gain_db: f64,
    /// Preferred audio languages, best first (ISO 639).
    pub(crate) languages: Vec<String>,
}

/// Why segments are no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidPlan {
    /// A segment without frames.
    #[error("segment {event_id} has {frames} frames; it needs at least one")]
    Empty {
        /// Which.
        event_id: Arc<str>,
        /// What was asked for.
        frames: i64,
    },
    /// A segment that starts before the one before it has ended.
    #[error("segment {event_id} starts at frame {start}, before the segment ahead of it ends at frame {end}")]
    Overlap {
        /// Which.
        event_id: Arc<str>,
        /// Where it starts.
        start: i64,
        /// Where the one before it ends.
        end: i64,
    },
    /// Frames outside what a timeline can hold, or an offset before the asset's first picture.
    #[error("segment {event_id} lies outside of the timeline or of its asset")]
    OutOfRange {
        /// Which.
        event_id: Arc<str>,
    },
    /// Too many segments.
    #[error("the plan has {0} segments; send at most {MAX_SEGMENTS} at a time")]
    TooLong(usize),
}

impl Plan {
    /// A plan of `segments`, which are in order and do not overlap.
    ///
    /// # Errors
    /// The first segment that does not fit.
    pub(crate) fn new(generation: u64, segments: Vec<Segment>) -> Result<Self, InvalidPlan> {
        if segments.len() > MAX_SEGMENTS {
            return Err(InvalidPlan::TooLong(segments.len()));
        }
        let mut end = FrameIndex(0);
        for segment in &segments {
            let event_id = Arc::clone(&segment.event_id);
            if segment.frames <= 0 {
                return Err(InvalidPlan::Empty { event_id, frames: segment.frames });
            }
            let offset = segment.asset.as_ref().map_or(0, |asset| asset.in_offset_frames);
            if segment.start.0 < 0 || offset < 0 || offset.checked_add(segment.frames).is_none() {
                return Err(InvalidPlan::OutOfRange { event_id });
            }
            if segment.start < end {
                return Err(InvalidPlan::Overlap { event_id, start: segment.start.0, end: end.0 });
            }
            end = match segment.start.0.checked_add(segment.frames) {
                Some(end) => FrameIndex(end),
                None => return Err(InvalidPlan::OutOfRange { event_id }),
            };
        }
        Ok(Self { generation, segments: segments.into_iter().map(Arc::new).collect() })
    }

    /// Higher is newer.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The segment that owns `frame`.
    pub(crate) fn segment_at(&self, frame: FrameIndex) -> Option<&Arc<Segment>> {
        self.from(frame).first().filter(|segment| segment.start <= frame)
    }

    /// The language that the channel prefers: what receivers are told its sound is in (ISO 639-2).
    pub(crate) fn language(&self) -> Option<[u8; 3]> {
        let preferred = self.segments.iter().find_map(|segment| segment.asset.as_ref()?.languages.first())?;
        retrovue_pipeline::language::iso_639_2(preferred)
    }

    /// The segments that end after `frame`, in order.
    pub(crate) fn from(&self, frame: FrameIndex) -> &[Arc<Segment>] {
        &self.segments[self.segments.partition_point(|segment| segment.end() <= frame)..]
    }

    /// Whether what was opened for `segment` is still of use for `frame` or a later one.
    pub(crate) fn keeps(&self, segment: &Segment, frame: FrameIndex) -> bool {
        let overlapping = self.from(frame).iter().take_while(|own| own.start < segment.end());
        overlapping.into_iter().any(|own| own.continues(segment))
    }
}

impl Segment {
    /// The first frame after it.
    pub(crate) fn end(&self) -> FrameIndex {
        self.start + self.frames
    }

    /// Whether what was opened for `other` shows this segment too: the same event with the same picture in each frame,
    /// wherever the two begin and end.
    pub(crate) fn continues(&self, other: &Segment) -> bool {
        let same = |own: &Asset, opened: &Asset| {
            let moved = (own.in_offset_frames - opened.in_offset_frames) - (self.start - other.start);
            moved == 0 && (&own.path, own.gain_db, &own.languages) == (&opened.path, opened.gain_db, &opened.languages)
        };
        self.event_id == other.event_id
            && self.asset.as_ref().zip(other.asset.as_ref()).is_some_and(|(own, opened)| same(own, opened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(event_id: &str, start: i64, frames: i64) -> Segment {
        Segment { event_id: event_id.into(), start: FrameIndex(start), frames, asset: None, title: String::new() }
    }

    #[test]
    fn frames_belong_to_the_segment_that_covers_them() {
        let plan = Plan::new(1, vec![segment("a", 10, 5), segment("b", 15, 5), segment("c", 30, 5)]).unwrap();
        let at = |frame| plan.segment_at(FrameIndex(frame)).map(|segment| segment.event_id.to_string());
        assert_eq!(at(9), None);
        assert_eq!(at(10).as_deref(), Some("a"));
        assert_eq!(at(14).as_deref(), Some("a"));
        assert_eq!(at(15).as_deref(), Some("b"));
        assert_eq!(at(20), None);
        assert_eq!(at(34).as_deref(), Some("c"));
        assert_eq!(at(35), None);
    }

    #[test]
    fn the_channel_speaks_the_first_language_of_its_plan() {
        let asset = Asset {
            asset_id: "x".into(),
            path: "/x".into(),
            in_offset_frames: 0,
            gain_db: 0.0,
            languages: vec!["de".to_owned(), "en".to_owned()],
        };
        let slate = segment("a", 10, 5);
        let plan = |segments| Plan::new(1, segments).unwrap();
        let spoken = Segment { asset: Some(asset), ..segment("b", 15, 5) };
        assert_eq!(plan(vec![slate.clone(), spoken]).language(), Some(*b"deu"));
        assert_eq!(plan(vec![slate]).language(), None);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |segments| Plan::new(1, segments).unwrap_err();
        assert!(matches!(refused(vec![segment("a", 0, 0)]), InvalidPlan::Empty { .. }));
        assert!(matches!(refused(vec![segment("a", 0, 5), segment("b", 4, 5)]), InvalidPlan::Overlap { .. }));
        assert!(matches!(refused(vec![segment("a", i64::MAX, 5)]), InvalidPlan::OutOfRange { .. }));
        assert!(matches!(refused(vec![segment("a", -1, 5)]), InvalidPlan::OutOfRange { .. }));
    }

    #[test]
    fn what_is_open_is_kept_where_it_shows_the_same_pictures() {
        let playing = |event_id: &str, start: i64, frames: i64, in_offset_frames: i64| {
            let asset = Asset {
                asset_id: "x".into(),
                path: "/x".into(),
                in_offset_frames,
                gain_db: 0.0,
                languages: Vec::new(),
            };
            Segment { asset: Some(asset), ..segment(event_id, start, frames) }
        };
        let plan = Plan::new(2, vec![playing("a", 10, 9, 100), segment("b", 19, 5)]).unwrap();
        let keeps = |opened: Segment, frame| plan.keeps(&opened, FrameIndex(frame));
        assert!(keeps(playing("a", 10, 9, 100), 10));
        assert!(keeps(playing("a", 10, 50, 100), 18), "it ends elsewhere");
        assert!(keeps(playing("a", 5, 14, 95), 12), "the plan begins later");
        assert!(!keeps(playing("a", 10, 9, 100), 19), "it is over");
        assert!(!keeps(playing("a", 10, 9, 101), 10), "other pictures");
        assert!(!keeps(playing("c", 10, 9, 100), 10), "another event");
        assert!(!keeps(segment("b", 19, 5), 19), "slate needs nothing open");
    }
}
