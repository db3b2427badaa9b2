//! Frame rates as ratios, and frame numbers since the epoch.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use crate::instant::{NANOS_PER_SECOND, UtcTime};

/// Frames per second as an exact ratio, in lowest terms.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameRate {
    num: u32,
    den: u32,
}

/// What is no frame rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no frame rate; write it as a ratio or a whole number, as in 30000/1001 or 25")]
pub struct InvalidFrameRate(String);

impl FrameRate {
    /// The rates that channels may have.
    pub const HOUSE: [FrameRate; 8] = [
        FrameRate { num: 24000, den: 1001 },
        FrameRate { num: 24, den: 1 },
        FrameRate { num: 25, den: 1 },
        FrameRate { num: 30000, den: 1001 },
        FrameRate { num: 30, den: 1 },
        FrameRate { num: 50, den: 1 },
        FrameRate { num: 60000, den: 1001 },
        FrameRate { num: 60, den: 1 },
    ];

    /// `num / den` frames a second, reduced. `None` where either is zero or the rate is above 1000.
    pub fn new(num: u32, den: u32) -> Option<Self> {
        if num == 0 || den == 0 || u64::from(num) > 1000 * u64::from(den) {
            return None;
        }
        let divisor = gcd(num, den);
        Some(Self { num: num / divisor, den: den / divisor })
    }

    /// Frames in `den` seconds.
    pub const fn num(self) -> u32 {
        self.num
    }

    /// Seconds in which `num` frames pass.
    pub const fn den(self) -> u32 {
        self.den
    }

    /// Whether a channel may have this rate.
    pub fn is_house(self) -> bool {
        Self::HOUSE.contains(&self)
    }

    /// The first frame that starts at `at` or later.
    pub fn frame_at_or_after(self, at: UtcTime) -> FrameIndex {
        let shown = self.frame_at(at);
        if self.start_of(shown) == at { shown } else { shown + 1 }
    }

    /// The frame that is shown at `at`.
    pub fn frame_at(self, at: UtcTime) -> FrameIndex {
        let (num, den) = self.ratio();
        FrameIndex(narrow((i128::from(at.nanos()) * num).div_euclid(NANOS_PER_SECOND * den)))
    }

    /// The instant at which `frame` starts, rounded up to the nanosecond, so that it always lies inside the frame.
    pub fn start_of(self, frame: FrameIndex) -> UtcTime {
        UtcTime::from_nanos(narrow(self.nanos_of(frame.0)))
    }

    /// The instant at which `frame` starts, rounded down to the millisecond, as plans and guides print it.
    pub fn start_millis(self, frame: FrameIndex) -> i64 {
        let (num, den) = self.ratio();
        narrow((i128::from(frame.0) * den * 1000).div_euclid(num))
    }

    /// How long `count` frames last, in nanoseconds rounded up.
    pub fn nanos_in(self, count: i64) -> i64 {
        narrow(self.nanos_of(count))
    }

    /// How long `count` frames last, in milliseconds rounded down.
    pub fn millis_in(self, count: i64) -> i64 {
        self.start_millis(FrameIndex(count))
    }

    /// How many house pictures media of `nanos` fills: slots whose centre lies inside it, since a slot shows the
    /// picture at its centre.
    pub fn slots_within(self, nanos: i64) -> i64 {
        let (num, den) = self.ratio();
        // centre of slot k: (2k + 1) · den / (2 · num) < nanos
        let doubled = 2 * i128::from(nanos.max(0)) * num - NANOS_PER_SECOND * den;
        let slots = -(-doubled).div_euclid(2 * NANOS_PER_SECOND * den);
        narrow(slots.max(0))
    }

    /// The centre of slot `k` counted from asset time zero, in nanoseconds rounded down: the time whose picture it shows.
    pub fn centre_nanos(self, k: i64) -> i64 {
        let (num, den) = self.ratio();
        narrow(((2 * i128::from(k) + 1) * den * NANOS_PER_SECOND).div_euclid(2 * num))
    }

    pub(crate) fn ratio(self) -> (i128, i128) {
        (i128::from(self.num), i128::from(self.den))
    }

    fn nanos_of(self, frames: i64) -> i128 {
        let (num, den) = self.ratio();
        -(-i128::from(frames) * den * NANOS_PER_SECOND).div_euclid(num)
    }
}

/// Saturates: only instants outside 1677–2262 are cut.
pub(crate) fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl FromStr for FrameRate {
    type Err = InvalidFrameRate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        let parse = |part: &str| part.trim().parse::<u32>().ok();
        parse(num)
            .zip(parse(den))
            .and_then(|(num, den)| Self::new(num, den))
            .ok_or_else(|| InvalidFrameRate(text.to_owned()))
    }
}

/// `30000/1001`, and `25/1` as `25`.
impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl fmt::Debug for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A frame of a channel: house frames since the Unix epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct FrameIndex(pub i64);

impl Add<i64> for FrameIndex {
    type Output = FrameIndex;

    fn add(self, frames: i64) -> FrameIndex {
        FrameIndex(self.0 + frames)
    }
}

impl Sub<i64> for FrameIndex {
    type Output = FrameIndex;

    fn sub(self, frames: i64) -> FrameIndex {
        FrameIndex(self.0 - frames)
    }
}

impl Sub for FrameIndex {
    type Output = i64;

    fn sub(self, earlier: FrameIndex) -> i64 {
        self.0 - earlier.0
    }
}
