//! Where MasterClock starts: at the system's time, or where a rehearsal wants it.
//!
//! A rehearsal (`clock.start`) keeps how far it is from real time in the database, so that a later start with the
//! same value goes on instead of beginning again.

use retrovue_kit::clock::system_utc;
use retrovue_kit::{MasterClock, Settings};
use retrovue_store::{Store, StoreError};
use retrovue_timeline::UtcTime;

use crate::failure::Failure;

const START: &str = "clock.start_ns";
const OFFSET: &str = "clock.offset_ns";
const SEEN: &str = "clock.seen_ns";

/// The clock for this start.
///
/// # Errors
/// A rehearsal that would begin before what the database already holds; a database that cannot be read.
pub fn start(settings: &Settings, store: &Store) -> Result<MasterClock, Failure> {
    let Some(wanted) = settings.clock_start else {
        return Ok(MasterClock::system());
    };
    let stored = |key| store.meta(key).map(|text| text.and_then(|text| text.parse::<i64>().ok()));
    let real = system_utc();
    if stored(START)? == Some(wanted.nanos())
        && let Some(offset) = stored(OFFSET)?
    {
        return Ok(MasterClock::starting_at(UtcTime::from_nanos(real.nanos() + offset)));
    }
    if let Some(seen) = stored(SEEN)?
        && wanted.nanos() < seen
    {
        let message = "clock.start lies before what this home has already seen".to_owned();
        return Err(
            Failure::refused("clock_behind_history", message).hint("give it a later instant, or another RETROVUE_HOME")
        );
    }
    store.set_meta(OFFSET, &(wanted.nanos() - real.nanos()).to_string())?;
    store.set_meta(START, &wanted.nanos().to_string())?;
    Ok(MasterClock::starting_at(wanted))
}

/// Notes how far time has come, for the next start's sake.
///
/// # Errors
/// A database that cannot be written.
pub fn remember(store: &Store, now: UtcTime) -> Result<(), StoreError> {
    store.set_meta(SEEN, &now.nanos().to_string())
}
