//! What is known of an asset, and by whom.

use super::*;

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
