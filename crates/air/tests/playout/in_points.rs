//! Files that are hard to enter, entered everywhere: where pictures depend on what comes before a keyframe, and where
//! a container says little of when they begin.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
    // once as a stranger, once as Core knows it
    let twice = in_points.clone().chain(in_points);
    let mut sent = plan(1, start, twice.map(|in_point| (Some(&*file), in_point, FRAMES)));
    let limit = sent.segments.len() as i64 * FRAMES;

    let mut stage = Stage::new().await;
    let known = sent.segments.len() / 2;
    if let Ok(first_picture) = stage.site.first_picture(&file).await {
        for asset in sent.segments[known..].iter_mut().filter_map(|segment| segment.asset.as_mut()) {
            (asset.first_picture, asset.inspected) = (Some(first_picture), Some(stamp(&file)));
        }
    }
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

/// The file as it is now.
fn stamp(file: &Path) -> v1::FileStamp {
    let facts = file.metadata().unwrap();
    v1::FileStamp { size: facts.size(), modified_ns: facts.mtime() * 1_000_000_000 + facts.mtime_nsec() }
}

#[tokio::test]
async fn what_was_known_of_the_file_before_it_was_replaced_is_not_believed() {
    let clip = small(59).coded(VideoCodec::H264, Container::Mp4).lasting(SECONDS);
    let file = clip.file().unwrap();
    let (start, limit) = (51_000_000_456, 2 * FRAMES);
    let mut stage = Stage::new().await;
    // as of a film whose lines of time began a second earlier
    let mut first_picture = stage.site.first_picture(&file).await.unwrap();
    first_picture.pts_ns -= 1_000_000_000;
    first_picture.stream_ns -= 1_000_000_000;
    let now = stamp(&file);
    let others =
        [v1::FileStamp { size: now.size + 1, ..now }, v1::FileStamp { modified_ns: now.modified_ns - 1, ..now }];
    let mut sent = plan(1, start, [(Some(&*file), 100, FRAMES), (Some(&*file), 150, FRAMES)]);
    for (segment, other) in sent.segments.iter_mut().zip(others) {
        let asset = segment.asset.as_mut().unwrap();
        (asset.first_picture, asset.inspected) = (Some(first_picture), Some(other));
    }

    let endpoint = TsEndpoint::open().unwrap();
    let asked = v1::StartChannelRequest {
        format: Some(house(RATE, SIZE.0, SIZE.1)),
        frame_limit: Some(limit),
        ..request(&endpoint, sent.clone())
    };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, LONG).await.unwrap();
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
