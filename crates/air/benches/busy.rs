//! `just bench busy [FILE]`: whether slots leave at their instants while another job burns one of two cores, for one channel
//! of 720p and for four of 360p, whose segments change every ten seconds. FILE is a minute of anything; without it, a
//! marked clip is played.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use retrovue_kit::MasterClock;
use retrovue_proto::v1;
use retrovue_testkit::burner::Burner;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Site, Usage};
use retrovue_testkit::metrics::Metrics;
use retrovue_testkit::viewer::{TsEndpoint, Until};

/// Frames a second.
const RATE: u32 = 30;

/// How long each case is on air.
const SECONDS: u32 = 40;

/// Of each segment: the next one is opened while its neighbours are on air.
const SEGMENT_SECONDS: u32 = 10;

const LONG: Duration = Duration::from_secs(120);

struct Case {
    channels: usize,
    width: u32,
    height: u32,
    video_kbps: u32,
    /// From then on no slot may be late.
    grace_seconds: u32,
}

const CASES: [Case; 2] = [
    Case { channels: 1, width: 1280, height: 720, video_kbps: 3000, grace_seconds: 3 },
    Case { channels: 4, width: 640, height: 360, video_kbps: 1000, grace_seconds: 10 },
];

#[tokio::main]
async fn main() -> Result<()> {
    let file = match std::env::args_os().skip(1).find(|word| word != "--bench") {
        Some(file) => PathBuf::from(file),
        None => Clip::new(1).sized(1280, 720).lasting(60).file()?,
    };
    let cores = thread::available_parallelism()?.get();
    let burners: Vec<_> = (0..cores.div_ceil(2)).map(|_| Burner::start()).collect();
    println!("{} of {cores} cores burn; {SECONDS} s each", burners.len());
    println!("channels  size       after  slots  waited  >33 ms  >100 ms  slate  least work ahead  MB a channel");
    let mut late = 0.0;
    for case in &CASES {
        late += case.run(&file).await?;
    }
    if late > 0.0 {
        bail!("{late} slots left more than one frame after their instant");
    }
    Ok(())
}

impl Case {
    /// Prints what happened after the grace. Returns how many slots were late.
    async fn run(&self, file: &Path) -> Result<f64> {
        let site = Site::new()?;
        let air = site.start_air().await?;
        let idle = Usage::of(air.pid())?.memory;
        let mut client = site.air_client().await?;
        let names: Vec<String> = (0..self.channels).map(|n| format!("busy-{n}")).collect();
        let mut viewers = Vec::new();
        for name in &names {
            let endpoint = TsEndpoint::open()?;
            client.start_channel(self.request(name, &endpoint, file)).await?;
            viewers.push((endpoint.accept(LONG).await?, endpoint));
        }
        let mut pages = Vec::new();
        let mut least_ahead = f64::INFINITY;
        for second in self.grace_seconds..=SECONDS {
            for (viewer, _) in &mut viewers {
                viewer.until(Until::Seconds(f64::from(second)), LONG).await?;
            }
            let page = Metrics::fetch(&site.air_metrics()).await?;
            let ahead = |name: &String| page.of_channel(name, "retrovue_air_work_ahead_seconds");
            least_ahead = names.iter().map(ahead).fold(least_ahead, f64::min);
            pages.push(page);
        }
        let (before, after) = (pages.first().context("no page")?, pages.last().context("no page")?);
        let sum = |value: &dyn Fn(&Metrics, &str) -> f64| {
            names.iter().map(|name| value(after, name) - value(before, name)).sum::<f64>()
        };
        let count = |series: &'static str| sum(&move |page, name| page.of_channel(name, series));
        let above =
            |bound: &'static str| sum(&move |page, name| page.above(name, "retrovue_air_slot_lateness_seconds", bound));
        let late = count("retrovue_air_late_slots_total");
        println!(
            "{:>8}  {:<9} {:>4} s  {:>5}  {:>6}  {:>6}  {:>7}  {:>5}  {least_ahead:>14.1} s  {:>12.0}",
            self.channels,
            format!("{}x{}", self.width, self.height),
            self.grace_seconds,
            count("retrovue_air_slots_total"),
            count("retrovue_air_underruns_total"),
            above("0.033"),
            above("0.1"),
            count("retrovue_air_slate_slots_total"),
            (Usage::of(air.pid())?.memory - idle) as f64 / self.channels as f64 / 1e6,
        );
        Ok(late)
    }

    fn request(&self, name: &str, endpoint: &TsEndpoint, file: &Path) -> v1::StartChannelRequest {
        let frames = i64::from(RATE * SEGMENT_SECONDS);
        let reading = MasterClock::system().reading();
        let now = i64::from(RATE) * (reading.utc.nanos() / 1_000_000_000);
        let segments = (0..i64::from(SECONDS / SEGMENT_SECONDS + 2)).map(|n| v1::Segment {
            event_id: format!("{name}-{n}"),
            start_frame: now + (n - 1) * frames + frames / 2,
            frame_count: frames,
            asset: Some(v1::Asset {
                asset_id: "busy".to_owned(),
                path: file.as_os_str().as_bytes().to_vec(),
                in_offset_frames: n % 4 * frames,
                ..Default::default()
            }),
            kind: "programme".to_owned(),
            ..Default::default()
        });
        v1::StartChannelRequest {
            channel: name.to_owned(),
            channel_name: name.to_owned(),
            session_id: name.to_owned(),
            format: Some(v1::HouseFormat {
                width: self.width,
                height: self.height,
                frame_rate: Some(v1::FrameRate { num: RATE, den: 1 }),
                video_kbps: self.video_kbps,
                audio_kbps: 128,
            }),
            plan: Some(v1::Plan { generation: 1, segments: segments.collect() }),
            endpoint: endpoint.endpoint(),
            token: endpoint.token(),
            pacing: v1::Pacing::Realtime.into(),
            clock: Some(v1::ClockReading {
                utc_ns: reading.utc.nanos(),
                monotonic_ns: reading.monotonic_ns,
                ..Default::default()
            }),
            ..Default::default()
        }
    }
}
