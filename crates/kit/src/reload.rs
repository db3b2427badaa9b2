//! SIGHUP: a daemon reads its settings again.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::settings::{Change, Reloader, Settings, sentence};
use crate::{logs, service};

/// Waits for SIGHUP.
pub struct Reloads {
    signal: Signal,
    reloader: Reloader,
}

impl Reloads {
    /// Listens from now on. Call inside the runtime.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn on_signals(reloader: Reloader) -> std::io::Result<Self> {
        Ok(Self { signal: signal(SignalKind::hangup())?, reloader })
    }

    /// The settings that hold after the next signal; where those that were read do not hold, waits for the one after.
    /// What belongs to logs is done already; what else is live is the caller's to apply, who then tells that it is
    /// [`service::ready`].
    pub async fn next(&mut self) -> Settings {
        loop {
            if self.signal.recv().await.is_none() {
                return std::future::pending().await;
            }
            service::reloading();
            match self.reloader.again() {
                Ok(reloaded) => {
                    if reloaded.applied.iter().any(|change| change.key == "log.level") {
                        logs::set_level(&self.reloader.settings().log_level);
                    }
                    tracing::info!("the settings were read again; {}", told(&reloaded.applied, "applied"));
                    if !reloaded.waiting.is_empty() {
                        tracing::warn!("{}", told(&reloaded.waiting, "needs a restart"));
                    }
                    return self.reloader.settings().clone();
                }
                Err(problems) => {
                    tracing::error!("the settings stay as they were: {}", sentence(&problems));
                    service::ready();
                }
            }
        }
    }
}

/// `applied: viewers.linger from "20s" to "5s", log.level from "info" to "debug"`
fn told(changes: &[Change], what: &str) -> String {
    if changes.is_empty() {
        return format!("{what}: nothing");
    }
    let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
    format!("{what}: {}", changes.join(", "))
}
