//! Looking at a file: streams, duration, tags. Run it in a child process, for a broken file may crash or hang it.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// `video/quicktime`, `video/x-matroska`, …
    pub container: String,
    /// From the first picture to the end of the last one.
    pub duration_ns: i64,
    /// In the container's order.
    pub streams: Vec<Stream>,
    /// Container tags, by GStreamer's names.
    pub tags: std::collections::BTreeMap<String, String>,
}

/// One elementary stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// `video`, `audio` or `subtitle`.
    pub kind: String,
    /// A name for people, as in `H.264 (High Profile)`.
    pub codec: String,
    /// ISO 639, or empty.
    pub language: String,
    /// Pixels as shown, after pixel aspect.
    pub width: u32,
    /// Pixels as shown.
    pub height: u32,
    /// Frames in `frame_rate_den` seconds; 0 where unknown or variable.
    pub frame_rate_num: u32,
    /// Seconds in which `frame_rate_num` frames pass.
    pub frame_rate_den: u32,
    /// Whether pictures are interlaced.
    pub interlaced: bool,
    /// Audio channels.
    pub channels: u32,
    /// Samples a second.
    pub sample_rate: u32,
}

/// Why a file cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct InspectError {
    /// Stable: `file_missing`, `not_media`, `no_video`, `truncated`, `missing_decoder`, `timeout`.
    pub code: String,
    /// A sentence that names the file.
    pub message: String,
}

/// Looks at `path`.
///
/// # Errors
/// Where it is no video that Air could play.
pub fn inspect(path: &Path) -> Result<Inspection, InspectError> {
    let _ = path;
    Err(InspectError { code: "not_media".to_owned(), message: String::new() })
}
