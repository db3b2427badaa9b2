//! The channel file, read: one plan for one channel.

use std::collections::BTreeMap;

use retrovue_timeline::FrameRate;

use crate::problem::Problem;

/// What a channel looks like on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramFormat {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// One of the house rates.
    pub frame_rate: FrameRate,
    /// Video bit rate.
    pub video_kbps: u32,
    /// Audio bit rate.
    pub audio_kbps: u32,
}

/// A channel file's meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The slug, never reused.
    pub channel: String,
    /// `2.1`; `None` takes the next free one.
    pub number: Option<String>,
    /// Shown to viewers; the slug where the file names none.
    pub name: String,
    /// IANA zone; `None` is the system's.
    pub timezone: Option<String>,
    /// Start of the broadcast day, local.
    pub day_start: jiff::civil::Time,
    /// The grid that slots start on; `None` is back to back.
    pub grid: Option<std::time::Duration>,
    /// On the wire.
    pub format: ProgramFormat,
    /// Preferred audio languages.
    pub languages: Vec<String>,
    /// Pools by name.
    pub pools: BTreeMap<String, Pool>,
    /// The `all` layer, ordered by time.
    pub slots: Vec<Slot>,
}

/// Placeholder.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool;

/// Placeholder.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot;

impl Plan {
    /// Reads a channel file (YAML 1.2, so JSON too). The plan is `None` where a problem is an error; all problems are
    /// told at once.
    pub fn read(text: &str) -> (Option<Plan>, Vec<Problem>) {
        let _ = text;
        (None, Vec::new())
    }
}
