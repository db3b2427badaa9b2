//! What pictures cost, as measured: pixels are what decoding, fitting and coding them costs follows.

/// Seconds of one core for a pixel of the house format, before any was coded: a common machine of these years, with
/// something to spare.
const PRIOR: f64 = 10e-9;

/// As many pixels as that guess is worth: a second of 720p30.
const PRIOR_PIXELS: f64 = 28e6;

/// What was measured counts for about so many seconds: programmes differ in what they cost.
const KEPT_SECONDS: f64 = 60.0;

/// The mean over the last pixels; those of now count most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Costs {
    seconds: f64,
    pixels: f64,
    measured: bool,
}

impl Default for Costs {
    fn default() -> Self {
        Self { seconds: PRIOR * PRIOR_PIXELS, pixels: PRIOR_PIXELS, measured: false }
    }
}

impl Costs {
    /// In the last `elapsed` seconds, so many `pixels` have taken so many `seconds` of one core.
    pub(super) fn observe(&mut self, seconds: f64, pixels: f64, elapsed: f64) {
        let kept = (1.0 - elapsed / KEPT_SECONDS).max(0.0);
        self.seconds = self.seconds * kept + seconds;
        self.pixels = self.pixels * kept + pixels;
        self.measured = true;
    }

    /// Whether they are more than a guess.
    pub(super) fn are_measured(&self) -> bool {
        self.measured
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
        assert!(!costs.are_measured());
        // a machine three times as slow, half a minute later
        for _ in 0..30 {
            costs.observe(27.6e6 * 3.0 * PRIOR, 27.6e6, 1.0);
        }
        assert!(costs.cores(1_000_000) > 2.8 * PRIOR * 1e6, "{costs:?}");
        assert!(costs.are_measured());
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let mut costs = Costs::default();
        for seconds in [1.0, 0.1] {
            for _ in 0..600 {
                costs.observe(seconds, 1e8, 1.0);
            }
        }
        assert!((costs.cores(1_000_000) / 1e-3 - 1.0).abs() < 0.01, "{costs:?}");
    }
}
