//! Rows are made of evidence by the contract's rules, and each difference is named once.

use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::{Beginning, Ending, Entry, Outcome, Row, Session, Told, row, verify};
use crate::asset::Kind;
use crate::day::Item;
use crate::playlog::Event;

const RATE: FrameRate = FrameRate::HOUSE[2];

/// An event of a hundred frames from 1000 on, of which `aired` and `slate` frames were sent from `started` on.
fn ending(started: i64, aired: i64, slate: i64, cause: &str) -> Ending {
    Ending {
        session_id: "s".to_owned(),
        event_id: "e".to_owned(),
        kind: "programme".to_owned(),
        title: "Cheers".to_owned(),
        asset_id: Some("cheers".to_owned()),
        planned_start: FrameIndex(1000),
        planned_frames: 100,
        started: FrameIndex(started),
        aired,
        slate,
        unsent: 100 - aired - slate,
        cause: cause.to_owned(),
        fault: if slate > 0 { "late".to_owned() } else { String::new() },
    }
}

fn entry(asset_id: Option<&str>, unusable: Option<&str>) -> Entry {
    let kind = if asset_id.is_some() { Kind::Programme } else { Kind::Slate };
    Entry { kind, asset_id: asset_id.map(str::to_owned), unusable: unusable.map(str::to_owned), overridden: None }
}

fn told(ending: Ending, beginning: &Beginning, entry: Entry) -> (Outcome, Option<String>) {
    let row = row(ending, RATE, beginning, Some(entry)).unwrap();
    assert_eq!(row.planned_frames, row.aired_frames + row.slate_frames + row.unsent_frames);
    (row.outcome, row.cause)
}

#[test]
fn what_becomes_of_an_event_is_told_by_its_rule() {
    use Outcome::{Aired, Missed, Partial, Substituted};
    let resumed = Beginning::Resumed("air_lost".to_owned());
    let (joined, followed) = (Beginning::Joined, Beginning::Followed);
    let cheers = || entry(Some("cheers"), None);
    let slate =
        Ending { asset_id: None, kind: "slate".to_owned(), fault: String::new(), ..ending(1000, 0, 100, "boundary") };
    let cases = [
        (ending(1000, 100, 0, "boundary"), &followed, cheers(), Aired, None),
        (ending(1000, 100, 0, "boundary"), &joined, cheers(), Aired, None),
        (ending(1040, 60, 0, "boundary"), &joined, cheers(), Partial, Some("joined")),
        (ending(1040, 57, 3, "boundary"), &joined, cheers(), Partial, Some("joined")),
        (ending(1040, 20, 0, "stopped"), &joined, cheers(), Partial, Some("joined")),
        (ending(1040, 60, 0, "boundary"), &resumed, cheers(), Partial, Some("air_lost")),
        (ending(1000, 60, 0, "stopped"), &followed, cheers(), Partial, Some("left")),
        (ending(1000, 60, 0, "air_lost"), &followed, cheers(), Partial, Some("air_lost")),
        (ending(1000, 60, 0, "drained"), &followed, cheers(), Partial, Some("drained")),
        (ending(1000, 60, 0, "replanned"), &followed, cheers(), Partial, Some("replanned")),
        (ending(1040, 60, 0, "boundary"), &followed, cheers(), Partial, Some("replanned")),
        (ending(1000, 97, 3, "boundary"), &followed, cheers(), Partial, Some("late")),
        (ending(1000, 0, 100, "boundary"), &followed, cheers(), Missed, Some("late")),
        (ending(1090, 0, 10, "boundary"), &joined, cheers(), Missed, Some("late")),
        (slate.clone(), &followed, entry(Some("cheers"), Some("missing")), Missed, Some("missing")),
        (slate.clone(), &followed, entry(Some("cheers"), None), Missed, Some("slate")),
        (slate.clone(), &followed, entry(None, None), Aired, None),
        (
            Ending { slate: 40, unsent: 60, cause: "stopped".to_owned(), ..slate },
            &followed,
            entry(None, None),
            Partial,
            Some("left"),
        ),
        (
            ending(1000, 100, 0, "boundary"),
            &followed,
            entry(Some("wings"), Some("faulty")),
            Substituted,
            Some("faulty"),
        ),
        (ending(1000, 100, 0, "boundary"), &followed, entry(Some("wings"), None), Substituted, Some("replaced")),
    ];
    for (ending, beginning, entry, outcome, cause) in cases {
        let case = format!("{ending:?} {beginning:?} {entry:?}");
        assert_eq!(told(ending, beginning, entry), (outcome, cause.map(str::to_owned)), "{case}");
    }
}

