//! How long a viewer waits who tunes in: from `StartChannel` to the first byte of the stream, in a warm Air, with a
//! programme that is joined in its middle.
//!
//! `just bench zap [STARTS]` prints quantiles and where the time went, as Air itself says in its log.

use std::collections::HashMap;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use retrovue_kit::MasterClock;
use retrovue_kit::clock::monotonic_ns;
use retrovue_proto::v1;
use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use retrovue_testkit::daemon::{Daemon, Site};
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::FrameRate;
use tonic::transport::Channel;

/// The house rate.
const RATE: FrameRate = FrameRate::HOUSE[3];

/// Seconds that a source lasts.
const LENGTH: i64 = 60;

/// Starts of each kind of source, where none are asked for.
const STARTS: usize = 40;

/// Channels that are started in the same instant.
const AT_ONCE: usize = 4;

/// Far beyond what a start takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Parts of a start, as Air names them in its log.
const PARTS: [&str; 5] = ["turn_ms", "open_ms", "seek_ms", "first_unit_ms", "first_slot_ms"];

/// A kind of source: lines, bits and GOP.
struct Source {
    width: u32,
    height: u32,
    kbps: u32,
    gop_seconds: u32,
}

const SOURCES: [Source; 4] = [
    Source { width: 1280, height: 720, kbps: 3000, gop_seconds: 2 },
    Source { width: 1280, height: 720, kbps: 3000, gop_seconds: 10 },
    Source { width: 1920, height: 1080, kbps: 6000, gop_seconds: 2 },
    Source { width: 1920, height: 1080, kbps: 6000, gop_seconds: 10 },
];

#[tokio::main]
async fn main() -> Result<()> {
    // cargo bench hands on its own options as well
    let starts = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(STARTS);
    let mut bench = Bench::open().await?;
    let files = try_join_all(SOURCES.iter().map(|source| bench.known(source))).await?;
    // the first start of all makes the slate and loads plugins
    bench.start(&files[..1], 1).await?;
    for (source, file) in SOURCES.iter().zip(&files) {
        let mut zaps = Vec::new();
        for number in 0..starts {
            zaps.extend(bench.start(std::slice::from_ref(file), number).await?);
        }
        report(&format!("{}p, GOP {} s", source.height, source.gop_seconds), &zaps);
    }
    let mut slowest = Vec::new();
    for number in 0..starts.div_ceil(AT_ONCE) {
        let zaps = bench.start(&files, number).await?;
        slowest.extend(zaps.into_iter().max_by(|a, b| a.first_byte_ms.total_cmp(&b.first_byte_ms)));
    }
    report(&format!("the last of {AT_ONCE} at once"), &slowest);
    Ok(())
}

impl Source {
    /// Made once: pictures that move, some noise, a tone.
    fn file(&self) -> Result<PathBuf> {
        let Self { width, height, kbps, gop_seconds } = self;
        let directory = std::env::current_exe()?.with_file_name("zap");
        let path = directory.join(format!("{height}p-{kbps}k-gop{gop_seconds}s-{LENGTH}s.mp4"));
        if path.exists() {
            return Ok(path);
        }
        std::fs::create_dir_all(&directory)?;
        let unfinished = path.with_extension("making.mp4");
        let pictures = format!("testsrc2=s={width}x{height}:r={RATE}:d={LENGTH},noise=alls=6:allf=t");
        let tone = format!("sine=440:d={LENGTH}:r=48000");
        let gop = (gop_seconds * 30).to_string();
        let options = ["-preset", "superfast", "-bf", "2", "-pix_fmt", "yuv420p", "-sc_threshold", "0", "-g", &gop];
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &pictures, "-f", "lavfi", "-i", &tone])
            .args(["-c:v", "libx264", "-b:v", &format!("{kbps}k")])
            .args(options)
            .args(["-c:a", "aac", "-ac", "2"])
            .arg(&unfinished)
            .status()
            .context("ffmpeg could not be started; install it with: apt-get install ffmpeg")?;
        ensure!(made.success(), "ffmpeg could not make {}", path.display());
        std::fs::rename(unfinished, &path)?;
        Ok(path)
    }
}

/// What one viewer saw.
struct Zap {
    first_byte_ms: f64,
    /// By the names of [`PARTS`].
    parts: HashMap<&'static str, f64>,
    slate: bool,
    /// Air's, from the request to the first byte, for all that were started together.
    cpu_ms: f64,
}

struct Bench {
    air: Daemon,
    client: PlayoutServiceClient<Channel>,
    clock: MasterClock,
    sessions: usize,
    site: Site,
}

impl Bench {
    async fn open() -> Result<Self> {
        let site = Site::new()?;
        let (air, client) = (site.start_air().await?, site.air_client().await?);
        Ok(Self { air, client, clock: MasterClock::system(), sessions: 0, site })
    }

    /// A source as Core knows it.
    async fn known(&self, source: &Source) -> Result<v1::Asset> {
        let path = source.file()?;
        Ok(v1::Asset {
            asset_id: "asset".to_owned(),
            first_picture: Some(self.site.first_picture(&path).await?),
            path: path.into_os_string().into_vec(),
            ..Default::default()
        })
    }

