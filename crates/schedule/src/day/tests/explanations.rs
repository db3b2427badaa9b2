//! Why something is on, in words.

use super::*;
use crate::day::{Explanation, Question, after, explain};

const FILE: &str = "grid: 1h
pools: { a: { match: { series: a } }, films: { match: { type: movie } }, none: { match: { series: z } } }
schedule:
  all:
    - { at: \"06:00\", for: 5h, play: a }
    - { at: \"12:00\", for: 2h, play: films, order: shuffle, overrun: drop }
    - { at: \"14:00\", for: 1h, play: none }
    - { at: \"15:00\", for: 3h, play: { asset: alien } }
  sunday: [{ at: \"08:00\", for: 1h, play: films, order: marathon }]
  12-24: [{ at: \"06:00\", for: 1h, play: films }]";

fn library() -> Vec<Asset> {
    let episodes = (1..=3).map(|number| episode("a", 1, number, 3000));
    episodes.chain([film("Alien", 1979, 3600), film("Dune", 1984, 3500)]).collect()
}

/// Of the item on air at `time` of a Sunday.
fn explained(time: &str) -> (Item, Explanation) {
    explained_by(FILE, time)
}

fn explained_by(rest: &str, time: &str) -> (Item, Explanation) {
    let (text, library, on) = (file(rest), library(), date(2026, 11, 22));
    let plan = plan(&text);
    let start = DayStart::default();
    let (day, _) = compile(&text, &library, on, &start);
    let at: jiff::Timestamp = format!("2026-11-22T{time}Z").parse().unwrap();
    let at = UtcTime::from_nanos(i64::try_from(at.as_nanosecond()).unwrap());
    let place = day.items.iter().position(|item| item.start <= at && at < item.end).unwrap();
    let (before, item) = (&day.items[..place], &day.items[place]);
    let question = Question {
        plan: &plan,
        zone: &TimeZone::UTC,
        library: &library,
        date: on,
        start: Some(&start),
        before,
        item,
        at,
        event: None,
    };
    (item.clone(), explain(&question))
}

#[track_caller]
fn check(time: &str, expect: &[&str]) {
    assert_eq!(explained(time).1.reasons, expect);
}

#[test]
fn an_item_tells_its_slot_its_layers_its_pool_and_its_order() {
    let (item, why) = explained("07:30:00");
    assert_eq!(item.asset_id.as_deref(), Some("a-1-2"));
    let slot = why.slot.unwrap();
    assert_eq!((slot.layer.as_str(), slot.index, slot.line), ("all", 0, 8));
    let pool = why.pool.unwrap();
    assert_eq!((pool.name.as_str(), pool.size, pool.order.as_str()), ("a", 3, "sequential"));
    assert_eq!((pool.before.as_deref(), pool.after.as_deref()), (Some("a-1-1"), Some("a-1-2")));
    let neighbours: Vec<_> = why.neighbours.iter().map(|n| (n.asset_id.as_str(), n.why.as_str())).collect();
    assert_eq!(neighbours, [("a-1-1", "has had its turn"), ("a-1-3", "has its turn after this one")]);
    check(
        "07:30:00",
        &[
            "The slot at 06:00 of the layer `all` (line 8) holds here, from 06:00 to 08:00.",
            "The layer `sunday` holds on 2026-11-22, and has no slot at this time.",
            "The layer `12-24` does not hold on 2026-11-22.",
            "It comes from the pool `a`, which holds 3 items now.",
            "Of the pool, a S01E01 Part 1 was shown last, and this comes next.",
        ],
    );
}

#[test]
fn chance_names_its_seed_and_a_layer_what_it_outranks() {
    let (_, why) = explained("08:10:00");
    assert_eq!(
        why.others[0],
        crate::day::OtherLayer { name: "all".into(), why: "is less specific than `sunday`".into() }
    );
    let seed = why.pool.unwrap().seed;
    assert_eq!(why.reasons.last().unwrap(), &format!("The marathon of 2026-11-22 begins here, by the seed {seed}."));
    let (_, why) = explained("12:10:00");
    let expect = format!("In this round it has not been shown, and the seed {seed} puts it here.");
    assert_eq!(why.reasons.last().unwrap(), &expect);
}

#[test]
fn being_off_air_is_told() {
    let rest = format!("{FILE}\noff_air: {{ from: \"21:00\", to: \"04:00\", sign_off: films }}");
    let (item, why) = explained_by(&rest, "21:30:00");
    assert_eq!((item.title.as_str(), why.slot.unwrap().layer.as_str()), ("Off air", "off_air"));
    assert_eq!(why.reasons[0], "The slot at 21:00 of the layer `off_air` (line 14) holds here, from 21:00 to 04:00.");
    assert_eq!(why.reasons[1], "The layer `all` is less specific than `off_air`.");
    assert_eq!(why.reasons.last().unwrap(), "It is the sign-off, with which the night begins.");
    let (_, why) = explained_by(&rest, "23:30:00");
    assert_eq!(why.reasons.last().unwrap(), "The channel is off air, and the card is shown until 04:00.");
}

#[test]
fn what_not_keeps_out_is_counted() {
    let rest = FILE.replace("series: a }", "series: a, not: { episode: 2 } }");
    let (item, why) = explained_by(&rest, "07:30:00");
    assert_eq!(item.asset_id.as_deref(), Some("a-1-3"));
    assert_eq!(
        why.reasons[3..5],
        ["It comes from the pool `a`, which holds 2 items now.", "Its `not` keeps 1 other out."]
    );
}

#[test]
fn a_hole_tells_why_nothing_is_shown() {
    let last = |time| explained(time).1.reasons.pop().unwrap();
    assert_eq!(last("14:30:00"), "Nothing in the library is what the slot plays, so the fallback is shown.");
    assert_eq!(last("16:30:00"), "The slot's asset was shown, and it names no other.");
    check(
        "20:00:00",
        &[
            "The layer `all` has no slot at this time.",
            "The layer `sunday` holds on 2026-11-22, and has no slot at this time.",
            "The layer `12-24` does not hold on 2026-11-22.",
            "No layer has a slot at this time, so the fallback is shown.",
        ],
    );
}

#[test]
fn what_came_before_may_be_unknown() {
    let (text, library) = (file(FILE), library());
    let plan = plan(&text);
    let (day, _) = compile(&text, &library, date(2026, 11, 22), &DayStart::default());
    let question = Question {
        plan: &plan,
        zone: &TimeZone::UTC,
        library: &library,
        date: day.date,
        start: None,
        before: &[],
        item: &day.items[2],
        at: day.items[2].start,
        event: None,
    };
    assert_eq!(explain(&question).pool.unwrap().before, None);
    assert!(after(plan.seed, &DayStart::default(), &[], &library).busy_until.is_none());
}
