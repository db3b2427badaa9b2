//! Whether a viewer notices that a whole network is planned: the channels, two weeks ahead, from 100,000 assets, by a Core
//! that has one channel on air meanwhile.
//!
//! `just bench planning [CHANNELS]`, with the daemons of `cargo build --release --workspace --bins`.

#[path = "../tests/network/stock.rs"]
mod stock;

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use retrovue_kit::MasterClock;
use retrovue_kit::clock::monotonic_ns;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Site, threads};
use retrovue_testkit::metrics::Metrics;
use retrovue_testkit::viewer::{Until, Viewer};

/// What the product is designed for.
const ASSETS: u32 = 100_000;
const CHANNELS: u32 = 1000;

/// Applied at once.
const AT_ONCE: usize = 100;

const SOON: Duration = Duration::from_secs(60);

/// The channel that is watched.
const WATCHED: &str = "watched";

const FILE: &str = "channel: watched
timezone: UTC
grid: off
format: { size: 640x360, video_kbps: 1000 }
pools: { show: { match: { series: Show } } }
schedule: { all: [ { at: \"00:00\", for: 24h, play: show } ] }
";

#[tokio::main]
async fn main() -> Result<()> {
    // cargo bench hands on its own options as well
    let channels = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(CHANNELS);
    let site = Site::new()?;
    let core = site.start_core().await?;
    let library = site.home().join("library");
    std::fs::create_dir(&library)?;
    Clip::new(1).sized(640, 360).lasting(60).copy_to(&library.join("Show - S01E01 - clip.mkv"))?;
    let folder = library.to_str().context("temporary folders have plain names")?;
    site.retrovue(&["source", "add", "library", "--path", folder]).await?.data()?;
    site.retrovue(&["source", "sync", "library"]).await?.data()?;
    stock::stock(&site.home().join("retrovue.db"), ASSETS, MasterClock::system().now())?;
    let write = |name: String, text: &str| -> Result<String> {
        let path = site.home().join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_string_lossy().into_owned())
    };
    let watched = write("watched.yaml".to_owned(), FILE)?;
    site.retrovue(&["channel", "apply", &watched]).await?.data()?;
    let files: Vec<String> = (0..channels)
        .map(|number| write(format!("{number}.yaml"), &stock::channel_file(number)))
        .collect::<Result<_>>()?;

    let mut viewer = Viewer::connect(&site.url(&format!("/channel/{WATCHED}.ts"))).await?;
    viewer.until(Until::Seconds(10.0), SOON).await?;
    let (before, first, began) = (Counted::of(&site).await?, viewer.pictures().len(), monotonic_ns());
    let is_planned = Cell::new(false);
    let planning = async {
        for files in files.chunks(AT_ONCE) {
            let words: Vec<&str> = ["channel", "apply"].into_iter().chain(files.iter().map(String::as_str)).collect();
            site.retrovue(&words).await?.data()?;
        }
        is_planned.set(true);
        anyhow::Ok((monotonic_ns() - began) as f64 / 1e9)
    };
    let watching = async {
        while !is_planned.get() {
            viewer.until(Until::Pictures(viewer.pictures().len() + 5), SOON).await?;
        }
        anyhow::Ok(())
    };
    let (seconds, ()) = tokio::try_join!(planning, watching)?;
    let after = Counted::of(&site).await?;
    let gaps = viewer.pictures()[first - 1..].windows(2).map(|pair| pair[1].after - pair[0].after);
    let [slots, late, slate, waited] = std::array::from_fn(|at| after.0[at] - before.0[at]);
    println!(
        "{channels} channels, {ASSETS} assets: planned in {seconds:.1} s; of {slots} slots on air meanwhile {late} late, \
         {slate} slate, {waited} waited; {} ms between two pictures at most; {} threads",
        gaps.max().unwrap_or_default().as_millis(),
        threads(core.pid())?.len()
    );
    if late + slate > 0.0 {
        bail!("planning was noticed");
    }
    Ok(())
}

/// Slots of the channel so far: all, late ones, slate, and those that waited.
struct Counted([f64; 4]);

impl Counted {
    async fn of(site: &Site) -> Result<Self> {
        let metrics = Metrics::fetch(&site.air_metrics()).await?;
        let names = ["slots", "late_slots", "slate_slots", "underruns"];
        Ok(Self(names.map(|name| metrics.of_channel(WATCHED, &format!("retrovue_air_{name}_total")))))
    }
}
