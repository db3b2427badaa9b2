//! Enrichers against a real database: where they are attached, and what waits for them.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use retrovue_schedule::Kind;
use retrovue_store::library::{
    Change, Collection, Enricher, EnricherKind, Fault, FileFacts, Interval, KnownEnricher, Layers, Measurement, Media,
    NewSource, Origin, Place, Source, Told, Where,
};
use retrovue_store::{Store, StoreError};
use retrovue_timeline::UtcTime;

const NOW: UtcTime = UtcTime::from_millis(1_700_000_000_000);

struct Library {
    store: Store,
    source: Source,
    home: tempfile::TempDir,
}

impl Library {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let new = NewSource { name: "tv".to_owned(), place: Place::Folder("/media/tv".into()), review: false };
        let source = store.add_source(&new, NOW).unwrap();
        Self { store, source, home }
    }

    fn change(&self, change: Change) {
        self.store.change_assets(&self.source.id, &[change], NOW).unwrap();
    }

    /// A ready asset; its collection is its folder.
    fn ready(&self, path: &str) -> String {
        let (path, name) = (PathBuf::from(path), path.split('/').next().unwrap().to_owned());
        let file = FileFacts { path: path.clone(), size: 1, mtime_ns: 1, fingerprint: Some(1) };
        let collection = Collection { name, kind: Kind::Programme };
        self.change(Change::Add { file, collection, layers: Layers::default() });
        let known = self.store.known_files(&self.source.id).unwrap();
        let id = known.into_iter().find(|known| known.file.path == path).unwrap().id;
        self.store.begin_enriching(&self.source.id, std::slice::from_ref(&id), NOW).unwrap();
        self.change(Change::Ready { id: id.clone(), media: media(), told: Box::default() });
        id
    }

    fn measured(&self, path: &str) -> String {
        let id = self.ready(path);
        let asset = self.store.asset(&id).unwrap();
        let black = vec![Interval { start_ns: 5, end_ns: 6 }];
        let found = Measurement { black, ..Measurement::default() };
        assert!(self.store.keep_measurement(&asset, Ok((media(), found)), NOW).unwrap());
        id
    }

    fn collection(&self, name: &str) -> Where {
        let known = self.store.collections().unwrap();
        Where::Collections(vec![known.into_iter().find(|known| known.name == name).unwrap().id])
    }

    fn add(&self, name: &str, kind: EnricherKind) {
        let enricher = Enricher { name: name.to_owned(), kind, is_default: false, settings: BTreeMap::new() };
        self.store.add_enricher(&enricher, false).unwrap();
    }

    /// The collections that an enricher is attached to, and how many assets wait for it.
    fn known(&self, name: &str) -> (Vec<String>, u64) {
        let known = self.store.enrichers().unwrap();
        let found = known.into_iter().find(|known| known.enricher.name == name).unwrap();
        (found.collections.into_iter().map(|(_, name)| name).collect(), found.waiting)
    }

    /// The ids of the assets whose breaks wait, made in the meantime.
    fn make_breaks(&self) -> Vec<String> {
        let unbroken = self.store.unbroken(None, 100).unwrap();
        let ids = unbroken.iter().map(|asset| asset.id.clone()).collect();
        let found: Vec<_> = unbroken.into_iter().map(|asset| (asset, Vec::new())).collect();
        self.store.keep_breaks(&found).unwrap();
        ids
    }

    fn run(&self, sql: &str) {
        let path = self.home.path().join("retrovue.db");
        SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
    }
}

fn media() -> Media {
    Media { duration_ns: 60_000_000_000, container: "video/quicktime".to_owned(), ..Media::default() }
}

fn settings(value: &str) -> impl FnOnce(&mut BTreeMap<String, String>) {
    let value = value.to_owned();
    move |chosen| {
        chosen.insert("min_black".to_owned(), value);
    }
}

