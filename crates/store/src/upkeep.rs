//! Looking after the database file itself: copies, checks, migrations, going back to a copy.
//!
//! Copying and checking work beside a daemon that writes. Migrating and restoring want the file for themselves: whoever
//! calls holds the home's lock.

use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::connection::{StoreError, apply_migrations, connect, pending_migrations};

/// What SQLite says of a file whose pages make no sense, `SQLITE_CORRUPT`.
const MALFORMED: &str = "database disk image is malformed";

/// Defects of one kind that are told; a damaged file has thousands.
const TOLD: usize = 20;

/// The database as a file.
#[derive(Clone, Debug)]
pub struct DatabaseFile {
    path: PathBuf,
}

/// Something wrong with a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Stable: `database_damaged`.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// Whether it can be lived with: the next start mends it.
    pub is_mended_by_itself: bool,
}

impl DatabaseFile {
    /// The database at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a copy of how things stand to `copy`, which must not be there, and tells its bytes. Writers go on
    /// meanwhile; the copy is whole or not there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without a database, [`StoreError::Duplicate`] where `copy` exists, [`StoreError::File`].
    pub fn back_up(&self, copy: &Path) -> Result<u64, StoreError> {
        self.check_copy(copy)?;
        let unfinished = beside(copy, ".unfinished");
        let fail = |cause: String| StoreError::File { path: copy.display().to_string(), cause };
        let copied = self.vacuum_into(&unfinished).and_then(|()| {
            let finish = || {
                File::open(&unfinished)?.sync_all()?;
                std::fs::rename(&unfinished, copy)?;
                sync_folder_of(copy)?;
                Ok(copy.metadata()?.len())
            };
            finish().map_err(|error: std::io::Error| fail(error.to_string()))
        });
        if copied.is_err() {
            // May never have come to be.
            let _ = std::fs::remove_file(&unfinished);
        }
        copied
    }

    /// Tells whether [`Self::back_up`] would begin.
    ///
    /// # Errors
    /// As there.
    pub fn check_copy(&self, copy: &Path) -> Result<(), StoreError> {
        self.must_exist()?;
        if copy.symlink_metadata().is_ok() {
            return Err(StoreError::Duplicate(copy.display().to_string()));
        }
        Ok(())
    }

