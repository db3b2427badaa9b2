//! What is told to a session while it runs: another plan, or the end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_timeline::UtcTime;

use crate::plan::Plan;

/// A wait is looked at again after this long, since the clock may have been moved.
const LOOK: Duration = Duration::from_millis(250);

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Core said so.
    Stopped,
    /// Air was told to leave.
    Drained,
    /// The other end of the TS went away.
    EndpointClosed,
    /// All frames that were asked for are sent.
    FrameLimit,
    /// There was nobody to send to.
    Unreachable,
    /// A bug ended it.
    Failed,
}

impl Cause {
    /// Its name on the wire.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Drained => "drained",
            Self::EndpointClosed => "endpoint_closed",
            Self::FrameLimit => "frame_limit",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
        }
    }
}

/// Holds the newest plan and the first cause to end.
#[derive(Default)]
pub(crate) struct Mailbox {
    letters: Mutex<Letters>,
    arrived: Condvar,
}

#[derive(Default)]
struct Letters {
    plan: Option<Arc<Plan>>,
    end: Option<Cause>,
}

impl Mailbox {
    /// The session follows `plan` from the next slot on.
    pub(crate) fn send_plan(&self, plan: Arc<Plan>) {
        self.letters().plan = Some(plan);
        self.arrived.notify_all();
    }

    /// The session ends at the next slot's boundary. The first cause holds.
    pub(crate) fn send_end(&self, cause: Cause) {
        self.letters().end.get_or_insert(cause);
        self.arrived.notify_all();
    }

    /// The newest plan, once.
    pub(crate) fn take_plan(&self) -> Option<Arc<Plan>> {
        self.letters().plan.take()
    }

    /// Why the session has to end, if it has to.
    pub(crate) fn end(&self) -> Option<Cause> {
        self.letters().end
    }

    /// Waits until `at`, or until the session has to end.
    pub(crate) fn wait_until(&self, clock: &MasterClock, at: UtcTime) -> Option<Cause> {
        let mut letters = self.letters();
        loop {
            let left = clock.until(at);
            if left.is_zero() || letters.end.is_some() {
                return letters.end;
            }
            letters = self.arrived.wait_timeout(letters, left.min(LOOK)).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