#[test]
fn collections_begin_with_the_defaults_or_with_what_their_source_has() {
    let library = Library::new();
    library.ready("Cheers/1.mkv");
    for kind in EnricherKind::ALL {
        assert_eq!(library.known(kind.word()).0, ["Cheers"], "{kind}");
    }
    library.add("calm", EnricherKind::Breaks);
    let source = Where::Source(library.source.id.clone());
    library.store.attach_enricher("calm", &source, false).unwrap();
    library.store.detach_enricher("nfo", &source, false).unwrap();
    library.ready("Frasier/1.mkv");
    assert_eq!(library.known("calm").0, ["Cheers", "Frasier"]);
    assert_eq!(library.known("breaks").0, [""; 0]);
    assert_eq!(library.known("nfo").0, [""; 0]);
    library.store.attach_enricher("breaks", &library.collection("Frasier"), false).unwrap();
    assert_eq!((library.known("calm").0, library.known("breaks").0), (vec!["Cheers".into()], vec!["Frasier".into()]));
}

#[test]
fn other_settings_concern_what_an_enricher_is_attached_to_alone() {
    let library = Library::new();
    let (cheers, frasier) = (library.measured("Cheers/1.mkv"), library.measured("Frasier/1.mkv"));
    library.add("calm", EnricherKind::Breaks);
    assert_eq!(library.make_breaks().len(), 2);
    library.store.attach_enricher("calm", &library.collection("Frasier"), false).unwrap();
    assert_eq!(library.make_breaks(), [""; 0], "it does the same");
    library.store.set_enricher("calm", settings("2s"), false).unwrap();
    assert_eq!((library.known("calm").1, library.known("breaks").1), (1, 0));
    assert_eq!(library.make_breaks(), [frasier]);
    library.store.set_enricher("breaks", settings("3s"), false).unwrap();
    assert_eq!(library.make_breaks(), [cheers]);
    assert_eq!(library.store.next_unprobed(None, &[]).unwrap(), None);
    assert_eq!(library.store.next_unmeasured(None, &[]).unwrap(), None);
}

#[test]
fn breaks_of_content_that_was_replaced_or_is_unwanted_are_not_kept() {
    let library = Library::new();
    let id = library.measured("Cheers/1.mkv");
    let unbroken = library.store.unbroken(None, 1).unwrap().remove(0);
    let file = FileFacts { path: "Cheers/1.mkv".into(), size: 2, mtime_ns: 2, fingerprint: Some(2) };
    library.change(Change::Replace { id: id.clone(), file, layers: Layers::default() });
    library.store.keep_breaks(&[(unbroken.clone(), Vec::new())]).unwrap();
    assert_eq!(library.store.enriched(&id).unwrap().breaks, None);

    let id = library.measured("Cheers/2.mkv");
    let unbroken = library.store.unbroken(None, 1).unwrap().remove(0);
    library.store.detach_enricher("breaks", &library.collection("Cheers"), false).unwrap();
    library.store.keep_breaks(&[(unbroken, Vec::new())]).unwrap();
    assert_eq!(library.store.enriched(&id).unwrap().breaks, None);
}

#[test]
fn a_file_that_moves_is_another_collections() {
    let library = Library::new();
    let id = library.measured("Cheers/1.mkv");
    library.ready("Movies/1.mkv");
    library.make_breaks();
    library.store.detach_enricher("breaks", &library.collection("Movies"), false).unwrap();
    assert_eq!(library.store.enriched(&id).unwrap().breaks, Some(Vec::new()));
    let file = FileFacts { path: "Movies/2.mkv".into(), size: 1, mtime_ns: 1, fingerprint: Some(1) };
    let collection = Collection { name: "Movies".to_owned(), kind: Kind::Programme };
    library.change(Change::Move { id: id.clone(), file, collection, layers: Layers::default() });
    assert_eq!(library.store.enriched(&id).unwrap().breaks, None);
}

#[test]
fn what_another_version_looked_at_is_looked_at_again() {
    let library = Library::new();
    let id = library.ready("Cheers/1.mkv");
    assert_eq!(library.store.next_unprobed(None, &[]).unwrap(), None);
    let look_back = || library.run("UPDATE enrichment SET recipe = '0{}' WHERE kind = 'probe'");
    look_back();
    assert_eq!(library.known("probe").1, 1);
    let asset = library.store.next_unprobed(None, &[]).unwrap().unwrap();
    assert_eq!(library.store.next_unprobed(Some(&asset.id), &[]).unwrap(), None);
    let title = Told { title: Some("Pilot".to_owned()), ..Told::default() };
    assert!(library.store.keep_facts(&asset, Ok((media(), title)), NOW).unwrap());
    assert_eq!(library.store.asset(&id).unwrap().description.title, "Pilot");
    assert_eq!(library.store.next_unprobed(None, &[]).unwrap(), None);

    look_back();
    let fault = Fault { code: "not_media".to_owned(), message: "it is a picture".to_owned() };
    assert!(library.store.keep_facts(&asset, Err(fault.clone()), NOW).unwrap());
    assert_eq!(library.store.asset(&id).unwrap().fault, Some(fault.clone()));
    assert!(!library.store.keep_facts(&asset, Err(fault), NOW).unwrap(), "it is no longer ready");
}

