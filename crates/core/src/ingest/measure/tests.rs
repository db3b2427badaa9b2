//! The backlog over a real database, with a stand-in for Air.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use retrovue_schedule::MediaType;
use retrovue_store::library::{
    Change, Collection, Fault, FileFacts, Layers, Loudness, Measurement, Media, NewSource, Origin, Place, Source, Told,
};
use retrovue_timeline::UtcTime;

use super::super::inspect::Inspection;
use super::super::progress::Part;
use super::*;
use crate::failure;

/// Measures files whose names say how that goes.
#[derive(Clone, Default)]
struct Reader {
    read: Arc<Mutex<Vec<String>>>,
    is_away: bool,
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
            "broken" => Err(InspectFailure::Faulty(Fault { code: "crashed".to_owned(), message: "broken".to_owned() })),
            "gone" => Err(InspectFailure::Gone),
            _ => {
                let media = Media { duration_ns: 1, container: "video/quicktime".to_owned(), ..Media::default() };
                let loudness = vec![Loudness { integrated_lufs: Some(-30.0), ..Loudness::default() }];
                let measured = Measurement { loudness, ..Measurement::default() };
                Ok((Inspection { media, tags: BTreeMap::new() }, measured))
            }
        }
    }
}

struct Rig {
    backlog: Backlog<Reader>,
    source: Source,
    _home: tempfile::TempDir,
}

impl Rig {
    fn new(reader: Reader) -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let clock = MasterClock::manual(UtcTime::from_millis(1_700_000_000_000));
        let new = NewSource { name: "tv".to_owned(), place: Place::Folder(home.path().to_owned()), review: false };
        let source = store.add_source(&new, clock.now()).unwrap();
        let (measuring, more) = Default::default();
        Self { backlog: Backlog { store, clock, measurer: reader, measuring, more }, source, _home: home }
    }

    /// A ready asset that lasts so many seconds.
    fn add(&self, name: &str, seconds: i64) {
        let told = Told { media_type: Some(MediaType::Other), title: Some(name.to_owned()), ..Told::default() };
        let layers = Layers::from((Origin::FileName, told));
        let file = FileFacts { path: name.into(), size: 1, mtime_ns: 1, fingerprint: Some(1) };
        let collection = Collection { name: ".".to_owned(), kind: retrovue_schedule::Kind::Programme };
        self.change(Change::Add { file, collection, layers });
        let known = self.backlog.store.known_files(&self.source.id).unwrap();
        let id = known.into_iter().find(|known| known.file.path == Path::new(name)).unwrap().id;
        let (duration_ns, container) = (seconds * 1_000_000_000, "video/quicktime".to_owned());
        let (store, now) = (&self.backlog.store, self.backlog.clock.now());
        store.begin_enriching(&self.source.id, std::slice::from_ref(&id), now).unwrap();
        self.change(Change::Ready {
            id,
            media: Media { duration_ns, container, ..Media::default() },
            told: Box::default(),
        });
    }

    fn change(&self, change: Change) {
        let now = self.backlog.clock.now();
        self.backlog.store.change_assets(&self.source.id, &[change], now).unwrap();
    }

    /// One round: whether nothing was passed over, and which files were read.
    async fn round(&self) -> (bool, Vec<String>) {
        let is_done = self.backlog.round().await.unwrap();
        (is_done, self.backlog.measurer.read.lock().unwrap().drain(..).collect())
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
    let taken = rig.backlog.store.next_unmeasured(None).unwrap();
    let taken = rig.backlog.store.next_unmeasured(taken.as_ref()).unwrap();
    let taken = rig.backlog.store.next_unmeasured(taken.as_ref()).unwrap().unwrap();
    let claim = rig.backlog.measuring.claim(&taken.id).unwrap();
    assert_eq!(rig.round().await, (false, ["gone", "there"].map(str::to_owned).into()));
    drop(claim);
    assert_eq!(rig.round().await, (false, ["gone", "taken"].map(str::to_owned).into()));
}

#[tokio::test]
async fn without_air_everything_waits() {
    let rig = Rig::new(Reader { is_away: true, ..Reader::default() });
    rig.add("advert", 30);
    assert_eq!(rig.backlog.round().await.unwrap_err().code, "air_unreachable");
    assert!(rig.backlog.store.next_unmeasured(None).unwrap().is_some());
}
