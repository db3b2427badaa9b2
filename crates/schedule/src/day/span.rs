//! The slots of one broadcast day as instants.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::{bounds, local};
use crate::plan::{Layer, Plan, Slot, SlotEnd, arcs};

const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// A stretch in which a slot holds: all of it, or what more specific layers leave.
#[derive(Clone)]
pub(super) struct Span<'a> {
    pub(super) layer: &'a Layer,
    pub(super) slot: &'a Slot,
    /// The broadcast day that the slot belongs to.
    pub(super) date: Date,
    /// When the slot begins, which may be in an earlier stretch, and ends.
    pub(super) whole: (UtcTime, UtcTime),
    pub(super) start: UtcTime,
    pub(super) end: UtcTime,
}

/// What holds at each instant of the broadcast day `date`, in order and apart: of all slots of this day, and of the day
/// before that reach into it, those of the most specific layer. None is longer than a day, so none comes from farther
/// back.
pub(super) fn spans<'a>(plan: &'a Plan, zone: &TimeZone, date: Date) -> Vec<Span<'a>> {
    let mut whole = Vec::new();
    for date in [local::days_after(date, -1), date] {
        for layer in plan.layers.iter().filter(|layer| layer.days.hold(date)) {
            whole.extend(of_layer(plan, zone, layer, date));
        }
    }
    // the most specific ones first; of two that are as specific, the one that begins later cuts the other
    whole.sort_by(|a, b| b.layer.days.compare(a.layer.days).then_with(|| b.start.cmp(&a.start)));
    let mut taken = BTreeMap::new();
    let mut spans: Vec<_> = whole.into_iter().flat_map(|span| what_is_free(&mut taken, span)).collect();
    spans.sort_by_key(|span| span.start);
    let (day_start, day_end) = bounds(plan, zone, date);
    spans.retain(|span| span.start < day_end && span.end > day_start);
    spans
}

/// The slots of `layer` on one of its days.
fn of_layer<'a>(plan: &Plan, zone: &TimeZone, layer: &'a Layer, date: Date) -> Vec<Span<'a>> {
    let arcs = arcs(&layer.slots, plan.day_start);
    let next_day = local::days_after(date, 1);
    let first_of_next_day = layer.slots.first().filter(|_| layer.days.hold(next_day));
    let span = |(at, slot): (usize, &'a Slot)| {
        let (day_start, day_end) = bounds(plan, zone, date);
        let arc = &arcs[at];
        // a slot of a whole day begins with the broadcast day, wherever its time lies
        let start = if arc.start == 0 { day_start } else { start_of(plan, zone, slot, date) };
        let next = match layer.slots.get(at + 1) {
            Some(next) => Some((start_of(plan, zone, next, date), arcs[at + 1].start)),
            None => first_of_next_day.map(|next| (start_of(plan, zone, next, next_day), arcs[0].start + DAY_MILLIS)),
        };
        let end = match (slot.end, next) {
            // what meets the next slot on the clock meets it on the days of 23 and 25 hours too
            (_, Some((next, next_arc))) if arc.end == next_arc => next,
            // and what meets the day's end meets it
            _ if arc.end == DAY_MILLIS => day_end,
            (SlotEnd::For(length), _) => start.plus(length),
            (SlotEnd::Until(until), _) => {
                let later = i64::from(until <= slot.at);
                local::instant(zone, local::days_after(calendar_date(plan, slot, date), later), until)
            }
            (SlotEnd::Open, _) => day_end,
        };
        let end = next.map_or(end, |(next, _)| end.min(next));
        Span { layer, slot, date, whole: (start, end), start, end }
    };
    layer.slots.iter().enumerate().map(span).filter(|span| span.start < span.end).collect()
}

/// What nothing has taken of `span`, which takes it.
fn what_is_free<'a>(taken: &mut BTreeMap<UtcTime, UtcTime>, span: Span<'a>) -> Vec<Span<'a>> {
    let before = taken.range(..=span.start).next_back().map_or(span.start, |(_, end)| *end);
    let mut at = before.max(span.start);
    let mut free = Vec::new();
    let others: Vec<_> = taken.range(span.start..span.end).map(|(start, end)| (*start, *end)).collect();
    for (start, end) in others.into_iter().chain([(span.end, span.end)]) {
        if at < start {
            taken.insert(at, start);
            free.push(Span { start: at, end: start, ..span.clone() });
        }
        at = at.max(end);
    }
    free
}

fn start_of(plan: &Plan, zone: &TimeZone, slot: &Slot, date: Date) -> UtcTime {
    local::instant(zone, calendar_date(plan, slot, date), slot.at)
}

/// The date on the calendar at which `slot` of the broadcast day `date` starts.
fn calendar_date(plan: &Plan, slot: &Slot, date: Date) -> Date {
    local::days_after(date, i64::from(slot.at < plan.day_start))
}
