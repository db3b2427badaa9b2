//! How MasterClock follows the system's clock: pure, each look an argument.
//!
//! CLOCK_MONOTONIC is kept at its rate by the same kernel and the same NTP as the system's clock is. The two part only
//! where the system's clock is stepped: by hand, by NTP after a start, by a host that wakes up, by a suspend. What to
//! make of such a step is decided here.

use std::collections::VecDeque;
use std::time::Duration;

use retrovue_timeline::UtcTime;

use super::course::Course;

/// What is slewed in; a longer way is a step, and waits.
pub const LARGEST_SLEW: Duration = Duration::from_secs(2);

/// How fast: no player and no encoder hears of it.
pub const SLEW_PPM: i32 = 500;

/// How far back MasterClock waits for the system's clock while nothing is on air. What lies further back is decided by
/// an operator.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// How it waits: at half speed, so that whoever measures with it still sees time go on.
pub const WAIT_PPM: i32 = 500_000;

/// No RetroVue is older: a system's clock before it was never set.
pub const NEVER_BEFORE: UtcTime = UtcTime::from_millis(1_767_225_600_000);

/// A slew begins this long after it was decided. Air hears of it before, so both follow it as one.
const NOTICE_NS: i64 = 40_000_000_000;

/// The two are not told apart below this: a look may be disturbed by as much.
const DEAD_BAND_NS: i64 = 10_000_000;

/// A step is believed once so many looks in a row agree.
const LOOKS: usize = 5;

/// Drift is measured over so many looks.
const DRIFT_LOOKS: usize = 600;

/// And not over less than this.
const DRIFT_LEAST_NS: i64 = 30_000_000_000;

/// The system's clock beside CLOCK_MONOTONIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// CLOCK_MONOTONIC, in nanoseconds.
    pub monotonic_ns: i64,
    /// What the system's clock showed.
    pub system: UtcTime,
}

/// How MasterClock and the system's clock stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They show the same.
    InStep,
    /// MasterClock is on its way, or about to be.
    Slewing,
    /// Nothing is on air, and MasterClock goes at half speed until the system's clock has come up.
    Waiting,
    /// They are too far apart: the step is taken over when nothing is on air, or by command.
    StepWaits,
    /// They are too far apart, and MasterClock would have to go back: only by command.
    StepBackWaits,
    /// The system's clock was never set.
    Unset,
}

/// What a look leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Another course through the same instant.
    Steer(Course),
    /// A course elsewhere: a step is taken over.
    Adopt(Course),
}

/// The system's clock was never set, so there is nothing to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system's clock shows {0:?}, so it was never set")]
pub struct NeverSet(pub UtcTime);

/// Decides how MasterClock follows.
#[derive(Clone, Debug)]
pub struct Discipline {
    /// How far MasterClock is meant to be ahead of the system's clock: a rehearsal's.
    ahead_ns: i64,
    /// The system's clock minus CLOCK_MONOTONIC, as of the last looks, each with when that was.
    looks: VecDeque<(i64, i64)>,
    /// The last look, also where the clock was not set.
    last: Option<Look>,
}

impl Discipline {
    /// One that keeps MasterClock `ahead_ns` ahead of the system's clock.
    pub fn new(ahead_ns: i64) -> Self {
        Self { ahead_ns, looks: VecDeque::new(), last: None }
    }

    /// Takes a look at the system's clock, which was just before `now_ns`, while MasterClock is on `course`, and is
    /// `held` by what is on air.
    pub fn observe(&mut self, look: Look, now_ns: i64, course: Course, held: bool) -> Option<Turn> {
        self.last = Some(look);
        if look.system < NEVER_BEFORE {
            self.looks.clear();
            return None;
        }
        self.note(look);
        let target = self.target()?;
        let way_ns = way_ns(target, course, now_ns);
        let arrives = |course: Course| (target + now_ns - course.end_at(now_ns).nanos()).abs() <= DEAD_BAND_NS;
        if way_ns.abs() <= nanos(LARGEST_SLEW) + DEAD_BAND_NS {
            let course_there = || match way_ns.abs() <= DEAD_BAND_NS {
                true => course.straightened(now_ns),
                false => course.made_up(now_ns, way_ns, SLEW_PPM, now_ns + NOTICE_NS),
            };
            return (!arrives(course)).then(|| Turn::Steer(course_there()));
        }
        match held {
            false if way_ns > 0 => return Some(Turn::Adopt(at(target, now_ns))),
            false if way_ns >= -nanos(LONGEST_WAIT) => {
                let waiting = || Turn::Steer(course.made_up(now_ns, way_ns, WAIT_PPM, now_ns));
                return (!arrives(course)).then(waiting);
            }
            _ => {}
        }
        // a slew under way leads to where the system's clock is no more
        (course.slew().until_ns > now_ns).then(|| Turn::Steer(course.straightened(now_ns)))
    }

