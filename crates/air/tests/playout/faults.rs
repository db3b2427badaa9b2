//! Never silent: whatever goes wrong while a channel is on air, its stream goes on, the fault's own slots are slate, and
//! the boundary after it holds. Other channels of the same Air see nothing of it.

mod channel;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use retrovue_proto::v1;
use retrovue_testkit::burner::Burner;
use retrovue_testkit::clips::{AudioCodec, Clip, Container, VideoCodec};
use retrovue_testkit::faults::{Fault, Faults};
use retrovue_testkit::metrics::Metrics;

use retrovue_timeline::FrameIndex;

use crate::stage::{RATE, Stage};
use channel::{Channel, Row, close};

/// Frames of two seconds: longer than the opening stretch of a session, so that what follows is opened ahead.
const LEAD_IN: i64 = 60;

/// A clip with PCM sound, so that bytes of its file are places in its programme.
fn clip(id: u8) -> Clip {
    Clip::new(id).coded(VideoCodec::H264, Container::Mkv).sounding(AudioCodec::Pcm, 2).lasting(40)
}

fn copy(clip: &Clip, to: &Path) -> PathBuf {
    clip.copy_to(to).unwrap();
    to.to_owned()
}

/// House frames of a clip's own time until `seconds` of it.
fn at(seconds: f64) -> i64 {
    (seconds * 30_000.0 / 1001.0) as i64
}

#[tokio::test]
async fn files_and_disks_that_fail_on_air() {
    let faults = Faults::new().unwrap();
    let mut stage = Stage::on(&faults).await;
    let mut events = stage.events().await;
    let home = stage.site.home().to_owned();
    let (film, next) = (clip(1), clip(2));
    let next_file = next.file().unwrap();
    // whoever opens a file looks at its end for an index, and into its middle for what it is
    let bad = Fault::bytes_of(&film.file().unwrap(), 0.6..0.95).unwrap();

    let [deleted, truncated, damaged, slow, still] =
        ["deleted", "truncated", "damaged", "slow", "still"].map(|name| copy(&film, &home.join(name)));
    let stall = |path: &Path| Fault::ReadsStall(path.to_owned(), bad.clone());
    for path in [&deleted, &truncated, &slow, &still] {
        faults.strike(stall(path)).unwrap();
    }
    faults.strike(Fault::ReadsFail(damaged.clone(), bad.start..bad.start + bad.start / 12)).unwrap();

    // the bad part comes so long after the segment's begin
    let bad_after = |seconds: f64| at(24.0 - seconds);
    let length = at(14.0);
    let mut channels = Vec::new();
    for (name, file, in_offset) in [
        ("deleted", &deleted, bad_after(11.0)),
        ("truncated", &truncated, bad_after(11.0)),
        ("damaged", &damaged, bad_after(2.0)),
        ("slow", &slow, bad_after(11.0)),
        ("still", &still, bad_after(2.0)),
        ("beside", &next_file, 0),
    ] {
        let clip = if name == "beside" { next } else { film };
        let rows =
            [Row::slate(LEAD_IN), Row::of(clip, file, in_offset, length), Row::of(next, &next_file, 100, at(3.0))];
        channels.push(Channel::start(&mut stage, name, &rows).await);
    }
    let [deleted_air, truncated_air, damaged_air, slow_air, still_air, beside] = &mut channels[..] else { panic!() };

    // what is open may go
    deleted_air.reached(LEAD_IN + at(2.0)).await;
    fs::remove_file(&deleted).unwrap();
    faults.lift(&stall(&deleted)).unwrap();
    File::options().write(true).open(&truncated).unwrap().set_len(bad.start).unwrap();
    faults.lift(&stall(&truncated)).unwrap();
    // ten seconds of work ahead reach from one second on; five seconds later the disk is back
    slow_air.reached(LEAD_IN + at(6.5)).await;
    faults.lift(&stall(&slow)).unwrap();
    still_air.reached(LEAD_IN + at(9.0)).await;
    faults.lift(&stall(&still)).unwrap();
    for channel in [&mut *deleted_air, truncated_air, damaged_air, slow_air, still_air, beside] {
        channel.reached(LEAD_IN + length + at(1.5)).await;
    }
    let told = close(&mut stage, &mut events, &mut channels).await;
    let [deleted_air, truncated_air, damaged_air, slow_air, still_air, beside] = &channels[..] else { panic!() };

    for whole in [deleted_air, slow_air, beside] {
        let (lost, told) = (whole.lost(), told.of(whole.name));
        assert!(lost.is_empty() && told.is_empty(), "{}: {lost:?} {told:?}", whole.name);
    }
    let lost = truncated_air.lost();
    assert!(lost.first().is_some_and(|first| *first > LEAD_IN + at(8.0)), "{lost:?}");
    assert_eq!(lost.last(), Some(&(LEAD_IN + length - 1)));
    assert_eq!(told.of("truncated").last().unwrap().code, "ended_early", "{:?}", told.of("truncated"));

    for (back, code) in [(damaged_air, "read_failed"), (still_air, "stalled")] {
        let (lost, told) = (back.lost(), told.of(back.name));
        assert!(lost.first().is_some_and(|first| *first > LEAD_IN + at(1.0)), "{}: {lost:?}", back.name);
        assert!(lost.last().is_some_and(|last| *last < LEAD_IN + length - 1), "{} is back: {lost:?}", back.name);
        let fault = told.iter().find(|fault| fault.code == code).unwrap_or_else(|| panic!("{told:?}"));
        assert!(fault.message.contains(&*home.join(back.name).to_string_lossy()), "{}", fault.message);
    }
}

