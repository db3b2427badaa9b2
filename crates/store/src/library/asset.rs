//! What is known of one file.

use std::path::PathBuf;

use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use super::{AssetState, Description};
use crate::StoreError;

/// One file of a source, with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// UUID version 7; stays when the file is renamed or moved.
    pub id: String,
    /// The id of the source it belongs to.
    pub source_id: String,
    /// That source's name.
    pub source: String,
    /// That source's folder; `/` where it is a media server.
    pub root: PathBuf,
    /// The top-level folder it lies in, `.` for the source's folder itself; of a media server, the library.
    pub collection: String,
    /// The file as last seen.
    pub file: FileFacts,
    /// Where it is in its life.
    pub state: AssetState,
    /// Whether it may go on air. Only a ready one is.
    pub approved: bool,
    /// What it is.
    pub description: Description,
    /// What its file holds; known once it has been looked at.
    pub media: Option<Media>,
    /// Why it cannot be played; only where the state is faulty.
    pub fault: Option<Fault>,
    /// When it was first found.
    pub created: UtcTime,
    /// When anything of this changed last.
    pub updated: UtcTime,
    /// The content that was approved last.
    pub(crate) approved_fingerprint: Option<u64>,
    pub(crate) collection_id: String,
}

impl Asset {
    /// Where its file is.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.file.path)
    }

    /// What scheduling would know of it, were it ready; but for its chapters and breaks, which enrichers tell.
    pub fn to_schedule(&self) -> retrovue_schedule::Asset {
        let Description { kind, media_type, title, series, season, episode, year, aired, genres, rating, tags, .. } =
            self.description.clone();
        let path = self.path().to_string_lossy().into_owned();
        let duration_ns = self.media.as_ref().map_or(0, |media| media.duration_ns);
        let id = self.id.clone();
        retrovue_schedule::Asset {
            id,
            kind,
            media_type,
            title,
            series,
            season,
            episode,
            year,
            aired,
            genres,
            rating,
            tags,
            duration_ns,
            chapters: Vec::new(),
            breaks: Vec::new(),
            path,
        }
    }

    /// Goes on to `next`, with what that state demands of approval and fault.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where `next` may not follow.
    pub(crate) fn enter(&mut self, next: AssetState) -> Result<(), StoreError> {
        if self.state != next && !self.state.may_become(next) {
            return Err(StoreError::Refused(format!("asset {} is {} and cannot become {next}", self.id, self.state)));
        }
        self.state = next;
        self.approved = false;
        self.fault = None;
        Ok(())
    }
}

/// A file as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Relative to the source's folder, or absolute where the source is a media server. Its bytes need not be UTF-8.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since the Unix epoch.
    pub mtime_ns: i64,
    /// What tells its content from other contents; none where the file could not be read.
    pub fingerprint: Option<u64>,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// From the first picture to the end of the last one; above 0.
    pub duration_ns: i64,
    /// `video/quicktime`, `video/x-matroska`, …
    pub container: String,
    /// In the container's order.
    pub streams: Vec<Stream>,
    /// In order.
    pub chapters: Vec<Chapter>,
    /// Where the file's own lines of time stand at the asset's first instant. None where it was looked at by a version
    /// that did not tell.
    pub first_picture: Option<FirstPicture>,
}

/// A chapter, in nanoseconds of the asset's own time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its first instant.
    pub start_ns: i64,
    /// Where the next one starts, or the file ends.
    pub end_ns: i64,
    /// May be empty.
    pub title: String,
}

/// Stamps of a file's first picture, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPicture {
    /// Its buffer's stamp.
    pub pts_ns: i64,
    /// Its stream time, which is what a seek understands.
    pub stream_ns: i64,
}

/// One elementary stream. What does not apply to its kind is 0 or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// `video`, `audio` or `subtitle`.
    pub kind: String,
    /// A name for people, as in `H.264 (High Profile)`.
    pub codec: String,
    /// GStreamer's name of the coding, as in `video/x-h264`.
    #[serde(default)]
    pub media_type: String,
    /// ISO 639, or empty.
    pub language: String,
    /// Pixels as shown.
    pub width: u32,
    /// Pixels as shown.
    pub height: u32,
    /// Frames in `frame_rate_den` seconds; 0 where unknown or variable.
    pub frame_rate_num: u32,
    /// Seconds in which `frame_rate_num` frames pass.
    pub frame_rate_den: u32,
    /// Whether pictures are interlaced.
    pub interlaced: bool,
    /// The transfer function of HDR pictures: `pq` or `hlg`, else empty.
    #[serde(default)]
    pub hdr: String,
    /// Audio channels.
    pub channels: u32,
    /// Samples a second.
    pub sample_rate: u32,
}

/// Why a file cannot be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable, for scripts: `not_media`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}