    /// Takes over the step that waits, in whichever direction. `None` where none does.
    ///
    /// # Errors
    /// [`NeverSet`]
    pub fn adopt(&mut self, look: Look, now_ns: i64, course: Course) -> Result<Option<Course>, NeverSet> {
        self.last = Some(look);
        if look.system < NEVER_BEFORE {
            return Err(NeverSet(look.system));
        }
        let target = look.system.nanos() + self.ahead_ns - look.monotonic_ns;
        let is_step = way_ns(target, course, now_ns).abs() > nanos(LARGEST_SLEW) + DEAD_BAND_NS;
        Ok(is_step.then(|| at(target, now_ns)))
    }

    /// How the two stand to each other, as of the last look.
    pub fn standing(&self, course: Course) -> Standing {
        let Some(look) = self.last else { return Standing::InStep };
        if look.system < NEVER_BEFORE {
            return Standing::Unset;
        }
        let (way_ns, slew) = (self.offset_ns(course), course.slew());
        let is_slewing = slew.until_ns > look.monotonic_ns;
        match way_ns.abs() <= nanos(LARGEST_SLEW) + DEAD_BAND_NS {
            _ if is_slewing && slew.ppm == -WAIT_PPM => Standing::Waiting,
            true if is_slewing => Standing::Slewing,
            true => Standing::InStep,
            false if way_ns >= -nanos(LONGEST_WAIT) => Standing::StepWaits,
            false => Standing::StepBackWaits,
        }
    }

    /// How far MasterClock is behind where it is meant to be, as of the last look; negative where it is ahead.
    pub fn offset_ns(&self, course: Course) -> i64 {
        let way_ns = |look: Look| look.system.nanos() + self.ahead_ns - course.utc_at(look.monotonic_ns).nanos();
        self.last.map_or(0, way_ns)
    }

    /// How fast the system's clock moves away from CLOCK_MONOTONIC, in parts per million, over the last ten minutes
    /// at most and since it was last stepped. 0 where that is not known yet.
    pub fn drift_ppm(&self) -> f64 {
        let (Some((since, was)), Some((now, is))) = (self.looks.front(), self.looks.back()) else { return 0.0 };
        let over = now - since;
        if over < DRIFT_LEAST_NS { 0.0 } else { (is - was) as f64 * 1e6 / over as f64 }
    }

    /// How far ahead of the system's clock MasterClock is meant to be.
    pub fn ahead_ns(&self) -> i64 {
        self.ahead_ns
    }

    fn note(&mut self, Look { monotonic_ns, system }: Look) {
        let offset = system.nanos() - monotonic_ns;
        let stepped = |(_, before): &(i64, i64)| (offset - before).abs() > DEAD_BAND_NS;
        if self.looks.back().is_some_and(stepped) {
            self.looks.clear();
        }
        if self.looks.len() == DRIFT_LOOKS {
            self.looks.pop_front();
        }
        self.looks.push_back((monotonic_ns, offset));
    }

    /// MasterClock minus CLOCK_MONOTONIC as it is meant to be, once that is sure: the middle one of the last looks.
    fn target(&self) -> Option<i64> {
        let from = self.looks.len().checked_sub(LOOKS)?;
        let mut last: Vec<i64> = self.looks.range(from..).map(|(_, offset)| *offset).collect();
        last.sort_unstable();
        Some(last[LOOKS / 2] + self.ahead_ns)
    }
}

/// How far MasterClock is behind a `target` at `now_ns`.
fn way_ns(target: i64, course: Course, now_ns: i64) -> i64 {
    target + now_ns - course.utc_at(now_ns).nanos()
}

fn at(target: i64, monotonic_ns: i64) -> Course {
    Course::steady(UtcTime::from_nanos(target + monotonic_ns), monotonic_ns)
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
