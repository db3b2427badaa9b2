//! More channels than the machine carries, each asked for by a viewer, and what those get that are let in. Shared with
//! `just bench admission`.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::{join_all, try_join_all};
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Daemon, Site};
use retrovue_testkit::http;
use retrovue_testkit::viewer::{Until, Viewer};
use retrovue_timeline::{FrameRate, UtcTime};
use serde_json::Value;

/// Longer than anything that a busy machine does.
const SOON: Duration = Duration::from_secs(120);

/// Of each clip, so that segments change while somebody looks.
const CLIP_SECONDS: u32 = 15;

/// The channels' frame rate.
const RATE: FrameRate = FrameRate::HOUSE[4];

/// What the clock shows at first, so that the schedule below holds.
const CLOCK_START: &str = "2026-11-22T20:00:00Z";
const STARTED: UtcTime = UtcTime::from_millis(1_795_377_600_000);

/// What the channels look like.
#[derive(Clone, Copy)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) video_kbps: u32,
}

/// An installation with many channels of the same kind.
pub(crate) struct Crowd {
    /// Before its home, so that a test that fails can show its log.
    _core: Daemon,
    pub(crate) site: Site,
    picture: Picture,
}

/// Who is let in, and the names of the others.
pub(crate) type Answers = (Vec<(String, Viewer)>, Vec<String>);

/// What Air says of itself, in cores.
pub(crate) struct Load {
    pub(crate) channels: u32,
    pub(crate) more: u32,
    pub(crate) budget: f64,
    pub(crate) taken: f64,
}

/// What became of the slots of all channels on air, since Air started.
pub(crate) struct Slots {
    pub(crate) sent: u64,
    pub(crate) slate: u64,
    pub(crate) late: u64,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, more, budget, taken } = self;
        write!(f, "{channels} on air, room for {more} more; {taken:.2} of {budget:.2} cores taken")
    }
}

impl fmt::Display for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} slots, {} slate, {} late", self.sent, self.slate, self.late)
    }
}

impl Crowd {
    /// A network without channels, which may take `budget` percent of the machine.
    pub(crate) async fn ready(picture: Picture, budget: u32) -> Result<Self> {
        let site = Site::new()?
            .with("RETROVUE_CLOCK_START", CLOCK_START)
            .with("RETROVUE_SCHEDULE__DAYS", "3")
            .with("RETROVUE_AIR__ENCODER", "x264")
            .with("RETROVUE_AIR__BUDGET", &budget.to_string());
        let library = site.home().join("library");
        std::fs::create_dir(&library)?;
        for id in 1..4 {
            let clip = Clip::new(id).sized(picture.width, picture.height).lasting(CLIP_SECONDS);
            clip.copy_to(&library.join(format!("Show - S01E{id:02} - clip.mkv")))?;
        }
        let core = site.start_core().await?;
        let crowd = Self { _core: core, site, picture };
        crowd.data(&["source", "add", "library", "--path", &library.to_string_lossy()]).await?;
        crowd.data(&["source", "sync", "library"]).await?;
        Ok(crowd)
    }

    /// Makes so many channels, and tells their names.
    pub(crate) async fn channels(&self, count: usize) -> Result<Vec<String>> {
        let Picture { width, height, video_kbps } = self.picture;
        let names: Vec<String> = (1..=count).map(|number| format!("c{number}")).collect();
        let mut command = vec!["channel".to_owned(), "apply".to_owned()];
        for (at, name) in names.iter().enumerate() {
            let file = self.site.home().join(format!("{name}.yaml"));
            // no two change their segments at the same time
            let minute = 20 + at % 40;
            let text = format!(
                "channel: {name}\nnumber: \"{}\"\ntimezone: UTC\ngrid: off\n\
                 format: {{ size: {width}x{height}, frame_rate: {}, video_kbps: {video_kbps} }}\n\
                 pools: {{ show: {{ match: {{ series: Show }} }} }}\n\
                 schedule: {{ all: [ {{ at: \"19:{minute}:{:02}\", for: 1h, play: show }} ] }}\n",
                at + 1,
                RATE.num(),
                at * 7 % 60,
            );
            std::fs::write(&file, text)?;
            command.push(file.to_string_lossy().into_owned());
        }
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        self.data(&command).await?;
        Ok(names)
    }

