//! Six channels with a viewer each, what can happen to their daemons, and how long viewers are without new pictures then.
//! Shared with `just bench recovery`.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use retrovue_kit::clock::monotonic_ns;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Daemon, Site};
use retrovue_testkit::viewer::{Until, Viewer};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Channels, each with a viewer.
pub(crate) const CHANNELS: u32 = 6;

/// Longer than anything that a busy machine does.
const SOON: Duration = Duration::from_secs(60);

/// A player that lost its stream asks again after this long.
const AGAIN: Duration = Duration::from_millis(20);

/// Nothing that left before an outage comes later than this.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// Pictures that show that a stream goes on.
const GOES_ON: usize = 60;

/// An installation with six channels. Its Air is its Core's, unless it was started by itself.
pub(crate) struct Network {
    /// Before its home, so that a test that fails can show its log.
    pub(crate) core: Daemon,
    pub(crate) air: Option<Daemon>,
    pub(crate) site: Site,
}

/// A viewer, with what CLOCK_MONOTONIC showed when it asked.
pub(crate) struct Watching {
    pub(crate) viewer: Viewer,
    asked_ns: i64,
}

impl Watching {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let asked_ns = monotonic_ns();
        Ok(Self { viewer: Viewer::connect(url).await?, asked_ns })
    }

    /// From `since_ns` to the first picture behind the longest time without one.
    fn without(&self, since_ns: i64) -> Duration {
        let pairs =
            self.viewer.pictures().windows(2).map(|pair| (self.at_ns(pair[0].after), self.at_ns(pair[1].after)));
        // what came while nobody looked is seen all at once
        let pauses = pairs.filter(|(_, next)| *next > since_ns).map(|(one, next)| (one.max(since_ns), next));
        let longest = pauses.max_by_key(|(one, next)| next - one);
        span(since_ns, longest.map_or(since_ns, |(_, next)| next))
    }

    /// From `since_ns` to its first picture.
    fn first(&self, since_ns: i64) -> Duration {
        self.viewer.pictures().first().map_or(Duration::ZERO, |first| span(since_ns, self.at_ns(first.after)))
    }

    /// From `since_ns` to its last picture.
    fn latest(&self, since_ns: i64) -> Duration {
        self.viewer.pictures().last().map_or(Duration::ZERO, |last| span(since_ns, self.at_ns(last.after)))
    }

    fn at_ns(&self, after: Duration) -> i64 {
        self.asked_ns + i64::try_from(after.as_nanos()).unwrap_or(i64::MAX)
    }
}

fn span(from_ns: i64, to_ns: i64) -> Duration {
    Duration::from_nanos(u64::try_from(to_ns - from_ns).unwrap_or(0))
}

impl Network {
    /// On air as soon as somebody watches. `manage` leaves Air to Core.
    pub(crate) async fn ready(manage: bool) -> Result<Self> {
        let site = Site::new()?
            .with("RETROVUE_CLOCK_START", "2026-11-22T20:00:00Z")
            .with("RETROVUE_SCHEDULE__DAYS", "3")
            .with("RETROVUE_VIEWERS__LINGER", "3s")
            .with("RETROVUE_AIR__MANAGE", if manage { "true" } else { "false" });
        let library = site.home().join("library");
        std::fs::create_dir(&library)?;
        for id in 1..4 {
            let clip = Clip::new(id).sized(640, 360).lasting(20);
            clip.copy_to(&library.join(format!("Show - S01E{id:02} - clip.mkv")))?;
        }
        let air = if manage { None } else { Some(site.start_air().await?) };
        let core = site.start_core().await?;
        let network = Self { core, air, site };
        network.data(&["source", "add", "library", "--path", &library.to_string_lossy()]).await?;
        network.data(&["source", "sync", "library"]).await?;
        for number in 1..=CHANNELS {
            let file = network.site.home().join(format!("{number}.yaml"));
            let text = format!(
                "channel: c{number}\nnumber: \"{number}\"\ntimezone: UTC\ngrid: off\n\
                 format: {{ size: 640x360, frame_rate: 30000/1001, video_kbps: 800 }}\n\
                 pools: {{ show: {{ match: {{ series: Show }} }} }}\n\
                 schedule: {{ all: [ {{ at: \"19:30\", for: 2h, play: show }} ] }}\n"
            );
            std::fs::write(&file, text)?;
            network.data(&["channel", "apply", &file.to_string_lossy()]).await?;
        }
        Ok(network)
    }

