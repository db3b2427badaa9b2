//! A media server as a source, as its owner meets it: added, synced and aired by the programs as they are built.

use std::path::Path;

use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Answer, Site};
use retrovue_testkit::media_server::{Episode, Library, MediaServer, Speaks, Title};
use retrovue_testkit::viewer::{Until, Viewer};
use retrovue_testkit::wait::wait_for;
use serde_json::{Value, json};

use crate::station::{CHANNEL, CHANNEL_FILE, SOON};

const TOKEN: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

struct Den {
    site: Site,
    server: MediaServer,
    media: String,
    key: String,
}

impl Den {
    /// A server that calls two clips episodes of a series. Their own names say nothing.
    fn new(speaks: Speaks) -> Self {
        let site = Site::new().unwrap().with("RETROVUE_CLOCK_START", "2026-11-22T20:00:00Z");
        Self::at(site.with("RETROVUE_SCHEDULE__DAYS", "3"), speaks)
    }

    fn at(site: Site, speaks: Speaks) -> Self {
        let media = site.home().join("media");
        std::fs::create_dir(&media).unwrap();
        let titles = [1, 2].map(|number| {
            let clip = Clip::new(u8::try_from(number).unwrap());
            let file = format!("x{number}.{}", clip.container.extension());
            clip.copy_to(&media.join(&file)).unwrap();
            let episode = Episode { series: "Show".to_owned(), season: 1, number, last: None };
            Title {
                id: format!("10{number}"),
                name: format!("Told by the server {number}"),
                path: format!("/srv/shows/{file}"),
                episode: Some(episode),
                genres: vec!["Sitcom".to_owned()],
                ..Title::default()
            }
        });
        let server = MediaServer::start(speaks, TOKEN);
        server.has(vec![Library {
            id: "7".to_owned(),
            name: "Shows".to_owned(),
            is_series: true,
            folder: "/srv/shows".to_owned(),
            titles: titles.into(),
        }]);
        let key = site.home().join("key");
        std::fs::write(&key, format!("{TOKEN}\n")).unwrap();
        let [media, key] = [media, key].map(|path| path.to_str().unwrap().to_owned());
        Self { site, server, media, key }
    }

    async fn run(&self, arguments: &[&str]) -> Answer {
        let answer = self.site.retrovue(arguments).await.unwrap();
        assert!(!format!("{answer:?}").contains(TOKEN), "a token is in no answer: {answer:?}");
        answer
    }

    async fn data(&self, arguments: &[&str]) -> Value {
        self.run(arguments).await.data().unwrap().clone()
    }

    /// Exit code and code of a failure.
    async fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let answer = self.run(arguments).await;
        let error = &answer.document["error"];
        assert!(!error["message"].as_str().unwrap().is_empty());
        (answer.code, error["code"].as_str().unwrap().to_owned())
    }

    async fn add(&self, kind: &str, more: &[&str]) -> Answer {
        let url = self.server.url();
        let add = ["source", "add", "den", "--kind", kind, "--url", &url, "--token-file", &self.key];
        self.run(&[&add, more].concat()).await
    }
}

/// Whether any file below `folder` holds the token, but for the folder of tokens and the one that the test made.
fn holds_token(folder: &Path) -> Option<std::path::PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find_map(|path| {
        match path.file_name().unwrap().to_str() {
            Some("tokens" | "key" | "media") => None,
            _ if path.is_dir() => holds_token(&path),
            _ => {
                let content = std::fs::read(&path).unwrap_or_default();
                content.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()).then_some(path)
            }
        }
    })
}

