//! The scanner hands out what the mux wrote, slot by slot, and seams mend what does not fit.

use crate::synthetic::{before_wrap, slots};
use proptest::prelude::*;
use retrovue_mpegts::conformance::{Expect, Report, Rule, check};
use retrovue_mpegts::packet::PACKET;
use retrovue_mpegts::pid::Counters;
use retrovue_mpegts::scan::{Group, Scanner};
use retrovue_timeline::{FrameIndex, FrameRate};

const RATE: FrameRate = FrameRate::HOUSE[2];
const START: FrameIndex = FrameIndex(44_000_000_000);

fn checked(bytes: &[u8]) -> Report {
    check(bytes, &Expect { frame_rate: RATE, near: START })
}

/// The groups of a session of 60 frames with a keyframe each 20, but for the last.
fn groups(start: FrameIndex) -> Vec<Group> {
    Scanner::new().push(&slots(RATE, start, 20, &[900; 61]).concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_chunks_give_the_same_groups(
        sizes in proptest::collection::vec(30usize..3000, 2..60),
        gop in 1usize..30,
        cuts in proptest::collection::vec(1usize..2000, 1..40),
    ) {
        let start = before_wrap(RATE, 20);
        let slots = slots(RATE, start, gop, &sizes);
        let bytes = slots.concat();
        let mut scanner = Scanner::new();
        let mut groups = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.iter().cycle() {
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            groups.extend(scanner.push(chunk));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let tail = scanner.flush();
        prop_assert_eq!(groups.len() + 1, slots.len());
        prop_assert_eq!(tail.bytes, slots.last().unwrap().len());
        prop_assert_eq!(tail.pts, Some(RATE.pts(start + groups.len() as i64)));
        let mut before = Counters::START;
        for (at, (group, slot)) in groups.iter().zip(&slots).enumerate() {
            prop_assert_eq!(&group.bytes[..], &slot[..]);
            prop_assert_eq!(group.pts, Some(RATE.pts(start + at as i64)));
            prop_assert_eq!(group.keyframe, at % gop == 0);
            prop_assert_eq!(group.counters_before, before);
            before = group.counters_after;
        }
        prop_assert_eq!(scanner.dropped().garbage_bytes, 0);
    }

    #[test]
    fn garbage_costs_one_slot(at in 0usize..40_000, garbage in proptest::collection::vec(any::<u8>(), 1..600)) {
        let slots = slots(RATE, START, 20, &[900; 61]);
        let mut bytes = slots.concat();
        let at = at % (bytes.len() / 2);
        bytes.splice(at..at, garbage);
        let mut scanner = Scanner::new();
        let groups = scanner.push(&bytes);
        // what is lost is the slot that was hit, its neighbours where the hit looks like packets, and nothing else
        prop_assert!(groups.len() >= 56, "{} groups, {:?}", groups.len(), scanner.dropped());
        let known = |group: &&Group| slots.iter().any(|slot| slot.ends_with(&group.bytes));
        prop_assert!(groups.iter().filter(known).count() >= 56);
    }

    #[test]
    fn anything_can_be_scanned(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..700), 0..9)) {
        let mut scanner = Scanner::new();
        for chunk in &chunks {
            scanner.push(chunk);
        }
        scanner.flush();
    }
}

#[test]
fn a_join_in_the_middle_starts_at_a_keyframe() {
    let bytes = slots(RATE, START, 20, &[900; 61]).concat();
    let groups = Scanner::new().push(&bytes[PACKET * 7 + 50..]);
    let joined = groups.iter().skip_while(|group| !group.keyframe).flat_map(|group| group.bytes.to_vec());
    let report = checked(&joined.collect::<Vec<u8>>());
    assert!(report.is_clean(), "{}", report.summary());
}

#[test]
fn skipped_slots_need_a_seam_and_with_it_are_clean() {
    let groups = groups(START);
    let (kept, next) = (&groups[..30], &groups[40..]);
    assert_ne!(kept[29].counters_after, next[0].counters_before);
    let sent: Vec<u8> = kept.iter().flat_map(|group| group.bytes.to_vec()).collect();
    let rest: Vec<u8> = next.iter().flat_map(|group| group.bytes.to_vec()).collect();

    let unflagged = checked(&[&sent[..], &rest].concat());
    for rule in [Rule::Continuity, Rule::PcrGap, Rule::FrameGrid, Rule::AudioGrid] {
        assert!(unflagged.faults.iter().any(|fault| fault.rule == rule), "{rule:?}: {}", unflagged.summary());
    }

    let mut seam = Vec::new();
    next[0].seam(&mut seam);
    assert_eq!(seam.len(), 5 * PACKET);
    let flagged = checked(&[&sent[..], &seam, &rest].concat());
    assert!(flagged.is_clean(), "{}", flagged.summary());
    assert_eq!((flagged.seams.len(), flagged.seams[0].pids.len()), (1, 5));
}

#[test]
fn a_new_session_follows_with_a_seam() {
    let (first, second) = (groups(START), groups(START + 70));
    let mut bytes: Vec<u8> = first.iter().flat_map(|group| group.bytes.to_vec()).collect();
    second[0].seam(&mut bytes);
    bytes.extend(second.iter().flat_map(|group| group.bytes.to_vec()));
    let report = checked(&bytes);
    assert!(report.is_clean(), "{}", report.summary());
    assert_eq!(report.seams.len(), 1);
}

#[test]
fn a_seam_does_not_excuse_time_that_goes_back() {
    let (first, second) = (groups(START), groups(START + 50));
    let mut bytes: Vec<u8> = first.iter().flat_map(|group| group.bytes.to_vec()).collect();
    second[0].seam(&mut bytes);
    bytes.extend(second.iter().flat_map(|group| group.bytes.to_vec()));
    let faults = checked(&bytes).faults;
    assert!(faults.iter().any(|fault| fault.rule == Rule::FrameGrid));
}
