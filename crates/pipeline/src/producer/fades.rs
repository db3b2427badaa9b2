//! Fades of a segment: from black and silence at its first frame, to them at its last.
//!
//! They count from the segment's own ends on the channel's line, so that whoever joins in the middle of one sees and
//! hears what the others do.

use retrovue_timeline::{FrameIndex, FrameRate};

/// Where a segment's fades lie. The default has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fades {
    /// The segment's first frame.
    pub start: FrameIndex,
    /// The first frame after it.
    pub end: FrameIndex,
    /// House frames over which picture and sound rise: the first is black, and the one after the last is whole.
    pub in_frames: i64,
    /// House frames over which they fall: the last one is black.
    pub out_frames: i64,
}

/// How much of a picture is left of black, in parts of [`Level::WHOLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level(pub(super) i32);

impl Level {
    /// Sixteen bits: far finer than the 219 steps of luma.
    pub(super) const WHOLE: Level = Level(1 << 16);
}

impl Fades {
    /// How bright `frame` is.
    pub(super) fn level(&self, frame: FrameIndex) -> Level {
        let whole = i64::from(Level::WHOLE.0);
        let part =
            |done: i64, of: i64| if of > 0 && done < of { done.max(0).saturating_mul(whole) / of } else { whole };
        let level = part(frame - self.start, self.in_frames).min(part(self.end - frame - 1, self.out_frames));
        Level(i32::try_from(level).unwrap_or(Level::WHOLE.0))
    }
}

/// The fades of a segment's sound, by sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct SoundFades {
    /// Samples from the segment's start to the first one that is made.
    first: i64,
    length: i64,
    rise: i64,
    fall: i64,
}

impl SoundFades {
    /// For sound whose first sample is that of the audio frame nearest to `from`.
    pub(super) fn new(fades: &Fades, rate: FrameRate, from: FrameIndex) -> Self {
        Self {
            first: rate.samples_in(from - fades.start) + rate.audio_lead_samples(from),
            length: rate.samples_in(fades.end - fades.start),
            rise: rate.samples_in(fades.in_frames),
            fall: rate.samples_in(fades.out_frames),
        }
    }

    /// How loud `sample` is, counted from the first one that is made; linear in amplitude.
    pub(super) fn gain(&self, sample: i64) -> f32 {
        let at = self.first + sample;
        let part = |done: i64, of: i64| if of > 0 && done < of { (done.max(0) as f32 + 0.5) / of as f32 } else { 1.0 };
        part(at, self.rise).min(part(self.length - 1 - at, self.fall))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FADES: Fades = Fades { start: FrameIndex(1000), end: FrameIndex(1100), in_frames: 10, out_frames: 4 };

    #[test]
    fn the_first_and_the_last_frame_are_black_and_between_the_fades_all_is_whole() {
        let tenths = |frame| f64::from(FADES.level(FrameIndex(frame)).0) / f64::from(Level::WHOLE.0) * 10.0;
        let rise: Vec<i64> = (1000..1012).map(|frame| tenths(frame).round() as i64).collect();
        assert_eq!(rise, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]);
        assert_eq!((1095..1100).map(tenths).collect::<Vec<_>>(), [10.0, 7.5, 5.0, 2.5, 0.0]);
        assert_eq!(Fades::default().level(FrameIndex(7)), Level::WHOLE);
    }

    #[test]
    fn sound_fades_beside_its_picture_wherever_it_begins() {
        let rate = FrameRate::HOUSE[3];
        let whole = SoundFades::new(&FADES, rate, FrameIndex(1000));
        let joined = SoundFades::new(&FADES, rate, FrameIndex(1005));
        let apart =
            (rate.nearest_audio_frame(FrameIndex(1005)).0 - rate.nearest_audio_frame(FrameIndex(1000)).0) * 1024;
        for sample in (0..5000).step_by(100) {
            // one sample apart where a house frame is no whole number of them
            assert!((whole.gain(sample + apart) - joined.gain(sample)).abs() < 1e-4);
        }
        let lead = rate.audio_lead_samples(FrameIndex(1000));
        assert!((whole.gain(rate.samples_in(5) - lead) - 0.5).abs() < 1e-3);
        assert!((whole.gain(rate.samples_in(98) - lead) - 0.5).abs() < 1e-3);
        assert!((whole.gain(rate.samples_in(50)) - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn nothing_fades_by_default() {
        let fades = SoundFades::new(&Fades::default(), FrameRate::HOUSE[2], FrameIndex(50_000_000_000));
        assert!((-512..100_000).step_by(1024).all(|sample| (fades.gain(sample) - 1.0).abs() < f32::EPSILON));
    }
}
