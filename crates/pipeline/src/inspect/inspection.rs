//! What is known of a file once it was looked at.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// `video/quicktime`, `video/x-matroska`, …
    pub container: String,
    /// From the first picture to the end of the last one.
    pub duration_ns: i64,
    /// Where the file's own lines of time stand when an asset's time is 0.
    pub first_picture: FirstPicture,
    /// In the container's order.
    pub streams: Vec<Stream>,
    /// In order. None where the file names none.
    pub chapters: Vec<Chapter>,
    /// Container tags, by GStreamer's names.
    pub tags: BTreeMap<String, String>,
    /// Only of a file that was measured.
    pub measurement: Option<Measurement>,
}

/// One elementary stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// `video`, `audio` or `subtitle`.
    pub kind: String,
    /// A name for people, as in `H.264 (High Profile)`.
    pub codec: String,
    /// GStreamer's name of the coding, as in `video/x-h264`.
    pub media_type: String,
    /// ISO 639, or empty.
    pub language: String,
    /// Pixels as shown, after pixel aspect and rotation.
    pub width: u32,
    /// Pixels as shown.
    pub height: u32,
    /// Frames in `frame_rate_den` seconds; 0 where unknown or variable.
    pub frame_rate_num: u32,
    /// Seconds in which `frame_rate_num` frames pass.
    pub frame_rate_den: u32,
    /// Whether pictures are interlaced.
    pub interlaced: bool,
    /// The transfer function of HDR pictures (ITU-R BT.2100): `pq` or `hlg`, else empty.
    pub hdr: String,
    /// Audio channels.
    pub channels: u32,
    /// Samples a second.
    pub sample_rate: u32,
}

/// Stamps of the first picture, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPicture {
    /// Its buffer's stamp.
    pub pts_ns: i64,
    /// Its stream time, which is what a seek understands.
    pub stream_ns: i64,
}

/// Tells a file's content from what was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// Bytes.
    pub size: u64,
    /// In nanoseconds since the Unix epoch.
    pub modified_ns: i64,
}

impl FileStamp {
    /// That of a file which is like that.
    pub(crate) fn of(facts: &Metadata) -> Self {
        let modified_ns = facts.mtime().saturating_mul(1_000_000_000).saturating_add(facts.mtime_nsec());
        Self { size: facts.size(), modified_ns }
    }
}

/// A chapter. Times are the asset's own, which starts at its first picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its first instant.
    pub start_ns: i64,
    /// Where the next one starts, or the file ends.
    pub end_ns: i64,
    /// May be empty.
    pub title: String,
}

/// A stretch of the asset's own time, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Its first instant.
    pub start_ns: i64,
    /// The first instant behind it.
    pub end_ns: i64,
}

/// What reading all of a file tells. Times are the asset's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// One per audio track, in their order.
    pub loudness: Vec<Loudness>,
    /// Pictures from which decoding may start, in milliseconds: of those that are less than half a second apart, the
    /// first. Empty where pictures are not coded.
    pub keyframes_ms: Vec<u32>,
    /// Where pictures are black, for 200 ms or longer.
    pub black: Vec<Interval>,
    /// Where the first audio track is silent or has nothing, for 200 ms or longer.
    pub silence: Vec<Interval>,
}

/// Loudness of an audio track as it is played: mixed down to the house's two channels at 48 kHz (EBU R 128).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// All codes of ISO 639 that its language goes by; none where the file names no language.
    pub languages: Vec<String>,
    /// Whether the file says that this is the track to play where nobody asks for another.
    pub is_default: bool,
    /// Integrated loudness (ITU-R BS.1770-4), in LUFS. None where nothing is above its gate.
    pub integrated_lufs: Option<f64>,
    /// True peak (BS.1770-4, annex 2), in dBTP. None for digital silence.
    pub true_peak_dbtp: Option<f64>,
    /// Loudness range (EBU Tech 3342), in LU.
    pub range_lu: f64,
}

/// Why a file cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct InspectError {
    /// Stable: `file_missing`, `file_unreadable`, `not_media`, `no_video`, `truncated`, `missing_decoder`, `timeout`.
    pub code: String,
    /// A sentence that names the file.
    pub message: String,
}

impl InspectError {
    pub(super) fn new(code: &str, path: &Path, what: &str) -> Self {
        Self { code: code.to_owned(), message: format!("{} {what}", path.display()) }
    }
}
