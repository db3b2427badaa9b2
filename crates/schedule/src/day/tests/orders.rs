//! What each order promises.

use std::collections::BTreeSet;

use super::*;
use crate::day::after;

const POOLS: &str =
    "pools: { a: { match: { series: a } }, b: { match: { series: b } }, films: { match: { type: movie } } }";

/// Half-hour episodes of a season.
fn season(series: &str, episodes: u32) -> Vec<Asset> {
    (1..=episodes).map(|number| episode(series, 1, number, 1800)).collect()
}

/// What plays on `days` days under one slot of a whole day.
fn played(slot: &str, library: &[Asset], days: i64) -> Vec<String> {
    seeded(1989, slot, library, days)
}

fn seeded(seed: u64, slot: &str, library: &[Asset], days: i64) -> Vec<String> {
    let text = file(&format!("seed: {seed}\ngrid: 30m\n{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", {slot} }}] }}"));
    let plan = plan(&text);
    let mut start = DayStart::default();
    let mut played = Vec::new();
    for n in 0..days {
        let day = date(2026, 11, 22).saturating_add(jiff::Span::new().days(n));
        let (day, next, _) = day::compile(&plan, &TimeZone::UTC, library, day, &start);
        played.extend(day.items.iter().filter_map(|item| item.asset_id.clone()));
        let largest = next.cursors.values().map(String::len).max().unwrap_or(0);
        assert!(largest < 4096, "{largest} bytes are remembered of a slot");
        start = next;
    }
    played
}

#[test]
fn shuffle_plays_everything_once_before_anything_again() {
    for episodes in [1, 2, 3, 7, 100] {
        let played = played("play: a, order: shuffle", &season("a", episodes), 20);
        for round in played.chunks_exact(episodes as usize) {
            assert_eq!(round.iter().collect::<BTreeSet<_>>().len(), episodes as usize, "{round:?}");
        }
        assert!(episodes == 1 || played.windows(2).all(|pair| pair[0] != pair[1]), "{episodes}: twice in a row");
        let rounds: BTreeSet<_> = played.chunks_exact(episodes as usize).collect();
        assert!(episodes < 7 || rounds.len() > 8, "rounds differ");
    }
}

#[test]
fn what_joins_a_shuffled_pool_has_its_turn_and_what_goes_costs_no_other_its_own() {
    let library = season("a", 40);
    let text = file(&format!(
        "grid: 30m\n{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", for: 10h, play: a, order: shuffle }}] }}"
    ));
    let plan = plan(&text);
    let day = |library: &[Asset], n, start: &DayStart| {
        let (day, next, _) = day::compile(&plan, &TimeZone::UTC, library, date(2026, 11, n), start);
        (day.items.iter().filter_map(|item| item.asset_id.clone()).collect::<Vec<_>>(), next)
    };
    let (first, next) = day(&library, 1, &DayStart::default());
    let mut changed = library.clone();
    changed.retain(|asset| asset.id != first[0] && asset.id != *first.last().unwrap());
    changed.extend(season("a", 50).split_off(40));
    let (second, next) = day(&changed, 2, &next);
    let (third, _) = day(&changed, 3, &next);
    let all: Vec<_> = [first, second, third].concat();
    let counts: Vec<_> = library.iter().map(|asset| all.iter().filter(|id| **id == asset.id).count()).collect();
    assert!(counts.iter().all(|count| (1..=2).contains(count)), "{counts:?}");
}

#[test]
fn random_repeats_nothing_too_soon() {
    for (episodes, unrepeated) in [(1, 1), (2, 5), (20, 10), (50, 49), (50, 60)] {
        let played = played(&format!("play: a, order: random, no_repeat: {unrepeated}"), &season("a", episodes), 10);
        let apart = (unrepeated as usize).min(episodes as usize - 1);
        for stretch in played.windows(apart + 1) {
            assert_eq!(stretch.iter().collect::<BTreeSet<_>>().len(), apart + 1, "{stretch:?}");
        }
    }
    let chance = played("play: a, order: random", &season("a", 20), 20);
    let counts: Vec<_> = season("a", 20).iter().map(|a| chance.iter().filter(|id| **id == a.id).count()).collect();
    assert!(counts.iter().all(|count| (25..75).contains(count)), "{counts:?}");
}

