//! Threads that keep time.
//!
//! They do little, but at an instant. Where the system lets Air (`CAP_SYS_NICE`, systemd's `LimitNICE=`), they go before
//! whatever else wants the cores, encoders too; elsewhere, work ahead has to be enough.

/// What audio servers take for theirs.
const NICENESS: i32 = -11;

/// Lets the calling thread go first, where that is allowed.
pub(crate) fn keep_time() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "a thread that keeps time has no better priority than others");
    }
}
