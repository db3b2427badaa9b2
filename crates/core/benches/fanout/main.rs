//! What two thousand viewers of one channel cost Core, and whether each of them gets every slot, in time. Core runs as its
//! own process, a fake Air feeds it, and viewers drain their sockets on this machine.
//!
//! `just bench fanout [VIEWERS] [SECONDS]`, with the daemons of `cargo build --release --workspace --bins`.

mod floor;
mod viewers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use retrovue_kit::MasterClock;
use retrovue_testkit::daemon::{Site, Usage};
use retrovue_testkit::fake_air::{FakeAir, Weight};
use retrovue_testkit::metrics::Metrics;
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::FrameRate;
use rustix::process::{Resource, getrlimit, setrlimit};

use viewers::{Channel, Crowd, join, permille};

/// What the product is designed for.
const VIEWERS: usize = 2000;
const SECONDS: u64 = 60;

/// What Core may cost.
const CPU_SECONDS_PER_GBIT: f64 = 0.07;
const MEMORY_PER_VIEWER: f64 = 64.0 * 1024.0;
const JOIN_MS: f64 = 30.0;
const EARLY_MS: f64 = 100.0;
const LATE_MS: f64 = 700.0;

/// A new viewer comes this often.
const JOIN_EVERY: Duration = Duration::from_millis(250);

/// After the last viewer has joined, bursts are over.
const SETTLED: Duration = Duration::from_secs(3);

const SOON: Duration = Duration::from_secs(60);

const SLUG: &str = "watched";
const RATE: FrameRate = FrameRate::HOUSE[3];
const KBPS: u32 = 2400;

