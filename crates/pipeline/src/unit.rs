//! Coded units in house format, as producers hand them out.

use bytes::Bytes;

/// One coded picture: decode order is display order.
#[derive(Clone, Debug)]
pub struct VideoUnit {
    /// House frames since the segment's start.
    pub index: i64,
    /// An IDR with parameter sets. The first unit of a producer always is one.
    pub keyframe: bool,
    /// An Annex B access unit that begins with an access unit delimiter.
    pub data: Bytes,
}

/// One coded audio frame of 1024 samples.
#[derive(Clone, Debug)]
pub struct AudioUnit {
    /// Audio frames since the one nearest to the segment's start.
    pub index: i64,
    /// An AAC-LC frame with its ADTS header.
    pub data: Bytes,
}

/// Why a producer has no units: for evidence and for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Stable: `file_missing`, `not_media`, `no_video`, `open_timeout`, `decode_failed`, `encode_failed`, `stalled`;
    /// of remarks, which cost no picture: `logo_unusable`, `crawl_unusable`, `crawl_incomplete`.
    pub code: &'static str,
    /// A sentence that names the file.
    pub message: String,
}

/// What a producer answers when asked for its next unit.
#[derive(Clone, Debug)]
pub enum Take<T> {
    /// The next unit, in order.
    Unit(T),
    /// Nothing yet.
    NotYet,
    /// The segment's end, or the file's: nothing more will come.
    End,
    /// Nothing more will come, and this is why.
    Failed(Fault),
}
