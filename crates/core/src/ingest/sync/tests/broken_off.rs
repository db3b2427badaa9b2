//! Syncs that are left, and disks that do not answer.

use super::*;

#[tokio::test]
async fn a_sync_that_is_left_keeps_its_claim_until_its_last_transaction_has_ended() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    rig.write("b.mkv", "three");
    let (store, now, id) = (rig.store.clone(), rig.clock.now(), rig.assets()["a.mkv"].id.clone());
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begin, begun) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let correct = |_: &mut Told| {
            begin.send(()).unwrap();
            released.recv().unwrap();
        };
        store.correct_asset(&id, correct, now, true).unwrap();
    });
    begun.recv().unwrap();
    let sync = rig.sync();
    let claim = Arc::downgrade(&sync.claim);
    let writes = async || (claim.strong_count() > 1).then_some(());
    tokio::select! {
        report = sync.run() => panic!("two have written at once: {report:?}"),
        waiting = wait_for("the sync to write", Duration::from_secs(10), writes) => waiting.unwrap(),
    }
    drop(sync);
    assert!(rig.syncs.running.claim(&rig.source.id).is_none(), "two syncs at once");
    assert_eq!(rig.assets().len(), 1, "who reads waits for nobody who writes");
    release.send(()).unwrap();
    writer.join().unwrap();
    let freed = rig.syncs.running.claim_when_free(&rig.source.id, |_| true).await;
    assert_eq!(rig.assets().len(), 2);
    drop(freed);
    assert_eq!(rig.run().await, "updated 1, unchanged 1, described 1, ready 2, looked 1");
}

#[tokio::test]
async fn a_disk_that_does_not_answer_is_told_and_asked_by_one_thread_only() {
    fn hangs(_: &Path, _: &Progress) -> Discovery {
        ASKED.fetch_add(1, Ordering::Relaxed);
        while !ANSWERS.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Discovery::default()
    }
    static ASKED: AtomicU32 = AtomicU32::new(0);
    static ANSWERS: AtomicBool = AtomicBool::new(false);
    let mut rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    rig.syncs.pace.patience = Duration::from_millis(100);
    for _ in 0..3 {
        let failure =
            Sync { provider: &Folder { walk: hangs, ..rig.provider.clone() }, ..rig.sync() }.run().await.unwrap_err();
        assert_eq!(failure.code, "folder_not_answering");
        assert!(failure.message.contains("has not answered"), "{failure}");
    }
    assert_eq!(ASKED.load(Ordering::Relaxed), 1);
    assert_eq!(rig.assets()["a.mkv"].state, AssetState::Ready);
    ANSWERS.store(true, Ordering::Relaxed);
    rig.syncs.pace.patience = PATIENCE;
    assert_eq!(rig.run().await, "unchanged 1, ready 1");
}

/// Walks as long as the sync is not left, and then for as long as a disk takes over its last answers.
fn lingers(_: &Path, progress: &Progress) -> Discovery {
    let mut more = 60;
    while more > 0 {
        more -= usize::from(!progress.goes_on());
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Discovery::default()
}

#[tokio::test]
async fn whoever_takes_over_from_a_sync_that_was_left_waits_as_long_as_its_disk_answers() {
    let mut rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    rig.syncs.pace.patience = Duration::from_millis(100);
    let sync = Sync { provider: &Folder { walk: lingers, ..rig.provider.clone() }, ..rig.sync() };
    let asks = async || rig.syncs.asking.progress(&rig.source.id).filter(|asking| asking.beats() > 0).map(drop);
    tokio::select! {
        report = sync.run() => panic!("nothing has ended it: {report:?}"),
        asking = wait_for("the walk", Duration::from_secs(10), asks) => asking.unwrap(),
    }
    sync.claim.progress.left().cancel();
    drop(sync);
    assert_eq!(rig.run().await, "unchanged 1, ready 1");
}

#[tokio::test]
async fn a_walk_that_was_broken_off_is_none() {
    fn is_left(root: &Path, progress: &Progress) -> Discovery {
        progress.left().cancel();
        crate::ingest::discover::discover(root, progress)
    }
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    let sync = Sync { provider: &Folder { walk: is_left, ..rig.provider.clone() }, ..rig.sync() };
    assert_eq!(sync.run().await.unwrap_err().code, "sync_left");
    assert_eq!(rig.assets()["a.mkv"].state, AssetState::Ready);
}
