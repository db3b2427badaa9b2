//! Broadcast days as an operator would read them.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use retrovue_timeline::{FrameRate, UtcTime};

use crate::fixtures::{episode, film, plan};
use crate::{Asset, DayStart, Item, Kind, ScheduleDay, day};

mod explanations;
mod layers;
mod orders;

/// A file whose frames are a second's twenty-fifth, so that instants are round.
fn file(rest: &str) -> String {
    format!("channel: test\ntimezone: UTC\nformat: {{ frame_rate: 25 }}\n{rest}")
}

/// `HH:MM[:SS] asset` of every item that is no slate, and `HH:MM[:SS] -` of slate, in the plan's zone.
fn show(text: &str, items: &[Item]) -> Vec<String> {
    let zone = plan(text).zone(&TimeZone::UTC);
    let show = |item: &Item| {
        let at = jiff::Timestamp::from_nanosecond(i128::from(item.start.nanos())).unwrap();
        let time = zone.to_datetime(at).time().strftime("%H:%M:%S").to_string();
        format!("{} {}", time.strip_suffix(":00").unwrap_or(&time), item.asset_id.as_deref().unwrap_or("-"))
    };
    items.iter().map(show).collect()
}

fn compile(text: &str, library: &[Asset], date: Date, start: &DayStart) -> (ScheduleDay, DayStart) {
    let plan = plan(text);
    let zone = plan.zone(&TimeZone::UTC);
    let (day, next, _) = day::compile(&plan, &zone, library, date, start);
    (day, next)
}

#[track_caller]
fn check(rest: &str, library: &[Asset], expect: &[&str]) {
    let text = file(rest);
    let (day, _) = compile(&text, library, date(2026, 11, 22), &DayStart::default());
    assert_eq!(show(&text, &day.items), expect);
}

#[test]
fn a_slot_plays_its_pool_in_order_on_the_grid() {
    check(
        "grid: 2h\npools: { a: { match: { series: a } } }\nschedule: { all: [{ at: \"06:00\", for: 5h, play: a }] }",
        &[episode("a", 1, 10, 3600), episode("a", 1, 2, 7000), episode("b", 1, 1, 60), episode("a", 2, 1, 7200)],
        &["06:00 a-1-2", "08:00 a-1-10", "10:00 a-2-1", "12:00 -"],
    );
}

#[test]
fn without_a_grid_items_follow_one_another_and_the_last_runs_over() {
    check(
        "grid: off\npools: { a: { match: { series: a } } }\nschedule: { all: [{ at: \"06:00\", play: a }] }",
        &[episode("a", 1, 1, 36_001), episode("a", 1, 2, 36_000)],
        &["06:00 a-1-1", "16:00:01 a-1-2", "02:00:01 a-1-1"],
    );
}

