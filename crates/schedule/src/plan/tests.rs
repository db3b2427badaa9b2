//! Channel files as people write them, and what they are told.

mod limits;

use super::*;
use crate::Asset;
use crate::fixtures::plan;

pub(super) const OK: &str =
    "channel: c\npools:\n  p: { match: {} }\nschedule:\n  all:\n    - { at: \"06:00\", for: 24h, play: p }\n";

/// Words that change something.
pub(super) const EVERY_WORD: &str = "channel: cheers-24-7
number: 2.10
name: Cheers 24/7
timezone: America/New_York
day_start: 05:30
grid: false
format: { size: 640x480, frame_rate: 25, video_kbps: 900, audio_kbps: 96 }
audio: { languages: [eng, deu] }
keep_warm: true
seed: 1989
breaks: none
fallback: [ films, card ]
pools:
  cheers: { match: { series: [Cheers, Frasier], type: episode, season: [1..3, 5], tags: classic, min_duration: 10m } }
  films: { match: { type: movie, year: 1980..1989, rating: [PG, PG-13], genres: comedy, max_duration: 3h } }
schedule:
  all:
    - { at: 20:00, until: 24:00, play: films, order: sequential, overrun: trim, title: Movie Night }
    - { at: 05:30, for: 14h30m, play: cheers }
    - { at: 00:00, play: { asset: 1984 } }
";

/// Every problem as `line:column code`, with a `?` after warnings.
fn problems(text: &str) -> Vec<String> {
    let show = |p: &Problem| {
        let mark = if p.severity == Severity::Warning { "?" } else { "" };
        format!("{}:{} {}{mark}", p.line, p.column, p.code)
    };
    Plan::read(text).1.iter().map(show).collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(problems(text), expect, "{:#?}", Plan::read(text).1);
}

/// Lines that come before a file which is in order.
#[track_caller]
fn check_top(lines: &str, expect: &[&str]) {
    check(&format!("{lines}\n{OK}"), expect);
}

/// Slots in a file whose pools are `a` and `b`; the first slot is on line 3.
#[track_caller]
fn check_slots(slots: &[&str], expect: &[&str]) {
    let slots: String = slots.iter().map(|slot| format!("  - {slot}\n")).collect();
    check(
        &format!(
            "channel: c\nschedule: {{ all: [\n{}]}}\npools: {{ a: {{ match: {{}} }}, b: {{ match: {{}} }} }}\nfallback: [a, b]",
            slots.replace("  - ", "  ").replace("}\n", "},\n")
        ),
        expect,
    );
}

#[track_caller]
fn hint(text: &str, line: u32) -> String {
    let (_, problems) = Plan::read(text);
    let found = problems.iter().find(|problem| problem.line == line);
    found.unwrap_or_else(|| panic!("{problems:#?}")).hint.clone()
}

#[test]
fn a_small_file_is_a_plan_with_defaults() {
    let plan = plan(OK);
    assert_eq!((plan.channel.as_str(), plan.name.as_str(), plan.number, plan.timezone), ("c", "c", None, None));
    assert_eq!((plan.day_start, plan.grid), (Time::constant(6, 0, 0, 0), Some(Duration::from_secs(1800))));
    assert_eq!(plan.format, ProgramFormat::default());
    assert_eq!(plan.format.frame_rate.to_string(), "30000/1001");
    let slot = &plan.layers[0].slots[0];
    assert_eq!((&slot.play, slot.end), (&Play::Pools(vec!["p".to_owned()]), SlotEnd::For(Duration::from_secs(86_400))));
    assert_eq!(slot.place, Position { line: 6, column: 7 });
    check(OK, &[]);
}

#[test]
fn json_is_a_channel_file_too() {
    check(
        r#"{"channel":"c","number":"2.1","grid":"off","pools":{"p":{"match":{"year":"1980..1989"}}},"schedule":{"all":[{"at":"06:00","play":"p"}]}}"#,
        &[],
    );
}

