//! Watching sources: what changes in a folder leads to a sync of it, told by the system (inotify) or found by looking
//! again, as network shares tell nothing.
//!
//! What is bounded: each source has one task and one watch, a change is one flag however many there are, and one folder
//! and one media server are synced at a time: a server that answers slowly holds up no folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use retrovue_kit::clock::monotonic_ns;
use retrovue_store::Store;
use retrovue_store::library::{Place, Source};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tracing::Instrument;

use super::blocking::on_store;
use super::discover::{is_hidden, is_media};
use super::progress::Syncs;
use super::sidecars::is_sidecar;
use super::trigger::{Outcome, Trigger};
use crate::failure::Failure;

/// After Core's start: channels come first.
const FIRST_AFTER: Duration = Duration::from_secs(10);

/// What syncs a source.
pub type SyncOf = dyn Fn(Source) -> BoxFuture<'static, Result<Outcome, Failure>> + Send + Sync;

/// What the system tells of changes through, or why it does not.
type Ears = notify::Result<RecommendedWatcher>;

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
    /// How often each media server is asked, which tells nothing by itself.
    pub poll_servers: Duration,
    /// Changes in there are Core's own.
    pub home: PathBuf,
    /// Syncs a source.
    pub sync: Arc<SyncOf>,
}

impl Watch {
    /// Until it is dropped.
    pub async fn all(self) {
        let (mut tasks, mut watched) = (JoinSet::new(), HashMap::<String, (Source, AbortHandle)>::new());
        let [folders, servers] = [(); 2].map(|()| Arc::new(Semaphore::new(1)));
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
                        let first = first.or(self.poll_of(&source)).map(|after| now() + after);
                        let span = tracing::info_span!("watch", source = source.name);
                        let turn = match source.place {
                            Place::Folder(_) => &folders,
                            Place::Server(_) => &servers,
                        };
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

    fn poll_of(&self, source: &Source) -> Option<Duration> {
        match source.place {
            Place::Folder(_) => self.poll,
            Place::Server(_) => Some(self.poll_servers),
        }
    }

    async fn one(self, source: Source, first: Option<Duration>, turn: Arc<Semaphore>) {
        let changed = Arc::new(Notify::new());
        let mut trigger = Trigger::new(first, self.poll_of(&source));
        let (mut told, mut failed) = (String::new(), String::new());
        let (mut ears, mut coming) = (None, self.listen(&source, &changed));
        let mut was_deaf_while_syncing = false;
        loop {
            tokio::select! {
                () = changed.notified() => trigger.changed(now()),
                Some(heard) = come(&mut coming) => {
                    let why = heard.as_ref().err().map(ToString::to_string).unwrap_or_default();
                    if !why.is_empty() && why != told {
                        tracing::warn!(why, "the system does not tell of changes in this source's folder");
                    }
                    told = why;
                    // what changed behind that sync's back was told to nobody
                    if std::mem::take(&mut was_deaf_while_syncing) && heard.is_ok() {
                        trigger.changed(now());
                    }
                    ears = heard.ok().or(ears);
                }
                () = at(trigger.due()) => {
                    // Whoever waits for his turn sees what changes until then.
                    let Ok(_turn) = turn.acquire().await else { return };
                    trigger.begun();
                    was_deaf_while_syncing = ears.is_none() && coming.is_some();
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
                    coming = coming.or_else(|| self.listen(&source, &changed));
                }
            }
        }
    }

    /// Asks the system to tell of changes, on a thread of its own: in a large folder that takes its time, and a disk that
    /// does not answer holds it for good. None where it is not wanted, or such a thread is still at it.
    fn listen(&self, source: &Source, changed: &Arc<Notify>) -> Option<oneshot::Receiver<Ears>> {
        let Place::Folder(root) = source.place.clone() else { return None };
        let claim = self.syncs.listening.claim(&source.id).filter(|_| self.listens)?;
        let (home, changed) = (self.home.clone(), changed.clone());
        let (tell, told) = oneshot::channel();
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
            drop(claim);
            // nobody wants it where the source was removed meanwhile
            let _ = tell.send(listening);
        };
        let spawned = std::thread::Builder::new().name("listening".to_owned()).spawn(begin);
        spawned.map_err(|error| tracing::warn!(%error, "changes in this source's folder are not listened to")).ok()?;
        Some(told)
    }
}

