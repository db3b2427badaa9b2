//! What the tests share: an Air with a client, plans over marked clips, and the events it tells.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_proto::v1::event::What;
use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use retrovue_proto::v1::{self, Event};
use retrovue_testkit::daemon::{Daemon, Launch, Site};
use retrovue_testkit::faults::Faults;
use retrovue_testkit::viewer::{TsEndpoint, Viewer};
use retrovue_timeline::FrameRate;
use tonic::transport::Channel;

/// The house rate of the tests.
pub(crate) const RATE: FrameRate = FrameRate::HOUSE[3];

/// For anything that should take a moment, on a machine that builds at the same time.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// For a whole stream: encoding is bound by the machine, which builds at the same time.
pub(crate) const LONG: Duration = Duration::from_secs(240);

/// Makes of each of these tests, which take a family of sockets, one over Unix sockets and one over TCP.
macro_rules! over_unix_and_tcp {
    ($($test:ident)+) => {
        mod over_unix {
            use retrovue_testkit::viewer::Family;
            $(#[tokio::test] async fn $test() { super::$test(Family::Unix).await })+
        }
        mod over_tcp {
            use retrovue_testkit::viewer::Family;
            $(#[tokio::test] async fn $test() { super::$test(Family::Tcp).await })+
        }
    };
}
pub(crate) use over_unix_and_tcp;

/// The last frame whose stamp lies before 33 bits of 90 kHz wrap around, as they do every 26.5 hours.
pub(crate) fn before_wrap(rate: FrameRate) -> i64 {
    let wraps = 18_700;
    let ticks = wraps * (1_i128 << 33) * i128::from(rate.num());
    i64::try_from(ticks / (i128::from(rate.den()) * 90_000)).unwrap()
}

/// An Air of its own.
pub(crate) struct Stage {
    pub(crate) air: Daemon,
    pub(crate) client: PlayoutServiceClient<Channel>,
    pub(crate) site: Site,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::of(Site::new().unwrap(), |air| air).await
    }

    /// Whose Air stands on `faults`.
    pub(crate) async fn on(faults: &Faults) -> Self {
        Self::of(Site::new().unwrap(), |air| faults.under(air)).await
    }

    /// In an installation of its own.
    pub(crate) async fn of(site: Site, launch: impl FnOnce(Launch) -> Launch) -> Self {
        let air = site.await_air(launch(site.air().unwrap())).await.unwrap();
        let client = site.air_client().await.unwrap();
        Self { air, client, site }
    }

    /// Everything that happened and nobody has acknowledged, and what happens.
    pub(crate) async fn events(&mut self) -> tonic::Streaming<Event> {
        self.client.watch_events(v1::WatchEventsRequest::default()).await.unwrap().into_inner()
    }

    /// Kills Air, and starts it again in the same home.
    pub(crate) async fn crash(&mut self) {
        self.air.crash().unwrap();
        self.air = self.site.start_air().await.unwrap();
        self.client = self.site.air_client().await.unwrap();
    }

    /// Starts a channel, and accepts its stream.
    pub(crate) async fn start(&mut self, request: v1::StartChannelRequest, endpoint: &TsEndpoint) -> (i64, Viewer) {
        let first = self.client.start_channel(request).await.unwrap().into_inner().first_frame;
        (first, endpoint.accept(SOON).await.unwrap())
    }
}

/// A request for an unpaced session of `plan` on the channel `test`.
pub(crate) fn request(endpoint: &TsEndpoint, plan: v1::Plan) -> v1::StartChannelRequest {
    v1::StartChannelRequest {
        channel: "test".to_owned(),
        channel_name: "Test 1".to_owned(),
        session_id: "session-1".to_owned(),
        format: Some(house(RATE, 320, 180)),
        start_frame: plan.segments.first().map(|segment| segment.start_frame),
        plan: Some(plan),
        endpoint: endpoint.endpoint(),
        token: endpoint.token(),
        pacing: v1::Pacing::Unpaced.into(),
        ..Default::default()
    }
}

/// A small house format.
pub(crate) fn house(rate: FrameRate, width: u32, height: u32) -> v1::HouseFormat {
    let frame_rate = Some(v1::FrameRate { num: rate.num(), den: rate.den() });
    v1::HouseFormat { width, height, frame_rate, video_kbps: 600, audio_kbps: 192 }
}

/// The same in real time, by `clock`.
pub(crate) fn paced(endpoint: &TsEndpoint, plan: v1::Plan, clock: &MasterClock) -> v1::StartChannelRequest {
    v1::StartChannelRequest {
        pacing: v1::Pacing::Realtime.into(),
        clock: Some(reading(clock)),
        start_frame: None,
        ..request(endpoint, plan)
    }
}

/// What a clock shows, on the wire.
pub(crate) fn reading(clock: &MasterClock) -> v1::ClockReading {
    let reading = clock.reading();
    v1::ClockReading { utc_ns: reading.utc.nanos(), monotonic_ns: reading.monotonic_ns, ..Default::default() }
}

/// A plan of segments one after the other: file, in-offset and frames of each; no file is slate.
pub(crate) fn plan<'a>(
    generation: u64,
    start: i64,
    segments: impl IntoIterator<Item = (Option<&'a Path>, i64, i64)>,
) -> v1::Plan {
    let mut start_frame = start;
    let segments = segments.into_iter().enumerate().map(|(at, (path, in_offset_frames, frame_count))| {
        let asset = path.map(|path| v1::Asset {
            asset_id: format!("asset-{at}"),
            path: path.as_os_str().as_bytes().to_vec(),
            in_offset_frames,
            ..Default::default()
        });
        start_frame += frame_count;
        v1::Segment {
            event_id: format!("event-{at}"),
            start_frame: start_frame - frame_count,
            frame_count,
            asset,
            kind: "programme".to_owned(),
            title: format!("Segment {at}"),
            ..Default::default()
        }
    });
    v1::Plan { generation, segments: segments.collect() }
}

/// Reads events until the session has ended. What happened, and why it ended with which last frame.
pub(crate) async fn until_ended(events: &mut tonic::Streaming<Event>) -> (Vec<What>, v1::SessionEnded) {
    let mut seen = Vec::new();
    loop {
        let event = tokio::time::timeout(SOON, events.message()).await.unwrap().unwrap().unwrap();
        assert_eq!((&*event.channel, &*event.session_id), ("test", "session-1"));
        match event.what.unwrap() {
            What::SessionEnded(ended) => return (seen, ended),
            what => seen.push(what),
        }
    }
}
