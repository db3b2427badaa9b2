//! Broadcast days: each item chosen, at its instant.

mod compiler;
mod ends;
mod explain;
mod last;
mod lines;
mod local;
mod order;
mod parts;
mod pools;
#[cfg(test)]
mod properties;
mod rule;
mod sequence;
mod shuffle;
mod span;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transitions;
mod unrepeated;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use crate::asset::{Asset, Kind};
use crate::plan::{Plan, Slot};
use crate::problem::Problem;
use rule::{Choice, Rule};

pub use explain::{ChosenPool, Explanation, HeldSlot, Neighbour, OtherLayer, Question, explain};
pub(crate) use local::{clock, moment, time_of_day};
pub use pools::Pools;
pub(crate) use rule::CARD;

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
    /// When it ends: the next one's start. It may be longer than its asset, by no more than reaches to the next grid
    /// line; breaks fill that.
    pub end: UtcTime,
    /// `None` for slate.
    pub asset_id: Option<String>,
    /// Where in the asset it starts, in house frames.
    pub in_offset_frames: i64,
    /// Why it is here, for people: `all@06:00 cheers sequential`, `saturday@10:00 films marathon 2026-11-21`.
    pub rule: String,
}

impl Item {
    /// Whether it is shown because the channel is off air.
    pub fn is_off_air(&self) -> bool {
        self.rule.starts_with("off_air@")
    }
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
/// order after them. `start` is what the day itself began with, `seed` the plan's.
///
/// `known` are the assets of these items, of those before them, and any others.
pub fn after<'a>(seed: u64, start: &DayStart, kept: &[Item], known: impl IntoIterator<Item = &'a Asset>) -> DayStart {
    let mut next = start.clone();
    let known: HashMap<&str, &Asset> = known.into_iter().map(|asset| (asset.id.as_str(), asset)).collect();
    let of = |id: &str| known.get(id).copied();
    for item in kept {
        let Some(rule) = Rule::parse(&item.rule) else { continue };
        match (rule.choice, item.asset_id.as_deref().and_then(of)) {
            // a night shows it again and again
            (Choice::Asset(_), _) if item.is_off_air() => {}
            (Choice::Asset(id), _) => {
                next.cursors.insert(rule.slot_key(&format!("asset {id}")), item.start.nanos().to_string());
            }
            (Choice::Pool(..), Some(asset)) => order::note(&mut next.cursors, seed, rule, asset, of),
            (Choice::Pool(..), None) => {}
        }
    }
    if let Some(last) = kept.iter().rev().find_map(last::Last::of) {
        last.note(&mut next.cursors);
    }
    if let Some(last) = kept.last() {
        next.busy_until = Some(last.end);
    }
    next
}

/// The slot of `plan` that chose `item`, where the plan still has it.
pub(crate) fn slot_of<'a>(plan: &'a Plan, item: &Item) -> Option<&'a Slot> {
    let rule = Rule::parse(&item.rule)?;
    plan.layers.iter().flat_map(|layer| &layer.slots).find(|slot| slot.id == rule.slot)
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

/// The first frame at `at` or later that a line of the grid falls to; without a grid the first one.
pub fn line_at_or_after(plan: &Plan, zone: &TimeZone, at: UtcTime) -> UtcTime {
    let rate = plan.format.frame_rate;
    let lines = lines::Lines { zone, rate, grid: lines::grid_ns(plan) };
    rate.start_of(lines.at_or_after(rate.frame_at_or_after(at)))
}

/// The instants at which the broadcast day `date` starts and ends.
pub fn bounds(plan: &Plan, zone: &TimeZone, date: Date) -> (UtcTime, UtcTime) {
    let start = |date| local::instant(zone, date, plan.day_start);
    (start(date), start(local::days_after(date, 1)))
}
