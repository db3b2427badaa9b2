//! Core's MasterClock: where it starts, how it follows the system's clock, and who may move it.
//!
//! It starts at the system's time, or where a rehearsal wants it, but never before what this home has already seen. A
//! rehearsal (`clock.start`) keeps how far it is from real time in the database, so that a later start with the same
//! value goes on instead of beginning again.

mod air_time;
mod timekeeper;

use retrovue_kit::clock::discipline::{Discipline, LARGEST_SLEW, NEVER_BEFORE};
use retrovue_kit::clock::system_utc;
use retrovue_kit::{MasterClock, Settings};
use retrovue_store::{Store, StoreError};
use retrovue_timeline::UtcTime;

use crate::failure::Failure;
use crate::instants::rfc3339;
use crate::metrics::Metrics;

pub use air_time::{AirTime, OnAirTime};
pub use timekeeper::{Adopted, State, Timekeeper};

const START: &str = "clock.start_ns";
const OFFSET: &str = "clock.offset_ns";
const SEEN: &str = "clock.seen_ns";

/// The clock for this start, and who keeps it.
///
/// # Errors
/// A rehearsal that would begin before what the database already holds; a database that cannot be read.
pub fn start(settings: &Settings, store: &Store, metrics: &Metrics) -> Result<Timekeeper, Failure> {
    let real = system_utc();
    let (ahead_ns, earliest) = match settings.clock_start {
        Some(wanted) => (rehearsal(wanted, store, real)?, UtcTime::EPOCH),
        None => (0, NEVER_BEFORE),
    };
    let told = UtcTime::from_nanos(real.nanos() + ahead_ns);
    let earliest = stored(store, SEEN)?.map_or(earliest, |seen| earliest.max(UtcTime::from_nanos(seen)));
    if told.plus(LARGEST_SLEW) < earliest {
        tracing::warn!(
            system = rfc3339(real),
            "the system's clock lies before what this home has seen: going on from {}; see retrovue clock show",
            rfc3339(earliest)
        );
    }
    let clock = MasterClock::starting_at(told.max(earliest));
    Ok(Timekeeper::new(clock, Discipline::new(ahead_ns), store.clone(), metrics.clone()))
}

/// How far ahead of the system's clock the rehearsal is that begins with `wanted`.
fn rehearsal(wanted: UtcTime, store: &Store, real: UtcTime) -> Result<i64, Failure> {
    if stored(store, START)? == Some(wanted.nanos())
        && let Some(ahead_ns) = stored(store, OFFSET)?
    {
        return Ok(ahead_ns);
    }
    if let Some(seen) = stored(store, SEEN)?
        && wanted.nanos() < seen
    {
        let message = "clock.start lies before what this home has already seen".to_owned();
        return Err(
            Failure::refused("clock_behind_history", message).hint("give it a later instant, or another RETROVUE_HOME")
        );
    }
    let ahead_ns = wanted.nanos() - real.nanos();
    store.set_meta(OFFSET, &ahead_ns.to_string())?;
    store.set_meta(START, &wanted.nanos().to_string())?;
    Ok(ahead_ns)
}

fn stored(store: &Store, key: &str) -> Result<Option<i64>, StoreError> {
    Ok(store.meta(key)?.and_then(|text| text.parse().ok()))
}

/// Notes how far time has come, for the next start's sake.
fn remember(store: &Store, now: UtcTime) -> Result<(), StoreError> {
    store.set_meta(SEEN, &now.nanos().to_string())
}

#[cfg(test)]
mod tests {
    use retrovue_kit::settings;

    use super::*;

    fn shown(store: &Store, start: Option<&str>) -> Result<UtcTime, Failure> {
        let environment = start.map(|start| ("RETROVUE_CLOCK_START".to_owned(), start.to_owned()));
        let settings = settings::load(None, environment.into_iter().collect()).unwrap().settings;
        super::start(&settings, store, &Metrics::new()).map(|keeper| keeper.clock().now())
    }

    #[test]
    fn it_starts_where_the_home_has_come_to_at_least() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let hour = std::time::Duration::from_secs(3600);
        let real = system_utc();
        assert!(shown(&store, None).unwrap() >= real);
        remember(&store, real.plus(hour)).unwrap();
        let held = shown(&store, None).unwrap();
        assert!(held >= real.plus(hour) && held < real.plus(2 * hour));
        remember(&store, real.minus(hour)).unwrap();
        assert!(shown(&store, None).unwrap() < real.plus(hour));
    }

    #[test]
    fn a_rehearsal_goes_on_and_none_falls_behind_history() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let near = |at: UtcTime, text: &str| at.since(retrovue_kit::clock::parse_utc(text).unwrap()).as_secs() < 60;
        let (first, later) = ("2001-02-03T04:05:06Z", "2031-01-01T00:00:00Z");
        let begun = shown(&store, Some(first)).unwrap();
        assert!(near(begun, first));
        let again = shown(&store, Some(first)).unwrap();
        assert!(again > begun && near(again, first), "it goes on");
        assert!(near(shown(&store, Some(later)).unwrap(), later));
        remember(&store, shown(&store, Some(later)).unwrap()).unwrap();
        assert_eq!(shown(&store, Some(first)).unwrap_err().code, "clock_behind_history");
    }
}
