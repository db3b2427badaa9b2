//! Asking the disks of sources: one question at a time of each, so that one that does not answer holds one thread.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use retrovue_store::library::Place;

use super::progress::{Claim, Progress, Syncs};
use super::servers;
use super::stall::{LOOKS, Stalled, not_answering, unless_stalled};
use crate::failure::Failure;

/// The folder that shows whether the disk is there that `file` of a source lies on, or that most do.
pub(super) fn disk(place: &Place, file: Option<&Path>) -> PathBuf {
    match place {
        Place::Folder(root) => root.clone(),
        Place::Server(server) => servers::disk(server, file),
    }
}

impl Syncs {
    /// Asks the disk of a source, which may not answer; that is told of `folder`. Whoever asks it already is waited for
    /// as long as that goes on.
    ///
    /// # Errors
    /// `folder_not_answering`; `sync_left` where whoever asks was left meanwhile, for half of an answer is none.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        source_id: &str,
        folder: &Path,
        progress: &Arc<Progress>,
        question: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let patience = self.pace.patience;
        let stalled = || not_answering(folder, patience);
        let turn = self.turn(source_id, progress).await.ok_or_else(stalled)?;
        let work = move || {
            let answer = question();
            drop(turn);
            answer
        };
        let answer = unless_stalled(patience, progress, work).await?.map_err(|Stalled| stalled())?;
        match progress.left().is_cancelled() {
            true => Err(Failure::refused("sync_left", "the sync was broken off").hint("sync the source again")),
            false => Ok(answer),
        }
    }

    /// None where whoever has it shows no sign of life.
    async fn turn(&self, source_id: &str, progress: &Arc<Progress>) -> Option<Claim<Progress>> {
        let mut turn = pin!(self.asking.claim_as_when_free(source_id, progress, |_| true));
        // whoever asks is told apart by where his progress is kept
        let life = || self.asking.progress(source_id).map(|theirs| (Arc::as_ptr(&theirs).addr(), theirs.beats()));
        let (mut seen, mut in_vain) = (life(), 0);
        while in_vain < LOOKS {
            if let Ok(turn) = tokio::time::timeout(self.pace.patience / LOOKS, &mut turn).await {
                return turn;
            }
            let now = life();
            in_vain = if now == seen { in_vain + 1 } else { 0 };
            seen = now;
        }
        None
    }
}
