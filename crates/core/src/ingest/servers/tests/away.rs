//! Files that a server tells of and that are not at hand.

use super::*;

#[tokio::test]
async fn what_is_not_at_hand_is_told_and_never_guessed() {
    let mut rig = Rig::new(ALL[0]);
    let mut library = rig.films(1);
    rig.write("films/disc.mkv/VIDEO_TS.IFO", "a folder");
    library.titles.extend([
        film("n1", "Elsewhere", "/other/films/x.mkv"),
        film("n2", "Away", "/data/films/away.mkv"),
        film("n3", "Disc", "/data/films/disc.mkv"),
        film("n4", "Stream", "http://example.org/stream.mkv"),
        film("n5", "Pointer", "/data/films/pointer.strm"),
    ]);
    rig.fake.has(vec![library]);
    let report = rig.sync().await.unwrap();
    assert_eq!((report.added, report.ignored, report.unmapped_count), (1, 1, 4));
    let told: Vec<_> =
        report.unmapped.iter().map(|item| (item.title.as_str(), item.cause, item.needs.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("Elsewhere", "no_mapping", Some("/other/films")),
            ("Away", "not_there", None),
            ("Disc", "no_file", None),
            ("Stream", "no_mapping", Some("http://example.org")),
        ]
    );
    // a server of which nothing is at hand
    rig.change(|server| server.maps.clear());
    let failure = rig.fails().await;
    assert_eq!(failure.code, "mapping_needed");
    assert!(failure.hint.contains("--map '/data/films="), "{}", failure.hint);
    assert!(failure.details["needs"].as_array().unwrap().contains(&"/data/films".into()), "{}", failure.details);
}

#[tokio::test]
async fn items_that_lose_their_map_are_not_known_to_be_away() {
    let mut rig = Rig::new(ALL[0]);
    let (one, two) = (rig.films(2), tempfile::tempdir().unwrap());
    std::fs::write(two.path().join("x.mkv"), "x").unwrap();
    let local = two.path().to_str().unwrap().to_owned();
    rig.change(|server| server.maps.push(PathMap { server: "/more".to_owned(), local }));
    let more = |titles| Library {
        id: "2".to_owned(),
        name: "More".to_owned(),
        folder: "/more".to_owned(),
        titles,
        ..Library::default()
    };
    rig.fake.has(vec![one.clone(), more(vec![film("x", "X", "/more/x.mkv")])]);
    assert_eq!(counts(&rig.sync().await.unwrap()), [3, 0, 0, 0, 0, 0, 0]);
    rig.change(|server| server.maps.truncate(1));
    assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 2, 0, 0, 0, 1]);
    assert!(rig.states().iter().all(|(_, state)| *state == AssetState::Ready), "{:?}", rig.states());
    // what the server has no more is away
    rig.fake.has(vec![one, more(vec![])]);
    assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 2, 1, 0, 0, 0]);
}

#[tokio::test]
async fn a_disk_that_is_not_mounted_takes_nothing_along() {
    let mut rig = Rig::new(ALL[1]);
    let (one, two) = (rig.films(2), tempfile::tempdir().unwrap());
    std::fs::write(two.path().join("x.mkv"), "x").unwrap();
    let local = two.path().to_str().unwrap().to_owned();
    rig.change(|server| server.maps.push(PathMap { server: "/data/more".to_owned(), local }));
    let more = Library {
        id: "2".to_owned(),
        name: "More".to_owned(),
        titles: vec![film("x", "X", "/data/more/x.mkv")],
        ..films()
    };
    rig.fake.has(vec![one, more]);
    assert_eq!(counts(&rig.sync().await.unwrap()), [3, 0, 0, 0, 0, 0, 0]);
    std::fs::remove_file(two.path().join("x.mkv")).unwrap();
    let report = rig.sync().await.unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 0, 0, 0, 1]);
    assert!(report.faulty[0].message.contains("may not be mounted"), "{report:?}");
    assert!(rig.states().iter().all(|(_, state)| *state == AssetState::Ready), "{:?}", rig.states());
    std::fs::remove_dir_all(rig.folder.path().join("films")).unwrap();
    assert_eq!(rig.fails().await.code, "mapping_needed");
}

#[tokio::test]
async fn a_map_that_holds_several_disks_loses_none_of_them() {
    let rig = Rig::new(ALL[2]);
    rig.write("shows/x.mkv", "x");
    let shows = Library {
        id: "2".to_owned(),
        name: "Shows".to_owned(),
        folder: "/data/shows".to_owned(),
        titles: vec![film("x", "X", "/data/shows/x.mkv")],
        ..Library::default()
    };
    rig.fake.has(vec![rig.films(2), shows]);
    rig.sync().await.unwrap();
    std::fs::remove_dir_all(rig.folder.path().join("shows")).unwrap();
    assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 2, 0, 0, 0, 1]);
    assert!(rig.states().iter().all(|(_, state)| *state == AssetState::Ready), "{:?}", rig.states());
}
