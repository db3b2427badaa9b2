//! Where the time goes until a segment's first picture.

use std::sync::OnceLock;
use std::time::Duration;

use gstreamer as gst;

/// How long a producer took for its first coded picture, by parts that add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpeningTimes {
    /// Until it was its turn: as many files are opened at once as there are cores.
    pub turn: Duration,
    /// Until the file's first picture was decoded.
    pub open: Duration,
    /// Until the picture at the in-point was on its way.
    pub seek: Duration,
    /// Until the segment's first picture was decoded and coded.
    pub first_unit: Duration,
}

/// Runs from the producer's start to its first coded picture.
pub(super) struct Stopwatch {
    started: gst::ClockTime,
    turn: OnceLock<Duration>,
    open: OnceLock<Duration>,
    seek: OnceLock<Duration>,
    first_unit: OnceLock<Duration>,
}

/// The end of a part.
#[derive(Clone, Copy)]
pub(super) enum Lap {
    Turn,
    Open,
    Seek,
    FirstUnit,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self {
            started: gst::get_timestamp(),
            turn: OnceLock::new(),
            open: OnceLock::new(),
            seek: OnceLock::new(),
            first_unit: OnceLock::new(),
        }
    }

    /// `lap` ends now; the first time counts.
    pub(super) fn lap(&self, lap: Lap) {
        let lap = match lap {
            Lap::Turn => &self.turn,
            Lap::Open => &self.open,
            Lap::Seek => &self.seek,
            Lap::FirstUnit => &self.first_unit,
        };
        lap.get_or_init(|| Duration::from(gst::get_timestamp().saturating_sub(self.started)));
    }

    /// All parts, once there is a picture.
    pub(super) fn times(&self) -> Option<OpeningTimes> {
        let (turn, open) = (*self.turn.get()?, *self.open.get()?);
        let (seek, first_unit) = (*self.seek.get()?, *self.first_unit.get()?);
        let times = OpeningTimes {
            turn,
            open: open.saturating_sub(turn),
            seek: seek.saturating_sub(open),
            first_unit: first_unit.saturating_sub(seek),
        };
        Some(times)
    }
}
