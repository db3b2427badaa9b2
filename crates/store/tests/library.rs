//! The library against a real database.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails the test")]

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
fn a_source_has_its_name_and_folder_alone() {
    let library = Library::new();
    let source = library.source("tv", false);
    assert_eq!(library.store.source("tv").unwrap(), source);
    assert_eq!(library.store.sources().unwrap(), [source]);
    for (name, path) in [("tv", "/elsewhere"), ("other", "/media/tv")] {
        let new = NewSource { name: name.to_owned(), place: Place::Folder(path.into()), review: false };
        assert!(matches!(library.store.check_source(&new), Err(StoreError::Duplicate(_))));
        assert!(matches!(library.store.add_source(&new, NOW), Err(StoreError::Duplicate(_))));
    }
    assert!(matches!(library.store.source("films"), Err(StoreError::NotFound(_))));
}

#[test]
fn everything_known_of_an_asset_reads_back() {
    let library = Library::new();
    let source = library.source("tv", false);
    let asset = library.ready(&source, "Cheers/S01E02.mkv", u64::MAX);
    assert_eq!(asset.state, AssetState::Ready);
    assert!(asset.approved);
    let mut told = layers("Cheers/S01E02.mkv");
    *told.of(Origin::Container) = comedy();
    assert_eq!(asset.description, told.merged());
    assert_eq!(asset.media, Some(media()));
    assert_eq!(asset.file, file("Cheers/S01E02.mkv", u64::MAX));
    assert_eq!(asset.path(), Path::new("/media/tv/Cheers/S01E02.mkv"));
    assert_eq!((asset.source.as_str(), asset.collection.as_str()), ("tv", "Cheers"));
    assert_eq!((asset.created, asset.updated), (LATER, LATER));
    assert_eq!(library.store.asset_counts(&source.id).unwrap(), BTreeMap::from([(AssetState::Ready, 1)]));
}