/// What comes of a thread that was asked to listen. None, and none is waited for any more, where it panicked.
async fn come(coming: &mut Option<oneshot::Receiver<Ears>>) -> Option<Ears> {
    let Some(receiver) = coming else { return std::future::pending().await };
    let heard = receiver.await.ok();
    *coming = None;
    heard
}

/// Whether an event may change what a sync finds: reading a file does not, nor what is written to one that is neither
/// media nor beside it for a purpose.
fn concerns(event: &Event, root: &Path, home: &Path) -> bool {
    let is_of_a_file = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Create(CreateKind::File)
        | EventKind::Modify(ModifyKind::Data(_))
        | EventKind::Remove(RemoveKind::File) => true,
        EventKind::Access(_) => return false,
        // Events were lost: anything may have changed.
        _ if event.need_rescan() => return true,
        // Of a folder, or nobody knows.
        _ => false,
    };
    let is_own = |path: &Path| home.starts_with(root) && path.starts_with(home);
    let is_seen = |path: &Path| {
        let below = path.strip_prefix(root).unwrap_or(path);
        !below.iter().any(|name| is_hidden(name.as_encoded_bytes()))
    };
    let counts = |path: &Path| !is_of_a_file || is_media(path) || is_sidecar(path);
    event.paths.iter().any(|path| !is_own(path) && is_seen(path) && counts(path))
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use notify::event::{DataChange, Flag, MetadataKind, RenameMode};
    use retrovue_store::library::NewSource;
    use retrovue_testkit::wait::wait_for;
    use retrovue_timeline::UtcTime;

    use super::*;

    /// Longer than anything that a busy machine does to a test.
    const SOON: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn listening_waits_for_no_sync() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("tv");
        std::fs::create_dir(&folder).unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let new = NewSource { name: "tv".to_owned(), place: Place::Folder(folder.clone()), review: false };
        let source = store.add_source(&new, UtcTime::EPOCH).unwrap();
        let (syncs, counted) = (Syncs::default(), Arc::<AtomicU32>::default());
        // a sync whose disk takes its time
        let _asking = syncs.asking.claim(&source.id).unwrap();
        let count = counted.clone();
        let sync = move |_| -> BoxFuture<'static, Result<Outcome, Failure>> {
            count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(Outcome::Done) })
        };
        let watch = Watch {
            store,
            sources_changed: Arc::default(),
            syncs: syncs.clone(),
            listens: true,
            poll: None,
            poll_servers: Duration::from_secs(900),
            home: home.path().join("home"),
            sync: Arc::new(sync),
        };
        let one = tokio::spawn(watch.one(source.clone(), None, Arc::new(Semaphore::new(1))));
        tokio::task::yield_now().await;
        let listens = async || syncs.listening.progress(&source.id).is_none().then_some(());
        wait_for("the system to listen", SOON, listens).await.unwrap();
        std::fs::write(folder.join("a.mkv"), "one").unwrap();
        let synced = async || (counted.load(Ordering::Relaxed) == 1).then_some(());
        wait_for("a sync", SOON, synced).await.unwrap();
        one.abort();
    }

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
        check(written, "/tv/notes.txt", false);
        check(EventKind::Modify(ModifyKind::Data(DataChange::Any)), "/tv/download.part", false);
        check(EventKind::Create(CreateKind::File), "/tv/a.log", false);
        check(EventKind::Remove(RemoveKind::File), "/tv/a.txt", false);
        check(EventKind::Remove(RemoveKind::File), "/tv/a.mkv", true);
        check(written, "/tv/a.nfo", true);
        check(written, "/tv/poster.JPG", true);
        // What was renamed, or given other rights, may be a folder.
        check(EventKind::Modify(ModifyKind::Name(RenameMode::From)), "/tv/Show", true);
        check(EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), "/tv/Show", true);
        check(EventKind::Create(CreateKind::Folder), "/tv/Show", true);
        check(EventKind::Remove(RemoveKind::Folder), "/tv/Show", true);
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(concerns(&lost, Path::new("/tv"), Path::new("/home")));
    }
}
