//! Which layer holds when, and what becomes of what is too long.

use super::*;

const POOLS: &str =
    "pools: { a: { match: { series: a } }, b: { match: { series: b } }, films: { match: { type: movie } } }";

#[track_caller]
fn check_on(on: Date, rest: &str, library: &[Asset], expect: &[&str]) {
    let text = file(&format!("grid: 1h\n{POOLS}\n{rest}"));
    let (day, _) = compile(&text, library, on, &DayStart::default());
    assert_eq!(show(&text, &day.items), expect);
}

fn hours(series: &str, count: u32) -> Vec<Asset> {
    (1..=count).map(|number| episode(series, 1, number, 3600)).collect()
}

#[test]
fn the_most_specific_layer_holds_at_each_instant() {
    let schedule = "schedule:
  all: [{ at: \"06:00\", for: 3h, play: a, overrun: trim }]
  weekends: [{ at: \"07:00\", for: 1h, play: b, overrun: trim }]
  sunday: [{ at: \"08:00\", for: 30m, play: { asset: alien } }]
  11-22..11-23: [{ at: \"07:00\", for: 30m, play: { asset: dune } }]
  2026-11-22: [{ at: \"06:00\", for: 30m, play: { asset: heat } }]";
    let films = ["Alien", "Dune", "Heat"].map(|title| film(title, 1980, 1800));
    let library = [hours("a", 3), hours("b", 3), films.to_vec()].concat();
    let sunday = date(2026, 11, 22);
    check_on(
        sunday,
        schedule,
        &library,
        &["06:00 heat", "06:30 a-1-1", "07:00 dune", "07:30 b-1-1", "08:00 alien", "08:30 a-1-2", "09:00 -"],
    );
    check_on(date(2026, 11, 24), schedule, &library, &["06:00 a-1-1", "07:00 a-1-2", "08:00 a-1-3", "09:00 -"]);
    check_on(date(2026, 11, 28), schedule, &library, &["06:00 a-1-1", "07:00 b-1-1", "08:00 a-1-2", "09:00 -"]);
    check_on(date(2027, 11, 23), schedule, &library, &["06:00 a-1-1", "07:00 dune", "07:30 a-1-2", "09:00 -"]);
}

#[test]
fn a_slot_that_is_interrupted_goes_on_and_plays_its_asset_once() {
    let schedule = "schedule:
  all: [{ at: \"06:00\", for: 6h, play: { asset: long } }, { at: \"12:00\", for: 4h, play: a }]
  sunday: [{ at: \"08:00\", for: 1h, play: b }, { at: \"13:00\", for: 2h, play: b }]";
    let library = [hours("a", 9), hours("b", 9), vec![film("Long", 1980, 7200)]].concat();
    check_on(
        date(2026, 11, 22),
        schedule,
        &library,
        &[
            "06:00 long",
            "08:00 b-1-1",
            "09:00 -",
            "12:00 a-1-1",
            "13:00 b-1-2",
            "14:00 b-1-3",
            "15:00 a-1-2",
            "16:00 -",
        ],
    );
}

#[test]
fn a_layers_slot_reaches_over_its_days_end_and_what_is_as_specific_cuts_it() {
    let text = |sunday: &str| {
        file(&format!(
            "grid: 1h\n{POOLS}\nschedule:\n  all: [{{ at: \"06:00\", for: 24h, play: a }}]\n  \
             saturday: [{{ at: \"04:00\", for: 5h, play: b }}]\n{sunday}"
        ))
    };
    let library = [hours("a", 30), hours("b", 9)].concat();
    let first_of_sunday = |text: &str| {
        let (_, next) = compile(text, &library, date(2026, 11, 21), &DayStart::default());
        let (day, _) = compile(text, &library, date(2026, 11, 22), &next);
        show(text, &day.items[..4])
    };
    assert_eq!(first_of_sunday(&text("")), ["06:00 b-1-3", "07:00 b-1-4", "08:00 b-1-5", "09:00 a-1-23"]);
    let sunday = "  sunday: [{ at: \"07:00\", for: 1h, play: a }]";
    assert_eq!(first_of_sunday(&text(sunday)), ["06:00 b-1-3", "07:00 a-1-23", "08:00 b-1-4", "09:00 a-1-24"]);
}

#[test]
fn what_follows_an_overrun_is_joined_where_it_would_be() {
    let schedule = "schedule: { all: [
        { at: \"06:00\", for: 1h, play: films, overrun: join }, { at: \"07:00\", for: 2h, play: a } ] }";
    let text = file(&format!("grid: 1h\n{POOLS}\n{schedule}"));
    let library = [hours("a", 3), vec![film("Long", 1980, 3600 + 900)]].concat();
    let (day, _) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
    assert_eq!(show(&text, &day.items), ["06:00 long", "07:15 a-1-1", "08:00 a-1-2", "09:00 -"]);
    let offsets: Vec<_> = day.items.iter().map(|item| item.in_offset_frames).collect();
    assert_eq!(offsets, [0, 900 * 25, 0, 0]);
    let longer = [hours("a", 3), vec![film("Longer", 1980, 2 * 3600)]].concat();
    check_on(date(2026, 11, 22), schedule, &longer, &["06:00 longer", "08:00 a-1-1", "09:00 -"]);
}

#[test]
fn what_would_run_over_may_be_left_for_the_next_time() {
    let text = file(&format!(
        "grid: off\n{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", for: 3h, play: films, overrun: drop }}] }}"
    ));
    let library = [film("Epic", 1980, 4 * 3600), film("One", 1980, 7200), film("Two", 1980, 7200)];
    let plan = plan(&text);
    let (first, next, problems) =
        day::compile(&plan, &TimeZone::UTC, &library, date(2026, 11, 22), &DayStart::default());
    assert_eq!(show(&text, &first.items), ["06:00 one", "08:00 -"], "what never fits is passed over");
    assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["dropped"]);
    assert!(problems[0].message.contains("\"Two\""), "{}", problems[0].message);
    let (second, _) = compile(&text, &library, date(2026, 11, 23), &next);
    assert_eq!(show(&text, &second.items), ["06:00 two", "08:00 -"]);
    let (_, _, problems) = day::compile(&plan, &TimeZone::UTC, &library[..1], date(2026, 11, 22), &DayStart::default());
    assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["nothing_fits"]);
}

#[test]
fn what_does_not_fit_never_keeps_a_slot_empty_for_ever() {
    let text = file(&format!(
        "grid: off\n{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", for: 1h, play: films, overrun: drop }}] }}"
    ));
    let mut longer = film("A frame longer", 1980, 3600);
    longer.duration_ns += 40_000_000;
    let library = [longer, film("Short", 1980, 3500)];
    let (day, _) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
    assert_eq!(show(&text, &day.items), ["06:00 short", "06:58:20 -"]);
    let interrupted = file(&format!(
        "grid: off\n{POOLS}\nschedule:\n  all: [{{ at: \"18:00\", for: 4h, play: films, overrun: drop }}]\n  \
         weekends: [{{ at: \"20:00\", for: 1h, play: a }}]"
    ));
    let library = [film("Epic", 1980, 3 * 3600), film("Film", 1980, 5400), episode("a", 1, 1, 3600)];
    let (day, _) = compile(&interrupted, &library, date(2026, 11, 22), &DayStart::default());
    assert_eq!(show(&interrupted, &day.items), ["06:00 -", "18:00 film", "19:30 -", "20:00 a-1-1", "21:00 -"]);
}

#[test]
fn a_slot_of_a_whole_day_is_its_layers_broadcast_day() {
    let text = file(&format!(
        "grid: 1h\n{POOLS}\nschedule:\n  all: [{{ at: \"06:00\", for: 24h, play: a }}]\n  \
         11-23: [{{ at: \"00:00\", for: 24h, play: b }}]"
    ));
    let library = [hours("a", 24), hours("b", 24)].concat();
    let mut start = DayStart::default();
    for (number, series) in [(22, "a"), (23, "b"), (24, "a")] {
        let (day, next) = compile(&text, &library, date(2026, 11, number), &start);
        assert!(day.items.iter().all(|item| item.title == series), "{number}");
        assert_eq!(day.items.len(), 24);
        start = next;
    }
}

#[test]
fn a_day_of_25_hours_is_whole_in_every_layer() {
    let text = file(
        "grid: 1h\npools: { a: { match: { series: a } }, b: { match: { series: b } } }\nschedule:\n  \
         all: [{ at: \"06:00\", for: 24h, play: a }]\n  2026-10-31: [{ at: \"20:00\", for: 10h, play: b }]",
    )
    .replace("timezone: UTC", "timezone: America/New_York");
    let library = [hours("a", 24), hours("b", 24)].concat();
    let (day, _) = compile(&text, &library, date(2026, 10, 31), &DayStart::default());
    assert_eq!(day.items.iter().filter(|item| item.title == "b").count(), 11);
    assert_eq!(day.items.last().unwrap().title, "b");
}

#[test]
fn what_yesterday_crowds_out_is_told() {
    let text = file(&format!(
        "grid: off\n{POOLS}\nschedule: {{ all: [\n{{ at: \"05:00\", for: 1h, play: films }},\n\
         {{ at: \"06:00\", for: 1h, play: a }},\n{{ at: \"07:00\", for: 5h, play: b }} ] }}"
    ));
    let (plan, library) = (plan(&text), [hours("a", 3), hours("b", 3), vec![film("Long", 1980, 9000)]].concat());
    let (_, next, _) = day::compile(&plan, &TimeZone::UTC, &library, date(2026, 11, 22), &DayStart::default());
    let (_, _, problems) = day::compile(&plan, &TimeZone::UTC, &library, date(2026, 11, 23), &next);
    assert_eq!(problems.iter().map(|p| (p.code, p.line)).collect::<Vec<_>>(), [("crowded_out", 8)]);
}

#[test]
fn nothing_is_joined_that_no_item_ran_into() {
    let text = file(&format!(
        "grid: off\n{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", for: 1h, play: films, overrun: join }},\n\
         {{ at: \"07:00\", for: 1h, play: a }}] }}"
    ));
    let at = day::bounds(&plan(&text), &TimeZone::UTC, date(2026, 11, 22)).0.plus(std::time::Duration::from_secs(4200));
    let start = DayStart { busy_until: Some(at), ..DayStart::default() };
    let (day, _) = compile(&text, &hours("a", 3), date(2026, 11, 22), &start);
    assert_eq!((day.items[0].asset_id.as_deref(), day.items[0].in_offset_frames), (Some("a-1-1"), 0));
}
