//! Where a programme is broken.

use std::time::Duration;

use retrovue_timeline::FrameRate;

use crate::asset::Asset;
use crate::plan::{Breaks, Points};

/// Acts are no shorter than this, or than a quarter of a short programme; the first and the last may be a fifth of it.
const ACT: Duration = Duration::from_secs(5 * 60);

/// More points of one programme tell nothing more; the surest count.
const MOST_POINTS: usize = 200;

/// A break of a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    /// The house frames that are shown before it.
    pub(super) frame: i64,
    /// Whether nobody made it, so that it fades.
    pub(super) is_computed: bool,
}

/// Up to `most` points of what is shown of `asset`: `frames` from `in_offset` on. Where it has more, those which part
/// it most evenly; of near ones the surer.
pub(super) fn points(
    breaks: &Breaks,
    asset: &Asset,
    rate: FrameRate,
    in_offset: i64,
    frames: i64,
    most: usize,
) -> Vec<Point> {
    let in_frames = |duration: Duration| rate.slots_within(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX));
    let act = in_frames(ACT).min(frames / 4).max(1);
    for points in &breaks.at {
        let (candidates, act, ends) = match *points {
            Points::Chapters => (asset.chapters.iter().map(|at| (*at, 100)).collect(), act, act / 5),
            Points::Detected => {
                (asset.breaks.iter().map(|found| (found.at_ns, found.confidence)).collect(), act, act / 5)
            }
            Points::Every(every) => {
                let nanos = i64::try_from(every.as_nanos()).unwrap_or(i64::MAX).max(1);
                let count = rate.nanos_in(frames) / nanos;
                let from = rate.nanos_in(in_offset);
                let all: Vec<(i64, u8)> = (1..=count).map(|nth| (from.saturating_add(nth * nanos), 100)).collect();
                (all, 1, in_frames(every) / 2)
            }
        };
        let candidates = within(candidates, rate, in_offset, ends, frames);
        if !candidates.is_empty() {
            let is_computed = matches!(points, Points::Every(_));
            let chosen = evenly(&candidates, frames, most, act);
            return chosen.into_iter().map(|frame| Point { frame, is_computed }).collect();
        }
    }
    Vec::new()
}

/// Those which lie at least `ends` from the first and the last of so many frames, as frames from the first.
fn within(points: Vec<(i64, u8)>, rate: FrameRate, in_offset: i64, ends: i64, frames: i64) -> Vec<(i64, u8)> {
    let mut within: Vec<(i64, u8)> = points
        .into_iter()
        .map(|(at_ns, confidence)| (rate.slots_within(at_ns) - in_offset, confidence))
        .filter(|(frame, _)| (ends.max(1)..=frames - ends.max(1)).contains(frame))
        .collect();
    within.sort_by_key(|(frame, confidence)| (std::cmp::Reverse(*confidence), *frame));
    within.truncate(MOST_POINTS);
    within.sort_unstable();
    within.dedup_by_key(|(frame, _)| *frame);
    within
}

/// Up to `most` of `points`, at least `act` apart, which come nearest to parting so many frames evenly.
fn evenly(points: &[(i64, u8)], frames: i64, most: usize, act: i64) -> Vec<i64> {
    let most = most.min(points.len());
    (1..=most).rev().find_map(|count| choose(points, frames, count, act)).unwrap_or_default()
}

/// As many as `count`, where there are so many apart.
fn choose(points: &[(i64, u8)], frames: i64, count: usize, act: i64) -> Option<Vec<i64>> {
    let parts = i64::try_from(count).ok()? + 1;
    // for each point, the least that it costs as the nth one, and the point before it then
    let mut costs: Vec<Vec<Option<(i64, usize)>>> = Vec::new();
    for nth in 0..count {
        let ideal = frames / parts * (i64::try_from(nth).ok()? + 1);
        let mut before = 0;
        let mut best: Option<(i64, usize)> = (nth == 0).then_some((0, 0));
        let row = points.iter().map(|(frame, confidence)| {
            while let Some(last) = costs.last().filter(|_| points[before].0 + act <= *frame) {
                if let Some((cost, _)) = last[before]
                    && best.is_none_or(|(least, _)| cost < least)
                {
                    best = Some((cost, before));
                }
                before += 1;
            }
            let cost = (frame - ideal).abs() * (200 - i64::from((*confidence).min(100)));
            best.map(|(so_far, from)| (so_far + cost, from))
        });
        let row = row.collect();
        costs.push(row);
    }
    let last = costs.last()?;
    let mut at = (0..points.len()).filter(|at| last[*at].is_some()).min_by_key(|at| last[*at])?;
    let mut chosen = Vec::new();
    for row in costs.iter().rev() {
        chosen.push(points[at].0);
        at = row[at]?.1;
    }
    chosen.reverse();
    Some(chosen)
}
