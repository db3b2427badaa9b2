//! What pictures cost, as measured: pixels are what decoding, fitting and coding them costs follows.

/// Seconds of one core for a pixel of the house format, before any was coded: a common machine of these years, with
/// something to spare.
const PRIOR: f64 = 10e-9;

/// As many pixels as that guess is worth: a second of 720p30.
const PRIOR_PIXELS: f64 = 28e6;

/// Pixels that count: a minute of 720p30. What was before is forgotten.
const KEPT_PIXELS: f64 = 1.66e9;

/// The mean over the last pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Costs {
    seconds: f64,
    pixels: f64,
}

impl Default for Costs {
    fn default() -> Self {
        Self { seconds: PRIOR * PRIOR_PIXELS, pixels: PRIOR_PIXELS }
    }
}

impl Costs {
    /// So many `pixels` have taken so many `seconds` of one core.
    pub(super) fn observe(&mut self, seconds: f64, pixels: f64) {
        let too_many = (self.pixels + pixels) / KEPT_PIXELS;
        self.seconds += seconds;
        self.pixels += pixels;
        if too_many > 1.0 {
            self.seconds /= too_many;
            self.pixels /= too_many;
        }
    }

    /// Cores for so many pixels a second.
    pub(super) fn cores(&self, pixels_per_second: u64) -> f64 {
        pixels_per_second as f64 * self.seconds / self.pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_soon_outweighs_the_guess() {
        let mut costs = Costs::default();
        assert!((costs.cores(27_648_000) - 0.276).abs() < 0.01, "a channel of 720p30 takes a third of a core at most");
        // a machine three times as slow, half a minute later
        for _ in 0..30 {
            costs.observe(27.6e6 * 3.0 * PRIOR, 27.6e6);
        }
        assert!(costs.cores(1_000_000) > 2.8 * PRIOR * 1e6, "{costs:?}");
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let mut costs = Costs::default();
        for seconds in [100.0, 1.0] {
            for _ in 0..100 {
                costs.observe(seconds, KEPT_PIXELS / 10.0);
            }
        }
        assert!((costs.cores(1_000_000) / (1e6 / (KEPT_PIXELS / 10.0)) - 1.0).abs() < 0.01, "{costs:?}");
    }
}
