//! Laying an override over a plan, frame by frame.

use retrovue_timeline::FrameIndex;

use crate::channels::source::PlannedSegment;

/// Puts `over`, contiguous segments, in place of what is planned there. What is cut off in front goes on behind, where
/// it is by then.
pub(super) fn cover(segments: Vec<PlannedSegment>, over: Vec<PlannedSegment>) -> Vec<PlannedSegment> {
    let Some((first, last)) = over.first().zip(over.last()) else { return segments };
    let (start, end) = (first.start_frame, last.start_frame + last.frame_count);
    let pieces = segments.iter().flat_map(|segment| [before(segment, start), from(segment, end)]);
    let mut laid: Vec<PlannedSegment> = pieces.flatten().chain(over).collect();
    laid.sort_by_key(|segment| segment.start_frame);
    laid
}

/// Lets `text` run over what is planned in the span. Where nothing is to be seen there, `cards` stand in its place.
pub(super) fn run_over(
    segments: Vec<PlannedSegment>,
    (start, end): (FrameIndex, FrameIndex),
    text: &str,
    cards: Vec<PlannedSegment>,
) -> Vec<PlannedSegment> {
    let seen = |segment: &PlannedSegment| segment.asset.is_some() || segment.page.is_some();
    let within =
        segments.iter().filter(|segment| seen(segment)).filter_map(|segment| before(&from(segment, start)?, end));
    let within: Vec<PlannedSegment> =
        within.map(|segment| PlannedSegment { notice: Some(text.to_owned()), ..segment }).collect();
    let covered = cover(segments, cards);
    within.into_iter().fold(covered, |laid, segment| cover(laid, vec![segment]))
}

/// What of `segment` lies before `end`.
pub(super) fn before(segment: &PlannedSegment, end: FrameIndex) -> Option<PlannedSegment> {
    let kept = (end - segment.start_frame).min(segment.frame_count);
    let whole = kept == segment.frame_count;
    let piece = || PlannedSegment {
        frame_count: kept,
        fade_in_frames: segment.fade_in_frames.min(kept),
        fade_out_frames: if whole { segment.fade_out_frames } else { 0 },
        ..segment.clone()
    };
    (kept > 0).then(piece)
}

/// What of `segment` lies from `start` on.
fn from(segment: &PlannedSegment, start: FrameIndex) -> Option<PlannedSegment> {
    let cut = (start - segment.start_frame).max(0);
    let left = segment.frame_count - cut;
    let piece = || {
        let mut piece = segment.clone();
        (piece.start_frame, piece.frame_count) = (segment.start_frame + cut, left);
        if cut > 0 {
            piece.fade_in_frames = 0;
            piece.fade_out_frames = segment.fade_out_frames.min(left);
        }
        if let Some(asset) = &mut piece.asset {
            asset.in_offset_frames += cut;
        }
        piece
    };
    (left > 0).then(piece)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use retrovue_schedule::Kind;

    use super::*;
    use crate::channels::source::{PlannedAsset, PlannedPage};

    fn segment(id: &str, start: i64, frames: i64, shows: bool) -> PlannedSegment {
        let asset = PlannedAsset {
            asset_id: id.to_owned(),
            path: format!("/{id}").into(),
            in_offset_frames: 10,
            gain_db: 0.0,
            languages: vec![],
            first_picture: None,
            size: 0,
            mtime_ns: 0,
        };
        PlannedSegment {
            event_id: id.to_owned(),
            start_frame: FrameIndex(start),
            frame_count: frames,
            kind: Kind::Programme,
            title: String::new(),
            fade_in_frames: 5.min(frames / 2),
            fade_out_frames: 5.min(frames / 2),
            asset: shows.then_some(asset),
            page: None,
            notice: None,
        }
    }

    fn card(start: i64, frames: i64) -> PlannedSegment {
        let page = PlannedPage { heading: String::new(), lines: vec![] };
        PlannedSegment { page: Some(page), ..segment("card", start, frames, false) }
    }

    /// What each frame shows: the event, the frame of its asset, and whether the text runs over it.
    fn frames(segments: &[PlannedSegment]) -> Vec<(i64, String, i64, bool)> {
        let frames = segments.iter().flat_map(|segment| {
            (0..segment.frame_count).map(|at| {
                let shown = segment.asset.as_ref().map_or(-1, |asset| asset.in_offset_frames + at);
                (segment.start_frame.0 + at, segment.event_id.clone(), shown, segment.notice.is_some())
            })
        });
        frames.collect()
    }

    #[test]
    fn what_is_covered_goes_on_where_it_is_by_then() {
        let plan = vec![segment("a", 0, 100, true), segment("b", 100, 50, true)];
        let laid = cover(plan, vec![card(30, 20)]);
        let told: Vec<_> = laid
            .iter()
            .map(|piece| {
                let asset = piece.asset.as_ref().map(|asset| asset.in_offset_frames);
                (
                    &*piece.event_id,
                    piece.start_frame.0,
                    piece.frame_count,
                    asset,
                    piece.fade_in_frames,
                    piece.fade_out_frames,
                )
            })
            .collect();
        let expected = [
            ("a", 0, 30, Some(10), 5, 0),
            ("card", 30, 20, None, 5, 5),
            ("a", 50, 50, Some(60), 0, 5),
            ("b", 100, 50, Some(10), 5, 5),
        ];
        assert_eq!(told, expected);
    }

    proptest! {
        #[test]
        fn every_frame_shows_the_override_or_what_was_planned(
            lengths in prop::collection::vec((1_i64..60, any::<bool>()), 0..8), start in -20_i64..200, count in 1_i64..150,
        ) {
            let mut at = 0;
            let plan: Vec<_> = lengths.iter().enumerate().map(|(n, (frames, shows))| {
                at += frames;
                segment(&n.to_string(), at - frames, *frames, *shows)
            }).collect();
            let planned = frames(&plan);
            let span = start..start + count;
            let covered = frames(&cover(plan.clone(), vec![card(start, count)]));
            prop_assert!(covered.is_sorted_by(|a, b| a.0 < b.0), "a frame twice");
            let elsewhere = |told: &[(i64, String, i64, bool)]| -> Vec<_> {
                told.iter().filter(|told| !span.contains(&told.0)).cloned().collect()
            };
            prop_assert_eq!(elsewhere(&covered), elsewhere(&planned));
            prop_assert_eq!(covered.iter().filter(|told| told.1 == "card").count() as i64, count);

            let crawled = frames(&run_over(plan, (FrameIndex(start), FrameIndex(start + count)), "!", vec![card(start, count)]));
            prop_assert!(crawled.is_sorted_by(|a, b| a.0 < b.0), "a frame twice");
            prop_assert_eq!(elsewhere(&crawled), elsewhere(&planned));
            for told in crawled.iter().filter(|told| span.contains(&told.0)) {
                let shown = planned.iter().find(|planned| planned.0 == told.0 && planned.2 >= 0);
                let expected = shown.map_or((told.0, "card".to_owned(), -1, false), |shown| (shown.0, shown.1.clone(), shown.2, true));
                prop_assert_eq!(told.clone(), expected);
            }
            prop_assert_eq!(crawled.iter().filter(|told| span.contains(&told.0)).count() as i64, count);
        }
    }
}
