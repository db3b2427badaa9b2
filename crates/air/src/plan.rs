//! What a channel is to show: segments on the frame line, under a generation.

use std::path::PathBuf;
use std::sync::Arc;

use retrovue_pipeline::inspect::{FileStamp, FirstPicture};
use retrovue_pipeline::{Fades, Overlays, Page};
use retrovue_timeline::FrameIndex;

/// Segments that one plan may hold: a week of a channel that changes every five seconds has 121,000, and Core sends
/// hours.
const MAX_SEGMENTS: usize = 20_000;

/// An immutable plan. What its stretches do not cover is slate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    generation: u64,
    stretches: Vec<Stretch>,
}

/// Frames of a channel, and the segment that they show: all of its own, as Core plans it, or fewer, where another plan
/// cuts it short or lets it in late.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch {
    /// What it shows.
    pub(crate) segment: Arc<Segment>,
    /// Its first frame.
    pub(crate) start: FrameIndex,
    /// The first frame after it.
    pub(crate) end: FrameIndex,
}

/// A stretch of a channel with one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Segment {
    /// Core's and stable: evidence names it.
    pub(crate) event_id: Arc<str>,
    /// The channel's frame on which it starts.
    pub(crate) start: FrameIndex,
    /// House frames until its end, at least one.
    pub(crate) frames: i64,
    /// None is slate.
    pub(crate) content: Option<Content>,
    /// What it is, in Core's words: evidence takes it along.
    pub(crate) kind: String,
    /// For people.
    pub(crate) title: String,
    /// House frames of its rise from black and silence.
    pub(crate) fade_in: i64,
    /// House frames of its fall to them.
    pub(crate) fade_out: i64,
    /// What is laid over its pictures.
    pub(crate) overlays: Overlays,
}

/// What a segment shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// A file.
    Asset(Asset),
    /// What is drawn for it.
    Page(Page),
}

/// What a segment is made from.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// Where its lines of time begin, where that is known.
    pub(crate) first_picture: Option<FirstPicture>,
    /// The file of which that was told.
    pub(crate) inspected: Option<FileStamp>,
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
    /// Fades that are longer than what they fade.
    #[error(
        "segment {event_id} has {frames} frames, and its fades of {fade_in} and {fade_out} do not fit into them; \
         make them shorter, and at least 0"
    )]
    Fades {
        /// Which.
        event_id: Arc<str>,
        /// What it has.
        frames: i64,
        /// What was asked for at its start.
        fade_in: i64,
        /// And at its end.
        fade_out: i64,
    },
    /// Fades or overlays for slate.
    #[error(
        "segment {event_id} is slate, which has no fade, logo or crawl; leave them out, or name an asset or a page"
    )]
    DressedSlate {
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
            let offset = segment.asset().map_or(0, |asset| asset.in_offset_frames);
            if segment.start.0 < 0 || offset < 0 || offset.checked_add(segment.frames).is_none() {
                return Err(InvalidPlan::OutOfRange { event_id });
            }
            segment.check_dress()?;
            if segment.start < end {
                return Err(InvalidPlan::Overlap { event_id, start: segment.start.0, end: end.0 });
            }
            end = match segment.start.0.checked_add(segment.frames) {
                Some(end) => FrameIndex(end),
                None => return Err(InvalidPlan::OutOfRange { event_id }),
            };
        }
        let whole = |segment: Segment| Stretch { start: segment.start, end: segment.end(), segment: Arc::new(segment) };
        Ok(Self { generation, stretches: segments.into_iter().map(whole).collect() })
    }

    /// What to follow from `frame` on when this plan replaces `held`. `ready` says for each stretch from when on it can
    /// be shown; until then `held` goes on, as far as that needs no cut into the middle of another segment.
    pub(crate) fn replacing(&self, held: &Self, frame: FrameIndex, ready: impl Fn(&Stretch) -> FrameIndex) -> Self {
        let mut plan = Self { generation: self.generation, stretches: Vec::with_capacity(self.stretches.len() + 1) };
        for next in self.from(frame) {
            let due = next.start.max(frame);
            let ready = if plan.flows_into(&next.from(due)) { due } else { ready(next).clamp(due, next.end) };
            for before in held.from(due).iter().take_while(|before| before.start < ready) {
                let rest = Stretch { end: before.end.min(ready), ..before.from(due.max(before.start)) };
                if due == frame || before.start >= due || plan.flows_into(&rest) {
                    plan.append(rest);
                }
            }
            if ready < next.end {
                plan.append(if ready > due { next.from(ready) } else { next.clone() });
            }
        }
        plan
    }

    /// Higher is newer.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The stretch that owns `frame`.
    pub(crate) fn at(&self, frame: FrameIndex) -> Option<&Stretch> {
        self.from(frame).first().filter(|stretch| stretch.start <= frame)
    }

    /// The language that the channel prefers: what receivers are told its sound is in (ISO 639-2).
    pub(crate) fn language(&self) -> Option<[u8; 3]> {
        let assets = self.stretches.iter().filter_map(|stretch| stretch.segment.asset());
        retrovue_pipeline::language::iso_639_2(assets.flat_map(|asset| &asset.languages).next()?)
    }

    /// The stretches that end after `frame`, in order.
    pub(crate) fn from(&self, frame: FrameIndex) -> &[Stretch] {
        &self.stretches[self.stretches.partition_point(|stretch| stretch.end <= frame)..]
    }

    /// Whether `next` goes on where this plan ends, with the same event and picture after picture.
    fn flows_into(&self, next: &Stretch) -> bool {
        let flows = |last: &Stretch| last.end == next.start && next.segment.continues(&last.segment);
        self.stretches.last().is_some_and(flows)
    }

    fn append(&mut self, stretch: Stretch) {
        let flows = self.flows_into(&stretch);
        match self.stretches.last_mut() {
            Some(last) if flows => last.end = stretch.end,
            _ => self.stretches.push(stretch),
        }
    }
}

