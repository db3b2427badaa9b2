//! Whose fault it is that a file cannot be looked at: its own, or the disk's that it lies on.

use std::io::{Error, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use super::discover::open;
use super::provider::is_folder;
use super::stall::{PATIENCE, Stalled, not_answering, unless_stalled};
use crate::failure::{Failure, Kind};

/// What a disk answers that is gone, or whose server is. A bad spot on a good disk is the file's own fault.
const GONE: [Errno; 7] =
    [Errno::NOTCONN, Errno::STALE, Errno::TIMEDOUT, Errno::HOSTDOWN, Errno::HOSTUNREACH, Errno::NODEV, Errno::NXIO];

/// Tells whether the disk of the source at `root` still answers, asked about a `file` that could not be looked at.
/// Blocks.
///
/// # Errors
/// `folder_not_found`, `not_a_folder`, `folder_empty`, `folder_not_answering`: the disk is at fault.
pub(super) fn disk_answers(root: &Path, file: &Path) -> Result<(), Failure> {
    is_folder(root)?;
    let answers = |error: Error| match Errno::from_io_error(&error).filter(|errno| GONE.contains(errno)) {
        Some(_) => Err(lost(root, &error)),
        None => Ok(()),
    };
    match root.read_dir().map(|mut entries| entries.next()) {
        // where a share was mounted lies an empty folder
        Ok(None) => return Err(became_empty(root)),
        Ok(Some(Ok(_))) => {}
        Ok(Some(Err(error))) | Err(error) => return Err(lost(root, &error)),
    }
    open(file).and_then(|mut file| file.read(&mut [0])).map(drop).or_else(answers)
}

/// The same, for a disk that may not answer at all.
///
/// # Errors
/// As there.
pub(super) async fn ask_disk(root: PathBuf, file: PathBuf) -> Result<(), Failure> {
    let folder = root.clone();
    let asked = unless_stalled(PATIENCE, &Arc::default(), move || disk_answers(&root, &file)).await?;
    asked.unwrap_or_else(|Stalled| Err(not_answering(&folder, PATIENCE)))
}

/// What is told of a folder that held files and holds none.
pub(super) fn became_empty(root: &Path) -> Failure {
    let message = format!("the folder {} is empty, and was not before", root.display());
    Failure::new(Kind::Failed, "folder_empty", message)
        .hint("mount its disk; or, if its files are gone for good, run: retrovue source sync")
}

fn lost(root: &Path, error: &Error) -> Failure {
    let message = format!("the disk of the folder {} does not answer any more: {error}", root.display());
    Failure::new(Kind::Failed, "folder_not_answering", message)
        .hint("see that the disk or the network share is there, and try again")
}
