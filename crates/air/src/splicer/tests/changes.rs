//! Plans that change while they are followed.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Slots until a segment is on air that a new plan puts there at once: half a second.
const TAKE_SLOTS: i64 = 12;

/// What plays in `segment`.
fn asset(segment: &mut Segment) -> &mut Asset {
    match &mut segment.content {
        Some(Content::Asset(asset)) => asset,
        _ => panic!("it plays nothing"),
    }
}

impl Bench {
    pub(super) fn following(plan: &Plan) -> Self {
        let studio = Fakes::default();
        let splicer = Splicer::new(studio.clone(), format(), Arc::new(plan.clone()), slate(), Lateness::CatchUp);
        Self { studio, splicer, slot: SlotUnits::default(), notices: Vec::new() }
    }

    fn adopt(&mut self, plan: &Plan, frame: i64) {
        self.splicer.adopt(plan, FrameIndex(frame));
    }
}

#[test]
fn a_new_plan_holds_from_its_frame_on() {
    let mut bench = Bench::new(&[], &[("a", START, 90), ("b", START + 90, 20)], Lateness::CatchUp);
    assert_eq!(bench.pictures(START, 3), "a0 a1 a2");
    // what is on air goes on although it ends sooner; what follows is another
    bench.adopt(&plan(2, &[("a", START, 16), ("c", START + 16, 3)]), START + 3);
    assert_eq!(bench.splicer.generation(), 2);
    bench.pictures(START + 3, 11);
    assert_eq!(bench.pictures(START + 14, 6), "a14 a15 c0 c1 c2 -0");
    assert_eq!(bench.opened().iter().map(|opened| &*opened.0).collect::<String>(), "ac");
}

#[test]
fn what_a_new_plan_does_not_hold_is_closed() {
    let mut bench = Bench::new(&[], &[("a", START, 20), ("b", START + 20, 20)], Lateness::CatchUp);
    bench.pictures(START, 3);
    bench.adopt(&plan(2, &[("a", START, 20), ("c", START + 20, 3)]), START + 3);
    bench.pictures(START + 3, 16);
    assert_eq!(bench.studio.0.borrow().closed, ["b"]);
    assert_eq!(bench.pictures(START + 19, 2), "a19 c0");
}

#[test]
fn a_cut_at_once_waits_for_the_first_picture_while_the_rest_goes_on() {
    let mut bench = Bench::new(&[], &[("a", START, 90), ("b", START + 90, 90)], Lateness::CatchUp);
    bench.pictures(START, 7);
    let over = plan(2, &[("x", START + 5, 300)]);
    bench.adopt(&over, START + 7);
    assert_eq!(bench.pictures(START + 7, 1), "a7");
    let cut = 7 + TAKE_SLOTS;
    assert_eq!(bench.opened().pop(), Some(("x".to_owned(), START + cut, cut - 5, 300 + 5 - cut)));
    // the same again, as Core does when it is not sure, moves nothing
    bench.adopt(&over, START + 8);
    bench.pictures(START + 8, cut - 9);
    bench.adopt(&over, START + cut - 1);
    assert_eq!(bench.pictures(START + cut - 1, 2), format!("a{} x{}", cut - 1, cut - 5));
    assert!(bench.slot.keyframe);
    bench.adopt(&over, START + cut + 1);
    assert_eq!(bench.pictures(START + cut + 1, 1), format!("x{}", cut - 4));
    assert_eq!(bench.opened().iter().map(|opened| &*opened.0).collect::<String>(), "ax");
    let started = bench.notices.iter().filter_map(|notice| match notice {
        Notice::Started { segment, frame } => Some((&*segment.event_id, frame.0 - START)),
        _ => None,
    });
    assert_eq!(started.collect::<Vec<_>>(), [("a", 0), ("x", cut)]);
}

#[test]
fn a_cut_to_slate_needs_no_time() {
    let mut bench = Bench::new(&[], &[("a", START, 90)], Lateness::CatchUp);
    bench.pictures(START, 7);
    bench.adopt(&plan(2, &[("-", START, 10), ("a", START + 50, 40)]), START + 7);
    assert_eq!(bench.pictures(START + 7, 2), "-0 -1");
}

#[test]
fn after_an_interruption_a_segment_comes_back_on_a_keyframe() {
    let mut bench = Bench::new(&[], &[("a", START, 90)], Lateness::CatchUp);
    bench.pictures(START, 2);
    let mut rest = segment("a", START + 33, 57);
    asset(&mut rest).in_offset_frames = 33;
    let segments = vec![segment("a", START, 22), segment("x", START + 22, 11), rest];
    bench.adopt(&Plan::new(2, segments).unwrap(), START + 2);
    bench.pictures(START + 2, 19);
    assert_eq!(bench.pictures(START + 21, 2), "a21 x0");
    assert_eq!(bench.pictures(START + 32, 3), "x10 a33 a34");
    assert_eq!(bench.faults(), []);
}

#[test]
fn a_segment_that_a_new_plan_makes_longer_is_opened_once_more_for_the_rest() {
    let mut bench = Bench::new(&[], &[("a", START, 4)], Lateness::CatchUp);
    assert_eq!(bench.pictures(START, 2), "a0 a1");
    bench.adopt(&plan(2, &[("a", START, 7)]), START + 2);
    assert_eq!(bench.pictures(START + 2, 5), "a2 a3 a4 a5 a6");
    assert_eq!(bench.opened(), [("a".to_owned(), START, 0, 4), ("a".to_owned(), START + 4, 4, 3)]);
    assert_eq!(bench.faults(), []);
}