#[test]
fn rotate_takes_turns_and_each_pool_goes_on() {
    let library = [season("a", 3), season("b", 2)].concat();
    let turns = played("for: 3h, play: [a, b], order: rotate", &library, 1);
    assert_eq!(turns, ["a-1-1", "b-1-1", "a-1-2", "b-1-2", "a-1-3", "b-1-1"]);
    assert_eq!(
        played("for: 2h, play: [b, films, a]", &library, 1),
        ["b-1-1", "a-1-1", "b-1-2", "a-1-2"],
        "nothing is no turn"
    );
}

#[test]
fn weighted_pools_have_their_share_in_sequence() {
    let library = [season("a", 30), season("b", 30)].concat();
    let played = played("play: [a, b], order: weighted, weights: [3, 1]", &library, 20);
    let of_a: Vec<_> = played.iter().filter(|id| id.starts_with("a-")).collect();
    assert!((650..790).contains(&of_a.len()), "{} of {}", of_a.len(), played.len());
    let ids: Vec<_> = library[..30].iter().map(|asset| &asset.id).collect();
    assert!(of_a.iter().zip(ids.iter().cycle()).all(|(played, expect)| played == expect));
}

#[test]
fn a_marathon_begins_anywhere_and_goes_on_in_sequence() {
    let library = season("a", 50);
    let number = |id: &String| id.rsplit('-').next().unwrap().parse::<u32>().unwrap();
    let played = played("for: 5h, play: a, order: marathon", &library, 14);
    let starts: BTreeSet<_> = played.chunks(10).map(|day| number(&day[0])).collect();
    assert!(starts.len() > 7, "{starts:?}");
    for day in played.chunks(10) {
        assert!(day.windows(2).all(|pair| number(&pair[1]) == number(&pair[0]) % 50 + 1), "{day:?}");
    }
}

#[test]
fn the_newest_comes_first_each_time() {
    let aired =
        |title: &str, year, aired: Option<&str>| Asset { aired: aired.map(str::to_owned), ..film(title, year, 1800) };
    let library = [
        aired("Old", 1950, None),
        aired("New", 2026, Some("2026-03-01")),
        aired("Newer", 2026, Some("2026-04-01")),
        aired("Undated", 2026, None),
    ];
    let expect = ["newer", "new", "undated", "old", "newer"];
    assert_eq!(played("for: 150m, play: films, order: newest", &library, 2), [expect, expect].concat());
}

#[test]
fn parts_stay_together_in_every_order() {
    let mut library = season("a", 12);
    for (at, title) in [(3, "Exile (1)"), (4, "Exile (2)"), (5, "Exile (3)")] {
        library[at].title = title.to_owned();
    }
    library.extend(season("b", 5));
    for slot in [
        "play: a, order: shuffle",
        "play: a, order: random, no_repeat: 5",
        "play: [a, b], order: rotate",
        "play: [a, b], order: weighted",
        "play: a, order: newest",
    ] {
        let played = played(slot, &library, 10);
        for (at, id) in played.iter().enumerate().filter(|(_, id)| *id == "a-1-4") {
            let expect = ["a-1-4", "a-1-5", "a-1-6"];
            assert!(played[at..].iter().zip(expect).all(|(id, expect)| id == expect), "{slot}: {id}");
        }
        let [first, third] = ["a-1-4", "a-1-6"].map(|part| played.iter().filter(|id| *id == part).count());
        assert!(first > 5 && first - third < 2, "{slot}: {first} {third}");
    }
}

