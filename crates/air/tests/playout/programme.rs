//! Lip-sync deep in a programme: joined after an hour, and after ten minutes played without a break.

use retrovue_proto::v1;
use retrovue_testkit::clips::{AudioCodec, Clip, Container, VideoCodec};
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::FrameRate;

use crate::judge::{assert_lip_sync, assert_shows, planned};
use crate::stage::{LONG, Stage, house, plan, request};

/// Ten pictures a second, since frame numbers have 16 bits, and as small as can be read.
fn long_programme() -> Clip {
    Clip::new(51)
        .at(10, 1)
        .sized(96, 54)
        .coded(VideoCodec::H264, Container::Mkv)
        .sounding(AudioCodec::Flac, 1)
        .lasting(65 * 60)
}

#[tokio::test]
async fn sound_lies_by_its_pictures_after_an_hour_and_through_ten_minutes() {
    let rate = FrameRate::HOUSE[2];
    let clip = long_programme();
    let file = clip.file().unwrap();
    let minute = 60 * i64::from(rate.num());
    let start = rate.frame_at(retrovue_timeline::UtcTime::from_millis(1_790_000_000_123)).0;
    let joined = plan(1, start, [(Some(&*file), 60 * minute + 11, 30 * 25), (Some(&*file), 54 * minute, 10 * minute)]);
    let limit = 30 * 25 + 10 * minute;

    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let asked = v1::StartChannelRequest {
        format: Some(v1::HouseFormat { video_kbps: 200, ..house(rate, 96, 54) }),
        frame_limit: Some(limit),
        ..request(&endpoint, joined.clone())
    };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, LONG).await.unwrap();
    let capture = viewer.capture().unwrap();
    assert_eq!(assert_shows(&capture, rate, &planned(&joined, |_| Some(&clip))), start..start + limit);
    let beeps = assert_lip_sync(&capture, &[clip]);
    assert!(beeps >= 620, "{beeps} beeps were heard");
}