#[test]
fn another_version_of_a_kind_is_taken_over_when_the_database_is_opened() {
    let library = Library::new();
    library.measured("Cheers/1.mkv");
    library.make_breaks();
    library.run("UPDATE enricher SET recipe = '0{}'");
    let Library { store, home, .. } = library;
    drop(store);
    let store = Store::open(&home.path().join("retrovue.db")).unwrap();
    assert_eq!(store.unbroken(None, 1).unwrap(), [], "its recipe is that of this version again");
}

#[test]
fn what_is_in_use_or_not_attached_is_left_as_it_is() {
    let library = Library::new();
    library.ready("Cheers/1.mkv");
    let cheers = library.collection("Cheers");
    library.add("calm", EnricherKind::Breaks);
    let refused = |result: Result<_, StoreError>| matches!(result, Err(StoreError::Refused(_)));
    assert!(refused(library.store.detach_enricher("calm", &cheers, false)));
    assert!(refused(library.store.remove_enricher("breaks", false)));
    library.store.attach_enricher("calm", &Where::Source(library.source.id.clone()), false).unwrap();
    assert!(refused(library.store.remove_enricher("calm", false)));
    library.store.attach_enricher("breaks", &cheers, false).unwrap();
    assert!(refused(library.store.remove_enricher("calm", false)), "collections to come begin with it");
    library.store.attach_enricher("breaks", &Where::Source(library.source.id.clone()), false).unwrap();
    library.store.remove_enricher("calm", true).unwrap();
    library.store.remove_enricher("calm", false).unwrap();
    assert!(matches!(library.store.enricher("calm"), Err(StoreError::NotFound(_))));
}

#[test]
fn what_a_removed_source_had_keeps_no_enricher_and_comes_back_with_the_default() {
    let library = Library::new();
    library.ready("Cheers/1.mkv");
    library.add("calm", EnricherKind::Breaks);
    library.store.attach_enricher("calm", &Where::Source(library.source.id.clone()), false).unwrap();
    library.store.detach_enricher("nfo", &library.collection("Cheers"), false).unwrap();
    library.store.remove_source("tv", NOW).unwrap();
    library.store.remove_enricher("calm", false).unwrap();
    let Source { name, place, review, .. } = library.source.clone();
    library.store.add_source(&NewSource { name, place, review }, NOW).unwrap();
    library.ready("Frasier/1.mkv");
    assert_eq!(library.known("breaks").0, ["Cheers", "Frasier"]);
    assert_eq!(library.known("nfo").0, ["Frasier"]);
}

#[test]
fn taking_off_what_collections_do_not_begin_with_leaves_what_they_do() {
    let library = Library::new();
    library.ready("Cheers/1.mkv");
    library.add("calm", EnricherKind::Breaks);
    let source = Where::Source(library.source.id.clone());
    library.store.attach_enricher("calm", &library.collection("Cheers"), false).unwrap();
    library.store.detach_enricher("calm", &source, false).unwrap();
    library.ready("Frasier/1.mkv");
    assert_eq!(library.known("breaks").0, ["Frasier"]);
    library.store.detach_enricher("breaks", &source, false).unwrap();
    library.ready("Wings/1.mkv");
    assert_eq!(library.known("breaks").0, [""; 0]);
}

#[test]
fn a_collection_may_be_named_twice() {
    let library = Library::new();
    let id = library.measured("Cheers/1.mkv");
    library.make_breaks();
    let Where::Collections(mut twice) = library.collection("Cheers") else { panic!("it is a collection") };
    twice.push(twice[0].clone());
    library.store.detach_enricher("breaks", &Where::Collections(twice), false).unwrap();
    assert_eq!(library.store.enriched(&id).unwrap().breaks, None);
}

