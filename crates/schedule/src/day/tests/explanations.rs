//! Why something is on, in words: a golden file for each kind of answer, in `explanations/`. `UPDATE_REFERENCE=1` writes
//! them.

use std::fmt::Write;
use std::path::Path;

use super::*;
use crate::day::{Explanation, Question, after, date_at, explain, local};
use crate::playlog::{self, Aired, Plays, Source};

/// A kind of answer: what it shows, the zone, the rest of the channel file, and the instants asked about.
type Kind<'a> = (&'a str, &'a str, &'a str, &'a str, &'a [&'a str]);

const POOLS: &str = "pools: { a: { match: { series: Alpha } }, b: { match: { series: Beta } }, films: { match: { type: movie } }, \
                     none: { match: { series: Zeta } }, spots: { match: { kind: commercial } }, \
                     idents: { match: { kind: station_id } }, filler: { match: { kind: filler } } }";

const SUNDAY: &str = "2026-11-22";

const KINDS: [Kind<'_>; 27] = [
    ("sequential", SUNDAY, "UTC", "schedule: { all: [{ at: \"06:00\", for: 24h, play: a }] }", &["06:10", "07:10"]),
    (
        "shuffle",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a, order: shuffle }] }",
        &["06:10", "09:10"],
    ),
    (
        "random",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a, order: random, no_repeat: 2 }] }",
        &["06:10", "09:10"],
    ),
    (
        "weighted",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: [a, b], order: weighted, weights: [3, 1] }] }",
        &["09:10"],
    ),
    ("rotate", SUNDAY, "UTC", "schedule: { all: [{ at: \"06:00\", for: 24h, play: [a, b] }] }", &["06:10", "09:10"]),
    (
        "marathon",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a, order: marathon }] }",
        &["06:10", "07:10"],
    ),
    (
        "newest",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: films, order: newest }] }",
        &["06:10", "09:00"],
    ),
    (
        "one_asset",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: { asset: alien } }] }",
        &["06:10", "12:00"],
    ),
    (
        "a_higher_layer_wins",
        SUNDAY,
        "UTC",
        "schedule:\n  all: [{ at: \"06:00\", for: 24h, play: a }]\n  weekends: [{ at: \"08:00\", for: 2h, play: b }]\n  \
         saturday: [{ at: \"08:00\", for: 2h, play: b }]\n  12-24: [{ at: \"06:00\", for: 1h, play: films }]",
        &["08:10"],
    ),
    (
        "a_slot_is_cut_by_a_higher_layer",
        SUNDAY,
        "UTC",
        "schedule:\n  all: [{ at: \"06:00\", for: 24h, play: a }]\n  sunday: [{ at: \"08:00\", for: 2h, play: b }]",
        &["07:10", "10:10"],
    ),
    (
        "bleed",
        SUNDAY,
        "UTC",
        "schedule:\n  all: [{ at: \"06:00\", for: 90m, play: films }, { at: \"07:30\", play: a }]",
        &["06:10", "07:40", "08:10"],
    ),
    (
        "trim",
        SUNDAY,
        "UTC",
        "schedule:\n  all: [{ at: \"06:00\", for: 90m, play: films, overrun: trim }, { at: \"07:30\", play: a }]",
        &["06:10"],
    ),
    (
        "join",
        SUNDAY,
        "UTC",
        "schedule:\n  all: [{ at: \"06:00\", for: 90m, play: films, overrun: join }, { at: \"07:30\", play: b }]",
        &["06:10", "08:00"],
    ),
    (
        "drop",
        SUNDAY,
        "UTC",
        "schedule:\n  all: [{ at: \"06:00\", for: 110m, play: films, overrun: drop }, { at: \"08:00\", for: 30m, play: films, overrun: drop }, { at: \"09:00\", play: a }]",
        &["06:10", "08:10"],
    ),
    (
        "off_air",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a }] }\n\
         off_air: { from: \"08:00\", to: \"10:00\", sign_off: idents, show: filler }",
        &["08:00:02", "08:10", "09:59"],
    ),
    (
        "off_air_with_an_asset",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a }] }\noff_air: { from: \"08:00\", to: \"10:00\", show: { asset: sea } }",
        &["08:10", "09:59"],
    ),
    (
        "off_air_with_an_asset_that_is_lost",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a }] }\noff_air: { from: \"08:00\", to: \"10:00\", show: { asset: lost } }",
        &["08:10"],
    ),
    (
        "off_air_with_the_card",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: films }] }\noff_air: { from: \"07:00\", to: \"10:00\" }",
        &["07:10", "09:00"],
    ),
    (
        "a_spot_in_a_break",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: b }] }\nbreaks: { pod: [ idents, spots… ], at: every 20m }\n\
         traffic: { cooldown: { commercial: 30m }, dayparts: { toys: \"12:00..18:00\" } }\nfallback: [ filler, card ]",
        &["06:20:02", "06:22", "06:43", "07:59"],
    ),
    (
        "a_spot_against_the_rules",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: b }] }\nbreaks: { pod: [ spots… ], at: none }\n\
         traffic: { cooldown: { commercial: 12h } }",
        &["09:47", "11:58"],
    ),
    (
        "a_hole_covered_by_filler",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a }] }\nfallback: [ filler, card ]",
        &["06:52", "06:59:59.5"],
    ),
    (
        "a_hole_covered_by_the_card",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 24h, play: a }] }",
        &["06:52"],
    ),
    (
        "nothing_found",
        SUNDAY,
        "UTC",
        "schedule: { all: [{ at: \"06:00\", for: 2h, play: none }, { at: \"08:00\", for: 2h, play: { asset: lost } }] }",
        &["06:10", "08:10"],
    ),
    (
        "no_slot",
        SUNDAY,
        "UTC",
        "schedule:\n  all: [{ at: \"06:00\", for: 2h, play: a }]\n  12-24: [{ at: \"20:00\", for: 2h, play: a }]",
        &["20:10"],
    ),
    ("what_not_keeps_out", SUNDAY, "UTC", "schedule: { all: [{ at: \"06:00\", for: 24h, play: some }] }", &["07:10"]),
    (
        "the_missing_hour",
        "2026-03-28",
        "Europe/Berlin",
        "schedule: { all: [{ at: \"02:30\", for: 2h, play: b }, { at: \"06:00\", until: \"02:30\", play: a }] }",
        &["00:59", "01:10"],
    ),
    (
        "the_repeated_hour",
        "2026-10-24",
        "Europe/Berlin",
        "schedule: { all: [{ at: \"02:30\", for: 2h, play: b }, { at: \"06:00\", until: \"02:30\", play: a }] }",
        &["00:40", "01:40"],
    ),
];

