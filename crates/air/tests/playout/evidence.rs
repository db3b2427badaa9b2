//! Evidence as Core meets it: told in order, told again until it is acknowledged, and not lost with Air.

use retrovue_kit::MasterClock;
use retrovue_proto::v1::event::What;
use retrovue_proto::v1::{self, Event};
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::Site;
use retrovue_testkit::faults::{Fault, Faults};
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::FrameIndex;
use tonic::Code;

use crate::stage::{RATE, SOON, Stage, paced, plan, request};

/// The next `count` events.
async fn take(events: &mut tonic::Streaming<Event>, count: usize) -> Vec<Event> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(tokio::time::timeout(SOON, events.message()).await.unwrap().unwrap().unwrap());
    }
    taken
}

/// Events up to and with the end of a session.
async fn until_over(events: &mut tonic::Streaming<Event>) -> Vec<Event> {
    let mut taken: Vec<Event> = Vec::new();
    while !matches!(taken.last(), Some(Event { what: Some(What::SessionEnded(_)), .. })) {
        taken.extend(take(events, 1).await);
    }
    taken
}

/// Airs three segments, the last of which is not sent whole, and returns what was told.
async fn air_three(stage: &mut Stage) -> Vec<Event> {
    let file = Clip::new(11).lasting(30).file().unwrap();
    let endpoint = TsEndpoint::open().unwrap();
    let mut events = stage.events().await;
    let segments = plan(1, 900, [(Some(&*file), 0, 30), (None, 0, 20), (Some(&*file), 100, 40)]);
    let asked = v1::StartChannelRequest { frame_limit: Some(75), ..request(&endpoint, segments) };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, SOON).await.unwrap();
    until_over(&mut events).await
}

fn sequences(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.sequence).collect()
}

impl Stage {
    async fn watch(&mut self, spool_id: &str, after_sequence: u64) -> tonic::Streaming<Event> {
        let from = v1::WatchEventsRequest { spool_id: spool_id.to_owned(), after_sequence };
        self.client.watch_events(from).await.unwrap().into_inner()
    }

    async fn acknowledge(&mut self, spool_id: &str, through_sequence: u64) -> Result<(), tonic::Status> {
        let request = v1::AcknowledgeEventsRequest { spool_id: spool_id.to_owned(), through_sequence };
        self.client.acknowledge_events(request).await.map(|_| ())
    }
}

#[tokio::test]
async fn every_segment_is_told_with_all_that_as_run_needs() {
    let mut stage = Stage::new().await;
    let told = air_three(&mut stage).await;
    assert!(matches!(&told[0].what, Some(What::SessionStarted(started)) if started.air_run == 1));
    let ended: Vec<_> = told
        .iter()
        .filter_map(|event| match event.what.as_ref().unwrap() {
            What::SegmentEnded(ended) => Some(ended),
            _ => None,
        })
        .collect();
    let counts: Vec<_> = ended
        .iter()
        .map(|e| (e.started_frame, e.frame, e.aired_frames, e.slate_frames, e.unsent_frames, &*e.cause))
        .collect();
    let boundary = "boundary";
    assert_eq!(
        counts,
        [(900, 930, 30, 0, 0, boundary), (930, 950, 0, 20, 0, boundary), (950, 975, 25, 0, 15, "frame_limit")]
    );
    let planned = ended[2].planned.as_ref().unwrap();
    assert_eq!((planned.start_frame, planned.frame_count), (950, 40));
    assert_eq!((&*planned.asset_id, &*planned.kind, &*planned.title), ("asset-2", "programme", "Segment 2"));
    let at = |wanted: fn(&What) -> bool| told.iter().position(|event| wanted(event.what.as_ref().unwrap())).unwrap();
    let (opening, opened) =
        (at(|what| matches!(what, What::SegmentOpening(_))), at(|what| matches!(what, What::SegmentOpened(_))));
    let started = at(|what| matches!(what, What::SegmentStarted(_)));
    assert!(opening < opened && opened < started, "{opening} {opened} {started}");
}

