//! A library that changes under a network on air: what is missed where, and that it comes back.

use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::Site;
use retrovue_testkit::wait::wait_for;
use serde_json::{Value, json};

use crate::station::{CHANNEL, SOON, Station};

async fn data(site: &Site, arguments: &[&str]) -> Value {
    site.retrovue(arguments).await.unwrap().data().unwrap().clone()
}

/// Waits until so many assets are in each of these states, without asking for a sync.
async fn becomes(site: &Site, wanted: &[(&str, u64)]) {
    let is_so = async || {
        let assets = data(site, &["source", "show", "library"]).await["assets"].clone();
        wanted.iter().all(|(state, count)| assets[state] == *count).then_some(())
    };
    wait_for(&format!("{wanted:?}"), SOON, is_so).await.unwrap();
}

/// Puts files into a source, takes them away and back.
async fn come_and_go(site: &Site) {
    let (library, outside) = (site.home().join("library"), site.home().join("outside"));
    let _core = site.start_core().await.unwrap();
    let clips = [Clip::new(1), Clip::new(2)];
    let name = |at: usize| format!("Show/Show - S01E0{at} - clip.{}", clips[at].container.extension());
    std::fs::create_dir_all(library.join("Show")).unwrap();
    clips[0].copy_to(&library.join(name(0))).unwrap();
    // a folder that is empty of a sudden is left alone
    std::fs::write(library.join("remains.mkv"), "no media").unwrap();
    data(site, &["source", "add", "library", "--path", library.to_str().unwrap()]).await;
    data(site, &["source", "sync", "library"]).await;
    becomes(site, &[("ready", 1)]).await;
    clips[1].copy_to(&library.join(name(1))).unwrap();
    becomes(site, &[("ready", 2)]).await;
    std::fs::rename(library.join("Show"), &outside).unwrap();
    becomes(site, &[("ready", 0), ("missing", 2)]).await;
    std::fs::rename(&outside, library.join("Show again")).unwrap();
    becomes(site, &[("ready", 2), ("missing", 0)]).await;
    let assets = data(site, &["asset", "list", "--state", "ready"]).await["assets"].clone();
    let uris = assets.as_array().unwrap().iter().map(|asset| asset["uri"].as_str().unwrap());
    assert!(uris.clone().all(|uri| uri.contains("Show%20again")), "{assets}");
}

#[tokio::test]
async fn what_changes_in_a_source_is_taken_in_by_itself() {
    come_and_go(&Site::new().unwrap().with("RETROVUE_LIBRARY__WATCH", "on")).await;
}

#[tokio::test]
async fn a_source_that_tells_nothing_is_looked_through_now_and_then() {
    let site = Site::new().unwrap().with("RETROVUE_LIBRARY__WATCH", "poll").with("RETROVUE_LIBRARY__POLL", "1s");
    come_and_go(&site).await;
}

#[tokio::test]
async fn a_file_that_is_away_is_told_with_the_slots_that_it_leaves() {
    let station = Station::playing(vec![Clip::new(1), Clip::new(2)]).await;
    let away = station.site.home().join("away");
    std::fs::rename(station.file(1), &away).unwrap();
    let tried = station.data(&["source", "sync", "library", "--dry-run"]).await;
    let report = station.data(&["source", "sync", "library"]).await;
    assert_eq!((&report["missing"], &report["ready"]), (&json!(1), &json!(1)), "{report}");
    let gone = &report["vanished"][0];
    assert_eq!(gone["path"].as_str(), station.file(1).to_str());
    let slots = gone["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 100, "a clip of some seconds is on air more often than is told");
    let starts: Vec<&str> = slots.iter().map(|slot| slot["start_utc"].as_str().unwrap()).collect();
    assert!(starts.is_sorted() && starts[0] > "2026-11-22T19:59", "{starts:?}");
    assert!(slots.iter().all(|slot| slot["channel"] == CHANNEL && !slot["title"].is_null()), "{slots:?}");
    assert_eq!(tried["vanished"][0]["path"], gone["path"]);

    std::fs::rename(&away, station.file(1)).unwrap();
    let report = station.data(&["source", "sync", "library"]).await;
    assert_eq!((&report["restored"], &report["vanished"], &report["ready"]), (&json!(1), &json!([]), &json!(2)));
}