#[test]
fn a_measurement_belongs_to_the_content_that_was_measured() {
    let library = Library::new();
    let source = library.source("tv", false);
    let asset = library.ready(&source, "a.mkv", 1);
    let only = std::slice::from_ref(&asset.id);
    assert_eq!(library.store.next_unmeasured(None, &[]).unwrap().unwrap(), asset);
    assert_eq!(library.store.next_unmeasured(Some(&asset), &[]).unwrap(), None);
    let loudness = Loudness { languages: vec!["de".to_owned()], integrated_lufs: Some(-31.5), ..Loudness::default() };
    let black = vec![Interval { start_ns: 1, end_ns: 2 }];
    let found = Measurement { loudness: vec![loudness], black, silence: Vec::new() };
    let first_picture = Some(FirstPicture { pts_ns: 7, stream_ns: -3 });
    let chapters = vec![Chapter { start_ns: 0, end_ns: 9, title: "One".to_owned() }];
    let seen = Media { first_picture, chapters, ..media() };
    assert!(library.store.keep_measurement(&asset, Ok((seen.clone(), found.clone())), LATER).unwrap());
    assert_eq!(library.store.asset(&asset.id).unwrap().media, Some(seen));
    assert_eq!(library.store.playable_assets(only).unwrap()[&asset.id].loudness, found.loudness);
    assert_eq!(library.store.measurement(&asset.id).unwrap(), Some(Measured { at: LATER, found: Ok(found.clone()) }));
    assert_eq!(library.store.measured_count(&source.id).unwrap(), 1);
    assert_eq!(library.store.next_unmeasured(None, &[]).unwrap(), None);

    let id = asset.id.clone();
    let replace = Change::Replace { id, file: file("a.mkv", 2), layers: layers("a.mkv") };
    library.change(&source, replace).unwrap();
    assert_eq!(library.store.measurement(&asset.id).unwrap(), None);
    library.change(&source, playable(&asset.id)).unwrap();
    assert!(!library.store.keep_measurement(&asset, Ok((media(), found)), LATER).unwrap(), "of the old content");
    let now = library.store.next_unmeasured(None, &[]).unwrap().unwrap();
    let fault = Fault { code: "crashed".to_owned(), message: "it ends whoever measures it".to_owned() };
    assert!(library.store.keep_measurement(&now, Err(fault.clone()), LATER).unwrap());
    assert_eq!(library.store.measurement(&asset.id).unwrap(), Some(Measured { at: LATER, found: Err(fault) }));
    assert_eq!(library.store.next_unmeasured(None, &[]).unwrap(), None);
    assert_eq!(library.store.playable_assets(only).unwrap()[&asset.id].loudness, []);
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
fn a_removed_source_leaves_its_assets_readable_and_is_the_same_when_added_again() {
    let library = Library::new();
    let source = library.source("tv", false);
    let asset = library.ready(&source, "a.mkv", 1);
    library.store.remove_source("tv", LATER).unwrap();
    assert!(matches!(library.store.remove_source("tv", LATER), Err(StoreError::NotFound(_))));
    assert!(library.store.sources().unwrap().is_empty());
    assert!(library.schedulable().is_empty());
    assert!(library.store.assets(&AssetFilter::default()).unwrap().is_empty());
    assert_eq!(library.store.assets_by_id(std::slice::from_ref(&asset.id)).unwrap().len(), 1);
    assert!(matches!(library.change(&source, add("b.mkv", 2)), Err(StoreError::NotFound(_))));

    let new = NewSource { name: "telly".to_owned(), place: source.place.clone(), review: false };
    assert_eq!(library.store.add_source(&new, LATER).unwrap().id, source.id);
    assert_eq!(library.at("a.mkv").id, asset.id);
}

#[test]
fn a_place_is_free_once_its_source_is_removed() {
    let library = Library::new();
    let server = |port: u16| MediaServer {
        kind: ServerKind::Jellyfin,
        url: format!("http://box:{port}"),
        maps: Vec::new(),
        library_kinds: BTreeMap::new(),
    };
    let add = |name: &str, port| {
        let new = NewSource { name: name.to_owned(), place: Place::Server(server(port)), review: false };
        library.store.add_source(&new, NOW).map(|source| source.id)
    };
    let (old, new) = (add("old", 1).unwrap(), add("new", 2).unwrap());
    assert!(matches!(library.store.change_server("new", &server(1), false), Err(StoreError::Duplicate(_))));
    library.store.remove_source("old", NOW).unwrap();
    library.store.change_server("new", &server(1), false).unwrap();
    assert!(matches!(add("old", 1), Err(StoreError::Duplicate(_))));

    library.store.remove_source("new", LATER).unwrap();
    assert_eq!(add("again", 1).unwrap(), new, "who was there last");
    assert_ne!(add("other", 2).unwrap(), old, "nobody was there last");
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

#[test]
fn a_correction_outlives_moves_new_content_and_rescans() {
    let library = Library::new();
    let source = library.source("tv", false);
    let id = library.ready(&source, "a.mkv", 1).id;
    let title = || library.store.asset(&id).unwrap().description.title;
    let correct = |dry_run| {
        let correct = |told: &mut Told| told.title = Some("Sam's Women".to_owned());
        library.store.correct_asset(&id, correct, LATER, dry_run).unwrap().description.title
    };
    assert_eq!((correct(true), title()), ("Sam's Women".to_owned(), "a.mkv".to_owned()));
    correct(false);
    assert_eq!(library.store.schedulable_assets().unwrap()[0].title, "Sam's Women");
    for change in [
        Change::Move { id: id.clone(), file: file("b.mkv", 1), collection: collection(), layers: layers("b.mkv") },
        Change::Replace { id: id.clone(), file: file("b.mkv", 7), layers: layers("b.mkv") },
        Change::Describe { id: id.clone(), layers: layers("b.mkv"), reading: Some(reading(3)), served: None },
        playable(&id),
    ] {
        library.change(&source, change).unwrap();
        assert_eq!(title(), "Sam's Women");
    }
    let forget = |told: &mut Told| told.forget(Field::Title);
    library.store.correct_asset(&id, forget, LATER, false).unwrap();
    assert_eq!(title(), "b.mkv");
    let unknown = library.store.correct_asset("nobody", |_| {}, LATER, true);
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}

#[test]
fn what_was_read_is_remembered_until_the_file_moves() {
    let library = Library::new();
    let source = library.source("tv", false);
    let id = library.ready(&source, "a.mkv", 1).id;
    let stamps = || library.store.readings(&source.id).unwrap();
    assert_eq!(stamps(), HashMap::new());
    let nfo = Layers::from((Origin::Nfo, Told { plot: Some("Sam hires Diane.".to_owned()), ..Told::default() }));
    library
        .change(
            &source,
            Change::Describe { id: id.clone(), layers: nfo, reading: Some(reading(u64::MAX)), served: None },
        )
        .unwrap();
    assert_eq!(stamps(), HashMap::from([(id.clone(), reading(u64::MAX))]));
    let description = library.store.asset(&id).unwrap().description;
    assert_eq!((description.plot.as_deref(), description.title.as_str()), (Some("Sam hires Diane."), "a"));
    assert_eq!(description.genres, ["Comedy"]);
    let back =
        Change::Move { id: id.clone(), file: file("a.mkv", 1), collection: collection(), layers: layers("a.mkv") };
    library.change(&source, back).unwrap();
    assert_eq!(stamps(), HashMap::new());
    assert_eq!(library.store.asset(&id).unwrap().description.plot, None);
}

#[test]
fn a_servers_item_is_one_asset_at_an_absolute_path() {
    let library = Library::new();
    let map = PathMap { server: "/data".to_owned(), local: "/media".to_owned() };
    let server = MediaServer {
        kind: ServerKind::Jellyfin,
        url: "http://box:8096".to_owned(),
        maps: vec![map],
        library_kinds: [("Ads".to_owned(), Kind::Commercial)].into(),
    };
    let place = Place::Server(server.clone());
    let new = NewSource { name: "box".to_owned(), place: place.clone(), review: false };
    let source = library.store.add_source(&new, NOW).unwrap();
    assert_eq!(library.store.source("box").unwrap(), source);
    assert_eq!((source.place, source.review), (place, false));
    let again = NewSource { name: "again".to_owned(), ..new };
    assert!(matches!(library.store.add_source(&again, NOW), Err(StoreError::Duplicate(_))));

    let source = library.store.source("box").unwrap();
    let id = library.ready(&source, "/media/ads/soap.mkv", 1).id;
    assert_eq!(library.schedulable(), ["/media/ads/soap.mkv"]);
    assert_eq!(library.store.asset(&id).unwrap().path(), Path::new("/media/ads/soap.mkv"));
    let other = library.ready(&source, "/media/ads/tea.mkv", 2).id;
    let item_of = |id: &str| {
        let known = library.store.known_files(&source.id).unwrap();
        known.into_iter().find(|known| known.id == id).unwrap().item
    };
    let describe = |id: &str, kind| {
        let layers = Layers::from((Origin::Server, Told { title: Some("Soap".to_owned()), ..Told::default() }));
        let collection = Collection { name: "Ads".to_owned(), kind };
        let served = Some(ServedItem { item: "i1".to_owned(), collection });
        let change = Change::Describe { id: id.to_owned(), layers, reading: Some(reading(1)), served };
        library.change(&source, change).unwrap();
    };
    describe(&id, Kind::Programme);
    assert_eq!((item_of(&id).as_deref(), item_of(&other)), (Some("i1"), None));
    let asset = library.store.asset(&id).unwrap();
    assert_eq!((asset.collection.as_str(), asset.description.title.as_str()), ("Ads", "Soap"));
    assert_eq!(asset.description.origins[&Field::Title], Origin::Server);
    describe(&other, Kind::Commercial);
    assert_eq!((item_of(&id), item_of(&other).as_deref()), (None, Some("i1")), "an item is one asset");
    let ads = library.store.collections().unwrap().into_iter().find(|found| found.name == "Ads").unwrap();
    assert_eq!(ads.kind, Kind::Commercial, "a library's kind follows its server's source");

    let moved = MediaServer { url: "https://box".to_owned(), ..server };
    let changed = library.store.change_server("box", &moved, true).unwrap();
    assert_eq!(changed.place, Place::Server(moved.clone()));
    assert_ne!(library.store.source("box").unwrap(), changed, "only told");
    library.store.change_server("box", &moved, false).unwrap();
    assert_eq!(library.store.source("box").unwrap(), changed);
}
