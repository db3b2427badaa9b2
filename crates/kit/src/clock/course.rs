//! MasterClock as a function of CLOCK_MONOTONIC.

use retrovue_timeline::UtcTime;

/// Parts per million.
const MILLION: i64 = 1_000_000;

/// A stretch in which MasterClock goes a little faster or slower than CLOCK_MONOTONIC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slew {
    /// How much faster, in parts per million; slower where it is negative.
    pub ppm: i32,
    /// When it begins, by CLOCK_MONOTONIC in nanoseconds.
    pub from_ns: i64,
    /// When it ends.
    pub until_ns: i64,
}

impl Slew {
    /// What it has made up for by `monotonic_ns`.
    fn gained_ns(&self, monotonic_ns: i64) -> i64 {
        let spent = monotonic_ns.min(self.until_ns).saturating_sub(self.from_ns).max(0);
        let gained = (i128::from(spent) * i128::from(self.ppm)).div_euclid(i128::from(MILLION));
        i64::try_from(gained).unwrap_or(i64::MAX)
    }
}

/// UTC for every moment of CLOCK_MONOTONIC: a straight line with at most one slew in it. It never goes backwards,
/// since no slew takes away more than all of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// UTC minus monotonic time before the slew.
    offset_ns: i64,
    slew: Slew,
}

impl Course {
    /// The straight line on which it is `utc` at `monotonic_ns`.
    pub fn steady(utc: UtcTime, monotonic_ns: i64) -> Self {
        Self { offset_ns: utc.nanos() - monotonic_ns, slew: Slew::default() }
    }

    /// The line with `slew` in it on which it is `utc` at `monotonic_ns`.
    pub fn slewing(utc: UtcTime, monotonic_ns: i64, slew: Slew) -> Self {
        let offset_ns = utc.nanos() - monotonic_ns - slew.gained_ns(monotonic_ns);
        Self { offset_ns, slew }
    }

    /// What MasterClock shows then.
    pub fn utc_at(&self, monotonic_ns: i64) -> UtcTime {
        UtcTime::from_nanos(monotonic_ns + self.offset_ns + self.slew.gained_ns(monotonic_ns))
    }

    /// The line that it is on once its slew is over, as an instant of `monotonic_ns`.
    pub(super) fn end_at(&self, monotonic_ns: i64) -> UtcTime {
        UtcTime::from_nanos(monotonic_ns + self.offset_ns + self.slew.gained_ns(self.slew.until_ns))
    }

    /// Its slew, whether it is over or not.
    pub fn slew(&self) -> Slew {
        self.slew
    }

    /// How much faster than CLOCK_MONOTONIC it goes then, in parts per million.
    pub fn ppm_at(&self, monotonic_ns: i64) -> i32 {
        if (self.slew.from_ns..self.slew.until_ns).contains(&monotonic_ns) { self.slew.ppm } else { 0 }
    }

    /// The same line from `monotonic_ns` on, without what is left of its slew.
    pub fn straightened(&self, monotonic_ns: i64) -> Self {
        Self::steady(self.utc_at(monotonic_ns), monotonic_ns)
    }

    /// From `from_ns` on at `ppm`, whose sign follows from the way, until it has made up for `by_ns`. Before that it
    /// is the straight line that it is on at `monotonic_ns`.
    pub(super) fn made_up(&self, monotonic_ns: i64, by_ns: i64, ppm: i32, from_ns: i64) -> Self {
        let way = u128::from(by_ns.unsigned_abs()) * u128::from(MILLION.unsigned_abs());
        let spent = way.div_ceil(u128::from(ppm.unsigned_abs()));
        let until_ns = from_ns.saturating_add(i64::try_from(spent).unwrap_or(i64::MAX));
        let ppm = if by_ns < 0 { -ppm } else { ppm };
        Self::slewing(self.utc_at(monotonic_ns), monotonic_ns, Slew { ppm, from_ns, until_ns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_course_is_straight_but_for_its_slew() {
        let start = Course::steady(UtcTime::from_millis(1_000_000), 5 * SECOND);
        let course = start.made_up(6 * SECOND, -SECOND, 500, 10 * SECOND);
        let at = |seconds: i64| course.utc_at(seconds * SECOND).nanos() - start.utc_at(seconds * SECOND).nanos();
        assert_eq!((at(5), at(10), at(1010), at(2010), at(9999)), (0, 0, -SECOND / 2, -SECOND, -SECOND));
        assert_eq!((course.ppm_at(9 * SECOND), course.ppm_at(10 * SECOND), course.ppm_at(2010 * SECOND)), (0, -500, 0));
        assert_eq!(course.end_at(0), course.utc_at(3000 * SECOND).minus(std::time::Duration::from_secs(3000)));
    }

    #[test]
    fn who_is_told_a_reading_and_the_slew_is_on_the_same_course() {
        let course = Course::steady(UtcTime::from_millis(77), 3).made_up(3, 2 * SECOND, 500, 30 * SECOND);
        for told_at in [0, 29 * SECOND, 1000 * SECOND, 5000 * SECOND] {
            assert_eq!(Course::slewing(course.utc_at(told_at), told_at, course.slew()), course, "{told_at}");
        }
    }
}