#[test]
fn breaks_are_made_again_of_what_is_measured_again_but_of_nothing_that_failed() {
    let library = Library::new();
    let id = library.measured("Cheers/1.mkv");
    assert_eq!(library.make_breaks(), [id.as_str()]);
    let asset = library.store.asset(&id).unwrap();
    assert!(library.store.keep_measurement(&asset, Ok((media(), Measurement::default())), NOW).unwrap());
    assert_eq!(library.known("breaks").1, 1);
    assert_eq!(library.make_breaks(), [id.as_str()]);
    let fault = Fault { code: "crashed".to_owned(), message: "it cannot be read".to_owned() };
    assert!(library.store.keep_measurement(&asset, Err(fault), NOW).unwrap());
    assert_eq!(library.store.enriched(&id).unwrap().breaks, None);
    assert_eq!(library.known("breaks").1, 0);
    assert_eq!(library.make_breaks(), [""; 0]);
}

#[test]
fn breaks_that_wait_are_told_in_parts() {
    let library = Library::new();
    let mut ids = ["Cheers/1.mkv", "Cheers/2.mkv", "Frasier/1.mkv"].map(|path| library.measured(path));
    ids.sort();
    let first = library.store.unbroken(None, 2).unwrap();
    let rest = library.store.unbroken(first.last(), 2).unwrap();
    let mut told: Vec<_> = first.into_iter().chain(rest).map(|asset| asset.id).collect();
    told.sort();
    assert_eq!(told, ids);
    assert_eq!(library.store.unbroken_one(&ids[1]).unwrap().unwrap().id, ids[1]);
}

#[test]
fn what_would_wait_is_what_waits_then() {
    let library = Library::new();
    library.ready("Cheers/1.mkv");
    library.measured("Cheers/2.mkv");
    library.measured("Frasier/1.mkv");
    library.make_breaks();
    library.add("calm", EnricherKind::Breaks);
    let (store, cheers) = (&library.store, library.collection("Cheers"));
    let changes: [(&dyn Fn(bool) -> KnownEnricher, u64); 5] = [
        (&|dry_run| store.set_enricher("calm", settings("2s"), dry_run).unwrap(), 0),
        (&|dry_run| store.attach_enricher("calm", &cheers, dry_run).unwrap(), 2),
        (&|dry_run| store.set_enricher("breaks", settings("3s"), dry_run).unwrap(), 1),
        (&|dry_run| store.detach_enricher("loudness", &cheers, dry_run).unwrap(), 0),
        (&|dry_run| store.attach_enricher("loudness", &cheers, dry_run).unwrap(), 1),
    ];
    let stands = |name: &str| store.enrichers().unwrap().into_iter().find(|known| known.enricher.name == name).unwrap();
    for (change, waiting) in changes {
        let would = change(true);
        assert_eq!(would.waiting, waiting, "{would:?}");
        assert_ne!(stands(&would.enricher.name), would, "it was only tried");
        assert_eq!(change(false), would);
        assert_eq!(stands(&would.enricher.name), would);
    }
}

#[test]
fn names_tell_nothing_from_the_start_where_nobody_reads_them() {
    let library = Library::new();
    library.store.detach_enricher("filename", &Where::Source(library.source.id.clone()), false).unwrap();
    let title = |id: &str| library.store.asset(id).unwrap().description.title;
    let id = library.ready("Cheers/1.mkv");
    assert_eq!(title(&id), "1");
    let named = || Layers::from((Origin::FileName, Told { title: Some("Pilot".to_owned()), ..Told::default() }));
    let file = |path: &str, content| FileFacts { path: path.into(), size: 1, mtime_ns: 1, fingerprint: Some(content) };
    let collection = Collection { name: "Cheers".to_owned(), kind: Kind::Programme };
    let moved = Change::Move { id: id.clone(), file: file("Cheers/2.mkv", 1), collection, layers: named() };
    let replaced = Change::Replace { id: id.clone(), file: file("Cheers/2.mkv", 2), layers: named() };
    for change in [moved, replaced] {
        library.change(change);
        assert_eq!(title(&id), "2");
    }
}
