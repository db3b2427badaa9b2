//! Syncs of media servers that answer over HTTP, with files on disk, into a real database.

mod away;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_schedule::{Kind as AssetKind, MediaType};
use retrovue_store::Store;
use retrovue_store::library::{
    Asset, AssetFilter, AssetState, Description, Field, Media, MediaServer, NewSource, Origin, PathMap, Place,
    ServerKind, Source,
};
use retrovue_testkit::media_server::{self as fake, Episode, Library, Speaks, Title, Trouble};
use retrovue_timeline::UtcTime;

use super::*;
use crate::ingest::inspect::{InspectFailure, Inspection, Inspector};
use crate::ingest::progress::Syncs;
use crate::ingest::provider::Folder;
use crate::ingest::stall::PATIENCE;
use crate::ingest::sync::{Sync, SyncReport};

const TOKEN: &str = "5up3r5ecretT0ken";

const ALL: [(ServerKind, Speaks); 3] =
    [(ServerKind::Jellyfin, Speaks::Jellyfin), (ServerKind::Emby, Speaks::Emby), (ServerKind::Plex, Speaks::Plex)];

struct EveryFilePlays;

impl Inspector for EveryFilePlays {
    async fn inspect(&self, path: &Path) -> Result<Inspection, InspectFailure> {
        if !path.exists() {
            return Err(InspectFailure::Gone);
        }
        let media = Media { duration_ns: 1_000_000_000, container: "text".to_owned(), ..Media::default() };
        Ok(Inspection { media, tags: BTreeMap::new() })
    }
}

/// A server, a folder where its `/data` is, and a source that knows of both.
struct Rig {
    fake: fake::MediaServer,
    store: Store,
    clock: MasterClock,
    source: Source,
    tokens: Tokens,
    syncs: Syncs,
    page: usize,
    folder: tempfile::TempDir,
    home: tempfile::TempDir,
}

impl Rig {
    fn new((kind, speaks): (ServerKind, Speaks)) -> Self {
        let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let fake = fake::MediaServer::start(speaks, TOKEN);
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let clock = MasterClock::manual(UtcTime::from_millis(1_700_000_000_000));
        let local = folder.path().to_str().unwrap().to_owned();
        let server = MediaServer {
            kind,
            url: fake.url(),
            maps: vec![PathMap { server: "/data".to_owned(), local }],
            library_kinds: BTreeMap::new(),
        };
        let new = NewSource { name: "box".to_owned(), place: Place::Server(server), review: false };
        let source = store.add_source(&new, clock.now()).unwrap();
        let tokens = Tokens::of_home(home.path());
        tokens.keep(&source.id, &fake.url(), &Token::new(TOKEN).unwrap()).unwrap();
        let mut syncs = Syncs::default();
        syncs.pace.quiet = Duration::ZERO;
        Self { fake, store, clock, source, tokens, syncs, page: 3, folder, home }
    }

    fn server(&self) -> Server {
        let Place::Server(server) = &self.source.place else { panic!("it is a server") };
        let server = Server::new(&self.source, server, &self.tokens, self.syncs.pace.patience);
        Server { page: self.page, ..server }
    }

    fn change(&mut self, change: impl FnOnce(&mut MediaServer)) {
        let Place::Server(server) = &mut self.source.place else { panic!("it is a server") };
        change(server);
    }