#[tokio::test]
async fn what_is_not_acknowledged_is_told_again_to_whoever_asks() {
    let mut stage = Stage::new().await;
    let told = air_three(&mut stage).await;
    let (spool, last) = (told[0].spool_id.clone(), told.len() as u64);
    assert_eq!(sequences(&told), (1..=last).collect::<Vec<_>>());
    assert_eq!(take(&mut stage.events().await, told.len()).await, told);
    assert_eq!(take(&mut stage.watch(&spool, last - 2).await, 2).await, told[told.len() - 2..]);

    stage.acknowledge(&spool, 4).await.unwrap();
    assert_eq!(take(&mut stage.events().await, told.len() - 4).await, told[4..]);
    // who stood elsewhere gets what there is
    assert_eq!(take(&mut stage.watch("another", last).await, told.len() - 4).await, told[4..]);
    let refused = stage.acknowledge("another", last).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("another") && refused.message().contains(&spool), "{}", refused.message());

    stage.crash().await;
    assert_eq!(take(&mut stage.events().await, told.len() - 4).await, told[4..], "it is on disk");
    stage.acknowledge(&spool, last).await.unwrap();
    let more = air_three(&mut stage).await;
    assert_eq!((more[0].sequence, &more[0].spool_id), (last + 1, &spool), "numbers go on");
    assert!(matches!(&more[0].what, Some(What::SessionStarted(started)) if started.air_run == 2));

    stage.air.terminate(SOON).await.unwrap();
    std::fs::remove_dir_all(stage.site.home().join("spool")).unwrap();
    stage.air = stage.site.start_air().await.unwrap();
    stage.client = stage.site.air_client().await.unwrap();
    let anew = air_three(&mut stage).await;
    assert!(anew[0].spool_id != spool && anew[0].sequence == 1, "a wiped spool is another one");
}

