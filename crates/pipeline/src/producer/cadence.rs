//! Which source picture each house frame shows.
//!
//! A slot shows the picture whose interval contains the slot's centre, and a picture's interval ends where the next
//! one begins. Every source rate, constant or not, is this one rule; and half a house frame lies between a centre and
//! the nearest stamp of material at the house's own rate. Film in an NTSC house has a picture that begins on a centre
//! every fifth slot: rounded stamps would make its cadence limp, so those that are near their nominal grid are put
//! back on it.

use std::ops::Range;

use retrovue_timeline::FrameRate;

/// Lays pictures on the slots of a segment.
pub(super) struct Cadence<P> {
    rate: FrameRate,
    in_offset: i64,
    count: i64,
    /// The first slot that has not been decided.
    next: i64,
    /// The picture whose end is not known, and where it begins.
    current: Option<(i64, P)>,
}

/// A picture, and the slots that show it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown<P> {
    pub(super) picture: P,
    pub(super) slots: Range<i64>,
}

impl<P> Cadence<P> {
    /// Slots 0 to `count` of a segment that begins `in_offset` house frames after asset time 0.
    pub(super) fn new(rate: FrameRate, in_offset: i64, count: i64) -> Self {
        Self { rate, in_offset, count, next: 0, current: None }
    }

    /// The next picture begins at `start_ns` of asset time: gives what the one before it fills. A picture that does
    /// not begin after the one before it is dropped.
    pub(super) fn picture(&mut self, start_ns: i64, picture: P) -> Option<Shown<P>> {
        if self.current.as_ref().is_some_and(|(current, _)| start_ns <= *current) {
            return None;
        }
        let before = self.current.replace((start_ns, picture));
        self.fill(before?, start_ns)
    }

    /// The last picture was the last one, and lasts `duration_ns`.
    pub(super) fn end(&mut self, duration_ns: i64) -> Option<Shown<P>> {
        let last = self.current.take()?;
        let end_ns = last.0.saturating_add(duration_ns);
        self.fill(last, end_ns)
    }

    /// Where the picture begins whose end is not known, in nanoseconds of asset time.
    pub(super) fn current_start(&self) -> Option<i64> {
        self.current.as_ref().map(|(start_ns, _)| *start_ns)
    }

    /// Whether every slot has been decided.
    pub(super) fn is_complete(&self) -> bool {
        self.next >= self.count
    }

    fn fill(&mut self, (start_ns, picture): (i64, P), end_ns: i64) -> Option<Shown<P>> {
        let first = self.first_slot_at(start_ns).max(self.next);
        let end = self.first_slot_at(end_ns).min(self.count);
        self.next = self.next.max(end);
        (first < end).then_some(Shown { picture, slots: first..end })
    }

    /// The first slot whose centre does not lie before `nanos`.
    fn first_slot_at(&self, nanos: i64) -> i64 {
        self.rate.slots_within(nanos) - self.in_offset
    }
}

/// Containers round to the millisecond, and the first stamp, which the others are counted from, is rounded as well.
const ROUNDING_NS: i128 = 1_100_000;

/// `start_ns` on the grid of a stream's nominal rate where that is no further away than containers round; rounded
/// down, so that a picture which begins on a slot's centre is shown there.
pub(super) fn on_grid(start_ns: i64, nominal: Option<FrameRate>) -> i64 {
    let Some(rate) = nominal else { return start_ns };
    let (num, den) = (i128::from(rate.num()), i128::from(rate.den()) * 1_000_000_000);
    let nearest = (2 * i128::from(start_ns) * num + den).div_euclid(2 * den);
    let grid_ns = (nearest * den).div_euclid(num);
    if (grid_ns - i128::from(start_ns)).abs() <= ROUNDING_NS {
        i64::try_from(grid_ns).unwrap_or(start_ns)
    } else {
        start_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn rate(text: &str) -> FrameRate {
        text.parse().unwrap()
    }

    /// Runs pictures of `source` through, stamped by `stamp`, and gives the picture shown in each slot.
    fn shown(house: FrameRate, source: FrameRate, in_offset: i64, count: i64, stamp: impl Fn(i64) -> i64) -> Vec<i64> {
        let mut cadence = Cadence::new(house, in_offset, count);
        let mut slots = Vec::new();
        let mut take = |shown: Option<Shown<i64>>| {
            if let Some(shown) = shown {
                assert_eq!(shown.slots.start, slots.len() as i64);
                slots.extend(shown.slots.map(|_| shown.picture));
            }
        };
        for n in 0.. {
            take(cadence.picture(on_grid(stamp(source.nanos_in(n)), Some(source)), n));
            if cadence.is_complete() {
                break;
            }
        }
        slots
    }

    #[test]
    fn same_rate_is_one_to_one_however_stamps_are_rounded() {
        let house = rate("30000/1001");
        let expected: Vec<i64> = (0..300).collect();
        for stamp in [|t: i64| t, |t: i64| t / MS * MS, |t: i64| (t + MS / 2) / MS * MS] {
            assert_eq!(shown(house, house, 0, 300, stamp), expected);
        }
        assert_eq!(shown(house, house, 100, 3, |t| t / MS * MS), [100, 101, 102]);
    }

    #[test]
    fn other_rates_follow_time() {
        assert_eq!(shown(rate("25"), rate("60"), 0, 5, |t| t), [1, 3, 6, 8, 10]);
        assert_eq!(shown(rate("25"), rate("60"), 2, 3, |t| t), [6, 8, 10]);
    }

    #[test]
    fn film_keeps_an_even_cadence_however_stamps_are_rounded() {
        for stamp in [|t: i64| t, |t: i64| t / MS * MS, |t: i64| (t + MS / 2) / MS * MS] {
            let slots = shown(rate("30000/1001"), rate("24000/1001"), 0, 12, stamp);
            assert_eq!(slots, [0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 9]);
        }
    }

    #[test]
    fn stamps_far_from_the_grid_are_left_alone() {
        assert_eq!(on_grid(50 * MS, Some(rate("25"))), 50 * MS);
        assert_eq!(on_grid(50 * MS, None), 50 * MS);
        assert_eq!(on_grid(41 * MS, Some(rate("25"))), 40 * MS);
        assert_eq!(on_grid(-41 * MS, Some(rate("25"))), -40 * MS);
    }

    #[test]
    fn pictures_that_come_late_leave_slots_out() {
        let mut cadence = Cadence::new(rate("25"), 0, 10);
        assert_eq!(cadence.picture(130 * MS, 'a'), None);
        assert_eq!(cadence.picture(200 * MS, 'b'), Some(Shown { picture: 'a', slots: 3..5 }));
        assert_eq!(cadence.picture(190 * MS, 'x'), None, "not after the one before");
        assert_eq!(cadence.current_start(), Some(200 * MS));
        assert_eq!(cadence.end(40 * MS), Some(Shown { picture: 'b', slots: 5..6 }));
        assert_eq!(cadence.end(40 * MS), None);
        assert!(!cadence.is_complete());
    }

    #[test]
    fn pictures_from_before_the_in_point_are_passed_over() {
        let mut cadence = Cadence::new(rate("25"), 100, 2);
        assert_eq!(cadence.picture(3_920 * MS, 'a'), None);
        assert_eq!(cadence.picture(3_960 * MS, 'b'), None);
        assert_eq!(cadence.picture(4_000 * MS, 'c'), None);
        assert_eq!(cadence.picture(4_500 * MS, 'd'), Some(Shown { picture: 'c', slots: 0..2 }));
        assert!(cadence.is_complete());
    }
}
