//! The day as clocks show it: whether slots overlap, leave gaps or miss the grid.

use std::time::Duration;

use jiff::civil::Time;

use super::scalar::{DAY_SECONDS, seconds_since_midnight, show_duration, show_time};
use super::{Days, Layer, Slot, SlotEnd};
use crate::problem::Problem;

const DAY_MILLIS: u64 = DAY_SECONDS as u64 * 1000;

/// A slot on the clock: milliseconds since the start of the broadcast day. The end may lie beyond the day's.
pub(crate) struct Arc {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// Where each of `slots` lies, which are in the day's order.
pub(crate) fn arcs(slots: &[Slot], day_start: Time) -> Vec<Arc> {
    let start = |slot: &Slot| since(day_start, slot.at);
    let arc = |(i, slot): (usize, &Slot)| {
        let end = match slot.end {
            SlotEnd::For(length) => start(slot) + u64::try_from(length.as_millis()).unwrap_or(DAY_MILLIS),
            SlotEnd::Until(until) => start(slot) + since_within_day(slot.at, until),
            SlotEnd::Open => slots.get(i + 1).map_or(DAY_MILLIS, start),
        };
        Arc { start: start(slot), end }
    };
    slots.iter().enumerate().map(arc).collect()
}

/// Orders the slots of `layer` by the broadcast day and checks them against one another and the grid. Gaps are told only
/// where the layer is every day's, and nothing is wrong with the schedule, which is `whole`.
pub(super) fn check(
    layer: &mut Layer,
    day_start: Time,
    grid: Option<Duration>,
    whole: bool,
    problems: &mut Vec<Problem>,
) {
    let Layer { days, slots, place, .. } = layer;
    slots.sort_by_key(|slot| (since(day_start, slot.at), slot.index));
    let arcs = arcs(slots, day_start);
    let tells_gaps = whole && *days == Days::All;
    if slots.is_empty() && tells_gaps {
        let message = "Nothing is scheduled, so the channel shows the fallback card all day.";
        problems.push(Problem::warning("gap", *place, message).with_hint("Add a slot under `all`."));
    }
    for (i, (slot, arc)) in slots.iter().zip(&arcs).enumerate() {
        let (next, next_start) = match (slots.get(i + 1), arcs.get(i + 1)) {
            (Some(next), Some(next_arc)) => (next, next_arc.start),
            _ if days.may_adjoin() => (&slots[0], arcs[0].start + DAY_MILLIS),
            // longer than a day it cannot be
            _ => (slot, arc.start + DAY_MILLIS),
        };
        if arc.end > next_start || arc.end == arc.start {
            let (first, second) = if slot.index < next.index { (slot, next) } else { (next, slot) };
            let message = format!(
                "The slot at {} overlaps the one at {} on line {}.",
                show_time(second.at),
                show_time(first.at),
                first.place.line
            );
            let hint = format!("Let the slot at {} end at {}.", show_time(slot.at), show_time(next.at));
            problems.push(Problem::error("overlap", second.place, message).with_hint(hint));
        } else if arc.end < next_start && tells_gaps {
            let message = format!(
                "Nothing is scheduled for {} before {}.",
                show_duration(Duration::from_millis(next_start - arc.end)),
                show_time(next.at)
            );
            let hint = "The fallback card is shown there; let this slot last longer, or add one.";
            problems.push(Problem::warning("gap", slot.place, message).with_hint(hint));
        }
        if let Some(grid) = grid {
            check_grid(slot, grid, problems);
        }
    }
}

fn check_grid(slot: &Slot, grid: Duration, problems: &mut Vec<Problem>) {
    let step = u64::try_from(grid.as_millis()).unwrap_or(DAY_MILLIS).max(1);
    let millis = u64::from(seconds_since_midnight(slot.at)) * 1000;
    if millis % step != 0 {
        let message = format!("{} is not on the grid of {}.", show_time(slot.at), show_duration(grid));
        let hint = format!(
            "Grid lines count from midnight; the one before is {}. Or set `grid: off`.",
            show_time(slot.at.saturating_sub(jiff::SignedDuration::from_millis((millis % step) as i64)))
        );
        problems.push(Problem::warning("off_grid", slot.place, message).with_hint(hint));
    }
}

/// Milliseconds from the start of the broadcast day to `at`, less than a day.
fn since(day_start: Time, at: Time) -> u64 {
    since_within_day(day_start, at) % DAY_MILLIS
}

/// Milliseconds from `at` to the next `until`, a whole day where they are the same.
fn since_within_day(at: Time, until: Time) -> u64 {
    let (at, until) = (seconds_since_midnight(at), seconds_since_midnight(until));
    let seconds = if until > at { until - at } else { until + DAY_SECONDS - at };
    u64::from(seconds) * 1000
}
