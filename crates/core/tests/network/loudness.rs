//! Files as loud as they come, measured behind the operator's back and aired at one loudness.

use std::path::Path;
use std::process::Command;

use retrovue_testkit::daemon::Site;
use retrovue_testkit::viewer::{Until, Viewer};
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::FrameIndex;
use serde_json::Value;

use crate::station::{RATE, SOON};

const CHANNEL_FILE: &str = "channel: loud
number: \"3.1\"
name: Loud
timezone: UTC
grid: off
format: { size: 320x180, frame_rate: 30000/1001, video_kbps: 600 }
pools: { show: { match: { series: Show } } }
schedule: { all: [ { at: \"19:30\", for: 2h, play: show } ] }
";

/// Eight seconds of pictures with pink noise, whose peaks lie too low for a limiter at any level here.
fn noise(path: &Path, gain_db: i32) {
    let noise = format!("anoisesrc=c=pink:r=48000:d=8:seed=1,volume={gain_db}dB,pan=stereo|c0=c0|c1=c0");
    let made = Command::new("ffmpeg")
        .args("-y -v error -nostdin -f lavfi -i testsrc2=s=320x180:r=25:d=8 -f lavfi -i".split(' '))
        .arg(noise)
        .args("-c:v libx264 -preset ultrafast -c:a flac".split(' '))
        .arg(path)
        .output()
        .expect("ffmpeg is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Integrated loudness of `path` by ffmpeg, behind `filter`.
fn by_ffmpeg(path: &Path, filter: &str) -> f64 {
    let ran = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-copyts", "-i", path.to_str().unwrap()])
        .args(["-map", "0:a:0", "-af", &format!("{filter}ebur128"), "-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    let (_, summary) = said.rsplit_once("Summary:").unwrap_or_else(|| panic!("{said}"));
    let (_, after) = summary.split_once("I:").unwrap();
    after.split_whitespace().next().unwrap().parse().unwrap()
}

async fn data(site: &Site, arguments: &[&str]) -> Value {
    site.retrovue(arguments).await.unwrap().data().unwrap().clone()
}

#[tokio::test]
async fn on_air_the_quiet_and_the_loud_are_as_loud_as_each_other() {
    let site = Site::new()
        .unwrap()
        .with("RETROVUE_CLOCK_START", "2026-11-22T20:00:00Z")
        .with("RETROVUE_SCHEDULE__DAYS", "3")
        .with("RETROVUE_LIBRARY__MEASURE", "true");
    let library = site.home().join("library");
    std::fs::create_dir(&library).unwrap();
    let files = [("Show - S01E01 - quiet.mkv", -28), ("Show - S01E02 - loud.mkv", 0)].map(|(name, gain_db)| {
        noise(&library.join(name), gain_db);
        library.join(name)
    });
    let _core = site.start_core().await.unwrap();
    data(&site, &["source", "add", "library", "--path", library.to_str().unwrap()]).await;
    data(&site, &["source", "sync", "library"]).await;
    let measured = async || (data(&site, &["source", "show", "library"]).await["measured"] == 2).then_some(());
    wait_for("both files to be measured", SOON, measured).await.unwrap();

    let assets = data(&site, &["asset", "list"]).await;
    for (asset, file) in assets["assets"].as_array().unwrap().iter().zip(&files) {
        let id = asset["id"].as_str().unwrap();
        let shown = data(&site, &["asset", "show", id]).await;
        let told = shown["loudness"]["integrated_lufs"].as_f64().unwrap();
        assert!((told - by_ffmpeg(file, "")).abs() <= 0.3, "{shown}");
        let probed = data(&site, &["asset", "probe", id]).await;
        assert_eq!(probed["loudness"], shown["loudness"]);
        assert!(probed["measured"]["measured_utc"].as_str() > shown["measured"]["measured_utc"].as_str(), "{probed}");
    }

    let file = site.home().join("loud.yaml");
    std::fs::write(&file, CHANNEL_FILE).unwrap();
    data(&site, &["channel", "apply", file.to_str().unwrap()]).await;
    let mut viewer = Viewer::connect(&site.url("/channel/loud.ts")).await.unwrap();
    viewer.until(Until::Pictures(1), SOON).await.unwrap();
    let playlog = data(&site, &["playlog", "show", "loud", "--from", "2026-11-22T19:50:00Z"]).await;
    let frame = |event: &Value, field: &str| event[field].as_i64().unwrap();
    let first = viewer.pictures()[0].pts;
    let whole: Vec<&Value> = playlog["events"].as_array().unwrap().iter().collect();
    let whole: Vec<&Value> = whole
        .into_iter()
        .filter(|event| RATE.pts(FrameIndex(frame(event, "start_frame"))).ticks_since(first) > 0)
        .take(2)
        .collect();
    let end = FrameIndex(frame(whole[1], "start_frame") + frame(whole[1], "frame_count") + 5);
    viewer.until(Until::Reached(RATE.pts(end)), SOON).await.unwrap();
    let capture = viewer.capture().unwrap();
    for event in whole {
        let start = FrameIndex(frame(event, "start_frame"));
        let seconds = |frame: FrameIndex| RATE.pts(frame).ticks() as f64 / 90_000.0;
        // the ends are faded
        let from = seconds(start) + 0.1;
        let filter = format!("atrim=start={from}:end={},", from + frame(event, "frame_count") as f64 / 30.0 - 0.2);
        let lufs = by_ffmpeg(capture.path(), &filter);
        println!("{} is aired at {lufs} LUFS", event["asset"]["uri"]);
        assert!((lufs + 24.0).abs() <= 1.0, "{} is aired at {lufs} LUFS", event["asset"]["uri"]);
    }
}
