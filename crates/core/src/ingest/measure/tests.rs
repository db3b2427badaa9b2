//! The backlog over a real database, with a stand-in for Air.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use retrovue_schedule::MediaType;
use retrovue_store::library::{
    Change, Collection, EnricherKind, Fault, FileFacts, Interval, Layers, Loudness, Measurement, Media, MediaServer,
    NewSource, Origin, PathMap, Place, ServerKind, Source, Told, Where,
};
use retrovue_timeline::UtcTime;

use super::super::progress::Part;
use super::*;
use crate::failure;

/// Measures files whose names say how that goes.
#[derive(Clone, Default)]
struct Reader {
    read: Arc<Mutex<Vec<String>>>,
    is_away: bool,
}

fn media(seconds: i64) -> Media {
    let (duration_ns, container) = (seconds * 1_000_000_000, "video/quicktime".to_owned());
    Media { duration_ns, container, ..Media::default() }
}

impl Inspector for Reader {
    async fn inspect(&self, path: &Path) -> Result<Inspection, InspectFailure> {
        panic!("{} was looked at already", path.display());
    }
}

impl Measurer for Reader {
    async fn measure(&self, path: &Path, progress: &Part) -> Result<(Inspection, Measurement), InspectFailure> {
        if self.is_away {
            let failure = Failure::new(failure::Kind::Unreachable, "air_unreachable", "Air cannot be reached");
            return Err(InspectFailure::Unreachable(failure));
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        self.read.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
        progress.is(0.5);
        match name.as_str() {
            "broken" | "broken and gone" => {
                Err(InspectFailure::Faulty(Fault { code: "crashed".to_owned(), message: "broken".to_owned() }))
            }
            "gone" => Err(InspectFailure::Gone),
            _ => {
                let loudness = vec![Loudness { integrated_lufs: Some(-30.0), ..Loudness::default() }];
                let pause = vec![Interval { start_ns: 300_000_000_000, end_ns: 301_000_000_000 }];
                let measured = Measurement { loudness, black: pause.clone(), silence: pause };
                Ok((Inspection { media: media(1200), tags: BTreeMap::new() }, measured))
            }
        }
    }
}

struct Rig {
    backlog: Backlog<Reader>,
    source: Source,
    home: tempfile::TempDir,
}

impl Rig {
    fn new(reader: Reader) -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let clock = MasterClock::manual(UtcTime::from_millis(1_700_000_000_000));
        let folder = home.path().join("tv");
        std::fs::create_dir(&folder).unwrap();
        let new = NewSource { name: "tv".to_owned(), place: Place::Folder(folder), review: false };
        let source = store.add_source(&new, clock.now()).unwrap();
        let (measuring, more, mut syncs) = <(Measuring, Arc<Notify>, Syncs)>::default();
        syncs.pace.patience = Duration::from_millis(100);
        let describe: Arc<Describe> = Arc::new(|_| Box::pin(async { Ok(Some(0)) }));
        let changed: Arc<Changed> = Arc::new(|| Box::pin(async {}));
        let backlog = Backlog {
            store,
            clock,
            air: reader,
            measuring,
            syncs,
            more,
            measures: Arc::new(true.into()),
            describe,
            changed,
        };
        Self { backlog, source, home }
    }

    /// Adds another source, and works in it from now on.
    fn enter(&mut self, name: &str, place: Place) {
        let new = NewSource { name: name.to_owned(), place, review: false };
        self.source = self.backlog.store.add_source(&new, self.backlog.clock.now()).unwrap();
    }

    /// Whether a file was found to be at fault.
    fn given_up(&self, name: &str) -> bool {
        let store = &self.backlog.store;
        let known = store.known_files(&self.source.id).unwrap();
        let id = known.into_iter().find(|known| known.file.path == Path::new(name)).unwrap().id;
        store.measurement(&id).unwrap().is_some_and(|measured| measured.found.is_err())
    }

    /// A ready asset that lasts so many seconds, with a file where its folder is there.
    fn add(&self, name: &str, seconds: i64) {
        let file = self.source.place.root().join(name);
        if !name.ends_with("gone") && file.parent().unwrap().exists() {
            std::fs::write(&file, name).unwrap();
        }
        let told = Told { media_type: Some(MediaType::Other), title: Some(name.to_owned()), ..Told::default() };
        let layers = Layers::from((Origin::FileName, told));
        let file = FileFacts { path: name.into(), size: 1, mtime_ns: 1, fingerprint: Some(1) };
        let collection = Collection { name: ".".to_owned(), kind: retrovue_schedule::Kind::Programme };
        self.change(Change::Add { file, collection, layers });
        let known = self.backlog.store.known_files(&self.source.id).unwrap();
        let id = known.into_iter().find(|known| known.file.path == Path::new(name)).unwrap().id;
        let (store, now) = (&self.backlog.store, self.backlog.clock.now());
        store.begin_enriching(&self.source.id, std::slice::from_ref(&id), now).unwrap();
        self.change(Change::Ready { id, media: media(seconds), told: Box::default() });
    }

