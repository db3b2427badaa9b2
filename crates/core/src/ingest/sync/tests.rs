//! Syncs of real folders into a real database, with a stand-in for Air.

mod broken_off;
mod told;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use retrovue_store::library::{Asset, Enricher, EnricherKind, Field, Media, NewSource, Origin, Place, Where};
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::UtcTime;

use super::*;
use crate::failure::Kind;
use crate::ingest::discover::Discovery;
use crate::ingest::provider::Folder;
use crate::ingest::stall::PATIENCE;

/// Looks at files of text: what they hold says how that goes.
#[derive(Default)]
struct Reader {
    looked_at: Mutex<Vec<String>>,
    tags: BTreeMap<String, String>,
    is_away: bool,
    /// Air goes away after so many files.
    lasts: Option<usize>,
    /// A disk that goes away while a file is looked at, and to where.
    goes: Option<(PathBuf, PathBuf)>,
}

impl Inspector for Reader {
    async fn inspect(&self, path: &Path) -> Result<Inspection, InspectFailure> {
        if self.is_away || self.lasts.is_some_and(|files| self.looked_at.lock().unwrap().len() >= files) {
            let failure = Failure::new(Kind::Unreachable, "air_unreachable", "Air cannot be reached");
            return Err(InspectFailure::Unreachable(failure));
        }
        if let Some((root, elsewhere)) = &self.goes {
            std::fs::rename(root, elsewhere).unwrap();
        }
        self.looked_at.lock().unwrap().push(path.file_name().unwrap().to_string_lossy().into_owned());
        if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(InspectFailure::Gone);
        }
        let content = std::fs::read_to_string(path).map_err(|_| InspectFailure::Gone)?;
        let duration_ns = match content.strip_prefix("broken") {
            Some(_) => {
                let message = format!("{} is no media file", path.display());
                return Err(InspectFailure::Faulty(Fault { code: "not_media".to_owned(), message }));
            }
            None => i64::try_from(content.len()).unwrap() * 1_000_000_000,
        };
        let media = Media { duration_ns, container: "text".to_owned(), streams: Vec::new(), ..Media::default() };
        Ok(Inspection { media, tags: self.tags.clone() })
    }
}

struct Rig {
    store: Store,
    clock: MasterClock,
    reader: Reader,
    source: Source,
    syncs: Syncs,
    provider: Folder,
    folder: tempfile::TempDir,
    _home: tempfile::TempDir,
}

impl Rig {
    fn new(review: bool) -> Self {
        let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let clock = MasterClock::manual(UtcTime::from_millis(1_700_000_000_000));
        let new = NewSource { name: "tv".to_owned(), place: Place::Folder(folder.path().to_owned()), review };
        let source = store.add_source(&new, clock.now()).unwrap();
        let mut syncs = Syncs::default();
        syncs.pace.quiet = Duration::ZERO;
        let provider = Folder::new(folder.path());
        Self { store, clock, reader: Reader::default(), source, syncs, provider, folder, _home: home }
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: impl AsRef<Path>, content: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        let to = self.path(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(self.path(from), to).unwrap();
    }

    fn sync(&self) -> Sync<'_, Reader> {
        let Self { store, clock, reader, source, syncs, provider, .. } = self;
        let claim = Arc::new(syncs.running.claim(&source.id).unwrap());
        Sync { store, clock, inspector: reader, source, claim, syncs, provider }
    }

    /// Syncs and tells what it did, and which files were looked at, in words.
    async fn run(&self) -> String {
        let report = self.sync().run().await.unwrap();
        let counts = [
            ("added", report.added),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            ("missing", report.missing),
            ("restored", report.restored),
            ("moved", report.moved),
            ("described", report.described),
            ("unread", report.unread.len() as u64),
            ("ready", report.ready),
            ("faulty", report.faulty.len() as u64),
            ("unfinished", report.unfinished.len() as u64),
            ("ignored", report.ignored),
            ("looked", self.reader.looked_at.lock().unwrap().drain(..).count() as u64),
        ];
        let told: Vec<_> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(name, n)| format!("{name} {n}")).collect();
        told.join(", ")
    }

    fn assets(&self) -> HashMap<String, Asset> {
        let all = self.store.assets(&AssetFilter::default()).unwrap();
        all.into_iter().map(|asset| (asset.file.path.to_string_lossy().into_owned(), asset)).collect()
    }
}

