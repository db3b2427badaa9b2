//! The house format: what every unit of a channel looks like.

use retrovue_timeline::FrameRate;

/// H.264 and AAC-LC as one channel sends them. Audio is 48 kHz stereo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HouseFormat {
    /// Pixels, even.
    pub width: u32,
    /// Pixels, even.
    pub height: u32,
    /// One of [`FrameRate::HOUSE`].
    pub frame_rate: FrameRate,
    /// Video bit rate.
    pub video_kbps: u32,
    /// Audio bit rate.
    pub audio_kbps: u32,
}

impl HouseFormat {
    /// Frames of one closed GOP: a second, rounded to the nearest frame.
    pub fn gop_frames(&self) -> u32 {
        (self.frame_rate.num() + self.frame_rate.den() / 2) / self.frame_rate.den()
    }

    /// Of one picture.
    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// In a second of the channel, rounded up.
    pub fn pixels_per_second(&self) -> u64 {
        (self.pixels() * u64::from(self.frame_rate.num())).div_ceil(u64::from(self.frame_rate.den()))
    }

    /// The lowest H.264 level that holds size, rate and bit rate, as in `3.1` (ITU-T H.264, table A-1, High profile).
    /// It depends on the format alone, so that every encoder of a channel writes the same parameter sets.
    pub(crate) fn h264_level(&self) -> &'static str {
        let macroblocks = u64::from(self.width.div_ceil(16)) * u64::from(self.height.div_ceil(16));
        let num = u64::from(self.frame_rate.num());
        let den = u64::from(self.frame_rate.den());
        LEVELS
            .iter()
            .find(|level| {
                macroblocks <= level.macroblocks
                    && macroblocks * num <= level.macroblocks_per_second * den
                    && u64::from(self.video_kbps) <= level.kbps
            })
            .map_or(HIGHEST_LEVEL, |level| level.name)
    }
}

struct Level {
    name: &'static str,
    macroblocks_per_second: u64,
    macroblocks: u64,
    kbps: u64,
}

const HIGHEST_LEVEL: &str = "5.2";

const LEVELS: [Level; 7] = [
    Level { name: "3.0", macroblocks_per_second: 40_500, macroblocks: 1_620, kbps: 12_500 },
    Level { name: "3.1", macroblocks_per_second: 108_000, macroblocks: 3_600, kbps: 17_500 },
    Level { name: "3.2", macroblocks_per_second: 216_000, macroblocks: 5_120, kbps: 25_000 },
    Level { name: "4.0", macroblocks_per_second: 245_760, macroblocks: 8_192, kbps: 25_000 },
    Level { name: "4.2", macroblocks_per_second: 522_240, macroblocks: 8_704, kbps: 62_500 },
    Level { name: "5.1", macroblocks_per_second: 983_040, macroblocks: 36_864, kbps: 300_000 },
    Level { name: HIGHEST_LEVEL, macroblocks_per_second: 2_073_600, macroblocks: 36_864, kbps: 300_000 },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn format(width: u32, height: u32, rate: &str) -> HouseFormat {
        HouseFormat { width, height, frame_rate: rate.parse().unwrap(), video_kbps: 3000, audio_kbps: 192 }
    }

    #[test]
    fn level_follows_size_and_rate() {
        for (width, height, rate, level) in [
            (640, 480, "30000/1001", "3.0"),
            (720, 576, "25", "3.0"),
            (1280, 720, "30", "3.1"),
            (1280, 720, "60", "3.2"),
            (1920, 1080, "30000/1001", "4.0"),
            (1920, 1080, "60", "4.2"),
            (3840, 2160, "30", "5.1"),
        ] {
            assert_eq!(format(width, height, rate).h264_level(), level, "{width}x{height} at {rate}");
        }
    }

    #[test]
    fn gop_is_a_second() {
        assert_eq!(format(640, 480, "24000/1001").gop_frames(), 24);
        assert_eq!(format(640, 480, "25").gop_frames(), 25);
        assert_eq!(format(640, 480, "60000/1001").gop_frames(), 60);
    }
}