    fn write(&self, path: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Films called `Film 0` and so on, each with its file.
    fn films(&self, count: usize) -> Library {
        let titles = (0..count).map(|number| {
            let path = format!("films/Film {number} (1984)/film.mkv");
            self.write(&path, &format!("film {number}"));
            film(&format!("f{number}"), &format!("Film {number}"), &format!("/data/{path}"))
        });
        Library { titles: titles.collect(), ..films() }
    }

    async fn sync(&self) -> Result<SyncReport, Failure> {
        let Self { store, clock, source, syncs, .. } = self;
        let claim = Arc::new(syncs.running.claim(&source.id).unwrap());
        let provider = self.server();
        Sync { store, clock, inspector: &EveryFilePlays, source, claim, syncs, provider: &provider }.run().await
    }

    async fn sync_by_itself(&self) -> Result<SyncReport, Failure> {
        let Self { store, clock, source, syncs, .. } = self;
        let claim = Arc::new(syncs.running.claim_as(&source.id, Progress::automatic()).unwrap());
        let provider = self.server();
        Sync { store, clock, inspector: &EveryFilePlays, source, claim, syncs, provider: &provider }.run().await
    }

    async fn fails(&self) -> Failure {
        let before = self.assets();
        let failure = self.sync().await.unwrap_err();
        assert_eq!(self.assets(), before, "nothing is changed by half of an answer");
        assert!(!format!("{failure:?}").contains(TOKEN), "{failure:?}");
        failure
    }

    fn assets(&self) -> Vec<Asset> {
        self.store.assets(&AssetFilter::default()).unwrap()
    }

    fn by_path(&self) -> HashMap<String, Asset> {
        let root = self.folder.path();
        let named = |asset: Asset| {
            let path = asset.path();
            (path.strip_prefix(root).unwrap_or(&path).to_str().unwrap().to_owned(), asset)
        };
        self.assets().into_iter().map(named).collect()
    }

    fn states(&self) -> Vec<(String, AssetState)> {
        let mut states: Vec<_> = self.by_path().into_iter().map(|(path, asset)| (path, asset.state)).collect();
        states.sort();
        states
    }
}

fn films() -> Library {
    Library { id: "1".to_owned(), name: "Films".to_owned(), folder: "/data/films".to_owned(), ..Library::default() }
}

fn film(id: &str, name: &str, path: &str) -> Title {
    Title { id: id.to_owned(), name: name.to_owned(), path: path.to_owned(), ..Title::default() }
}

fn episode(id: &str, number: u32, path: &str) -> Title {
    let episode = Episode { series: "Cheers".to_owned(), season: 1, number, last: None };
    Title { episode: Some(episode), ..film(id, &format!("Part {number}"), path) }
}

fn counts(report: &SyncReport) -> [u64; 7] {
    [
        report.added,
        report.updated,
        report.unchanged,
        report.missing,
        report.restored,
        report.moved,
        report.unmapped_count,
    ]
}

#[tokio::test]
async fn what_each_server_tells_becomes_what_is_known() {
    for kind in ALL {
        let rig = Rig::new(kind);
        rig.write("films/Alien (1979)/Alien.mkv", "alien");
        rig.write("films/Alien (1979)/poster.jpg", "picture");
        rig.write("films/Alien (1979)/Alien.nfo", "<movie><title>Alien!</title><edition>Uncut</edition></movie>");
        rig.write("shows/Cheers/Season 1/Cheers S01E02.mkv", "cheers");
        let alien = Title {
            year: Some(1979),
            aired: Some("1979-05-25".to_owned()),
            rating: Some("US:R".to_owned()),
            plot: Some("In space,\nnobody hears.".to_owned()),
            genres: vec!["Horror".to_owned(), "Sci-Fi".to_owned()],
            tags: vec!["Favourite".to_owned()],
            ..film("a1", "Alien", "/data/films/Alien (1979)/Alien.mkv")
        };
        let cheers = episode("e2", 2, "/data/shows/Cheers/Season 1/Cheers S01E02.mkv");
        let shows = Library {
            id: "2".to_owned(),
            name: "Shows".to_owned(),
            is_series: true,
            folder: "/data/shows".to_owned(),
            titles: vec![cheers, film("e9", "Nobody has it", "")],
        };
        rig.fake.has(vec![Library { titles: vec![alien], ..films() }, shows]);
        assert_eq!(counts(&rig.sync().await.unwrap()), [2, 0, 0, 0, 0, 0, 0], "{kind:?}");

        let assets = rig.by_path();
        let alien = &assets["films/Alien (1979)/Alien.mkv"];
        assert_eq!((alien.state, alien.collection.as_str()), (AssetState::Ready, "Films"));
        let Description { title, year, aired, rating, plot, genres, tags, edition, artwork, origins, .. } =
            &alien.description;
        assert_eq!((title.as_str(), *year, aired.as_deref()), ("Alien", Some(1979), Some("1979-05-25")));
        assert_eq!((rating.as_deref(), plot.as_deref()), (Some("R"), Some("In space, nobody hears.")));
        assert_eq!((genres.join("/"), tags.join("/")), ("Horror/Sci-Fi".to_owned(), "favourite".to_owned()));
        let beside = rig.folder.path().join("films/Alien (1979)/poster.jpg");
        assert_eq!((edition.as_deref(), artwork.as_deref()), (Some("Uncut"), beside.to_str()), "what lies beside it");
        assert_eq!((origins[&Field::Title], origins[&Field::Edition]), (Origin::Server, Origin::Nfo));
        let cheers = &assets["shows/Cheers/Season 1/Cheers S01E02.mkv"].description;
        assert_eq!((cheers.series.as_deref(), cheers.season, cheers.episode), (Some("Cheers"), Some(1), Some(2)));
        assert_eq!((cheers.media_type, cheers.kind), (MediaType::Episode, AssetKind::Programme));

        assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 2, 0, 0, 0, 0], "{kind:?}");
        let schedulable = rig.store.schedulable_assets().unwrap();
        assert_eq!(schedulable.len(), 2);
        assert!(schedulable.iter().all(|asset| Path::new(&asset.path).is_file()), "{schedulable:?}");
    }
}

