//! Files that are hard to enter, entered everywhere: where pictures depend on what comes before a keyframe, and where
//! a container says little of when they begin.

use retrovue_proto::v1;
use retrovue_testkit::clips::{AudioCodec, Clip, Container, Pace, Scan, Treatment, VideoCodec};
use retrovue_testkit::viewer::{TsEndpoint, Until};

use crate::judge::{assert_shows, planned};
use crate::stage::{LONG, RATE, Stage, house, plan, request, until_ended};

/// Of every clip.
const SECONDS: u32 = 8;

/// From in-point to in-point: of no GOP a multiple, so that they lie everywhere within them.
const STEP: usize = 5;

/// Of each cut.
const FRAMES: i64 = 6;

/// Small enough to be quick, large enough to be read.
const SIZE: (u32, u32) = (160, 96);

async fn is_right_from_everywhere(clip: Clip) {
    is_right_until(i64::from(SECONDS), clip).await;
}

/// The same for one that ends earlier, after so many seconds.
async fn is_right_until(seconds: i64, clip: Clip) {
    let clip = clip.lasting(SECONDS);
    let file = clip.file().unwrap();
    // none reaches the end, where a container may know no more how long the last picture lasts
    let in_points = (0..RATE.slots_within(seconds * 1_000_000_000 - 500_000_000)).step_by(STEP);
    let start = 51_000_000_456;
    let sent = plan(1, start, in_points.map(|in_point| (Some(&*file), in_point, FRAMES)));
    let limit = sent.segments.len() as i64 * FRAMES;

    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let mut events = stage.events().await;
    let asked = v1::StartChannelRequest {
        format: Some(house(RATE, SIZE.0, SIZE.1)),
        frame_limit: Some(limit),
        ..request(&endpoint, sent.clone())
    };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, LONG).await.unwrap();
    until_ended(&mut events).await;
    let capture = viewer.capture().unwrap();
    assert_eq!(assert_shows(&capture, RATE, &planned(&sent, |_| Some(&clip))), start..start + limit);
}

fn small(id: u8) -> Clip {
    Clip::new(id).sized(SIZE.0, SIZE.1).sounding(AudioCodec::Ac3, 2)
}

#[tokio::test]
async fn open_gops_in_mp4() {
    is_right_from_everywhere(small(51).coded(VideoCodec::H264OpenGop, Container::Mp4).at(24, 1)).await;
}

#[tokio::test]
async fn open_gops_that_several_threads_decode() {
    is_right_from_everywhere(small(58).coded(VideoCodec::H264OpenGop, Container::Mp4).sized(1280, 768)).await;
}

#[tokio::test]
async fn open_gops_in_matroska() {
    is_right_from_everywhere(small(52).coded(VideoCodec::H264OpenGop, Container::Mkv).at(24000, 1001)).await;
}

#[tokio::test]
async fn open_gops_in_a_transport_stream() {
    is_right_from_everywhere(small(53).coded(VideoCodec::H264OpenGop, Container::Ts)).await;
}

#[tokio::test]
async fn a_program_stream() {
    is_right_from_everywhere(small(54).coded(VideoCodec::Mpeg2, Container::Ps)).await;
}

#[tokio::test]
async fn telecined_film_in_a_program_stream() {
    let film = small(55).coded(VideoCodec::Mpeg2, Container::Ps).at(24000, 1001).scanned(Scan::Telecined);
    is_right_from_everywhere(Clip { pace: Pace::Pulldown, ..film }).await;
}

#[tokio::test]
async fn h264_in_avi() {
    is_right_from_everywhere(small(56).coded(VideoCodec::H264, Container::Avi).sounding(AudioCodec::Mp3, 2)).await;
}

#[tokio::test]
async fn h264_in_an_avi_that_has_lost_its_index() {
    let clip = small(57).coded(VideoCodec::H264, Container::Avi).sounding(AudioCodec::Mp3, 2);
    is_right_until(4, clip.treated(Treatment::Truncated(60))).await;
}
