//! What keeps a spot from being shown.

use std::fmt;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::plays::Plays;
use crate::asset::Asset;
use crate::day;
use crate::plan::{Traffic, show_duration};

/// A rule that is broken before a break stays empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Broken {
    /// It was shown too short a time ago.
    Cooldown(Duration),
    /// It was shown so often on this day.
    PerDay(u32),
}

/// What holds in one break.
pub(super) struct Rules<'a> {
    pub(super) traffic: &'a Traffic,
    pub(super) zone: &'a TimeZone,
    /// When the break begins, and ends at the latest.
    pub(super) from: UtcTime,
    pub(super) until: UtcTime,
    /// When the broadcast day began.
    pub(super) day_start: UtcTime,
}

impl Rules<'_> {
    /// The worst rule that showing `asset` at `at` or later in the break would break; none where it may be shown. The
    /// outer `None` is what is never shown: out of its part of the day.
    pub(super) fn broken(&self, asset: &Asset, plays: &Plays, at: UtcTime) -> Option<Option<Broken>> {
        if !self.traffic.dayparts_of(asset).all(|parts| parts.iter().any(|part| self.lies_in(*part))) {
            return None;
        }
        let per_day = self.traffic.per_day_of(asset).filter(|most| {
            let plays = plays.since(&asset.id, self.day_start);
            u32::try_from(plays).unwrap_or(u32::MAX) >= *most
        });
        let cooldown = self
            .traffic
            .cooldown_of(asset)
            .filter(|cooldown| plays.last(&asset.id).is_some_and(|last| last.plus(*cooldown) > at));
        Some(per_day.map(Broken::PerDay).or(cooldown.map(Broken::Cooldown)))
    }

    /// Whether the whole break lies between these times of the day.
    fn lies_in(&self, (start, end): (Time, Time)) -> bool {
        const DAY: i64 = 24 * 3600 * 1_000_000_000;
        let nanos = |time: Time| i64::try_from(time.duration_since(Time::midnight()).as_nanos()).unwrap_or(0);
        let after_start = |at: UtcTime| (nanos(day::time_of_day(self.zone, at)) - nanos(start)).rem_euclid(DAY);
        let length = match (nanos(end) - nanos(start)).rem_euclid(DAY) {
            0 => DAY,
            length => length,
        };
        let (from, until) = (after_start(self.from), after_start(self.until));
        from < length && (until <= length && from <= until || length == DAY)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cooldown(cooldown) => write!(f, "cooldown of {} broken", show_duration(*cooldown)),
            Self::PerDay(most) => write!(f, "more than {most} a day"),
        }
    }
}
