//! Memory that sessions used goes back to the system.
//!
//! glibc takes each freed block for a sign of what is to come: it keeps twice the largest one, so dozens of megabytes once
//! that was a picture, at the end of each arena, of which there are eight per core. Six channels that had ended
//! left 320 MB behind of which 10 were in use.

use std::ffi::c_int;
use std::time::Duration;

use crate::engine::Engine;

/// Kept at the end of an arena: what glibc begins with.
const KEPT: c_int = 128 << 10;

/// From this size on a block is mapped by itself, and returned as soon as it is freed. A picture of 1080 lines is smaller: mapping
/// each costs 3 % of a transcode.
const MAPPED: c_int = 4 << 20;

/// Pipelines end behind their session, and sessions end together.
const REST: Duration = Duration::from_secs(5);

/// Has glibc stay with these. For the start, while there is one thread.
#[expect(unsafe_code, reason = "glibc is set through C only")]
pub(crate) fn keep_little() {
    for (what, bytes) in [(libc::M_TRIM_THRESHOLD, KEPT), (libc::M_MMAP_THRESHOLD, MAPPED)] {
        // SAFETY: takes two numbers, and no other thread allocates yet.
        if unsafe { libc::mallopt(what, bytes) } == 0 {
            tracing::warn!(what, bytes, "the allocator does not take a setting");
        }
    }
}

/// Returns what is free amid what is in use, a while after sessions have ended, for ever.
pub(crate) async fn give_back(engine: &Engine) {
    loop {
        engine.session_over().await;
        tokio::time::sleep(REST).await;
        if let Err(bug) = tokio::task::spawn_blocking(trim).await {
            tracing::error!(%bug, "memory could not be given back");
        }
    }
}

#[expect(unsafe_code, reason = "glibc is asked through C only")]
fn trim() {
    // SAFETY: takes a number, and locks each arena while it looks at it.
    unsafe { libc::malloc_trim(0) };
}
