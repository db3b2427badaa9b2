//! What a stream should show: the sampling rule, written down a second time and in other words than the product's.

use std::ops::RangeInclusive;

use retrovue_timeline::FrameRate;

use crate::clips::Clip;

const NANOS: i128 = 1_000_000_000;

/// The frame of a source with constant rate `source` that house slot `slot`, counted from asset time zero, shows: the
/// one whose interval contains the slot's centre.
pub fn source_frame(house: FrameRate, source: FrameRate, slot: i64) -> i64 {
    frame_at(source, centre(house, slot))
}

/// [`source_frame`], with every frame that is right too where the file's stamps are `tolerance_ns` off, as Matroska's
/// are by half a millisecond.
pub fn source_frames(house: FrameRate, source: FrameRate, slot: i64, tolerance_ns: i64) -> RangeInclusive<i64> {
    let (num, den) = centre(house, slot);
    // the centre in nanoseconds, as a fraction
    let around = |off: i64| frame_at(source, (num * NANOS + i128::from(off) * den, den * NANOS));
    around(-tolerance_ns)..=around(tolerance_ns)
}

impl Clip {
    /// The frame of this clip that house slot `slot` shows; `None` after its last one.
    pub fn shown(&self, house: FrameRate, slot: i64) -> Option<u16> {
        let frame = source_frame(house, self.rate, slot);
        (0..self.frames()).contains(&frame).then_some(frame as u16)
    }
}

/// `(slot + ½) · den / num` seconds, as a fraction.
fn centre(house: FrameRate, slot: i64) -> (i128, i128) {
    ((2 * i128::from(slot) + 1) * i128::from(house.den()), 2 * i128::from(house.num()))
}

/// The frame whose interval contains a time, given in seconds as a fraction.
fn frame_at(source: FrameRate, (num, den): (i128, i128)) -> i64 {
    let frame = (num * i128::from(source.num())).div_euclid(den * i128::from(source.den()));
    i64::try_from(frame).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(house: FrameRate, source: FrameRate) -> Vec<i64> {
        (0..10).map(|slot| source_frame(house, source, slot)).collect()
    }

    #[test]
    fn rates_map_by_the_centre() {
        let rate = |num, den| FrameRate::new(num, den).unwrap();
        assert_eq!(shown(rate(25, 1), rate(25, 1)), (0..10).collect::<Vec<_>>());
        assert_eq!(shown(rate(30, 1), rate(25, 1)), [0, 1, 2, 2, 3, 4, 5, 6, 7, 7]);
        assert_eq!(shown(rate(30, 1), rate(60, 1)), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
        assert_eq!(shown(rate(30000, 1001), rate(24000, 1001)), [0, 1, 2, 2, 3, 4, 5, 6, 6, 7]);
    }

    #[test]
    fn a_centre_on_an_edge_belongs_to_either_where_stamps_are_rounded() {
        let (house, source) = (FrameRate::new(30, 1).unwrap(), FrameRate::new(60, 1).unwrap());
        assert_eq!(source_frames(house, source, 3, 500_000), 6..=7);
        assert_eq!(source_frames(house, house, 3, 500_000), 3..=3);
    }

    #[test]
    fn after_the_last_frame_there_is_none() {
        let clip = Clip::new(1).lasting(2);
        assert_eq!(clip.shown(clip.rate, 49), Some(49));
        assert_eq!(clip.shown(clip.rate, 50), None);
        assert_eq!(clip.shown(clip.rate, -1), None);
    }
}
