//! Plans that change on air: a cut at once is on air within a second, on a keyframe, and nothing is black meanwhile.

use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_proto::v1;
use retrovue_proto::v1::event::What;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::expect::Planned;
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::FrameIndex;

use crate::judge::assert_shows;
use crate::stage::{RATE, SOON, Stage, paced, plan, reading, until_ended};

/// How soon an override is on air.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The override's own event.
const OVER: &str = "over";

#[tokio::test]
async fn an_override_is_on_air_within_a_second_and_nothing_is_black_meanwhile() {
    let (clip, over) = (Clip::new(11).lasting(30), Clip::new(12).lasting(10));
    let (file, over_file) = (clip.file().unwrap(), over.file().unwrap());
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let clock = MasterClock::system();
    let mut events = stage.events().await;
    let begin = RATE.frame_at(clock.now()).0 - 100;
    let asked = paced(&endpoint, plan(1, begin, [(Some(&*file), 20, 800)]), &clock);
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Pictures(75), SOON).await.unwrap();

    // it begins now; after five seconds the programme goes on where it is by then
    let asked_at = clock.now();
    let now = RATE.frame_at(asked_at).0;
    let (over_frames, past) = (150, now - begin);
    let rows = [
        (Some(&*file), 20, past),
        (Some(&*over_file), 0, over_frames),
        (Some(&*file), 20 + past + over_frames, 800 - past - over_frames),
    ];
    let mut changed = plan(2, begin, rows);
    for (segment, event_id) in changed.segments.iter_mut().zip(["event-0", OVER, "event-0"]) {
        segment.event_id = event_id.to_owned();
    }
    let update =
        v1::UpdatePlanRequest { channel: "test".to_owned(), plan: Some(changed), clock: Some(reading(&clock)) };
    stage.client.update_plan(update.clone()).await.unwrap();
    // the same again is harmless
    stage.client.update_plan(update).await.unwrap();
    let back = now + over_frames;
    viewer.until(Until::Reached(RATE.pts(FrameIndex(back + 30))), SOON).await.unwrap();
    stage
        .client
        .stop_channel(v1::StopChannelRequest { channel: "test".to_owned(), session_id: "session-1".to_owned() })
        .await
        .unwrap();
    viewer.until(Until::Ended, SOON).await.unwrap();

    let (seen, _) = until_ended(&mut events).await;
    let started: Vec<_> = seen
        .iter()
        .filter_map(|what| match what {
            What::SegmentStarted(started) => Some((&*started.event_id, started.frame)),
            _ => None,
        })
        .collect();
    let faults: Vec<_> = seen.iter().filter(|what| matches!(what, What::SegmentFault(_))).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let [("event-0", first), (OVER, cut), ("event-0", resumed)] = started[..] else { panic!("{started:?}") };
    assert_eq!(resumed, back);
    let delay = RATE.start_of(FrameIndex(cut)).since(asked_at);
    assert!(delay <= AT_ONCE, "it is on air {delay:?} after the request");
    let keyframe = viewer.pictures().iter().find(|picture| picture.pts == RATE.pts(FrameIndex(cut))).unwrap();
    assert!(keyframe.keyframe);
    let at =
        |start: i64, clip, frames, in_offset| Planned { clip: Some(clip), start: FrameIndex(start), frames, in_offset };
    let shown = assert_shows(
        &viewer.capture().unwrap(),
        RATE,
        &[
            at(first, &clip, cut - first, 20 + first - begin),
            at(cut, &over, back - cut, cut - now),
            at(back, &clip, 800 + begin - back, 20 + back - begin),
        ],
    );
    assert_eq!(shown.start, first);
}
