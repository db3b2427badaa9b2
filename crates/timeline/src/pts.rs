//! Presentation time stamps: the timeline as MPEG counts it.

use crate::audio::AudioFrame;
use crate::frames::{FrameIndex, FrameRate};

/// The clock of PTS and DTS (ISO/IEC 13818-1, 2.4.2.1).
pub const TICKS_PER_SECOND: i64 = 90_000;

const MODULUS: u64 = 1 << 33;

/// A 33-bit presentation time stamp in 90 kHz ticks. It wraps every 26.5 hours, so it has no order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Pts(u64);

impl Pts {
    /// The low 33 bits of `ticks`.
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks.rem_euclid(MODULUS as i64) as u64)
    }

    /// 90 kHz ticks, below 2³³.
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// Ticks from `earlier` to this by the shorter way round: negative where this is the earlier one.
    pub const fn ticks_since(self, earlier: Pts) -> i64 {
        let forward = self.0.wrapping_sub(earlier.0) % MODULUS;
        if forward < MODULUS / 2 { forward as i64 } else { forward as i64 - MODULUS as i64 }
    }

    /// This stamp moved by `ticks`.
    pub const fn plus(self, ticks: i64) -> Self {
        Self::from_ticks(self.0 as i64 + ticks)
    }
}

impl FrameRate {
    /// Ticks from the epoch to `frame`, rounded down, not yet wrapped.
    pub fn ticks(self, frame: FrameIndex) -> i64 {
        let (num, den) = self.ratio();
        crate::frames::narrow((i128::from(frame.0) * den * i128::from(TICKS_PER_SECOND)).div_euclid(num))
    }

    /// The stamp of `frame`.
    pub fn pts(self, frame: FrameIndex) -> Pts {
        Pts::from_ticks(self.ticks(frame))
    }

    /// The frame stamped `pts` that lies nearest to `near`; right wherever `near` is within 13 hours of it.
    /// `None` where no frame has this stamp.
    pub fn frame_with_pts(self, pts: Pts, near: FrameIndex) -> Option<FrameIndex> {
        let ticks = i128::from(self.ticks(near)) + i128::from(pts.ticks_since(self.pts(near)));
        let (num, den) = self.ratio();
        // ticks = floor(n · den · 90000 / num), so n is the least with n · den · 90000 / num >= ticks
        let n = -(-ticks * num).div_euclid(den * i128::from(TICKS_PER_SECOND));
        let frame = FrameIndex(crate::frames::narrow(n));
        (self.pts(frame) == pts).then_some(frame)
    }
}

impl AudioFrame {
    /// The stamp of this audio frame: exact, since 1024 samples at 48 kHz are 1920 ticks.
    pub fn pts(self) -> Pts {
        Pts::from_ticks(self.0.wrapping_mul(1920))
    }
}