#[tokio::test]
async fn codecs_and_mounts_that_fail_on_air() {
    let faults = Faults::new().unwrap();
    let mut stage = Stage::on(&faults).await;
    let mut events = stage.events().await;
    let home = stage.site.home().to_owned();
    let next = clip(2);
    let next_file = next.file().unwrap();
    let film = Clip::new(3).coded(VideoCodec::Mpeg2, Container::Mkv).sounding(AudioCodec::Mp2, 2).lasting(20);
    let film_file = film.file().unwrap();

    // the first two seconds of the film decode, and of the small channel's segments encode
    faults.strike(Fault::DecoderHangs("mpeg2video", 50..u64::MAX >> 1)).unwrap();
    let refusing = Fault::EncoderFails(160, 2_000_000_000..u64::MAX >> 1);
    faults.strike(refusing.clone()).unwrap();
    let [dead, replaced] = ["dead", "replaced"].map(|name| copy(&next, &home.join(name)));
    faults.strike(Fault::ReadsStall(dead.clone(), 0..u64::MAX >> 1)).unwrap();
    let fifo = home.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());

    let length = at(14.0);
    let small = |request: v1::StartChannelRequest| {
        let format = v1::HouseFormat { width: 160, height: 90, ..request.format.unwrap() };
        v1::StartChannelRequest { format: Some(format), ..request }
    };
    let mut channels = Vec::new();
    for (name, clip, file) in [
        ("decoder", film, &film_file),
        ("dead", next, &dead),
        ("fifo", next, &fifo),
        ("replaced", next, &replaced),
        ("encoder", next, &next_file),
    ] {
        let last = if name == "replaced" { &replaced } else { &next_file };
        let last_clip = if name == "replaced" { clip_of_another_file() } else { next };
        let rows = [Row::slate(LEAD_IN), Row::of(clip, file, 0, length), Row::of(last_clip, last, 100, at(3.0))];
        let with = |request| if name == "encoder" { small(request) } else { request };
        channels.push(Channel::start_as(&mut stage, name, &rows, with).await);
    }
    // boundaries beside what hangs: their pipelines end and others open
    let many: Vec<_> = (0..18).map(|n| Row::of(next, &next_file, 30 * n, at(1.0))).collect();
    channels.push(Channel::start(&mut stage, "beside", &[vec![Row::slate(LEAD_IN)], many].concat()).await);

    let [decoder, dead_air, fifo_air, replaced_air, encoder, beside] = &mut channels[..] else { panic!() };
    // what is open stays what it was, and what opens next is new
    replaced_air.reached(LEAD_IN + at(1.0)).await;
    let unfinished = copy(&clip_of_another_file(), &home.join("unfinished"));
    fs::rename(unfinished, &replaced).unwrap();
    encoder.reached(LEAD_IN + at(3.0)).await;
    faults.lift(&refusing).unwrap();
    for channel in [&mut *decoder, dead_air, fifo_air, replaced_air, encoder, beside] {
        channel.reached(LEAD_IN + length + at(1.5)).await;
    }
    // what hangs ends nowhere, and all others do: some fifty pipelines of the channel beside
    let page = Metrics::fetch(&stage.site.air_metrics()).await.unwrap();
    assert!((1.0..10.0).contains(&page.value("retrovue_air_pipelines_ending")));
    let told = close(&mut stage, &mut events, &mut channels).await;
    let [decoder, dead_air, fifo_air, replaced_air, encoder, beside] = &channels[..] else { panic!() };

    for whole in [replaced_air, beside] {
        let (lost, told) = (whole.lost(), told.of(whole.name));
        assert!(lost.is_empty() && told.is_empty(), "{}: {lost:?} {told:?}", whole.name);
    }
    for (air, code) in [(dead_air, "open_timeout"), (fifo_air, "open_timeout")] {
        assert_eq!(air.lost(), (LEAD_IN..LEAD_IN + length).collect::<Vec<_>>(), "{}", air.name);
        assert!(told.of(air.name).iter().any(|fault| fault.code == code), "{:?}", told.of(air.name));
    }
    for (air, code) in [(decoder, "stalled"), (encoder, "encode_failed")] {
        let (lost, told) = (air.lost(), told.of(air.name));
        assert!(lost.first().is_some_and(|first| *first > LEAD_IN + at(1.0)), "{}: {lost:?}", air.name);
        assert!(lost.windows(2).any(|pair| pair[1] > pair[0] + 1) || lost.last() < Some(&(LEAD_IN + length - 1)));
        assert!(told.iter().any(|fault| fault.code == code), "{told:?}");
    }
}