#[tokio::test]
async fn a_folder_is_taken_in_and_costs_nothing_the_second_time() {
    let rig = Rig::new(false);
    rig.write("Cheers (1982)/Season 01/Cheers - S01E02 - Sam's Women.mkv", "cheers");
    rig.write("commercials/toys/robot.mp4", "robot");
    rig.write("notes.txt", "notes");
    assert_eq!(rig.run().await, "added 2, ready 2, ignored 1, looked 2");
    let assets = rig.assets();
    let cheers = &assets["Cheers (1982)/Season 01/Cheers - S01E02 - Sam's Women.mkv"];
    assert_eq!((cheers.state, cheers.approved), (AssetState::Ready, true));
    assert_eq!(cheers.description.series.as_deref(), Some("Cheers"));
    assert_eq!(cheers.collection, "Cheers (1982)");
    assert_eq!(rig.run().await, "unchanged 2, ready 2, ignored 1");
    assert_eq!(rig.store.schedulable_assets().unwrap().len(), 2);
}

#[tokio::test]
async fn a_faulty_file_is_told_with_its_sentence_and_looked_at_again_when_it_changes() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "broken");
    rig.write("b.mkv", "");
    let report = rig.sync().run().await.unwrap();
    let codes: Vec<_> = report.faulty.iter().map(|faulty| faulty.code.as_str()).collect();
    assert_eq!(codes, ["not_media", "no_duration"]);
    assert!(report.faulty[0].message.ends_with("a.mkv is no media file"));
    rig.reader.looked_at.lock().unwrap().clear();
    assert_eq!(rig.run().await, "unchanged 2, faulty 2");
    rig.write("a.mkv", "mended");
    assert_eq!(rig.run().await, "updated 1, unchanged 1, ready 1, faulty 1, looked 1");
}

#[tokio::test]
async fn what_vanishes_is_missing_and_comes_back_as_it_was() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    let before = rig.assets().remove("a.mkv").unwrap();
    let elsewhere = rig._home.path().join("a.mkv");
    std::fs::rename(rig.path("a.mkv"), &elsewhere).unwrap();
    assert_eq!(rig.run().await, "missing 1");
    assert_eq!(rig.assets()["a.mkv"].state, AssetState::Missing);
    assert_eq!(rig.run().await, "");
    std::fs::rename(&elsewhere, rig.path("a.mkv")).unwrap();
    assert_eq!(rig.run().await, "restored 1, ready 1");
    let after = rig.assets().remove("a.mkv").unwrap();
    assert_eq!((after.id, after.state, after.approved), (before.id, AssetState::Ready, true));
}

#[tokio::test]
async fn a_renamed_file_is_the_same_asset_with_what_its_new_name_tells() {
    let mut rig = Rig::new(false);
    rig.reader.tags = BTreeMap::from([
        ("title".to_owned(), "Power Play".to_owned()),
        ("genre".to_owned(), "Comedy; Drama".to_owned()),
    ]);
    rig.write("cheers 2x01.mkv", "cheers");
    rig.run().await;
    let before = rig.assets().remove("cheers 2x01.mkv").unwrap();
    assert_eq!(before.description.title, "Power Play");
    rig.rename("cheers 2x01.mkv", "Cheers (1982)/Season 2/Cheers - S02E01.mkv");
    assert_eq!(rig.run().await, "moved 1, ready 1");
    let after = rig.assets().remove("Cheers (1982)/Season 2/Cheers - S02E01.mkv").unwrap();
    assert_eq!(after.id, before.id);
    assert_eq!(after.description.series.as_deref(), Some("Cheers"));
    assert_eq!(after.description.title, "Power Play");
    assert_eq!(after.description.genres, ["Comedy", "Drama"]);
    assert_eq!(after.collection, "Cheers (1982)");
}

#[tokio::test]
async fn swapped_files_swap_their_assets() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.write("b.mkv", "three");
    rig.run().await;
    let before = rig.assets();
    rig.rename("a.mkv", "c");
    rig.rename("b.mkv", "a.mkv");
    rig.rename("c", "b.mkv");
    assert_eq!(rig.run().await, "moved 2, ready 2");
    let after = rig.assets();
    assert_eq!(after["a.mkv"].id, before["b.mkv"].id);
    assert_eq!(after["b.mkv"].id, before["a.mkv"].id);
}

#[tokio::test]
async fn replaced_content_keeps_the_asset_and_is_looked_at() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    let before = rig.assets().remove("a.mkv").unwrap();
    rig.write("a.mkv", "another one");
    assert_eq!(rig.run().await, "updated 1, ready 1, looked 1");
    let after = rig.assets().remove("a.mkv").unwrap();
    assert_eq!(after.id, before.id);
    assert_eq!(after.media.unwrap().duration_ns, 11_000_000_000);
}

