//! What the API and the CLI show of schedules, field by field as the contract names them.

use retrovue_schedule::plan::ProgramFormat;
use retrovue_schedule::{Problem, Severity};
use serde::{Deserialize, Serialize};

pub use super::differences::{ChangedDay, Difference, Listed};

/// A live channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct ChannelView {
    pub slug: String,
    pub number: String,
    pub name: String,
    pub state: String,
    /// Opaque and stable over renaming and renumbering.
    pub id: String,
    pub generation: u64,
    pub timezone: String,
    pub format: FormatView,
    /// What the applied file was called.
    pub file: String,
    pub created_utc: String,
    pub updated_utc: String,
}

/// All channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct ChannelsView {
    pub channels: Vec<ChannelView>,
}

/// A channel and how far it is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelDetail {
    /// The channel.
    #[serde(flatten)]
    pub channel: ChannelView,
    /// Nothing before this changes any more.
    pub locked_until: Option<String>,
    /// The end of the stored playlog.
    pub playlog_until: Option<String>,
    /// The end of the last compiled day.
    pub schedule_until: Option<String>,
    /// How the plan came to be, the newest first.
    pub generations: Vec<GenerationView>,
}

/// A generation of a channel's plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationView {
    /// From 1.
    pub generation: u64,
    /// `applied`, `library` or `rebuilt`.
    pub cause: String,
    /// When it was made.
    pub made_utc: String,
    /// From where on it changed what was frozen; `None` where it did not.
    pub frozen_from: Option<String>,
}

/// A channel's file, unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct ChannelFile {
    pub slug: String,
    pub file: String,
    pub text: String,
}

/// What a channel looks like on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct FormatView {
    /// `30000/1001`
    pub frame_rate: String,
    pub width: u32,
    pub height: u32,
    pub video_kbps: u32,
    pub audio_kbps: u32,
}

/// What applying files did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// In the order of the files.
    pub channels: Vec<AppliedChannel>,
    /// What was accepted and is worth knowing.
    pub warnings: Vec<Finding>,
}

/// What applying one file did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct AppliedChannel {
    pub slug: String,
    pub number: String,
    pub name: String,
    pub generation: u64,
    /// `create`, `update`, `restore`, `rebuild` or `unchanged`.
    pub action: String,
    pub unchanged: bool,
    /// Everything before it stays as it was published; `None` where nothing was.
    pub changed_from: Option<String>,
    /// Of the days that are planned, those that differ.
    pub days: Vec<ChangedDay>,
    /// Of the days that are planned, those that stay as they were published.
    pub unchanged_days: Vec<String>,
    /// In which the channel's days are told.
    pub timezone: String,
}

/// A channel taken off the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct Removed {
    pub slug: String,
    pub number: String,
    pub name: String,
}

/// Something found in a channel file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct Finding {
    /// `error` or `warning`.
    pub severity: String,
    pub code: String,
    pub message: String,
    pub hint: String,
    pub file: String,
    /// From 1; 0 is the file as a whole.
    pub line: u32,
    /// From 1; 0 is the file as a whole.
    pub column: u32,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct Findings {
    pub findings: Vec<Finding>,
}

/// Channels proposed for the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct Suggestions {
    pub suggestions: Vec<SuggestionView>,
    /// What applying them did; empty where they were only proposed.
    pub applied: Vec<AppliedChannel>,
    /// Why there are none, where there are none.
    pub note: Option<String>,
}

/// One proposed channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct SuggestionView {
    pub slug: String,
    pub number: String,
    pub text: String,
    pub reason: String,
}

/// A stretch of a channel's schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct ScheduleView {
    pub channel: String,
    /// Nothing before this changes any more.
    pub locked_until: Option<String>,
    pub days: Vec<DayView>,
}

/// A broadcast day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct DayView {
    pub date: String,
    pub generation: u64,
    /// Whether all of its items that are shown here are.
    pub locked: bool,
    pub items: Vec<ItemView>,
}

/// One item of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct ItemView {
    pub item_id: String,
    pub title: String,
    pub subtitle: String,
    pub kind: String,
    pub start_utc: String,
    pub end_utc: String,
    pub asset_id: Option<String>,
    pub rule: String,
}

/// A stretch of a channel's playlog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct PlaylogView {
    pub channel: String,
    pub format: FormatView,
    pub events: Vec<EventView>,
}

/// One event of a playlog. Frames count house frames since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct EventView {
    pub event_id: String,
    pub block_id: String,
    pub kind: String,
    pub start_utc: String,
    pub end_utc: String,
    pub start_frame: i64,
    pub frame_count: i64,
    pub asset: Option<EventAssetView>,
    pub in_offset_frames: i64,
    pub in_offset_ms: i64,
    /// Why it is there: the item's rule, `break 2 spots`, `fallback filler`.
    pub rule: String,
}

/// The media of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct EventAssetView {
    pub id: String,
    /// `file://`, raw bytes percent-encoded.
    pub uri: String,
    pub title: String,
}

impl Finding {
    /// `problem` of the file called `file`.
    pub fn of(problem: &Problem, file: &str) -> Self {
        Self {
            severity: severity_word(problem.severity).to_owned(),
            code: problem.code.to_owned(),
            message: problem.message.clone(),
            hint: problem.hint.clone(),
            file: file.to_owned(),
            line: problem.line,
            column: problem.column,
        }
    }

    /// Whether it refuses the file.
    pub fn is_error(&self) -> bool {
        self.severity == severity_word(Severity::Error)
    }
}

impl FormatView {
    pub(super) fn of(format: &ProgramFormat) -> Self {
        Self {
            frame_rate: format.frame_rate.to_string(),
            width: format.width,
            height: format.height,
            video_kbps: format.video_kbps,
            audio_kbps: format.audio_kbps,
        }
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