#[test]
fn every_word_that_means_something_now_is_read() {
    let plan = plan(EVERY_WORD);
    assert_eq!((plan.number.as_deref(), plan.name.as_str(), plan.grid), (Some("2.10"), "Cheers 24/7", None));
    assert_eq!(plan.languages, ["eng", "deu"]);
    assert!(plan.keep_warm);
    assert_eq!((plan.format.width, plan.format.height, plan.format.frame_rate), (640, 480, FrameRate::HOUSE[2]));
    let slots = &plan.layers[0].slots;
    let order: Vec<_> = slots.iter().map(|slot| slot.index).collect();
    assert_eq!(order, [1, 0, 2], "slots are in the day's order");
    assert_eq!((slots[1].overrun, slots[1].title.as_deref()), (Overrun::Trim, Some("Movie Night")));
    assert_eq!(slots[2].play, Play::Asset("1984".to_owned()));
    assert_eq!(slots[2].end, SlotEnd::Open);
    assert_eq!(plan.pools["cheers"].matches.seasons.len(), 2);
}

#[test]
fn what_is_no_tree_is_refused_where_it_ends() {
    check("", &["0:0 missing_key"]);
    check("~", &["0:0 missing_key"]);
    check("channel: [a\nschedule", &["2:9 syntax"]);
    check("channel: c\n\tschedule: {}", &["2:1 syntax"]);
    check(&format!("{OK}---\n{OK}"), &["7:1 syntax"]);
    check("? [a]\n: b", &["1:3 syntax"]);
    check("a: &x [*x]", &["1:8 syntax"]);
    check("- channel: c", &["1:1 wrong_type"]);
    check("hello", &["1:1 wrong_type"]);
    check(&"[".repeat(40), &["1:33 too_deep"]);
    check(&format!("# {}\n{OK}", "x".repeat(MAX_FILE_BYTES)), &["0:0 too_large"]);
}

#[test]
fn keys_are_known_and_written_once() {
    check_top("gird: 1h\nnumber: 7\nnumber: 8", &["1:1 unknown_key", "3:1 duplicate_key"]);
    assert_eq!(hint(&format!("gird: 1h\n{OK}"), 1), "Did you mean `grid`?");
    check("name: x", &["1:1 missing_key", "1:1 missing_key"]);
    check("channel: c\nschedule: {}", &["2:11 missing_key"]);
    check("channel:\nschedule:\n  all: []", &["1:1 missing_key", "3:3 gap?"]);
    check("channel: c\nschedule: []", &["2:11 wrong_type"]);
    check("channel: c\nschedule:\n  sometimes: []\n  all: { at: 1 }", &["3:3 unknown_key", "4:8 wrong_type"]);
}

#[test]
fn values_are_what_their_keys_expect() {
    check(&OK.replace("channel: c", "channel: Cheers 24/7"), &["1:10 bad_slug"]);
    assert_eq!(hint(&OK.replace("channel: c", "channel: Cheers 24/7"), 1), "Write `cheers-24-7`.");
    check_top("number: seven", &["1:9 bad_number"]);
    check_top("number: \"2.1\"", &[]);
    check_top("name: ''\ntimezone: America/New_Yrok", &["1:7 bad_value", "2:11 bad_zone"]);
    assert_eq!(hint(&format!("timezone: America/New_Yrok\n{OK}"), 1), "Did you mean `America/New_York`?");
    assert_eq!(hint(&format!("timezone: Berlin\n{OK}"), 1), "Did you mean `Europe/Berlin`?");
    check_top("day_start: \"24:00\"", &["1:12 bad_time"]);
    check_top("grid: 3h", &["1:7 bad_duration"]);
    check_top("grid: 30", &["1:7 bad_duration"]);
    check_top("grid: [1h]", &["1:7 wrong_type"]);
    check_top("grid: off", &[]);
    check_top("format: { size: 1281x720, frame_rate: 29.97 }", &["1:17 bad_size", "1:39 bad_frame_rate"]);
    assert_eq!(hint(&format!("format: {{ frame_rate: 29.97 }}\n{OK}"), 1), "Did you mean `30000/1001`?");
    check_top(
        "format: { size: 8x8, video_kbps: lots, audio_kbps: 9, colour: red }",
        &["1:17 bad_size", "1:34 bad_value", "1:52 bad_value", "1:55 unknown_key"],
    );
    check_top("audio: { languages: English }\nseed: x", &["1:21 bad_value", "2:7 bad_value"]);
}