    /// What a command answers that has to succeed.
    pub(crate) async fn data(&self, arguments: &[&str]) -> Result<Value> {
        Ok(self.site.retrovue(arguments).await?.data()?.clone())
    }

    /// The address of each channel.
    pub(crate) fn urls(&self) -> Vec<String> {
        (1..=CHANNELS).map(|number| self.site.url(&format!("/channel/c{number}.ts"))).collect()
    }

    /// The process of the Air that runs.
    pub(crate) async fn air_pid(&self) -> Result<u32> {
        if let Some(air) = &self.air {
            return Ok(air.pid());
        }
        let status = self.data(&["status"]).await?;
        let pid = status["air"]["pid"].as_u64().context("no Air runs")?;
        Ok(u32::try_from(pid)?)
    }

    /// A viewer on each channel, who has seen some seconds of it.
    pub(crate) async fn watched(&self) -> Result<Vec<Watching>> {
        let urls = self.urls();
        let mut watching = try_join_all(urls.iter().map(|url| Watching::connect(url))).await?;
        let mut viewers: Vec<&mut Viewer> = watching.iter_mut().map(|watching| &mut watching.viewer).collect();
        try_join_all(viewers.iter_mut().map(|viewer| viewer.until(Until::Seconds(4.0), SOON))).await?;
        Ok(watching)
    }

    /// Sends Air a signal, and tells how long each viewer was without a new picture from then on.
    pub(crate) async fn signal_air(&self, signal: Signal, watching: &mut [Watching]) -> Result<Vec<Duration>> {
        let pid = i32::try_from(self.air_pid().await?)?;
        let (sent_ns, pid) = (monotonic_ns(), Pid::from_raw(pid).context("0 is no process")?);
        kill_process(pid, signal)?;
        let waits = watching.iter_mut().map(async |watching| {
            // what was on its way still comes
            while watching.latest(sent_ns) < ON_ITS_WAY {
                watching.viewer.until(Until::Pictures(watching.viewer.pictures().len() + 1), SOON).await?;
            }
            watching.viewer.until(Until::Pictures(watching.viewer.pictures().len() + GOES_ON), SOON).await?;
            anyhow::Ok(watching.without(sent_ns))
        });
        try_join_all(waits).await
    }

    /// Ends Core, starts another one, and tells how long it took from then on until viewers who ask again and again have
    /// pictures. With `kill` it has no time to drain.
    pub(crate) async fn restart_core(&mut self, kill: bool) -> Result<(Vec<Duration>, Vec<Watching>)> {
        if kill {
            self.core.crash()?;
        } else {
            self.core.terminate(SOON).await?;
        }
        let (core, started_ns) = (self.site.core()?, monotonic_ns());
        self.core = core.start()?;
        let watching = try_join_all(self.urls().into_iter().map(async |url| {
            let mut watching = loop {
                match Watching::connect(&url).await {
                    Ok(watching) => break watching,
                    Err(_) if monotonic_ns() - started_ns < 60_000_000_000 => tokio::time::sleep(AGAIN).await,
                    Err(error) => return Err(error),
                }
            };
            watching.viewer.until(Until::Pictures(GOES_ON), SOON).await?;
            anyhow::Ok(watching)
        }));
        let watching = watching.await?;
        Ok((watching.iter().map(|watching| watching.first(started_ns)).collect(), watching))
    }
}

/// In milliseconds, for people.
pub(crate) fn in_ms(times: &[Duration]) -> Vec<u128> {
    times.iter().map(Duration::as_millis).collect()
}
