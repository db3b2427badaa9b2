//! Loudness and true peak of what viewers decode, judged by ffmpeg's meter (EBU R128, ITU-R BS.1770).

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

use retrovue_pipeline::{HouseFormat, SegmentSpec};

use crate::{house, segment, take_all};

const TARGET_LUFS: f64 = -24.0;

const MAX_TRUE_PEAK_DBTP: f64 = -1.5;

const SECONDS: usize = 10;

/// What ffmpeg's meter says.
#[derive(Clone, Copy, Debug)]
struct Measured {
    lufs: f64,
    true_peak_dbtp: f64,
}

/// Measures what ffmpeg makes of `input`.
fn measure(input: &[&str], filter: &str) -> Measured {
    let output = Command::new("ffmpeg")
        .args(["-v", "info", "-nostdin", "-hide_banner"])
        .args(input)
        .args(["-map", "0:a", "-af", &format!("{filter}ebur128=peak=true:framelog=verbose"), "-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = said.rsplit("Summary:").next().unwrap();
    let value = |name: &str| -> f64 {
        let (_, after) = summary.split_once(name).unwrap_or_else(|| panic!("{said}"));
        after.split_whitespace().next().unwrap().parse().unwrap()
    };
    Measured { lufs: value("I:"), true_peak_dbtp: value("Peak:") }
}

/// Noise between −1 and 1.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / 2_147_483_648.0 - 1.0
    }
}

/// Syllables of a voice with pauses, at about −23 LUFS, and plosives of `peak`, linear, whose number is too small to
/// count as loudness.
fn speech(peak: f32) -> Vec<f32> {
    let mut noise = Noise(1);
    let mut breath = 0.0;
    let sample = |n: usize| {
        let t = n as f32 / 48_000.0;
        let syllable = (TAU * 3.3 * t).sin().max(0.0) * if t % 4.0 > 3.0 { 0.0 } else { 1.0 };
        let pitch = 130.0 + 20.0 * (TAU * 0.6 * t).sin();
        let voice: f32 = (1..12).map(|k| (TAU * pitch * k as f32 * t).sin() / k as f32).sum();
        breath += 0.1 * (noise.next() - breath);
        let plosive = if n % 72_000 < 96 { (TAU * n as f32 / 48.0).sin() } else { 0.0 };
        if plosive == 0.0 { syllable * (0.09 * voice + 0.05 * breath) } else { peak * plosive }
    };
    (0..SECONDS * 48_000).map(sample).collect()
}

/// Noise whose bands are about equally loud.
fn pink(seed: u32) -> Vec<f32> {
    let mut noise = Noise(seed);
    let mut poles = [0.0_f32; 3];
    let sample = |_| {
        let white = noise.next();
        poles[0] = 0.997 * poles[0] + 0.03 * white;
        poles[1] = 0.96 * poles[1] + 0.09 * white;
        poles[2] = 0.57 * poles[2] + 0.32 * white;
        0.25 * (poles.iter().sum::<f32>() + 0.18 * white)
    };
    (0..SECONDS * 48_000).map(sample).collect()
}

/// Music that was mastered to be as loud as can be: chords and drums, clipped.
fn hot(seed: u32) -> Vec<f32> {
    let mut noise = Noise(seed);
    let sample = |n: usize| {
        let t = n as f32 / 48_000.0;
        let chord: f32 = [110.0, 138.6, 164.8, 220.0, 880.0].iter().map(|hertz| (TAU * hertz * t).sin()).sum();
        let beat = t % 0.5;
        let drum = (-beat * 18.0).exp() * ((TAU * 60.0 * beat).sin() * 3.0 + noise.next());
        (1.1 * chord + 2.0 * drum).clamp(-1.0, 1.0)
    };
    (0..SECONDS * 48_000).map(sample).collect()
}

/// A source: as many channels as `layout` has.
struct Source<'a> {
    name: &'a str,
    layout: &'a str,
    channels: Vec<Vec<f32>>,
}