#[test]
fn pools_say_what_they_hold() {
    let check = |pool: &str, expect: &[&str]| check(&OK.replace("p: { match: {} }", pool), expect);
    check("p: { match: { serie: Cheers } }", &["3:17 unknown_key"]);
    check("p: { match: { kind: [film, promo], type: film } }", &["3:24 bad_value", "3:44 bad_value"]);
    check("p: { match: { kind: slate } }", &["3:23 bad_value"]);
    check("p: { match: { year: 80s, max_duration: long } }", &["3:23 bad_value", "3:42 bad_duration"]);
    check("p: { match: { min_duration: 2h, max_duration: 1h } }", &["3:15 bad_value"]);
    check("p: { match: { not: [{ genre: horror }, {}] } }", &["3:25 unknown_key", "3:42 bad_value"]);
    check("p: { match: { not: horror } }", &["3:22 wrong_type"]);
    check("p: { match: { not: { not: { not: { type: movie } } } } }", &[]);
    check("p: { match: [] }", &["3:15 wrong_type"]);
    check("p: {}", &["3:3 missing_key"]);
    check("p:", &["3:3 missing_key"]);
    check("p: { match: }", &[]);
    check("p: { match: {} }\n  my pool: { match: {} }", &["4:3 bad_value", "4:3 unused_pool?"]);
    check("q: { match: {} }", &["3:3 unused_pool?", "6:38 unknown_pool"]);
}

#[test]
fn slots_have_a_start_an_end_and_something_to_play() {
    check_slots(&["{ at: 06:00, for: 24h }"], &["3:3 missing_key"]);
    check_slots(&["{ play: a }"], &["3:3 missing_key"]);
    check_slots(&["{ at: 25:00, for: 25h, play: a }"], &["3:9 bad_time", "3:21 bad_duration"]);
    check_slots(&["{ at: 06:00, for: 2h, until: 08:00, play: a }"], &["3:32 bad_value"]);
    check_slots(
        &["{ at: 06:00, play: c, order: sequentially, overrun: spill }"],
        &["3:22 unknown_pool", "3:32 bad_value", "3:55 bad_value"],
    );
    check_slots(&["{ at: 06:00, play: { pool: a } }"], &["3:22 missing_key", "3:24 unknown_key"]);
}

#[test]
fn slots_cover_the_day_without_overlap() {
    check_slots(&["{ at: 06:00, play: a }", "{ at: 20:00, play: b }"], &[]);
    check_slots(&["{ at: 00:00, for: 24h, play: a }"], &[]);
    check_slots(&["{ at: 20:00, until: 20:00, play: a }"], &[]);
    check_slots(&["{ at: 06:00, for: 15h, play: a }", "{ at: 20:00, play: b }"], &["4:3 overlap"]);
    check_slots(&["{ at: 20:00, play: a }", "{ at: 06:00, for: 15h, play: b }"], &["4:3 overlap"]);
    check_slots(&["{ at: 06:00, play: a }", "{ at: 06:00, play: b }"], &["4:3 overlap"]);
    check_slots(&["{ at: 20:00, for: 12h, play: a }", "{ at: 06:00, until: 20:00, play: b }"], &["4:3 overlap"]);
    check_slots(&["{ at: 06:00, for: 2h, play: a }"], &["3:3 gap?"]);
    check_slots(&["{ at: 08:00, play: a }"], &["3:3 gap?"]);
    check_slots(&["{ at: 06:10, play: a }"], &["3:3 gap?", "3:3 off_grid?"]);
    check_slots(&["{ at: 06:00, for: 2h }"], &["3:3 missing_key"]);
}

#[test]
fn a_channel_is_kept_warm_or_not() {
    check_top("keep_warm: true", &[]);
    check_top("keep_warm: maybe", &["1:12 bad_value"]);
}

#[test]
fn breaks_have_points_and_a_pod() {
    check_top("breaks: none", &[]);
    check_top("breaks: off", &["1:9 bad_value"]);
    check_top("breaks: { at: none }", &["1:9 missing_key"]);
    check_top("breaks: { pod: [ p, p…, p... ] }", &[]);
    check_top("breaks: { pod: p… }", &[]);
    check_top("breaks: { pod: [] }", &["1:16 wrong_type"]);
    check_top("breaks: { pod: [ q… ] }", &["1:18 unknown_pool"]);
    check_top("grid: off\nbreaks: { pod: p }", &["2:9 no_room?"]);
    for at in ["chapters", "detected", "every 8m", "none", "[ chapters, every 10m ]"] {
        check_top(&format!("breaks: {{ pod: p, at: {at} }}"), &[]);
    }
    for (bad, code) in [
        ("at: every", "bad_value"),
        ("at: every 0s", "bad_value"),
        ("at: 8m", "bad_value"),
        ("fade: 6s", "bad_duration"),
        ("after: maybe", "bad_value"),
        ("pods: p", "unknown_key"),
    ] {
        let text = format!("breaks: {{ pod: p, {bad} }}");
        let told = Plan::read(&format!("{text}\n{OK}")).1;
        assert_eq!(told.iter().map(|problem| problem.code).collect::<Vec<_>>(), [code], "{text}");
    }
    let breaks = |at: &str| plan(&format!("breaks: {{ at: {at}, pod: p }}\n{OK}")).breaks.at;
    let every = |minutes: u64| Points::Every(Duration::from_secs(minutes * 60));
    assert_eq!(breaks("chapters"), [Points::Chapters, Points::Detected, every(8)]);
    assert_eq!(breaks("detected"), [Points::Detected, every(8)]);
    assert_eq!(breaks("every 5m"), [every(5)]);
    assert_eq!(breaks("[ chapters ]"), [Points::Chapters]);
    assert_eq!(breaks("none"), []);
}

