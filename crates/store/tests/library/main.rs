//! The library against a real database.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails the test")]

mod known;
mod quarantine;
mod sources;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use retrovue_schedule::{Kind, MediaType};
use retrovue_store::library::{
    Asset, AssetFilter, AssetState, Change, Chapter, Collection, Decision, Fault, Field, FileFacts, FirstPicture,
    Interval, Layers, Loudness, Measured, Measurement, Media, MediaServer, NewSource, Origin, PathMap, Place, Reading,
    ServedItem, ServerKind, Source, Stream, Told,
};
use retrovue_store::{Store, StoreError};
use retrovue_timeline::UtcTime;

const NOW: UtcTime = UtcTime::from_millis(1_700_000_000_000);
const LATER: UtcTime = UtcTime::from_millis(1_700_000_060_000);

struct Library {
    store: Store,
    _home: tempfile::TempDir,
}

impl Library {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { store: Store::open(&home.path().join("retrovue.db")).unwrap(), _home: home }
    }

    fn source(&self, name: &str, review: bool) -> Source {
        let new = NewSource { name: name.to_owned(), place: Place::Folder(Path::new("/media").join(name)), review };
        self.store.add_source(&new, NOW).unwrap()
    }

    fn change(&self, source: &Source, change: Change) -> Result<(), StoreError> {
        self.store.change_assets(&source.id, &[change], LATER)
    }

    /// Looking at a new asset begins.
    fn begin(&self, source: &Source, id: &str) {
        self.store.begin_enriching(&source.id, &[id.to_owned()], LATER).unwrap();
    }

    /// A new asset that was looked at and found playable.
    fn ready(&self, source: &Source, path: &str, content: u64) -> Asset {
        self.change(source, add(path, content)).unwrap();
        let id = self.at(path).id;
        self.begin(source, &id);
        self.change(source, playable(&id)).unwrap();
        self.store.asset(&id).unwrap()
    }

    fn at(&self, path: &str) -> Asset {
        let all = self.store.assets(&AssetFilter::default()).unwrap();
        all.into_iter().find(|asset| asset.file.path == Path::new(path)).unwrap()
    }

    fn schedulable(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.store.schedulable_assets().unwrap().into_iter().map(|asset| asset.path).collect();
        paths.sort();
        paths
    }
}

fn file(path: impl Into<PathBuf>, content: u64) -> FileFacts {
    FileFacts { path: path.into(), size: 1000, mtime_ns: 5, fingerprint: Some(content) }
}

fn collection() -> Collection {
    Collection { name: "Cheers".to_owned(), kind: Kind::Programme }
}

/// What names tell.
fn layers(title: &str) -> Layers {
    let file = Told {
        media_type: Some(MediaType::Episode),
        title: Some(title.to_owned()),
        season: Some(1),
        episode: Some(2),
        edition: Some("Uncut".to_owned()),
        artwork: Some("poster.jpg".to_owned()),
        ..Told::default()
    };
    let folder = Told {
        series: Some("Cheers".to_owned()),
        year: Some(1982),
        tags: Some(vec!["sitcom".to_owned()]),
        ..Told::default()
    };
    Layers::from_iter([(Origin::FileName, file), (Origin::Folder, folder)])
}

/// Read as names and files beside media are where nobody chose otherwise.
fn reading(stamp: u64) -> Reading {
    let recipe = || "1{}".to_owned();
    Reading { stamp, filename: recipe(), nfo: recipe(), artwork: recipe() }
}

/// What the container tells.
fn comedy() -> Told {
    Told { genres: Some(vec!["Comedy".to_owned()]), ..Told::default() }
}

fn media() -> Media {
    let video = Stream { kind: "video".to_owned(), codec: "H.264".to_owned(), width: 640, ..Stream::default() };
    Media {
        duration_ns: 1_320_000_000_000,
        container: "video/x-matroska".to_owned(),
        streams: vec![video],
        ..Media::default()
    }
}

fn add(path: &str, content: u64) -> Change {
    Change::Add { file: file(path, content), collection: collection(), layers: layers(path) }
}

fn playable(id: &str) -> Change {
    Change::Ready { id: id.to_owned(), media: media(), told: Box::new(comedy()) }
}