#[tokio::test]
async fn on_air_an_air_that_is_killed_is_known_to_the_second() {
    let mut stage = Stage::new().await;
    let file = Clip::new(11).lasting(30).file().unwrap();
    let clock = MasterClock::system();
    let mut told = 0;
    for seconds in [4, 5, 6] {
        let endpoint = TsEndpoint::open().unwrap();
        let begin = RATE.frame_at(clock.now()).0 - 60;
        // a boundary each second, and none near the end
        let segments = (0..20).map(|at| (Some(&*file), at * 30, 30));
        let (_, mut viewer) = stage.start(paced(&endpoint, plan(1, begin, segments), &clock), &endpoint).await;
        // behind the opening burst, between two marks, so that the last is on disk, and away from boundaries
        let phase = if (begin % 30 - 12).abs() > 4 { 12 } else { 20 };
        let second = begin + seconds * 30;
        let last = second - second % 30 + 30 + phase;
        viewer.until(Until::Reached(RATE.pts(FrameIndex(last))), SOON).await.unwrap();
        stage.crash().await;
        viewer.until(Until::Ended, SOON).await.unwrap();
        let seen = RATE.frame_with_pts(viewer.pictures().last().unwrap().pts, FrameIndex(begin)).unwrap().0;

        let events = until_over(&mut stage.events().await).await;
        assert_eq!(sequences(&events)[0], told + 1);
        told = events.last().unwrap().sequence;
        let [.., Some(What::SegmentEnded(segment)), Some(What::SessionEnded(session))] =
            &events.iter().map(|event| event.what.clone()).collect::<Vec<_>>()[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!((&*segment.cause, &*session.cause), ("air_lost", "air_lost"));
        assert_eq!(session.last_frame + 1, segment.frame);
        assert_eq!(segment.aired_frames + segment.slate_frames, segment.frame - segment.started_frame);
        assert_eq!(segment.aired_frames + segment.slate_frames + segment.unsent_frames, 30);
        println!("Air was at frame {seen} and told {}", session.last_frame);
        assert!((-2..=31).contains(&(seen - session.last_frame)), "{seen} was sent, {} told", session.last_frame);
        stage.acknowledge(&events[0].spool_id, told).await.unwrap();
    }
}

#[tokio::test]
async fn on_air_an_air_that_is_killed_while_its_disk_stalls_is_known_to_the_second() {
    let faults = Faults::new().unwrap();
    let mut stage = Stage::on(&faults).await;
    let file = Clip::new(11).lasting(30).file().unwrap();
    let clock = MasterClock::system();
    let endpoint = TsEndpoint::open().unwrap();
    let begin = RATE.frame_at(clock.now()).0 - 60;
    // a boundary each second
    let segments = (0..20).map(|at| (Some(&*file), at * 30, 30));
    let (_, mut viewer) = stage.start(paced(&endpoint, plan(1, begin, segments), &clock), &endpoint).await;
    let phase = if (begin % 30 - 12).abs() > 4 { 12 } else { 20 };
    let at = |second: i64| Until::Reached(RATE.pts(FrameIndex((begin / 30 + second) * 30 + phase)));
    viewer.until(at(5), SOON).await.unwrap();
    faults.strike(Fault::SyncsStall(stage.site.home().join("spool/0000000001.log"))).unwrap();
    viewer.until(at(9), SOON).await.unwrap();
    stage.crash().await;
    viewer.until(Until::Ended, SOON).await.unwrap();
    let seen = RATE.frame_with_pts(viewer.pictures().last().unwrap().pts, FrameIndex(begin)).unwrap().0;

    let events = until_over(&mut stage.events().await).await;
    assert_eq!(sequences(&events), (1..=events.len() as u64).collect::<Vec<_>>());
    let Some(What::SessionEnded(session)) = &events.last().unwrap().what else { panic!("{events:?}") };
    assert_eq!(session.cause, "air_lost");
    assert!((-2..=31).contains(&(seen - session.last_frame)), "{seen} was sent, {} told", session.last_frame);
}

#[tokio::test]
async fn what_a_disk_fails_to_sync_is_written_elsewhere_and_told_once() {
    let faults = Faults::new().unwrap();
    let mut stage = Stage::on(&faults).await;
    faults.strike(Fault::SyncsFail(stage.site.home().join("spool/0000000001.log"))).unwrap();
    let told = air_three(&mut stage).await;
    assert_eq!(sequences(&told), (1..=told.len() as u64).collect::<Vec<_>>());
    let log = stage.air.log();
    for line in ["evidence cannot be written", "evidence is written again"] {
        assert_eq!(log.matches(line).count(), 1, "{log}");
    }
    stage.crash().await;
    assert_eq!(take(&mut stage.events().await, told.len()).await, told);
}

#[tokio::test]
async fn a_disk_that_refuses_stops_no_channel_and_costs_nothing_in_the_end() {
    let site = Site::new().unwrap();
    let in_the_way = site.home().join("in-the-way");
    std::fs::write(&in_the_way, "").unwrap();
    let spool = in_the_way.join("spool");
    let site = site.with("RETROVUE_AIR__SPOOL", spool.to_str().unwrap());
    let air = site.start_air().await.unwrap();
    let client = site.air_client().await.unwrap();
    let mut stage = Stage { air, client, site };

    let file = Clip::new(11).lasting(30).file().unwrap();
    let endpoint = TsEndpoint::open().unwrap();
    let segments = plan(1, 900, [(Some(&*file), 0, 60)]);
    let asked = v1::StartChannelRequest { frame_limit: Some(60), ..request(&endpoint, segments) };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, SOON).await.unwrap();
    assert_eq!(viewer.pictures().len(), 60);
    let said = stage.air.log().matches("evidence cannot be kept; make the folder writable").count();
    assert_eq!(said, 1, "{}", stage.air.log());

    std::fs::remove_file(&in_the_way).unwrap();
    let told = until_over(&mut stage.events().await).await;
    assert_eq!(sequences(&told), (1..=told.len() as u64).collect::<Vec<_>>());
    assert!(told.iter().any(|event| matches!(&event.what, Some(What::SegmentEnded(e)) if e.aired_frames == 60)));
}

#[tokio::test]
async fn one_air_holds_a_spool() {
    let stage = Stage::new().await;
    let other = stage.site.home().join("run/other.sock");
    let mut second = stage.site.air().unwrap().env("RETROVUE_AIR_SOCKET", other).start().unwrap();
    let exit = retrovue_testkit::wait::wait_for("the second Air to leave", SOON, async || second.ended()).await;
    assert_eq!(exit.unwrap().code(), Some(1));
    assert!(second.log().contains("another Air keeps its evidence"), "{}", second.log());
}
