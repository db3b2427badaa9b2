//! MasterClock: the one time. Only this file reads the system's clocks.
//!
//! UTC follows from CLOCK_MONOTONIC by a [`Course`], so that a step of the system clock moves nothing on air. Core
//! owns the course, and its [`discipline`] leads it after the system's clock; Air is told it through the protocol, which
//! names both clocks of the same kernel and so needs no guess of a transport's delay.

mod course;
pub mod discipline;
#[cfg(test)]
mod properties;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use retrovue_timeline::UtcTime;

pub use course::{Course, Slew};
use discipline::Look;

/// Tries for one look at the system's clock: the one that was disturbed least counts.
const TRIES: usize = 5;

/// A look that took longer tells nothing: the two clocks were read too far apart.
const LONGEST_LOOK_NS: i64 = 2_000_000;

/// One reading of MasterClock beside CLOCK_MONOTONIC, and where it is going: who is told it follows to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// What MasterClock showed.
    pub utc: UtcTime,
    /// What CLOCK_MONOTONIC showed at the same moment, in nanoseconds.
    pub monotonic_ns: i64,
    /// The stretch in which it goes faster or slower.
    pub slew: Slew,
}

/// The one time: UTC that never goes backwards. Cheap to clone; all clones show the same.
#[derive(Clone)]
pub struct MasterClock {
    course: Arc<RwLock<Course>>,
    hands: Hands,
}

#[derive(Clone)]
enum Hands {
    Monotonic,
    /// Stands still but for what a test adds, in nanoseconds.
    Manual(Arc<AtomicI64>),
}

impl MasterClock {
    /// A clock that starts at the system's UTC.
    pub fn system() -> Self {
        Self::starting_at(system_utc())
    }

    /// A clock that shows `utc` now.
    pub fn starting_at(utc: UtcTime) -> Self {
        Self::on(Course::steady(utc, monotonic_ns()), Hands::Monotonic)
    }

    /// A clock that follows another process's: its next [`Self::follow`] moves it.
    pub fn following(reading: ClockReading) -> Self {
        Self::on(of(reading), Hands::Monotonic)
    }

    /// A clock for tests, which stands at `utc` until [`Self::advance`] moves it.
    pub fn manual(utc: UtcTime) -> Self {
        Self::on(Course::steady(utc, 0), Hands::Manual(Arc::default()))
    }

    fn on(course: Course, hands: Hands) -> Self {
        Self { course: Arc::new(RwLock::new(course)), hands }
    }

    /// Moves a manual clock; a real one moves by itself and ignores this.
    pub fn advance(&self, by: Duration) {
        if let Hands::Manual(at) = &self.hands {
            at.fetch_add(i64::try_from(by.as_nanos()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// The time.
    pub fn now(&self) -> UtcTime {
        self.reading().utc
    }

    /// The time beside CLOCK_MONOTONIC.
    pub fn reading(&self) -> ClockReading {
        // read under the lock: nobody sees what an earlier course shows after a later one
        let course = self.course.read().unwrap_or_else(PoisonError::into_inner);
        let monotonic_ns = self.monotonic_ns();
        ClockReading { utc: course.utc_at(monotonic_ns), monotonic_ns, slew: course.slew() }
    }

    /// The course that it is on.
    pub fn course(&self) -> Course {
        *self.course.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts it on the course that `decide` makes of the present one and of what CLOCK_MONOTONIC shows.
    pub fn steer(&self, decide: impl FnOnce(Course, i64) -> Option<Course>) {
        let mut course = self.course.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = decide(*course, self.monotonic_ns()) {
            *course = next;
        }
    }

    /// Takes over what Core's clock showed.
    pub fn follow(&self, reading: ClockReading) {
        let course = of(reading);
        if self.course() != course {
            self.steer(|_, _| Some(course));
        }
    }

    /// How long until `at`; zero where it has passed.
    pub fn until(&self, at: UtcTime) -> Duration {
        at.since(self.now())
    }

    fn monotonic_ns(&self) -> i64 {
        match &self.hands {
            Hands::Monotonic => monotonic_ns(),
            Hands::Manual(at) => at.load(Ordering::SeqCst),
        }
    }
}

fn of(reading: ClockReading) -> Course {
    Course::slewing(reading.utc, reading.monotonic_ns, reading.slew)
}

/// Looks at the system's clock beside CLOCK_MONOTONIC. `None` where the machine was too busy to read both at once.
pub fn look() -> Option<Look> {
    let looks = (0..TRIES).map(|_| {
        let (before, system, after) = (monotonic_ns(), system_utc(), monotonic_ns());
        (after - before, Look { monotonic_ns: before + (after - before) / 2, system })
    });
    let (took, look) = looks.min_by_key(|(took, _)| *took)?;
    (took <= LONGEST_LOOK_NS).then_some(look)
}

/// CLOCK_MONOTONIC in nanoseconds: for intervals, and for clocks that follow another's.
pub fn monotonic_ns() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// What this process has used of the processors so far, all threads together, in nanoseconds.
pub fn process_cpu_ns() -> i64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec * 1_000_000_000 + used.tv_nsec
}

/// The system's UTC, as it is: for MasterClock to follow, and for what must stay real (files, logs).
#[expect(clippy::disallowed_methods, reason = "everybody else takes the time from here")]
pub fn system_utc() -> UtcTime {
    // through the C library, where tests put a clock of their own before it
    let nanos = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    UtcTime::from_nanos(match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => nanos(since),
        Err(before) => -nanos(before.duration()),
    })
}

/// Reads an RFC 3339 instant.
///
/// # Errors
/// Says what it should have been.
pub fn parse_utc(text: &str) -> Result<UtcTime, String> {
    let wants = || "an RFC 3339 instant, as in 2026-03-08T02:00:00Z".to_owned();
    let instant: jiff::Timestamp = text.parse().map_err(|_| wants())?;
    i64::try_from(instant.as_nanosecond()).map(UtcTime::from_nanos).map_err(|_| wants())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_shows_the_same_time() {
        let core = MasterClock::starting_at(UtcTime::from_millis(1_000_000));
        let air = MasterClock::following(core.reading());
        let (a, b) = (core.now(), air.now());
        assert!(b >= a && b.since(a) < Duration::from_secs(1));
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = MasterClock::manual(UtcTime::from_millis(5));
        assert_eq!(clock.now(), UtcTime::from_millis(5));
        clock.advance(Duration::from_millis(7));
        assert_eq!(clock.now(), UtcTime::from_millis(12));
        assert_eq!(clock.until(UtcTime::from_millis(20)), Duration::from_millis(8));
    }
}
