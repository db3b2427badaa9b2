//! What is heard: levels of every layout of channels, the right track, and nothing that clicks.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};
use std::path::{Path, PathBuf};
use std::process::Command;

use retrovue_pipeline::SegmentSpec;

use crate::{clip, house, segment, take_all};

/// Pictures of nothing, with sound from ffmpeg's `options`.
fn make(dir: &Path, name: &str, seconds: u32, options: &[&str]) -> PathBuf {
    let path = dir.join(name);
    let pictures = format!("color=black:s=64x36:r=25:d={seconds}");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &pictures])
        .args(options)
        .args(["-c:v", "mpeg2video", "-g", "12"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success(), "{name}");
    path
}

/// What viewers hear of the first `frames` pictures.
fn heard(path: &Path, frames: i64, languages: &[&str]) -> Vec<[f32; 2]> {
    let languages = languages.iter().map(|code| (*code).to_owned()).collect();
    let units = take_all(SegmentSpec { languages, ..segment(path, house("25"), 0, frames) });
    assert_eq!(units.fault, None);
    let stream: Vec<u8> = units.audio.iter().flat_map(|unit| unit.data.to_vec()).collect();
    clip::stereo(&stream, path.parent().unwrap())
}

/// Half a second.
const HALF: usize = 24_000;

/// The amplitude of a tone of `hertz` in `samples`, left and right.
fn tone(samples: &[[f32; 2]], hertz: f64) -> [f64; 2] {
    [0, 1].map(|side| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let (sine, cosine) = (TAU * hertz * n as f64 / 48_000.0).sin_cos();
            real += f64::from(sample[side]) * cosine;
            imaginary += f64::from(sample[side]) * sine;
        }
        f64::hypot(real, imaginary) * 2.0 / samples.len() as f64
    })
}

/// What a channel gives to left and right (ITU-R BS.775-3, table 2; nothing of the low-frequency channel).
fn weights(channel: &str) -> [f64; 2] {
    match channel {
        "mono" => [1.0, 1.0],
        "FL" => [1.0, 0.0],
        "FR" => [0.0, 1.0],
        "FC" => [FRAC_1_SQRT_2; 2],
        "BL" | "SL" => [FRAC_1_SQRT_2, 0.0],
        "BR" | "SR" => [0.0, FRAC_1_SQRT_2],
        "BC" => [0.5, 0.5],
        "LFE" => [0.0, 0.0],
        other => panic!("{other}"),
    }
}

/// Each channel has a tone of its own at −20 dBFS, and each comes out at its level on its side.
fn check_levels(layout: &str, channels: &str, name: &str, options: &[&str]) {
    let channels: Vec<&str> = channels.split('+').collect();
    let hertz = |n: usize| if channels[n] == "LFE" { 60.0 } else { 400.0 + 150.0 * n as f64 };
    let tones: Vec<String> = (0..channels.len()).map(|n| format!("0.1*sin(2*PI*{}*t)", hertz(n))).collect();
    let source = format!("aevalsrc={}:s=48000:d=2:c={layout}", tones.join("|"));
    let dir = tempfile::tempdir().unwrap();
    let options: Vec<&str> = ["-f", "lavfi", "-i", &source].iter().chain(options).copied().collect();
    let samples = heard(&make(dir.path(), name, 2, &options), 40, &[]);
    for (n, channel) in channels.iter().enumerate() {
        let got = tone(&samples[24_000..], hertz(n));
        for (got, weight) in got.into_iter().zip(weights(channel)) {
            let off = (got - 0.1 * weight).abs();
            // half a decibel of a front channel
            assert!(off < 0.006, "{name}, {layout}: {channel} is {got:.4}, and should be {:.4}", 0.1 * weight);
        }
    }
}

#[test]
fn discrete_channels_come_out_at_their_levels() {
    let flac = ["-c:a", "flac"];
    check_levels("mono", "mono", "mono.mkv", &flac);
    check_levels("stereo", "FL+FR", "stereo.mkv", &flac);
    check_levels("3.0", "FL+FR+FC", "three.mkv", &flac);
    check_levels("quad", "FL+FR+BL+BR", "quad.mkv", &flac);
    check_levels("5.0", "FL+FR+FC+BL+BR", "five.mkv", &flac);
    check_levels("5.1(side)", "FL+FR+FC+LFE+SL+SR", "side.mkv", &flac);
    check_levels("6.1", "FL+FR+FC+LFE+BC+SL+SR", "six.mkv", &flac);
    check_levels("7.1", "FL+FR+FC+LFE+BL+BR+SL+SR", "seven.mkv", &flac);
    // which names no channels
    check_levels("5.1", "FL+FR+FC+LFE+BL+BR", "unnamed.mkv", &["-c:a", "pcm_s16le"]);
}