fn fault(id: &str) -> Change {
    let fault = Fault { code: "not_media".to_owned(), message: "it is a picture".to_owned() };
    Change::Fault { id: id.to_owned(), fault }
}

#[test]
fn names_that_are_not_utf8_are_kept_byte_by_byte() {
    let library = Library::new();
    let source = library.source("tv", false);
    let odd = PathBuf::from(OsString::from_vec(b"caf\xe9.mkv".to_vec()));
    let change = Change::Add { file: file(odd.clone(), 1), collection: collection(), layers: layers("café") };
    library.change(&source, change).unwrap();
    let known = library.store.known_files(&source.id).unwrap();
    assert_eq!(known[0].file.path, odd);
    let id = known[0].id.clone();
    library.begin(&source, &id);
    library.change(&source, playable(&id)).unwrap();
    let playable = library.store.playable_assets(std::slice::from_ref(&id)).unwrap();
    assert_eq!(playable[&id].path, Path::new("/media/tv").join(odd));
}

#[test]
fn only_what_is_ready_and_approved_is_scheduled() {
    let library = Library::new();
    let (open, held) = (library.source("open", false), library.source("held", true));
    library.ready(&open, "a.mkv", 1);
    library.change(&open, add("new.mkv", 2)).unwrap();
    let waiting = library.ready(&held, "b.mkv", 3);
    assert!(!waiting.approved);
    assert_eq!(library.schedulable(), ["/media/open/a.mkv"]);
    assert!(library.store.playable_assets(std::slice::from_ref(&waiting.id)).unwrap().is_empty());

    let preview = library.store.decide(Decision::Approve, std::slice::from_ref(&waiting.id), LATER, true).unwrap();
    assert!(preview[0].approved);
    assert!(!library.store.asset(&waiting.id).unwrap().approved);
    let approved = library.store.decide(Decision::Approve, std::slice::from_ref(&waiting.id), LATER, false).unwrap();
    assert!(approved[0].approved);
    assert_eq!(library.schedulable(), ["/media/held/b.mkv", "/media/open/a.mkv"]);

    let asset = library.store.schedulable_assets().unwrap().into_iter().find(|asset| asset.id == waiting.id).unwrap();
    assert_eq!(asset.series.as_deref(), Some("Cheers"));
    assert_eq!((asset.season, asset.episode, asset.year), (Some(1), Some(2), Some(1982)));
    assert_eq!(asset.duration_ns, 1_320_000_000_000);
    assert_eq!(asset.tags, ["sitcom"]);
    assert_eq!(library.store.asset(&waiting.id).unwrap().to_schedule(), asset);
}

#[test]
fn approving_is_for_all_or_none() {
    let library = Library::new();
    let source = library.source("tv", true);
    let ready = library.ready(&source, "a.mkv", 1);
    library.change(&source, add("b.mkv", 2)).unwrap();
    let new = library.at("b.mkv");
    let both = [ready.id.clone(), new.id];
    assert!(matches!(library.store.decide(Decision::Approve, &both, LATER, false), Err(StoreError::Refused(_))));
    let unknown = [ready.id.clone(), "nobody".to_owned()];
    assert!(matches!(library.store.decide(Decision::Approve, &unknown, LATER, false), Err(StoreError::NotFound(_))));
    assert!(!library.store.asset(&ready.id).unwrap().approved);
}

#[test]
fn retired_outlives_syncs_but_the_file_is_followed() {
    let library = Library::new();
    let source = library.source("tv", false);
    let id = library.ready(&source, "a.mkv", 1).id;
    library.store.decide(Decision::Retire, std::slice::from_ref(&id), LATER, false).unwrap();
    library.store.decide(Decision::Retire, std::slice::from_ref(&id), LATER, false).unwrap();
    assert!(library.schedulable().is_empty());
    let moved = Change::Move { id: id.clone(), file: file("b.mkv", 1), collection: collection(), layers: layers("b") };
    for change in [
        moved,
        Change::Replace { id: id.clone(), file: file("b.mkv", 7), layers: layers("b") },
        playable(&id),
        fault(&id),
        Change::Vanish { id: id.clone() },
    ] {
        library.change(&source, change).unwrap();
        assert_eq!(library.store.asset(&id).unwrap().state, AssetState::Retired);
    }
    assert_eq!(library.store.asset(&id).unwrap().file, file("b.mkv", 7));
    assert!(matches!(library.store.decide(Decision::Approve, &[id], LATER, false), Err(StoreError::Refused(_))));
}