fn library() -> Vec<Asset> {
    let shows = [("Alpha", 4, 2900), ("Beta", 3, 6400)];
    let shows = shows
        .into_iter()
        .flat_map(|(name, count, seconds)| (1..=count).map(move |number| episode(name, 1, number, seconds)));
    let films = [
        film("Alien", 1979, 7020),
        film("Brazil", 1985, 8520),
        film("Clue", 1985, 5820),
        film("Duck Soup", 1933, 4080),
    ];
    let other =
        |kind, title: &str, seconds| Asset { kind, media_type: crate::MediaType::Other, ..film(title, 0, seconds) };
    let spots = (1..=4).map(|n| other(crate::Kind::Commercial, &format!("Soap {n}"), 20 * n));
    let toys = Asset { tags: vec!["toys".to_owned()], ..other(crate::Kind::Commercial, "Robot", 30) };
    let between = [other(crate::Kind::StationId, "Ident", 5), other(crate::Kind::Filler, "Sea", 240)];
    shows.chain(films).chain(spots).chain([toys]).chain(between).collect()
}

/// Every answer of a kind, with its question.
fn page((name, on, zone, rest, times): Kind<'_>) -> String {
    let pools = if name == "what_not_keeps_out" {
        "pools: { some: { match: { series: Alpha, not: { episode: 2 } } } }"
    } else {
        POOLS
    };
    let text = format!("channel: golden\ntimezone: {zone}\nseed: 1989\ngrid: 30m\n{pools}\n{rest}\n");
    let mut page = text.replace(POOLS, "pools: …");
    let (plan, library, on) = (plan(&text), library(), on.parse().unwrap());
    let zone = plan.zone(&TimeZone::UTC);
    let start = DayStart::default();
    let (day, _, _) = crate::day::compile(&plan, &zone, &library, on, &start);
    let source = Source { plan: &plan, zone: &zone, library: &library, shown: &library };
    let (events, _) = playlog::compile(&source, &day.items, Plays::default());
    for time in times {
        let date = if *time < "05" { on.tomorrow().unwrap() } else { on };
        let seconds = if time.len() == 5 { ":00" } else { "" };
        let at: jiff::Timestamp = format!("{date}T{time}{seconds}Z").parse().unwrap();
        let at = UtcTime::from_nanos(i64::try_from(at.as_nanosecond()).unwrap());
        assert_eq!(date_at(&plan, &zone, at), on, "{name}");
        let place = day.items.iter().position(|item| item.start <= at && at < item.end).unwrap();
        let item = &day.items[place];
        let frame = plan.format.frame_rate.frame_at(at);
        let event = events.iter().find(|event| frame.0 < event.start_frame.0 + event.frame_count).unwrap();
        let begin = events.iter().position(|other| other.block_id == item.item_id).unwrap();
        let block: Vec<_> = events.iter().filter(|other| other.block_id == item.item_id).cloned().collect();
        let rate = plan.format.frame_rate;
        let spots = events[..begin].iter().filter(|event| event.kind != crate::Kind::Programme);
        let plays = spots.filter_map(|spot| Some((spot.asset_id.clone()?, rate.start_of(spot.start_frame)))).collect();
        let question = Question {
            plan: &plan,
            zone: &zone,
            library: &library,
            shown: &library,
            date: on,
            start: Some(&start),
            before: &day.items[..place],
            item,
            at,
            aired: Some(Aired { event, block: &block, plays: &plays }),
        };
        let clock = |at| local::clock(&zone, at);
        let titles = [item.title.as_str(), &item.subtitle].join(" ");
        let (titles, from, to) = (titles.trim_end(), clock(item.start), clock(item.end));
        write!(page, "\nAt {}: {titles}, from {from} to {to}, {}", clock(at), item.rule).unwrap();
        writeln!(page, "\non air: {} {:?}, {}", event.kind, event.title, event.rule).unwrap();
        page += &answer(&explain(&question), &clock);
    }
    page
}