#[tokio::test]
async fn a_source_under_review_holds_back_what_it_holds() {
    let rig = Rig::new(true);
    rig.write("a.mkv", "one");
    assert_eq!(rig.run().await, "added 1, ready 1, looked 1");
    assert!(rig.store.schedulable_assets().unwrap().is_empty());
}

#[tokio::test]
async fn names_that_are_not_utf8_are_taken_in() {
    let rig = Rig::new(false);
    let odd = OsStr::from_bytes(b"caf\xe9 (1984).mkv");
    rig.write(odd, "one");
    assert_eq!(rig.run().await, "added 1, ready 1, looked 1");
    let asset = rig.assets().into_values().next().unwrap();
    assert_eq!(asset.path(), rig.path(odd));
    assert_eq!(asset.description.year, Some(1984));
    assert_eq!(rig.run().await, "unchanged 1, ready 1");
}

#[tokio::test]
async fn without_air_nothing_becomes_faulty_and_the_next_sync_goes_on() {
    let mut rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.reader.is_away = true;
    let failure = rig.sync().run().await.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::Unreachable, "air_unreachable"));
    assert_eq!(rig.assets()["a.mkv"].state, AssetState::Enriching);
    rig.reader.is_away = false;
    assert_eq!(rig.run().await, "updated 1, ready 1, looked 1");
}

#[tokio::test]
async fn a_disk_that_goes_while_a_file_is_looked_at_makes_nothing_faulty() {
    for content in ["one", "broken"] {
        let mut rig = Rig::new(false);
        rig.write("a.mkv", "there already");
        rig.run().await;
        rig.write("b.mkv", content);
        let (folder, elsewhere) = (rig.folder.path().to_owned(), rig._home.path().join("elsewhere"));
        rig.reader.goes = Some((folder.clone(), elsewhere.clone()));
        let failure = rig.sync().run().await.unwrap_err();
        assert_eq!((failure.kind, failure.code.as_str()), (Kind::NotFound, "folder_not_found"));
        let states = ["a.mkv", "b.mkv"].map(|name| rig.assets()[name].state);
        assert_eq!(states, [AssetState::Ready, AssetState::Enriching]);

        // an unmounted share leaves an empty folder
        rig.reader.goes = None;
        std::fs::create_dir(&folder).unwrap();
        let failure = crate::ingest::blame::is_at_fault(&folder, &folder.join("b.mkv")).unwrap_err();
        assert_eq!(failure.code, "folder_empty");
        std::fs::remove_dir(&folder).unwrap();
        std::fs::rename(&elsewhere, &folder).unwrap();
        assert!(rig.run().await.starts_with("updated 1, unchanged 1"));
    }
}

#[tokio::test]
async fn a_folder_that_is_away_changes_nothing() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    let elsewhere = rig._home.path().join("elsewhere");
    std::fs::rename(rig.folder.path(), &elsewhere).unwrap();
    let failure = rig.sync().run().await.unwrap_err();
    assert_eq!(failure.code, "folder_not_found");
    assert_eq!(rig.assets()["a.mkv"].state, AssetState::Ready);
}

#[tokio::test]
async fn a_preview_changes_nothing() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    let report = rig.sync().preview().await.unwrap();
    assert_eq!((report.added, report.ready), (1, 0));
    assert!(rig.assets().is_empty());
}