#[test]
fn slots_have_breaks_and_traffic_of_their_own() {
    let slots = "schedule: { all: [
        { at: 06:00, for: 6h, play: p, breaks: none }, { at: 12:00, for: 6h, play: p, breaks: { after: false } },
        { at: 18:00, for: 12h, play: p, traffic: { cooldown: { promo: 1h } } } ] }";
    let text = format!(
        "channel: c\npools: {{ p: {{ match: {{}} }} }}\nbreaks: {{ at: every 5m, pod: p… }}\n\
         traffic: {{ cooldown: {{ Commercial: 30m }}, per_day: {{ toys: 2 }} }}\n{slots}"
    );
    let plan = plan(&text);
    let [none, inside, other] = plan.layers[0].slots.as_slice() else { panic!() };
    assert!(none.breaks.as_ref().unwrap().pod.is_empty());
    let inside = inside.breaks.as_ref().unwrap();
    assert_eq!((inside.after, &inside.at, &inside.pod), (false, &plan.breaks.at, &plan.breaks.pod));
    let traffic = other.traffic.as_ref().unwrap();
    assert_eq!(*traffic.cooldown, [("promo".to_owned(), Duration::from_secs(3600))].into());
    assert_eq!(*traffic.per_day, [("toys".to_owned(), 2)].into());
}

#[test]
fn traffic_goes_by_kinds_and_tags() {
    check_top("traffic: { cooldown: { commercial: 1h }, per_day: { toys: 3 } }", &[]);
    check_top("traffic: { dayparts: { toys: \"06:00..19:00\", late: [ 22:00..02:00, 12:00..13:00 ] } }", &[]);
    check_top("traffic: { cooldown: { promo: 8d } }", &["1:31 bad_duration"]);
    check_top("traffic: { per_day: { promo: 0 } }", &["1:30 bad_value"]);
    check_top("traffic: { dayparts: { promo: morning } }", &["1:31 bad_time"]);
    check_top("traffic: { cooldowns: {} }", &["1:12 unknown_key"]);
    check_top("traffic: [ cooldown ]", &["1:10 wrong_type"]);
}

#[test]
fn the_card_covers_what_is_left() {
    let fallback = |text: &str| plan(&format!("fallback: {text}\n{OK}")).fallback;
    assert_eq!(fallback("card"), [""; 0]);
    assert_eq!(fallback("[ p, card ]"), ["p"]);
    assert_eq!(fallback("p"), ["p"]);
    check_top("fallback: [ card, p ]", &["1:19 unreached?"]);
}

