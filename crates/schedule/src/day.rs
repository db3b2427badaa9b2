//! Broadcast days: each item chosen, at its instant.

mod compiler;
mod local;
mod pools;
#[cfg(test)]
mod properties;
mod rule;
mod sequence;
mod span;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use crate::asset::{Asset, Kind};
use crate::plan::Plan;
use crate::problem::Problem;
use rule::Rule;

pub use pools::Pools;

/// Where each sequence stands: the key names the slot's pool, the value is opaque text of this crate's own, to be
/// stored and given back.
pub type Cursors = BTreeMap<String, String>;

/// What a day begins with: what the day before left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayStart {
    /// Where each sequence stands.
    pub cursors: Cursors,
    /// The end of the last item of the day before, where it runs over the day's start. It is always a frame's start.
    pub busy_until: Option<UtcTime>,
}

/// One broadcast day of a channel: contiguous items, the last of which may run over the day's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleDay {
    /// The day in the channel's zone.
    pub date: Date,
    /// In order, each starting where the one before ends.
    pub items: Vec<Item>,
}

/// One item of a day. Its instants are starts of frames, in nanoseconds rounded up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Stable and deterministic: channel, date and first frame decide it.
    pub item_id: String,
    /// As shown in guides.
    pub title: String,
    /// Season, episode and its title for guides; may be empty.
    pub subtitle: String,
    /// What it is; slate covers holes.
    pub kind: Kind,
    /// When it starts.
    pub start: UtcTime,
    /// When it ends: the next one's start.
    pub end: UtcTime,
    /// `None` for slate.
    pub asset_id: Option<String>,
    /// Where in the asset it starts, in house frames.
    pub in_offset_frames: i64,
    /// Why it is here, for people: `all[0] cheers sequential`.
    pub rule: String,
}

/// Compiles one broadcast day of `plan` from `library`. The same inputs give the same day, byte for byte.
/// `zone` is the channel's, resolved by the caller where the plan names none.
///
/// The items are contiguous from `start.busy_until`, or from the day's start where that is later, to the day's end or
/// beyond. Where `busy_until` lies within the day, the rest of the day is compiled, as after an edit. For several days
/// of one plan and library, fill its [`Pools`] once.
pub fn compile(
    plan: &Plan,
    zone: &TimeZone,
    library: &[Asset],
    date: Date,
    start: &DayStart,
) -> (ScheduleDay, DayStart, Vec<Problem>) {
    let (pools, mut problems) = Pools::fill(plan, library);
    let (day, next, more) = pools.compile(zone, date, start);
    problems.extend(more);
    (day, next, problems)
}

/// What the rest of a day begins with where its first `kept` items stay: compiling the day again from it continues every
/// sequence after them. `start` is what the day itself began with.
pub fn after(start: &DayStart, kept: &[Item], library: &[Asset]) -> DayStart {
    let mut next = start.clone();
    for item in kept {
        let rule = Rule::parse(&item.rule);
        let Some((rule, key)) = rule.and_then(|rule| rule.cursor_key().map(|key| (rule, key))) else { continue };
        let asset = library.iter().find(|asset| Some(&asset.id) == item.asset_id.as_ref());
        let cursor = match rule {
            Rule::Asset { .. } => Some(item.start.nanos().to_string()),
            Rule::Pool { .. } | Rule::Fallback => asset.map(sequence::cursor_after),
        };
        if let Some(cursor) = cursor {
            next.cursors.insert(key, cursor);
        }
    }
    if let Some(last) = kept.last() {
        next.busy_until = Some(last.end);
    }
    next
}

/// The broadcast day of `plan` that holds `at`.
pub fn date_at(plan: &Plan, zone: &TimeZone, at: UtcTime) -> Date {
    let mut date = local::days_after(local::date(zone, at), 1);
    // a day that its zone skips has no length, so two steps back may not be enough
    for _ in 0..4 {
        if bounds(plan, zone, date).0 <= at {
            break;
        }
        date = local::days_after(date, -1);
    }
    date
}

/// The instants at which the broadcast day `date` starts and ends.
pub fn bounds(plan: &Plan, zone: &TimeZone, date: Date) -> (UtcTime, UtcTime) {
    let start = |date| local::instant(zone, date, plan.day_start);
    (start(date), start(local::days_after(date, 1)))
}
