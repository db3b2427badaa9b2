//! What happens to one channel is not seen on another, and a manager that panics is replaced.

use std::time::Duration;

use retrovue_testkit::fake_air::Start;

use crate::station::{SLUG, Station, rate};
use crate::viewer::{Viewer, contiguous, frames};

const LONG: Duration = Duration::from_secs(600);

/// How many times a bad channel was started before a healthy one is judged: its back-off is well under way by then.
const ATTEMPTS: usize = 4;

async fn a_bad_neighbour(start: Start, attempts: usize) {
    let station = Station::open(LONG).await;
    station.add("bad", "2.2").await;
    let mut air = station.air_with(&[("bad", start)]);
    let mut early = station.watch().await;
    early.pictures(10).await;
    let _waits = station.get("/channel/bad.ts").await;
    air.until(|asked| asked.starts.iter().filter(|start| start.channel == "bad").count() >= attempts).await;
    station.add("good", "2.3").await;
    let mut late = Viewer::new(station.get("/channel/good.ts").await, rate(), station.clock.now());
    for viewer in [&mut early, &mut late] {
        let got = viewer.pictures(100).await;
        assert!(got.is_clean() && got.seams.is_empty() && contiguous(&frames(&got)), "{}", got.summary());
    }
    for good in [SLUG, "good"] {
        assert_eq!(air.asked().starts.iter().filter(|start| start.channel == good).count(), 1, "{good}");
    }
}

#[tokio::test]
async fn a_channel_that_is_refused_again_and_again_costs_no_other() {
    a_bad_neighbour(Start::Refused, ATTEMPTS).await;
}

#[tokio::test]
async fn a_channel_whose_start_hangs_costs_no_other() {
    a_bad_neighbour(Start::Unanswered, 2).await;
}

#[tokio::test]
async fn a_channel_that_stays_silent_costs_no_other() {
    a_bad_neighbour(Start::Silent, 2).await;
}

#[tokio::test]
async fn a_manager_that_panics_is_replaced_and_viewers_are_served() {
    // no clock shows the end of so long a linger, which is what the manager panics over
    let station = Station::open(Duration::MAX).await;
    station.add("neighbour", "2.2").await;
    let air = station.air();
    let mut neighbour = Viewer::new(station.get("/channel/neighbour.ts").await, rate(), station.clock.now());
    neighbour.pictures(10).await;
    station.watch().await.pictures(10).await;
    // that viewer has left
    station.until_metric("retrovue_task_panics_total{task=\"channel\"} 1").await;

    let mut viewer = station.watch().await;
    let got = viewer.pictures(100).await;
    assert!(got.is_clean() && contiguous(&frames(&got)), "{}", got.summary());
    assert_eq!(air.asked().starts.len(), 3, "one session for the neighbour, one before and one after");
    let seen = neighbour.pictures(100).await;
    assert!(seen.is_clean() && seen.seams.is_empty() && contiguous(&frames(&seen)), "{}", seen.summary());
}