#[test]
fn what_bleeds_moves_the_next_slot_to_the_next_line() {
    let slots = "pools: { a: { match: { series: a } }, b: { match: { series: b } } }\nschedule: { all: [
        { at: \"06:00\", until: \"08:00\", play: a }, { at: \"08:00\", until: \"09:00\", play: b } ] }";
    let library = [episode("a", 1, 1, 7500), episode("b", 1, 1, 3600)];
    check(&format!("grid: 30m\n{slots}"), &library, &["06:00 a-1-1", "08:30 b-1-1", "09:30 -"]);
    check(&format!("grid: off\n{slots}"), &library, &["06:00 a-1-1", "08:05 b-1-1", "09:05 -"]);
    let trimmed = slots.replace("play: a }", "play: a, overrun: trim }");
    check(&format!("grid: 30m\n{trimmed}"), &library, &["06:00 a-1-1", "08:00 b-1-1", "09:00 -"]);
}

#[test]
fn a_cut_leaves_at_least_a_frame() {
    check(
        "grid: 1s\npools: { a: { match: {} } }\nschedule: { all: [{ at: \"06:00\", for: 1s40ms, play: a, overrun: trim }] }",
        &[film("Second", 1970, 1)],
        &["06:00 second", "06:00:01 second", "06:00:02 -"],
    );
}

#[test]
fn one_asset_plays_once() {
    check(
        "grid: 1h\npools: { a: { match: { series: a } } }\nschedule: { all: [
            { at: \"06:00\", for: 3h, play: { asset: alien } }, { at: \"09:00\", for: 1h, play: a } ] }",
        &[film("Alien", 1979, 3600), episode("a", 1, 1, 1800)],
        &["06:00 alien", "07:00 -", "09:00 a-1-1", "10:00 -"],
    );
}

#[test]
fn an_asset_whose_slot_reaches_over_the_days_start_plays_once_too() {
    let text = file(
        "grid: off\npools: { a: { match: { series: a } } }\nschedule: { all: [
            { at: \"06:00\", until: \"05:00\", play: { asset: alien } }, { at: \"05:00\", for: 1h, play: a } ] }",
    )
    .replace("grid: off", "grid: off\nday_start: \"12:00\"");
    let library = [film("Alien", 1979, 3600), episode("a", 1, 1, 3600)];
    // nothing is known of the day before the first one, so the slot that reaches into it starts there
    let (first, next) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
    assert_eq!(show(&text, &first.items), ["12:00 alien", "13:00 -", "05:00 a-1-1", "06:00 alien", "07:00 -"]);
    let (second, _) = compile(&text, &library, date(2026, 11, 23), &next);
    assert_eq!(show(&text, &second.items), ["12:00 -", "05:00 a-1-1", "06:00 alien", "07:00 -"]);
}

#[test]
fn a_slot_of_a_whole_day_covers_any_day_start() {
    check(
        "grid: off\nday_start: \"06:00\"\npools: { a: { match: {} } }\nschedule: { all: [{ at: \"00:00\", for: 24h, play: a }] }",
        &[episode("a", 1, 1, 9 * 3600), episode("a", 1, 2, 9 * 3600)],
        &["06:00 a-1-1", "15:00 a-1-2", "00:00 a-1-1"],
    );
}

#[test]
fn a_film_across_the_days_start_is_one_item() {
    let text = file("grid: 1h\npools: { a: { match: {} } }\nschedule: { all: [{ at: \"06:00\", play: a }] }");
    let library = [film("Long", 1970, 10 * 3600)];
    let (first, next) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
    assert_eq!(show(&text, &first.items), ["06:00 long", "16:00 long", "02:00 long"]);
    assert_eq!(next.busy_until, Some(first.items[2].end));
    let (second, _) = compile(&text, &library, date(2026, 11, 23), &next);
    assert_eq!(show(&text, &second.items), ["12:00 long", "22:00 long"]);
}

#[test]
fn an_empty_pool_is_slate_and_told() {
    let plan = plan(&file("pools:\n  a: { match: { series: a } }\nschedule: { all: [{ at: \"06:00\", play: a }] }"));
    let (day, _, problems) = day::compile(&plan, &TimeZone::UTC, &[], date(2026, 11, 22), &DayStart::default());
    assert_eq!(day.items.len(), 1);
    assert_eq!((day.items[0].kind, day.items[0].title.as_str()), (Kind::Slate, "test"));
    let told: Vec<_> = problems.iter().map(|p| (p.code, p.line, p.column)).collect();
    assert_eq!(told, [("empty_pool", 5, 3)]);
}

#[test]
fn nights_off_air_begin_when_the_last_programme_is_over_and_end_on_time() {
    let slots = "pools: { a: { match: { type: episode } }, anthem: { match: { kind: station_id } },
        tests: { match: { kind: card } } }\nfallback: [anthem, tests]\nschedule: { all: [{ at: \"06:00\", play: a }] }";
    let kind = |kind, asset| Asset { kind, ..asset };
    let library = [
        episode("a", 1, 1, 28_800),
        kind(Kind::StationId, film("Anthem", 1970, 60)),
        kind(Kind::Card, film("Bars", 1970, 5400)),
    ];
    let night = |fields: &str| format!("grid: 1h\n{slots}\noff_air: {{ {fields} }}");
    // the card alone, one item over midnight and over the day's start
    check(&night("from: \"22:00\", to: \"07:00\""), &library, &["06:00 -", "07:00 a-1-1", "15:00 a-1-1", "23:00 -"]);
    check(&night("from: \"21:10\", to: \"07:00\""), &library, &["06:00 -", "07:00 a-1-1", "15:00 a-1-1", "23:00 -"]);
    check(
        &night("from: \"20:00\", to: \"05:00\", show: tests, sign_off: anthem"),
        &library,
        &[
            "06:00 a-1-1",
            "14:00 a-1-1",
            "22:00 anthem",
            "22:01 bars",
            "23:31 bars",
            "01:01 bars",
            "02:31 bars",
            "04:01 bars",
            "05:00 a-1-1",
        ],
    );
    check(
        &night("from: \"14:00\", to: \"06:00\", show: test-card, sign_off: anthem"),
        &library,
        &["06:00 a-1-1", "14:00 anthem", "14:01 -"],
    );
    // one asset again and again, the last time cut
    check(
        &night("from: \"20:00\", to: \"01:00\", show: { asset: bars }, sign_off: anthem"),
        &library,
        &["06:00 a-1-1", "14:00 a-1-1", "22:00 anthem", "22:01 bars", "23:31 bars", "01:00 a-1-1"],
    );
    check(&night("from: \"14:00\", to: \"06:00\", show: { asset: lost }"), &library, &["06:00 a-1-1", "14:00 -"]);
    let text = file(&night("from: \"14:00\", to: \"07:00\", sign_off: anthem"));
    let (day, next) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
    let told = day.items.iter().map(|item| (item.title.as_str(), item.subtitle.as_str(), item.is_off_air()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [("Off air", "", true), ("a", "S01E01 Part 1", false), ("Off air", "Anthem", true), ("Off air", "", true)],
        "of a night that has begun before, the sign-off is over"
    );
    let (day, _) = compile(&text, &library, date(2026, 11, 23), &next);
    assert_eq!(show(&text, &day.items), ["07:00 a-1-1", "15:00 anthem", "15:01 -"], "each night has its sign-off");
}

#[test]
fn a_pool_that_is_empty_by_its_not_says_so() {
    let text = "pools:\n  a: { match: { not: { year: 1970.. } } }\nschedule: { all: [{ at: \"06:00\", play: a }] }";
    let library = [film("One", 1979, 60), film("Two", 1984, 60)];
    let plan = plan(&file(text));
    let (_, problems) = day::Pools::fill(&plan, &library);
    assert_eq!(problems[0].hint, "Its `not` keeps out all 2 that would match.");
    assert_eq!(day::Pools::fill(&plan, &library[..1]).1[0].hint, "Its `not` keeps out the one that would match.");
}

#[test]
fn what_cannot_be_shown_is_skipped_and_told() {
    let plan = plan(&file(
        "grid: off\npools: { a: { match: {} } }\nschedule: { all: [
            { at: \"06:00\", for: 1h, play: a }, { at: \"07:00\", for: 1h, play: { asset: gone } },
            { at: \"08:00\", for: 1h, play: a } , { at: \"09:00\", for: 1h, play: a } ] }",
    ));
    let library = [film("Dot", 1970, 0), film("Film", 1970, 9000)];
    let (_, _, problems) = day::compile(&plan, &TimeZone::UTC, &library, date(2026, 11, 22), &DayStart::default());
    let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
    assert_eq!(codes, ["no_length", "unknown_asset", "crowded_out"]);
}

#[test]
fn a_day_has_a_bounded_number_of_items() {
    let plan = plan(&file("grid: off\npools: { a: { match: {} } }\nschedule: { all: [{ at: \"06:00\", play: a }] }"));
    let mut dot = film("Dot", 1970, 0);
    dot.duration_ns = 40_000_000;
    let (day, _, problems) = day::compile(&plan, &TimeZone::UTC, &[dot], date(2026, 11, 22), &DayStart::default());
    assert!(day.items.len() <= 50_000);
    assert_eq!(day.items.last().unwrap().kind, Kind::Slate);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, "too_many_items");
}

#[test]
fn programmes_that_fill_their_lines_at_broken_rates_leave_no_hole() {
    for rate in FrameRate::HOUSE {
        let text = format!(
            "channel: test\nformat: {{ frame_rate: {rate} }}\ngrid: 30m\npools: {{ a: {{ match: {{}} }} }}\n\
             schedule: {{ all: [{{ at: \"00:00\", for: 24h, play: a }}] }}"
        );
        let (day, _) = compile(&text, &[film("Half", 1970, 1800)], date(2026, 11, 22), &DayStart::default());
        let shown = day.items.iter().filter(|item| item.kind != Kind::Slate).count();
        assert_eq!(shown, 48, "{rate}");
        let holes = day.items.iter().filter(|item| item.kind == Kind::Slate);
        assert!(holes.map(|item| item.end.since(item.start).as_millis()).all(|ms| ms < 50), "{rate}");
    }
}

#[test]
fn guides_show_series_and_episodes() {
    let check = |slot: &str, asset: Asset, expect: (&str, &str)| {
        let text = file(&format!(
            "pools: {{ a: {{ match: {{}} }} }}\nschedule: {{ all: [{{ at: \"06:00\", play: a{slot} }}] }}"
        ));
        let (day, _) = compile(&text, &[asset], date(2026, 11, 22), &DayStart::default());
        assert_eq!((day.items[0].title.as_str(), day.items[0].subtitle.as_str()), expect);
    };
    check("", episode("Cheers", 1, 2, 60), ("Cheers", "S01E02 Part 2"));
    check("", film("Alien", 1979, 60), ("Alien", ""));
    check(", title: Movie Night", film("Alien", 1979, 60), ("Movie Night", "Alien"));
    check(", title: Comedy Hour", episode("Cheers", 1, 2, 60), ("Comedy Hour", "Cheers S01E02 Part 2"));
    let nameless = Asset { season: None, title: "Cheers".to_owned(), ..episode("Cheers", 1, 2, 60) };
    check("", nameless, ("Cheers", "E02"));
}

#[test]
fn the_days_of_23_and_25_hours_are_whole() {
    let slots = "timezone: America/New_York\nday_start: \"00:00\"\ngrid: off\npools: { a: { match: {} }, b: { match: { type: movie } } }\n\
        schedule: { all: [{ at: \"00:00\", until: \"02:30\", play: a }, { at: \"02:30\", for: 3h, play: b },\n\
        { at: \"05:30\", until: \"24:00\", play: a } ] }";
    let text = format!("channel: test\nformat: {{ frame_rate: 25 }}\n{slots}");
    let library = [film("Hour", 1970, 1800)];
    let starts = |date| {
        let plan = plan(&text);
        let zone = plan.zone(&TimeZone::UTC);
        let (day, _, problems) = day::compile(&plan, &zone, &library, date, &DayStart::default());
        assert_eq!(problems, []);
        assert!(day.items.iter().all(|item| item.kind == Kind::Programme));
        let (start, end) = day::bounds(&plan, &zone, date);
        assert_eq!((day.items[0].start, day.items.last().unwrap().end), (start, end));
        let first_of_b = day.items.iter().position(|item| item.rule.contains(" b ")).unwrap();
        (end.since(start).as_secs() / 3600, show(&text, &day.items[first_of_b..=first_of_b])[0].clone())
    };
    assert_eq!(starts(date(2026, 3, 8)), (23, "03:00 hour".to_owned()));
    assert_eq!(starts(date(2026, 11, 1)), (25, "02:30 hour".to_owned()));
    assert_eq!(starts(date(2026, 7, 1)), (24, "02:30 hour".to_owned()));
}

#[test]
fn every_instant_has_its_broadcast_day() {
    let plan = plan(&file("day_start: \"06:00\"\nschedule: { all: [] }"));
    let at = |text: &str| UtcTime::from_nanos(text.parse::<jiff::Timestamp>().unwrap().as_nanosecond() as i64);
    assert_eq!(day::date_at(&plan, &TimeZone::UTC, at("2026-11-22T05:59:59.999Z")), date(2026, 11, 21));
    assert_eq!(day::date_at(&plan, &TimeZone::UTC, at("2026-11-22T06:00:00Z")), date(2026, 11, 22));
    let apia = TimeZone::get("Pacific/Apia").unwrap();
    assert_eq!(day::date_at(&plan, &apia, at("2011-12-30T09:59:59Z")), date(2011, 12, 29));
    assert_eq!(day::date_at(&plan, &apia, at("2011-12-30T10:00:00Z")), date(2011, 12, 30));
    assert_eq!(day::date_at(&plan, &apia, at("2011-12-30T16:00:00Z")), date(2011, 12, 31));
}

#[test]
fn what_runs_over_the_day_has_the_time_up_to_the_next_line() {
    let show = |second: &str, overrun: &str| {
        let text = file(&format!(
            "day_start: \"06:00\"\ngrid: 30m\npools: {{ a: {{ match: {{ series: a }} }} }}\nschedule: {{ all: [ \
             {{ at: \"06:00\", until: \"{second}\", play: {{ asset: short }} }}, {{ at: \"{second}\", for: 1h, play: a }}, \
             {{ at: \"05:00\", for: 1h, play: {{ asset: long }}{overrun} }} ] }}",
        ));
        let library = [film("Short", 1970, 600), film("Long", 1970, 4200), episode("a", 1, 1, 600)];
        let (first, next) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
        let (second, _) = compile(&text, &library, date(2026, 11, 23), &next);
        let last = show(&text, &first.items).pop().unwrap();
        (last, show(&text, &second.items)[..2].join(", "))
    };
    assert_eq!(show("06:30", ""), ("05:00 long".into(), "06:30 a-1-1, 07:00 a-1-1".into()));
    assert_eq!(show("06:15", ""), ("05:00 long".into(), "06:15 a-1-1, 06:30 a-1-1".into()));
    assert_eq!(show("06:30", ", overrun: join"), ("05:00 long".into(), "06:10 -, 06:30 a-1-1".into()));
}