    /// Asks for all of these at once.
    pub(crate) async fn ask(&self, names: &[String]) -> Result<Answers> {
        let (mut viewers, mut refused) = (Vec::new(), Vec::new());
        for (name, answer) in names.iter().zip(join_all(names.iter().map(|name| self.tune_in(name))).await) {
            match answer? {
                Some(viewer) => viewers.push((name.clone(), viewer)),
                None => refused.push(name.clone()),
            }
        }
        Ok((viewers, refused))
    }

    /// `None` where all tuners are in use.
    async fn tune_in(&self, name: &str) -> Result<Option<Viewer>> {
        let response = http::get(self.site.url(&format!("/channel/{name}.ts"))).await?;
        if response.status() == 200 {
            return Ok(Some(Viewer::reading(response)));
        }
        ensure!(response.status() == 503, "{name}: {}", response.status());
        let error = response.headers().get("x-hdhomerun-error").context("no tuner error")?;
        ensure!(error == "805 All Tuners In Use", "{name}: {error:?}");
        Ok(None)
    }

    /// What Air says of itself.
    pub(crate) async fn load(&self) -> Result<Load> {
        let status = self.data(&["status"]).await?;
        let room = &status["air"]["room"];
        let count = |field: &str| room[field].as_u64().and_then(|count| u32::try_from(count).ok());
        Ok(Load {
            channels: count("channels_on_air").context("no count")?,
            more: count("more_channels").context("no count")?,
            budget: room["budget_cores"].as_f64().context("no budget")?,
            taken: room["taken_cores"].as_f64().context("no load")?,
        })
    }

    /// As many tuners as media servers are told of.
    pub(crate) async fn tuners(&self) -> Result<u32> {
        let device: Value = http::get(self.site.url("/discover.json")).await?.json().await?;
        device["TunerCount"].as_u64().and_then(|count| u32::try_from(count).ok()).context("no TunerCount")
    }

    /// What became of the slots so far.
    pub(crate) async fn slots(&self) -> Result<Slots> {
        let status = self.data(&["status"]).await?;
        let channels = status["channels"].as_array().context("no channels")?;
        let sum = |field: &str| channels.iter().filter_map(|channel| channel[field].as_u64()).sum();
        Ok(Slots { sent: sum("slots"), slate: sum("slate_frames"), late: sum("late_frames") })
    }

    /// What a command answers that has to succeed.
    pub(crate) async fn data(&self, arguments: &[&str]) -> Result<Value> {
        Ok(self.site.retrovue(arguments).await?.data()?.clone())
    }
}

/// Watches all of them for so long, from where each stands.
pub(crate) async fn watch(viewers: &mut [(String, Viewer)], seconds: f64) -> Result<()> {
    let frame_seconds = f64::from(RATE.den()) / f64::from(RATE.num());
    let watching = viewers.iter_mut().map(|(_, viewer)| {
        let seen = viewer.pictures().len() as f64 * frame_seconds;
        viewer.until(Until::Seconds(seen + seconds), SOON)
    });
    try_join_all(watching).await.map(drop)
}

/// What is wrong with what they got: every stream has to be clean, and whole from its first picture on.
pub(crate) fn faults(viewers: &[(String, Viewer)]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (name, viewer) in viewers {
        let report = viewer.capture()?.check(RATE, RATE.frame_at(STARTED))?;
        let frames: Vec<_> = report.video.iter().filter_map(|unit| unit.frame).collect();
        let gaps = frames.windows(2).filter(|pair| pair[1].0 != pair[0].0 + 1).count();
        if !report.is_clean() || gaps > 0 || !report.seams.is_empty() {
            faults.push(format!("{name}: {gaps} gaps, {} seams, {}", report.seams.len(), report.summary()));
        }
    }
    Ok(faults)
}
