//! Work on disks that may never answer: whoever asks a network mount whose server is gone may be blocked for good.
//!
//! Such work has a thread of its own, which is left behind where it shows no sign of life. It holds what it was given
//! until the disk answers after all, so that nobody is sent after it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::progress::Progress;
use crate::failure::{Failure, Kind};

/// No disk that can be aired from takes longer over one file or folder, spinning up included.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often signs of life are looked for in that time: a stall is told a tenth late at most.
pub(super) const LOOKS: u32 = 10;

/// The work was left behind: it showed no sign of life for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stalled;

/// Runs `work` on a thread of its own, for as long as `progress` goes on at least once every `patience`.
///
/// # Errors
/// [`Stalled`]; what the work answers later is lost.
pub(crate) async fn unless_stalled<T: Send + 'static>(
    patience: Duration,
    progress: &Arc<Progress>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Result<T, Stalled>, Failure> {
    let (answer, mut answered) = oneshot::channel();
    let spawned = std::thread::Builder::new().name("library".to_owned()).spawn(move || {
        // Nobody listens where it was left behind.
        let _ = answer.send(work());
    });
    let failed =
        |error: String| Failure::new(Kind::Failed, "task_failed", format!("the work was not finished: {error}"));
    spawned.map_err(|error| failed(error.to_string()))?;
    let (mut seen, mut in_vain) = (progress.beats(), 0);
    while in_vain < LOOKS {
        if let Ok(answer) = tokio::time::timeout(patience / LOOKS, &mut answered).await {
            return answer.map(Ok).map_err(|_| failed("its thread panicked".to_owned()));
        }
        let now = progress.beats();
        in_vain = if now == seen { in_vain + 1 } else { 0 };
        seen = now;
    }
    Ok(Err(Stalled))
}

/// What is told of a folder whose disk was given up.
pub(crate) fn not_answering(folder: &Path, patience: Duration) -> Failure {
    let message = format!("the disk of the folder {} has not answered for {} s", folder.display(), patience.as_secs());
    Failure::new(Kind::Failed, "folder_not_answering", message)
        .hint("see that the disk or the network share is there, and try again; nothing was changed")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn work_that_shows_no_sign_of_life_is_left_behind() {
        let progress = Arc::<Progress>::default();
        let (go_on, wait) = mpsc::channel::<()>();
        let stalled = unless_stalled(SHORT, &progress, move || wait.recv()).await.unwrap();
        assert_eq!(stalled.err(), Some(Stalled));
        drop(go_on);
        assert_eq!(unless_stalled(PATIENCE, &progress, || 7).await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn slow_work_that_goes_on_is_waited_for() {
        let progress = Arc::<Progress>::default();
        let (tick, ticks) = mpsc::channel::<()>();
        let theirs = progress.clone();
        let work = move || ticks.iter().map(|()| theirs.beat()).count();
        let beating = async {
            for _ in 0..20 {
                tokio::time::sleep(SHORT / 4).await;
                tick.send(()).unwrap();
            }
            drop(tick);
        };
        let (done, ()) = tokio::join!(unless_stalled(SHORT * 10, &progress, work), beating);
        assert_eq!(done.unwrap(), Ok(20));
    }
}
