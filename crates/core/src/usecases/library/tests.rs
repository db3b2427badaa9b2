//! The library's use cases over a real database.

use std::path::Path;
use std::time::Duration;

use retrovue_testkit::wait::wait_for;
use retrovue_timeline::UtcTime;
use serde_json::{Value, json};

use super::*;
use crate::ingest::inspect::{InspectFailure, Inspection};
use crate::ingest::progress::Part;
use retrovue_schedule::MediaType;
use retrovue_store::library::{Change, Collection, Fault, FileFacts, Layers, Measurement, Media, Origin, Stream, Told};

struct EveryFilePlays;

impl Inspector for EveryFilePlays {
    async fn inspect(&self, _: &Path) -> Result<Inspection, InspectFailure> {
        let video = Stream {
            kind: "video".to_owned(),
            codec: "H.264".to_owned(),
            frame_rate_num: 30000,
            frame_rate_den: 1001,
            ..Stream::default()
        };
        let media = Media {
            duration_ns: 61_000_999_999,
            container: "video/x-matroska".to_owned(),
            streams: vec![video],
            ..Media::default()
        };
        Ok(Inspection { media, tags: Default::default() })
    }
}

/// Syncs that take files in that were written just now.
fn at_once() -> Syncs {
    let mut syncs = Syncs::default();
    syncs.pace.quiet = Duration::ZERO;
    syncs
}

struct Rig {
    store: Store,
    clock: MasterClock,
    syncs: Syncs,
    tokens: Tokens,
    folder: tempfile::TempDir,
    _home: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let clock = MasterClock::manual(UtcTime::from_millis(1_700_000_000_000));
        let tokens = Tokens::of_home(home.path());
        Self { store, clock, syncs: at_once(), tokens, folder, _home: home }
    }

    fn request(&self, name: &str) -> AddSource {
        AddSource {
            name: name.to_owned(),
            path: Some(file_uri(self.folder.path())),
            review: true,
            ..AddSource::default()
        }
    }

    async fn add(&self, name: &str) -> Result<ChangedSource, Failure> {
        add_source(&self.store, &self.clock, &self.tokens, &self.syncs, self.request(name), false).await
    }

    async fn sync(&self, name: &str) -> Result<SyncReport, Failure> {
        sync_source(&self.store, &self.clock, &EveryFilePlays, &self.syncs, &self.tokens, name.to_owned(), false).await
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Failure>) -> (u8, String) {
    let failure = result.unwrap_err();
    (failure.kind.exit_code(), failure.code)
}

#[tokio::test]
async fn sources_are_added_once_and_only_where_there_is_a_folder() {
    let rig = Rig::new();
    let preview = add_source(&rig.store, &rig.clock, &rig.tokens, &rig.syncs, rig.request("tv"), true).await.unwrap();
    assert_eq!(list_sources(&rig.store).await.unwrap().sources, []);
    assert_eq!(rig.add("tv").await.unwrap(), preview);
    assert_eq!(refusal(rig.add("tv").await), (4, "source_exists".to_owned()));
    assert_eq!(refusal(rig.add("again").await), (4, "source_exists".to_owned()));
    assert_eq!(refusal(rig.add("a/b").await), (4, "source_name_invalid".to_owned()));
    std::fs::write(rig.folder.path().join("a.mkv"), "x").unwrap();
    for (path, expected) in [("away", (3, "folder_not_found")), ("a.mkv", (4, "not_a_folder"))] {
        let path = file_uri(&rig.folder.path().join(path));
        let added = add_source(
            &rig.store,
            &rig.clock,
            &rig.tokens,
            &rig.syncs,
            AddSource { path: Some(path), ..rig.request("x") },
            false,
        )
        .await;
        assert_eq!(refusal(added), (expected.0, expected.1.to_owned()));
    }
    let relative = AddSource { path: Some("media".to_owned()), ..rig.request("x") };
    let added = add_source(&rig.store, &rig.clock, &rig.tokens, &rig.syncs, relative, false).await;
    assert_eq!(refusal(added), (2, "path_not_absolute".to_owned()));
}

