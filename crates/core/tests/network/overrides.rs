//! What an operator puts on air in place of what is planned is there within a second and over when he says so, and the
//! programme goes on where it is by then.

use std::ops::RangeInclusive;

use retrovue_testkit::capture::Frame;
use retrovue_testkit::clips;
use retrovue_testkit::expect::{Mismatch, mismatches};
use retrovue_testkit::marks::Shows;
use retrovue_testkit::viewer::{Until, Viewer};
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::FrameIndex;

use crate::station::{CHANNEL, DAY, RATE, SOON, Station};

/// What is promised is a second; the machine builds and tests at the same time.
const WITHIN: i64 = 3 * 30;

impl Station {
    /// The frames in which a viewer saw something else than is planned, which are one stretch.
    async fn overridden(&self, viewer: &Viewer) -> RangeInclusive<i64> {
        let plan = self.playlog().await;
        let capture = viewer.capture().unwrap();
        let report = capture.check(RATE, plan[0].start).unwrap();
        assert!(report.is_clean(), "{}", report.summary());
        assert_eq!(capture.decode_errors().unwrap(), Vec::<String>::new());
        let differs = mismatches(&capture.pictures().unwrap(), RATE, &plan);
        let frame = |picture: &Mismatch| picture.frame.unwrap().0;
        let other: Vec<i64> = differs.iter().filter(|picture| picture.shows != Shows::Slate).map(frame).collect();
        assert!(!other.is_empty(), "nothing but what is planned was shown");
        let (first, last) = (other[0], other[other.len() - 1]);
        // a busy machine may show black, and nothing else comes back within
        let black = differs.iter().filter(|picture| picture.shows == Shows::Slate).map(frame);
        let black = black.filter(|frame| (first..last).contains(frame)).count();
        assert_eq!(other.len() + black, usize::try_from(last - first + 1).unwrap(), "in several stretches: {other:?}");
        first..=last
    }

    async fn frame_now(&self) -> i64 {
        RATE.frame_at(self.now().await).0
    }
}

async fn reach(viewer: &mut Viewer, frame: i64) {
    viewer.until(Until::Reached(RATE.pts(FrameIndex(frame))), SOON).await.unwrap();
}

#[tokio::test]
async fn on_air_a_card_is_there_at_once_and_the_programme_comes_back_where_it_is() {
    let clips = clips::mixed().into_iter().take(3).map(|clip| clip.lasting(4)).collect();
    let mut station = Station::playing(clips).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Seconds(4.0), SOON).await.unwrap();

    let asked = station.frame_now().await;
    let started = [
        "override",
        "start",
        "emergency",
        "--heading",
        "Storm",
        "--text",
        "Stay <inside> & listen.",
        "--reason",
        "a test",
    ];
    let shown = station.data(&started).await;
    assert_eq!((&shown["on_air"], &shown["shows"]), (&true.into(), &"card".into()));
    // Core dies, and the next one goes on with it
    reach(&mut viewer, asked + WITHIN + 60).await;
    let seen = station.overridden(&viewer).await;
    println!("the card was on air {} frames after it was asked for", seen.start() - asked);
    assert!((asked..=asked + WITHIN).contains(seen.start()), "asked at {asked}, seen at {seen:?}");
    drop(viewer);
    station.core.crash().unwrap();
    station.core = station.site.start_core().await.unwrap();
    let mut viewer = station.watch().await;
    viewer.until(Until::Seconds(3.0), SOON).await.unwrap();

    let asked = station.frame_now().await;
    let stopped = station.data(&["override", "stop"]).await;
    assert_eq!(stopped["overrides"][0]["id"], shown["id"]);
    reach(&mut viewer, asked + WITHIN + 60).await;
    let seen = station.overridden(&viewer).await;
    println!("the programme was back {} frames after it was asked for", seen.end() + 1 - asked);
    assert!((asked - 90..=asked + WITHIN).contains(seen.end()), "asked at {asked}, seen until {seen:?}");
    drop(viewer);

    let idle = async || (station.status().await.1["state"] == "idle").then_some(());
    wait_for("the session to end", SOON, idle).await.unwrap();
    let rows = station.data(&["asrun", "show", CHANNEL, "--date", DAY]).await;
    let rows = rows["events"].as_array().unwrap();
    let id = shown["id"].as_str().unwrap();
    let over: Vec<_> = rows.iter().filter(|row| row["event_id"].as_str().unwrap().contains(id)).collect();
    assert!(over.len() >= 2 && over.iter().all(|row| row["kind"] == "card"), "before and after Core's death: {rows:?}");
    assert!(rows.iter().any(|row| row["cause"] == "overridden"), "{rows:?}");
}

#[tokio::test]
async fn on_air_a_line_runs_over_the_programme_which_goes_on() {
    let clips = clips::mixed().into_iter().take(2).map(|clip| clip.lasting(8)).collect();
    let station = Station::playing(clips).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Seconds(3.0), SOON).await.unwrap();
    let asked = station.frame_now().await;
    station
        .data(&[
            "override",
            "start",
            "emergency",
            "--crawl",
            "--text",
            "Schools are closed tomorrow",
            "--channel",
            CHANNEL,
        ])
        .await;
    reach(&mut viewer, asked + WITHIN + 90).await;
    station.data(&["override", "stop"]).await;
    let capture = viewer.capture().unwrap();
    // the band is red where nothing of the clips is
    let frames = capture.frames(320, 180).unwrap();
    let red = |frame: &Frame| (0..90).step_by(4).any(|y| frame.colour(0..320, y..y + 4)[1] > 165.0);
    let first = frames.iter().position(red).expect("no band was seen");
    // a busy machine may show black, over which nothing runs
    let black = |frame: &Frame| frame.brightness(0..320, 0..180) < 20.0;
    assert!(frames[first..].iter().all(|frame| red(frame) || black(frame)), "the band is not steady");
    let began = RATE.frame_with_pts(frames[first].pts, FrameIndex(asked)).unwrap().0;
    println!("the line ran {} frames after it was asked for", began - asked);
    assert!((asked..=asked + WITHIN).contains(&began), "asked at {asked}, seen at {began}");
}
