//! Where Air carries no more channels, viewers are told so, and what nobody watches makes room.

use std::time::Duration;

use reqwest::Response;
use retrovue_proto::v1::StartChannelRequest;
use retrovue_testkit::fake_air::FakeAir;
use serde_json::Value;

use crate::station::{SLUG, Station, rate};
use crate::viewer::{Viewer, contiguous, frames};

const LONG: Duration = Duration::from_secs(600);

/// A station of three channels, of which Air carries `carried`.
async fn station(carried: usize) -> (Station, FakeAir) {
    let station = Station::open(LONG).await;
    station.add("second", "2.2").await;
    station.add("third", "2.3").await;
    let air = station.air();
    air.carry(carried);
    station.until_metric("retrovue_air_up 1").await;
    (station, air)
}

async fn watch(station: &Station, slug: &str) -> Viewer {
    let mut viewer = Viewer::new(station.get(&format!("/channel/{slug}.ts")).await, rate(), station.clock.now());
    assert_eq!(viewer.response.status(), 200, "{slug}");
    let got = viewer.pictures(10).await;
    assert!(got.is_clean() && contiguous(&frames(&got)), "{}", got.summary());
    viewer
}

async fn is_refused(response: Response) {
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["x-hdhomerun-error"], "805 All Tuners In Use");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "all_tuners_in_use");
    assert!(problem["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_those_on_air_do_not_notice() {
    let (station, air) = station(2).await;
    assert_eq!(station.channels.tuners().await, 2);
    let mut viewers = [watch(&station, SLUG).await, watch(&station, "second").await];
    assert_eq!(station.channels.tuners().await, 2);
    for path in ["/channel/third.ts", "/auto/v2.3"] {
        is_refused(station.get(path).await).await;
    }
    station.until_metric("retrovue_tune_ins_refused_total{channel=\"third\"} 2").await;
    station.until_metric("retrovue_viewers{channel=\"third\"} 0").await;
    for viewer in &mut viewers {
        let got = viewer.pictures(50).await;
        assert!(got.is_clean() && got.seams.is_empty() && contiguous(&frames(&got)), "{}", got.summary());
    }
    // one more viewer of a channel that is on air costs nothing
    watch(&station, "second").await;
    let starts = air.asked().starts;
    assert_eq!(starts.iter().filter(|start| start.channel != "third").count(), 2);
}

#[tokio::test]
async fn what_nobody_watches_makes_room_and_what_was_left_first_goes_first() {
    let (station, air) = station(2).await;
    drop(watch(&station, "second").await);
    station.until_metric("retrovue_viewers{channel=\"second\"} 0").await;
    drop(watch(&station, SLUG).await);
    station.until_metric(&format!("retrovue_viewers{{channel=\"{SLUG}\"}} 0")).await;
    let _viewer = watch(&station, "third").await;
    assert_eq!(station.channels.find("second").unwrap().on_air().state.word(), "idle");
    assert_eq!(station.channels.find(SLUG).unwrap().on_air().state.word(), "lingering");
    assert_eq!(air.asked().stops, 1);
}

#[tokio::test]
async fn a_channel_that_is_kept_warm_gives_way_and_comes_back() {
    let (station, mut air) = station(1).await;
    station.programming.channels.lock().unwrap()[0].keep_warm = true;
    station.channels.reload().await.unwrap();
    station.until_state("on_air").await;
    let viewer = watch(&station, "second").await;
    assert_eq!(station.channels.find(SLUG).unwrap().on_air().state.word(), "failed");
    is_refused(station.get("/channel/third.ts").await).await;
    // it asks again as one that was never there
    let of_warm = |start: &&StartChannelRequest| start.channel == SLUG;
    let asked = air.until(|asked| asked.starts.iter().filter(of_warm).count() == 2).await;
    assert_eq!(asked.starts.iter().rfind(of_warm).unwrap().resume_after_frame, None);
    drop(viewer);
    station.until_metric("retrovue_viewers{channel=\"second\"} 0").await;
    // it does not push out what lingers, but whoever wants to watch it does
    until_it_may_ask_again(&station).await;
    watch(&station, SLUG).await;
    assert_eq!(station.channels.find("second").unwrap().on_air().state.word(), "idle");
}

/// A channel that was refused is for a second.
async fn until_it_may_ask_again(station: &Station) {
    let asks = async { while station.get(&format!("/channel/{SLUG}.ts")).await.status() != 200 {} };
    tokio::time::timeout(Duration::from_secs(20), asks).await.unwrap();
}

#[tokio::test]
async fn whoever_was_watching_is_let_in_again_by_an_air_that_is_full() {
    let (station, air) = station(2).await;
    let mut viewers = [watch(&station, SLUG).await, watch(&station, "second").await];
    drop(air);
    let air = station.air();
    air.carry(0);
    for viewer in &mut viewers {
        let got = viewer.pictures(50).await;
        assert!(got.is_clean(), "{}", got.summary());
    }
    is_refused(station.get("/channel/third.ts").await).await;
}

#[tokio::test]
async fn while_air_is_away_viewers_wait_inside() {
    let (station, air) = station(2).await;
    drop(air);
    station.until_metric("retrovue_air_up 0").await;
    let response = station.get("/channel/third.ts").await;
    assert_eq!(response.status(), 200);
    let _air = station.air();
    let got = Viewer::new(response, rate(), station.clock.now()).pictures(10).await;
    assert!(got.is_clean(), "{}", got.summary());
}
