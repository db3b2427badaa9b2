//! Looking at a file: what it holds, and how loud, black and silent it is where. Run it in a child process, for a broken
//! file may crash or hang it: such a child opens one file and no other, so that codecs are never opened side by side.

mod chapters;
mod facts;
mod inspection;
mod line;
mod measure;
mod reading;
mod span;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

pub use self::inspection::{
    Chapter, FileStamp, FirstPicture, InspectError, Inspection, Interval, Loudness, Measurement, Stream,
};
pub use self::measure::measure;
use self::reading::Deadline;

/// How long a file may take: some seconds for a slow disk and a file that must be read through, and no more, since
/// a library of thousands waits behind it.
pub const DEADLINE: Duration = Duration::from_secs(20);

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
        first_picture: facts.first_picture,
        streams: facts.streams,
        chapters: chapters::of(
            path,
            facts.toc.as_ref(),
            facts.first_picture.stream_ns,
            end_ns - facts.first_picture_ns,
        ),
        tags: facts.tags,
        measurement: None,
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
