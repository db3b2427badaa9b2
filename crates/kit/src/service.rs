//! What a daemon tells systemd: ready, alive, reloading, stopping. Nothing happens where `NOTIFY_SOCKET` is not set.

use std::time::Duration;

use sd_notify::NotifyState;

/// Tells that the daemon serves.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Tells that the daemon drains.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells that settings are read again; [`ready`] tells that this is over.
pub fn reloading() {
    // systemd 253 and later want to know since when
    match NotifyState::monotonic_usec_now() {
        Ok(since) => tell(&[NotifyState::Reloading, since]),
        Err(error) => tracing::debug!(%error, "systemd could not be told"),
    }
}

/// How often [`alive`] is expected; `None` where nobody watches. Half of what systemd allows.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|allowed| allowed / 2)
}

/// Tells that the main loop goes round. Call from that loop, never from a timer of its own.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
