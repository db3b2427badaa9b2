//! Enrichers as people and scripts use them: a Core without an Air, the command line, and nothing between.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

use std::path::Path;
use std::time::Duration;

use retrovue_schedule::Kind;
use retrovue_store::Store;
use retrovue_store::library::{Change, Collection, FileFacts, Interval, Layers, Measurement, Media, NewSource, Place};
use retrovue_testkit::daemon::{Daemon, Site};
use retrovue_testkit::http;
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::UtcTime;
use serde_json::{Value, json};

/// Longer than anything that a busy machine does to a test.
const SOON: Duration = Duration::from_secs(60);

const NOW: UtcTime = UtcTime::from_millis(1_700_000_000_000);

const CHANNEL_FILE: &str = "channel: films
number: \"4.1\"
name: Films
timezone: UTC
grid: off
branding: { crawl: { text: Good evening, at: top } }
pools: { films: { match: {} } }
schedule: { all: [ { at: \"06:00\", play: films } ] }
";

/// Two collections of a film each, which lasts 20 minutes and was measured: in the middle it is black and silent.
fn fill(store: &Store) {
    let new = NewSource { name: "tv".to_owned(), place: Place::Folder("/media/tv".into()), review: false };
    let source = store.add_source(&new, NOW).unwrap();
    let change = |change: Change| store.change_assets(&source.id, &[change], NOW).unwrap();
    let media = Media { duration_ns: 1_200_000_000_000, container: "video/quicktime".to_owned(), ..Media::default() };
    for (name, content) in [("Movies", 1), ("Shows", 2)] {
        let path = Path::new(name).join("film.mkv");
        let file = FileFacts { path, size: 1, mtime_ns: 1, fingerprint: Some(content) };
        let collection = Collection { name: name.to_owned(), kind: Kind::Programme };
        change(Change::Add { file: file.clone(), collection, layers: Layers::default() });
        let known = store.known_files(&source.id).unwrap();
        let id = known.into_iter().find(|known| known.file == file).unwrap().id;
        store.begin_enriching(&source.id, std::slice::from_ref(&id), NOW).unwrap();
        change(Change::Ready { id: id.clone(), media: media.clone(), told: Box::default() });
        let pause = vec![Interval { start_ns: 600_000_000_000, end_ns: 600_600_000_000 }];
        let found = Measurement { black: pause.clone(), silence: pause, ..Measurement::default() };
        let asset = store.asset(&id).unwrap();
        store.keep_measurement(&asset, Ok((media.clone(), found)), NOW).unwrap();
    }
}

struct Network {
    site: Site,
    _core: Daemon,
}

impl Network {
    async fn start() -> Self {
        let site = Site::new().unwrap().with("RETROVUE_AIR__MANAGE", "false");
        fill(&Store::open(&site.home().join("retrovue.db")).unwrap());
        let (mut core, alive) = (site.core().unwrap().start().unwrap(), site.url("/healthz"));
        let serves = async || http::get(&alive).await.ok()?.status().is_success().then_some(());
        core.wait_for("Core to serve", SOON, serves).await.unwrap();
        Self { site, _core: core }
    }

    async fn data(&self, line: &str) -> Value {
        self.site.retrovue(&words(line)).await.unwrap().data().unwrap().clone()
    }

    /// What a change with `--dry-run` would answer, which is what it then answers.
    async fn change(&self, line: &str) -> Value {
        let tried = self.site.retrovue(&words(&format!("{line} --dry-run"))).await.unwrap();
        assert_eq!(tried.document["dry_run"], true, "{line}");
        let before = self.data("enricher list").await;
        let done = self.data(line).await;
        assert_eq!(tried.data().unwrap()["settings"], done["settings"], "{line}");
        assert_eq!(tried.data().unwrap()["collections"], done["collections"], "{line}");
        assert_ne!(before, self.data("enricher list").await, "{line} was not only tried");
        done
    }

    async fn refused(&self, line: &str, code: i32, wanted: &str) -> Value {
        let answer = self.site.retrovue(&words(line)).await.unwrap();
        assert_eq!((answer.code, &answer.document["error"]["code"]), (code, &json!(wanted)), "{line}");
        answer.document["error"].clone()
    }

    async fn enricher(&self, name: &str) -> Value {
        let all = self.data("enricher list").await["enrichers"].clone();
        all.as_array().unwrap().iter().find(|enricher| enricher["name"] == name).unwrap().clone()
    }

    /// The breaks of both films, as soon as nothing waits for that.
    async fn breaks(&self) -> [Value; 2] {
        let is_done = async || {
            let all = self.data("enricher list").await["enrichers"].clone();
            let waits = |enricher: &Value| enricher["kind"] == "breaks" && enricher["waiting"] != 0;
            (!all.as_array().unwrap().iter().any(waits)).then_some(())
        };
        wait_for("breaks to be made", SOON, is_done).await.unwrap();
        let all = self.data("asset list").await["assets"].clone();
        let mut breaks = [Value::Null, Value::Null];
        for (at, asset) in all.as_array().unwrap().iter().enumerate() {
            let line = format!("asset show {}", asset["id"].as_str().unwrap());
            breaks[at] = self.data(&line).await["breaks"].clone();
        }
        breaks
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[tokio::test]
async fn each_kind_has_one_from_the_start_and_channels_have_theirs() {
    let network = Network::start().await;
    let all = network.data("enricher list").await["enrichers"].clone();
    let told: Vec<(&str, u64)> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|enricher| (enricher["name"].as_str().unwrap(), enricher["order"].as_u64().unwrap()))
        .collect();
    let kinds = ["filename", "nfo", "artwork", "probe", "chapters", "loudness", "breaks"];
    assert_eq!(told, kinds.into_iter().zip(1..).collect::<Vec<_>>());
    let expected = json!({
        "name": "nfo", "kind": "nfo", "scope": "ingest", "order": 2, "version": 1, "default": true, "channel": null,
        "settings": { "series": true }, "collections": ["tv/Movies", "tv/Shows"], "waiting": 2,
    });
    assert_eq!(network.enricher("nfo").await, expected, "names were never read here");

    let file = network.site.home().join("films.yaml");
    std::fs::write(&file, CHANNEL_FILE).unwrap();
    network.data(&format!("channel apply {}", file.display())).await;
    let crawl = json!({
        "name": "films/crawl", "kind": "crawl", "scope": "playout", "order": 3, "version": 1, "default": false,
        "channel": "films", "settings": { "text": "Good evening", "at": "top" }, "collections": [], "waiting": 0,
    });
    assert_eq!(network.enricher("films/crawl").await, crawl);
    assert_eq!(network.enricher("films/gain").await["settings"], json!({ "target_lufs": -24.0 }));
    for line in [
        "enricher add x --kind logo",
        "enricher attach films/crawl tv/Movies",
        "enricher detach gain --source tv",
        "enricher set films/crawl --set at=bottom",
        "enricher remove films/crawl --yes",
    ] {
        let error = network.refused(line, 4, "enricher_of_channel").await;
        assert!(error["hint"].as_str().unwrap().contains("channel file"), "{error}");
    }
}

#[tokio::test]
async fn enrichers_are_added_set_attached_detached_and_removed() {
    let network = Network::start().await;
    let found = json!([{ "at_ms": 600_300, "confidence": 84 }]);
    assert_eq!(network.breaks().await, [found.clone(), found.clone()], "made of what was measured");

    let added = network.change("enricher add calm --kind breaks --set min_black=800ms --set confidence=70").await;
    assert_eq!((&added["settings"]["min_black"], &added["settings"]["spacing"]), (&json!("800ms"), &json!("3m")));
    assert_eq!((&added["settings"]["confidence"], &added["collections"]), (&json!(70), &json!([])));
    network.refused("enricher add calm --kind breaks", 4, "enricher_exists").await;
    network.refused("enricher add calm/er --kind breaks", 4, "enricher_name_invalid").await;
    network.refused("enricher add other --kind brakes", 4, "enricher_kind_unknown").await;
    network.refused("enricher add other --kind breaks --set min_blak=1s", 4, "enricher_setting_unknown").await;
    network.refused("enricher add other --kind breaks --set min_black=1d", 4, "enricher_setting_invalid").await;
    network.refused("enricher add other --kind breaks --set min_black", 2, "usage").await;
    network.refused("enricher add other", 2, "usage").await;

    let attached = network.change("enricher attach calm tv/Movies").await;
    assert_eq!(attached["collections"], json!(["tv/Movies"]));
    assert_eq!(network.enricher("breaks").await["collections"], json!(["tv/Shows"]));
    assert_eq!(network.breaks().await, [json!([]), found.clone()]);
    network.refused("enricher attach calm", 2, "usage").await;
    network.refused("enricher attach calm tv/Movies --source tv", 2, "usage").await;
    network.refused("enricher attach calm tv/Nowhere", 3, "collection_not_found").await;
    network.refused("enricher attach calm --source nowhere", 3, "source_not_found").await;
    network.refused("enricher attach calmer tv/Movies", 3, "enricher_not_found").await;

    let set = network.change("enricher set calm --set confidence=90 --clear min_black").await;
    assert_eq!((&set["settings"]["min_black"], &set["settings"]["confidence"]), (&json!("200ms"), &json!(90)));
    assert_eq!(network.breaks().await, [json!([]), found.clone()]);
    network.change("enricher set calm --clear confidence").await;
    assert_eq!(network.breaks().await, [found.clone(), found.clone()]);
    network.refused("enricher set calm", 2, "usage").await;
    network.refused("enricher set calm --set spacing=9m --clear spacing", 2, "usage").await;
    network.refused("enricher set calm --set spacing=9m --set spacing=8m", 2, "usage").await;
    network.refused("enricher set calm --clear colour", 4, "enricher_setting_unknown").await;
    network.refused("enricher set calmer --set spacing=9m", 3, "enricher_not_found").await;

    network.refused("enricher detach calm tv/Shows", 4, "enricher_not_attached").await;
    network.refused("enricher detach probe --source tv", 4, "enricher_needed").await;
    network.refused("enricher detach calmer --source tv", 3, "enricher_not_found").await;
    let in_use = network.refused("enricher remove calm --yes", 4, "enricher_in_use").await;
    assert_eq!(in_use["details"]["collections"], json!(["tv/Movies"]));
    let detached = network.change("enricher detach calm tv/Movies").await;
    assert_eq!(detached["collections"], json!([]));
    assert_eq!(network.breaks().await, [Value::Null, found.clone()]);
    network.change("enricher attach breaks --source tv").await;
    assert_eq!(network.breaks().await, [found.clone(), found]);

    network.refused("enricher remove calm", 2, "confirmation_needed").await;
    network.refused("enricher remove breaks --yes", 4, "enricher_in_use").await;
    network.change("enricher remove calm --yes").await;
    network.refused("enricher remove calm --yes", 3, "enricher_not_found").await;
}