impl Stretch {
    /// The rest of it that starts with the frame `start`.
    fn from(&self, start: FrameIndex) -> Self {
        Self { start, ..self.clone() }
    }
}

impl Segment {
    /// The first frame after it.
    pub(crate) fn end(&self) -> FrameIndex {
        self.start + self.frames
    }

    /// What it plays.
    pub(crate) fn asset(&self) -> Option<&Asset> {
        match &self.content {
            Some(Content::Asset(asset)) => Some(asset),
            Some(Content::Page(_)) | None => None,
        }
    }

    /// Its fades, on the channel's line.
    pub(crate) fn fades(&self) -> Fades {
        Fades { start: self.start, end: self.end(), in_frames: self.fade_in, out_frames: self.fade_out }
    }

    fn check_dress(&self) -> Result<(), InvalidPlan> {
        let Self { event_id, frames, fade_in, fade_out, .. } = self;
        let (event_id, frames, fade_in, fade_out) = (Arc::clone(event_id), *frames, *fade_in, *fade_out);
        if self.content.is_none() && ((fade_in, fade_out) != (0, 0) || self.overlays != Overlays::default()) {
            return Err(InvalidPlan::DressedSlate { event_id });
        }
        if fade_in < 0 || fade_out < 0 || fade_in > frames || fade_out > frames - fade_in {
            return Err(InvalidPlan::Fades { event_id, frames, fade_in, fade_out });
        }
        Ok(())
    }

