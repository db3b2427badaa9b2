//! Every change of the clock of a dozen zones over twenty years: days meet, slots start when clocks show their time, and
//! films run on over midnight and over the day's start.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::properties::{ZONES, days, zone};
use super::{ScheduleDay, bounds, local};
use crate::fixtures::{episode, film, plan};
use crate::{Asset, Plan};

/// 2016-01-01 and 2036-01-01.
const YEARS: (i64, i64) = (1_451_606_400, 2_082_758_400);

const MINUTE_MS: i64 = 60_000;

/// The date before each change of the clock of `zone`.
fn changes(zone: &TimeZone) -> Vec<Date> {
    let (from, to) = (Timestamp::from_second(YEARS.0).unwrap(), Timestamp::from_second(YEARS.1).unwrap());
    let jumps = zone.following(from).take_while(|jump| jump.timestamp() < to);
    jumps.map(|jump| local::days_after(zone.to_datetime(jump.timestamp()).date(), -1)).collect()
}

/// The days around each change of the clock of each zone.
fn around(plan: &Plan, library: &[Asset], check: impl Fn(&TimeZone, &[ScheduleDay])) -> usize {
    let mut count = 0;
    for name in ZONES {
        let zone = zone(name);
        for first in changes(&zone) {
            let days: Vec<_> = days(plan, &zone, library, first, 3).into_iter().map(|(day, _)| day).collect();
            assert!(days.iter().flat_map(|day| &day.items).is_sorted_by(|a, b| a.end == b.start), "{name} {first}");
            for pair in days.windows(2) {
                assert_eq!(bounds(plan, &zone, pair[0].date).1, bounds(plan, &zone, pair[1].date).0, "{name} {first}");
            }
            check(&zone, &days);
            count += 1;
        }
    }
    count
}

/// What clocks have shown at the latest by each minute of the days around `near`: while they are put back, nothing new.
fn shown(zone: &TimeZone, near: UtcTime) -> Vec<(UtcTime, DateTime)> {
    let begin = near.millis() - 3 * 24 * 60 * MINUTE_MS;
    let minutes = (0..9 * 24 * 60).map(|minute| begin + minute * MINUTE_MS);
    let mut latest = DateTime::MIN;
    let shown = minutes.map(|at| {
        latest = latest.max(zone.to_datetime(Timestamp::from_millisecond(at).unwrap()));
        (UtcTime::from_millis(at), latest)
    });
    shown.collect()
}

#[test]
fn slots_start_when_clocks_show_their_time() {
    let quarters: Vec<Time> =
        (0..96).map(|n| Time::midnight().wrapping_add(jiff::Span::new().minutes(n * 15))).collect();
    let slots: String =
        quarters.iter().map(|at| format!("    - {{ at: \"{}\", play: a }}\n", crate::plan::show_time(*at))).collect();
    let library = [episode("a", 1, 1, 600)];
    for day_start in ["00:00", "02:30", "06:00"] {
        let plan = plan(&format!(
            "channel: c\nday_start: \"{day_start}\"\ngrid: 15m\npools: {{ a: {{ match: {{}} }} }}\nschedule:\n  all:\n{slots}"
        ));
        let rate = plan.format.frame_rate;
        let count = around(&plan, &library, |zone, days| {
            let shown = shown(zone, bounds(&plan, zone, days[0].date).0);
            for day in days {
                let (start, end) = bounds(&plan, zone, day.date);
                let mut expected = quarters.iter().map(|at| {
                    let date = if *at < plan.day_start { local::days_after(day.date, 1) } else { day.date };
                    let time = date.to_datetime(*at);
                    shown[shown.partition_point(|(_, latest)| *latest < time)].0
                });
                let starts = |at: UtcTime| {
                    let at = rate.start_of(rate.frame_at_or_after(at));
                    day.items.binary_search_by_key(&at, |item| item.start).is_ok()
                };
                let missed = expected.find(|at| (start..end).contains(at) && !starts(*at));
                assert_eq!(missed, None, "{:?} {}", zone.iana_name(), day.date);
                // the hour that comes twice is as full as any
                for item in &day.items {
                    assert!(item.end.since(item.start).as_secs() <= 900, "{:?} {}", zone.iana_name(), day.date);
                }
            }
        });
        assert!(count > 300, "{count}");
    }
}

#[test]
fn films_are_one_item_over_midnight_and_over_the_day_start() {
    let library = [film("Long", 1980, 9000), film("Odd", 1981, 5801), film("Short", 1982, 4321)];
    for (day_start, slot) in [("00:00", "06:00"), ("06:00", "06:00"), ("02:30", "23:00")] {
        let plan = plan(&format!(
            "channel: c\nday_start: \"{day_start}\"\ngrid: off\npools: {{ films: {{ match: {{}} }} }}\n\
             schedule: {{ all: [{{ at: \"{slot}\", for: 24h, play: films }}] }}"
        ));
        let rate = plan.format.frame_rate;
        around(&plan, &library, |zone, days| {
            let items: Vec<_> = days.iter().flat_map(|day| &day.items).collect();
            for item in &items {
                let film = library.iter().find(|film| Some(&film.id) == item.asset_id.as_ref()).unwrap();
                let frames = rate.frame_at_or_after(item.end) - rate.frame_at_or_after(item.start);
                assert_eq!((frames, item.in_offset_frames), (rate.slots_within(film.duration_ns), 0));
            }
            for day in &days[1..] {
                let start = bounds(&plan, zone, day.date).0;
                assert!(day.items[0].start >= start, "{:?} {}", zone.iana_name(), day.date);
            }
        });
    }
}
