//! Keeping peaks below full scale: what the static gain or the down-mix would clip is turned down smoothly.

use crate::encode::StereoFrame;

/// −1.5 dBFS: room for what the codec and converters overshoot between samples.
const CEILING: f32 = 0.841_395;

/// Gain moves from block to block: 64 samples are 1.3 ms, too short to hear it come and long enough not to crackle.
const BLOCK: usize = 64;

/// How much louder it may get within a block on the way back: from −6 dB in 0.2 s.
const RELEASE_PER_BLOCK: f32 = 0.5 * 1.333 / 200.0;

/// A peak limiter that knows the frame ahead, and so holds one back.
pub(super) struct Limiter {
    held: Option<Box<StereoFrame>>,
    /// The gain at the end of what has been given.
    gain: f32,
}

impl Limiter {
    pub(super) fn new() -> Self {
        Self { held: None, gain: 1.0 }
    }

    /// Takes the next frame and gives the one before it.
    pub(super) fn frame(&mut self, next: StereoFrame) -> Option<StereoFrame> {
        let held = self.held.replace(Box::new(next))?;
        let ahead = allowed(&next[..BLOCK]);
        Some(self.limit(*held, ahead))
    }

    /// The last frame.
    pub(super) fn finish(&mut self) -> Option<StereoFrame> {
        let held = self.held.take()?;
        Some(self.limit(*held, 1.0))
    }

    /// Gain goes in straight lines between block edges, and at each edge is low enough for both of its blocks: so it
    /// is low enough everywhere.
    fn limit(&mut self, mut frame: StereoFrame, ahead: f32) -> StereoFrame {
        let mut wanted: Vec<f32> = frame.chunks(BLOCK).map(allowed).collect();
        wanted.push(ahead);
        for (block, pair) in frame.chunks_mut(BLOCK).zip(wanted.windows(2)) {
            let from = self.gain.min(pair[0]);
            let to = pair[0].min(pair[1]).min(from + RELEASE_PER_BLOCK).min(1.0);
            if from < 1.0 || to < 1.0 {
                let step = (to - from) / BLOCK as f32;
                for (n, sample) in block.iter_mut().enumerate() {
                    let gain = from + step * n as f32;
                    *sample = sample.map(|value| value * gain);
                }
            }
            self.gain = to;
        }
        frame
    }
}

/// The gain that takes the loudest of `samples` to the ceiling. What is no number counts as nothing.
fn allowed(samples: &[[f32; 2]]) -> f32 {
    let peak = samples.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak > CEILING { CEILING / peak } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(frames: &[StereoFrame]) -> Vec<[f32; 2]> {
        let mut limiter = Limiter::new();
        let mut out: Vec<StereoFrame> = frames.iter().filter_map(|frame| limiter.frame(*frame)).collect();
        out.extend(limiter.finish());
        out.into_iter().flatten().collect()
    }

    #[test]
    fn what_fits_is_not_touched() {
        let mut frame = [[0.0; 2]; 1024];
        for (n, sample) in frame.iter_mut().enumerate() {
            *sample = [(n as f32 / 7.0).sin() * 0.8; 2];
        }
        assert_eq!(run(&[frame, frame]), [frame, frame].concat());
    }

    #[test]
    fn peaks_stay_below_the_ceiling_and_gain_comes_back() {
        let mut frames = [[[0.5_f32; 2]; 1024]; 20];
        frames[1][1023] = [3.0, -2.0];
        frames[2][500] = [-4.0, 0.0];
        frames[3][0] = [0.0, 2.0];
        let out = run(&frames);
        assert!(out.iter().flatten().all(|sample| sample.abs() <= CEILING + 1e-6));
        assert!((out[2 * 1024 - 1][0] - CEILING).abs() < 0.05, "turned down no further than it must be");
        assert_eq!(out[19 * 1024], [0.5; 2]);
    }
}
