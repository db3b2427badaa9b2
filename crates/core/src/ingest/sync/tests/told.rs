//! What is told of files beside their names: NFO files, corrections, enrichers.

use super::*;

#[tokio::test]
async fn nfo_files_and_artwork_are_taken_in_when_they_change() {
    let rig = Rig::new(false);
    let path = "Cheers (1982)/Season 01/Cheers - S01E02.mkv";
    rig.write(path, "cheers");
    rig.write("Cheers (1982)/poster.jpg", "picture");
    rig.run().await;
    let described = || rig.assets().remove(path).unwrap().description;
    assert_eq!(described().title, "Episode 2");
    assert_eq!(described().artwork.as_deref(), Some("Cheers (1982)/poster.jpg"));

    rig.write(
        "Cheers (1982)/tvshow.nfo",
        "<tvshow><title>Cheers!</title><year>1983</year><genre>Comedy</genre></tvshow>",
    );
    let nfo = "Cheers (1982)/Season 01/Cheers - S01E02.nfo";
    rig.write(nfo, "<episodedetails><title>Sam's Women</title><season>1</season><episode>2</episode></episodedetails>");
    rig.write("Cheers (1982)/Season 01/Cheers - S01E02-thumb.jpg", "picture");
    assert_eq!(rig.run().await, "unchanged 1, described 1, ready 1");
    let now = described();
    assert_eq!((now.title.as_str(), now.series.as_deref(), now.year), ("Sam's Women", Some("Cheers!"), Some(1983)));
    assert_eq!((now.genres, now.origins[&Field::Title]), (vec!["Comedy".to_owned()], Origin::Nfo));
    assert_eq!(now.artwork.as_deref(), Some("Cheers (1982)/Season 01/Cheers - S01E02-thumb.jpg"));
    assert_eq!(rig.run().await, "unchanged 1, ready 1");

    rig.write(nfo, "<episodedetails><title>Sam's");
    let report = rig.sync().run().await.unwrap();
    assert_eq!((report.described, report.unread.len(), report.ready), (1, 1, 1));
    assert!(report.unread[0].message.contains("Cheers - S01E02.nfo ends within"), "{}", report.unread[0].message);
    assert_eq!((described().title.as_str(), described().series.as_deref()), ("Episode 2", Some("Cheers!")));

    std::fs::remove_file(rig.path("Cheers (1982)/tvshow.nfo")).unwrap();
    rig.write(nfo, &"x".repeat(1024 * 1024 + 1));
    let report = rig.sync().run().await.unwrap();
    assert!(report.unread[0].message.ends_with("is longer than 1024 KiB"), "{}", report.unread[0].message);
    assert_eq!(described().series.as_deref(), Some("Cheers"));
}

#[tokio::test]
async fn a_film_nfo_tells_of_the_film_alone_in_its_folder() {
    let rig = Rig::new(false);
    let nfo = "<movie><title>The Right Title</title><year>1982</year><mpaa>Rated R</mpaa></movie>";
    for path in
        ["Movies/One (1982)/one.mkv", "Movies/One (1982)/one-trailer.mkv", "Movies/Both/a.mkv", "Movies/Both/b.mkv"]
    {
        rig.write(path, path);
    }
    rig.write("Movies/One (1982)/movie.nfo", nfo);
    rig.write("Movies/One (1982)/fanart.jpg", "picture");
    rig.write("Movies/Both/movie.nfo", nfo);
    rig.run().await;
    let assets = rig.assets();
    let one = &assets["Movies/One (1982)/one.mkv"].description;
    assert_eq!((one.title.as_str(), one.rating.as_deref()), ("The Right Title", Some("R")));
    assert_eq!(one.fanart.as_deref(), Some("Movies/One (1982)/fanart.jpg"));
    for (path, title) in [("Movies/One (1982)/one-trailer.mkv", "one (trailer)"), ("Movies/Both/a.mkv", "a")] {
        assert_eq!(assets[path].description.title, title);
    }
}

#[tokio::test]
async fn a_correction_outlives_nfo_files_and_renames() {
    let rig = Rig::new(false);
    rig.write("one.mkv", "one");
    rig.run().await;
    let id = rig.assets()["one.mkv"].id.clone();
    let correct = |told: &mut Told| told.title = Some("Mine".to_owned());
    rig.store.correct_asset(&id, correct, rig.clock.now(), false).unwrap();
    rig.write("one.nfo", "<movie><title>Theirs</title><year>1999</year></movie>");
    assert_eq!(rig.run().await, "unchanged 1, described 1, ready 1");
    let film = rig.assets().remove("one.mkv").unwrap().description;
    assert_eq!((film.title.as_str(), film.year), ("Mine", Some(1999)));
    rig.rename("one.mkv", "Two (2000).mkv");
    rig.run().await;
    let film = rig.assets().remove("Two (2000).mkv").unwrap().description;
    assert_eq!((film.title.as_str(), film.year), ("Mine", Some(2000)));
}

