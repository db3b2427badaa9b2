//! Exactness: a hundred boundaries and more at every house rate, between sources of all rates.

use retrovue_proto::v1;
use retrovue_proto::v1::event::What;
use retrovue_testkit::clips::{AudioCodec, Clip, Container, Pace, Scan, VideoCodec};
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::FrameRate;

use crate::judge::{assert_lip_sync, assert_shows, planned};
use crate::stage::{LONG, Stage, house, plan, request, until_ended};

/// One more than the boundaries.
const SEGMENTS: usize = 108;

/// Of every clip, so that in-points lie anywhere in it.
const CLIP_SECONDS: u32 = 10;

/// Small enough to be quick, large enough to be read.
const SIZE: (u32, u32) = (160, 90);

/// A source of every house rate, in all kinds of containers, a phone's varying one, fields, film on fields, and open
/// GOPs.
fn sources() -> Vec<Clip> {
    use Container::{Avi, Mkv, Mp4, Ps, Ts};
    use VideoCodec::{H264, H264OpenGop, Mpeg2, Mpeg4};
    let clip = |id: u8, rate: FrameRate| Clip::new(id).at(rate.num(), rate.den()).sized(SIZE.0, SIZE.1);
    let telecined = |clip: Clip| Clip { pace: Pace::Pulldown, ..clip }.sized(160, 96).scanned(Scan::Telecined);
    let [film, cinema, pal, ntsc, thirty, fifty, fields, sixty] = FrameRate::HOUSE;
    let sources = [
        clip(31, film).coded(H264, Mkv).sounding(AudioCodec::Ac3, 2),
        clip(32, cinema),
        clip(33, pal).coded(Mpeg2, Ts).sounding(AudioCodec::Mp2, 2),
        clip(34, ntsc).coded(H264, Ts),
        clip(35, thirty).coded(Mpeg4, Avi).sounding(AudioCodec::Mp3, 2),
        clip(36, fifty).coded(H264, Mkv).sounding(AudioCodec::Flac, 2),
        clip(37, fields),
        clip(38, sixty).coded(H264, Ts).starting_at(37),
        Clip { pace: Pace::Phone, ..Clip::new(39).at(200, 7).sized(SIZE.0, SIZE.1) },
        clip(40, fifty).sized(160, 96).coded(H264, Mkv).scanned(Scan::TopFieldFirst),
        telecined(clip(41, film)).coded(Mpeg2, Ps).sounding(AudioCodec::Ac3, 2),
        clip(42, cinema).coded(H264OpenGop, Mp4),
    ];
    sources.map(|clip| clip.lasting(CLIP_SECONDS)).to_vec()
}

/// Which clip, from where, and for how many frames: anything, and the same in each run.
fn cuts(rate: FrameRate, clips: usize) -> Vec<(Option<usize>, i64, i64)> {
    let second = i64::from(rate.num() / rate.den());
    let mut state = u64::from(rate.num()) << 8 | u64::from(rate.den() & 0xFF);
    let mut any = |below: i64| {
        // Knuth's linear congruence, of which the upper bits are good
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % below
    };
    let mut clip = 0;
    let cuts = (0..SEGMENTS).map(|at| {
        // mostly short: three frames to two seconds
        let share = any(1000);
        let frames = 3 + 2 * second * share * share * share / 1_000_000_000;
        clip = (clip + 1 + any(clips as i64 - 1) as usize) % clips;
        let source = (at % 20 != 19).then_some(clip);
        (source, any(i64::from(CLIP_SECONDS - 3) * second), frames)
    });
    cuts.collect()
}

async fn every_slot_is_exact(rate: FrameRate) {
    let clips = sources();
    let files: Vec<_> = clips.iter().map(|clip| clip.file().unwrap()).collect();
    let cuts = cuts(rate, clips.len());
    let start = rate.frame_at(retrovue_timeline::UtcTime::from_millis(1_790_000_000_123)).0;
    let sent =
        plan(1, start, cuts.iter().map(|(clip, offset, frames)| (clip.map(|clip| &*files[clip]), *offset, *frames)));
    let limit: i64 = cuts.iter().map(|cut| cut.2).sum();

    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let mut events = stage.events().await;
    let asked = v1::StartChannelRequest {
        format: Some(house(rate, SIZE.0, SIZE.1)),
        frame_limit: Some(limit),
        ..request(&endpoint, sent.clone())
    };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, LONG).await.unwrap();
    let (seen, _) = until_ended(&mut events).await;

    let faults: Vec<_> = seen.iter().filter(|what| matches!(what, What::SegmentFault(_))).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let planned = planned(&sent, |at| cuts[at].0.map(|clip| &clips[clip]));
    let capture = viewer.capture().unwrap();
    assert_eq!(assert_shows(&capture, rate, &planned), start..start + limit);
    assert_lip_sync(&capture, &clips);
}

#[tokio::test]
async fn every_slot_is_exact_at_23_976() {
    every_slot_is_exact(FrameRate::HOUSE[0]).await;
}

#[tokio::test]
async fn every_slot_is_exact_at_24() {
    every_slot_is_exact(FrameRate::HOUSE[1]).await;
}

#[tokio::test]
async fn every_slot_is_exact_at_25() {
    every_slot_is_exact(FrameRate::HOUSE[2]).await;
}

#[tokio::test]
async fn every_slot_is_exact_at_29_97() {
    every_slot_is_exact(FrameRate::HOUSE[3]).await;
}

#[tokio::test]
async fn every_slot_is_exact_at_30() {
    every_slot_is_exact(FrameRate::HOUSE[4]).await;
}

#[tokio::test]
async fn every_slot_is_exact_at_50() {
    every_slot_is_exact(FrameRate::HOUSE[5]).await;
}

#[tokio::test]
async fn every_slot_is_exact_at_59_94() {
    every_slot_is_exact(FrameRate::HOUSE[6]).await;
}

#[tokio::test]
async fn every_slot_is_exact_at_60() {
    every_slot_is_exact(FrameRate::HOUSE[7]).await;
}
