//! Programmes with breaks, and plans that take over at once, as viewers see them.

use retrovue_testkit::clips;
use retrovue_testkit::expect::Planned;
use retrovue_testkit::viewer::Until;

use crate::station::{CHANNEL_FILE, RATE, SOON, Station, instant};

/// A show of 24 seconds every 41, broken after ten of them; four spots of four seconds fill nearly all of the rest.
const FILE: &str = "channel: marked
number: \"2.1\"
name: Marked
timezone: UTC
grid: 41s
format: { size: 320x180, frame_rate: 30000/1001, video_kbps: 600 }
pools: { show: { match: { series: Show } }, spots: { match: { kind: commercial } } }
schedule: { all: [ { at: \"19:30\", for: 2h, play: show } ] }
breaks: { at: every 10s, pod: [ spots… ], fade: 0s }
traffic: { cooldown: { commercial: 10s } }
";

#[tokio::test]
async fn on_air_a_programme_goes_on_behind_its_break_at_the_frame_where_it_stopped() {
    let clips = clips::mixed().into_iter().take(6).enumerate();
    let clips = clips.map(|(at, clip)| clip.lasting(if at == 0 { 24 } else { 4 })).collect();
    let station = Station::broken_by(clips, 5, FILE).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(1), SOON).await.unwrap();
    let first = viewer.pictures()[0].pts;
    let plan = station.playlog().await;
    let show = plan.iter().position(|event| event.clip.is_some_and(|clip| clip.id == 1)).unwrap();
    assert!(
        plan[show..].iter().take(60).all(|event| event.clip.is_some() || event.frames < 40),
        "the rest is hardly a second"
    );
    let acts: Vec<_> = plan.iter().filter(|event| event.clip.is_some_and(|clip| clip.id == 1)).collect();
    assert!(acts.chunks_exact(2).all(|pair| {
        (pair[0].in_offset, pair[1].in_offset) == (0, pair[0].frames) && pair[0].frames + pair[1].frames == 719
    }));
    let last = plan.iter().filter(|event| RATE.pts(event.start).ticks_since(first) > 0).nth(7).unwrap();
    viewer.until(Until::Reached(RATE.pts(last.start + 30)), SOON).await.unwrap();
    let verdict = station.judge(&viewer).await;
    assert!(verdict.boundaries >= 7 && verdict.report.seams.is_empty());
    verdict.assert_little_slate();

    let spot = plan.iter().find(|event| event.clip.is_some_and(|clip| clip.id > 1)).unwrap();
    let at = jiff::Timestamp::from_nanosecond(RATE.start_of(spot.start).nanos().into()).unwrap().to_string();
    let why = station.data(&["schedule", "explain", "marked", "--at", &at]).await;
    let reasons = why["reasons"].as_array().unwrap();
    assert!(reasons.iter().any(|reason| reason.as_str().unwrap().starts_with("This is its break 1: ")), "{why}");
}

#[tokio::test]
async fn on_air_a_plan_takes_over_within_seconds_at_its_frame() {
    let clips = clips::mixed().into_iter().take(2).enumerate();
    let clips = clips.map(|(at, clip)| clip.lasting(if at == 0 { 60 } else { 4 })).collect();
    let station = Station::playing(clips).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(60), SOON).await.unwrap();
    let other = CHANNEL_FILE.replace("series: Show", "series: Show, episode: 2");
    let file = station.write("other.yaml", &other);
    let applied = station.data(&["channel", "apply", &file, "--now"]).await;
    let from = RATE.frame_at_or_after(instant(&applied["channels"][0]["changed_from"]));
    let shown = station.data(&["channel", "show", "marked"]).await;
    assert_eq!(shown["generations"][0]["frozen_from"], applied["channels"][0]["changed_from"]);
    viewer.until(Until::Reached(RATE.pts(from + 300)), SOON).await.unwrap();
    let plan = station.playlog().await;
    let is_other = |event: &&Planned<'_>| event.clip.is_some_and(|clip| clip.id == 2);
    assert!(plan.iter().filter(|event| event.start > from).take(20).all(|event| is_other(&event)));
    assert!(plan.iter().any(|event| event.start <= from + 1 && event.start + event.frames > from && is_other(&event)));
    let verdict = station.judge(&viewer).await;
    assert!(verdict.boundaries >= 2 && verdict.report.seams.is_empty());
    verdict.assert_little_slate();
}
