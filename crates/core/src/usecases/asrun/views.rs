//! What the API and the CLI show of as-run, field by field as the contract names them.

use retrovue_schedule::asrun::{Difference, Row};
use retrovue_timeline::{FrameIndex, UtcTime};
use serde::{Deserialize, Serialize};

use super::{hint, local};
use crate::instants::rfc3339;
use crate::usecases::schedules::BroadcastDay;

/// A broadcast day as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct AsRunView {
    pub channel: String,
    pub date: String,
    pub timezone: String,
    pub start_utc: String,
    pub end_utc: String,
    /// In the order in which they were sent.
    pub events: Vec<EventView>,
}

/// One event in one session. Frames count house frames since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct EventView {
    pub event_id: String,
    pub session_id: String,
    pub asset_id: Option<String>,
    pub kind: String,
    pub title: String,
    pub planned_start_utc: String,
    pub actual_start_utc: String,
    pub frame_rate: String,
    pub planned_start_frame: i64,
    pub actual_start_frame: i64,
    pub planned_frames: i64,
    pub aired_frames: i64,
    pub slate_frames: i64,
    pub unsent_frames: i64,
    /// `aired`, `partial`, `substituted` or `missed`.
    pub result: String,
    pub cause: Option<String>,
    /// Why there was slate first, as Air names it.
    pub fault: Option<String>,
    /// The asset that was planned, where another was shown.
    pub in_place_of: Option<String>,
}

/// A day as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct AsRunFile {
    pub channel: String,
    pub date: String,
    pub text: String,
}

/// What a day's verification found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct DifferencesView {
    pub findings: Vec<DifferenceView>,
}

/// A difference between plan, guide and air.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferenceView {
    /// `error` from a second on, and where something else was shown; else `warning`.
    pub severity: String,
    /// Stable.
    pub code: String,
    /// A sentence, with the local time.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Concerns no file.
    pub file: Option<String>,
    /// Concerns no file.
    pub line: Option<u32>,
    /// Concerns no file.
    pub column: Option<u32>,
    /// When it began.
    pub at_utc: String,
    /// How much of air, or of the guide, differs.
    pub seconds: f64,
    /// Why, as as-run names it.
    pub cause: Option<String>,
    /// The event that it concerns.
    pub event_id: Option<String>,
}

impl EventView {
    pub(super) fn of(row: &Row) -> Self {
        let instant = |frame: FrameIndex| rfc3339(UtcTime::from_millis(row.frame_rate.start_millis(frame)));
        let row = row.clone();
        Self {
            planned_start_utc: instant(row.planned_start),
            actual_start_utc: instant(row.actual_start),
            event_id: row.event_id,
            session_id: row.session_id,
            asset_id: row.asset_id,
            kind: row.kind.word().to_owned(),
            title: row.title,
            frame_rate: row.frame_rate.to_string(),
            planned_start_frame: row.planned_start.0,
            actual_start_frame: row.actual_start.0,
            planned_frames: row.planned_frames,
            aired_frames: row.aired_frames,
            slate_frames: row.slate_frames,
            unsent_frames: row.unsent_frames,
            result: row.outcome.word().to_owned(),
            cause: row.cause,
            fault: row.fault,
            in_place_of: row.in_place_of,
        }
    }
}

impl DifferenceView {
    pub(super) fn of(found: Difference, day: &BroadcastDay) -> Self {
        let at = local(day, found.at).strftime("%H:%M:%S%.3f").to_string();
        Self {
            severity: if found.is_grave() { "error" } else { "warning" }.to_owned(),
            code: found.code.to_owned(),
            message: format!("{at}: {}", found.message),
            hint: hint(&found).to_owned(),
            file: None,
            line: None,
            column: None,
            at_utc: rfc3339(found.at),
            seconds: (found.nanos / 1_000_000) as f64 / 1000.0,
            cause: found.cause,
            event_id: found.event_id,
        }
    }
}
