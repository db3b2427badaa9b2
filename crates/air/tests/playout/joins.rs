//! Joins without a click: two loud tones and slate, cut anywhere, judged by the second difference of what is heard.

use std::ops::Range;

use retrovue_kit::MasterClock;
use retrovue_proto::v1;
use retrovue_proto::v1::event::What;
use retrovue_testkit::capture::{Capture, SAMPLE_RATE, Stretch};
use retrovue_testkit::tone;
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::{FrameIndex, FrameRate};

use crate::judge::assert_clean;
use crate::stage::{LONG, RATE, SOON, Stage, before_wrap, house, paced, plan, reading, request, until_ended};

/// The tones: low enough that a step or a kink stands out from their own bends.
const HERTZ: [u32; 2] = [440, 660];

/// What is faded or smeared by a join lies within, on either side of it.
const AROUND: i64 = SAMPLE_RATE / 16;

/// What was coded before the cut was known has no fade: it ends in the window of its last coded frame, which bends it a
/// little. A step would be a hundred times as sharp.
const CUT_OFF: f32 = 1.5;

/// How sharply the sound bends at most within `range`.
fn sharpest(sound: &Stretch, range: Range<i64>) -> f32 {
    let bends = sound.samples.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).abs());
    let within = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
    bends.skip(within.start).take(within.len()).fold(0.0, f32::max)
}

/// No join is sharper than `times` the sharper of what it joins. `starts` are first frames of segments; the last one is
/// the end.
#[track_caller]
fn assert_no_click(capture: &Capture, rate: FrameRate, starts: &[i64], times: f32) {
    let sound = capture.samples().unwrap();
    assert_eq!(sound.len(), 1, "the sound has holes");
    let at = |frame: i64| sound[0].at(rate.pts(FrameIndex(frame)));
    let within: Vec<f32> =
        starts.windows(2).map(|pair| sharpest(&sound[0], at(pair[0]) + AROUND..at(pair[1]) - AROUND)).collect();
    for (pair, start) in within.windows(2).zip(&starts[1..]) {
        let join = sharpest(&sound[0], at(*start) - AROUND..at(*start) + AROUND);
        let allowed = times * pair[0].max(pair[1]);
        assert!(join <= allowed, "the join at frame {start} has {join}, beside it there is {allowed}: {within:?}");
    }
}

#[tokio::test]
async fn joins_do_not_click_even_where_stamps_wrap() {
    let start = before_wrap(RATE) - 150;
    let files = HERTZ.map(|hertz| tone::file(hertz).unwrap());
    // in-offsets at which the tones have all kinds of phases
    let cuts = [(0, 0, 61), (1, 13, 37), (0, 29, 40), (1, 500, 33), (2, 0, 31), (0, 301, 45), (2, 0, 17), (1, 77, 36)];
    let more = (0..12).map(|at| (at % 2, 101 * at as i64 + 7, 16 + at as i64));
    let cuts: Vec<(usize, i64, i64)> = cuts.into_iter().chain(more).collect();
    let sent = plan(
        1,
        start,
        cuts.iter().map(|(file, offset, frames)| (files.get(*file).map(|file| &**file), *offset, *frames)),
    );
    let limit: i64 = cuts.iter().map(|cut| cut.2).sum();

    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let asked = v1::StartChannelRequest {
        format: Some(house(RATE, 160, 90)),
        frame_limit: Some(limit),
        ..request(&endpoint, sent.clone())
    };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, LONG).await.unwrap();
    let capture = viewer.capture().unwrap();
    assert_eq!(assert_clean(&capture, RATE, start), start..start + limit);
    let mut starts: Vec<i64> = sent.segments.iter().map(|segment| segment.start_frame).collect();
    starts.push(start + limit);
    assert_no_click(&capture, RATE, &starts, 1.0);
}

#[tokio::test]
async fn what_a_changed_plan_cuts_off_does_not_click() {
    let [low, high] = HERTZ.map(|hertz| tone::file(hertz).unwrap());
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let clock = MasterClock::system();
    let begin = RATE.frame_at(clock.now()).0 - 100;
    let mut events = stage.events().await;
    let first = plan(1, begin, [(Some(&*low), 0, 1500)]);
    let asked = v1::StartChannelRequest { format: Some(house(RATE, 160, 90)), ..paced(&endpoint, first, &clock) };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    // another tone at once, and then slate at once
    for (generation, file) in [(2, Some(&*high)), (3, None)] {
        let seen = viewer.pictures().len();
        viewer.until(Until::Pictures(seen + 75), SOON).await.unwrap();
        let now = RATE.frame_at(clock.now()).0;
        let mut over = plan(generation, now, [(file, 0, 900)]);
        over.segments[0].event_id = format!("over-{generation}");
        let update =
            v1::UpdatePlanRequest { channel: "test".to_owned(), plan: Some(over), clock: Some(reading(&clock)) };
        stage.client.update_plan(update).await.unwrap();
    }
    let seen = viewer.pictures().len();
    viewer.until(Until::Pictures(seen + 75), SOON).await.unwrap();
    stage
        .client
        .stop_channel(v1::StopChannelRequest { channel: "test".to_owned(), session_id: "session-1".to_owned() })
        .await
        .unwrap();
    viewer.until(Until::Ended, SOON).await.unwrap();

    let (seen, ended) = until_ended(&mut events).await;
    let started = seen.iter().filter_map(|what| match what {
        What::SegmentStarted(started) => Some(started.frame),
        _ => None,
    });
    let starts: Vec<i64> = started.chain([ended.last_frame + 1]).collect();
    assert_eq!(starts.len(), 4, "{seen:?}");
    let capture = viewer.capture().unwrap();
    assert_clean(&capture, RATE, starts[0]);
    assert_no_click(&capture, RATE, &starts, CUT_OFF);
}
