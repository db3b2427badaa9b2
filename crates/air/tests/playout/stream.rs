//! What arrives: the planned picture in every slot, slate where there is none, no seam anywhere.

use std::path::Path;
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_proto::v1;
use retrovue_proto::v1::event::What;
use retrovue_testkit::clips::{self, Clip};
use retrovue_testkit::expect::Planned;
use retrovue_testkit::viewer::{Family, TsEndpoint, Until};
use retrovue_timeline::FrameIndex;

use crate::judge::{assert_clean, assert_lip_sync, assert_shows, planned};
use crate::stage::{
    LONG, RATE, SOON, Stage, before_wrap, over_unix_and_tcp, paced, plan, reading, request, until_ended,
};

over_unix_and_tcp! {
    many_kinds_of_files_become_one_uninterrupted_stream
    a_channel_in_real_time_starts_behind_now_and_changes_its_plan_at_a_frame
    what_is_never_decodable_is_slate_in_time
}

/// No unit leaves before its instant; the viewer's own clock starts a moment off.
const EARLY: Duration = Duration::from_millis(100);

async fn many_kinds_of_files_become_one_uninterrupted_stream(family: Family) {
    let start = before_wrap(RATE) - 270;
    let clips = clips::mixed();
    let files: Vec<_> = clips.iter().map(|clip| clip.file().unwrap()).collect();
    // every clip once, then some from their middles, a slate, a file that is gone, and one that is too short
    let gone = Path::new("/nowhere/gone.mp4");
    let mut segments: Vec<(Option<usize>, i64, i64)> = (0..clips.len()).map(|at| (Some(at), 0, 73)).collect();
    segments.extend([
        (Some(1), 60, 40),
        (Some(3), 45, 31),
        (None, 0, 20),
        (Some(usize::MAX), 0, 37),
        (Some(2), 90, 50),
    ]);
    segments.extend([(Some(0), 200, 70), (Some(6), 30, 12)]);
    let path = |clip: usize| files.get(clip).map_or(gone, |file| file.as_path());
    let rows = segments.iter().map(|(clip, offset, frames)| (clip.map(path), *offset, *frames));
    let sent = plan(1, start, rows);
    let limit: i64 = segments.iter().map(|segment| segment.2).sum();

    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::of(family).unwrap();
    let mut events = stage.events().await;
    let asked = v1::StartChannelRequest { frame_limit: Some(limit), ..request(&endpoint, sent.clone()) };
    let (first, mut viewer) = stage.start(asked, &endpoint).await;
    assert_eq!(first, start);
    viewer.until(Until::Ended, LONG).await.unwrap();

    let planned = planned(&sent, |at| segments[at].0.and_then(|clip| clips.get(clip)));
    let capture = viewer.capture().unwrap();
    assert_eq!(assert_shows(&capture, RATE, &planned), start..start + limit);
    assert!(assert_lip_sync(&capture, &clips) > 20);

    let (seen, ended) = until_ended(&mut events).await;
    assert_eq!((ended.cause.as_str(), ended.last_frame), ("frame_limit", start + limit - 1));
    let faults: Vec<_> = seen
        .iter()
        .filter_map(|what| match what {
            What::SegmentFault(fault) => Some((&*fault.event_id, &*fault.asset_id, &*fault.code)),
            _ => None,
        })
        .collect();
    assert_eq!(faults, [("event-13", "asset-13", "file_missing"), ("event-15", "asset-15", "ended_early")]);
    let counts: Vec<_> = seen
        .iter()
        .filter_map(|what| match what {
            What::SegmentEnded(ended) => Some((ended.aired_frames, ended.slate_frames)),
            _ => None,
        })
        .collect();
    let expected: Vec<_> = segments
        .iter()
        .map(|(clip, offset, frames)| {
            let shown = clip.and_then(|clip| clips.get(clip)).map_or(0, |clip| {
                (*offset..offset + frames).filter(|slot| clip.shown(RATE, *slot).is_some()).count() as i64
            });
            (shown, frames - shown)
        })
        .collect();
    assert_eq!(counts, expected);
}

