//! MasterClock: the one time. Only this file reads the system's clocks.
//!
//! UTC is anchored to CLOCK_MONOTONIC once, so that a step of the system clock moves nothing on air. Core owns the
//! anchor; Air is told it through the protocol, which names both clocks of the same kernel and so needs no guess of
//! a transport's delay.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use retrovue_timeline::UtcTime;

/// One reading of MasterClock beside CLOCK_MONOTONIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// What MasterClock showed.
    pub utc: UtcTime,
    /// What CLOCK_MONOTONIC showed at the same moment, in nanoseconds.
    pub monotonic_ns: i64,
}

/// The one time: UTC that never goes backwards. Cheap to clone; all clones show the same.
#[derive(Clone)]
pub struct MasterClock {
    /// UTC minus monotonic time, in nanoseconds.
    anchor: Arc<AtomicI64>,
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
        Self { anchor: Arc::new(AtomicI64::new(utc.nanos() - monotonic_ns())), hands: Hands::Monotonic }
    }

    /// A clock that follows another process's: its next [`Self::follow`] moves it.
    pub fn following(reading: ClockReading) -> Self {
        Self { anchor: Arc::new(AtomicI64::new(reading.utc.nanos() - reading.monotonic_ns)), hands: Hands::Monotonic }
    }

    /// A clock for tests, which stands at `utc` until [`Self::advance`] moves it.
    pub fn manual(utc: UtcTime) -> Self {
        Self { anchor: Arc::new(AtomicI64::new(utc.nanos())), hands: Hands::Manual(Arc::default()) }
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
        let monotonic_ns = match &self.hands {
            Hands::Monotonic => monotonic_ns(),
            Hands::Manual(at) => at.load(Ordering::SeqCst),
        };
        let utc = UtcTime::from_nanos(self.anchor.load(Ordering::SeqCst) + monotonic_ns);
        ClockReading { utc, monotonic_ns }
    }

    /// Takes over what Core's clock showed.
    pub fn follow(&self, reading: ClockReading) {
        self.anchor.store(reading.utc.nanos() - reading.monotonic_ns, Ordering::SeqCst);
    }

    /// How long until `at`; zero where it has passed.
    pub fn until(&self, at: UtcTime) -> Duration {
        at.since(self.now())
    }
}

/// CLOCK_MONOTONIC in nanoseconds: for intervals, and for clocks that follow another's.
pub fn monotonic_ns() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// The system's UTC, as it is: for anchoring MasterClock, and for what must stay real (files, logs).
pub fn system_utc() -> UtcTime {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    UtcTime::from_nanos(now.tv_sec * 1_000_000_000 + now.tv_nsec)
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
