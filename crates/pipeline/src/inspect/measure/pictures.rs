//! Where pictures are black, and from which of them decoding may start.

use super::super::Interval;
use super::spans::Spans;

/// Pictures are looked at this small: black is black at any size.
pub(super) const LOOKED_AT: &str = "videoconvertscale add-borders=false n-threads=1 method=nearest-neighbour \
     ! video/x-raw,format=GRAY8,width=160,height=90 ! fakesink name=sink sync=false async=false enable-last-sample=false";

/// A tenth of the way from black to white, as ffmpeg's `blackdetect` has it: deep shadows are brighter.
const DARK: u8 = 26;

/// A picture is black where at most one of so many pixels is brighter: a station's logo does not make a picture.
const BRIGHT_ONE_IN: usize = 50;

/// Keyframes that are nearer to the one before are left out: a seek gains nothing by them, and files of nothing but
/// keyframes have them by the hundred thousand.
const APART_MS: u32 = 500;

/// Two days at two a second.
const MOST_KEYFRAMES: usize = 400_000;

/// The black stretches of a file.
#[derive(Default)]
pub(super) struct Blacks(Spans);

/// The keyframes of one stream.
#[derive(Default)]
pub(super) struct Keyframes(Vec<u32>);

impl Blacks {
    /// A picture of full-range luma, shown from `at_ns` on.
    pub(super) fn take(&mut self, luma: &[u8], at_ns: i64) {
        let bright = luma.iter().filter(|value| **value > DARK).count();
        self.0.turn(at_ns.max(0), bright * BRIGHT_ONE_IN <= luma.len());
    }

    pub(super) fn finish(&mut self, end_ns: i64) -> Vec<Interval> {
        self.0.finish(end_ns)
    }
}

impl Keyframes {
    /// One begins at `at_ns`. They come in coded order, which for keyframes is the order of display.
    pub(super) fn take(&mut self, at_ns: i64) {
        let Ok(at_ms) = u32::try_from(at_ns.max(0) / 1_000_000) else { return };
        let is_apart = self.0.last().is_none_or(|last| at_ms >= last.saturating_add(APART_MS));
        if is_apart && self.0.len() < MOST_KEYFRAMES {
            self.0.push(at_ms);
        }
    }

    pub(super) fn finish(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_on_black_is_black_and_a_candle_is_not() {
        let mut blacks = Blacks::default();
        let picture = |bright: usize| [vec![200; bright], vec![10; 14_400 - bright]].concat();
        for (at, bright) in [(0, 14_400), (1, 0), (2, 288), (3, 289), (4, 0)] {
            blacks.take(&picture(bright), at * 1_000_000_000);
        }
        let told: Vec<_> = blacks
            .finish(5_000_000_000)
            .iter()
            .map(|one| (one.start_ns / 1_000_000_000, one.end_ns / 1_000_000_000))
            .collect();
        assert_eq!(told, [(1, 3), (4, 5)]);
    }

    #[test]
    fn keyframes_are_thinned() {
        let mut keyframes = Keyframes::default();
        (0..100).for_each(|n| keyframes.take(n * 40_000_000));
        assert_eq!(keyframes.finish(), [0, 520, 1040, 1560, 2080, 2600, 3120, 3640]);
    }
}
