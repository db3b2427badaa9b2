//! How far syncs and measurements are, and that each source and each asset has one at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::stall::PATIENCE;

/// How far one sync is.
#[derive(Debug, Default)]
pub struct Progress {
    found: AtomicU64,
    to_inspect: AtomicU64,
    inspected: AtomicU64,
    beats: AtomicU64,
    is_automatic: bool,
    left: CancellationToken,
}

/// [`Progress`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProgressView {
    /// Files found that may be media.
    pub found: u64,
    /// How many of them must be looked at; 0 until that is known.
    pub to_inspect: u64,
    /// How many of those were looked at.
    pub inspected: u64,
}

impl Progress {
    /// One more file was found.
    pub fn found(&self) {
        self.found.fetch_add(1, Ordering::Relaxed);
    }

    /// So many files will be looked at.
    pub fn to_inspect(&self, files: usize) {
        self.to_inspect.store(files as u64, Ordering::Relaxed);
    }

    /// So many more files were looked at.
    pub fn inspected(&self, files: usize) {
        self.inspected.fetch_add(files as u64, Ordering::Relaxed);
    }

    /// Of a sync that nobody asked for.
    pub fn automatic() -> Self {
        Self { is_automatic: true, ..Self::default() }
    }

    /// Whether anybody asked for this sync.
    pub fn is_asked_for(&self) -> bool {
        !self.is_automatic
    }

    /// Cancelled where this sync is left: it ends, and what it is writing just now is the last.
    pub fn left(&self) -> &CancellationToken {
        &self.left
    }

    /// Asks an automatic sync to end. False where it was asked for, and goes on.
    pub fn give_way(&self) -> bool {
        if self.is_automatic {
            self.left.cancel();
        }
        self.left.is_cancelled()
    }

    /// A sign of life: the disk has answered.
    pub fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// A sign of life, and whether the work goes on: nobody waits for what a sync that was left finds out.
    pub fn goes_on(&self) -> bool {
        self.beat();
        !self.left.is_cancelled()
    }

    /// How many signs of life there were.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// What it is now.
    pub fn view(&self) -> ProgressView {
        ProgressView {
            found: self.found.load(Ordering::Relaxed),
            to_inspect: self.to_inspect.load(Ordering::Relaxed),
            inspected: self.inspected.load(Ordering::Relaxed),
        }
    }
}

/// How far one measurement is.
#[derive(Debug, Default)]
pub struct Part(AtomicU64);

impl Part {
    /// It is now: 0 to 1.
    pub fn is(&self, part: f64) {
        self.0.store(part.to_bits(), Ordering::Relaxed);
    }

    /// 0 to 1.
    pub fn done(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// The syncs that run, by source. Cheap to clone; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Syncs {
    /// Syncs, and how far they are.
    pub running: Running<Progress>,
    /// Threads that ask a source's disk, each with the signs of life of whom it asks for. One that is left behind stays
    /// here until its disk answers.
    pub asking: Running<Progress>,
    /// Threads that set up watches of a source's folder, which in a large one takes its time.
    pub listening: Running<()>,
    /// How long they wait for what.
    pub pace: Pace,
}

/// How long a sync waits for what.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// A file that changed within this time is left alone for as long, and taken in if it did not change meanwhile.
    pub quiet: Duration,
    /// A disk that shows no sign of life for this long is given up.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        // Programs that copy write several times a second, also over slow networks.
        Self { quiet: Duration::from_secs(2), patience: PATIENCE }
    }
}

/// The measurements that run, by asset.
pub type Measuring = Running<Part>;

/// Work that runs once at a time for each id, and how far it is. Cheap to clone; all clones are the same.
#[derive(Debug)]
pub struct Running<P> {
    claims: Arc<Claims<P>>,
}

#[derive(Debug)]
struct Claims<P> {
    running: Mutex<HashMap<String, Arc<P>>>,
    /// Told where a claim was dropped.
    freed: Notify,
}

impl<P> Clone for Running<P> {
    fn clone(&self) -> Self {
        Self { claims: Arc::clone(&self.claims) }
    }
}

impl<P> Default for Running<P> {
    fn default() -> Self {
        Self { claims: Arc::new(Claims { running: Mutex::default(), freed: Notify::new() }) }
    }
}

impl<P: Default> Running<P> {
    /// Claims an id until the claim is dropped. None where the work runs.
    pub fn claim(&self, id: &str) -> Option<Claim<P>> {
        self.claim_as(id, P::default())
    }

    /// Claims an id as soon as the work on it has ended. None where `waits` says that it is not to be waited for.
    pub async fn claim_when_free(&self, id: &str, waits: impl Fn(&P) -> bool) -> Option<Claim<P>> {
        self.claim_as_when_free(id, &Arc::default(), waits).await
    }
}

impl<P> Running<P> {
    /// Claims an id for work that goes on with this progress. None where the work runs.
    pub fn claim_as(&self, id: &str, progress: impl Into<Arc<P>>) -> Option<Claim<P>> {
        let mut running = self.claims.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(id) {
            return None;
        }
        let progress = progress.into();
        running.insert(id.to_owned(), progress.clone());
        Some(Claim { running: self.clone(), id: id.to_owned(), progress })
    }

    /// The same, as soon as the work has ended. None where `waits` says that it is not to be waited for.
    pub async fn claim_as_when_free(
        &self,
        id: &str,
        progress: &Arc<P>,
        waits: impl Fn(&P) -> bool,
    ) -> Option<Claim<P>> {
        loop {
            // made first, so that no claim is dropped unnoticed
            let freed = self.claims.freed.notified();
            if let Some(claim) = self.claim_as(id, progress.clone()) {
                return Some(claim);
            }
            if self.progress(id).is_some_and(|progress| !waits(&progress)) {
                return None;
            }
            freed.await;
        }
    }

    /// How far the work on that id is. None where none runs.
    pub fn progress(&self, id: &str) -> Option<Arc<P>> {
        self.claims.running.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

/// An id's one piece of work.
#[derive(Debug)]
pub struct Claim<P> {
    running: Running<P>,
    id: String,
    /// How far it is.
    pub progress: Arc<P>,
}

impl<P> Drop for Claim<P> {
    fn drop(&mut self) {
        let claims = &self.running.claims;
        claims.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        claims.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_one_sync_at_a_time() {
        let syncs = Syncs::default().running;
        let claim = syncs.claim("a").unwrap();
        claim.progress.found();
        assert!(syncs.claim("a").is_none());
        assert!(syncs.claim("b").is_some());
        let view = ProgressView { found: 1, to_inspect: 0, inspected: 0 };
        assert_eq!(syncs.progress("a").map(|progress| progress.view()), Some(view));
        drop(claim);
        assert!(syncs.progress("a").is_none());
        assert!(syncs.claim("a").is_some());
    }

    #[tokio::test]
    async fn only_a_sync_that_ends_is_waited_for() {
        let syncs = Syncs::default().running;
        let asked = syncs.claim("a").unwrap();
        assert!(syncs.claim_when_free("a", Progress::give_way).await.is_none());
        asked.progress.left().cancel();
        let end = async { drop(asked) };
        let (claim, ()) = tokio::join!(syncs.claim_when_free("a", Progress::give_way), end);
        drop(claim.unwrap());

        let automatic = syncs.claim_as("a", Progress::automatic()).unwrap();
        let end = async {
            automatic.progress.left().cancelled().await;
            drop(automatic);
        };
        let (claim, ()) = tokio::join!(syncs.claim_when_free("a", Progress::give_way), end);
        assert!(claim.unwrap().progress.is_asked_for());
    }
}