#[tokio::test]
async fn a_second_sync_is_refused_while_one_runs() {
    let rig = Rig::new();
    rig.add("tv").await.unwrap();
    let id = rig.store.source("tv").unwrap().id;
    let claim = rig.syncs.running.claim(&id);
    assert_eq!(refusal(rig.sync("tv").await), (4, "sync_running".to_owned()));
    assert!(sync_status(&rig.store, &rig.syncs, "tv".to_owned()).await.unwrap().running);
    drop(claim);
    rig.sync("tv").await.unwrap();
    assert!(!sync_status(&rig.store, &rig.syncs, "tv".to_owned()).await.unwrap().running);
    assert_eq!(refusal(rig.sync("films").await), (3, "source_not_found".to_owned()));
}

/// Looks at a file for ever.
struct NoFileEnds;

impl Inspector for NoFileEnds {
    async fn inspect(&self, _: &Path) -> Result<Inspection, InspectFailure> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_sync_that_runs_by_itself_gives_way() {
    let rig = Rig::new();
    rig.add("tv").await.unwrap();
    std::fs::write(rig.folder.path().join("a.mkv"), "x").unwrap();
    let source = rig.store.source("tv").unwrap();
    let by_itself = sync_by_itself(&rig.store, &rig.clock, &NoFileEnds, &rig.syncs, &rig.tokens, &source);
    let asked = async {
        let running = async || rig.syncs.running.progress(&source.id).filter(|sync| sync.view().to_inspect > 0);
        wait_for("the sync to look at a file", Duration::from_secs(10), running).await.unwrap();
        rig.sync("tv").await
    };
    let (by_itself, asked) = tokio::join!(by_itself, asked);
    assert_eq!(by_itself.unwrap(), None);
    assert_eq!(asked.unwrap().ready, 1);
}

#[tokio::test]
async fn an_empty_folder_is_believed_only_when_asked_about() {
    let rig = Rig::new();
    rig.add("tv").await.unwrap();
    let file = rig.folder.path().join("a.mkv");
    std::fs::write(&file, "x").unwrap();
    rig.sync("tv").await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let source = rig.store.source("tv").unwrap();
    let by_itself = sync_by_itself(&rig.store, &rig.clock, &EveryFilePlays, &rig.syncs, &rig.tokens, &source).await;
    assert_eq!(refusal(by_itself), (1, "folder_empty".to_owned()));
    assert_eq!(rig.store.asset_counts(&source.id).unwrap()[&AssetState::Ready], 1, "the disk may not be mounted");
    assert_eq!(rig.sync("tv").await.unwrap().missing, 1);
    let by_itself = sync_by_itself(&rig.store, &rig.clock, &EveryFilePlays, &rig.syncs, &rig.tokens, &source).await;
    assert_eq!(by_itself.unwrap().unwrap().missing, 0, "there is nothing to lose any more");
}

#[tokio::test]
async fn an_asset_is_shown_with_the_names_of_the_contract() {
    let rig = Rig::new();
    rig.add("tv").await.unwrap();
    let folder = rig.folder.path().join("Cheers (1982)/Season 1");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("Cheers - S01E02 - Sam's Women.mkv"), "x").unwrap();
    let report = serde_json::to_value(rig.sync("tv").await.unwrap()).unwrap();
    let expected = json!({
        "source": "tv", "added": 1, "updated": 0, "unchanged": 0, "missing": 0, "restored": 0, "moved": 0,
        "described": 0, "ready": 1, "vanished": [], "faulty": [], "unfinished": [], "unread": [], "ignored": 0,
        "unmapped_count": 0, "unmapped": [],
    });
    assert_eq!(report, expected);

