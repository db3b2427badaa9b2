//! Sound of a capture: where beeps start, and how far that is from their pictures.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use retrovue_timeline::{FrameRate, Pts};

use super::{Picture, stamps};
use crate::ffmpeg::Ffmpeg;
use crate::marks::Shows;

/// A beep has half of full scale; what a coder smears before it has far less.
const LOUD: f32 = 0.12;

/// Beeps are a second apart and last 40 ms, so 300 ms of quiet lie between two of them and never within one.
const PAUSE_TICKS: i64 = 90 * 300;

/// Within a beep, and short of its end.
const MEASURED_TICKS: i64 = 90 * 30;

const SAMPLE_RATE: i64 = 48_000;

/// A beep.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Beep {
    /// Its first loud sample.
    pub pts: Pts,
    /// The root of its mean square over 30 ms: a sine at full scale has 0.707. Coders overshoot, so peaks say less.
    pub level: f64,
}

/// One beep against the pictures around it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LipSync {
    /// The clip that both belong to.
    pub clip: u8,
    /// Which second of the clip.
    pub second: i64,
    /// How far the sound lies after its picture, in milliseconds.
    pub audio_late_ms: f64,
}

pub(super) fn beeps(path: &Path) -> Result<Vec<Beep>> {
    let before = ["-nostdin", "-v", "info", "-copyts", "-i"].map(OsString::from);
    // one voice at the level of the loudest: how channels are mixed is no matter here
    let filter = "aresample=48000,ashowinfo,pan=mono|c0=c0";
    let after = ["-map", "0:a:0", "-af", filter, "-f", "f32le", "-"].map(OsString::from);
    let mut ffmpeg = Ffmpeg::start(before.into_iter().chain([path.into()]).chain(after))?;
    let mut bytes = Vec::new();
    ffmpeg.stdout()?.read_to_end(&mut bytes).context("ffmpeg's sound could not be read")?;
    let mut samples = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let mut beeps: Vec<Beep> = Vec::new();
    let (mut loud_before, mut measured): (Option<i64>, i64) = (None, 0);
    for (start, rest) in sample_stamps(&ffmpeg.finish()?)? {
        for (at, sample) in samples.by_ref().take(rest).enumerate() {
            let ticks = start + at as i64 * 90_000 / SAMPLE_RATE;
            if let Some(beep) = beeps.last_mut().filter(|_| ticks < measured) {
                beep.level += f64::from(sample).powi(2);
            }
            if sample.abs() < LOUD {
                continue;
            }
            if loud_before.is_none_or(|before| ticks - before > PAUSE_TICKS) {
                beeps.push(Beep { pts: Pts::from_ticks(ticks), level: 0.0 });
                measured = ticks + MEASURED_TICKS;
            }
            loud_before = Some(ticks);
        }
    }
    let samples = (MEASURED_TICKS * SAMPLE_RATE / 90_000) as f64;
    beeps.iter_mut().for_each(|beep| beep.level = (beep.level / samples).sqrt());
    Ok(beeps)
}

/// The stamp of each block of samples, and how many there are.
fn sample_stamps(said: &str) -> Result<Vec<(i64, usize)>> {
    let block = |(stamp, rest): (i64, String)| {
        let (_, after) = rest.split_once("nb_samples:").context("ffmpeg names no sample count")?;
        let count = after.split_whitespace().next().context("ffmpeg names no sample count")?;
        Ok((stamp, count.parse()?))
    };
    // ashowinfo counts in samples
    stamps(said, "ashowinfo", (1, i128::from(SAMPLE_RATE)))?.into_iter().map(block).collect()
}

/// A run of pictures of one clip whose numbers go on: a line on which the clip's time is the stream's, but for an offset.
struct Run {
    clip: u8,
    rate: FrameRate,
    first: Pts,
    last: Pts,
    last_number: u16,
    /// Stream time less clip time lies between these, in ticks from `first`.
    offset: (f64, f64),
}

pub(super) fn lip_sync(
    pictures: &[Picture],
    beeps: &[Beep],
    rate_of: impl Fn(u8) -> Option<FrameRate>,
) -> Vec<LipSync> {
    let runs = runs(pictures, rate_of);
    beeps.iter().filter_map(|beep| runs.iter().find_map(|run| run.sync(*beep))).collect()
}

fn runs(pictures: &[Picture], rate_of: impl Fn(u8) -> Option<FrameRate>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for pair in pictures.windows(2) {
        let Shows::Frame { clip, number, .. } = pair[0].shows else {
            open = false;
            continue;
        };
        let Some(rate) = rate_of(clip) else { continue };
        let goes_on =
            |run: &Run| run.clip == clip && number >= run.last_number && pair[0].pts.ticks_since(run.last) < 9_000;
        if !runs.last().is_some_and(|run| open && goes_on(run)) {
            let offset = (f64::NEG_INFINITY, f64::INFINITY);
            runs.push(Run { clip, rate, first: pair[0].pts, last: pair[0].pts, last_number: number, offset });
            open = true;
        }
        if let Some(run) = runs.last_mut() {
            run.picture(pair[0].pts, pair[1].pts, number);
        }
    }
    runs
}

impl Run {
    /// A slot shows the frame whose interval contains the slot's centre, so each one narrows the offset.
    fn picture(&mut self, pts: Pts, next: Pts, number: u16) {
        let centre = pts.ticks_since(self.first) as f64 + next.ticks_since(pts) as f64 / 2.0;
        let frame = 90_000.0 * f64::from(self.rate.den()) / f64::from(self.rate.num());
        let (start, end) = (f64::from(number) * frame, f64::from(number) * frame + frame);
        self.offset = (self.offset.0.max(centre - end), self.offset.1.min(centre - start));
        (self.last, self.last_number) = (pts, number);
    }

    fn sync(&self, beep: Beep) -> Option<LipSync> {
        let inside = beep.pts.ticks_since(self.first) >= 0 && self.last.ticks_since(beep.pts) >= 0;
        let second_of_clip = beep.pts.ticks_since(self.first) as f64 - self.offset.0.midpoint(self.offset.1);
        let second = (second_of_clip / 90_000.0).round();
        inside.then(|| LipSync {
            clip: self.clip,
            second: second as i64,
            audio_late_ms: (second_of_clip - second * 90_000.0) / 90.0,
        })
    }
}
