//! Several channels on one Air, each with a viewer and what is planned for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use retrovue_kit::MasterClock;
use retrovue_proto::v1::event::What;
use retrovue_proto::v1::{self, Event};
use retrovue_testkit::clips::Clip;
use retrovue_testkit::expect::{Planned, mismatches};
use retrovue_testkit::marks::Shows;
use retrovue_testkit::viewer::{TsEndpoint, Until, Viewer};
use retrovue_timeline::FrameIndex;

use crate::stage::{RATE, SOON, Stage, paced, plan};

/// A segment of a channel: its clip and file, none of which is slate.
#[derive(Clone)]
pub(crate) struct Row {
    source: Option<(Clip, PathBuf)>,
    in_offset: i64,
    frames: i64,
}

/// A channel on air, seen from outside. Its frames count from its plan's first.
pub(crate) struct Channel {
    pub(crate) name: &'static str,
    pub(crate) viewer: Viewer,
    begin: i64,
    rows: Vec<Row>,
    _endpoint: TsEndpoint,
}

/// The faults in the evidence, by channel.
pub(crate) struct Told(HashMap<String, Vec<v1::SegmentFault>>);

impl Row {
    pub(crate) fn slate(frames: i64) -> Self {
        Self { source: None, in_offset: 0, frames }
    }

    pub(crate) fn of(clip: Clip, file: &Path, in_offset: i64, frames: i64) -> Self {
        Self { source: Some((clip, file.to_owned())), in_offset, frames }
    }
}

impl Channel {
    /// Puts `rows` on air, the first one from now on.
    pub(crate) async fn start(stage: &mut Stage, name: &'static str, rows: &[Row]) -> Self {
        Self::start_as(stage, name, rows, |request| request).await
    }

    /// The same, with something else in the request.
    pub(crate) async fn start_as(
        stage: &mut Stage,
        name: &'static str,
        rows: &[Row],
        with: impl FnOnce(v1::StartChannelRequest) -> v1::StartChannelRequest,
    ) -> Self {
        let endpoint = TsEndpoint::open().unwrap();
        let clock = MasterClock::system();
        let begin = RATE.frame_at(clock.now()).0;
        let plan = plan_of(1, begin, rows);
        let request = v1::StartChannelRequest { channel: name.to_owned(), ..paced(&endpoint, plan, &clock) };
        let (_, viewer) = stage.start(with(request), &endpoint).await;
        Self { name, viewer, begin, rows: rows.to_vec(), _endpoint: endpoint }
    }

    /// Follows another plan from the same first frame.
    pub(crate) async fn update(&mut self, stage: &mut Stage, generation: u64, rows: &[Row]) {
        let plan = plan_of(generation, self.begin, rows);
        let update = v1::UpdatePlanRequest { channel: self.name.to_owned(), plan: Some(plan), clock: None };
        stage.client.update_plan(update).await.unwrap();
        self.rows = rows.to_vec();
    }

    /// Waits until `frame` is on air.
    pub(crate) async fn reached(&mut self, frame: i64) {
        self.viewer.until(Until::Reached(RATE.pts(FrameIndex(self.begin + frame))), SOON).await.unwrap();
    }

    /// The planned frames that are slate. Everything else shows what is planned, in a stream without a seam.
    pub(crate) fn lost(&self) -> Vec<i64> {
        let capture = self.viewer.capture().unwrap();
        let report = capture.check(RATE, FrameIndex(self.begin)).unwrap();
        assert!(report.is_clean(), "{}: {}", self.name, report.summary());
        let frames: Vec<i64> = report.video.iter().map(|unit| unit.frame.unwrap().0).collect();
        assert_eq!(frames, (frames[0]..frames[0] + frames.len() as i64).collect::<Vec<_>>(), "{}", self.name);
        assert_eq!(capture.decode_errors().unwrap(), Vec::<String>::new(), "{}", self.name);
        let mut start = FrameIndex(self.begin);
        let planned = self.rows.iter().map(|row| {
            let clip = row.source.as_ref().map(|(clip, _)| clip);
            let planned = Planned { clip, start, frames: row.frames, in_offset: row.in_offset };
            start = start + row.frames;
            planned
        });
        let planned: Vec<_> = planned.collect();
        let wrong = mismatches(&capture.pictures().unwrap(), RATE, &planned);
        wrong
            .iter()
            .map(|wrong| {
                assert_eq!(wrong.shows, Shows::Slate, "{}: {wrong}", self.name);
                wrong.frame.unwrap().0 - self.begin
            })
            .collect()
    }
}

impl Told {
    pub(crate) fn of(&self, channel: &str) -> &[v1::SegmentFault] {
        self.0.get(channel).map_or(&[], Vec::as_slice)
    }
}

/// Takes all channels off air. What was told of their faults.
pub(crate) async fn close(stage: &mut Stage, events: &mut tonic::Streaming<Event>, channels: &mut [Channel]) -> Told {
    for channel in channels.iter_mut() {
        stage
            .client
            .stop_channel(v1::StopChannelRequest { channel: channel.name.to_owned(), ..Default::default() })
            .await
            .unwrap();
        channel.viewer.until(Until::Ended, SOON).await.unwrap();
    }
    let (mut faults, mut ended) = (HashMap::<String, Vec<_>>::new(), 0);
    while ended < channels.len() {
        let event = tokio::time::timeout(SOON, events.message()).await.unwrap().unwrap().unwrap();
        match event.what.unwrap() {
            What::SessionEnded(_) => ended += 1,
            What::SegmentFault(fault) => faults.entry(event.channel).or_default().push(fault),
            _ => {}
        }
    }
    Told(faults)
}

fn plan_of(generation: u64, begin: i64, rows: &[Row]) -> v1::Plan {
    let rows = rows.iter().map(|row| (row.source.as_ref().map(|(_, file)| file.as_path()), row.in_offset, row.frames));
    plan(generation, begin, rows)
}
