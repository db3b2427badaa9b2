//! Sessions come with the first viewer, go some time after the last, and outlive Air.

use std::time::Duration;

use futures::future::join_all;
use reqwest::Method;
use retrovue_mpegts::packet::SYNC;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::station::{SLUG, Station, rate};
use crate::viewer::{contiguous, frames};

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_viewer_gets_tables_a_keyframe_and_then_every_frame_once() {
    let station = Station::open(LONG).await;
    let air = station.air();
    let mut viewer = station.watch().await;
    let headers = viewer.response.headers().clone();
    assert_eq!(viewer.response.status(), 200);
    assert_eq!(
        (&headers["content-type"], &headers["cache-control"]),
        (&"video/mp2t".parse().unwrap(), &"no-store".parse().unwrap())
    );
    assert!(!headers.contains_key("content-length") && !headers.contains_key("transfer-encoding"));
    assert!(headers.contains_key("date") && headers["x-content-type-options"] == "nosniff");

    let report = viewer.pictures(75).await;
    assert!(report.is_clean(), "{}", report.summary());
    assert!(contiguous(&frames(&report)) && report.seams.is_empty());
    assert_eq!(report.service_name.as_deref(), Some("Classics"));
    let behind = rate().frame_at(station.clock.now()).0 - frames(&report)[74];
    assert!((0..50).contains(&behind), "the newest picture lies {behind} frames behind");

    let [start] = &air.asked().starts[..] else { panic!("not one session") };
    assert_eq!((start.token.len(), start.resume_after_frame), (32, None));
    let segment = &start.plan.as_ref().unwrap().segments[0];
    assert_eq!(segment.asset.as_ref().unwrap().path, b"/media/film.mkv");
}

#[tokio::test]
async fn fifty_viewers_at_once_start_one_session() {
    let station = Station::open(LONG).await;
    let air = station.air();
    let reports = join_all((0..50).map(|_| async { station.watch().await.pictures(40).await })).await;
    for report in reports {
        assert!(report.is_clean() && contiguous(&frames(&report)), "{}", report.summary());
    }
    assert_eq!(air.asked().starts.len(), 1);
}

#[tokio::test]
async fn a_later_viewer_joins_at_once_with_a_burst() {
    let station = Station::open(LONG).await;
    let _air = station.air();
    station.watch().await.pictures(100).await;
    let mut second = station.watch().await;
    let report = second.pictures(25).await;
    let behind = rate().frame_at(station.clock.now()).0 - frames(&report)[0];
    assert!(report.is_clean() && (24..80).contains(&behind), "joined {behind} frames back: {}", report.summary());
}

#[tokio::test]
async fn head_starts_nothing() {
    let station = Station::open(LONG).await;
    let air = station.air();
    for path in [format!("/channel/{SLUG}.ts"), "/auto/v2.1".to_owned()] {
        let response = station.request(Method::HEAD, &path).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"video/mp2t".parse().unwrap())
        );
        assert!(!response.headers().contains_key("content-length"));
    }
    assert_eq!(station.channels.find(SLUG).unwrap().viewers(), 0);
    let _viewer = station.get("/auto/v2.1").await;
    station.until_state("on_air").await;
    assert_eq!(air.asked().starts.len(), 1, "only the GET started one");
}

#[tokio::test]
async fn a_connection_may_ask_before_it_watches() {
    let station = Station::open(LONG).await;
    let _air = station.air();
    let mut socket = TcpStream::connect(station.address()).await.unwrap();
    for (method, asked) in [("HEAD", "/channel/nope.ts"), ("HEAD", "/auto/v2.1"), ("GET", "/auto/v2.1")] {
        socket.write_all(format!("{method} {asked} HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.unwrap());
        }
        let status: &[u8] = if asked.ends_with("nope.ts") { b"HTTP/1.1 404 " } else { b"HTTP/1.1 200 " };
        assert!(head.starts_with(status), "{}", String::from_utf8_lossy(&head));
    }
    assert_eq!(socket.read_u8().await.unwrap(), SYNC);
    assert_eq!(station.channels.find(SLUG).unwrap().viewers(), 1);
}

#[tokio::test]
async fn who_leaves_while_nothing_comes_is_gone() {
    let station = Station::open(LONG).await;
    let channel = station.channels.find(SLUG).unwrap();
    let viewer = station.watch().await;
    assert_eq!(channel.viewers(), 1);
    drop(viewer);
    let left = async {
        while channel.viewers() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), left).await.expect("the seat is still taken");
}

#[tokio::test]
async fn the_last_viewers_leaving_starts_the_linger() {
    let station = Station::open(Duration::from_millis(50)).await;
    let mut air = station.air();
    let mut viewer = station.watch().await;
    viewer.pictures(10).await;
    drop(viewer);
    air.until(|asked| asked.stops == 1).await;
    station.until_state("idle").await;

    let report = station.watch().await.pictures(10).await;
    assert!(report.is_clean(), "{}", report.summary());
    assert_eq!(air.asked().starts.len(), 2);
    assert_eq!(air.asked().starts[1].resume_after_frame, None, "a fresh session owes nobody anything");
}

