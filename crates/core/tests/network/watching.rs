//! What viewers see: the planned picture at each instant, whoever comes when.

use std::time::Duration;

use retrovue_mpegts::packet::PACKET;
use retrovue_testkit::clips;
use retrovue_testkit::viewer::Until;

use crate::station::{RATE, SOON, Station};

#[tokio::test]
async fn on_air_a_dozen_programmes_of_all_sorts_pass_without_a_seam() {
    let clips = clips::mixed().into_iter().map(|clip| clip.lasting(4)).collect();
    let station = Station::playing(clips).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(1), SOON).await.unwrap();
    let first = viewer.pictures()[0].pts;
    let plan = station.playlog().await;
    let last = plan.iter().filter(|event| RATE.pts(event.start).ticks_since(first) > 0).nth(12).unwrap();
    viewer.until(Until::Reached(RATE.pts(last.start + 30)), Duration::from_secs(180)).await.unwrap();

    let (_, channel) = station.status().await;
    let verdict = station.judge(&viewer).await;
    println!(
        "{} pictures over {} boundaries, {} of them slate",
        verdict.frames.len(),
        verdict.boundaries,
        verdict.slate.len()
    );
    let audio_late_ms = station.audio_late_ms(&viewer);
    println!("sound comes {audio_late_ms:.1} ms after its picture");
    assert!(verdict.boundaries >= 12);
    assert!(audio_late_ms.abs() <= 12.0, "sound comes {audio_late_ms:.1} ms after its picture");
    assert_eq!(verdict.report.seams, []);
    assert_eq!(verdict.report.service_name.as_deref(), Some("Marked"));
    verdict.assert_little_slate();
    assert!(channel["slate_frames"].as_u64().unwrap() >= verdict.slate.len() as u64, "{channel}");
}

#[tokio::test]
async fn on_air_viewers_that_come_one_after_the_other_see_the_same() {
    let clips = clips::mixed().into_iter().take(3).map(|clip| clip.lasting(4)).collect();
    let station = Station::playing(clips).await;
    let asked = station.now().await;
    let mut early = station.watch().await;
    early.until(Until::Pictures(1), SOON).await.unwrap();
    let seen = station.now().await;
    // the session began somewhere between these two
    let first = RATE.start_of(RATE.frame_with_pts(early.pictures()[0].pts, RATE.frame_at(seen)).unwrap());
    assert!(first >= asked.minus(Duration::from_millis(2500)), "the first picture lies too far back");
    assert!(first <= seen.minus(Duration::from_millis(500)), "a player would have no buffer");
    assert_eq!(early.headers()["content-type"], "video/mp2t");
    assert_eq!(early.headers()["cache-control"], "no-store");

    early.until(Until::Seconds(4.0), SOON).await.unwrap();
    let mut late = station.watch().await;
    late.until(Until::Seconds(5.0), SOON).await.unwrap();
    early.until(Until::Reached(late.pictures()[late.pictures().len() - 1].pts), SOON).await.unwrap();
    let (verdict, later) = (station.judge(&early).await, station.judge(&late).await);
    assert!(later.frames[0] > verdict.frames[0]);
    assert!(verdict.report.seams.is_empty() && later.report.seams.is_empty());
    let start = verdict.report.video.iter().zip(&verdict.frames).find(|(_, frame)| **frame == later.frames[0]);
    // a slot starts with its tables: PAT and PMT lie before the picture for both
    let start = (start.unwrap().0.packet - later.report.video[0].packet) * PACKET;
    let shared = late.bytes().len().min(early.bytes().len() - start);
    assert!(early.bytes()[start..start + shared] == late.bytes()[..shared], "other bytes for the same pictures");
}

#[tokio::test]
async fn on_air_a_file_that_is_gone_costs_its_own_slot_and_no_other() {
    let clips = clips::mixed().into_iter().take(6).map(|clip| clip.lasting(4)).collect();
    let station = Station::playing(clips).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(1), SOON).await.unwrap();
    let now = RATE.frame_at(station.now().await);
    let plan = station.playlog().await;
    // far enough ahead that nothing has opened it yet
    let vanishes = plan.iter().position(|event| event.start > now + 14 * 30).unwrap();
    let (gone, next) = (plan[vanishes], plan[vanishes + 1]);
    std::fs::remove_file(station.file(usize::from(gone.clip.unwrap().id) - 1)).unwrap();
    viewer.until(Until::Reached(RATE.pts(next.start + 30)), SOON).await.unwrap();

    let verdict = station.judge(&viewer).await;
    let missing = gone.start.0..gone.start.0 + gone.frames;
    let (slate, elsewhere): (Vec<_>, Vec<_>) = verdict.slate.iter().partition(|frame| missing.contains(&frame.0));
    assert_eq!(slate.len() as i64, gone.frames, "a file that is gone was shown");
    assert!(elsewhere.len() * 20 <= verdict.frames.len(), "slate beside the file that is gone: {elsewhere:?}");
    assert!(!elsewhere.contains(&next.start), "the next programme started late");
    assert!(verdict.report.seams.is_empty());
}