    /// Starts one channel for each of `files` in the same instant, waits for their first bytes, and ends them. `number`
    /// chooses the in-points.
    async fn start(&mut self, files: &[v1::Asset], number: usize) -> Result<Vec<Zap>> {
        let cpu_ms = self.cpu_ms()?;
        let names: Vec<_> = (0..files.len()).map(|at| format!("session-{}-{at}", self.sessions)).collect();
        self.sessions += 1;
        let zapping = files.iter().zip(&names).enumerate().map(|(at, (file, name))| {
            // in-points that lie apart and in no order, a whole programme away from the end
            let in_point = (number * 37 + at * 11) as i64 * 1001 % ((LENGTH - 15) * 30);
            zap(self.client.clone(), self.clock.clone(), file.clone(), in_point, name)
        });
        let first_bytes_ms = try_join_all(zapping).await?;
        let cpu_ms = self.cpu_ms()? - cpu_ms;
        for name in &names {
            // one whose viewer has left may have ended by itself
            let _ =
                self.client.stop_channel(v1::StopChannelRequest { channel: name.clone(), ..Default::default() }).await;
        }
        let log = self.air.log();
        let line_of = |name: &String| {
            let channel = format!("channel=\"{name}\"");
            log.lines().find(|line| line.contains(&channel) && line.contains("the first slot is sent"))
        };
        names
            .iter()
            .zip(first_bytes_ms)
            .map(|(name, first_byte_ms)| {
                let line = line_of(name).context("Air did not say how it started")?;
                let field = |name: &str| line.split(&format!("{name}=")).nth(1)?.split_whitespace().next();
                let parts = PARTS.iter().filter_map(|part| Some((*part, field(part)?.parse().ok()?))).collect();
                Ok(Zap { first_byte_ms, parts, slate: field("slate") == Some("true"), cpu_ms })
            })
            .collect()
    }

    /// CPU time that Air has used so far.
    fn cpu_ms(&self) -> Result<f64> {
        // utime and stime are fields 14 and 15; the name before them may hold spaces
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.air.pid()))?;
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
        // USER_HZ is 100 on every Linux
        Ok(ticks * 10.0)
    }
}

/// One viewer of `file` at `in_point`, in frames. From the request to the first byte, in milliseconds.
async fn zap(
    mut client: PlayoutServiceClient<Channel>,
    clock: MasterClock,
    asset: v1::Asset,
    in_point: i64,
    name: &str,
) -> Result<f64> {
    let endpoint = TsEndpoint::open()?;
    let begin = RATE.frame_at(clock.now()).0 - in_point - 100;
    let segment = v1::Segment {
        event_id: "event".to_owned(),
        start_frame: begin,
        frame_count: LENGTH * 29,
        asset: Some(asset),
        kind: "programme".to_owned(),
        title: "Zap".to_owned(),
        ..Default::default()
    };
    let reading = clock.reading();
    let request = v1::StartChannelRequest {
        channel: name.to_owned(),
        channel_name: name.to_owned(),
        session_id: name.to_owned(),
        format: Some(v1::HouseFormat {
            width: 1280,
            height: 720,
            frame_rate: Some(v1::FrameRate { num: RATE.num(), den: RATE.den() }),
            video_kbps: 3000,
            audio_kbps: 128,
        }),
        plan: Some(v1::Plan { generation: 1, segments: vec![segment] }),
        endpoint: endpoint.endpoint(),
        token: endpoint.token(),
        clock: Some(v1::ClockReading {
            utc_ns: reading.utc.nanos(),
            monotonic_ns: reading.monotonic_ns,
            ..Default::default()
        }),
        pacing: v1::Pacing::Realtime.into(),
        ..Default::default()
    };
    let asked_ns = monotonic_ns();
    let viewing = async {
        let mut viewer = endpoint.accept(PATIENCE).await?;
        viewer.until(Until::Bytes(1), PATIENCE).await?;
        Ok(monotonic_ns())
    };
    let starting = async { client.start_channel(request).await.context("Air does not start the channel") };
    let (first_byte_ns, _) = tokio::try_join!(viewing, starting)?;
    Ok((first_byte_ns - asked_ns) as f64 / 1e6)
}

fn report(what: &str, zaps: &[Zap]) {
    let quantiles = |values: &mut dyn Iterator<Item = f64>| {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).or(sorted.last()).copied();
        (at(0.5).unwrap_or(f64::NAN), at(0.95).unwrap_or(f64::NAN))
    };
    let (p50, p95) = quantiles(&mut zaps.iter().map(|zap| zap.first_byte_ms));
    let slate = zaps.iter().filter(|zap| zap.slate).count();
    let cpu_ms = zaps.iter().map(|zap| zap.cpu_ms).sum::<f64>() / zaps.len() as f64;
    println!("{what}: {} starts, first byte p50 {p50:.0} ms, p95 {p95:.0} ms", zaps.len());
    for part in PARTS {
        let (p50, p95) = quantiles(&mut zaps.iter().filter_map(|zap| zap.parts.get(part)).copied());
        println!("  {part:<14} p50 {p50:>6.1}  p95 {p95:>6.1}");
    }
    println!("  CPU {cpu_ms:.0} ms a start; {slate} of them began with slate");
}
