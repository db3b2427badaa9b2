//! The day as clocks show it: whether slots overlap, leave gaps or miss the grid.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use super::fields::named;
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
        // whatever its time: all of the broadcast day
        if end - start(slot) == DAY_MILLIS && !matches!(slot.end, SlotEnd::Open) {
            return Arc { start: 0, end: DAY_MILLIS };
        }
        Arc { start: start(slot), end }
    };
    slots.iter().enumerate().map(arc).collect()
}

/// Orders the slots of each layer by the broadcast day and checks them against one another and the grid. Gaps are told
/// only of the layer of every day, where no other fills them and nothing is wrong with the schedule, which is whole.
pub(super) fn check(
    layers: &mut [Layer],
    day_start: Time,
    grid: Option<Duration>,
    is_whole: bool,
    problems: &mut Vec<Problem>,
) {
    for layer in layers.iter_mut() {
        layer.slots.sort_by_key(|slot| (since(day_start, slot.at), slot.index));
        check_overlaps(layer, day_start, problems);
    }
    if let Some(all) = layers.iter().find(|layer| layer.days == Days::All).filter(|_| is_whole) {
        check_gaps(all, layers, day_start, problems);
    }
    let mut looked_at = BTreeSet::new();
    for slot in layers.iter().filter(|layer| layer.days != Days::Always).flat_map(|layer| &layer.slots) {
        // layers may share a slot
        if let Some(grid) = grid.filter(|_| looked_at.insert(slot.place)) {
            check_grid(slot, grid, problems);
        }
    }
}

/// Each slot with its arc, and the slot after it with when that starts.
fn neighbours(layer: &Layer, day_start: Time) -> impl Iterator<Item = (&Slot, Arc, &Slot, u64)> {
    let slots = &layer.slots;
    let arcs = arcs(slots, day_start);
    let next: Vec<u64> = arcs.iter().skip(1).map(|arc| arc.start).collect();
    let first = arcs.first().map_or(0, |arc| arc.start);
    arcs.into_iter().enumerate().map(move |(i, arc)| match slots.get(i + 1) {
        Some(following) => (&slots[i], arc, following, next[i]),
        None if layer.days.may_adjoin() => (&slots[i], arc, &slots[0], first + DAY_MILLIS),
        // longer than a day it cannot be
        None => {
            let again = arc.start + DAY_MILLIS;
            (&slots[i], arc, &slots[i], again)
        }
    })
}

fn check_overlaps(layer: &Layer, day_start: Time, problems: &mut Vec<Problem>) {
    for (slot, arc, next, next_start) in neighbours(layer, day_start) {
        if arc.end > next_start || arc.end == arc.start {
            let (first, second) = if slot.index < next.index { (slot, next) } else { (next, slot) };
            let message = format!(
                "The slot at {} of the layer {} overlaps the one at {} on line {}.",
                show_time(second.at),
                named(&layer.name),
                show_time(first.at),
                first.place.line
            );
            let hint = format!("Let the slot at {} end at {}.", show_time(slot.at), show_time(next.at));
            problems.push(Problem::error("overlap", second.place, message).with_hint(hint));
        }
    }
}

fn check_gaps(all: &Layer, layers: &[Layer], day_start: Time, problems: &mut Vec<Problem>) {
    let week = WEEK.map(|day| filled(layers, day, day_start));
    let is_shown = |start, end| week.iter().any(|filled| !is_covered(filled, (start, end)));
    if all.slots.is_empty() && is_shown(0, DAY_MILLIS) {
        let message = "Nothing is scheduled, so the channel shows the fallback card all day.";
        problems.push(Problem::warning("gap", all.place, message).with_hint("Add a slot under `all`."));
    }
    for (slot, arc, next, next_start) in neighbours(all, day_start) {
        if arc.end < next_start && is_shown(arc.end, next_start) {
            let message = format!(
                "Nothing is scheduled for {} before {}.",
                show_duration(Duration::from_millis(next_start - arc.end)),
                show_time(next.at)
            );
            let hint = "The fallback card is shown there; let this slot last longer, or add one.";
            problems.push(Problem::warning("gap", slot.place, message).with_hint(hint));
        }
    }
}

/// A Monday, and the six days after it.
const WEEK: [Date; 7] = [
    Date::constant(2024, 1, 1),
    Date::constant(2024, 1, 2),
    Date::constant(2024, 1, 3),
    Date::constant(2024, 1, 4),
    Date::constant(2024, 1, 5),
    Date::constant(2024, 1, 6),
    Date::constant(2024, 1, 7),
];

/// What slots of each week's layers fill of that day of the week, from the day before to the day after it: stretches in
/// order and apart.
fn filled(layers: &[Layer], day: Date, day_start: Time) -> Vec<(u64, u64)> {
    let mut all = Vec::new();
    for layer in layers.iter().filter(|layer| !matches!(layer.days, Days::Dates(..) | Days::Yearly(..))) {
        let arcs = arcs(&layer.slots, day_start);
        for (days, offset) in [(-1, 0), (0, DAY_MILLIS), (1, 2 * DAY_MILLIS)] {
            if layer.days.hold(day.saturating_add(days.days())) {
                all.extend(arcs.iter().map(|arc| (arc.start + offset, arc.end + offset)));
            }
        }
    }
    all.sort_unstable();
    let mut filled: Vec<(u64, u64)> = Vec::new();
    for (start, end) in all {
        match filled.last_mut().filter(|(_, before)| start <= *before) {
            Some((_, before)) => *before = end.max(*before),
            None => filled.push((start, end)),
        }
    }
    filled
}

/// Whether all of `gap` is filled on its day.
fn is_covered(filled: &[(u64, u64)], gap: (u64, u64)) -> bool {
    let (start, end) = (gap.0 + DAY_MILLIS, gap.1 + DAY_MILLIS);
    let after = filled.partition_point(|(other, _)| *other <= start);
    after.checked_sub(1).is_some_and(|at| filled[at].1 >= end)
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
