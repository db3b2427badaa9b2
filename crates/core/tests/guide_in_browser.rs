//! The guide as a browser shows it: Core's binary, Chromium, and nothing between.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use retrovue_schedule::{Kind, MediaType};
use retrovue_store::Store;
use retrovue_store::library::{
    AssetFilter, Change, Collection, FileFacts, Layers, Media, NewSource, Origin, Place, Told,
};
use retrovue_testkit::daemon::Site;
use retrovue_testkit::http;
use retrovue_timeline::UtcTime;
use tokio::process::Command;

/// A browser may be slow on a machine that builds at the same time.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs where it is taken for anything but text, and is seen where it is shown.
const HOSTILE: &str = "<script>document.title = 'owned'</script><img src=/nothing onerror=alert(1)>";

/// What the browser showed of a page.
struct Seen {
    /// The document as it stands after loading.
    dom: String,
    /// Lines that pages and the browser wrote to the console.
    console: Vec<String>,
}

/// Opens `url` on a screen of `size`, and keeps a picture of it under the name.
async fn open(url: &str, size: &str, picture: &Path) -> Seen {
    let profile = tempfile::tempdir().unwrap();
    let chromium = |action: &str| {
        let mut command = Command::new("chromium");
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--window-size={size}"))
            .args([action, url])
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    };
    let run = async |action: &str| {
        let output = tokio::time::timeout(PATIENCE, chromium(action).output()).await.unwrap_or_else(|_| {
            panic!("chromium {action} did not end within {PATIENCE:?}");
        });
        match output {
            Ok(output) => output,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("this test needs chromium, which is not installed; install it with: apt-get install chromium")
            }
            Err(error) => panic!("chromium could not be started: {error}"),
        }
    };
    let shown = run("--dump-dom").await;
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(shown.status.success(), "chromium ended with {}: {said}", shown.status);
    std::fs::create_dir_all(picture.parent().unwrap()).unwrap();
    run(&format!("--screenshot={}", picture.display())).await;
    assert!(picture.metadata().is_ok_and(|picture| picture.len() > 5_000), "no picture at {}", picture.display());
    Seen {
        dom: String::from_utf8(shown.stdout).unwrap(),
        console: said.lines().filter(|line| line.contains("CONSOLE")).map(ToOwned::to_owned).collect(),
    }
}

/// Three episodes of half an hour each, ready and approved.
fn fill(store: &Store) {
    let now = UtcTime::from_millis(1_700_000_000_000);
    let new =
        NewSource { name: "tapes".to_owned(), place: Place::Folder(PathBuf::from("/media/tapes")), review: false };
    let source = store.add_source(&new, now).unwrap();
    let change = |change: Change| store.change_assets(&source.id, &[change], now).unwrap();
    for (episode, title) in (1_u32..).zip(["The Lodger Upstairs", "Two Umbrellas", "<b>Low</b> Season"]) {
        let path = PathBuf::from(format!("{episode}.mkv"));
        let file = FileFacts { path, size: 1, mtime_ns: 1, fingerprint: Some(episode.into()) };
        let told = Told {
            media_type: Some(MediaType::Episode),
            title: Some(title.to_owned()),
            series: Some("The Harbour Hotel".to_owned()),
            season: Some(1),
            episode: Some(episode),
            ..Told::default()
        };
        let layers = Layers::from((Origin::FileName, told));
        let collection = Collection { name: ".".to_owned(), kind: Kind::Programme };
        change(Change::Add { file: file.clone(), collection, layers });
        let found = store.assets(&AssetFilter::default()).unwrap();
        let id = found.into_iter().find(|asset| asset.file.path == file.path).unwrap().id;
        store.begin_enriching(&source.id, std::slice::from_ref(&id), now).unwrap();
        let media = Media {
            duration_ns: 1_800_000_000_000,
            container: "video/x-matroska".to_owned(),
            streams: Vec::new(),
            ..Media::default()
        };
        change(Change::Ready { id, media, told: Box::default() });
    }
}

/// A channel that shows them without a gap.
fn channel(site: &Site, slug: &str, name: &str, slot: &str) -> String {
    let file = site.home().join(format!("{slug}.yaml"));
    let text = format!(
        "channel: {slug}\nname: {name:?}\ntimezone: UTC\ngrid: off\npools: {{ all: {{ match: {{}} }} }}\n\
         schedule: {{ all: [ {{ at: \"06:00\", play: all{slot} }} ] }}\n"
    );
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide").join(name)
}

#[tokio::test]
async fn the_evening_is_on_the_screen() {
    let site = Site::new().unwrap();
    fill(&Store::open(&site.home().join("retrovue.db")).unwrap());
    let _core = site.start_core().await.unwrap();
    let empty = open(&site.url("/"), "1280,800", &picture("empty.png")).await;
    assert!(empty.dom.contains("No channels yet") && empty.console.is_empty(), "{}: {:?}", empty.dom, empty.console);

    let harbour = channel(&site, "harbourlight", "Harbourlight", "");
    let hostile = channel(&site, "hostile", HOSTILE, &format!(", title: {HOSTILE:?}"));
    site.retrovue(&["channel", "apply", &harbour, &hostile]).await.unwrap().data().unwrap();
    for (size, name) in [("1280,800", "wide.png"), ("390,844", "phone.png")] {
        let Seen { dom, console } = open(&site.url("/"), size, &picture(name)).await;
        assert_eq!(console, Vec::<String>::new(), "{size}");
        let rows: Vec<&str> = dom.split("class=\"station\"").skip(1).collect();
        assert_eq!(rows.len(), 2, "{dom}");
        for (row, slug) in rows.iter().zip(["harbourlight", "hostile"]) {
            let (now, next) = row.split_once("class=\"next\"").unwrap();
            assert!(now.contains("<progress") && now.contains(" min left") && next.contains("<time>"), "{row}");
            assert!(row.contains(&format!("href=\"/channel/{slug}.ts\"")), "{row}");
            assert!(row.contains(&format!("href=\"/channels.m3u?channel={slug}\"")), "{row}");
        }
        assert!(rows[0].contains("Harbourlight</h2>") && rows[0].contains("The Harbour Hotel</h3>"), "{}", rows[0]);
        assert!(rows[0].contains("Two Umbrellas"), "{}", rows[0]);
        // the browser writes text back escaped, and elements as elements
        for inert in ["<script", "<img", "<b>Low", "<title>owned"] {
            assert!(!dom.contains(inert), "{inert}: {dom}");
        }
        assert!(dom.matches("&lt;script&gt;document.title").count() >= 2, "{dom}");
        assert!(dom.contains(&format!("{}</code>", site.url("/channels.m3u"))), "{dom}");
    }
    let list = http::get(site.url("/channels.m3u?channel=hostile")).await.unwrap().text().await.unwrap();
    assert!(list.ends_with(&format!("{}\n", site.url("/channel/hostile.ts"))) && !list.contains("harbour"), "{list}");
    let unknown = http::get(site.url("/channels.m3u?channel=nope")).await.unwrap();
    assert_eq!(unknown.status(), 404);
    let stream = http::client().head(site.url("/channel/harbourlight.ts")).send().await.unwrap();
    assert_eq!((stream.status().as_u16(), &stream.headers()["content-type"]), (200, &"video/mp2t".parse().unwrap()));
}