#[test]
fn what_is_restored_goes_on_where_its_file_is_now() {
    for (review, approved) in [(false, true), (true, false)] {
        let library = Library::new();
        let source = library.source("tv", review);
        let id = library.ready(&source, "a.mkv", 1).id;
        let decide = |decision, dry_run| {
            let asset = library.store.decide(decision, std::slice::from_ref(&id), LATER, dry_run)?.remove(0);
            Ok::<_, StoreError>((asset.state, asset.approved))
        };
        assert!(matches!(decide(Decision::Restore, false), Err(StoreError::Refused(_))));
        decide(Decision::Retire, false).unwrap();
        assert_eq!(decide(Decision::Restore, true).unwrap(), (AssetState::Ready, approved));
        assert_eq!(library.at("a.mkv").state, AssetState::Retired);
        assert_eq!(decide(Decision::Restore, false).unwrap(), (AssetState::Ready, approved));

        // its content was replaced meanwhile: it is to be looked at
        decide(Decision::Retire, false).unwrap();
        let replace = Change::Replace { id: id.clone(), file: file("a.mkv", 2), layers: layers("a") };
        library.change(&source, replace).unwrap();
        assert_eq!(decide(Decision::Restore, false).unwrap(), (AssetState::Enriching, false));
        library.change(&source, playable(&id)).unwrap();

        // another asset has its file: it waits for one of its own
        decide(Decision::Retire, false).unwrap();
        library.change(&source, add("a.mkv", 3)).unwrap();
        assert_eq!(decide(Decision::Restore, false).unwrap(), (AssetState::Missing, false));
    }
}

/// What no program may write, whichever it is.
#[test]
fn the_database_itself_refuses_what_is_against_the_rules() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("retrovue.db");
    let library = Library { store: Store::open(&path).unwrap(), _home: home };
    let source = library.source("tv", false);
    let ready = library.ready(&source, "a.mkv", 1).id;
    library.change(&source, add("b.mkv", 2)).unwrap();
    let new = library.at("b.mkv").id;
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    let mut refused = |what: &str, id: &str| {
        let written = connection.batch_execute(&format!("UPDATE asset SET {what} WHERE id = '{id}'"));
        let error = written.expect_err(what).to_string();
        assert!(error.contains("constraint failed"), "{what}: {error}");
    };
    refused("state = 'lost'", &ready);
    refused("approved = 1", &new);
    refused("state = 'ready'", &new);
    refused("state = 'faulty'", &new);
    refused("fault_code = 'broken', fault_message = 'it is'", &new);
    refused("duration_ns = NULL", &ready);
    refused("duration_ns = 0", &ready);
    refused("state = 'retired'", &ready);
    refused("path = (SELECT path FROM asset WHERE state = 'ready')", &new);
    refused("path = x''", &new);
    refused("kind = 'slate'", &new);
    refused("tags = 'sitcom'", &new);
    refused("source_id = 'nobody'", &new);
    assert_eq!(library.at("a.mkv").state, AssetState::Ready);
}

#[test]
fn a_state_that_may_not_follow_is_refused() {
    let library = Library::new();
    let source = library.source("tv", false);
    library.change(&source, add("a.mkv", 1)).unwrap();
    let id = library.at("a.mkv").id;
    assert!(matches!(library.change(&source, playable(&id)), Err(StoreError::Refused(_))));
    assert!(matches!(library.change(&source, fault(&id)), Err(StoreError::Refused(_))));
    assert_eq!(library.store.asset(&id).unwrap().state, AssetState::New);
}

#[test]
fn a_batch_is_taken_whole_or_not_at_all() {
    let library = Library::new();
    let source = library.source("tv", false);
    let changes = [add("a.mkv", 1), add("b.mkv", 2), Change::Vanish { id: "nobody".to_owned() }];
    assert!(matches!(library.store.change_assets(&source.id, &changes, LATER), Err(StoreError::NotFound(_))));
    assert!(library.store.known_files(&source.id).unwrap().is_empty());
}

