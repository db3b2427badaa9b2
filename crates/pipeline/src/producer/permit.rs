//! How many files may be opened at once: as many as there are cores, since opening is decoding at full speed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

static OPENING: Mutex<usize> = Mutex::new(0);
static ONE_LESS: Condvar = Condvar::new();

/// The right to open a file, until it is dropped.
pub(super) struct Permit(());

impl Permit {
    /// Waits for its turn, asking every `poll` whether it is still wanted.
    pub(super) fn acquire(poll: Duration, is_wanted: impl Fn() -> bool) -> Option<Self> {
        let limit = thread::available_parallelism().map_or(1, usize::from);
        let mut opening = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
        while *opening >= limit {
            if !is_wanted() {
                return None;
            }
            opening = ONE_LESS.wait_timeout(opening, poll).unwrap_or_else(PoisonError::into_inner).0;
        }
        *opening += 1;
        Some(Self(()))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *OPENING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ONE_LESS.notify_one();
    }
}
