//! Chapters and measurements as the operator sees them.

use retrovue_store::library::{Break, Chapter, Interval, Loudness, Measured};
use serde::Serialize;

use super::views::FaultView;
use crate::instants::rfc3339;

/// A chapter, in the asset's own time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChapterView {
    /// Its first instant.
    pub start_ms: i64,
    /// Where the next one starts, or the file ends.
    pub end_ms: i64,
    /// May be empty.
    pub title: String,
}

/// Where the asset could be interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BreakView {
    /// In the asset's own time.
    pub at_ms: i64,
    /// How sure that is, in percent.
    pub confidence: u8,
}

/// A stretch of the asset's own time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct IntervalView {
    /// Its first instant.
    pub start_ms: i64,
    /// The first instant behind it.
    pub end_ms: i64,
}

/// How loud a track is as it is played (EBU R 128), to a hundredth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoudnessView {
    /// ISO 639; null where the file names none.
    pub language: Option<String>,
    /// Whether the file says that this is the track to play where nobody asks for another.
    pub default: bool,
    /// Null where there is nothing to be heard.
    pub integrated_lufs: Option<f64>,
    /// Null for digital silence.
    pub true_peak_dbtp: Option<f64>,
    /// From soft to loud.
    pub range_lu: f64,
}

/// What reading all of a file told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredView {
    /// When that was.
    pub measured_utc: String,
    /// One per audio track, in their order.
    pub tracks: Vec<LoudnessView>,
    /// Where pictures are black.
    pub black: Vec<IntervalView>,
    /// Where the first audio track is silent.
    pub silence: Vec<IntervalView>,
    /// Why the file could not be read through.
    pub fault: Option<FaultView>,
}

impl MeasuredView {
    /// The track that is played where no language is asked for.
    pub(super) fn played(&self) -> Option<&LoudnessView> {
        self.tracks.iter().find(|track| track.default).or(self.tracks.first())
    }
}

impl From<Chapter> for ChapterView {
    fn from(chapter: Chapter) -> Self {
        let Chapter { start_ns, end_ns, title } = chapter;
        let IntervalView { start_ms, end_ms } = Interval { start_ns, end_ns }.into();
        Self { start_ms, end_ms, title }
    }
}

impl From<Break> for BreakView {
    fn from(found: Break) -> Self {
        Self { at_ms: found.at_ns / 1_000_000, confidence: found.confidence }
    }
}

impl From<Interval> for IntervalView {
    fn from(interval: Interval) -> Self {
        Self { start_ms: interval.start_ns / 1_000_000, end_ms: interval.end_ns / 1_000_000 }
    }
}

impl From<Loudness> for LoudnessView {
    fn from(track: Loudness) -> Self {
        let rounded = |level: f64| (level * 100.0).round() / 100.0;
        Self {
            language: track.languages.into_iter().next(),
            default: track.is_default,
            integrated_lufs: track.integrated_lufs.map(rounded),
            true_peak_dbtp: track.true_peak_dbtp.map(rounded),
            range_lu: rounded(track.range_lu),
        }
    }
}

impl From<Measured> for MeasuredView {
    fn from(measured: Measured) -> Self {
        let (found, fault) = match measured.found {
            Ok(found) => (found, None),
            Err(fault) => (Default::default(), Some(FaultView { code: fault.code, message: fault.message })),
        };
        Self {
            measured_utc: rfc3339(measured.at),
            tracks: found.loudness.into_iter().map(LoudnessView::from).collect(),
            black: found.black.into_iter().map(IntervalView::from).collect(),
            silence: found.silence.into_iter().map(IntervalView::from).collect(),
            fault,
        }
    }
}
