//! Files looked at and measured: what is told of good ones and of broken ones, and who ends the work.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use retrovue_proto::v1;
use retrovue_proto::v1::inspect_update::What;
use retrovue_proto::v1::media_service_client::MediaServiceClient;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::wait::wait_for;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use crate::control::word;
use crate::stage::{SOON, Stage};

/// Half a minute with three chapters, a keyframe every two seconds, black from 10 to 11 s, silence from 20 to 21.5 s.
fn known_clip(dir: &Path) -> PathBuf {
    let marks = [(0, 9_000, "One"), (9_000, 21_000, "Two"), (21_000, 30_000, "Three")]
        .map(|(start, end, title)| format!("[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n"));
    std::fs::write(dir.join("marks.txt"), format!(";FFMETADATA1\n{}", marks.concat())).unwrap();
    let made = Command::new("ffmpeg")
        .current_dir(dir)
        .args("-y -v error -nostdin -f lavfi -i".split(' '))
        .arg("testsrc2=s=320x180:r=25:d=30,drawbox=c=black:t=fill:enable='between(t,10,10.99)'")
        .args("-f lavfi -i sine=f=440:r=48000:d=30,volume=-9dB,volume=0:enable='between(t,20,21.5)'".split(' '))
        .args("-i marks.txt -map_chapters 2 -c:v libx264 -preset ultrafast -bf 2 -g 50 -keyint_min 50".split(' '))
        .args("-sc_threshold 0 -ac 2 -c:a aac known.mp4".split(' '))
        .output()
        .expect("ffmpeg is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    dir.join("known.mp4")
}

async fn media(stage: &Stage) -> MediaServiceClient<Channel> {
    let address = format!("unix:{}", stage.site.air_socket().display());
    MediaServiceClient::connect(address).await.unwrap()
}

async fn begun(
    client: &MediaServiceClient<Channel>,
    path: &Path,
    depth: v1::Depth,
) -> Result<Streaming<v1::InspectUpdate>, Status> {
    let path = path.as_os_str().as_bytes().to_vec();
    let asked = client.clone().inspect(v1::InspectRequest { path, depth: depth.into() }).await;
    asked.map(tonic::Response::into_inner)
}

/// Everything that is told: which parts were done, and at last what the file holds.
async fn told(
    client: &MediaServiceClient<Channel>,
    path: &Path,
    depth: v1::Depth,
) -> Result<(Vec<f64>, v1::Inspection), Status> {
    let (mut updates, mut parts) = (begun(client, path, depth).await?, Vec::new());
    loop {
        match updates.message().await?.expect("an inspection comes last").what.unwrap() {
            What::Fraction(part) => parts.push(part),
            What::Inspection(found) => {
                assert_eq!(updates.message().await?, None);
                return Ok((parts, found));
            }
        }
    }
}

/// The processes that look at files for this Air.
fn children(stage: &Stage) -> BTreeSet<u32> {
    let parent = format!("PPid:\t{}", stage.air.pid());
    let processes =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line == parent) && !status.contains("State:\tZ")
    };
    processes.filter(is_child).collect()
}

fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
    assert!(sent.success(), "{pid} is gone");
}