#[test]
fn what_comes_back_is_as_it_was() {
    let library = Library::new();
    let source = library.source("held", true);
    let before = library.ready(&source, "a.mkv", 1);
    library.store.decide(Decision::Approve, std::slice::from_ref(&before.id), LATER, false).unwrap();
    library.change(&source, Change::Vanish { id: before.id.clone() }).unwrap();
    let away = library.store.asset(&before.id).unwrap();
    assert_eq!((away.state, away.approved), (AssetState::Missing, false));
    let back = Change::Move {
        id: before.id.clone(),
        file: file("a.mkv", 1),
        collection: collection(),
        layers: layers("a.mkv"),
    };
    library.change(&source, back).unwrap();
    let after = library.store.asset(&before.id).unwrap();
    assert_eq!((after.state, after.approved), (AssetState::Ready, true));
    assert_eq!(after.media, before.media);
}

#[test]
fn replaced_content_goes_through_review_again() {
    let library = Library::new();
    let source = library.source("held", true);
    let id = library.ready(&source, "a.mkv", 1).id;
    library.store.decide(Decision::Approve, std::slice::from_ref(&id), LATER, false).unwrap();
    let replace = Change::Replace { id: id.clone(), file: file("a.mkv", 2), layers: layers("a") };
    library.change(&source, replace).unwrap();
    assert_eq!(library.store.asset(&id).unwrap().state, AssetState::Enriching);
    library.change(&source, playable(&id)).unwrap();
    let asset = library.store.asset(&id).unwrap();
    assert_eq!((asset.state, asset.approved), (AssetState::Ready, false));
}

#[test]
fn faults_carry_their_sentence_and_go_with_new_content() {
    let library = Library::new();
    let source = library.source("tv", false);
    library.change(&source, add("a.mkv", 1)).unwrap();
    let id = library.at("a.mkv").id;
    library.begin(&source, &id);
    library.change(&source, fault(&id)).unwrap();
    let asset = library.store.asset(&id).unwrap();
    assert_eq!(asset.state, AssetState::Faulty);
    assert_eq!(asset.fault.unwrap().message, "it is a picture");
    let replace = Change::Replace { id: id.clone(), file: file("a.mkv", 2), layers: layers("a") };
    library.change(&source, replace).unwrap();
    assert_eq!(library.store.asset(&id).unwrap().fault, None);
}

#[test]
fn files_may_swap_names() {
    let library = Library::new();
    let source = library.source("tv", false);
    let (a, b) = (library.ready(&source, "a.mkv", 1), library.ready(&source, "b.mkv", 2));
    let swap = |asset: &Asset, path: &str, content| Change::Move {
        id: asset.id.clone(),
        file: file(path, content),
        collection: collection(),
        layers: layers(path),
    };
    let changes = [swap(&a, "b.mkv", 1), swap(&b, "a.mkv", 2)];
    library.store.change_assets(&source.id, &changes, LATER).unwrap();
    assert_eq!(library.at("b.mkv").id, a.id);
    assert_eq!(library.at("a.mkv").id, b.id);
}

#[test]
fn a_path_belongs_to_one_living_asset() {
    let library = Library::new();
    let source = library.source("tv", false);
    let id = library.ready(&source, "a.mkv", 1).id;
    assert!(matches!(library.change(&source, add("a.mkv", 2)), Err(StoreError::Query(_))));
    library.change(&source, Change::Vanish { id: id.clone() }).unwrap();
    library.change(&source, add("a.mkv", 2)).unwrap();
    assert_eq!(library.store.known_files(&source.id).unwrap().len(), 2);
}

#[test]
fn filters_narrow_the_list() {
    let library = Library::new();
    let source = library.source("tv", false);
    library.ready(&source, "a.mkv", 1);
    library.change(&source, add("b.mkv", 2)).unwrap();
    let count = |filter: AssetFilter| library.store.assets(&filter).unwrap().len();
    assert_eq!(count(AssetFilter::default()), 2);
    assert_eq!(count(AssetFilter { state: Some(AssetState::Ready), ..AssetFilter::default() }), 1);
    assert_eq!(count(AssetFilter { source_id: Some("other".to_owned()), ..AssetFilter::default() }), 0);
}
