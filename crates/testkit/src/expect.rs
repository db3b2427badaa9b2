//! What a stream should show: the sampling rule, written down a second time and in other words than the product's.

use std::fmt;
use std::ops::RangeInclusive;

use retrovue_timeline::{FrameIndex, FrameRate};

use crate::capture::Picture;
use crate::clips::{Clip, Timing};
use crate::marks::Shows;

const NANOS: i128 = 1_000_000_000;

/// The picture of a source that house slot `slot`, counted from asset time zero, shows: the one whose interval contains
/// the slot's centre.
pub fn source_frame(house: FrameRate, source: impl Into<Timing>, slot: i64) -> i64 {
    source.into().picture_at(centre(house, slot))
}

/// [`source_frame`], with every picture that is right too where the file's stamps are `tolerance_ns` off, as Matroska's
/// are by half a millisecond.
pub fn source_frames(house: FrameRate, source: impl Into<Timing>, slot: i64, tolerance_ns: i64) -> RangeInclusive<i64> {
    let source = source.into();
    let around = |off_ns: i64| source.picture_at(plus_nanos(centre(house, slot), off_ns));
    around(-tolerance_ns)..=around(tolerance_ns)
}

/// A stretch of a channel's plan.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'a> {
    /// `None` is slate.
    pub clip: Option<&'a Clip>,
    /// Its first house frame.
    pub start: FrameIndex,
    /// House frames.
    pub frames: i64,
    /// House frames of the clip's own time.
    pub in_offset: i64,
}

/// A picture that shows something else than the plan says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// The house frame, where its stamp is one.
    pub frame: Option<FrameIndex>,
    /// What the plan says.
    pub planned: String,
    /// What is seen.
    pub shows: Shows,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frame, planned, shows } = self;
        write!(f, "frame {frame:?} shows {shows:?} where {planned} is planned")
    }
}