#[test]
fn what_changes_its_pictures_or_its_sound_is_opened_anew() {
    type Change = fn(&mut Asset);
    let changes: [(Change, &str); 2] =
        [(|asset| asset.in_offset_frames = 70, "a84"), (|asset| asset.gain_db = 3.0, "a14")];
    for (change, shown) in changes {
        let mut bench = Bench::new(&[], &[("a", START, 90)], Lateness::CatchUp);
        bench.pictures(START, 2);
        let mut changed = segment("a", START, 90);
        change(asset(&mut changed));
        bench.adopt(&Plan::new(2, vec![changed]).unwrap(), START + 2);
        assert_eq!(bench.pictures(START + 2, 1), "a2");
        bench.pictures(START + 3, TAKE_SLOTS - 2);
        assert_eq!(bench.pictures(START + 2 + TAKE_SLOTS, 1), shown);
        assert_eq!(bench.opened().len(), 2);
        let entered = bench.notices.iter().filter(|notice| matches!(notice, Notice::Started { .. })).count();
        assert_eq!(entered, 1, "it is the same event");
    }
}

/// Slots of a random timeline.
const SLOTS: i64 = 240;

/// Segments that follow each other, no event after itself.
fn any_plan() -> impl Strategy<Value = Vec<(&'static str, i64)>> {
    let segment = (proptest::sample::select(vec!["a", "b", "c", "-"]), 1..70i64);
    proptest::collection::vec(segment, 1..9).prop_map(|mut segments| {
        segments.dedup_by_key(|(name, _)| *name);
        segments
    })
}

/// A plan from frame 0 on whose pictures are numbered by their slots: events can be moved about and show the same.
fn on_the_line(generation: u64, lengths: &[(&str, i64)]) -> Plan {
    let mut start = 0;
    let segments = lengths.iter().map(|(name, frames)| {
        let mut segment = segment(name, start, *frames);
        if let Some(Content::Asset(asset)) = &mut segment.content {
            asset.in_offset_frames = start;
        }
        start += frames;
        segment
    });
    Plan::new(generation, segments.collect()).unwrap()
}

proptest! {
    #[test]
    fn every_slot_shows_what_the_newest_plan_says(
        first in any_plan(),
        changes in proptest::collection::btree_map(1..SLOTS, any_plan(), 0..6),
    ) {
        let mut bench = Bench::following(&on_the_line(1, &first));
        let mut plans = vec![(0, on_the_line(1, &first))];
        let mut before = String::new();
        for frame in 0..SLOTS {
            if let Some(change) = changes.get(&frame) {
                let plan = on_the_line(plans.len() as u64 + 1, change);
                bench.adopt(&plan, frame);
                plans.push((frame, plan));
            }
            let shown = bench.slot(frame);
            let picture = |plan: &Plan, frame| match plan.at(FrameIndex(frame)) {
                Some(stretch) if stretch.segment.content.is_some() => format!("{}{frame}", stretch.segment.event_id),
                _ => "-".to_owned(),
            };
            let (adopted, newest) = plans.last().unwrap();
            let planned = picture(newest, frame);
            let is_slate = shown.starts_with('-');
            if is_slate {
                prop_assert!(bench.slot.keyframe || before.starts_with('-'), "slate begins amid a GOP at {}", frame);
            } else {
                let follows = before == format!("{}{}", &shown[..1], frame - 1);
                prop_assert!(bench.slot.keyframe || follows, "{} cannot be decoded", shown);
            }
            let as_planned = if is_slate { planned == "-" } else { shown == planned };
            if !as_planned {
                let taken = frame - adopted >= TAKE_SLOTS;
                prop_assert!(!taken && planned != "-", "{} where {} is planned", shown, planned);
                let opened = bench.opened();
                let mut opened = opened.iter().rev();
                let lane = opened.find(|(name, start, ..)| before.starts_with(name.as_str()) && *start < frame);
                let is_open = lane.is_some_and(|(_, start, _, count)| frame < start + count);
                let goes_on = is_open && before == picture(newest, frame - 1) && planned.starts_with(&before[..1]);
                prop_assert!(!goes_on, "{} does not go on", before);
                let held = plans.iter().rev().skip(1).any(|(_, plan)| is_slate || picture(plan, frame) == shown);
                prop_assert!(held, "{} is in no plan", shown);
            }
            before = shown;
        }
        prop_assert_eq!(bench.faults(), []);
    }

    #[test]
    fn the_same_plan_again_changes_nothing(segments in any_plan(), again in proptest::collection::btree_set(0..SLOTS, 0..40)) {
        let plan = on_the_line(1, &segments);
        let [once, more] = [BTreeSet::new(), again].map(|again| {
            let mut bench = Bench::following(&plan);
            let slots = (0..SLOTS).map(|frame| {
                if again.contains(&frame) {
                    bench.adopt(&plan, frame);
                }
                bench.slot(frame)
            });
            (slots.collect::<Vec<_>>(), bench.notices)
        });
        prop_assert_eq!(once, more);
    }
}
