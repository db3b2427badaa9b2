//! The end of a daemon: the first SIGTERM or SIGINT drains, the second aborts.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Shared by every task that has to end; cancelled once by the first signal.
#[derive(Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Listens for signals from now on. Call inside the runtime.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::default();
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let token = shutdown.0.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = term.recv() => {}
                    _ = int.recv() => {}
                }
                if token.is_cancelled() {
                    tracing::warn!("second signal: leaving at once");
                    std::process::exit(130);
                }
                tracing::info!("signal received: draining; a second one aborts");
                token.cancel();
            }
        });
        Ok(shutdown)
    }

    /// The token to select on.
    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }

    /// Ends the daemon from inside.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Returns once draining has begun.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }
}