#[tokio::test]
async fn a_viewer_who_comes_back_in_time_finds_the_same_session() {
    let station = Station::open(LONG).await;
    let air = station.air();
    station.watch().await.pictures(10).await;
    station.until_state("lingering").await;
    station.watch().await.pictures(10).await;
    assert_eq!((air.asked().starts.len(), air.asked().stops), (1, 0));
}

#[tokio::test]
async fn the_same_response_goes_on_when_air_dies() {
    let station = Station::open(LONG).await;
    let air = station.air();
    let mut viewer = station.watch().await;
    let before = viewer.pictures(60).await;
    drop(air);
    station.until_state("failed").await;
    let mut patient = station.watch().await;

    let air = station.air();
    let after = viewer.until(|report| report.seams.len() == 1 && report.video.len() >= before.video.len() + 40).await;
    assert!(after.is_clean(), "{}", after.summary());
    let frames_got = frames(&after);
    assert!(frames_got.windows(2).all(|pair| pair[1] > pair[0]), "a frame came twice: {frames_got:?}");
    assert_eq!(frames_got.windows(2).filter(|pair| pair[1] != pair[0] + 1).count(), 1, "one gap");
    let resumed = air.asked().starts[0].resume_after_frame;
    assert!(resumed >= frames(&before).last().copied(), "{resumed:?}");

    let report = patient.pictures(10).await;
    assert!(report.is_clean() && report.seams.is_empty(), "who came in the gap begins afresh: {}", report.summary());
}

#[tokio::test]
async fn an_air_that_hangs_is_noticed_and_viewers_go_on_when_it_comes_back() {
    let station = Station::open(LONG).await;
    let air = station.air();
    let mut viewer = station.watch().await;
    let before = viewer.pictures(60).await;
    let hung = air.hang();
    station.until_state("failed").await;
    let not_ready = station.get("/readyz").await.text().await.unwrap();
    assert!(not_ready.contains("does not answer"), "{not_ready}");
    drop(hung);
    let after = viewer.until(|report| report.seams.len() == 1 && report.video.len() >= before.video.len() + 40).await;
    assert!(after.is_clean(), "{}", after.summary());
    assert!(frames(&after).is_sorted_by(|one, next| one < next), "a frame came twice");
}

#[tokio::test]
async fn a_viewer_waits_for_an_air_that_is_not_there_yet() {
    let station = Station::open(LONG).await;
    let mut viewer = station.watch().await;
    assert_eq!(viewer.response.status(), 200);
    station.until_state("failed").await;
    let _air = station.air();
    let report = viewer.pictures(10).await;
    assert!(report.is_clean(), "{}", report.summary());
}

#[tokio::test]
async fn a_changed_playlog_reaches_air_at_once() {
    let station = Station::open(LONG).await;
    let mut air = station.air();
    station.watch().await.pictures(5).await;
    station.programming.retitle("Another");
    station.channels.playlog_changed(SLUG);
    let asked = air.until(|asked| !asked.updates.is_empty()).await;
    let (first, second) = (asked.starts[0].plan.as_ref().unwrap(), asked.updates[0].plan.as_ref().unwrap());
    assert!(second.generation > first.generation);
    assert_eq!(second.segments[0].title, "Another");
}

#[tokio::test]
async fn a_removed_channel_ends_for_its_viewers() {
    let station = Station::open(LONG).await;
    let mut air = station.air();
    let mut viewer = station.watch().await;
    viewer.pictures(5).await;
    station.programming.channels.lock().unwrap().clear();
    station.channels.reload().await.unwrap();
    viewer.watch_to_the_end().await;
    air.until(|asked| asked.stops == 1).await;
    assert_eq!(station.get(&format!("/channel/{SLUG}.ts")).await.status(), 404);
}

#[tokio::test]
async fn a_linger_that_was_changed_holds_for_who_leaves_next() {
    let station = Station::open(LONG).await;
    let _air = station.air();
    let mut viewer = station.watch().await;
    viewer.pictures(5).await;
    station.channels.set_linger(Duration::from_millis(20));
    drop(viewer);
    station.until_state("idle").await;
}

#[tokio::test]
async fn draining_ends_the_responses_and_tells_air() {
    let station = Station::open(LONG).await;
    let mut air = station.air();
    let mut viewer = station.watch().await;
    viewer.pictures(5).await;
    station.channels.stop().await;
    viewer.watch_to_the_end().await;
    air.until(|asked| asked.stops == 1).await;
}

#[tokio::test]
async fn a_stranger_on_the_ts_socket_is_shown_out() {
    let station = Station::open(LONG).await;
    let mut stranger = UnixStream::connect(station.ts_socket()).await.unwrap();
    stranger.write_all(&[7; 1000]).await.unwrap();
    let mut end = [0];
    let closed = tokio::time::timeout(Duration::from_secs(20), stranger.read(&mut end)).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)));
}
