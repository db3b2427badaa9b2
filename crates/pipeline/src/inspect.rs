//! Looking at a file: streams, duration, tags. Run it in a child process, for a broken file may crash or hang it.

mod facts;
mod reading;
mod span;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::reading::Deadline;

/// How long a file may take: some seconds for a slow disk and a file that must be read through, and no more, since
/// a library of thousands waits behind it.
pub const DEADLINE: Duration = Duration::from_secs(20);

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
    pub tags: BTreeMap<String, String>,
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
    /// Audio channels.
    pub channels: u32,
    /// Samples a second.
    pub sample_rate: u32,
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
    fn new(code: &str, path: &Path, what: &str) -> Self {
        Self { code: code.to_owned(), message: format!("{} {what}", path.display()) }
    }
}

/// Looks at `path` for at most [`DEADLINE`].
///
/// # Errors
/// Where it is no video that Air could play.
pub fn inspect(path: &Path) -> Result<Inspection, InspectError> {
    inspect_within(path, DEADLINE)
}

/// Looks at `path` for at most `limit`. Where that is too short, a thread may stay behind that waits for the file.
///
/// # Errors
/// Where it is no video that Air could play, or nothing was known in time.
pub fn inspect_within(path: &Path, limit: Duration) -> Result<Inspection, InspectError> {
    let timeout = || {
        let what = format!("could not be read through in {} s; see whether its disk answers", limit.as_secs_f32());
        InspectError::new("timeout", path, &what)
    };
    let (answer, answers) = mpsc::sync_channel(1);
    let file = path.to_owned();
    // Opening a file on a dead mount, or stopping a demuxer that spins, never returns.
    let spawned = std::thread::Builder::new().name("inspect".to_owned()).spawn(move || {
        let _ = answer.send(look_at(&file, &Deadline::after(limit)));
    });
    if let Err(error) = spawned {
        return Err(InspectError::new("timeout", path, &format!("could not be looked at: {error}")));
    }
    answers.recv_timeout(limit).unwrap_or_else(|_| Err(timeout()))
}

fn look_at(path: &Path, deadline: &Deadline) -> Result<Inspection, InspectError> {
    let size = size_of(path)?;
    let facts = facts::read(path, deadline)?;
    let end_ns = span::end_of_pictures(path, size, deadline)
        .or(facts.container_end_ns)
        .filter(|end| *end > facts.first_picture_ns)
        .ok_or_else(|| InspectError::new("truncated", path, "ends before its first picture does; copy it again"))?;
    Ok(Inspection {
        container: facts.container,
        duration_ns: end_ns - facts.first_picture_ns,
        streams: facts.streams,
        tags: facts.tags,
    })
}

/// Bytes of a plain file that can be opened. Anything else is refused before it is opened: a pipe would block.
fn size_of(path: &Path) -> Result<u64, InspectError> {
    let refuse = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => InspectError::new("file_missing", path, "does not exist"),
        _ => InspectError::new("file_unreadable", path, &format!("cannot be read: {error}")),
    };
    let found = std::fs::metadata(path).map_err(refuse)?;
    if !found.is_file() {
        let what = if found.is_dir() { "is a folder, not a file" } else { "is no ordinary file" };
        return Err(InspectError::new("not_media", path, what));
    }
    if found.len() == 0 {
        return Err(InspectError::new("not_media", path, "is empty; copy it again"));
    }
    std::fs::File::open(path).map_err(refuse)?;
    Ok(found.len())
}
