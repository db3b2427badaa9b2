//! Who needs the cores first: producers that hold little ready. Those that hold enough give way to them, or else a
//! channel that begins would share the machine with all that the others make for later.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gstreamer as gst;

/// Who holds so much has enough, in seconds.
pub(super) const ENOUGH_SECONDS: usize = 2;

/// One that is hungry for longer waits for its disk, and not for a core.
const HUNGRY_FOR: gst::ClockTime = gst::ClockTime::from_seconds(3);

static HUNGRY: Mutex<Vec<(u64, gst::ClockTime)>> = Mutex::new(Vec::new());
static ONE_LESS: Condvar = Condvar::new();
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A producer that needs the cores, from when it is made until it has enough.
pub(super) struct Hunger(u64);

impl Hunger {
    pub(super) fn begin() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        hungry().push((number, gst::get_timestamp()));
        Self(number)
    }

    /// It has enough, or needs nothing any more.
    pub(super) fn end(&self) {
        hungry().retain(|(number, _)| *number != self.0);
        ONE_LESS.notify_all();
    }
}

impl Drop for Hunger {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits up to `wait` while somebody is hungry. Whether that is over.
pub(super) fn give_way(wait: Duration) -> bool {
    let waited = ONE_LESS.wait_timeout_while(hungry(), wait, |hungry| is_felt(hungry, gst::get_timestamp()));
    !is_felt(&waited.unwrap_or_else(PoisonError::into_inner).0, gst::get_timestamp())
}

fn is_felt(hungry: &[(u64, gst::ClockTime)], now: gst::ClockTime) -> bool {
    hungry.iter().any(|(_, since)| now < *since + HUNGRY_FOR)
}

fn hungry() -> MutexGuard<'static, Vec<(u64, gst::ClockTime)>> {
    HUNGRY.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunger_is_felt_until_it_has_lasted_too_long() {
        let at = gst::ClockTime::from_seconds;
        assert!(!is_felt(&[], at(10)));
        assert!(is_felt(&[(1, at(5)), (2, at(8))], at(10)));
        assert!(!is_felt(&[(1, at(5)), (2, at(7))], at(10)));
    }
}
