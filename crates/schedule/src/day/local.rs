//! Local rules as instants, with the zone's own rules for the days on which clocks change.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use retrovue_timeline::UtcTime;

use crate::plan::show_time;

const DAY_NANOS: i64 = 24 * 3600 * 1_000_000_000;

/// The instant at which clocks show `time` on `date`: the jump itself where they skip it, the first of two where they
/// show it twice. So a later local time is never an earlier instant.
pub(super) fn instant(zone: &TimeZone, date: Date, time: Time) -> UtcTime {
    let local = date.to_datetime(time);
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            at_offset(local, offset)
        }
        AmbiguousOffset::Gap { before, .. } => {
            let beyond = at_offset(local, before);
            let just_after = timestamp(UtcTime::from_nanos(beyond.nanos().saturating_add(1)));
            zone.preceding(just_after).next().map_or(beyond, |jump| utc(jump.timestamp()))
        }
    }
}

/// The local date at `at`.
pub(super) fn date(zone: &TimeZone, at: UtcTime) -> Date {
    zone.to_datetime(timestamp(at)).date()
}

/// What clocks show at `at`, `20:00`, with seconds where there are some.
pub(crate) fn clock(zone: &TimeZone, at: UtcTime) -> String {
    show_time(time_of_day(zone, at))
}

/// The same with its date, for messages: `2026-11-22 at 20:00`.
pub(crate) fn moment(zone: &TimeZone, at: UtcTime) -> String {
    format!("{} at {}", date(zone, at), clock(zone, at))
}

/// Whether clocks jump over `time` on `date`.
pub(super) fn is_skipped(zone: &TimeZone, date: Date, time: Time) -> bool {
    matches!(zone.to_ambiguous_timestamp(date.to_datetime(time)).offset(), AmbiguousOffset::Gap { .. })
}

/// Whether clocks show at `at` what they have shown before.
pub(super) fn is_repeated(zone: &TimeZone, at: UtcTime) -> bool {
    let at = timestamp(at);
    let shown = zone.to_ambiguous_timestamp(zone.to_datetime(at)).offset();
    matches!(shown, AmbiguousOffset::Fold { after, .. } if zone.to_offset(at) == after)
}

/// What clocks show at `at`.
pub(crate) fn time_of_day(zone: &TimeZone, at: UtcTime) -> Time {
    zone.to_datetime(timestamp(at)).time()
}

/// The first grid line at `at` or later. Lines count from local midnight, in nanoseconds of `grid`.
pub(super) fn line_at_or_after(zone: &TimeZone, grid: i64, at: UtcTime) -> UtcTime {
    let mut at = at;
    loop {
        let since_midnight = since_midnight(zone.to_datetime(timestamp(at)));
        let line = (since_midnight + (grid - since_midnight % grid) % grid).min(DAY_NANOS);
        let wait = if line < since_midnight { 0 } else { line - since_midnight };
        let found = UtcTime::from_nanos(at.nanos().saturating_add(wait));
        if wait == 0 {
            return found;
        }
        // clocks that change on the way show other times from there on
        match zone.following(timestamp(at)).next().map(|jump| utc(jump.timestamp())) {
            Some(jump) if jump <= found && jump > at => at = jump,
            _ => return found,
        }
    }
}

/// `date` moved by whole days; the calendar's first and last day stay.
pub(super) fn days_after(date: Date, days: i64) -> Date {
    date.saturating_add(days.days())
}

fn since_midnight(local: DateTime) -> i64 {
    let midnight = local.date().to_datetime(Time::midnight());
    i64::try_from(local.duration_since(midnight).as_nanos()).unwrap_or(0)
}

fn at_offset(local: DateTime, offset: Offset) -> UtcTime {
    let unix = local.to_zoned(TimeZone::UTC).map(|zoned| utc(zoned.timestamp())).unwrap_or_default();
    UtcTime::from_nanos(unix.nanos().saturating_sub(i64::from(offset.seconds()) * 1_000_000_000))
}

fn timestamp(at: UtcTime) -> Timestamp {
    Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_nanos(at.nanos())).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn utc(at: Timestamp) -> UtcTime {
    let nanos = at.as_nanosecond();
    UtcTime::from_nanos(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
}