/// Nothing is found for it, so it is all slate, which a fake Air does not mind.
const FILE: &str = "channel: watched
timezone: UTC
grid: off
format: { frame_rate: 30000/1001, video_kbps: 2272, audio_kbps: 128 }
pools: { show: { match: { series: Show } } }
schedule: { all: [ { at: \"00:00\", for: 24h, play: show } ] }
";

/// What some bytes cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    bytes: u64,
    cpu: Duration,
}

impl Cost {
    fn gbit(self) -> f64 {
        self.bytes as f64 * 8.0 / 1e9
    }

    fn per_gbit(self) -> f64 {
        self.cpu.as_secs_f64() / self.gbit()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    // cargo bench hands on its own options as well
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let viewers = numbers.next().map_or(Ok(VIEWERS), usize::try_from)?;
    let span = Duration::from_secs(numbers.next().unwrap_or(SECONDS).max(1));
    allow_descriptors()?;
    let site = Site::new()?.with("RETROVUE_AIR__MANAGE", "false");
    let channel =
        Channel { address: site.http(), path: format!("/channel/{SLUG}.ts"), rate: RATE, clock: MasterClock::system() };
    let floor = floor::measure(&channel, KBPS, viewers, (span / 4).min(Duration::from_secs(10))).await?;

    std::fs::create_dir(site.home().join("run"))?;
    let _air = FakeAir::start(&site.air_socket(), Weight::Whole, &[])?;
    let core = site.start_core().await?;
    let file = site.home().join("watched.yaml");
    std::fs::write(&file, FILE)?;
    let file = file.to_str().context("temporary folders have plain names")?;
    site.retrovue(&["channel", "apply", file]).await?.data()?;

    let first = Crowd::gather(&channel, 1)?;
    all_join(&first, 1).await?;
    let alone = Usage::of(core.pid())?;
    let crowd = Crowd::gather(&channel, viewers)?;
    all_join(&crowd, viewers).await?;
    tokio::time::sleep(SETTLED).await;

    let before = Moment::of(&site, core.pid(), &crowd).await?;
    let mut joins = joins(&channel, span).await?;
    let after = Moment::of(&site, core.pid(), &crowd).await?;
    let sockets = socket_memory()?;
    joins.sort_unstable();

    let cost = Cost { bytes: after.bytes - before.bytes, cpu: after.usage.cpu - before.usage.cpu };
    let lateness: Vec<u64> =
        after.lateness.iter().zip(&before.lateness).map(|(after, before)| after - before).collect();
    let [losses, seams, skips, dropped, ended] = std::array::from_fn(|at| after.wrong[at] - before.wrong[at]);
    let join_ms = |permille: usize| joins[(joins.len() - 1) * permille / 1000].as_secs_f64() * 1000.0;
    let memory = after.usage.memory.saturating_sub(alone.memory) as f64 / viewers as f64;
    println!(
        "{viewers} viewers for {} s: {:.1} Gbit, {} slots of {:.0} bytes each on average",
        span.as_secs(),
        cost.gbit(),
        after.slots - before.slots,
        cost.bytes as f64 / (after.slots - before.slots) as f64,
    );
    println!(
        "      late by {} ms in the middle, {} ms at p99; joins in {:.1} ms in the middle, {} of them; \
         the kernel's own floor {:.4} CPU-seconds per Gbit; sockets {:.0} KiB per viewer, both ends",
        permille(&lateness, 500),
        permille(&lateness, 990),
        join_ms(500),
        joins.len(),
        floor.per_gbit(),
        sockets / viewers as f64 / 1024.0,
    );
    let verdicts = [
        at_most("CPU-seconds of Core per Gbit", cost.per_gbit(), CPU_SECONDS_PER_GBIT),
        at_most("bytes of Core's memory per viewer", memory, MEMORY_PER_VIEWER),
        at_most("ms from connecting to a keyframe, p95", join_ms(950), JOIN_MS),
        at_most("ms that any slot was late", permille(&lateness, 1000) as f64, LATE_MS),
        at_most("ms that any slot was early", -permille(&lateness, 0) as f64, EARLY_MS),
        at_most("slots or packets lost", losses as f64, 0.0),
        at_most("seams", seams as f64, 0.0),
        at_most("skips, as Core counts them", skips as f64, 0.0),
        at_most("viewers dropped, as Core counts them", dropped as f64, 0.0),
        at_most("streams that ended", ended as f64, 0.0),
    ];
    if !verdicts.iter().all(|kept| *kept) {
        bail!("a bound was missed");
    }
    Ok(())
}

/// Prints a figure with its verdict.
fn at_most(what: &str, value: f64, bound: f64) -> bool {
    let kept = value <= bound;
    let digits = if bound > 0.0 && bound < 1.0 { 4 } else { 0 };
    println!("{}  {value:>9.digits$}  {what} (at most {bound})", if kept { "ok  " } else { "OVER" });
    kept
}

/// Core and its viewers at one moment.
struct Moment {
    usage: Usage,
    bytes: u64,
    slots: u64,
    lateness: Vec<u64>,
    /// Losses, seams, skips, those dropped, streams that ended.
    wrong: [u64; 5],
}

impl Moment {
    async fn of(site: &Site, core: u32, crowd: &Crowd) -> Result<Self> {
        let metrics = Metrics::fetch(&site.url("/metrics")).await?;
        let counted = |name: &str| metrics.of_channel(SLUG, name) as u64;
        let tally = &crowd.tally;
        let got = |count: &AtomicU64| count.load(Relaxed);
        Ok(Self {
            usage: Usage::of(core)?,
            bytes: got(&tally.bytes),
            slots: got(&tally.slots),
            lateness: tally.lateness(),
            wrong: [
                got(&tally.losses),
                got(&tally.seams),
                counted("retrovue_viewer_skips_total"),
                counted("retrovue_viewers_disconnected_total"),
                got(&tally.ended),
            ],
        })
    }
}

/// Waits until every viewer of `crowd` has a picture.
pub(crate) async fn all_join(crowd: &Crowd, viewers: usize) -> Result<()> {
    let tally = Arc::clone(&crowd.tally);
    let joined = async || (tally.joined.load(Relaxed) == viewers as u64).then_some(());
    let all = wait_for("all viewers to have a picture", SOON, joined).await;
    let (joined, ended) = (crowd.tally.joined.load(Relaxed), crowd.tally.ended.load(Relaxed));
    all.with_context(|| format!("{joined} of {viewers} have one, {ended} were sent away"))
}

/// How long each of those waited who came during `span`.
async fn joins(channel: &Channel, span: Duration) -> Result<Vec<Duration>> {
    let (began, mut joins) = (channel.clock.now(), Vec::new());
    while channel.clock.now().since(began) < span {
        joins.push(join(channel).await?);
        tokio::time::sleep(JOIN_EVERY).await;
    }
    Ok(joins)
}

/// What the kernel holds in the buffers of all TCP sockets.
fn socket_memory() -> Result<f64> {
    let sockets = std::fs::read_to_string("/proc/net/sockstat")?;
    let tcp = sockets.lines().find(|line| line.starts_with("TCP:")).context("the kernel knows no TCP")?;
    let pages = tcp.rsplit(' ').next().and_then(|pages| pages.parse::<f64>().ok());
    Ok(pages.context("the kernel counts no memory")? * rustix::param::page_size() as f64)
}

/// Both ends of every connection of the floor are this process's.
fn allow_descriptors() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).context("more files cannot be opened")
}
