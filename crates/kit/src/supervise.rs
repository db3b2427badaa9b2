//! Long-lived tasks: each has a name, and one that panics is told, counted and begun anew. Its owner spawns it, holds its
//! cancellation and waits for its end.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// A task that ran this long did not panic because of its start.
const OLD_ENOUGH: Duration = Duration::from_secs(10);

/// Runs what `make` makes until it ends by itself. Where it panics, `panicked` is called and it is made anew after a
/// moment: 0.1 s at first, twice as long each further time, 5 s at most. `cancel` ends that waiting, and nothing else.
pub async fn supervise<F: Future<Output = ()>>(
    name: &'static str,
    cancel: CancellationToken,
    panicked: impl Fn(),
    mut make: impl FnMut() -> F,
) {
    let mut backoff = FIRST_BACKOFF;
    loop {
        let begun = Instant::now();
        let Err(panic) = caught(make()).await else { return };
        tracing::error!(task = name, "a task panicked and is begun anew: {}", in_words(&*panic));
        panicked();
        if begun.elapsed() >= OLD_ENOUGH {
            backoff = FIRST_BACKOFF;
        }
        if cancel.run_until_cancelled(tokio::time::sleep(backoff)).await.is_none() {
            return;
        }
        backoff = (backoff * 2).min(LONGEST_BACKOFF);
    }
}

/// What a task holds goes with it; what it shares lies behind locks that count as whole when poisoned.
async fn caught<F: Future<Output = ()>>(task: F) -> Result<(), Box<dyn Any + Send>> {
    let mut task = Box::pin(task);
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| Pin::as_mut(&mut task).poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn in_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_begun_anew_until_it_ends_by_itself() {
        let (begun, panics) = (Cell::new(0), Cell::new(0));
        let make = || async {
            begun.set(begun.get() + 1);
            tokio::task::yield_now().await;
            assert!(begun.get() > 2, "too early");
        };
        supervise("test", CancellationToken::new(), || panics.set(panics.get() + 1), make).await;
        assert_eq!((begun.get(), panics.get()), (3, 2));
    }

    #[tokio::test]
    async fn one_that_only_panics_is_given_up_when_it_is_cancelled() {
        let (cancel, panics) = (CancellationToken::new(), Cell::new(0));
        let panicked = || {
            panics.set(panics.get() + 1);
            if panics.get() == 2 {
                cancel.cancel();
            }
        };
        supervise("test", cancel.clone(), panicked, || async { panic!("always") }).await;
        assert_eq!(panics.get(), 2);
    }
}
