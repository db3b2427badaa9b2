//! A library that changes under a network on air: what is missed where, and that it comes back.

use retrovue_testkit::clips::Clip;
use serde_json::json;

use crate::station::{CHANNEL, Station};

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