/// All fields of an answer.
fn answer(told: &Explanation, clock: &dyn Fn(UtcTime) -> String) -> String {
    let mut page = String::new();
    if let Some(slot) = &told.slot {
        let (from, to) = (clock(slot.start), clock(slot.end));
        writeln!(page, "slot: {} {}, line {}, from {from} to {to}", slot.layer, slot.index, slot.line).unwrap();
    }
    if let Some(pool) = &told.pool {
        let id = |id: &Option<String>| id.clone().unwrap_or_else(|| "-".to_owned());
        let (before, after) = (id(&pool.before), id(&pool.after));
        let (name, size, order, seed) = (&pool.name, pool.size, &pool.order, pool.seed);
        writeln!(page, "pool: {name}, {size} items, {order}, seed {seed}, cursor {before} to {after}").unwrap();
    }
    for reason in &told.reasons {
        writeln!(page, "- {reason}").unwrap();
    }
    for (what, neighbours) in [("neighbour", &told.neighbours), ("spot", &told.spots)] {
        for neighbour in neighbours {
            writeln!(page, "{what}: {} ({}) {}", neighbour.title, neighbour.asset_id, neighbour.why).unwrap();
        }
    }
    page
}

#[test]
fn each_kind_of_answer_is_as_its_golden_file_has_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/day/tests/explanations");
    let mut wrong = Vec::new();
    for kind in KINDS {
        let (path, page) = (folder.join(format!("{}.txt", kind.0)), page(kind));
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &page).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if kept != page {
            wrong.push(format!("{}, which has\n{kept}\nand should have\n{page}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "run with UPDATE_REFERENCE=1 to write {}", wrong.join("\n"));
}

#[test]
fn what_came_before_may_be_unknown_or_gone() {
    let text = format!("channel: c\n{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", for: 24h, play: a }}] }}");
    let (plan, library) = (plan(&text), library());
    let (day, _, _) = crate::day::compile(&plan, &TimeZone::UTC, &library, date(2026, 11, 22), &DayStart::default());
    let left: Vec<Asset> = library.iter().filter(|asset| asset.id != "Alpha-1-2").cloned().collect();
    let start = DayStart::default();
    let asked = |start, shown| {
        let question = Question {
            plan: &plan,
            zone: &TimeZone::UTC,
            library: &left,
            shown,
            date: day.date,
            start,
            before: &day.items[..2],
            item: &day.items[2],
            at: day.items[2].start,
            aired: None,
        };
        let told = explain(&question);
        (told.pool.unwrap().before, told.reasons.last().unwrap().clone())
    };
    assert_eq!(asked(None, &library), (None, "What the order had come to before it is not known any more.".to_owned()));
    let last = "Of the pool, Alpha S01E02 Part 2 was shown last, and this comes next.";
    assert_eq!(asked(Some(&start), &library), (Some("Alpha-1-2".to_owned()), last.to_owned()));
    assert!(after(plan.seed, &DayStart::default(), &[], &library).busy_until.is_none());
}