fn set(name: &str, value: &str) -> impl FnOnce(&mut BTreeMap<String, String>) {
    let (name, value) = (name.to_owned(), value.to_owned());
    move |chosen| {
        chosen.insert(name, value);
    }
}

#[tokio::test]
async fn what_enrichers_do_not_read_tells_nothing() {
    let rig = Rig::new(false);
    let path = "Cheers (1982)/Season 01/Cheers - S01E02 - Title.mkv";
    rig.write(path, "cheers");
    rig.write("Cheers (1982)/tvshow.nfo", "<tvshow><title>Cheers!</title></tvshow>");
    rig.write(
        "Cheers (1982)/Season 01/Cheers - S01E02 - Title.nfo",
        "<episodedetails><plot>Sam.</plot></episodedetails>",
    );
    rig.write("Cheers (1982)/poster.jpg", "picture");
    rig.write("Cheers (1982)/fanart.jpg", "picture");
    rig.run().await;
    let told = || {
        let told = rig.assets().remove(path).unwrap().description;
        (told.title, told.series, told.plot.is_some(), told.artwork.is_some(), told.fanart.is_some())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(told(), ("Title".to_owned(), some("Cheers!"), true, true, true));
    rig.store.set_enricher("nfo", set("series", "false"), false).unwrap();
    rig.store.set_enricher("artwork", set("fanart", "false"), false).unwrap();
    assert_eq!(rig.store.sources_to_describe().unwrap(), std::slice::from_ref(&rig.source.id));
    rig.sync().redescribe().await.unwrap();
    assert_eq!(rig.store.sources_to_describe().unwrap(), [""; 0]);
    assert_eq!(told(), ("Title".to_owned(), some("Cheers"), true, true, false));
    let everywhere = Where::Source(rig.source.id.clone());
    for kind in ["nfo", "artwork", "filename"] {
        rig.store.detach_enricher(kind, &everywhere, false).unwrap();
    }
    assert_eq!(rig.run().await, "unchanged 1, described 1, ready 1");
    assert_eq!(told(), ("Cheers - S01E02 - Title".to_owned(), None, false, false, false));
    rig.store.attach_enricher("filename", &everywhere, false).unwrap();
    assert_eq!(rig.run().await, "unchanged 1, described 1, ready 1");
    assert_eq!(told(), ("Title".to_owned(), some("Cheers"), false, false, false));
    assert_eq!(rig.run().await, "unchanged 1, ready 1");
}

#[tokio::test]
async fn a_setting_reads_again_what_it_concerns_alone() {
    let rig = Rig::new(false);
    for path in ["One/a.mkv", "Two/b.mkv"] {
        rig.write(path, path);
        rig.write(path.replace("mkv", "nfo"), "<movie><title>Before</title></movie>");
    }
    rig.run().await;
    // Of the same length and time, so that only whoever reads it again sees it.
    for path in ["One/a.nfo", "Two/b.nfo"] {
        let modified = rig.path(path).metadata().unwrap().modified().unwrap();
        rig.write(path, "<movie><title>Beyond</title></movie>");
        let times = std::fs::FileTimes::new().set_modified(modified);
        File::options().write(true).open(rig.path(path)).unwrap().set_times(times).unwrap();
    }
    let titles = || ["One/a.mkv", "Two/b.mkv"].map(|path| rig.assets().remove(path).unwrap().description.title);
    rig.store.set_enricher("artwork", set("fanart", "false"), false).unwrap();
    assert_eq!(rig.run().await, "unchanged 2, described 2, ready 2");
    assert_eq!(titles(), ["Before", "Before"], "artwork needs no NFO file");
    let new = Enricher {
        name: "films".to_owned(),
        kind: EnricherKind::Nfo,
        is_default: false,
        settings: BTreeMap::from([("series".to_owned(), "false".to_owned())]),
    };
    rig.store.add_enricher(&new, false).unwrap();
    let two = rig.store.collections().unwrap().into_iter().find(|known| known.name == "Two").unwrap();
    rig.store.attach_enricher("films", &Where::Collections(vec![two.id]), false).unwrap();
    assert_eq!(rig.run().await, "unchanged 2, described 1, ready 2");
    assert_eq!(titles(), ["Before", "Beyond"], "the other collection has another enricher");
}
