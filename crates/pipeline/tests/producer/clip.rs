//! Clips whose pictures carry their number and whose sound beeps on every second, made with the ffmpeg tool.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use retrovue_timeline::FrameRate;

pub(crate) const WIDTH: usize = 320;
pub(crate) const HEIGHT: usize = 180;

/// Cells of the bar code, most significant bit first.
const BITS: usize = 16;

const CELL: usize = WIDTH / BITS;

/// What to make.
pub(crate) struct Clip<'a> {
    /// Its extension says the container.
    pub(crate) name: &'a str,
    pub(crate) rate: FrameRate,
    pub(crate) frames: usize,
    /// ffmpeg's options for the output.
    pub(crate) options: &'a str,
    pub(crate) has_sound: bool,
}

impl Clip<'_> {
    /// Makes the clip in `dir`.
    pub(crate) fn make(&self, dir: &Path) -> PathBuf {
        let path = dir.join(self.name);
        let sound = dir.join(format!("{}.f32", self.name));
        let size = format!("{WIDTH}x{HEIGHT}");
        let rate = self.rate.to_string();
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", &size]);
        command.args(["-r", &rate, "-i", "pipe:0"]);
        if self.has_sound {
            let seconds = self.frames as f64 * f64::from(self.rate.den()) / f64::from(self.rate.num());
            std::fs::write(&sound, beeps((seconds * 48_000.0) as usize)).unwrap();
            command.args(["-f", "f32le", "-ar", "48000", "-ac", "1", "-i"]).arg(&sound);
        }
        command.args(self.options.split_whitespace()).arg(&path).stdin(Stdio::piped());
        let mut ffmpeg = command.spawn().unwrap();
        let mut stdin = ffmpeg.stdin.take().unwrap();
        for number in 0..self.frames {
            stdin.write_all(&picture(number)).unwrap();
        }
        drop(stdin);
        assert!(ffmpeg.wait().unwrap().success());
        path
    }
}

/// Grey values: the number as a bar code.
fn picture(number: usize) -> Vec<u8> {
    let line: Vec<u8> = (0..WIDTH).map(|x| if number >> (BITS - 1 - x / CELL) & 1 == 1 { 235 } else { 16 }).collect();
    line.repeat(HEIGHT)
}

/// 40 ms of 1 kHz at the start of every second.
fn beeps(samples: usize) -> Vec<u8> {
    let sample = |n: usize| match n % 48_000 {
        within if within < 1920 => (within as f32 * std::f32::consts::TAU / 48.0).sin() * 0.5,
        _ => 0.0,
    };
    (0..samples).flat_map(|n| sample(n).to_le_bytes()).collect()
}

/// The numbers in an H.264 stream's pictures.
pub(crate) fn numbers(h264: &[u8], dir: &Path) -> Vec<usize> {
    let size = format!("{WIDTH}x{HEIGHT}");
    let grey = decode(h264, &dir.join("units.h264"), &["-f", "rawvideo", "-pix_fmt", "gray", "-s", &size]);
    let row = HEIGHT / 2 * WIDTH;
    let bit = |picture: &[u8], n: usize| usize::from(picture[row + n * CELL + CELL / 2] > 126);
    grey.chunks_exact(WIDTH * HEIGHT)
        .map(|picture| (0..BITS).fold(0, |number, n| number << 1 | bit(picture, n)))
        .collect()
}

/// Left samples of an ADTS stream.
pub(crate) fn samples(adts: &[u8], dir: &Path) -> Vec<f32> {
    stereo(adts, dir).into_iter().map(|sample| sample[0]).collect()
}

/// Samples of an ADTS stream.
pub(crate) fn stereo(adts: &[u8], dir: &Path) -> Vec<[f32; 2]> {
    decode(adts, &dir.join("units.aac"), &["-f", "f32le"])
        .as_chunks::<4>()
        .0
        .as_chunks::<2>()
        .0
        .iter()
        .map(|sample| sample.map(f32::from_le_bytes))
        .collect()
}

/// The samples at which beeps begin.
pub(crate) fn onsets(samples: &[f32]) -> Vec<i64> {
    let mut onsets = Vec::new();
    let mut quiet = 4800;
    for (n, sample) in samples.iter().enumerate() {
        if sample.abs() > 0.05 {
            if quiet >= 4800 {
                onsets.push(n as i64);
            }
            quiet = 0;
        } else {
            quiet += 1;
        }
    }
    onsets
}

fn decode(coded: &[u8], path: &Path, options: &[&str]) -> Vec<u8> {
    std::fs::write(path, coded).unwrap();
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-fps_mode", "passthrough"])
        .args(options)
        .arg("-")
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "ffmpeg: {complaints}");
    output.stdout
}