#[test]
fn nights_off_air_are_a_layer_above_all() {
    let off_air = |fields: &str| format!("{OK}off_air: {{ {fields} }}\n");
    let night = plan(&off_air("from: 02:00, to: 24:00, show: test-card, sign_off: p"));
    let layer = &night.layers[1];
    assert_eq!(
        (layer.name.as_str(), layer.days, layer.slots[0].id.as_str()),
        ("off_air", Days::Always, "off_air@02:00")
    );
    let shows = OffAir { sign_off: Some("p".to_owned()), show: NightShow::Card };
    assert_eq!((&layer.slots[0].play, layer.slots[0].end), (&Play::OffAir(shows), SlotEnd::Until(Time::midnight())));
    check(&off_air("from: 02:00, to: 06:00, show: p"), &[]);
    let shown =
        |what: &str| match &plan(&off_air(&format!("from: 02:00, to: 06:00, show: {what}"))).layers[1].slots[0].play {
            Play::OffAir(off_air) => off_air.show.clone(),
            other => panic!("{other:?}"),
        };
    assert_eq!(shown("p"), NightShow::Pool("p".to_owned()));
    assert_eq!(shown("{ asset: 0190-abc }"), NightShow::Asset("0190-abc".to_owned()));
    check(&off_air("from: 02:00, to: 06:00, show: {}"), &["7:42 missing_key"]);
    check(&off_air("from: 02:00, to: 06:00, show: { aset: a }"), &["7:42 missing_key", "7:44 unknown_key"]);
    check(&off_air("from: 02:00, to: 06:00, show: { asset: [a] }"), &["7:51 wrong_type"]);
    check(&off_air("from: 02:00, to: 06:00, show: [p]"), &["7:42 wrong_type"]);
    check(&off_air("from: 02:00"), &["7:10 missing_key"]);
    check(&off_air("from: 2, to: 6, at: 7"), &["7:18 bad_time", "7:25 bad_time", "7:28 unknown_key"]);
    check(&off_air("from: 02:00, to: 02:00"), &["7:29 bad_value"]);
    check(
        &off_air("from: 02:00, to: 06:00, show: x, sign_off: test-card"),
        &["7:42 unknown_pool", "7:55 unknown_pool"],
    );
    // what it covers is no gap, and it need not be on the grid
    let gap = "channel: c\npools: { p: { match: {} } }\nschedule: { all: [{ at: 06:00, until: 02:00, play: p }] }\n";
    check(gap, &["3:19 gap?"]);
    check(&format!("{gap}off_air: {{ from: 01:50, to: 06:00 }}"), &[]);
}

#[test]
fn layers_are_days() {
    for layer in ["weekdays", "weekends", "saturday", "12-24", "12-24..01-06", "2026-12-24..2027-01-06"] {
        let text = OK.replace("schedule:\n", &format!("schedule:\n  {layer}: [{{ at: 10:00, for: 1h, play: p }}]\n"));
        check(&text, &[]);
        assert_eq!(plan(&text).layers[0].name, layer);
        check(&text.replace("  all:", "  friday:"), &["5:3 gap?"]);
    }
    for layer in ["satuday", "13-24", "12-24..", "everyday"] {
        let text = OK.replace("schedule:\n", &format!("schedule:\n  {layer}: [{{ at: 10:00, for: 1h, play: p }}]\n"));
        check(&text, &["5:3 unknown_key"]);
    }
    let saturday = "channel: c\npools: { p: { match: {} } }\nschedule:\n  all: [{ at: 06:00, play: p }]\n  saturday: [{ at: 20:00, for: 14h, play: p }, { at: 08:00, for: 1h, play: p }]";
    check(saturday, &[]);
    check(&saturday.replace("saturday", "weekends"), &["5:48 overlap"]);
    // what layers of the week fill together is no gap
    let apart = "channel: c\npools: { p: { match: {} } }\nschedule:\n  all: [{ at: 06:00, for: 16h, play: p }]\n  weekdays: [{ at: 22:00, for: 8h, play: p }]\n  weekends: [{ at: 22:00, for: 8h, play: p }]";
    check(apart, &[]);
    check(&apart.replace("weekends", "saturday"), &["4:9 gap?"]);
    check(&apart.replace("weekdays", "12-24").replace("weekends", "12-24..12-24"), &["6:3 overlap"]);
}

#[test]
fn orders_have_their_own_words() {
    for order in ["sequential", "shuffle", "random, no_repeat: 40", "rotate", "weighted", "marathon", "newest"] {
        check_slots(&[&format!("{{ at: 06:00, play: a, order: {order} }}")], &[]);
    }
    check_slots(&["{ at: 06:00, play: [a, b] }"], &[]);
    check_slots(&["{ at: 06:00, play: [a, b], order: weighted, weights: [3, 1] }"], &[]);
    check_slots(&["{ at: 06:00, play: [a, b], order: shuffle }"], &["3:37 bad_value"]);
    check_slots(&["{ at: 06:00, play: [a, b], order: weighted, weights: 3 }"], &["3:56 bad_value"]);
    check_slots(&["{ at: 06:00, play: a, order: random, no_repeat: 501 }"], &["3:51 bad_value"]);
    check_slots(&["{ at: 06:00, play: a, no_repeat: 3, weights: [1] }"], &["3:36 bad_value", "3:48 bad_value"]);
    check_slots(&["{ at: 06:00, play: [] }"], &["3:22 bad_value"]);
    check_slots(&["{ at: 06:00, play: { asset: x }, order: shuffle }"], &["3:43 bad_value"]);
    for overrun in ["bleed", "trim", "join", "drop"] {
        check_slots(&[&format!("{{ at: 06:00, play: a, overrun: {overrun} }}")], &[]);
    }
}

