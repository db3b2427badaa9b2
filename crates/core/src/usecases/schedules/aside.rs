//! Planning has threads of its own, which yield to everything else: whatever is on air goes first.

use tokio::sync::Semaphore;

use crate::failure::{Failure, Kind};

/// What its threads are called.
const NAME: &str = "planning";

/// Their nice value.
const NICE: i32 = 10;

/// So many plan at the same time, each with the library in memory; the others wait.
static PLANNING: Semaphore = Semaphore::const_new(4);

/// Runs `work`, which plans, to its end.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    // it is never closed
    let permit = PLANNING.acquire().await;
    let (done, finished) = tokio::sync::oneshot::channel();
    let started = std::thread::Builder::new().name(NAME.to_owned()).spawn(move || {
        // on Linux this concerns the calling thread alone; where it is refused, planning is as eager as the rest
        let _ = rustix::process::nice(NICE);
        // whoever asked may have gone, and what was decided stays
        let _ = done.send(work());
        drop(permit);
    });
    let failed = |why: String| Failure::new(Kind::Failed, "task_failed", why).hint("Core's log has more of it");
    started.map_err(|error| failed(format!("planning did not start: {error}")))?;
    finished.await.map_err(|_| failed("planning panicked".to_owned()))
}