#[test]
fn coded_channels_come_out_at_their_levels() {
    check_levels("4.0", "FL+FR+FC+BC", "four.ts", &["-c:a", "ac3", "-b:a", "448k"]);
    check_levels("5.1(side)", "FL+FR+FC+LFE+SL+SR", "side.ts", &["-c:a", "ac3", "-b:a", "448k"]);
    check_levels("5.1", "FL+FR+FC+LFE+BL+BR", "back.mp4", &["-c:a", "aac", "-b:a", "448k"]);
    check_levels("7.1", "FL+FR+FC+LFE+BL+BR+SL+SR", "seven.mp4", &["-c:a", "aac", "-b:a", "640k"]);
    check_levels("5.1", "FL+FR+FC+LFE+BL+BR", "back.webm.mkv", &["-c:a", "libopus", "-b:a", "448k"]);
    check_levels("5.1(side)", "FL+FR+FC+LFE+SL+SR", "side.mkv", &["-c:a", "dca", "-strict", "-2", "-b:a", "768k"]);
}

#[test]
fn dialogue_keeps_its_level_where_channels_change_on_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let part = |name: &str, source: &str, offset: &str| {
        let options = ["-f", "lavfi", "-i", source, "-c:a", "ac3", "-output_ts_offset", offset];
        std::fs::read(make(dir.path(), name, 3, &options)).unwrap()
    };
    let stereo = part("1.ts", "aevalsrc=0.1*sin(2*PI*500*t)|0.1*sin(2*PI*500*t):s=48000:d=3:c=stereo", "10");
    let surround = part("2.ts", "aevalsrc=0|0|0.1*sin(2*PI*900*t)|0|0|0:s=48000:d=3:c=5.1(side)", "13");
    let path = dir.path().join("both.ts");
    std::fs::write(&path, [stereo, surround].concat()).unwrap();
    let samples = heard(&path, 150, &[]);
    let check = |from: usize, hertz: f64, expected: f64| {
        for got in tone(&samples[from..from + HALF], hertz) {
            assert!((got - expected).abs() < 0.006, "{hertz} Hz: {got:.4}, and should be {expected:.4}");
        }
    };
    check(48_000, 500.0, 0.1);
    check(4 * 48_000, 900.0, 0.1 * FRAC_1_SQRT_2);
    check(4 * 48_000, 500.0, 0.0);
}

/// The frequency that is heard, in hertz.
fn check_track(path: &Path, languages: &[&str], expected: f64) {
    let samples = heard(path, 40, languages);
    for hertz in [500.0, 1000.0, 2000.0] {
        let [left, _] = tone(&samples[HALF..2 * HALF], hertz);
        assert_eq!(left > 0.05, hertz == expected, "{}, {languages:?}: {left} at {hertz} Hz", path.display());
    }
}

#[test]
fn the_track_in_the_best_language_is_heard() {
    let dir = tempfile::tempdir().unwrap();
    let sine = |hertz: u32| format!("aevalsrc=0.1*sin(2*PI*{hertz}*t):s=48000:d=2:c=mono");
    let sources = [sine(500), sine(1000), sine(2000)];
    let inputs = sources.iter().flat_map(|source| ["-f", "lavfi", "-i", source]);
    let tags = "-map 0:v -map 1:a -map 2:a -map 3:a -disposition:a 0 -disposition:a:1 default -disposition:a:2 comment \
                -metadata:s:a:0 language=deu -metadata:s:a:1 language=eng -metadata:s:a:2 language=eng \
                -metadata:s:a:2 title=Commentary -ac 2 -c:a";
    for (name, codec) in [("tracks.mkv", "flac"), ("tracks.mp4", "aac"), ("tracks.ts", "ac3")] {
        let options: Vec<&str> = inputs.clone().chain(tags.split_whitespace()).chain([codec]).collect();
        let path = make(dir.path(), name, 2, &options);
        check_track(&path, &["de"], 500.0);
        check_track(&path, &["ger", "en"], 500.0);
        check_track(&path, &["fr", "en-US"], 1000.0);
    }
    check_track(&dir.path().join("tracks.mkv"), &["fr"], 1000.0);
    check_track(&dir.path().join("tracks.mkv"), &[], 1000.0);
    check_track(&dir.path().join("tracks.ts"), &["fr"], 500.0);
}

#[test]
fn gaps_in_the_sound_do_not_click() {
    let dir = tempfile::tempdir().unwrap();
    // a tone of 200 Hz, of which every other half second is missing in the file, cut where the wave is highest
    let source = "aevalsrc=0.5*cos(2*PI*200*t)|0.5*cos(2*PI*200*t):s=48000:d=4:c=stereo,aselect=lt(mod(t\\,1)\\,0.5)";
    let path = make(dir.path(), "gaps.mkv", 4, &["-f", "lavfi", "-i", source, "-c:a", "pcm_s16le"]);
    let samples = heard(&path, 95, &[]);
    let bend = |samples: &[[f32; 2]]| {
        let bends = samples.windows(3).map(|wave| (wave[0][0] - 2.0 * wave[1][0] + wave[2][0]).abs());
        bends.fold(0.0, f32::max)
    };
    let (sound, gap) = (&samples[50_400..69_600], &samples[74_400..93_600]);
    assert!(tone(sound, 200.0)[0] > 0.42 && tone(gap, 200.0)[0] < 0.01);
    let (inside, anywhere) = (bend(sound), bend(&samples[2048..]));
    // a step would be a hundred times as much as the bend where a ramp begins
    assert!(anywhere < 10.0 * inside, "{anywhere} at the gaps, {inside} inside");
}