#[test]
fn what_an_override_left_of_an_event_is_a_part_of_it() {
    let all = Entry { overridden: Some(FrameIndex(1000)..FrameIndex(1100)), ..entry(Some("cheers"), None) };
    let piece = |start: i64, frames: i64| Ending {
        planned_start: FrameIndex(start),
        planned_frames: frames,
        unsent: 0,
        ..ending(start, frames, 0, "boundary")
    };
    for (start, frames) in [(1000, 40), (1070, 30)] {
        let row = row(piece(start, frames), RATE, &Beginning::Followed, Some(all.clone())).unwrap();
        assert_eq!((row.planned_start, row.planned_frames, row.unsent_frames), (FrameIndex(1000), 100, 100 - frames));
        assert_eq!((row.outcome, row.cause.as_deref()), (Outcome::Partial, Some("overridden")));
    }
    // Air held the whole event when the override came
    let cut = row(ending(1000, 40, 0, "replanned"), RATE, &Beginning::Followed, Some(all)).unwrap();
    assert_eq!((cut.outcome, cut.cause.as_deref()), (Outcome::Partial, Some("overridden")));
    let over = Ending { event_id: "override.a.1040".to_owned(), asset_id: None, ..piece(1040, 30) };
    let black = Ending { aired: 0, slate: 30, ..over.clone() };
    let [over, black] = [over, black].map(|over| row(over, RATE, &Beginning::Followed, None).unwrap());
    assert_eq!((over.outcome, over.cause), (Outcome::Aired, None));
    assert_eq!((black.outcome, black.deviating_frames()), (Outcome::Missed, 30));
}

#[test]
fn what_was_not_sent_has_no_row() {
    assert_eq!(row(ending(1000, 0, 0, "stopped"), RATE, &Beginning::Joined, None), None);
}

#[test]
fn the_asset_is_the_one_that_was_shown_or_else_the_one_that_was_planned() {
    let of = |ending, entry| {
        let row = row(ending, RATE, &Beginning::Followed, Some(entry)).unwrap();
        (row.asset_id.unwrap_or_default(), row.in_place_of.unwrap_or_default(), row.kind)
    };
    let shown = of(ending(1000, 100, 0, "boundary"), entry(Some("wings"), None));
    assert_eq!(shown, ("cheers".to_owned(), "wings".to_owned(), Kind::Programme));
    let slate = Ending { asset_id: None, ..ending(1000, 0, 100, "boundary") };
    assert_eq!(of(slate, entry(Some("wings"), None)), ("wings".to_owned(), String::new(), Kind::Programme));
}

/// Four seconds each, from 1000 on; the second and third are one programme.
fn plan() -> Vec<Event> {
    let event = |at: i64, block: &str| Event {
        event_id: format!("e{at}"),
        block_id: block.to_owned(),
        kind: Kind::Programme,
        title: format!("Episode {at}"),
        start_frame: FrameIndex(1000 + 100 * at),
        frame_count: 100,
        asset_id: Some(format!("a-{block}")),
        in_offset_frames: 0,
        fade_in_frames: 0,
        fade_out_frames: 0,
        rule: String::new(),
    };
    vec![event(0, "one"), event(1, "two"), event(2, "two"), event(3, "three")]
}

fn guide() -> Vec<Item> {
    let item = |id: &str, from, to| Item {
        item_id: id.to_owned(),
        title: id.to_owned(),
        subtitle: String::new(),
        kind: Kind::Programme,
        start: RATE.start_of(FrameIndex(from)),
        end: RATE.start_of(FrameIndex(to)),
        asset_id: Some(format!("a-{id}")),
        in_offset_frames: 0,
        rule: String::new(),
    };
    vec![item("one", 1000, 1100), item("two", 1100, 1300), item("three", 1300, 1400)]
}

/// The row of `event` as it was aired from `from` to `to`, with so many frames of slate.
fn sent(session: &str, event: &Event, (from, to): (i64, i64), slate: i64) -> Row {
    let ending = Ending {
        session_id: session.to_owned(),
        event_id: event.event_id.clone(),
        title: event.title.clone(),
        asset_id: event.asset_id.clone(),
        planned_start: event.start_frame,
        planned_frames: event.frame_count,
        ..ending(from, to - from - slate, slate, "boundary")
    };
    let ending = Ending { unsent: event.frame_count - (to - from), ..ending };
    row(ending, RATE, &Beginning::Followed, Some(entry(event.asset_id.as_deref(), None))).unwrap()
}

fn session(id: &str, first: i64, end: Option<(i64, &str)>) -> Session {
    let end = end.map(|(frame, cause)| (FrameIndex(frame), cause.to_owned()));
    Session { session_id: id.to_owned(), frame_rate: RATE, first: FrameIndex(first), end }
}