    /// How many assets wait for the default of a kind.
    fn waiting(&self, kind: EnricherKind) -> u64 {
        let known = self.backlog.store.enrichers().unwrap();
        known.into_iter().find(|known| known.enricher.name == kind.word()).unwrap().waiting
    }

    /// Where the asset of that name could be interrupted, in seconds.
    fn breaks(&self, name: &str) -> Option<Vec<f64>> {
        let known = self.backlog.store.known_files(&self.source.id).unwrap();
        let id = known.into_iter().find(|known| known.file.path == Path::new(name)).unwrap().id;
        let breaks = self.backlog.store.enriched(&id).unwrap().breaks?;
        Some(breaks.iter().map(|one| one.at_ns as f64 / 1e9).collect())
    }

    fn everywhere(&self) -> Where {
        Where::Source(self.source.id.clone())
    }

    fn change(&self, change: Change) {
        let now = self.backlog.clock.now();
        self.backlog.store.change_assets(&self.source.id, &[change], now).unwrap();
    }

    /// One round: whether nothing was passed over, and which files were read.
    async fn round(&self) -> (bool, Vec<String>) {
        let is_done = self.backlog.round().await.unwrap();
        (is_done, self.backlog.air.read.lock().unwrap().drain(..).collect())
    }
}

#[tokio::test]
async fn short_ones_come_first_and_none_is_measured_twice() {
    let rig = Rig::new(Reader::default());
    for (name, seconds) in [("film", 7200), ("advert", 30), ("broken", 60)] {
        rig.add(name, seconds);
    }
    assert_eq!(rig.round().await, (true, ["advert", "broken", "film"].map(str::to_owned).into()));
    assert_eq!(rig.round().await, (true, Vec::new()));
    assert_eq!(rig.backlog.store.measured_count(&rig.source.id).unwrap(), 3);
    rig.add("ident", 5);
    assert_eq!(rig.round().await, (true, vec!["ident".to_owned()]));
}

#[tokio::test]
async fn what_cannot_be_had_now_is_passed_over_and_stays() {
    let rig = Rig::new(Reader::default());
    for (name, seconds) in [("gone", 10), ("there", 20), ("taken", 30)] {
        rig.add(name, seconds);
    }
    let taken = rig.backlog.store.next_unmeasured(None, &[]).unwrap();
    let taken = rig.backlog.store.next_unmeasured(taken.as_ref(), &[]).unwrap();
    let taken = rig.backlog.store.next_unmeasured(taken.as_ref(), &[]).unwrap().unwrap();
    let claim = rig.backlog.measuring.claim(&taken.id).unwrap();
    assert_eq!(rig.round().await, (false, ["gone", "there"].map(str::to_owned).into()));
    drop(claim);
    assert_eq!(rig.round().await, (false, ["gone", "taken"].map(str::to_owned).into()));
}

#[tokio::test]
async fn a_disk_that_is_away_keeps_no_other_source_waiting() {
    let mut rig = Rig::new(Reader::default());
    rig.add("there", 30);
    rig.enter("away", Place::Folder(rig.home.path().join("away")));
    rig.add("broken", 10);
    rig.add("film", 20);
    assert_eq!(rig.round().await, (false, ["broken", "there"].map(str::to_owned).into()));
    assert!(!rig.given_up("broken"));
}

