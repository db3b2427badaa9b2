//! Core's runtime around a playlog held in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::tz::TimeZone;
use reqwest::{Method, Response};
use retrovue_core::channels::air::AirClient;
use retrovue_core::channels::intake::bind;
use retrovue_core::channels::source::{
    ChannelInfo, ChannelPlan, GuideChannel, GuideSource, PlannedAsset, PlannedBranding, PlannedSegment, PlaylogSource,
    Programme,
};
use retrovue_core::channels::{Channels, Requirements};
use retrovue_core::clock::AirTime;
use retrovue_core::director::hdhomerun::device::Device;
use retrovue_core::director::reach::Reach;
use retrovue_core::director::{Director, Guide, server};
use retrovue_core::evidence::EvidenceLog;
use retrovue_core::failure::Failure;
use retrovue_core::fanout::ring::Limits;
use retrovue_core::metrics::Metrics;
use retrovue_core::quarantine::Quarantine;
use retrovue_core::usecases::schedules::ScheduleService;
use retrovue_kit::MasterClock;
use retrovue_kit::settings::load;
use retrovue_schedule::Kind;
use retrovue_schedule::plan::ProgramFormat;
use retrovue_store::Store;
use retrovue_timeline::{FrameRate, UtcTime};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::viewer::Viewer;
use retrovue_testkit::fake_air::{FakeAir, Start, Weight};
use retrovue_testkit::http;

pub(crate) const SLUG: &str = "classics";

/// A running Core, as far as viewers know it.
pub(crate) struct Station {
    pub(crate) channels: Channels,
    pub(crate) clock: MasterClock,
    pub(crate) metrics: Metrics,
    pub(crate) programming: Arc<Programming>,
    pub(crate) director: Director,
    address: std::net::SocketAddr,
    home: TempDir,
    cancel: CancellationToken,
}

impl Station {
    pub(crate) async fn open(linger: Duration) -> Self {
        Self::start(linger, Limits::default(), &[]).await
    }

    /// One that only lets the networks of `allow` watch.
    pub(crate) async fn open_to(linger: Duration, allow: &[&str]) -> Self {
        Self::start(linger, Limits::default(), allow).await
    }

    /// One whose viewers may fall behind by no more than this.
    pub(crate) async fn within(fanout: Limits) -> Self {
        Self::start(Duration::from_secs(600), fanout, &[]).await
    }

    async fn start(linger: Duration, fanout: Limits, allow: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (clock, metrics, cancel) = (MasterClock::system(), Metrics::new(), CancellationToken::new());
        let air = AirClient::new(home.path().join("air.sock"), metrics.clone());
        let (keep, kept) = (air.clone(), cancel.clone());
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let settings = load(None, vec![]).unwrap().settings;
        let schedules = ScheduleService::new(store.clone(), clock.clone(), &settings);
        let evidence = EvidenceLog::new(store.clone(), schedules, metrics.clone());
        let device = Device::of(&store, &settings).unwrap();
        let quarantine = Quarantine::new(store, clock.clone());
        tokio::spawn(async move { keep.keep(evidence, quarantine, kept).await });
        let programming = Arc::new(Programming::default());
        let ts_socket = home.path().join("ts.sock");
        let listener = bind(&ts_socket).unwrap();
        let required = Requirements {
            air: air.clone(),
            clock: clock.clone(),
            air_time: AirTime::default(),
            playlog: programming.clone(),
            ts_socket,
            linger,
            fanout,
            metrics: metrics.clone(),
        };
        let channels = Channels::start(required, listener);
        channels.reload().await.unwrap();
        let http = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = http.local_addr().unwrap();
        let director = Director {
            channels: channels.clone(),
            guide: Guide::of(programming.clone()),
            clock: clock.clone(),
            air,
            metrics: metrics.clone(),
            allow: allow.iter().map(|network| network.parse().unwrap()).collect(),
            reach: Reach::new(None, address),
            device,
        };
        tokio::spawn(server::serve(http, director.clone().router(), metrics.stalled.clone(), cancel.clone()));
        Self { channels, clock, metrics, programming, director, address, home, cancel }
    }

    /// An Air for this station.
    pub(crate) fn air(&self) -> FakeAir {
        self.air_with(&[])
    }

    /// One that starts these channels badly.
    pub(crate) fn air_with(&self, bad: &[(&str, Start)]) -> FakeAir {
        FakeAir::start(&self.home.path().join("air.sock"), Weight::Light, bad).unwrap()
    }