impl Source<'_> {
    /// The file, and what ffmpeg hears of it when it mixes as the house does.
    fn make(&self, dir: &Path, gain_db: f64) -> (PathBuf, Measured) {
        let raw = dir.join(format!("{}.f32", self.name));
        let path = dir.join(format!("{}.mkv", self.name));
        let gain = 10_f32.powf(gain_db as f32 / 20.0);
        let moments = (0..self.channels[0].len()).flat_map(|n| self.channels.iter().map(move |samples| samples[n]));
        let bytes: Vec<u8> = moments.flat_map(|sample| (sample * gain).to_le_bytes()).collect();
        std::fs::write(&raw, bytes).unwrap();
        let count = self.channels.len().to_string();
        let input = ["-f", "f32le", "-ar", "48000", "-ac", &count, "-channel_layout", self.layout];
        let input: Vec<&str> = input.into_iter().chain(["-i", raw.to_str().unwrap()]).collect();
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y"])
            .args(&input)
            .args(["-f", "lavfi", "-i", "color=black:s=64x36:r=25", "-shortest", "-c:a", "pcm_f32le"])
            .args(["-c:v", "mpeg2video"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        let mix = match self.layout {
            "mono" => "pan=stereo|c0=c0|c1=c0,",
            "stereo" => "",
            _ => "pan=stereo|c0=c0+0.7071*c2+0.7071*c4|c1=c1+0.7071*c2+0.7071*c5,",
        };
        (path, measure(&input, mix))
    }
}

/// What viewers hear of a file.
fn aired(path: &Path, format: HouseFormat, gain_db: f64) -> Measured {
    let frames = (SECONDS * 25) as i64;
    let units = take_all(SegmentSpec { gain_db, ..segment(path, format, 0, frames) });
    assert_eq!(units.fault, None);
    let stream: Vec<u8> = units.audio.iter().flat_map(|unit| unit.data.to_vec()).collect();
    let coded = path.with_extension("aac");
    std::fs::write(&coded, stream).unwrap();
    measure(&["-i", coded.to_str().unwrap()], "")
}

/// A source of `lufs` comes out at the target.
fn check(name: &str, layout: &str, channels: Vec<Vec<f32>>, lufs: f64) {
    let dir = tempfile::tempdir().unwrap();
    let source = Source { name, layout, channels };
    let (_, plain) = source.make(dir.path(), 0.0);
    let (path, own) = source.make(dir.path(), lufs - plain.lufs);
    let peak_to_loudness = own.true_peak_dbtp - own.lufs;
    assert!((own.lufs - lufs).abs() < 0.2 && peak_to_loudness < 18.2, "{name}: {own:?}");
    let heard = aired(&path, house("25"), TARGET_LUFS - own.lufs);
    println!("{name}: {own:?} -> {heard:?}, peak to loudness {peak_to_loudness:.1}");
    assert!((heard.lufs - TARGET_LUFS).abs() < 1.0, "{name}: {own:?} -> {heard:?}");
    assert!(heard.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP, "{name}: {own:?} -> {heard:?}");
}

#[test]
fn quiet_speech_comes_out_at_the_target() {
    check("speech", "mono", vec![speech(0.36)], -40.0);
}

#[test]
fn quiet_noise_comes_out_at_the_target() {
    check("pink", "stereo", vec![pink(1), pink(2)], -40.0);
}

#[test]
fn hot_music_comes_out_at_the_target() {
    check("hot", "stereo", vec![hot(1), hot(2)], -5.0);
}

#[test]
fn peaks_between_samples_come_out_at_the_target() {
    let quarter = |n: usize| (n as f32 * 0.25 + 0.125).fract() * TAU;
    let tone: Vec<f32> = (0..SECONDS * 48_000).map(|n| quarter(n).sin()).collect();
    check("quarter", "stereo", vec![tone.clone(), tone], -5.0);
}

#[test]
fn surround_with_dialogue_comes_out_at_the_target() {
    let quiet = |seed| pink(seed).into_iter().map(|sample| 0.1 * sample).collect::<Vec<f32>>();
    let silence = vec![0.0; SECONDS * 48_000];
    check("surround", "5.1", vec![quiet(1), quiet(2), speech(0.36), silence, quiet(3), quiet(4)], -24.0);
}

/// Sound that no gain is right for, a second of each.
fn hostile() -> [Vec<f32>; 2] {
    let mut noise = Noise(7);
    let sources: [(f32, &[f32]); 3] = [(1.0, &hot(5)), (4.0, &pink(5)), (30.0, &speech(0.36))];
    let mut left: Vec<f32> =
        sources.iter().flat_map(|(gain, samples)| samples[..72_000].iter().map(move |s| s * gain)).collect();
    left.extend((0..48_000).map(|_| 2.0 * noise.next()));
    left.extend((0..48_000).map(|_| noise.next().signum()));
    left.extend((0..48_000).map(|n| if n % 4801 < 24 { 1.0 } else { 0.0 }));
    left.extend((0..48_000).map(|n| if n % 1777 == 0 { 10.0 } else { 0.0 }));
    left.extend((0..48_000).map(|n| if n % 3000 < 300 { (n as f32 * TAU * 0.25 + 0.785).sin() } else { 0.01 }));
    left.extend((0..48_000).map(|n| if n / 109 % 2 == 0 { 1.0 } else { -1.0 }));
    let right =
        left.iter().enumerate().map(|(n, sample)| if n / 12_000 % 2 == 0 { -*sample } else { *sample }).collect();
    [left, right]
}

#[test]
fn true_peak_is_held_whatever_comes() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source { name: "hostile", layout: "stereo", channels: hostile().into() };
    let (path, own) = source.make(dir.path(), 0.0);
    for (audio_kbps, gain_db) in [(64, 10.0), (96, 20.0), (128, 0.0), (128, 20.0), (192, 20.0), (320, 20.0)] {
        let heard = aired(&path, HouseFormat { audio_kbps, ..house("25") }, gain_db);
        println!("at {audio_kbps} kbit/s and {gain_db:+} dB: {own:?} -> {heard:?}");
        assert!(heard.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP, "at {audio_kbps} kbit/s and {gain_db:+} dB: {heard:?}");
    }
}