#[tokio::test]
async fn a_file_that_is_still_being_written_is_left_out_until_it_is_quiet() {
    let mut rig = Rig::new(false);
    rig.write("a.mkv", "one");
    rig.run().await;
    rig.syncs.pace.quiet = Duration::from_millis(200);
    rig.write("quiet.mkv", "quiet");
    let (path, over) = (rig.path("growing.mkv"), Arc::new(AtomicBool::new(false)));
    let stop = over.clone();
    let writer = std::thread::spawn(move || {
        let mut file = File::create(path).unwrap();
        while !stop.load(Ordering::Relaxed) {
            file.write_all(b"more").unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    wait_for("the first write", Duration::from_secs(10), async || rig.path("growing.mkv").exists().then_some(()))
        .await
        .unwrap();
    let report = rig.sync().run().await.unwrap();
    assert_eq!((report.added, report.unchanged), (1, 1));
    assert_eq!(report.unfinished, [rig.path("growing.mkv").to_str().unwrap()]);
    assert!(rig.reader.looked_at.lock().unwrap().drain(..).all(|name| name != "growing.mkv"));
    over.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert_eq!(rig.run().await, "added 1, unchanged 2, ready 3, looked 1");
}

#[tokio::test]
async fn odd_names_and_times_cost_nothing() {
    let rig = Rig::new(false);
    let names = ["two\nlines.mkv", "a\tb\u{7f}.mkv", "\u{202e}reversed.mkv", "-rf.mkv", "1970.mkv", "2100.mkv"];
    for (at, name) in names.iter().enumerate() {
        rig.write(name, &"x".repeat(at + 1));
    }
    // One content twice, and one file under two names: assets of their own, all of them.
    rig.write("copy.mkv", "x");
    std::fs::hard_link(rig.path("2100.mkv"), rig.path("other.mkv")).unwrap();
    let touch = |name: &str, time: SystemTime| {
        let times = std::fs::FileTimes::new().set_modified(time);
        File::options().write(true).open(rig.path(name)).unwrap().set_times(times).unwrap();
    };
    touch("1970.mkv", SystemTime::UNIX_EPOCH - Duration::from_secs(1));
    touch("2100.mkv", SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800));
    assert_eq!(rig.run().await, "added 8, ready 8, looked 8");
    assert_eq!(rig.run().await, "unchanged 8, ready 8");
}

#[tokio::test]
async fn what_was_found_until_air_went_away_stays() {
    let mut rig = Rig::new(false);
    for name in ["a.mkv", "b.mkv", "c.mkv", "d.mkv", "e.mkv"] {
        rig.write(name, name);
    }
    rig.reader.lasts = Some(3);
    assert_eq!(rig.sync().run().await.unwrap_err().code, "air_unreachable");
    rig.reader = Reader::default();
    assert_eq!(rig.run().await, "updated 2, unchanged 3, ready 5, looked 2");
}

#[tokio::test]
async fn names_as_long_as_there_are_and_folders_of_thousands_are_taken_in() {
    let rig = Rig::new(false);
    let longest = format!("{}.mkv", "x".repeat(251));
    // the system takes paths of 4095 bytes
    let deep: PathBuf = std::iter::repeat_n("d".repeat(240), 15).collect();
    rig.write(&longest, "long");
    rig.write(deep.join("a.mkv"), "deep");
    rig.write("film.mkv/inside.mkv", "inside");
    (0..2000).for_each(|at| rig.write(format!("many/{at}.mkv"), &format!("file {at}")));
    assert_eq!(rig.run().await, "added 2003, ready 2003, looked 2003");
    assert_eq!(rig.assets()[&longest].state, AssetState::Ready);
    assert_eq!(rig.run().await, "unchanged 2003, ready 2003");
}

#[tokio::test]
async fn what_changes_behind_the_walk_costs_nothing_else() {
    fn stirs(root: &Path, progress: &Progress) -> Discovery {
        let found = crate::ingest::discover::discover(root, progress);
        std::fs::remove_file(root.join("gone.mkv")).unwrap();
        std::fs::remove_file(root.join("pipe.mkv")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe.mkv"), rustix::fs::Mode::RUSR).unwrap();
        found
    }
    let rig = Rig::new(false);
    for name in ["a.mkv", "gone.mkv", "pipe.mkv"] {
        rig.write(name, name);
    }
    let _socket = std::os::unix::net::UnixListener::bind(rig.path("socket.mkv")).unwrap();
    let provider = Folder { walk: stirs, ..rig.provider.clone() };
    let sync = Sync { provider: &provider, ..rig.sync() };
    // nobody writes into the FIFO: whoever opens it as a file waits for ever
    let report = tokio::time::timeout(Duration::from_secs(20), sync.run()).await.unwrap().unwrap();
    assert_eq!((report.added, report.ready), (3, 1));
    drop(sync);
    assert_eq!(rig.assets()["a.mkv"].state, AssetState::Ready);
    assert_eq!(rig.assets()["gone.mkv"].state, AssetState::Missing);
}

#[tokio::test]
async fn a_huge_file_of_text_and_what_is_no_file_are_passed_by() {
    let rig = Rig::new(false);
    rig.write("a.mkv", "one");
    let huge = File::create(rig.path("huge.txt")).unwrap();
    huge.set_len(4 << 30).unwrap();
    std::os::unix::fs::symlink("loop.mkv", rig.path("loop.mkv")).unwrap();
    std::os::unix::fs::symlink("..", rig.path("up")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, rig.path("pipe.mkv"), rustix::fs::Mode::RUSR).unwrap();
    assert_eq!(rig.run().await, "added 1, ready 1, ignored 4, looked 1");
}