#[test]
fn a_story_of_parts_neither_comes_in_pieces_nor_twice_in_a_row_in_a_small_pool() {
    let mut library = season("a", 6);
    library[1].title = "Exile (1)".to_owned();
    library[2].title = "Exile (2)".to_owned();
    for seed in 0..20 {
        let played = seeded(seed, "play: a, order: shuffle", &library, 10);
        for pair in played.windows(2) {
            assert_ne!(pair[0], pair[1], "{seed}: twice in a row");
            assert_eq!(pair[0] == "a-1-2", pair[1] == "a-1-3", "{seed}: in pieces");
            assert!(pair[0] != "a-1-3" || pair[1] != "a-1-2", "{seed}: again at once");
        }
    }
}

#[test]
fn slots_that_share_a_pool_keep_their_own_distance() {
    let text = file(&format!(
        "grid: 30m\n{POOLS}\nschedule: {{ all: [\n{{ at: \"06:00\", for: 3h, play: a, order: random, no_repeat: 40 }},\n\
         {{ at: \"09:00\", for: 30m, play: a, order: random }},\n{{ at: \"09:30\", for: 3h, play: a, order: random, no_repeat: 40 }} ] }}"
    ));
    let (library, plan) = (season("a", 60), plan(&text));
    let (mut start, mut played) = (DayStart::default(), Vec::new());
    for n in 1..20 {
        let (day, next, _) = day::compile(&plan, &TimeZone::UTC, &library, date(2026, 11, n), &start);
        played.extend(day.items.into_iter().filter_map(|item| Some((item.asset_id?, item.rule.contains("random 40")))));
        start = next;
    }
    for (at, (id, _)) in played.iter().enumerate().filter(|(_, (_, far))| *far) {
        assert!(played[at.saturating_sub(40)..at].iter().all(|(other, _)| other != id), "{id} at {at}");
    }
}

#[test]
fn what_comes_before_a_slot_in_the_file_does_not_move_its_order() {
    let text = |more: &str| {
        file(&format!(
            "grid: 30m\n{POOLS}\nschedule: {{ all: [{more}\n{{ at: \"18:00\", for: 6h, play: a, order: marathon }} ] }}"
        ))
    };
    let (library, before, after_edit) = (season("a", 50), text(""), text("{ at: \"06:00\", for: 1h, play: b },"));
    let (whole, _) = compile(&before, &library, date(2026, 11, 22), &DayStart::default());
    let kept = whole.items.iter().position(|item| item.asset_id.is_some()).unwrap() + 4;
    let start = after(plan(&before).seed, &DayStart::default(), &whole.items[..kept], &library);
    let (rest, _) = compile(&after_edit, &library, date(2026, 11, 22), &start);
    let ids = |items: &[Item]| items.iter().filter_map(|item| item.asset_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&rest.items), ids(&whole.items[kept..]));
}

#[test]
fn another_seed_is_another_order() {
    let order = |seed: u32| {
        let text = file(&format!(
            "seed: {seed}\n{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", play: a, order: shuffle }}] }}"
        ));
        let (day, _) = compile(&text, &season("a", 30), date(2026, 11, 22), &DayStart::default());
        day.items.into_iter().map(|item| item.asset_id).collect::<Vec<_>>()
    };
    assert_ne!(order(1), order(2));
    assert_eq!(order(1), order(1));
}

#[test]
fn an_edit_in_the_middle_of_the_day_continues_what_the_items_before_it_tell() {
    let text = file(&format!("{POOLS}\nschedule: {{ all: [{{ at: \"06:00\", play: a, order: shuffle }}] }}"));
    let plan = plan(&text);
    let library = season("a", 60);
    let (day, _) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
    let start = after(plan.seed, &DayStart::default(), &day.items[..20], &library);
    let (rest, _) = compile(&text, &library, date(2026, 11, 22), &start);
    assert_eq!(rest.items, day.items[20..]);
}
