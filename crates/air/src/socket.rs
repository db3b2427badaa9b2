//! Air's socket: one Air holds it, and what a dead one left behind is removed.

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustix::fs::FlockOperation;
use rustix::io::Errno;
use tokio::net::UnixListener;

/// The owner and its group may drive Air.
const MODE: u32 = 0o660;

/// Holds the address for as long as it lives, and removes the socket then.
pub(crate) struct Held {
    path: PathBuf,
    _lock: File,
}

/// Listens on `path`.
///
/// # Errors
/// Where another Air holds it, or the folder cannot be written.
pub(crate) fn listen(path: &Path) -> anyhow::Result<(UnixListener, Held)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
    let lock = lock.with_context(|| format!("{} cannot be written", Path::new(&lock_path).display()))?;
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            bail!("another Air listens on {}; stop it, or set air.socket to another path", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be locked", path.display())),
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} is in the way and cannot be removed", path.display()));
        }
        _ => {}
    }
    let listener = UnixListener::bind(path).with_context(|| format!("{} cannot be listened on", path.display()))?;
    fs::set_permissions(path, Permissions::from_mode(MODE))?;
    Ok((listener, Held { path: path.to_owned(), _lock: lock }))
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket was gone already");
        }
    }
}
