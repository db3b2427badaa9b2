//! True peaks: how far a wave rises between its samples (ITU-R BS.1770-4, Annex 2).

use std::array;

/// Samples around each point that tell how high the wave is there.
const TAPS: usize = 12;

/// The filter of Annex 2: the wave at four points between two samples, by tap.
const FILTER: [[f32; 4]; TAPS] = {
    const A: [f32; TAPS] = [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_42,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ];
    const B: [f32; TAPS] = [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_812,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ];
    let mut filter = [[0.0; 4]; TAPS];
    let mut tap = 0;
    while tap < TAPS {
        filter[tap] = [A[tap], B[tap], B[TAPS - 1 - tap], A[TAPS - 1 - tap]];
        tap += 1;
    }
    filter
};

/// No wave rises further than this above the largest of its samples, as the filter sees it: the sum of its taps.
pub(super) const WORST_RISE: f32 = 2.03;

/// Finds the peaks of a stream of stereo samples, block by block.
pub(super) struct TruePeak<const BLOCK: usize> {
    before: [[f32; 2]; TAPS - 1],
}

impl<const BLOCK: usize> TruePeak<BLOCK> {
    pub(super) fn new() -> Self {
        Self { before: [[0.0; 2]; _] }
    }

    /// The largest magnitude, linear, of the samples and of the wave between them up to six samples before the end of
    /// `block`: what rises behind that is told with the next block. Where no sample is above `heeded`, that one is
    /// told without a look between them. What is no number counts as nothing.
    pub(super) fn block(&mut self, block: &[[f32; 2]; BLOCK], heeded: f32) -> f32 {
        let before = self.before;
        let keep = BLOCK.min(TAPS - 1);
        self.before.copy_within(keep.., 0);
        self.before[TAPS - 1 - keep..].copy_from_slice(&block[BLOCK - keep..]);
        let largest =
            |samples: &[[f32; 2]]| samples.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let peak = largest(block);
        if peak.max(largest(&before)) <= heeded {
            return peak;
        }
        let at = |n: usize| if n < TAPS - 1 { before[n] } else { block[n - (TAPS - 1)] };
        let mut highest = [[peak; 4]; 2];
        for n in 0..BLOCK {
            let mut wave = [[0.0_f32; 4]; 2];
            for (tap, weights) in FILTER.iter().enumerate() {
                let sample = at(n + tap);
                for (wave, value) in wave.iter_mut().zip(sample) {
                    *wave = array::from_fn(|point| wave[point] + weights[point] * value);
                }
            }
            for (highest, wave) in highest.iter_mut().zip(wave) {
                *highest = array::from_fn(|point| highest[point].max(wave[point].abs()));
            }
        }
        highest.into_iter().flatten().fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In dB, of a second of `sample`.
    fn peak(sample: impl Fn(f64) -> f64) -> f64 {
        let mut meter = TruePeak::<64>::new();
        let block = |start: usize| array::from_fn(|n| [0.0, sample((start + n) as f64) as f32]);
        let peak = (0..48_000).step_by(64).map(|start| meter.block(&block(start), 0.0)).fold(0.0, f32::max);
        20.0 * f64::from(peak).log10()
    }

    #[test]
    fn waves_are_as_high_as_they_are_between_samples() {
        // BS.1770-4, Annex 2: four times oversampled, a peak is told at most 0.6 dB too low
        for divisor in [4.0, 6.0, 8.0, 50.0] {
            for phase in [0.0, 0.125, 0.25] {
                let wave = |n: f64| ((n / divisor + phase) * std::f64::consts::TAU).sin();
                let told = peak(wave) + 0.0;
                // the sudden start rings
                assert!((-0.6..1.0).contains(&told), "fs/{divisor} at {phase}: {told} dB");
            }
        }
    }

    #[test]
    fn taps_add_up_to_the_worst_rise() {
        let sums: [f32; 4] = array::from_fn(|point| FILTER.iter().map(|taps| taps[point].abs()).sum());
        let worst = sums.into_iter().fold(0.0, f32::max);
        assert!(worst <= WORST_RISE && worst > WORST_RISE - 0.02, "{worst}");
    }

    #[test]
    fn quiet_blocks_are_not_searched() {
        let mut meter = TruePeak::<64>::new();
        let block = array::from_fn(|n| [((n as f32 + 0.5) * std::f32::consts::FRAC_PI_2).sin(); 2]);
        let samples = std::f32::consts::FRAC_1_SQRT_2;
        assert!((meter.block(&block, 0.8) - samples).abs() < 1e-4);
        assert!(meter.block(&block, 0.5) > 0.98);
    }
}
