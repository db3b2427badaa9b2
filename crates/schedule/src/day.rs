//! Broadcast days: each item chosen, at its instant.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use crate::asset::{Asset, Kind};
use crate::plan::Plan;
use crate::problem::Problem;

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
    /// Stable and deterministic: channel, date and ordinal decide it.
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
pub fn compile(
    plan: &Plan,
    zone: &TimeZone,
    library: &[Asset],
    date: Date,
    start: &DayStart,
) -> (ScheduleDay, DayStart, Vec<Problem>) {
    let _ = (plan, zone, library);
    (ScheduleDay { date, items: Vec::new() }, start.clone(), Vec::new())
}

/// The broadcast day of `plan` that holds `at`.
pub fn date_at(plan: &Plan, zone: &TimeZone, at: UtcTime) -> Date {
    let _ = (plan, zone, at);
    Date::constant(1970, 1, 1)
}

/// The instants at which the broadcast day `date` starts and ends.
pub fn bounds(plan: &Plan, zone: &TimeZone, date: Date) -> (UtcTime, UtcTime) {
    let _ = (plan, zone, date);
    (UtcTime::EPOCH, UtcTime::EPOCH)
}