    fn vacuum_into(&self, copy: &Path) -> Result<(), StoreError> {
        let fail = |cause: String| StoreError::File { path: copy.display().to_string(), cause };
        let text = copy.to_str().ok_or_else(|| fail("SQLite takes names in UTF-8 only".to_owned()))?;
        // Left by a copy that was killed.
        match std::fs::remove_file(copy) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail(error.to_string())),
            _ => {}
        }
        let mut connection = connect(&self.path)?;
        let copied = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(text).execute(&mut connection);
        copied.map(drop).map_err(|error| fail(error.to_string()))
    }

    /// Everything that is wrong with it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without a database, [`StoreError::Open`] where it cannot be opened or is none of ours:
    /// then nothing is known of what it holds.
    pub fn check(&self) -> Result<Vec<Defect>, StoreError> {
        self.must_exist()?;
        let damaged = |message: String| Defect { code: "database_damaged", message, is_mended_by_itself: false };
        let mut connection = match connect(&self.path) {
            Ok(connection) => connection,
            Err(error) if error.to_string().ends_with(MALFORMED) => return Ok(vec![damaged(error.to_string())]),
            Err(error) => return Err(error),
        };
        if is_of_somebody_else(&mut connection) {
            return Err(self.unusable("it is no database of RetroVue's"));
        }
        let mut defects = match integrity(&mut connection) {
            Ok(lines) => lines.into_iter().map(|line| damaged(format!("the database is damaged: {line}"))).collect(),
            Err(error) => vec![damaged(format!("the database cannot be read through: {error}"))],
        };
        defects.extend(orphans(&mut connection).unwrap_or_default().into_iter().map(|orphan| Defect {
            code: "reference_broken",
            message: format!("{} rows of {} name a {} that is not there", orphan.count, orphan.child, orphan.parent),
            is_mended_by_itself: false,
        }));
        match pending_migrations(&mut connection) {
            Ok(pending) if pending.is_empty() => {}
            Ok(pending) => defects.push(Defect {
                code: "database_older",
                message: format!("the database is of an older version: {} steps are to be taken", pending.len()),
                is_mended_by_itself: true,
            }),
            Err(error @ StoreError::Newer) => {
                defects.push(Defect { code: "database_newer", message: error.to_string(), is_mended_by_itself: false });
            }
            Err(error) => defects.push(damaged(error.to_string())),
        }
        Ok(defects)
    }

    /// The steps that lie between its version and this program's, in order.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Newer`], [`StoreError::Open`]
    pub fn pending(&self) -> Result<Vec<String>, StoreError> {
        self.must_exist()?;
        pending_migrations(&mut connect(&self.path)?)
    }

    /// Takes these steps and tells them. Nothing else may have the database open.
    ///
    /// # Errors
    /// As [`Self::pending`].
    pub fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.must_exist()?;
        let mut connection = connect(&self.path)?;
        let pending = pending_migrations(&mut connection)?;
        apply_migrations(&mut connection, &self.path)?;
        Ok(pending)
    }

    /// Puts a copy of `backup` in the database's place. What was there is kept at `aside`, which must not exist. At no
    /// moment is there half a database. Nothing else may have it open.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without `backup`, [`StoreError::Refused`] where it is damaged or no database of ours,
    /// [`StoreError::Newer`], [`StoreError::File`].
    pub fn restore(&self, backup: &Path, aside: &Path) -> Result<(), StoreError> {
        Self::check_backup(backup)?;
        let fail = |error: std::io::Error| StoreError::File {
            path: self.path.display().to_string(),
            cause: error.to_string(),
        };
        let incoming = beside(&self.path, ".restoring");
        let prepare = || {
            std::fs::copy(backup, &incoming)?;
            let owner = self.path.metadata().or_else(|_| self.path.parent().unwrap_or(Path::new("/")).metadata())?;
            // a backup may be kept where nobody can write to it
            std::fs::set_permissions(&incoming, Permissions::from_mode(0o640))?;
            let ours = incoming.metadata()?;
            if (ours.uid(), ours.gid()) != (owner.uid(), owner.gid()) {
                chown(&incoming, Some(owner.uid()), Some(owner.gid()))?;
            }
            File::open(&incoming)?.sync_all()
        };
        prepare().map_err(fail)?;
        let is_there = self.path.exists();
        if is_there {
            // Where the file is sound its log is written back, and the swap is one step.
            if let Ok(mut old) = connect(&self.path) {
                let _ = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut old);
            }
        }
        let put_aside = || {
            if is_there {
                std::fs::hard_link(&self.path, aside).or_else(|_| std::fs::copy(&self.path, aside).map(drop))?;
            }
            // also where the file itself is gone: its log would be written into the backup
            for suffix in ["-wal", "-shm"] {
                let log = beside(&self.path, suffix);
                if log.exists() {
                    std::fs::rename(log, beside(aside, suffix))?;
                }
            }
            Ok(())
        };
        put_aside().map_err(fail)?;
        std::fs::rename(&incoming, &self.path).and_then(|()| sync_folder_of(&self.path)).map_err(fail)
    }

    /// Tells whether `backup` can be restored.
    ///
    /// # Errors
    /// As [`Self::restore`].
    pub fn check_backup(backup: &Path) -> Result<(), StoreError> {
        let candidate = Self::at(backup);
        candidate.must_exist()?;
        let refuse = |cause: &str| StoreError::Refused(format!("{} cannot be restored: {cause}", backup.display()));
        let mut connection =
            SqliteConnection::establish(&backup.to_string_lossy()).map_err(|_| refuse("it is no database"))?;
        let is_ours = diesel::sql_query("SELECT 1 FROM meta LIMIT 1").execute(&mut connection).is_ok();
        if !is_ours {
            return Err(refuse("it is no database of RetroVue's"));
        }
        pending_migrations(&mut connection)?;
        match integrity(&mut connection) {
            Ok(lines) if lines.is_empty() => Ok(()),
            Ok(lines) => Err(refuse(&format!("it is damaged: {}", lines.join("; ")))),
            Err(error) => Err(refuse(&format!("it is damaged: {error}"))),
        }
    }

    fn must_exist(&self) -> Result<(), StoreError> {
        match self.path.metadata() {
            Ok(metadata) if metadata.is_file() => Ok(()),
            Ok(_) => Err(self.unusable("it is no file")),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(StoreError::NotFound(format!("the database {}", self.path.display())))
            }
            Err(error) => Err(self.unusable(&error.to_string())),
        }
    }

    fn unusable(&self, cause: &str) -> StoreError {
        StoreError::Open { path: self.path.display().to_string(), cause: cause.to_owned() }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Whether there is something in it, and nothing of it was made by RetroVue. Of a damaged one nobody can tell.
fn is_of_somebody_else(connection: &mut SqliteConnection) -> bool {
    let query = "SELECT name AS line FROM sqlite_schema WHERE type = 'table'";
    let tables: Vec<Line> = diesel::sql_query(query).load(connection).unwrap_or_default();
    !tables.is_empty() && tables.iter().all(|table| !["meta", "__diesel_schema_migrations"].contains(&&*table.line))
}

/// What SQLite finds wrong; empty where nothing is.
fn integrity(connection: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let query = "SELECT integrity_check AS line FROM pragma_integrity_check WHERE line <> 'ok'";
    let lines: Vec<Line> = diesel::sql_query(query).load(connection)?;
    Ok(lines.into_iter().take(TOLD).map(|Line { line }| line).collect())
}

/// Rows that name others that are not there.
#[derive(QueryableByName)]
struct Orphans {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    parent: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn orphans(connection: &mut SqliteConnection) -> QueryResult<Vec<Orphans>> {
    let query = "SELECT \"table\" AS child, parent, count(*) AS count FROM pragma_foreign_key_check GROUP BY 1, 2";
    diesel::sql_query(query).load(connection)
}

/// `path` with more at the end of its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A rename outlives a power cut once its folder is written.
fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