/// Every picture that is not what the plan says. After the last frame of a clip, and where nothing is planned, that is
/// slate.
pub fn mismatches(pictures: &[Picture], house: FrameRate, plan: &[Planned<'_>]) -> Vec<Mismatch> {
    let near = plan.first().map_or(FrameIndex(0), |planned| planned.start);
    pictures.iter().filter_map(|picture| mismatch(picture, house, near, plan)).collect()
}

fn mismatch(picture: &Picture, house: FrameRate, near: FrameIndex, plan: &[Planned<'_>]) -> Option<Mismatch> {
    let Picture { pts, shows, .. } = *picture;
    let Some(frame) = house.frame_with_pts(pts, near) else {
        return Some(Mismatch { frame: None, planned: format!("no frame with the stamp {}", pts.ticks()), shows });
    };
    let planned = plan.iter().find(|planned| (0..planned.frames).contains(&(frame - planned.start)));
    let source = planned.and_then(|planned| {
        let clip = planned.clip?;
        let slot = planned.in_offset + (frame - planned.start);
        let frames = clip.right(house, slot);
        Some((clip, frames)).filter(|(clip, frames)| *frames.start() < clip.frames())
    });
    let (right, planned) = match (source, shows) {
        (Some((clip, frames)), Shows::Frame { clip: id, number, .. }) => {
            (id == clip.id && frames.contains(&i64::from(number)), format!("clip {} frame {frames:?}", clip.id))
        }
        // the file may end on this slot's very centre
        (Some((clip, frames)), Shows::Slate) => {
            (*frames.end() >= clip.frames(), format!("clip {} frame {frames:?}", clip.id))
        }
        (Some((clip, frames)), Shows::Unreadable) => (false, format!("clip {} frame {frames:?}", clip.id)),
        (None, shows) => (shows == Shows::Slate, "slate".to_owned()),
    };
    (!right).then_some(Mismatch { frame: Some(frame), planned, shows })
}

impl Clip {
    /// How far its file's stamps may be off.
    pub fn stamp_tolerance_ns(&self) -> i64 {
        self.container.stamp_tolerance_ns()
    }

    /// The pictures of this clip of which any is right in house slot `slot`, counted from the file's first picture.
    /// Numbers from [`Self::frames`] on stand for its end.
    pub fn right(&self, house: FrameRate, slot: i64) -> RangeInclusive<i64> {
        let at = |off_ns: i64| self.timing().picture_at(plus_nanos(centre(house, slot), self.first_ns() + off_ns));
        let tolerance_ns = self.stamp_tolerance_ns();
        at(-tolerance_ns)..=at(tolerance_ns)
    }

    /// The frame of this clip that house slot `slot` shows; `None` after its last one.
    pub fn shown(&self, house: FrameRate, slot: i64) -> Option<u16> {
        let frame = self.timing().picture_at(plus_nanos(centre(house, slot), self.first_ns()));
        (0..self.frames()).contains(&frame).then_some(frame as u16)
    }
}

/// `(slot + ½) · den / num` seconds, as a fraction.
fn centre(house: FrameRate, slot: i64) -> (i128, i128) {
    ((2 * i128::from(slot) + 1) * i128::from(house.den()), 2 * i128::from(house.num()))
}

fn plus_nanos((num, den): (i128, i128), nanos: i64) -> (i128, i128) {
    (num * NANOS + i128::from(nanos) * den, den * NANOS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::Container;

    fn shown(house: FrameRate, source: FrameRate) -> Vec<i64> {
        (0..10).map(|slot| source_frame(house, source, slot)).collect()
    }

    #[test]
    fn rates_map_by_the_centre() {
        let rate = |num, den| FrameRate::new(num, den).unwrap();
        assert_eq!(shown(rate(25, 1), rate(25, 1)), (0..10).collect::<Vec<_>>());
        assert_eq!(shown(rate(30, 1), rate(25, 1)), [0, 1, 2, 2, 3, 4, 5, 6, 7, 7]);
        assert_eq!(shown(rate(30, 1), rate(60, 1)), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
        assert_eq!(shown(rate(30000, 1001), rate(24000, 1001)), [0, 1, 2, 2, 3, 4, 5, 6, 6, 7]);
    }

    #[test]
    fn a_centre_on_an_edge_belongs_to_either_where_stamps_are_rounded() {
        let (house, source) = (FrameRate::new(30, 1).unwrap(), FrameRate::new(60, 1).unwrap());
        assert_eq!(source_frames(house, source, 3, 500_000), 6..=7);
        assert_eq!(source_frames(house, house, 3, 500_000), 3..=3);
    }

    #[test]
    fn a_plan_is_compared_picture_by_picture() {
        let clip = Clip::new(3).lasting(1);
        let start = FrameIndex(44_000_000_000);
        let plan = [
            Planned { clip: Some(&clip), start, frames: 20, in_offset: 10 },
            Planned { clip: None, start: start + 20, frames: 5, in_offset: 0 },
        ];
        let picture = |at: i64, shows| Picture { pts: clip.rate.pts(start + at), shows, size: None };
        let frame = |number| Shows::Frame { clip: 3, number, flash: false };
        let shown =
            [picture(0, frame(10)), picture(14, frame(24)), picture(15, Shows::Slate), picture(22, Shows::Slate)];
        assert_eq!(mismatches(&shown, clip.rate, &plan), []);
        let wrong = [picture(0, frame(11)), picture(1, Shows::Slate), picture(15, frame(24)), picture(20, frame(0))];
        assert_eq!(mismatches(&wrong, clip.rate, &plan).len(), 4);
    }

    #[test]
    fn a_file_that_ends_on_a_centre_ends_before_or_after_it() {
        let house = FrameRate::HOUSE[3];
        let clip = Clip { container: Container::Webm, ..Clip::new(3).at(60000, 1001) };
        assert_eq!(clip.frames(), 239);
        let start = FrameIndex(44_000_000_000);
        let plan = [Planned { clip: Some(&clip), start, frames: 120, in_offset: 0 }];
        let wrong = |slot: i64, shows| {
            mismatches(&[Picture { pts: house.pts(start + slot), shows, size: None }], house, &plan).len()
        };
        assert_eq!(wrong(118, Shows::Slate), 1);
        assert_eq!(wrong(119, Shows::Slate), 0);
        assert_eq!(wrong(119, Shows::Frame { clip: 3, number: 238, flash: false }), 0);
    }

    #[test]
    fn after_the_last_frame_there_is_none() {
        let clip = Clip::new(1).lasting(2);
        assert_eq!(clip.shown(clip.rate, 49), Some(49));
        assert_eq!(clip.shown(clip.rate, 50), None);
        assert_eq!(clip.shown(clip.rate, -1), None);
    }
}