    /// Whether what was opened for `other` shows this segment too: the same event with the same picture in each frame,
    /// wherever the two begin and end.
    pub(crate) fn continues(&self, other: &Segment) -> bool {
        let same = |own: &Asset, opened: &Asset| {
            let moved = (own.in_offset_frames - opened.in_offset_frames) - (self.start - other.start);
            moved == 0 && (&own.path, own.gain_db, &own.languages) == (&opened.path, opened.gain_db, &opened.languages)
        };
        let same = match (&self.content, &other.content) {
            (Some(Content::Asset(own)), Some(Content::Asset(opened))) => same(own, opened),
            (Some(Content::Page(own)), Some(Content::Page(drawn))) => own == drawn,
            _ => false,
        };
        let (fades, others) = (self.fades(), other.fades());
        let rise = |fades: &Fades| (fades.in_frames > 0).then_some((fades.start, fades.in_frames));
        let fall = |fades: &Fades| (fades.out_frames > 0).then_some((fades.end, fades.out_frames));
        self.event_id == other.event_id
            && (rise(&fades), fall(&fades)) == (rise(&others), fall(&others))
            && self.overlays == other.overlays
            && same
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn segment(event_id: &str, start: i64, frames: i64) -> Segment {
        Segment { event_id: event_id.into(), start: FrameIndex(start), frames, ..Segment::default() }
    }

    #[test]
    fn frames_belong_to_the_segment_that_covers_them() {
        let plan = Plan::new(1, vec![segment("a", 10, 5), segment("b", 15, 5), segment("c", 30, 5)]).unwrap();
        let at = |frame| plan.at(FrameIndex(frame)).map(|stretch| stretch.segment.event_id.to_string());
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
            first_picture: None,
            inspected: None,
        };
        let slate = segment("a", 10, 5);
        let plan = |segments| Plan::new(1, segments).unwrap();
        let spoken = Segment { content: Some(Content::Asset(asset)), ..segment("b", 15, 5) };
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

    fn playing(event_id: &str, start: i64, frames: i64, in_offset_frames: i64) -> Segment {
        let asset = Asset { path: "/x".into(), in_offset_frames, ..Asset::default() };
        Segment { content: Some(Content::Asset(asset)), ..segment(event_id, start, frames) }
    }

    #[test]
    fn fades_fit_into_their_segment_and_slate_has_none() {
        let fading = |fade_in: i64, fade_out: i64| Segment { fade_in, fade_out, ..playing("a", 10, 20, 0) };
        let refusal = |segment| Plan::new(1, vec![segment]).err().map(|refusal| refusal.to_string());
        assert_eq!(refusal(fading(12, 8)), None);
        assert!(refusal(fading(12, 9)).unwrap().contains("fades of 12 and 9 do not fit"));
        assert!(refusal(fading(-1, 0)).is_some() && refusal(fading(0, i64::MAX)).is_some());
        assert!(refusal(Segment { content: None, ..fading(1, 0) }).unwrap().contains("is slate"));

        assert!(fading(3, 0).continues(&fading(3, 0)));
        assert!(!fading(3, 0).continues(&fading(4, 0)), "other pictures at its start");
        assert!(fading(3, 0).continues(&Segment { frames: 50, ..fading(3, 0) }), "its end does not fade");
        assert!(!fading(0, 3).continues(&Segment { frames: 50, ..fading(0, 3) }), "its end fades elsewhere");
    }

    #[test]
    fn a_page_is_no_slate_and_continues_wherever_it_begins() {
        let lettered = |heading: &str, start: i64| {
            let page = Page { heading: heading.to_owned(), ..Page::default() };
            Segment { content: Some(Content::Page(page)), ..segment("a", start, 20) }
        };
        assert!(Plan::new(1, vec![Segment { fade_in: 5, ..lettered("Soon", 10) }]).is_ok());
        assert!(lettered("Soon", 10).continues(&lettered("Soon", 14)));
        assert!(!lettered("Soon", 10).continues(&lettered("Now", 10)));
        assert!(!lettered("Soon", 10).continues(&playing("a", 10, 20, 0)));
    }

    #[test]
    fn a_segment_continues_where_it_shows_the_same_pictures() {
        let plan = playing("a", 10, 9, 100);
        assert!(plan.continues(&playing("a", 10, 50, 100)), "it ends elsewhere");
        assert!(plan.continues(&playing("a", 5, 14, 95)), "it begins later");
        assert!(!plan.continues(&playing("a", 10, 9, 101)), "other pictures");
        assert!(!plan.continues(&playing("c", 10, 9, 100)), "another event");
        assert!(!segment("b", 19, 5).continues(&segment("b", 19, 5)), "slate needs nothing open");
    }

    /// What is followed from frame 20 on where `new` replaces `held` and only the segments named in `open` can be shown
    /// before frame 25.
    #[track_caller]
    fn replaces(held: &[Segment], new: &[Segment], open: &[&str], followed: &[(&str, i64, i64)]) {
        let [held, new] = [held, new].map(|segments| Plan::new(1, segments.to_vec()).unwrap());
        let ready = |stretch: &Stretch| match &stretch.segment.content {
            Some(_) if !open.contains(&&*stretch.segment.event_id) => FrameIndex(25),
            _ => stretch.start,
        };
        let plan = new.replacing(&held, FrameIndex(20), ready);
        let stretches = plan.from(FrameIndex(20)).iter();
        let shown: Vec<_> = stretches.map(|s| (&*s.segment.event_id, s.start.0, s.end.0)).collect();
        assert_eq!(shown, followed);
    }

    #[test]
    fn the_held_plan_goes_on_until_what_replaces_it_can_be_shown() {
        let a = playing("a", 10, 50, 0);
        let ends_at = |frame: i64| playing("a", 10, frame - 10, 0);
        let (b, c) = (playing("b", 15, 50, 0), playing("c", 22, 40, 0));
        replaces(from_ref(&a), from_ref(&b), &["a"], &[("a", 20, 25), ("b", 25, 65)]);
        replaces(from_ref(&a), from_ref(&b), &["a", "b"], &[("b", 15, 65)]);
        replaces(&[], from_ref(&b), &[], &[("b", 25, 65)]);
        replaces(from_ref(&a), &[segment("-", 0, 90)], &["a"], &[("-", 0, 90)]);
        // what is on air ends a little later than planned
        replaces(from_ref(&a), &[ends_at(22), c.clone()], &["a"], &[("a", 10, 25), ("c", 25, 62)]);
        // what follows it in the held plan is open
        replaces(&[ends_at(22), c.clone()], from_ref(&b), &["a", "c"], &[("a", 20, 22), ("c", 22, 25), ("b", 25, 65)]);
        // what comes and goes in the meantime is not shown
        let short = [ends_at(21), playing("d", 21, 3, 0), playing("a", 24, 36, 14)];
        replaces(from_ref(&a), &short, &["a"], &[("a", 10, 60)]);
        // nothing is cut into in its middle
        replaces(from_ref(&a), &[playing("c", 23, 40, 0)], &["a"], &[("c", 25, 63)]);
        replaces(
            from_ref(&a),
            &[b.clone(), playing("e", 70, 5, 0)],
            &["a"],
            &[("a", 20, 25), ("b", 25, 65), ("e", 70, 75)],
        );
    }
}