#[tokio::test]
async fn a_channel_plays_what_a_media_server_has() {
    let den = Den::new(Speaks::Jellyfin);
    let _core = den.site.start_core().await.unwrap();
    let map = format!("/srv/shows={}", den.media);
    den.add("jellyfin", &["--map", &map]).await.data().unwrap();
    let report = den.data(&["source", "sync", "den"]).await;
    assert_eq!((&report["ready"], &report["unmapped_count"]), (&json!(2), &json!(0)), "{report}");
    let assets = den.data(&["asset", "list", "--match", "series=Show,genres=Sitcom"]).await["assets"].clone();
    assert_eq!(assets.as_array().unwrap().len(), 2, "{assets}");
    let shown = den.data(&["asset", "show", assets[0]["id"].as_str().unwrap()]).await;
    assert_eq!((&shown["origins"]["title"], &shown["collection"]), (&json!("server"), &json!("Shows")));

    let file = den.site.home().join("marked.yaml");
    std::fs::write(&file, CHANNEL_FILE).unwrap();
    den.data(&["channel", "apply", file.to_str().unwrap()]).await;
    let mut viewer = Viewer::connect(&den.site.url(&format!("/channel/{CHANNEL}.ts"))).await.unwrap();
    // air needs no server
    den.server.stop();
    viewer.until(Until::Pictures(150), SOON).await.unwrap();
    let events = den.data(&["playlog", "show", CHANNEL]).await["events"].clone();
    let title = events[0]["asset"]["title"].as_str().unwrap();
    assert!(title.starts_with("Told by the server"), "{title}");
    let status = den.data(&["status"]).await;
    let channel = &status["channels"][0];
    assert_eq!(channel["state"], "on_air");
    assert!(channel["slate_frames"].as_u64().unwrap() < 75, "most of what is seen are the files: {channel}");

    assert_eq!(den.fails(&["source", "sync", "den"]).await, (1, "server_unreachable".to_owned()));
    let copy = den.site.home().join("copy.db");
    den.data(&["db", "backup", copy.to_str().unwrap()]).await;
    assert_eq!(holds_token(den.site.home()), None);
}

#[tokio::test]
async fn a_server_is_asked_now_and_then_and_its_absence_changes_nothing() {
    let site = Site::new().unwrap().with("RETROVUE_LIBRARY__WATCH", "on").with("RETROVUE_LIBRARY__POLL", "1s");
    let den = Den::at(site, Speaks::Plex);
    let _core = den.site.start_core().await.unwrap();
    let map = format!("/srv={}", Path::new(&den.media).parent().unwrap().to_str().unwrap());
    std::os::unix::fs::symlink(&den.media, den.site.home().join("shows")).unwrap();
    den.add("plex", &["--map", &map]).await.data().unwrap();
    let becomes = async |wanted: Value| {
        let is_so = async || {
            let assets = den.data(&["source", "show", "den"]).await["assets"].clone();
            (json!([assets["ready"], assets["missing"]]) == wanted).then_some(())
        };
        wait_for(&format!("ready and missing to be {wanted}"), SOON, is_so).await.unwrap();
    };
    becomes(json!([2, 0])).await;
    den.server.stop();
    let log = den.site.home().join("retrovue-core.log");
    let told = async || std::fs::read_to_string(&log).unwrap().contains("cannot be reached").then_some(());
    wait_for("Core to tell that it is away", SOON, told).await.unwrap();
    becomes(json!([2, 0])).await;
}