#[tokio::test]
async fn libraries_are_listed_page_by_page() {
    for kind in ALL {
        let rig = Rig::new(kind);
        rig.fake.has(vec![rig.films(8)]);
        assert_eq!(counts(&rig.sync().await.unwrap()), [8, 0, 0, 0, 0, 0, 0]);
        let asked = rig.fake.asked();
        let pages = asked.iter().filter(|asked| asked.uri.contains("/Items?") || asked.uri.contains("/all?"));
        assert_eq!(pages.count(), 3, "{asked:?}");
        assert!(asked.iter().all(|asked| !asked.uri.contains(TOKEN)), "a token stands in no address");
        rig.fake.has(vec![films()]);
        assert_eq!(rig.sync_by_itself().await.unwrap_err().code, "server_empty");
        assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 0, 8, 0, 0, 0], "{kind:?}: believed where asked for");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_and_changes_nothing() {
    for kind in ALL {
        let mut rig = Rig::new(kind);
        rig.fake.has(vec![rig.films(5)]);
        rig.sync().await.unwrap();
        let elsewhere = "http://elsewhere.example:8096".to_owned();
        for (trouble, code) in [
            (Trouble::Status(401), "server_refused"),
            (Trouble::Status(403), "server_refused"),
            (Trouble::Status(404), "server_answer_invalid"),
            (Trouble::Status(500), "server_failed"),
            (Trouble::Status(503), "server_failed"),
            (Trouble::NotJson, "server_answer_invalid"),
            (Trouble::Else, "server_answer_invalid"),
            (Trouble::Endless, "server_answer_invalid"),
            (Trouble::Cut, "server_unreachable"),
            (Trouble::Redirect(elsewhere), "server_redirects"),
            (Trouble::Total(1), "server_answer_invalid"),
            (Trouble::Total(-1), "server_answer_invalid"),
        ] {
            for after in [0, 1] {
                rig.fake.fails(trouble.clone(), after, usize::MAX);
                let failure = rig.fails().await;
                assert_eq!(failure.code, code, "{kind:?} {trouble:?} {after}: {failure}");
                assert!(!failure.hint.is_empty());
            }
        }
        rig.syncs.pace.patience = Duration::from_millis(100);
        rig.fake.fails(Trouble::Silent, 1, usize::MAX);
        assert_eq!(rig.fails().await.code, "server_timeout", "{kind:?}");
        rig.syncs.pace.patience = PATIENCE;
        rig.fake.fails(Trouble::Silent, 0, 0);
        rig.fake.takes("another");
        assert_eq!(rig.fails().await.code, "server_refused");
        rig.fake.stop();
        assert_eq!(rig.fails().await.code, "server_unreachable");
        rig.tokens.forget(&rig.source.id);
        assert_eq!(rig.fails().await.code, "token_missing");
    }
}

