//! `RETROVUE_HOME`: the folder that one Core at a time has for itself.

use std::fs::{File, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use retrovue_kit::Settings;

use crate::failure::{Failure, Kind};

/// Makes the home and its `run`, where the group may make sockets, too: Air may run as another user of it.
///
/// # Errors
/// `home_unusable`
pub fn make(settings: &Settings) -> Result<PathBuf, Failure> {
    let run = settings.home.join("run");
    let beside_air = settings.air_socket.parent().map(Path::to_owned);
    for folder in std::iter::once(run.clone()).chain(beside_air).filter(|folder| !folder.exists()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o770).create(&folder);
        let made = made.and_then(|()| std::fs::set_permissions(&folder, Permissions::from_mode(0o770)));
        made.map_err(|error| unusable(&folder, "made; set RETROVUE_HOME to a folder of yours", &error))?;
    }
    Ok(run)
}

/// One Core per home: two would write one database and steal each other's sockets. Held until the file is dropped.
///
/// # Errors
/// `core_running`, `home_unusable`
pub fn lock(run: &Path) -> Result<File, Failure> {
    let path = run.join("core.lock");
    let lock = File::create(&path).map_err(|error| unusable(&path, "opened", &error))?;
    take(&lock, &path)?;
    Ok(lock)
}

/// Whether [`lock`] would be given, told without changing anything in the home.
///
/// # Errors
/// As there.
pub fn must_be_free(settings: &Settings) -> Result<(), Failure> {
    let path = settings.home.join("run/core.lock");
    match File::open(&path) {
        Ok(lock) => take(&lock, &path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unusable(&path, "opened", &error)),
    }
}

fn take(lock: &File, path: &Path) -> Result<(), Failure> {
    match lock.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let run = path.parent().unwrap_or(path).display();
            let message = format!("another Core runs on this home ({run}); stop it, or set RETROVUE_HOME");
            Err(Failure::refused("core_running", message))
        }
        Err(TryLockError::Error(error)) => Err(unusable(path, "locked", &error)),
    }
}

fn unusable(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Failed, "home_unusable", format!("{} cannot be {what}: {error}", path.display()))
}