#[tokio::test]
async fn a_disk_that_hangs_keeps_no_other_source_waiting() {
    let mut rig = Rig::new(Reader::default());
    rig.add("there", 30);
    let folder = rig.home.path().join("hangs");
    std::fs::create_dir(&folder).unwrap();
    rig.enter("hangs", Place::Folder(folder));
    rig.add("broken", 10);
    rig.add("film", 20);
    let hangs = rig.backlog.syncs.asking.claim(&rig.source.id).unwrap();
    assert_eq!(rig.round().await, (false, ["broken", "there"].map(str::to_owned).into()));
    assert!(!rig.given_up("broken"));
    drop(hangs);
    assert_eq!(rig.round().await, (true, ["broken", "film"].map(str::to_owned).into()));
    assert!(rig.given_up("broken"));
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_at_fault() {
    let rig = Rig::new(Reader::default());
    rig.add("there", 10);
    rig.add("broken and gone", 20);
    assert_eq!(rig.round().await, (false, ["there", "broken and gone"].map(str::to_owned).into()));
    assert!(!rig.given_up("broken and gone"));
}

#[tokio::test]
async fn the_disk_of_a_servers_file_is_where_its_map_leads() {
    let mut rig = Rig::new(Reader::default());
    let [films, shows] = ["films", "shows"].map(|name| rig.home.path().join(name));
    std::fs::create_dir(&shows).unwrap();
    let map =
        |server: &str, local: &Path| PathMap { server: server.to_owned(), local: local.to_str().unwrap().to_owned() };
    rig.enter(
        "box",
        Place::Server(MediaServer {
            kind: ServerKind::Jellyfin,
            url: "http://box".to_owned(),
            maps: vec![map("/data", rig.home.path()), map("/data/films", &films), map("/data/shows", &shows)],
            library_kinds: BTreeMap::new(),
        }),
    );
    let [film, show] = [&films, &shows].map(|folder| folder.join("broken").to_str().unwrap().to_owned());
    rig.add(&show, 10);
    rig.add(&film, 20);
    assert!(!rig.round().await.0);
    assert_eq!([&show, &film].map(|name| rig.given_up(name)), [true, false], "the films' disk is away");
}

#[tokio::test]
async fn without_air_everything_waits() {
    let rig = Rig::new(Reader { is_away: true, ..Reader::default() });
    rig.add("advert", 30);
    assert_eq!(rig.backlog.round().await.unwrap_err().code, "air_unreachable");
    assert!(rig.backlog.store.next_unmeasured(None, &[]).unwrap().is_some());
}

#[tokio::test]
async fn other_settings_make_breaks_again_without_reading_any_file() {
    let rig = Rig::new(Reader::default());
    rig.add("film", 1200);
    assert_eq!((rig.waiting(EnricherKind::Loudness), rig.waiting(EnricherKind::Breaks)), (1, 1));
    assert_eq!(rig.round().await.1, ["film"]);
    assert_eq!(rig.breaks("film"), Some(vec![300.5]));
    assert_eq!((rig.waiting(EnricherKind::Loudness), rig.waiting(EnricherKind::Breaks)), (0, 0));

    let store = &rig.backlog.store;
    let longer = |chosen: &mut std::collections::BTreeMap<String, String>| {
        chosen.insert("min_black".to_owned(), "2s".to_owned());
    };
    assert_eq!(store.set_enricher("breaks", longer, true).unwrap().waiting, 1);
    assert_eq!(rig.waiting(EnricherKind::Breaks), 0, "it was only tried");
    assert_eq!(store.set_enricher("breaks", longer, false).unwrap().waiting, 1);
    assert_eq!(rig.breaks("film"), Some(vec![300.5]), "until others are made");
    assert_eq!(rig.round().await, (true, Vec::new()));
    assert_eq!(rig.breaks("film"), Some(Vec::new()));
    assert_eq!(rig.waiting(EnricherKind::Loudness), 0);
}

#[tokio::test]
async fn what_is_taken_off_is_gone_and_comes_back_without_reading_any_file() {
    let rig = Rig::new(Reader::default());
    rig.add("film", 1200);
    rig.round().await;
    let (store, everywhere) = (&rig.backlog.store, rig.everywhere());
    let known = store.known_files(&rig.source.id).unwrap();
    let approved = store.asset(&known[0].id).unwrap();
    let aired = || store.playable_assets(std::slice::from_ref(&approved.id)).unwrap()[&approved.id].loudness.len();
    assert_eq!(aired(), 1);
    for kind in ["loudness", "breaks"] {
        store.detach_enricher(kind, &everywhere, false).unwrap();
    }
    assert_eq!((rig.breaks("film"), aired()), (None, 0));
    rig.add("advert", 30);
    assert_eq!(rig.round().await, (true, Vec::new()), "nothing asks for it");
    for kind in ["loudness", "breaks"] {
        store.attach_enricher(kind, &everywhere, false).unwrap();
    }
    assert_eq!(aired(), 1);
    assert_eq!(rig.round().await, (true, vec!["advert".to_owned()]));
    assert_eq!(rig.breaks("film"), Some(vec![300.5]));
}

#[tokio::test]
async fn what_was_measured_when_core_was_killed_is_gone_on_with() {
    let rig = Rig::new(Reader::default());
    rig.add("film", 1200);
    let store = &rig.backlog.store;
    let film = store.next_unmeasured(None, &[]).unwrap().unwrap();
    let pause = vec![Interval { start_ns: 600_000_000_000, end_ns: 601_000_000_000 }];
    let found = Measurement { black: pause.clone(), silence: pause, ..Measurement::default() };
    store.keep_measurement(&film, Ok((media(1200), found)), rig.backlog.clock.now()).unwrap();
    assert_eq!(rig.breaks("film"), None);
    assert_eq!(rig.round().await, (true, Vec::new()));
    assert_eq!(rig.breaks("film"), Some(vec![600.5]));
}
