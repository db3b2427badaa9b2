//! How a session begins whose file takes its time.

use retrovue_kit::MasterClock;
use retrovue_proto::v1;
use retrovue_testkit::clips::{Clip, Container, VideoCodec};
use retrovue_testkit::expect::{Planned, mismatches};
use retrovue_testkit::faults::{Fault, Faults};
use retrovue_testkit::marks::Shows;
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::FrameIndex;

use crate::judge::{assert_clean, assert_lip_sync, planned};
use crate::stage::{RATE, SOON, Stage, paced, plan};

#[tokio::test]
async fn what_opens_slowly_is_slate_at_the_live_edge_and_then_the_programme_where_it_is_by_then() {
    let clip = Clip::new(31).coded(VideoCodec::H264, Container::Mkv).lasting(60);
    let file = clip.file().unwrap();
    let faults = Faults::new().unwrap();
    let mut stage = Stage::on(&faults).await;
    let endpoint = TsEndpoint::open().unwrap();
    // a disk that has to wake up
    let asleep = Fault::ReadsStall(file.clone(), 0..u64::MAX >> 1);
    faults.strike(asleep.clone()).unwrap();

    let clock = MasterClock::system();
    let asked = RATE.frame_at(clock.now()).0;
    let (begin, frames) = (asked - 60, 1500);
    let request = paced(&endpoint, plan(1, begin, [(Some(&*file), 0, frames)]), &clock);
    let (_, mut viewer) = stage.start(request, &endpoint).await;
    viewer.until(Until::Pictures(20), SOON).await.unwrap();
    let awake = RATE.frame_at(clock.now()).0;
    faults.lift(&asleep).unwrap();
    // how long a busy machine takes does not matter, as long as there is programme left
    let mut until = awake;
    let (capture, pictures, joined) = loop {
        until += 240;
        assert!(until < begin + frames, "the programme never came");
        viewer.until(Until::Reached(RATE.pts(FrameIndex(until))), SOON).await.unwrap();
        let capture = viewer.capture().unwrap();
        let pictures = capture.pictures().unwrap();
        // and some of it has been shown
        let joined = pictures.iter().position(|picture| picture.shows != Shows::Slate);
        if let Some(joined) = joined.filter(|joined| joined + 30 < pictures.len()) {
            break (capture, pictures, joined as i64);
        }
    };
    let report = capture.check(RATE, FrameIndex(asked)).unwrap();
    assert!(report.is_clean(), "{}", report.summary());
    let first = report.video[0].frame.unwrap();
    // 400 ms later, half a second behind now
    assert!(first.0 >= asked - 4, "the burst of {} slots of slate is sent", asked - first.0);
    assert!(report.video[usize::try_from(joined).unwrap()].keyframe);
    assert!(first.0 + joined >= awake, "the programme is there before its file");
    let programme = Planned {
        clip: Some(&clip),
        start: first + joined,
        frames: frames - (first.0 + joined - begin),
        in_offset: first.0 + joined - begin,
    };
    // a busy machine may be late for a slot again
    let shown: Vec<_> = pictures.into_iter().filter(|picture| picture.shows != Shows::Slate).collect();
    let wrong = mismatches(&shown, RATE, &[programme]);
    assert!(wrong.is_empty(), "{} wrong, first: {}", wrong.len(), wrong[0]);
    assert_eq!(capture.decode_errors().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_start_amid_a_programme_begins_with_a_keyframe_of_its_file_where_one_is_near() {
    let mut stage = Stage::new().await;
    let clock = MasterClock::system();
    for container in [Container::Mp4, Container::Mkv] {
        let clip = Clip { key_seconds: Some(1), ..Clip::new(33).coded(VideoCodec::H264, container).lasting(60) };
        let file = clip.file().unwrap();
        let first_picture = Some(stage.site.first_picture(&file).await.unwrap());
        for in_point in [200, 633, 1007] {
            let endpoint = TsEndpoint::open().unwrap();
            let asked = RATE.frame_at(clock.now()).0;
            let begin = asked - 100;
            let mut sent = plan(1, begin, [(Some(&*file), in_point, 600)]);
            sent.segments[0].asset.as_mut().unwrap().first_picture = first_picture;
            let (_, mut viewer) = stage.start(paced(&endpoint, sent.clone(), &clock), &endpoint).await;
            let answered = RATE.frame_at(clock.now()).0;
            viewer.until(Until::Pictures(90), SOON).await.unwrap();
            let ended = v1::StopChannelRequest { channel: "test".to_owned(), ..Default::default() };
            stage.client.stop_channel(ended).await.unwrap();

            let capture = viewer.capture().unwrap();
            let first = assert_clean(&capture, RATE, asked).start;
            let mut pictures = capture.pictures().unwrap();
            if pictures[0].shows != Shows::Slate {
                assert!((asked - 61..=answered - 20).contains(&first), "{first} is not around a second before {asked}");
                let slot = in_point + first - begin;
                let shown = (2 * slot + 1) * i64::from(RATE.den()) * 25 / (2 * i64::from(RATE.num()));
                assert_eq!(shown % 25, 0, "the first picture is the file's {shown}th");
            }
            // a busy machine may be late
            pictures.retain(|picture| picture.shows != Shows::Slate);
            let wrong = mismatches(&pictures, RATE, &planned(&sent, |_| Some(&clip)));
            assert!(wrong.is_empty(), "{} wrong, first: {}", wrong.len(), wrong[0]);
            assert!(assert_lip_sync(&capture, &[clip]) > 0);
        }
    }
}