    let list = list_assets(&rig.store, ListAssets { state: Some("ready".to_owned()), ..ListAssets::default() }).await;
    let id = list.unwrap().assets[0].id.clone();
    let mut shown = serde_json::to_value(show_asset(&rig.store, id.clone()).await.unwrap()).unwrap();
    let uri = shown["uri"].take();
    assert!(uri.as_str().unwrap().starts_with("file:///"), "{uri}");
    assert!(
        uri.as_str()
            .unwrap()
            .ends_with("/Cheers%20%281982%29/Season%201/Cheers%20-%20S01E02%20-%20Sam%27s%20Women.mkv")
    );
    let mut expected = json!({
        "id": id, "title": "Sam's Women", "kind": "programme", "type": "episode", "state": "ready", "approved": false,
        "uri": null, "duration_ms": 61_000, "source": "tv", "series": "Cheers", "season": 1, "episode": 2, "year": 1982,
        "fault": null, "collection": "Cheers (1982)", "last_episode": null, "aired": null, "edition": null,
        "plot": null, "genres": [], "rating": null, "tags": [], "artwork": null, "fanart": null, "chapters": [], "loudness": null, "measured": null, "container": "video/x-matroska",
        "streams": [{
            "kind": "video", "codec": "H.264", "language": null, "width": null, "height": null,
            "frame_rate": "30000/1001", "interlaced": false, "hdr": null, "channels": null, "sample_rate": null,
        }],
        "size": 1,
        "origins": {
            "type": "file_name", "title": "file_name", "series": "folder", "season": "file_name",
            "episode": "file_name", "year": "folder",
        },
        "created_utc": "2023-11-14T22:13:20.000Z", "updated_utc": "2023-11-14T22:13:20.000Z",
    });
    expected["breaks"] = serde_json::Value::Null;
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn the_operator_decides() {
    let rig = Rig::new();
    rig.add("tv").await.unwrap();
    std::fs::write(rig.folder.path().join("a.mkv"), "x").unwrap();
    rig.sync("tv").await.unwrap();
    let all = list_assets(&rig.store, ListAssets::default()).await.unwrap();
    let ids = || AssetIds { ids: vec![all.assets[0].id.clone()] };
    assert!(decide(&rig.store, &rig.clock, Decision::Approve, ids(), false).await.unwrap().assets[0].approved);
    assert_eq!(
        decide(&rig.store, &rig.clock, Decision::Retire, ids(), false).await.unwrap().assets[0].state,
        "retired"
    );
    assert_eq!(
        refusal(decide(&rig.store, &rig.clock, Decision::Approve, ids(), false).await),
        (4, "asset_not_ready".to_owned())
    );
    let unknown = AssetIds { ids: vec!["nobody".to_owned()] };
    assert_eq!(
        refusal(decide(&rig.store, &rig.clock, Decision::Retire, unknown, false).await),
        (3, "asset_not_found".to_owned())
    );
    let wrong = ListAssets { r#match: Some("colour=red".to_owned()), ..ListAssets::default() };
    assert_eq!(refusal(list_assets(&rig.store, wrong).await), (2, "match_invalid".to_owned()));
}

impl Measurer for EveryFilePlays {
    async fn measure(&self, path: &Path, _: &Part) -> Result<(Inspection, Measurement), InspectFailure> {
        Ok((self.inspect(path).await?, Measurement::default()))
    }
}

/// An asset in this state, the way there as a sync and the operator go it.
async fn in_state(rig: &Rig, state: AssetState) -> String {
    let source = rig.store.source("tv").unwrap().id;
    let name = format!("{state}.mkv");
    let file = FileFacts { path: name.clone().into(), size: 1, mtime_ns: 1, fingerprint: None };
    let told = Told { title: Some(name), media_type: Some(MediaType::Other), ..Told::default() };
    let (layers, now) = (Layers::from((Origin::FileName, told)), rig.clock.now());
    let collection = Collection { name: ".".to_owned(), kind: retrovue_schedule::Kind::Programme };
    let change = |change| rig.store.change_assets(&source, &[change], now).unwrap();
    change(Change::Add { file: file.clone(), collection, layers });
    let known = rig.store.known_files(&source).unwrap();
    let id = known.into_iter().find(|known| known.file.path == file.path).unwrap().id;
    if state == AssetState::New {
        return id;
    }
    rig.store.begin_enriching(&source, std::slice::from_ref(&id), now).unwrap();
    let media = EveryFilePlays.inspect(&file.path).await.unwrap().media;
    let fault = Fault { code: "not_media".to_owned(), message: "it is a picture".to_owned() };
    match state {
        AssetState::New | AssetState::Enriching => {}
        AssetState::Faulty => change(Change::Fault { id: id.clone(), fault }),
        AssetState::Ready | AssetState::Retired | AssetState::Missing => {
            change(Change::Ready { id: id.clone(), media, told: Box::default() });
        }
    }
    match state {
        AssetState::Missing => change(Change::Vanish { id: id.clone() }),
        AssetState::Retired => {
            let ids = AssetIds { ids: vec![id.clone()] };
            decide(&rig.store, &rig.clock, Decision::Retire, ids, false).await.unwrap();
        }
        _ => {}
    }
    id
}

/// Every state and every verb: what is allowed, and with which code the rest is refused.
#[tokio::test]
async fn what_a_state_forbids_is_refused_with_a_code() {
    const TABLE: [(AssetState, [&str; 5]); 6] = [
        // approve, retire, restore, edit, probe
        (AssetState::New, ["asset_not_ready", "", "asset_not_retired", "", "asset_not_ready"]),
        (AssetState::Enriching, ["asset_not_ready", "", "asset_not_retired", "", "asset_not_ready"]),
        (AssetState::Ready, ["", "", "asset_not_retired", "", ""]),
        (AssetState::Retired, ["asset_not_ready", "", "", "", "asset_not_ready"]),
        (AssetState::Missing, ["asset_not_ready", "", "asset_not_retired", "", "asset_not_ready"]),
        (AssetState::Faulty, ["asset_not_ready", "", "asset_not_retired", "", "asset_not_ready"]),
    ];
    for (state, codes) in TABLE {
        for (verb, expected) in codes.into_iter().enumerate() {
            let rig = Rig::new();
            rig.add("tv").await.unwrap();
            let id = in_state(&rig, state).await;
            let before = rig.store.asset(&id).unwrap();
            assert_eq!(before.state, state);
            let ids = AssetIds { ids: vec![id.clone()] };
            let decide = |decision| decide(&rig.store, &rig.clock, decision, ids, false);
            let done = match verb {
                0 => decide(Decision::Approve).await.map(drop),
                1 => decide(Decision::Retire).await.map(drop),
                2 => decide(Decision::Restore).await.map(drop),
                3 => {
                    let edit = EditAsset { title: Some("Another".to_owned()), ..EditAsset::default() };
                    edit_asset(&rig.store, &rig.clock, id.clone(), edit, false).await.map(drop)
                }
                _ => {
                    let measuring = Measuring::default();
                    probe_asset(&rig.store, &rig.clock, &EveryFilePlays, &measuring, &rig.syncs, id.clone())
                        .await
                        .map(drop)
                }
            };
            match done {
                Ok(()) => assert_eq!("", expected, "{state}, verb {verb}"),
                Err(failure) => {
                    assert_eq!(failure.code, expected, "{state}, verb {verb}: {failure}");
                    assert_eq!(failure.kind, Kind::Refused);
                    assert!(!failure.hint.is_empty(), "{failure}");
                    assert_eq!(rig.store.asset(&id).unwrap(), before, "{state}, verb {verb}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_removed_source_takes_its_assets_out_of_the_list() {
    let rig = Rig::new();
    rig.add("tv").await.unwrap();
    std::fs::write(rig.folder.path().join("a.mkv"), "x").unwrap();
    rig.sync("tv").await.unwrap();
    remove_source(&rig.store, &rig.clock, &rig.tokens, "tv".to_owned(), true).await.unwrap();
    let removed = remove_source(&rig.store, &rig.clock, &rig.tokens, "tv".to_owned(), false).await.unwrap();
    assert_eq!(serde_json::to_value(removed).unwrap()["assets"]["ready"], Value::from(1));
    assert_eq!(list_assets(&rig.store, ListAssets::default()).await.unwrap().assets, []);
    assert_eq!(refusal(show_source(&rig.store, "tv".to_owned()).await), (3, "source_not_found".to_owned()));
}

#[tokio::test]
async fn a_correction_is_shown_with_who_made_it_and_outlives_a_sync() {
    let rig = Rig::new();
    rig.add("tv").await.unwrap();
    std::fs::write(rig.folder.path().join("cheers 1x02.mkv"), "x").unwrap();
    rig.sync("tv").await.unwrap();
    let id = list_assets(&rig.store, ListAssets::default()).await.unwrap().assets[0].id.clone();
    let edit = |edit: Value, dry_run| {
        let edit: EditAsset = serde_json::from_value(edit).unwrap();
        edit_asset(&rig.store, &rig.clock, id.clone(), edit, dry_run)
    };
    let matching = async |expression: &str| {
        let request = ListAssets { r#match: Some(expression.to_owned()), ..ListAssets::default() };
        list_assets(&rig.store, request).await.unwrap().assets.len()
    };
    let correction = json!({"series": "Cheers!", "year": 1982, "genres": ["Comedy"], "tags": ["Bar"]});
    let preview = edit(correction.clone(), true).await.unwrap();
    assert_eq!(preview.asset.series.as_deref(), Some("Cheers!"));
    assert_eq!(matching("series=cheers!").await, 0);
    edit(correction, false).await.unwrap();
    rig.sync("tv").await.unwrap();
    let shown = serde_json::to_value(show_asset(&rig.store, id.clone()).await.unwrap()).unwrap();
    assert_eq!((&shown["series"], &shown["year"], &shown["tags"]), (&json!("Cheers!"), &json!(1982), &json!(["bar"])));
    assert_eq!((&shown["origins"]["series"], &shown["origins"]["season"]), (&json!("operator"), &json!("file_name")));
    for (expression, count) in [
        ("series=cheers!", 1),
        ("series=Cheers!,year=1980..1989,genres=drama,genres=comedy,tags=bar,season=1,type=episode", 1),
        ("max_duration=2m", 1),
        ("min_duration=2m", 0),
        ("kind=commercial", 0),
    ] {
        assert_eq!(matching(expression).await, count, "{expression}");
    }
    let back = edit(json!({"clear": ["series", "tag"]}), false).await.unwrap();
    assert_eq!((back.asset.series.as_deref(), back.tags, back.asset.year), (Some("cheers"), Vec::new(), Some(1982)));
    assert_eq!(refusal(edit(json!({"kind": "slate"}), false).await), (4, "asset_field_invalid".to_owned()));
    assert_eq!(refusal(edit(json!({}), false).await), (2, "usage".to_owned()));
    let year = EditAsset { year: Some(1982), ..EditAsset::default() };
    let unknown = edit_asset(&rig.store, &rig.clock, "nobody".to_owned(), year, true).await;
    assert_eq!(refusal(unknown), (3, "asset_not_found".to_owned()));
}

#[tokio::test]
async fn a_disabled_collection_is_seen_by_no_pool() {
    let rig = Rig::new();
    for path in ["Movies/Alien (1979).mkv", "commercials/robot.mkv", "clip.mkv"] {
        let path = rig.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, path.as_os_str().as_encoded_bytes()).unwrap();
    }
    rig.add("tv").await.unwrap();
    rig.sync("tv").await.unwrap();
    let ids: Vec<String> = rig.store.assets(&Default::default()).unwrap().into_iter().map(|asset| asset.id).collect();
    rig.store.decide(Decision::Approve, &ids, rig.clock.now(), false).unwrap();

    let listed = async |source: Option<&str>| {
        let request = ListCollections { source: source.map(ToOwned::to_owned) };
        list_collections(&rig.store, request).await.map(|list| list.collections)
    };
    let all = listed(None).await.unwrap();
    let told: Vec<_> = all.iter().map(|one| (&*one.name, one.kind, one.enabled, one.ready)).collect();
    let expected =
        [(".", "programme", true, 1), ("Movies", "programme", true, 1), ("commercials", "commercial", true, 1)];
    assert_eq!(told, expected);
    assert_eq!(listed(Some("tv")).await.unwrap(), all);
    assert_eq!(refusal(listed(Some("films")).await), (3, "source_not_found".to_owned()));

    let switch = async |names: &[&str], enabled: bool, dry_run: bool| {
        let collections = names.iter().map(|name| (*name).to_owned()).collect();
        enable_collections(&rig.store, EnableCollections { collections, enabled }, dry_run).await
    };
    let schedulable = || rig.store.schedulable_assets().unwrap().len();
    assert!(!switch(&["tv/Movies"], false, true).await.unwrap().collections[0].enabled);
    assert_eq!(schedulable(), 3, "it was only asked what would be");
    assert_eq!(refusal(switch(&["tv/Movies", "tv/Films"], false, false).await), (3, "collection_not_found".to_owned()));
    assert_eq!(schedulable(), 3, "all or none");
    switch(&["tv/Movies", &all[2].id], false, false).await.unwrap();
    assert_eq!(schedulable(), 1);
    rig.sync("tv").await.unwrap();
    assert!(
        !show_collection(&rig.store, "tv/Movies".to_owned()).await.unwrap().enabled,
        "a sync changes nothing of it"
    );
    switch(&["tv/Movies"], true, false).await.unwrap();
    assert_eq!(schedulable(), 2);
    assert_eq!(refusal(show_collection(&rig.store, "tv".to_owned()).await), (3, "collection_not_found".to_owned()));
    assert_eq!(refusal(switch(&[], true, false).await), (2, "usage".to_owned()));
}
