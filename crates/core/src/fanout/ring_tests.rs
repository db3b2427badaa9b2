//! What viewers of a ring get, slot by slot.

use proptest::prelude::*;

use super::*;

const SLOT: i64 = 3600;
const GOP: u64 = 25;

/// A session's slots: slot `n` is stamped `n · 3600` ticks and weighs 1000 bytes; each GOP has 25.
struct Feed {
    ring: Ring,
    session: u64,
    next: u64,
}

impl Feed {
    fn new(limits: Limits) -> Self {
        let mut ring = Ring::new(limits);
        ring.open(1);
        Self { ring, session: 1, next: 0 }
    }

    fn publish(&mut self, slots: u64) {
        for _ in 0..slots {
            assert!(self.ring.publish(self.session, group(self.next)));
            self.next += 1;
        }
    }

    fn read(&self, viewer: &mut Cursor) -> (Vec<u64>, Vec<u64>) {
        let (mut slots, mut seams) = (Vec::new(), Vec::new());
        while let Read::Slot { group, seam, .. } = self.ring.read(viewer) {
            slots.push(number(group));
            if seam {
                seams.push(number(group));
            }
        }
        (slots, seams)
    }
}

fn group(n: u64) -> Group {
    Group {
        bytes: vec![0; 1000].into(),
        pts: Some(Pts::from_ticks(n as i64 * SLOT)),
        pcr: None,
        keyframe: n.is_multiple_of(GOP),
        counters_before: counters(n),
        counters_after: counters(n + 1),
    }
}

fn counters(n: u64) -> Counters {
    let mut counters = Counters::START;
    counters.set(retrovue_mpegts::pid::VIDEO, (n % 16) as u8);
    counters
}

fn number(group: &Group) -> u64 {
    group.pts.unwrap().ticks() / SLOT as u64
}

#[test]
fn a_viewer_who_keeps_up_gets_every_slot_once_and_in_order() {
    let mut feed = Feed::new(Limits::default());
    let mut viewer = Cursor::default();
    let mut got = Vec::new();
    for _ in 0..400 {
        feed.publish(7);
        let (slots, seams) = feed.read(&mut viewer);
        got.extend(slots);
        assert!(seams.is_empty());
    }
    assert_eq!(got, (0..2800).collect::<Vec<_>>());
}

#[test]
fn a_viewer_joins_at_the_newest_keyframe_a_second_back() {
    let mut feed = Feed::new(Limits::default());
    // (slots on air, where a viewer begins): a GOP is one second
    for (on_air, begins) in [(1, 0), (25, 0), (26, 0), (49, 0), (50, 0), (51, 25), (75, 25), (76, 50), (1000, 950)] {
        feed.publish(on_air - feed.next);
        let (slots, _) = feed.read(&mut Cursor::default());
        assert_eq!((slots[0], slots.len() as u64), (begins, on_air - begins), "with {on_air} slots on air");
    }
}

#[test]
fn a_session_starts_with_its_first_keyframe() {
    let mut ring = Ring::new(Limits::default());
    ring.open(1);
    let published: Vec<bool> = (23..27).map(|n| ring.publish(1, group(n))).collect();
    assert_eq!(published, [false, false, true, true]);
    assert!(!ring.publish(1, Group { pts: None, ..group(27) }), "a slot without a stamp");
    assert!(!ring.publish(2, group(50)), "a session that is not open");
}

#[test]
fn a_slow_viewer_skips_to_a_keyframe_behind_a_seam_and_hurts_nobody() {
    let mut feed = Feed::new(Limits::default());
    let (mut slow, mut quick) = (Cursor::default(), Cursor::default());
    feed.publish(10);
    assert_eq!(feed.read(&mut slow).0.last(), Some(&9));
    for _ in 0..100 {
        feed.publish(5);
        assert_eq!(feed.read(&mut quick).1, [0; 0]);
    }
    let Read::Slot { group, seam, skipped } = feed.ring.read(&mut slow) else { panic!("nothing to read") };
    assert_eq!((number(group), seam, skipped), (475, true, true));
    let (slots, seams) = feed.read(&mut slow);
    assert_eq!((slots, seams), ((476..510).collect(), vec![]));
}

#[test]
fn a_viewer_who_skips_all_the_time_is_hopeless_but_a_bad_minute_is_forgiven() {
    let skips_in_a_row = |pause: u64| {
        let mut feed = Feed::new(Limits::default());
        let mut viewer = Cursor::default();
        (0..100)
            .take_while(|_| {
                feed.publish(pause);
                !matches!(feed.ring.read(&mut viewer), Read::Hopeless)
            })
            .count()
    };
    // the first read is no skip
    assert_eq!(skips_in_a_row(20 * GOP), SKIPS_BEFORE_HOPELESS as usize);
    assert_eq!(skips_in_a_row(61 * GOP), 100);
}

