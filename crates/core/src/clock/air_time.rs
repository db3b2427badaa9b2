//! What is on air holds the time: no step is taken over while a session lasts.

use std::sync::Arc;

use retrovue_kit::MasterClock;
use retrovue_kit::clock::discipline::WAIT_PPM;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, RwLockWriteGuard};

/// Shared by all sessions, and by whoever wants to move the clock. Cheap to clone.
#[derive(Clone, Default)]
pub struct AirTime(Arc<RwLock<()>>);

/// Held by a session from before its first question to Air until Air has ended it.
pub struct OnAirTime {
    _held: OwnedRwLockReadGuard<()>,
}

impl AirTime {
    /// A session begins. Waits where a step is just being taken over by command; a clock that was waiting for the
    /// system's runs from here on.
    pub async fn begin(&self, clock: &MasterClock) -> OnAirTime {
        let held = Arc::clone(&self.0).read_owned().await;
        clock.steer(|course, now_ns| (course.ppm_at(now_ns).abs() == WAIT_PPM).then(|| course.straightened(now_ns)));
        OnAirTime { _held: held }
    }

    /// Nothing is on air, and nothing begins until the guard is dropped. `None` where something is.
    pub(super) fn try_stop(&self) -> Option<RwLockWriteGuard<'_, ()>> {
        self.0.try_write().ok()
    }

    /// As [`Self::try_stop`], once all that is on air has ended. Nothing begins meanwhile.
    pub(super) async fn stop(&self) -> RwLockWriteGuard<'_, ()> {
        self.0.write().await
    }
}