#[tokio::test]
async fn a_redirect_names_the_address_to_give() {
    let rig = Rig::new(ALL[0]);
    rig.fake.has(vec![rig.films(1)]);
    rig.fake.fails(Trouble::Redirect("https://tv.example".to_owned()), 0, usize::MAX);
    let failure = rig.fails().await;
    assert!(failure.message.contains("sends whoever asks to https://tv.example,"), "{failure}");
}

#[tokio::test]
async fn a_library_that_changes_while_it_is_listed_is_listed_again() {
    let rig = Rig::new(ALL[0]);
    rig.fake.has(vec![rig.films(5)]);
    rig.fake.fails(Trouble::Total(1), 1, 1);
    assert_eq!(counts(&rig.sync().await.unwrap()), [5, 0, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_server_that_restarts_in_the_middle_is_asked_again_by_the_next_sync() {
    for kind in ALL {
        let rig = Rig::new(kind);
        rig.fake.has(vec![rig.films(7)]);
        rig.fake.fails(Trouble::Silent, 1, usize::MAX);
        let restart = async {
            let asked = async || rig.fake.asked().iter().any(|asked| asked.uri.contains("=3")).then_some(());
            retrovue_testkit::wait::wait_for("the second page to be asked for", PATIENCE, asked).await.unwrap();
            rig.fake.stop();
        };
        let (ended, ()) = tokio::join!(rig.sync(), restart);
        assert_eq!(ended.unwrap_err().code, "server_unreachable", "whoever waits learns it at once");
        assert_eq!(rig.assets(), []);
        rig.fake.fails(Trouble::Silent, 0, 0);
        rig.fake.go_on();
        assert_eq!(counts(&rig.sync().await.unwrap()), [7, 0, 0, 0, 0, 0, 0], "{kind:?}");
    }
}

#[tokio::test]
async fn an_item_stays_the_same_asset_whatever_becomes_of_its_file() {
    for kind in ALL {
        let rig = Rig::new(kind);
        rig.write("films/a.mkv", "a");
        rig.write("films/b.mkv", "b");
        let (a, b) = (film("a", "A", "/data/films/a.mkv"), film("b", "B", "/data/films/b.mkv"));
        rig.fake.has(vec![Library { titles: vec![a, b], ..films() }]);
        rig.sync().await.unwrap();
        let before = rig.by_path();

        // moved, and replaced by a better one of another name
        std::fs::create_dir(rig.folder.path().join("films/a")).unwrap();
        std::fs::rename(rig.folder.path().join("films/a.mkv"), rig.folder.path().join("films/a/a.mkv")).unwrap();
        std::fs::remove_file(rig.folder.path().join("films/b.mkv")).unwrap();
        rig.write("films/b.2160p.mkv", "b, sharper");
        let (a, b) = (film("a", "A", "/data/films/a/a.mkv"), film("b", "B", "/data/films/b.2160p.mkv"));
        rig.fake.has(vec![Library { titles: vec![a, b.clone()], ..films() }]);
        assert_eq!(counts(&rig.sync().await.unwrap()), [0, 1, 0, 0, 0, 1, 0]);
        let after = rig.by_path();
        assert_eq!(after["films/a/a.mkv"].id, before["films/a.mkv"].id);
        assert_eq!(after["films/b.2160p.mkv"].id, before["films/b.mkv"].id);
        assert!(after.values().all(|asset| asset.state == AssetState::Ready), "{kind:?}");

        // deleted
        rig.fake.has(vec![Library { titles: vec![b], ..films() }]);
        assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 1, 1, 0, 0, 0]);
        assert_eq!(
            rig.states(),
            [("films/a/a.mkv".to_owned(), AssetState::Missing), ("films/b.2160p.mkv".to_owned(), AssetState::Ready)]
        );
    }
}

#[tokio::test]
async fn what_the_server_tells_anew_is_taken_over_and_what_the_operator_said_stays() {
    let rig = Rig::new(ALL[0]);
    rig.fake.has(vec![rig.films(1)]);
    rig.sync().await.unwrap();
    let id = rig.assets()[0].id.clone();
    let correct = |told: &mut retrovue_store::library::Told| told.year = Some(2000);
    rig.store.correct_asset(&id, correct, rig.clock.now(), false).unwrap();
    let path = "/data/films/Film 0 (1984)/film.mkv";
    let title = Title { year: Some(1985), ..film("f0", "Another name", path) };
    rig.fake.has(vec![Library { name: "80s Commercials".to_owned(), titles: vec![title], ..films() }]);
    let report = rig.sync().await.unwrap();
    assert_eq!((report.described, counts(&report)), (1, [0, 0, 1, 0, 0, 0, 0]));
    let asset = &rig.assets()[0];
    let Description { title, year, kind, .. } = &asset.description;
    assert_eq!((title.as_str(), *year, *kind), ("Another name", Some(2000), AssetKind::Commercial));
    assert_eq!(asset.collection, "80s Commercials");
    rig.store.set_enricher("artwork", |chosen| drop(chosen.insert("fanart".into(), "false".into())), false).unwrap();
    assert_eq!(rig.store.sources_to_describe().unwrap(), [asset.source_id.as_str()], "as with folders");
}

#[tokio::test]
async fn a_librarys_kind_can_be_said() {
    let mut rig = Rig::new(ALL[2]);
    rig.change(|server| server.library_kinds = [("Films".to_owned(), AssetKind::Filler)].into());
    rig.fake.has(vec![rig.films(1)]);
    rig.sync().await.unwrap();
    assert_eq!(rig.assets()[0].description.kind, AssetKind::Filler);
    let collections = rig.store.collections().unwrap();
    assert_eq!((collections[0].name.as_str(), collections[0].kind), ("Films", AssetKind::Filler));
}

#[tokio::test]
async fn a_library_that_is_renamed_is_the_same_collection() {
    for kind in ALL {
        let mut rig = Rig::new(kind);
        rig.change(|server| server.library_kinds = [("Films".to_owned(), AssetKind::Filler)].into());
        let Place::Server(server) = &rig.source.place else { panic!("it is a server") };
        rig.store.change_server("box", server, false).unwrap();
        rig.write("shows/x.mkv", "x");
        let titles = vec![film("x", "X", "/data/shows/x.mkv")];
        let folder = "/data/shows".to_owned();
        let shows = Library { id: "2".to_owned(), name: "Shows".to_owned(), folder, titles, ..Library::default() };
        let films = rig.films(2);
        rig.fake.has(vec![films.clone(), shows.clone()]);
        rig.sync().await.unwrap();
        rig.store.enable_collections(&["box/Films".to_owned()], false, false).unwrap();

        let called = |library: &Library, name: &str| Library { name: name.to_owned(), ..library.clone() };
        for (first, second) in [("Clips", "Shows"), ("Shows", "Clips"), ("Clips", "Shows"), ("Shows", "Films")] {
            rig.fake.has(vec![called(&films, first), called(&shows, second)]);
            rig.source = rig.store.source("box").unwrap();
            assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 3, 0, 0, 0, 0]);
            let collections = rig.store.collections().unwrap();
            let told = collections.iter().map(|one| (one.name.as_str(), (one.enabled, one.kind, one.ready)));
            let [first, second] = [(first, (false, AssetKind::Filler, 2)), (second, (true, AssetKind::Programme, 1))];
            assert_eq!(told.collect::<BTreeMap<_, _>>(), [first, second].into(), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_two_items_is_one_asset() {
    for kind in ALL {
        let rig = Rig::new(kind);
        rig.write("shows/Cheers S01E01-E02.mkv", "double");
        rig.write("films/film.mkv", "film");
        let double = "/data/shows/Cheers S01E01-E02.mkv";
        let shows = Library {
            is_series: true,
            name: "Shows".to_owned(),
            id: "2".to_owned(),
            titles: vec![episode("e2", 2, double), episode("e3", 1, double)],
            ..films()
        };
        let (one, two) = (film("z", "Mine", "/data/films/film.mkv"), film("a", "Yours", "/data/films/film.mkv"));
        let mine = Library { titles: vec![one], ..films() };
        let yours = Library { id: "3".to_owned(), name: "Other films".to_owned(), titles: vec![two], ..films() };
        rig.fake.has(vec![yours.clone(), shows.clone(), mine.clone()]);
        assert_eq!(counts(&rig.sync().await.unwrap()), [2, 0, 0, 0, 0, 0, 0]);
        let assets = rig.by_path();
        let double = &assets["shows/Cheers S01E01-E02.mkv"].description;
        assert_eq!((double.episode, double.last_episode, double.title.as_str()), (Some(1), Some(2), "Part 1 / Part 2"));
        let film = &assets["films/film.mkv"];
        assert_eq!((film.collection.as_str(), film.description.title.as_str()), ("Films", "Mine"));
        rig.fake.has(vec![mine, shows, yours]);
        assert_eq!(rig.sync().await.unwrap().described, 0, "{kind:?}: in whatever order they come");
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_told() {
    let mut rig = Rig::new(ALL[0]);
    rig.fake.has(vec![rig.films(1)]);
    rig.change(|server| server.url = server.url.replace("http:", "https:"));
    assert_eq!(rig.fails().await.code, "token_missing", "the token was given for another address");
    let Place::Server(server) = &rig.source.place else { panic!("it is a server") };
    rig.tokens.keep(&rig.source.id, &server.url, &Token::new(TOKEN).unwrap()).unwrap();
    let failure = rig.fails().await;
    assert!(matches!(failure.code.as_str(), "server_unreachable" | "client_failed"), "{failure}");
}

#[tokio::test]
async fn a_folder_with_the_same_files_is_a_source_of_its_own() {
    let rig = Rig::new(ALL[2]);
    rig.fake.has(vec![rig.films(2)]);
    rig.sync().await.unwrap();
    let place = Place::Folder(rig.folder.path().to_owned());
    let new = NewSource { name: "folder".to_owned(), place, review: false };
    let source = rig.store.add_source(&new, rig.clock.now()).unwrap();
    let claim = Arc::new(rig.syncs.running.claim(&source.id).unwrap());
    let (store, clock, syncs) = (&rig.store, &rig.clock, &rig.syncs);
    let provider = Folder::new(rig.folder.path());
    let sync = Sync { store, clock, inspector: &EveryFilePlays, source: &source, claim, syncs, provider: &provider };
    assert_eq!(sync.run().await.unwrap().added, 2, "another source knows the same files as other assets");
    assert_eq!(counts(&rig.sync().await.unwrap()), [0, 0, 2, 0, 0, 0, 0]);
}

#[tokio::test]
async fn the_token_is_in_no_file_but_its_own() {
    let rig = Rig::new(ALL[0]);
    rig.fake.has(vec![rig.films(2)]);
    rig.sync().await.unwrap();
    let holding = std::fs::read_dir(rig.home.path()).unwrap().map(|entry| entry.unwrap().path());
    for file in holding.filter(|path| path.is_file()) {
        let content = std::fs::read(&file).unwrap();
        let found = content.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "{}", file.display());
    }
}