#[test]
fn a_new_session_goes_on_behind_one_seam() {
    let mut feed = Feed::new(Limits::default());
    let (mut viewer, mut slow) = (Cursor::default(), Cursor::default());
    feed.publish(40);
    feed.read(&mut viewer);
    let Read::Slot { .. } = feed.ring.read(&mut slow) else { panic!("nothing to read") };

    feed.ring.close(1);
    let mut newcomer = Cursor::default();
    assert!(matches!(feed.ring.read(&mut newcomer), Read::Wait { .. }), "the old session is no place to join");
    (feed.session, feed.next) = (2, 75);
    feed.ring.open(2);
    assert!(!feed.ring.publish(1, group(41)), "a session that is over");
    feed.publish(3);

    assert_eq!(feed.read(&mut viewer), (vec![75, 76, 77], vec![75]));
    assert_eq!(feed.read(&mut slow), ((1..40).chain(75..78).collect(), vec![75]), "nothing is lost to a slow one");
    assert_eq!(feed.read(&mut newcomer), (vec![75, 76, 77], vec![]));
}

#[test]
fn a_slot_that_went_missing_before_the_ring_leaves_a_seam() {
    let mut feed = Feed::new(Limits::default());
    let mut viewer = Cursor::default();
    feed.publish(10);
    feed.next = 13;
    feed.publish(2);
    assert_eq!(feed.read(&mut viewer), ((0..10).chain(13..15).collect(), vec![13]));
}

#[test]
fn after_the_channel_was_idle_viewers_see_nothing_of_before() {
    let mut feed = Feed::new(Limits::default());
    let mut viewer = Cursor::default();
    feed.publish(40);
    feed.ring.close(1);
    feed.ring.clear();
    assert!(matches!(feed.ring.read(&mut viewer), Read::Wait { .. }));
    (feed.session, feed.next) = (2, 500);
    feed.ring.open(2);
    feed.publish(2);
    assert_eq!(feed.read(&mut viewer), (vec![500, 501], vec![]));
}

#[test]
fn memory_is_bounded_by_time_bytes_and_slots() {
    let endless = Limits { ticks: i64::MAX, bytes: usize::MAX, slots: usize::MAX };
    let cases = [
        (Limits { ticks: 10 * SLOT, ..endless }, 11),
        (Limits { bytes: 7_500, ..endless }, 7),
        (Limits { slots: 5, ..endless }, 5),
        // even a slot that is larger than all of it is passed on
        (Limits { bytes: 10, ..endless }, 1),
    ];
    for (limits, held) in cases {
        let mut feed = Feed::new(limits);
        feed.publish(100);
        assert_eq!(feed.ring.held(), (held, held * 1000), "{limits:?}");
    }
}

#[test]
fn the_stamps_wrap_unnoticed() {
    let wrap = (1u64 << 33) / SLOT as u64;
    let mut feed = Feed::new(Limits::default());
    feed.next = (wrap / GOP - 2) * GOP;
    feed.publish(20 * GOP);
    let (slots, _) = feed.read(&mut Cursor::default());
    assert!((GOP..2 * GOP).contains(&(slots.len() as u64 - 1)) || slots.len() as u64 == 2 * GOP, "{}", slots.len());
    assert_eq!(feed.ring.held().0 as i64, 12 * TICKS_PER_SECOND / SLOT + 1);
}

#[test]
fn an_ended_stream_has_nothing_for_anybody() {
    let mut feed = Feed::new(Limits::default());
    let mut viewer = Cursor::default();
    feed.publish(10);
    feed.ring.end();
    assert!(matches!(feed.ring.read(&mut viewer), Read::Ended));
}

#[derive(Clone, Debug)]
enum Happens {
    Published(u64),
    /// Slots that never reached the ring, fewer than counters count to.
    Lost(u64),
    /// Another session, from a keyframe on.
    Resumed,
    /// A viewer reads so many slots at most.
    Reads(usize, usize),
    Joins(usize),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (1..60u64).prop_map(Happens::Published),
        1 => (1..15u64).prop_map(Happens::Lost),
        1 => Just(Happens::Resumed),
        4 => (0..3usize, 1..80usize).prop_map(|(viewer, slots)| Happens::Reads(viewer, slots)),
        1 => (0..3usize).prop_map(Happens::Joins),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_slots_come_in_order_from_a_keyframe_on_and_every_gap_is_flagged(
        story in proptest::collection::vec(happens(), 1..150),
    ) {
        let limits = Limits { ticks: 6 * TICKS_PER_SECOND, bytes: 120_000, slots: 110 };
        let mut feed = Feed::new(limits);
        feed.publish(1);
        let mut viewers: [(Cursor, Option<u64>); 3] = Default::default();
        for happens in story {
            match happens {
                Happens::Published(slots) => feed.publish(slots),
                Happens::Lost(slots) => {
                    feed.next += slots;
                    feed.publish(1);
                }
                Happens::Resumed => {
                    (feed.session, feed.next) = (feed.session + 1, (feed.next / GOP + 1) * GOP);
                    feed.ring.open(feed.session);
                    feed.publish(1);
                }
                Happens::Joins(viewer) => viewers[viewer] = Default::default(),
                Happens::Reads(viewer, slots) => {
                    let (cursor, last) = &mut viewers[viewer];
                    for _ in 0..slots {
                        let Read::Slot { group, seam, skipped } = feed.ring.read(cursor) else { break };
                        let number = number(group);
                        match last.replace(number) {
                            None => prop_assert!(group.keyframe && !seam),
                            Some(last) => prop_assert!(number == last + 1 || (number > last && seam)),
                        }
                        prop_assert!(group.keyframe || !skipped);
                    }
                }
            }
            let (slots, bytes) = feed.ring.held();
            prop_assert!(slots <= limits.slots && bytes <= limits.bytes);
        }
    }
}
