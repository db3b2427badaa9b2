//! The slots of one broadcast day as instants.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::{bounds, local};
use crate::plan::{Plan, Slot, SlotEnd, arcs};

const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// A slot on the day that it belongs to.
pub(super) struct Span<'a> {
    pub(super) slot: &'a Slot,
    /// The broadcast day that it belongs to.
    pub(super) date: Date,
    pub(super) start: UtcTime,
    pub(super) end: UtcTime,
}

/// The slots that have a share in the broadcast day `date`, in order and apart: its own, and those of the day before
/// that reach into it. None is longer than a day, so none comes from farther back.
pub(super) fn spans<'a>(plan: &'a Plan, zone: &TimeZone, date: Date) -> Vec<Span<'a>> {
    let (day_start, day_end) = bounds(plan, zone, date);
    let arcs = arcs(&plan.slots, plan.day_start);
    let mut spans = Vec::new();
    for date in [local::days_after(date, -1), date] {
        for (i, slot) in plan.slots.iter().enumerate() {
            let start = start_of(plan, zone, slot, date);
            let following = plan.slots.get(i + 1).map(|next| start_of(plan, zone, next, date));
            let next = following.unwrap_or_else(|| start_of(plan, zone, &plan.slots[0], local::days_after(date, 1)));
            let next_arc = arcs.get(i + 1).map_or(arcs[0].start + DAY_MILLIS, |arc| arc.start);
            let end = match slot.end {
                // what meets the next slot on the clock meets it on the days of 23 and 25 hours too
                _ if arcs[i].end == next_arc => next,
                SlotEnd::For(length) => start.plus(length),
                SlotEnd::Until(until) => {
                    let next_day = i64::from(until <= slot.at);
                    local::instant(zone, local::days_after(calendar_date(plan, slot, date), next_day), until)
                }
                SlotEnd::Open => bounds(plan, zone, date).1,
            };
            let end = end.min(next);
            if start < end && start < day_end && end > day_start {
                spans.push(Span { slot, date, start, end });
            }
        }
    }
    spans
}

fn start_of(plan: &Plan, zone: &TimeZone, slot: &Slot, date: Date) -> UtcTime {
    local::instant(zone, calendar_date(plan, slot, date), slot.at)
}

/// The date on the calendar at which `slot` of the broadcast day `date` starts.
fn calendar_date(plan: &Plan, slot: &Slot, date: Date) -> Date {
    local::days_after(date, i64::from(slot.at < plan.day_start))
}
