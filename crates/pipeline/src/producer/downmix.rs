//! Any layout of channels to two.
//!
//! GStreamer's own 5.1 matrix is scaled until nothing can clip, which makes films 10 dB too quiet. Here left and
//! right stay as they are, centre and surround join them at −3 dB (ITU-R BS.775), and the limiter has the rest.

use gstreamer_audio::{AudioChannelPosition as Position, AudioInfo};

/// What each channel gives to left and right.
#[derive(Debug, PartialEq)]
pub(crate) struct Downmix(Vec<[f32; 2]>);

const MINUS_3_DB: f32 = std::f32::consts::FRAC_1_SQRT_2;

impl Downmix {
    pub(crate) fn of(info: &AudioInfo) -> Self {
        match info.positions() {
            _ if info.channels() == 1 => Self(vec![[1.0, 1.0]]),
            Some(positions) => Self(positions.iter().copied().map(weights).collect()),
            None => Self(customary(info.channels())),
        }
    }

    /// `interleaved` as little-endian 32-bit floats; what is no finite number becomes silence.
    pub(crate) fn mix(&self, interleaved: &[u8]) -> Vec<[f32; 2]> {
        let sample_bytes = 4 * self.0.len();
        interleaved
            .chunks_exact(sample_bytes)
            .map(|sample| {
                let mut mixed = [0.0_f32; 2];
                for (bytes, weight) in sample.chunks_exact(4).zip(&self.0) {
                    let value = bytes.try_into().map_or(0.0, f32::from_le_bytes);
                    mixed = [mixed[0] + value * weight[0], mixed[1] + value * weight[1]];
                }
                mixed.map(|value| if value.is_finite() { value } else { 0.0 })
            })
            .collect()
    }
}

/// Channels without names are those that so many usually are, and in the usual order: six are 5.1. Where there is no
/// custom, for more than eight, the first two are left and right.
fn customary(channels: u32) -> Vec<[f32; 2]> {
    let mask = Position::fallback_mask(channels);
    let mut positions = vec![Position::None; usize::try_from(channels).unwrap_or(0)];
    if mask == 0 || Position::positions_from_mask(mask, &mut positions).is_err() {
        for (own, named) in positions.iter_mut().zip([Position::FrontLeft, Position::FrontRight]) {
            *own = named;
        }
    }
    positions.into_iter().map(weights).collect()
}

fn weights(position: Position) -> [f32; 2] {
    match position {
        Position::FrontLeft => [1.0, 0.0],
        Position::FrontRight => [0.0, 1.0],
        Position::Mono | Position::FrontCenter => [MINUS_3_DB, MINUS_3_DB],
        Position::RearLeft
        | Position::SideLeft
        | Position::SurroundLeft
        | Position::WideLeft
        | Position::FrontLeftOfCenter => [MINUS_3_DB, 0.0],
        Position::RearRight
        | Position::SideRight
        | Position::SurroundRight
        | Position::WideRight
        | Position::FrontRightOfCenter => [0.0, MINUS_3_DB],
        Position::TopFrontLeft | Position::TopRearLeft | Position::TopSideLeft | Position::BottomFrontLeft => {
            [0.5, 0.0]
        }
        Position::TopFrontRight | Position::TopRearRight | Position::TopSideRight | Position::BottomFrontRight => {
            [0.0, 0.5]
        }
        Position::RearCenter | Position::TopCenter | Position::TopFrontCenter | Position::TopRearCenter => [0.5, 0.5],
        // the low-frequency channel is left out of a down-mix
        _ => [0.0, 0.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gstreamer_audio::AudioFormat;

    fn mixed(positions: &[Position], samples: &[f32]) -> Vec<[f32; 2]> {
        crate::init().unwrap();
        let info = AudioInfo::builder(AudioFormat::F32le, 48_000, u32::try_from(positions.len()).unwrap())
            .positions(positions)
            .build()
            .unwrap();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Downmix::of(&info).mix(&bytes)
    }

    #[test]
    fn stereo_is_left_alone_and_mono_goes_to_both() {
        assert_eq!(
            mixed(&[Position::FrontLeft, Position::FrontRight], &[0.1, 0.2, f32::NAN, f32::INFINITY]),
            [[0.1, 0.2], [0.0, 0.0]]
        );
        assert_eq!(mixed(&[Position::Mono], &[0.5]), [[0.5, 0.5]]);
    }

    #[test]
    fn channels_without_names_are_the_usual_ones() {
        crate::init().unwrap();
        let weights = |channels| {
            let info = AudioInfo::builder(AudioFormat::F32le, 48_000, channels);
            Downmix::of(&info.flags(gstreamer_audio::AudioFlags::UNPOSITIONED).build().unwrap()).0
        };
        let (left, right, both) = ([1.0, 0.0], [0.0, 1.0], [MINUS_3_DB; 2]);
        assert_eq!(weights(1), [[1.0; 2]]);
        assert_eq!(weights(2), [left, right]);
        assert_eq!(weights(3), [left, right, [0.0; 2]]);
        assert_eq!(weights(4), [left, right, [MINUS_3_DB, 0.0], [0.0, MINUS_3_DB]]);
        assert_eq!(weights(6), [left, right, both, [0.0; 2], [MINUS_3_DB, 0.0], [0.0, MINUS_3_DB]]);
        assert_eq!(weights(8)[..4], [left, right, both, [0.0; 2]]);
        assert_eq!(weights(16)[..3], [left, right, [0.0; 2]]);
    }

    #[test]
    fn surround_joins_at_minus_3_db() {
        use Position::{FrontCenter, FrontLeft, FrontRight, Lfe1, RearLeft, RearRight};
        let layout = [FrontLeft, FrontRight, FrontCenter, Lfe1, RearLeft, RearRight];
        assert_eq!(mixed(&layout, &[0.25, 0.5, 0.0, 1.0, 0.0, 0.5]), [[0.25, 0.5 + 0.5 * MINUS_3_DB]]);
        assert_eq!(mixed(&layout, &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), [[MINUS_3_DB; 2]]);
    }
}