#[tokio::test]
async fn a_server_is_added_changed_and_removed_by_the_command_line() {
    for (kind, speaks) in [("jellyfin", Speaks::Jellyfin), ("emby", Speaks::Emby), ("plex", Speaks::Plex)] {
        let den = Den::new(speaks);
        let _core = den.site.start_core().await.unwrap();
        let tried = den.add(kind, &["--dry-run"]).await;
        let server = tried.data().unwrap()["server"].clone();
        assert_eq!((tried.code, &tried.document["dry_run"]), (0, &json!(true)));
        assert_eq!((&server["name"], &server["unmapped"]), (&json!("Den"), &json!(["/srv/shows"])));
        let library = &server["libraries"][0];
        assert_eq!(
            (&library["name"], &library["kind"], &library["items"], &library["folders"]),
            (&json!("Shows"), &json!("programme"), &json!(2), &json!([{"server": "/srv/shows", "local": null}]))
        );
        assert_eq!(den.data(&["source", "list"]).await["sources"], json!([]), "nothing was added");

        assert_eq!(den.add(kind, &[]).await.code, 0);
        assert_eq!(den.fails(&["source", "sync", "den"]).await, (1, "mapping_needed".to_owned()));
        let map = format!("/srv={}", den.media);
        let tried = den.data(&["source", "edit", "den", "--map", &map, "--dry-run"]).await;
        assert_eq!(tried["maps"], json!([{"server": "/srv", "local": den.media}]));
        assert_eq!(den.data(&["source", "show", "den"]).await["maps"], json!([]), "nothing was changed");
        let map = format!("/srv/shows={}", den.media);
        den.data(&["source", "edit", "den", "--map", &map, "--library-kind", "Shows=bumper"]).await;
        let tried = den.data(&["source", "sync", "den", "--dry-run"]).await;
        assert_eq!((&tried["added"], &tried["ready"]), (&json!(2), &json!(0)));
        let shown = den.data(&["source", "show", "den"]).await;
        assert_eq!(
            (&shown["kind"], &shown["url"], &shown["path"], &shown["library_kinds"]),
            (&json!(kind), &json!(den.server.url()), &Value::Null, &json!({"Shows": "bumper"}))
        );
        let nowhere = den.site.home().to_str().unwrap();
        let more = format!("/other={nowhere}");
        let both = den.data(&["source", "edit", "den", "--map", &more, "--dry-run"]).await["maps"].clone();
        assert_eq!(both.as_array().unwrap().len(), 2, "a map is added to those there are: {both}");
        let one =
            den.data(&["source", "edit", "den", "--clear", "map", "--map", &more, "--dry-run"]).await["maps"].clone();
        assert_eq!(one, json!([{"server": "/other", "local": nowhere}]));
        let cleared = den.data(&["source", "edit", "den", "--clear", "library-kind"]).await;
        assert_eq!((&cleared["library_kinds"], &cleared["server"]), (&json!({}), &Value::Null));

        let edit = |more: &[&'static str]| [&["source", "edit", "den"], more].concat();
        assert_eq!(den.fails(&edit(&["--url", "http://me:pass@box"])).await, (2, "url_invalid".to_owned()));
        assert_eq!(den.fails(&edit(&["--url", "http://127.0.0.1:9"])).await, (1, "token_missing".to_owned()));
        let elsewhere = ["source", "edit", "den", "--url", "http://127.0.0.1:9", "--token-file", &den.key];
        assert_eq!(den.fails(&elsewhere).await, (1, "server_unreachable".to_owned()));
        assert_eq!(den.fails(&edit(&["--map", "data=/tmp"])).await, (2, "mapping_invalid".to_owned()));
        assert_eq!(den.fails(&edit(&["--map", "/data=/not/there"])).await, (3, "folder_not_found".to_owned()));
        assert_eq!(den.fails(&edit(&["--map", "/data"])).await, (2, "usage".to_owned()));
        assert_eq!(den.fails(&edit(&["--library-kind", "Shows=slate"])).await, (2, "usage".to_owned()));
        assert_eq!(den.fails(&edit(&["--library-kind", "No=psa"])).await, (3, "library_not_found".to_owned()));
        assert_eq!(den.fails(&edit(&["--token-file", "/not/there"])).await, (3, "file_not_found".to_owned()));
        assert_eq!(den.fails(&["source", "edit", "no", "--map", "/=/"]).await, (3, "source_not_found".to_owned()));
        den.server.takes("another");
        assert_eq!(den.fails(&["source", "sync", "den"]).await, (1, "server_refused".to_owned()));
        assert_eq!(den.fails(&edit(&["--token-file", "/etc/hostname"])).await.0, 1, "a token that is not taken");
        den.server.takes(TOKEN);
        assert_eq!(den.data(&["source", "sync", "den"]).await["added"], 2, "nothing was changed by what failed");

        let tokens = den.site.home().join("tokens");
        assert_eq!(std::fs::read_dir(&tokens).unwrap().count(), 1);
        std::fs::remove_dir_all(&tokens).unwrap();
        assert_eq!(den.fails(&["source", "sync", "den"]).await, (1, "token_missing".to_owned()));
        den.data(&["source", "edit", "den", "--token-file", &den.key]).await;
        assert_eq!(den.data(&["source", "sync", "den"]).await["unchanged"], 2);
        assert_eq!(den.add(kind, &[]).await.document["error"]["code"], "source_exists");
        den.data(&edit(&["--library-kind", "Shows=psa"])).await;
        den.server.has(vec![]);
        // a kind of a library that is gone hinders nothing
        den.data(&["source", "edit", "den", "--token-file", &den.key]).await;
        den.data(&["source", "remove", "den", "--yes"]).await;
        assert_eq!(std::fs::read_dir(&tokens).unwrap().count(), 0);
        assert_eq!(holds_token(den.site.home()), None);

        den.data(&["source", "add", "folder", "--path", &den.media]).await;
        assert_eq!(den.fails(&["source", "edit", "folder", "--map", "/=/"]).await, (4, "not_a_server".to_owned()));
        assert_eq!(den.fails(&["source", "add", "none"]).await, (2, "usage".to_owned()));
        let both = ["source", "add", "both", "--path", "/tmp", "--url", "http://box"];
        assert_eq!(den.fails(&both).await, (2, "usage".to_owned()));
        assert_eq!(den.fails(&["source", "add", "bare", "--kind", kind]).await, (2, "usage".to_owned()));
    }
}
