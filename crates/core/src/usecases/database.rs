//! Looking after the database. It works with Core stopped, so nothing here asks Core for anything; what Core must not
//! be disturbed by takes the home's lock.

use std::path::{Path, PathBuf};

use retrovue_kit::Settings;
use retrovue_store::{DatabaseFile, Defect, StoreError};
use retrovue_timeline::UtcTime;
use serde::Serialize;

use crate::failure::{Failure, Kind};
use crate::home;

/// A copy of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// What was copied.
    pub database: String,
    /// The copy.
    pub file: String,
    /// Its size; of one that was not made, none.
    pub bytes: Option<u64>,
}

/// What was migrated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// What was migrated.
    pub database: String,
    /// The steps that were taken, in order.
    pub applied: Vec<String>,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// What was replaced.
    pub database: String,
    /// The copy that it now is.
    pub file: String,
    /// Where the database is kept that was there before; none where there was none.
    pub kept: Option<String>,
}

/// Writes a copy of the database to `copy`, whether or not Core runs.
///
/// # Errors
/// `database_not_found`, `folder_not_found`, `file_exists`, `database_unusable`, `backup_failed`
pub fn back_up(settings: &Settings, copy: &Path, dry_run: bool) -> Result<Backup, Failure> {
    let folder = copy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::not_found("folder_not_found", format!("there is no folder {}", shown(folder)))
            .hint("make it first, or see that the disk is there that it lies on"));
    }
    let database = DatabaseFile::at(settings.database());
    let bytes = match dry_run {
        true => database.check_copy(copy).map(|()| None),
        false => database.back_up(copy).map(Some),
    };
    let bytes = bytes.map_err(|error| failure(error, "backup_failed"))?;
    Ok(Backup { database: shown(database.path()), file: shown(copy), bytes })
}

/// Everything that is wrong with the database, whether or not Core runs.
///
/// # Errors
/// `database_not_found`, `database_unusable`
pub fn check(settings: &Settings) -> Result<Vec<Defect>, Failure> {
    DatabaseFile::at(settings.database()).check().map_err(|error| failure(error, "store_failed"))
}

/// Brings the database up to this version, as Core does when it starts.
///
/// # Errors
/// `database_not_found`, `database_newer`, `database_unusable`, and `core_running` where there is anything to do.
pub fn migrate(settings: &Settings, dry_run: bool) -> Result<Migrated, Failure> {
    let database = DatabaseFile::at(settings.database());
    let fail = |error| failure(error, "store_failed");
    let mut applied = database.pending().map_err(fail)?;
    if !applied.is_empty() && !dry_run {
        let _lock = home::lock(&home::make(settings)?)?;
        applied = database.migrate().map_err(fail)?;
    }
    Ok(Migrated { database: shown(database.path()), applied })
}

/// Puts `backup` in the database's place, and keeps what was there beside it. Core must be stopped.
///
/// # Errors
/// `core_running`, `file_not_found`, `backup_unusable`, `database_newer`, `restore_failed`
pub fn restore(settings: &Settings, backup: &Path, now: UtcTime, dry_run: bool) -> Result<Restored, Failure> {
    let database = DatabaseFile::at(settings.database());
    let kept = database.path().exists().then(|| beside(database.path(), now));
    let fail = |error| match error {
        StoreError::NotFound(_) => Failure::not_found("file_not_found", format!("there is no file {}", shown(backup))),
        StoreError::Refused(_) => Failure::refused("backup_unusable", error.to_string())
            .hint("give it a file that retrovue db backup has made; nothing was changed"),
        other => failure(other, "restore_failed"),
    };
    DatabaseFile::check_backup(backup).map_err(fail)?;
    if dry_run {
        home::must_be_free(settings)?;
    } else {
        let _lock = home::lock(&home::make(settings)?)?;
        let aside = kept.clone().unwrap_or_else(|| beside(database.path(), now));
        database.restore(backup, &aside).map_err(fail)?;
    }
    Ok(Restored { database: shown(database.path()), file: shown(backup), kept: kept.as_deref().map(shown) })
}

/// `retrovue.db.replaced-20261122T200000.000Z`
fn beside(database: &Path, now: UtcTime) -> PathBuf {
    let instant = crate::instants::rfc3339(now).replace(['-', ':'], "");
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".replaced-{instant}"));
    name.into()
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn failure(error: StoreError, code: &str) -> Failure {
    let message = error.to_string();
    match error {
        StoreError::NotFound(_) => Failure::not_found("database_not_found", message)
            .hint("Core makes it when it starts first; set RETROVUE_HOME to its home"),
        StoreError::Duplicate(_) => Failure::refused("file_exists", message).hint("name a file that is not there yet"),
        StoreError::Newer => Failure::refused("database_newer", message),
        StoreError::Open { .. } => Failure::new(Kind::Failed, "database_unusable", message)
            .hint("run this as the user that Core runs as; a file that is no database of RetroVue's any more is replaced by a backup: retrovue db restore FILE"),
        _ => Failure::new(Kind::Failed, code, message),
    }
}