#[test]
fn the_file_of_the_design_is_known_word_for_word() {
    let text = include_str!("tests/whole_language.yaml");
    let (plan, problems) = Plan::read(text);
    assert_eq!(problems, []);
    let plan = plan.unwrap();
    assert_eq!(plan.breaks.pod.iter().filter(|part| part.repeats).count(), 1);
    assert_eq!(plan.fallback, ["filler"]);
}

#[test]
fn a_match_holds_by_every_field_that_it_names() {
    let asset = Asset {
        genres: vec!["Comedy".to_owned(), "Romance".to_owned()],
        rating: Some("PG-13".to_owned()),
        tags: vec!["classic".to_owned()],
        year: Some(1985),
        ..crate::fixtures::episode("Cheers", 3, 7, 1500)
    };
    let holds = |fields: &str| {
        plan(&OK.replace("match: {}", &format!("match: {{ {fields} }}"))).pools["p"].matches.holds(&asset)
    };
    for fields in [
        "",
        "kind: programme",
        "series: cheers",
        "series: [Frasier, CHEERS]",
        "type: episode, season: 3",
        "episode: 5..8",
        "year: [1970, 1980..1989]",
        "genres: [comedy, drama]",
        "rating: pg-13",
        "tags: Classic",
        "title: Part 7",
        "min_duration: 25m",
        "max_duration: 25m",
        "not: { genres: drama }",
        "not: { genres: comedy, season: 1 }",
        "not: [{ kind: promo }, { type: movie }]",
        "not: { not: { tags: classic } }",
    ] {
        assert!(holds(fields), "{fields}");
    }
    for fields in [
        "kind: promo",
        "kind: [filler, promo]",
        "series: Cheer",
        "type: movie",
        "season: ..2",
        "year: 1990..",
        "genres: drama",
        "rating: PG",
        "tags: new",
        "title: Part",
        "min_duration: 25m1s",
        "max_duration: 24m59s",
        "series: cheers, type: movie",
        "not: { genres: [drama, comedy] }",
        "not: [{ type: movie }, { season: 3, episode: 7 }]",
        "series: cheers, not: { kind: programme }",
        "not: { not: { tags: new } }",
    ] {
        assert!(!holds(fields), "{fields}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::{OK, Plan, Position, Severity};

    /// Texts that are nearly channel files: the file above with a few stretches replaced.
    fn damaged() -> impl Strategy<Value = String> {
        let whole = include_str!("tests/whole_language.yaml");
        let scrap = prop_oneof!["\\PC{0,6}", "[-:{}\\[\\],&*!|>'\"%@# \n\t?]{0,4}", Just("\0".to_owned())];
        let damage = (any::<prop::sample::Index>(), 0usize..12, scrap);
        (prop::sample::select(vec![OK, whole]), prop::collection::vec(damage, 1..4)).prop_map(|(text, damages)| {
            let mut chars: Vec<char> = text.chars().collect();
            for (at, length, scrap) in damages {
                let at = at.index(chars.len() + 1);
                chars.splice(at..(at + length).min(chars.len()), scrap.chars());
            }
            chars.into_iter().collect()
        })
    }

    fn holds_for(text: &str) -> Result<(), TestCaseError> {
        let (plan, problems) = Plan::read(text);
        let refused = problems.iter().any(|problem| problem.severity == Severity::Error);
        prop_assert_eq!(plan.is_none(), refused, "a plan is missing exactly where an error says why");
        let lines = u32::try_from(text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count()).unwrap();
        for problem in problems {
            let place = Position { line: problem.line, column: problem.column };
            prop_assert!((place.line == 0) == (place.column == 0) && place.line <= lines + 1, "{:?}", problem);
            prop_assert!(problem.message.len() < 1000 && !problem.message.contains('\n'), "{:?}", problem);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_is_too_bad_to_be_read(text in "\\PC*") {
            holds_for(&text)?;
        }

        #[test]
        fn no_damage_is_too_bad_to_be_told(text in damaged()) {
            holds_for(&text)?;
        }
    }
}