#[tokio::test]
async fn facts_are_told_at_once_and_broken_files_by_their_codes() {
    let stage = Stage::new().await;
    let client = media(&stage).await;
    let clip = Clip::new(1).lasting(8).file().unwrap();
    let (parts, seen) = told(&client, &clip, v1::Depth::Facts).await.unwrap();
    assert_eq!(parts, Vec::<f64>::new());
    assert!((seen.duration_ns - 8_000_000_000).abs() < 50_000_000, "{}", seen.duration_ns);
    let video = seen.streams.iter().find(|stream| stream.kind() == v1::stream::Kind::Video).unwrap();
    assert_eq!((video.width, video.height, &*video.media_type), (320, 180, "video/x-h264"));
    assert_eq!((&*seen.container, seen.measurement), ("video/quicktime", None));

    let broken = |name: &str, bytes: &[u8]| {
        let path = stage.site.home().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let pipe = stage.site.home().join("pipe.mp4");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let half = std::fs::read(&clip).unwrap();
    for (path, code, expected) in [
        (broken("text.mp4", b"no film at all"), Code::InvalidArgument, "not_media"),
        (broken("empty.mp4", b""), Code::InvalidArgument, "not_media"),
        (broken("cut.mp4", &half[..half.len() / 2]), Code::InvalidArgument, "truncated"),
        (pipe, Code::InvalidArgument, "not_media"),
        ("/nowhere/gone.mp4".into(), Code::NotFound, "file_missing"),
    ] {
        for depth in [v1::Depth::Facts, v1::Depth::Measure] {
            let refused = told(&client, &path, depth).await.unwrap_err();
            assert_eq!((refused.code(), word(&refused)), (code, expected), "{}", refused.message());
            assert!(refused.message().contains(path.to_str().unwrap()), "{}", refused.message());
        }
    }
}

#[tokio::test]
async fn a_measured_file_is_told_to_the_end_and_as_ffmpeg_measures_it() {
    let stage = Stage::new().await;
    let path = known_clip(stage.site.home());
    let (parts, seen) = told(&media(&stage).await, &path, v1::Depth::Measure).await.unwrap();
    assert!(parts.is_sorted() && parts.first() == Some(&0.0) && parts.last() == Some(&1.0), "{parts:?}");
    let ms = |interval: &v1::Interval| (interval.start_ns / 1_000_000, interval.end_ns / 1_000_000);
    let chapters: Vec<_> = seen.chapters.iter().map(|one| (ms(one.interval.as_ref().unwrap()), &*one.title)).collect();
    assert_eq!(chapters, [((0, 9000), "One"), ((9000, 21_000), "Two"), ((21_000, 30_000), "Three")]);

    let measured = seen.measurement.unwrap();
    assert_eq!(measured.keyframes_ms, (0..15).map(|n| n * 2000).collect::<Vec<u32>>());
    assert_eq!(measured.black.iter().map(ms).collect::<Vec<_>>(), [(10_000, 11_000)]);
    let [silence] = measured.silence.iter().map(ms).collect::<Vec<_>>()[..] else { panic!("{:?}", measured.silence) };
    assert!((silence.0 - 20_000).abs() <= 60 && (silence.1 - 21_500).abs() <= 60, "{silence:?}");

    let ran = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-i", path.to_str().unwrap()])
        .args(["-af", "ebur128=peak=true", "-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    let (_, summary) = said.rsplit_once("Summary:").unwrap();
    let [integrated, range, peak] = ["I:", "LRA:", "Peak:"].map(|name| {
        let (_, after) = summary.split_once(name).unwrap();
        after.split_whitespace().next().unwrap().parse::<f64>().unwrap()
    });
    let [track] = &measured.loudness[..] else { panic!("{:?}", measured.loudness) };
    println!("{track:?}; ffmpeg: {integrated} LUFS, {range} LU, {peak} dBFS");
    assert!((track.integrated_lufs.unwrap() - integrated).abs() <= 0.3);
    assert!((track.true_peak_dbtp.unwrap() - peak).abs() <= 0.3);
    // the tolerance of EBU Tech 3342: windows begin on other grids
    assert!((track.range_lu - range).abs() <= 1.0);
}

#[tokio::test]
async fn the_work_ends_with_its_child_or_with_whoever_asked_for_it() {
    let stage = Stage::new().await;
    let client = media(&stage).await;
    let path = known_clip(stage.site.home());
    let child = async || children(&stage).first().copied();

    let mut updates = begun(&client, &path, v1::Depth::Measure).await.unwrap();
    signal("-KILL", wait_for("a child", SOON, child).await.unwrap());
    let refused = loop {
        match updates.message().await {
            Ok(update) => assert!(update.is_some(), "the end of the child was not told"),
            Err(refused) => break refused,
        }
    };
    assert_eq!((refused.code(), word(&refused)), (Code::InvalidArgument, "crashed"), "{}", refused.message());
    assert!(refused.message().contains("SIGKILL"), "{}", refused.message());

    // standing still, as a file does that hangs its decoder
    let updates = begun(&client, &path, v1::Depth::Measure).await.unwrap();
    signal("-STOP", wait_for("a child", SOON, child).await.unwrap());
    drop(updates);
    wait_for("the child to be ended", SOON, async || children(&stage).is_empty().then_some(())).await.unwrap();
}

#[tokio::test]
async fn children_are_as_many_as_there_are_cores_and_the_others_wait() {
    let stage = Stage::new().await;
    let client = media(&stage).await;
    let path = known_clip(stage.site.home());
    let cores = std::thread::available_parallelism().unwrap().get();
    let mut at_work = Vec::new();
    for _ in 0..cores {
        let before = children(&stage);
        at_work.push(begun(&client, &path, v1::Depth::Measure).await.unwrap());
        let new = async || children(&stage).difference(&before).next().copied();
        signal("-STOP", wait_for("one more child", SOON, new).await.unwrap());
    }
    let queued = || {
        let (client, path) = (client.clone(), path.clone());
        tokio::spawn(async move { told(&client, &path, v1::Depth::Measure).await })
    };
    let (gives_up, stays) = (queued(), queued());
    // looking does not wait for those that measure
    told(&client, &path, v1::Depth::Facts).await.unwrap();
    let as_before = async || (children(&stage).len() == cores).then_some(());
    wait_for("the child that looked to leave", SOON, as_before).await.unwrap();
    assert!(!gives_up.is_finished() && !stays.is_finished());
    gives_up.abort();
    at_work.pop();
    let (parts, _) = stays.await.unwrap().unwrap();
    assert_eq!(parts.last(), Some(&1.0));
    let left = async || (children(&stage).len() == cores - 1).then_some(());
    wait_for("none but those that stand still", SOON, left).await.expect("who gave up waiting got no child");
}

#[tokio::test]
async fn children_go_with_their_air() {
    let mut stage = Stage::new().await;
    let client = media(&stage).await;
    let path = known_clip(stage.site.home());
    let _updates = begun(&client, &path, v1::Depth::Measure).await.unwrap();
    let pid = wait_for("a child", SOON, async || children(&stage).first().copied()).await.unwrap();
    stage.air.crash().unwrap();
    let gone = async || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        (status.is_empty() || status.contains("State:\tZ")).then_some(())
    };
    wait_for("the child to leave", SOON, gone).await.unwrap();
}
