//! Watching sources: what changes in a folder leads to a sync of it, told by the system (inotify) or found by looking
//! again, as network shares tell nothing.
//!
//! What is bounded: each source has one task and one watch, a change is one flag however many there are, and one source
//! is synced at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use retrovue_kit::clock::monotonic_ns;
use retrovue_store::Store;
use retrovue_store::library::Source;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{AbortHandle, JoinSet};
use tracing::Instrument;

use super::blocking::on_store;
use super::discover::is_hidden;
use super::progress::Syncs;
use super::stall::{PATIENCE, not_answering, unless_stalled};
use super::trigger::{Outcome, Trigger};
use crate::failure::Failure;

/// After Core's start: channels come first.
const FIRST_AFTER: Duration = Duration::from_secs(10);

/// What syncs a source.
pub type SyncOf = dyn Fn(Source) -> BoxFuture<'static, Result<Outcome, Failure>> + Send + Sync;

/// Watches all sources. Cheap to clone.
#[derive(Clone)]
pub struct Watch {
    /// Where sources are kept.
    pub store: Store,
    /// Told where sources were added or removed.
    pub sources_changed: Arc<Notify>,
    /// Where threads are known that ask disks.
    pub syncs: Syncs,
    /// Whether the system is asked to tell of changes.
    pub listens: bool,
    /// How often each folder is looked at, whatever the system tells.
    pub poll: Option<Duration>,
    /// Changes in there are Core's own.
    pub home: PathBuf,
    /// Syncs a source.
    pub sync: Arc<SyncOf>,
}

impl Watch {
    /// Until it is dropped.
    pub async fn all(self) {
        let (mut tasks, mut watched) = (JoinSet::new(), HashMap::<String, (Source, AbortHandle)>::new());
        let turn = Arc::new(Semaphore::new(1));
        let mut first = Some(FIRST_AFTER);
        loop {
            match on_store(&self.store, "source", Store::sources).await {
                Ok(sources) => {
                    watched.retain(|_, (source, task)| {
                        let stays = sources.contains(source);
                        if !stays {
                            task.abort();
                        }
                        stays
                    });
                    for source in
                        sources.into_iter().filter(|source| !watched.contains_key(&source.id)).collect::<Vec<_>>()
                    {
                        // One that was added is taken in when its owner says so.
                        let first = first.or(self.poll).map(|after| now() + after);
                        let span = tracing::info_span!("watch", source = source.name);
                        let one = self.clone().one(source.clone(), first, turn.clone()).instrument(span);
                        watched.insert(source.id.clone(), (source, tasks.spawn(one)));
                    }
                    first = None;
                }
                Err(error) => tracing::warn!(%error, "sources cannot be watched"),
            }
            self.sources_changed.notified().await;
            while tasks.try_join_next().is_some() {}
        }
    }

    async fn one(self, source: Source, first: Option<Duration>, turn: Arc<Semaphore>) {
        let changed = Arc::new(Notify::new());
        let mut trigger = Trigger::new(first, self.poll);
        let (mut told, mut failed) = (String::new(), String::new());
        let mut ears = self.listen(&source, &changed, &mut told).await;
        loop {
            tokio::select! {
                () = changed.notified() => trigger.changed(now()),
                () = at(trigger.due()) => {
                    // Whoever waits for his turn sees what changes until then.
                    let Ok(_turn) = turn.acquire().await else { return };
                    trigger.begun();
                    let mut sync = (self.sync)(source.clone());
                    let outcome = loop {
                        tokio::select! {
                            outcome = &mut sync => break outcome,
                            () = changed.notified() => trigger.changed(now()),
                        }
                    };
                    let why = outcome.as_ref().err().map(|failure| failure.message.clone()).unwrap_or_default();
                    if !why.is_empty() && why != failed {
                        tracing::warn!(why, "the source could not be synced; it is tried again every minute");
                    }
                    failed = why;
                    trigger.ended(now(), outcome.unwrap_or(Outcome::Failed));
                    // A disk that was mounted since is another folder than the one that is listened to.
                    let renewed = self.listen(&source, &changed, &mut told).await;
                    ears = renewed.or(ears);
                }
            }
        }
    }

    /// Asks the system to tell of changes. Where it cannot, the reason is logged once; `told` is what was told last.
    async fn listen(&self, source: &Source, changed: &Arc<Notify>, told: &mut String) -> Option<RecommendedWatcher> {
        let asking = self.syncs.asking.claim(&source.id).filter(|_| self.listens)?;
        let (root, home, changed) = (source.path.clone(), self.home.clone(), changed.clone());
        let begin = move || {
            let folder = root.clone();
            let hear = move |event: notify::Result<Event>| {
                if event.is_ok_and(|event| !concerns(&event, &folder, &home)) {
                    return;
                }
                changed.notify_one();
            };
            let watcher = RecommendedWatcher::new(hear, Config::default().with_follow_symlinks(false));
            let listening = watcher.and_then(|mut watcher| {
                watcher.watch(&root, RecursiveMode::Recursive)?;
                Ok(watcher)
            });
            drop(asking);
            listening
        };
        let why = match unless_stalled(PATIENCE, &Arc::default(), begin).await {
            Ok(Ok(Ok(watcher))) => {
                told.clear();
                return Some(watcher);
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) => not_answering(&source.path, PATIENCE).message,
            Err(failure) => failure.message,
        };
        if *told != why {
            tracing::warn!(why, "the system does not tell of changes in this source's folder");
            *told = why;
        }
        None
    }
}

/// Whether an event may change what a sync finds: reading a file does not.
fn concerns(event: &Event, root: &Path, home: &Path) -> bool {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => {}
        EventKind::Access(_) => return false,
        // Events were lost: anything may have changed.
        _ if event.need_rescan() => return true,
        _ => {}
    }
    let is_own = |path: &Path| home.starts_with(root) && path.starts_with(home);
    let is_seen = |path: &Path| {
        let below = path.strip_prefix(root).unwrap_or(path);
        !below.iter().any(|name| is_hidden(name.as_encoded_bytes()))
    };
    event.paths.iter().any(|path| !is_own(path) && is_seen(path))
}

fn now() -> Duration {
    Duration::from_nanos(monotonic_ns().unsigned_abs())
}

async fn at(due: Option<Duration>) {
    match due {
        Some(due) => tokio::time::sleep(due.saturating_sub(now())).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, Flag};

    use super::*;

    #[test]
    fn what_changes_what_a_sync_finds() {
        let check = |kind, path: &str, expected| {
            let event = Event::new(kind).add_path(path.into());
            assert_eq!(concerns(&event, Path::new("/tv"), Path::new("/tv/home")), expected, "{event:?}");
        };
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        check(EventKind::Create(CreateKind::File), "/tv/a.mkv", true);
        check(written, "/tv/a.mkv", true);
        check(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/tv/a.mkv", false);
        check(written, "/tv/.a.mkv.part", false);
        check(written, "/tv/@eaDir/a.mkv", false);
        check(written, "/tv/home/retrovue.db", false);
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(concerns(&lost, Path::new("/tv"), Path::new("/home")));
    }
}