fn clip_of_another_file() -> Clip {
    clip(1)
}

#[tokio::test]
async fn plans_that_end_and_sockets_that_block_on_air() {
    let mut stage = Stage::new().await;
    let mut events = stage.events().await;
    let (film, noise) = (clip(1), stage.site.home().join("noise.mkv"));
    let file = film.file().unwrap();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "rawvideo", "-s", "640x360", "-r", "30", "-pix_fmt", "yuv420p"])
        .args(["-i", "/dev/urandom", "-t", "6", "-c:v", "mpeg4", "-q:v", "4"])
        .arg(&noise)
        .status();
    assert!(made.unwrap().success());

    let ending = vec![Row::slate(LEAD_IN), Row::of(film, &file, 0, at(2.0))];
    let mut ends = Channel::start(&mut stage, "ends", &ending).await;
    let mut beside = Channel::start(&mut stage, "beside", &[Row::slate(LEAD_IN), Row::of(film, &file, 0, 900)]).await;
    // what fills the queue before the socket in two seconds
    let fat = |request: v1::StartChannelRequest| {
        let format = v1::HouseFormat { width: 640, height: 360, video_kbps: 20_000, ..request.format.unwrap() };
        v1::StartChannelRequest { format: Some(format), ..request }
    };
    let rows = [Row::of(film, &noise, 0, at(6.0)), Row::of(film, &file, 0, 900)];
    let mut blocked = Channel::start_as(&mut stage, "blocked", &rows, fat).await;

    let again = [ending, vec![Row::slate(at(8.0)), Row::of(film, &file, 300, at(10.0))]].concat();
    ends.reached(LEAD_IN + at(4.0)).await;
    ends.update(&mut stage, 2, &again).await;
    ends.reached(LEAD_IN + at(11.0)).await;
    beside.reached(LEAD_IN + at(11.0)).await;

    let status = stage.client.list_channels(v1::ListChannelsRequest {}).await.unwrap().into_inner();
    let status = status.channels.iter().find(|status| status.channel == "blocked").unwrap();
    assert!(status.dropped_slots > 20, "{} slots dropped", status.dropped_slots);
    blocked.reached(LEAD_IN + at(13.0)).await;
    let mut channels = [ends, beside, blocked];
    let told = close(&mut stage, &mut events, &mut channels).await;
    let [ends, beside, blocked] = &channels;
    for whole in [ends, beside] {
        let (lost, told) = (whole.lost(), told.of(whole.name));
        assert!(lost.is_empty() && told.is_empty(), "{}: {lost:?} {told:?}", whole.name);
    }
    // whole groups are missing: what follows a seam is a keyframe, and the line goes on where the time is
    let pictures = blocked.viewer.pictures();
    let seams: Vec<_> = pictures
        .windows(2)
        .filter(|pair| pair[1].pts.ticks_since(pair[0].pts) > 2 * RATE.ticks(FrameIndex(1)))
        .collect();
    assert!(!seams.is_empty());
    assert!(seams.iter().all(|pair| pair[1].keyframe), "{seams:?}");
}

#[tokio::test]
async fn other_work_on_every_core_is_carried_by_work_ahead_on_air() {
    let mut stage = Stage::new().await;
    let mut events = stage.events().await;
    let (film, next) = (clip(1), clip(2));
    let (film_file, next_file) = (film.file().unwrap(), next.file().unwrap());
    let segments = (0..4).map(|n| Row::of(film, &film_file, 90 * n, at(2.5)));
    let rows = [vec![Row::slate(LEAD_IN)], segments.collect(), vec![Row::of(next, &next_file, 0, 300)]].concat();
    let mut channels = Vec::new();
    for name in ["one", "two"] {
        channels.push(Channel::start(&mut stage, name, &rows).await);
    }
    for channel in &mut channels {
        channel.reached(LEAD_IN).await;
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    let burners: Vec<_> = (0..cores).map(|_| Burner::start()).collect();
    for channel in &mut channels {
        channel.reached(LEAD_IN + at(8.0)).await;
    }
    drop(burners);
    let told = close(&mut stage, &mut events, &mut channels).await;
    for channel in &channels {
        let (lost, told) = (channel.lost(), told.of(channel.name));
        assert!(lost.is_empty() && told.is_empty(), "{}: {lost:?} {told:?}", channel.name);
    }
}
