//! Keeping true peaks below the ceiling: what the static gain or the down-mix drives beyond it is turned down smoothly.

use super::true_peak::{TruePeak, WORST_RISE};
use crate::encode::StereoFrame;

/// Gain moves in straight lines between the edges of blocks: 64 samples are 1.3 ms.
const BLOCK: usize = 64;

const BLOCKS: usize = size_of::<StereoFrame>() / size_of::<[f32; 2]>() / BLOCK;

/// Blocks over which it gets quieter before a peak: 5.3 ms, too short to hear it come and long enough not to crackle.
const ATTACK: usize = 4;

/// How much louder it may get within a block on the way back: from −6 dB in 0.2 s.
const RELEASE_PER_BLOCK: f32 = 0.5 * 1.333 / 200.0;

/// A limiter that knows the frame ahead, and so holds one back. Both channels get the same gain, so that nothing moves
/// from side to side. A second of sound costs it 1 to 2 ms of a processor.
pub(super) struct Limiter {
    peaks: TruePeak<BLOCK>,
    ceiling: f32,
    held: Option<Box<StereoFrame>>,
    /// The gains that peaks allow: of the last block given, of those held, and of those of the frame ahead.
    allowed: [f32; 1 + 2 * BLOCKS],
    /// The gain at the end of what has been given.
    gain: f32,
}

impl Limiter {
    /// One whose true peaks reach `ceiling_dbtp` and no more.
    pub(super) fn new(ceiling_dbtp: f32) -> Self {
        let ceiling = 10_f32.powf(ceiling_dbtp / 20.0);
        Self { peaks: TruePeak::new(), ceiling, held: None, allowed: [1.0; _], gain: 1.0 }
    }

    /// Takes the next frame and gives the one before it.
    pub(super) fn frame(&mut self, next: StereoFrame) -> Option<StereoFrame> {
        self.allowed.copy_within(BLOCKS.., 0);
        for (allowed, block) in self.allowed[1 + BLOCKS..].iter_mut().zip(next.as_chunks().0) {
            // without a look between samples where nothing there can reach the ceiling
            let peak = self.peaks.block(block, self.ceiling / WORST_RISE);
            *allowed = if peak > self.ceiling { self.ceiling / peak } else { 1.0 };
        }
        let held = self.held.replace(Box::new(next))?;
        Some(self.limit(*held))
    }

    /// The last frame.
    pub(super) fn finish(&mut self) -> Option<StereoFrame> {
        self.held.is_some().then(|| self.frame([[0.0; 2]; _])).flatten()
    }

    fn limit(&mut self, mut frame: StereoFrame) -> StereoFrame {
        for (index, block) in frame.chunks_mut(BLOCK).enumerate() {
            let from = self.gain.min(self.wanted(index));
            let to = self.wanted(index + 1).min(from + RELEASE_PER_BLOCK);
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

    /// The gain at the start of the held frame's block `edge`. It is low enough for the blocks on both sides, and for
    /// the one after them since peaks are told a few samples late: so lines between edges are low enough everywhere.
    fn wanted(&self, edge: usize) -> f32 {
        let heeded = &self.allowed[edge..edge + 3 + ATTACK];
        let ahead = |n: usize| n.saturating_sub(2) as f32 / (ATTACK + 1) as f32;
        heeded.iter().enumerate().fold(1.0, |gain, (n, allowed)| gain.min(allowed + (1.0 - allowed) * ahead(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CEILING_DBTP: f32 = -5.0;

    fn run(frames: &[StereoFrame]) -> Vec<[f32; 2]> {
        let mut limiter = Limiter::new(CEILING_DBTP);
        let mut out: Vec<StereoFrame> = frames.iter().filter_map(|frame| limiter.frame(*frame)).collect();
        out.extend(limiter.finish());
        out.into_iter().flatten().collect()
    }

    fn frames(count: usize, sample: impl Fn(usize) -> f32) -> Vec<StereoFrame> {
        let frame = |index: usize| std::array::from_fn(|n| [sample(index * 1024 + n), -sample(index * 1024 + n)]);
        (0..count).map(frame).collect()
    }

    /// In dBTP.
    fn true_peak(samples: &[[f32; 2]]) -> f32 {
        let mut meter = TruePeak::<BLOCK>::new();
        let blocks = samples.as_chunks().0.iter().chain([&[[0.0; 2]; BLOCK]]);
        20.0 * blocks.map(|block| meter.block(block, 0.0)).fold(0.0, f32::max).log10()
    }

    #[test]
    fn what_fits_is_not_touched() {
        let quiet = frames(3, |n| (n as f32 / 7.0).sin() * 0.5);
        assert_eq!(run(&quiet), quiet.concat());
    }

    #[test]
    fn gain_goes_down_no_further_than_it_must_and_comes_back() {
        let mut loud = frames(24, |_| 0.25);
        loud[1][1023] = [3.0, -2.0];
        loud[2][500] = [-4.0, 0.0];
        loud[3][0] = [0.0, 2.0];
        let out = run(&loud);
        assert!(true_peak(&out) <= CEILING_DBTP + 0.1, "{} dBTP", true_peak(&out));
        let ceiling = 10_f32.powf(CEILING_DBTP / 20.0);
        assert!((out[2 * 1024 + 500][0] + ceiling).abs() < 0.05, "turned down no further than it must be");
        assert_eq!(out[1023 - 6 * BLOCK], [0.25, -0.25], "not before it must");
        assert_eq!(out[23 * 1024], [0.25, -0.25]);
    }

    #[test]
    fn peaks_between_samples_stay_below_the_ceiling() {
        // a quarter of the rate, 45° off the samples: its wave is 3 dB higher than they are
        let quarter = |n: usize| (n as f32 * 0.25 + 0.125).fract() * std::f32::consts::TAU;
        let noise = |n: usize| ((n as u32).wrapping_mul(2_654_435_761).rotate_left(15) >> 8) as f32 / 8_388_608.0 - 1.0;
        for (name, source) in [
            ("fs/4", frames(40, |n| quarter(n).sin())),
            ("fs/4 in bursts", frames(40, |n| if n % 3000 < 300 { 4.0 * quarter(n).sin() } else { 0.1 })),
            ("noise", frames(40, |n| 2.0 * noise(n))),
            ("clicks", frames(40, |n| if n % 1777 == 0 { 20.0 } else { 0.0 })),
        ] {
            let out = run(&source);
            assert!(true_peak(&out) <= CEILING_DBTP + 0.05, "{name}: {} dBTP", true_peak(&out));
            assert!(true_peak(&out) >= CEILING_DBTP - 0.5, "{name}: {} dBTP", true_peak(&out));
        }
    }

    #[test]
    fn broken_samples_pass_and_are_over_soon() {
        let out = run(&frames(30, |n| if n == 2000 { f32::MAX } else { 0.25 }));
        assert!(out.iter().flatten().all(|sample| sample.abs() <= 1.0));
        assert_eq!(out[29 * 1024], [0.25, -0.25]);
    }
}
