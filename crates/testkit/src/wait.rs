//! Waiting for conditions, never for time.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(25);

/// Asks `condition` until it answers, for `deadline` at most. `what` completes "gave up waiting for …".
///
/// # Errors
/// After the deadline.
pub async fn wait_for<T>(what: &str, deadline: Duration, mut condition: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = condition().await {
            return Ok(found);
        }
        if Instant::now() >= end {
            bail!("gave up waiting for {what} after {deadline:?}");
        }
        sleep(STEP).await;
    }
}