async fn a_channel_in_real_time_starts_behind_now_and_changes_its_plan_at_a_frame(family: Family) {
    let clip = Clip::new(11).lasting(30);
    let other = Clip::new(12).lasting(10);
    let (file, other_file) = (clip.file().unwrap(), other.file().unwrap());
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::of(family).unwrap();
    let clock = MasterClock::system();
    let begin = RATE.frame_at(clock.now()).0 - 100;
    let mut events = stage.events().await;
    let asked = paced(&endpoint, plan(3, begin, [(Some(&*file), 50, 800)]), &clock);
    let asked_at = RATE.frame_at(clock.now()).0;
    let (first, mut viewer) = stage.start(asked, &endpoint).await;
    let connected = clock.now();
    assert!((asked_at - 61..=asked_at).contains(&first), "{first} is not 2 s before {asked_at}");
    viewer.until(Until::Pictures(60), SOON).await.unwrap();

    let cut = RATE.frame_at(clock.now()).0 + 90;
    let next = plan(4, begin, [(Some(&*file), 50, cut - begin), (Some(&*other_file), 0, 200)]);
    let update =
        v1::UpdatePlanRequest { channel: "test".to_owned(), plan: Some(next.clone()), clock: Some(reading(&clock)) };
    assert_eq!(stage.client.update_plan(update.clone()).await.unwrap().into_inner().generation, 4);
    let stale = v1::UpdatePlanRequest { plan: Some(v1::Plan { generation: 3, ..next }), ..update };
    let refused = stage.client.update_plan(stale).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert!(refused.message().contains("generation 3") && refused.message().contains('4'), "{}", refused.message());

    viewer.until(Until::Reached(RATE.pts(FrameIndex(cut + 30))), SOON).await.unwrap();
    let status = stage.client.list_channels(v1::ListChannelsRequest {}).await.unwrap().into_inner();
    assert_eq!(status.channels.len(), 1);
    assert_eq!((status.channels[0].generation, status.channels[0].dropped_slots), (4, 0));
    stage
        .client
        .stop_channel(v1::StopChannelRequest { channel: "test".to_owned(), ..Default::default() })
        .await
        .unwrap();
    viewer.until(Until::Ended, SOON).await.unwrap();

    // a machine that is too busy for a burst begins later, with slate; what follows is the same
    let at = |start: i64, clip, frames, in_offset| Planned { clip, start: FrameIndex(start), frames, in_offset };
    let (seen, ended) = until_ended(&mut events).await;
    let started = seen.iter().find_map(|what| match what {
        What::SegmentStarted(started) => Some(started.frame),
        _ => None,
    });
    let capture = viewer.capture().unwrap();
    let all = assert_clean(&capture, RATE, started.unwrap());
    assert_eq!((ended.cause.as_str(), ended.last_frame), ("stopped", all.end - 1));
    for (picture, frame) in viewer.pictures().iter().zip(all.clone()) {
        let (arrived, instant) = (connected.plus(picture.after), RATE.start_of(FrameIndex(frame)));
        assert!(arrived.plus(EARLY) >= instant, "frame {frame} came {:?} early", instant.since(arrived));
    }
    if !seen.iter().any(|what| matches!(what, What::SegmentFault(_))) {
        assert_eq!(all.start, first);
        assert_shows(&capture, RATE, &[at(begin, Some(&clip), cut - begin, 50), at(cut, Some(&other), 200, 0)]);
    }
}

async fn what_is_never_decodable_is_slate_in_time(family: Family) {
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::of(family).unwrap();
    let text = stage.site.home().join("text.mp4");
    std::fs::write(&text, "no film at all").unwrap();
    let clock = MasterClock::system();
    let begin = RATE.frame_at(clock.now()).0 - 100;
    let (_, mut viewer) =
        stage.start(paced(&endpoint, plan(1, begin, [(Some(&*text), 0, 900)]), &clock), &endpoint).await;
    viewer.until(Until::Seconds(3.0), SOON).await.unwrap();
    let first = RATE.frame_with_pts(viewer.pictures()[0].pts, FrameIndex(begin)).unwrap();
    let slate = Planned { clip: None, start: first, frames: 900, in_offset: 0 };
    assert_shows(&viewer.capture().unwrap(), RATE, &[slate]);

    // the reader goes: so does the session
    let mut events = stage.events().await;
    drop(viewer);
    let (_, ended) = until_ended(&mut events).await;
    assert_eq!(ended.cause, "endpoint_closed");
}
