//! Whose fault it is that a file cannot be looked at: its own, or the disk's that it lies on.

use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use rustix::io::Errno;

use super::discover::open;
use super::provider::is_folder;
use crate::failure::{Failure, Kind};

/// What a disk answers that is gone, or whose server is. A bad spot on a good disk is the file's own fault.
const GONE: [Errno; 7] =
    [Errno::NOTCONN, Errno::STALE, Errno::TIMEDOUT, Errno::HOSTDOWN, Errno::HOSTUNREACH, Errno::NODEV, Errno::NXIO];

/// Tells whether a `file` that could not be looked at is there, and so at fault, on a disk that shows the folder `root`.
/// Blocks.
///
/// # Errors
/// `folder_not_found`, `not_a_folder`, `folder_empty`, `folder_not_answering`: the disk is at fault.
pub(super) fn is_at_fault(root: &Path, file: &Path) -> Result<bool, Failure> {
    is_folder(root)?;
    let is_there = |error: Error| match Errno::from_io_error(&error).filter(|errno| GONE.contains(errno)) {
        Some(_) => Err(lost(root, &error)),
        None => Ok(!matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)),
    };
    match root.read_dir().map(|mut entries| entries.next()) {
        // where a share was mounted lies an empty folder
        Ok(None) => return Err(became_empty(root)),
        Ok(Some(Ok(_))) => {}
        Ok(Some(Err(error))) | Err(error) => return Err(lost(root, &error)),
    }
    open(file).and_then(|mut file| file.read(&mut [0])).map(|_| true).or_else(is_there)
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