/// Each difference as `code seconds cause`.
fn found(guide: &[Item], plan: &[Event], rows: &[Row], sessions: &[Session]) -> Vec<String> {
    let differences = verify(Told { guide, plan, frame_rate: RATE, rows, sessions });
    assert!(differences.is_sorted_by_key(|difference| difference.at));
    let line = |found: super::Difference| {
        let cause = found.cause.as_deref().unwrap_or("-");
        assert!(!found.message.is_empty() && found.at >= UtcTime::EPOCH);
        format!("{} {:.2} {cause}", found.code, found.nanos as f64 / 1e9)
    };
    differences.into_iter().map(line).collect()
}

#[test]
fn what_went_as_planned_differs_in_nothing() {
    let plan = plan();
    // joined in the middle, left in the middle, and what is on air now has no row
    let rows = [
        sent("a", &plan[0], (1040, 1100), 0),
        sent("a", &plan[1], (1100, 1150), 0),
        sent("b", &plan[2], (1220, 1300), 0),
    ];
    // whose first picture was late
    let sessions = [session("a", 1025, Some((1150, "stopped"))), session("b", 1220, None)];
    assert_eq!(found(&guide(), &plan, &rows, &sessions), Vec::<String>::new());
    assert_eq!(found(&guide(), &plan, &[], &[]), Vec::<String>::new());
}

#[test]
fn every_difference_is_named_in_seconds_with_its_cause() {
    let (plan, guide) = (plan(), guide());
    let whole = |at: usize| sent("a", &plan[at], (1000 + 100 * at as i64, 1100 + 100 * at as i64), 0);
    let all = session("a", 1000, Some((1400, "stopped")));
    let rows = |change: &dyn Fn(&mut Vec<Row>)| {
        let mut rows: Vec<Row> = (0..4).map(whole).collect();
        change(&mut rows);
        rows
    };
    let of = |change: &dyn Fn(&mut Vec<Row>)| found(&guide, &plan, &rows(change), std::slice::from_ref(&all));
    assert_eq!(of(&|_| {}), Vec::<String>::new());
    assert_eq!(of(&|rows| rows[1] = sent("a", &plan[1], (1100, 1200), 5)), ["slate 0.20 late"]);
    assert_eq!(of(&|rows| rows[1] = sent("a", &plan[1], (1100, 1200), 100)), ["missed 4.00 late"]);
    assert_eq!(of(&|rows| rows[2].event_id = "another".to_owned()), ["not_planned 4.00 replanned"]);
    assert_eq!(of(&|rows| drop(rows.remove(2))), ["untold 4.00 evidence_lost"]);
    let twice = |rows: &mut Vec<Row>| rows.insert(1, rows[0].clone());
    assert_eq!(of(&twice), ["doubled 4.00 -"]);
    let other = |rows: &mut Vec<Row>| {
        (rows[3].outcome, rows[3].cause) = (Outcome::Substituted, Some("faulty".to_owned()));
    };
    assert_eq!(of(&other), ["substituted 4.00 faulty"]);

    let over = |rows: &mut Vec<Row>| rows[2].event_id = "override.a.1200".to_owned();
    assert_eq!(of(&over), ["overridden 4.00 override"]);
    let black = |rows: &mut Vec<Row>| {
        rows[2] = Row { event_id: "override.a.1200".to_owned(), ..sent("a", &plan[2], (1200, 1300), 100) };
    };
    assert_eq!(of(&black), ["overridden 4.00 override", "missed 4.00 late"]);

    let mut moved = plan.clone();
    (moved[1].frame_count, moved[2].start_frame, moved[2].frame_count) = (75, FrameIndex(1175), 125);
    assert_eq!(found(&guide, &moved, &rows(&|_| {}), std::slice::from_ref(&all)), ["overran 1.00 replanned"]);
    let mut late = guide.clone();
    late[2].start = RATE.start_of(FrameIndex(1310));
    assert_eq!(found(&late, &plan, &[], &[]), ["guide_differs 0.40 -"]);
    late[2].item_id = "four".to_owned();
    assert_eq!(found(&late, &plan, &[], &[]), ["guide_not_planned 3.60 -"]);
    let mut shows = guide.clone();
    shows[0].asset_id = Some("a-four".to_owned());
    assert_eq!(found(&shows, &plan, &[], &[]), ["guide_differs 4.00 -"]);
}

#[test]
fn a_channel_that_was_lost_was_off_air_until_it_came_back() {
    let (plan, guide) = (plan(), guide());
    let rows = [
        sent("a", &plan[0], (1000, 1100), 0),
        sent("a", &plan[1], (1100, 1150), 0),
        sent("b", &plan[1], (1175, 1200), 0),
    ];
    let lost = session("a", 1000, Some((1150, "air_lost")));
    let back = [lost.clone(), session("b", 1175, Some((1200, "stopped")))];
    assert_eq!(found(&guide, &plan, &rows, &back), ["interrupted 1.00 air_lost"]);
    assert_eq!(found(&guide, &plan, &rows[..2], &[lost]), ["interrupted 0.00 air_lost"]);
}
