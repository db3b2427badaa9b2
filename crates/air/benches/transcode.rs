//! `just bench transcode [ROUNDS]`: what a minute of a 720p30 channel costs Air in CPU, beside ffmpeg making the same of
//! the same footage with the same preset, threads, sizes and rates. The two take turns, and each round is a pair: on a
//! shared machine a single figure says little, and a ratio of neighbours much.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use retrovue_proto::v1;
use retrovue_testkit::daemon::{Site, cpu};
use retrovue_testkit::viewer::{TsEndpoint, Until};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

const ROUNDS: usize = 5;
const FRAMES: i64 = 60 * 30;
const LONG: Duration = Duration::from_secs(600);

/// Air may cost so much more: it also measures, splices and muxes to the frame.
const BOUND: f64 = 1.15;

/// A minute of TS.
struct Made {
    cpu: Duration,
    bytes: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(ROUNDS).max(1);
    let file = footage()?;
    println!("round   Air CPU s      MB   ffmpeg CPU s      MB   ratio");
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let (air, ffmpeg) = (air(&file).await?, ffmpeg(&file)?);
        let ratio = air.cpu.as_secs_f64() / ffmpeg.cpu.as_secs_f64();
        let row = |made: &Made| format!("{:.2} {:>7.2}", made.cpu.as_secs_f64(), made.bytes as f64 / 1e6);
        println!("{round:>5} {:>19} {:>22} {ratio:>7.3}", row(&air), row(&ffmpeg));
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("median ratio {median:.3}, bound {BOUND}");
    if median > BOUND {
        bail!("a transcode costs more than {BOUND} times ffmpeg's");
    }
    Ok(())
}

/// A minute of real footage, which the script fetches once.
fn footage() -> Result<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/footage.sh");
    let output = Command::new(script).stderr(Stdio::inherit()).output().context("scripts/footage.sh is missing")?;
    if !output.status.success() {
        bail!("there is no footage: {}", output.status);
    }
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim_end()))
}

/// The CPU time of an Air of its own for one unpaced session, start and slate included.
async fn air(file: &Path) -> Result<Made> {
    let site = Site::new()?;
    let air = site.start_air().await?;
    let endpoint = TsEndpoint::open()?;
    let segment = v1::Segment {
        event_id: "minute".to_owned(),
        frame_count: FRAMES,
        asset: Some(v1::Asset { path: file.as_os_str().as_bytes().to_vec(), ..Default::default() }),
        ..Default::default()
    };
    let request = v1::StartChannelRequest {
        channel: "bench".to_owned(),
        session_id: "bench".to_owned(),
        format: Some(v1::HouseFormat {
            width: 1280,
            height: 720,
            frame_rate: Some(v1::FrameRate { num: 30, den: 1 }),
            video_kbps: 2500,
            audio_kbps: 128,
        }),
        plan: Some(v1::Plan { generation: 1, segments: vec![segment] }),
        endpoint: endpoint.endpoint(),
        token: endpoint.token(),
        pacing: v1::Pacing::Unpaced.into(),
        start_frame: Some(0),
        frame_limit: Some(FRAMES),
        ..Default::default()
    };
    site.air_client().await?.start_channel(request).await?;
    let mut viewer = endpoint.accept(LONG).await?;
    viewer.until(Until::Ended, LONG).await?;
    if viewer.pictures().len() as i64 != FRAMES {
        bail!("{} pictures came, and {FRAMES} were wanted", viewer.pictures().len());
    }
    Ok(Made { cpu: cpu(air.pid())?, bytes: viewer.bytes().len() })
}

/// The CPU time of an ffmpeg that does the same.
fn ffmpeg(file: &Path) -> Result<Made> {
    let output = tempfile::Builder::new().suffix(".ts").tempfile()?;
    let words = |line: &'static str| line.split(' ').map(OsStr::new);
    let arguments = words("-v error -nostdin -threads 1 -i")
        .chain([file.as_os_str()])
        .chain(words("-t 60 -vf fps=30,scale=1280:720 -pix_fmt yuv420p -filter_threads 1 -c:v libx264"))
        .chain(words("-preset superfast -tune zerolatency -profile:v high -level 3.1 -g 30 -keyint_min 30 -bf 0"))
        .chain(words("-b:v 2500k -maxrate 2500k -bufsize 1250k -x264-params"))
        .chain(words("threads=1:sliced-threads=0:scenecut=0:open-gop=0:aud=1:repeat-headers=1 -threads:v 1"))
        .chain(words("-c:a aac -b:a 128k -ac 2 -ar 48000 -f mpegts -y"))
        .chain([output.path().as_os_str()]);
    let mut child = Command::new("ffmpeg").args(arguments).stdin(Stdio::null()).spawn().context("ffmpeg is missing")?;
    let pid = Pid::from_child(&child);
    // its time can be read until it is waited for
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let used = cpu(child.id())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("ffmpeg failed: {status}");
    }
    Ok(Made { cpu: used, bytes: usize::try_from(output.as_file().metadata()?.len())? })
}