    /// One more channel.
    pub(crate) async fn add(&self, slug: &str, number: &str) {
        let info = ChannelInfo {
            id: slug.to_owned(),
            slug: slug.to_owned(),
            number: number.to_owned(),
            name: slug.to_owned(),
            keep_warm: false,
            format: ProgramFormat::default(),
        };
        self.programming.channels.lock().unwrap().push(info);
        self.channels.reload().await.unwrap();
    }

    pub(crate) fn ts_socket(&self) -> std::path::PathBuf {
        self.home.path().join("ts.sock")
    }

    pub(crate) async fn request(&self, method: Method, path: &str) -> Response {
        let request = http::client().request(method, format!("http://{}{path}", self.address));
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).await
    }

    pub(crate) async fn watch(&self) -> Viewer {
        let response = self.get(&format!("/channel/{SLUG}.ts?whatever=Plex")).await;
        Viewer::new(response, rate(), self.clock.now())
    }

    /// Waits until the metrics have this line.
    pub(crate) async fn until_metric(&self, line: &str) {
        let reached = async {
            while !self.metrics.text().lines().any(|one| one == line) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reached)
            .await
            .unwrap_or_else(|_| panic!("{}", self.metrics.text()));
    }

    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// Waits until the channel's state has this word.
    pub(crate) async fn until_state(&self, word: &str) {
        let channel = self.channels.find(SLUG).unwrap();
        let reached = async {
            while channel.on_air().state.word() != word {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let state = || channel.on_air().state;
        tokio::time::timeout(Duration::from_secs(20), reached)
            .await
            .unwrap_or_else(|_| panic!("{:?} never became {word}", state()));
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

pub(crate) fn rate() -> FrameRate {
    FrameRate::new(25, 1).unwrap()
}

/// Channels and what they show.
pub(crate) struct Programming {
    pub(crate) channels: Mutex<Vec<ChannelInfo>>,
    title: Mutex<String>,
    edition: AtomicU64,
}

impl Programming {
    /// What is shown is called so from now on.
    pub(crate) fn retitle(&self, title: &str) {
        *self.title.lock().unwrap() = title.to_owned();
        self.edition.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Programming {
    fn default() -> Self {
        let info = ChannelInfo {
            id: "01981d2c-0000-7000-8000-000000000001".to_owned(),
            slug: SLUG.to_owned(),
            number: "2.1".to_owned(),
            name: "Classics".to_owned(),
            keep_warm: false,
            format: ProgramFormat::default(),
        };
        Self {
            channels: Mutex::new(vec![info]),
            title: Mutex::new("A <b>film</b>".to_owned()),
            edition: AtomicU64::new(0),
        }
    }
}

impl PlaylogSource for Programming {
    fn channels(&self) -> Result<Vec<ChannelInfo>, Failure> {
        Ok(self.channels.lock().unwrap().clone())
    }

    fn segments(&self, _channel: &str, from: UtcTime, to: UtcTime) -> Result<ChannelPlan, Failure> {
        let (start, end) = (rate().frame_at(from), rate().frame_at_or_after(to));
        let asset = PlannedAsset {
            asset_id: "asset".to_owned(),
            path: "/media/film.mkv".into(),
            in_offset_frames: 0,
            gain_db: -3.0,
            first_picture: None,
            size: 0,
            mtime_ns: 0,
            languages: vec!["en".to_owned()],
        };
        let segment = PlannedSegment {
            event_id: "event".to_owned(),
            start_frame: start,
            frame_count: end - start,
            kind: Kind::Programme,
            title: self.title.lock().unwrap().clone(),
            fade_in_frames: 0,
            fade_out_frames: 0,
            asset: Some(asset),
            page: None,
            notice: None,
        };
        let format = ProgramFormat { width: 1280, height: 720, frame_rate: rate(), video_kbps: 3000, audio_kbps: 160 };
        Ok(ChannelPlan {
            name: "Classics".to_owned(),
            format,
            branding: PlannedBranding::default(),
            segments: vec![segment],
        })
    }
}

impl GuideSource for Programming {
    fn edition(&self) -> u64 {
        self.edition.load(Ordering::Relaxed)
    }

    fn readable(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn guide(&self, from: UtcTime, to: UtcTime) -> Result<Vec<GuideChannel>, Failure> {
        let programme = Programme {
            id: "item".to_owned(),
            title: self.title.lock().unwrap().clone(),
            subtitle: String::new(),
            start: from.minus(Duration::from_secs(600)),
            end: to.plus(Duration::from_secs(600)),
        };
        let channels = self.channels.lock().unwrap().clone().into_iter();
        Ok(channels
            .map(|info| GuideChannel {
                info,
                zone: TimeZone::UTC,
                programmes: vec![programme.clone()],
                overridden: None,
            })
            .collect())
    }
}
