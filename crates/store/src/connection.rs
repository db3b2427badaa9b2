//! Opening the database: migrations first, then one writer and a pool of readers.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::result::Error::QueryBuilderError;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::library::settle;
use crate::schema::meta;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Readers at once; each is a file handle and a page cache.
const READERS: u32 = 4;

/// What the database refuses or cannot do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this key exists.
    #[error("{0} exists already")]
    Duplicate(String),
    /// No such row.
    #[error("{0} does not exist")]
    NotFound(String),
    /// A rule of the domain forbids it.
    #[error("{0}")]
    Refused(String),
    /// The file is newer than this program.
    #[error("the database was written by a newer version of RetroVue; install that version or restore a backup")]
    Newer,
    /// The file cannot be opened or migrated.
    #[error("the database {path} cannot be opened: {cause}")]
    Open {
        /// The database file.
        path: String,
        /// What SQLite says.
        cause: String,
    },
    /// A file beside the database cannot be read or written.
    #[error("{path} cannot be written: {cause}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        cause: String,
    },
    /// A query failed.
    #[error("the database failed: {0}")]
    Query(#[from] diesel::result::Error),
    /// No connection was free.
    #[error("no connection to the database was free: {0}")]
    Busy(String),
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Mutex<SqliteConnection>>,
    readers: Pool<ConnectionManager<SqliteConnection>>,
}

#[derive(Debug)]
struct Pragmas;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Pragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        set_pragmas(connection).map_err(diesel::r2d2::Error::QueryError)
    }
}

fn set_pragmas(connection: &mut SqliteConnection) -> QueryResult<()> {
    for pragma in ["busy_timeout = 5000", "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"] {
        connection.batch_execute(&format!("PRAGMA {pragma}"))?;
    }
    Ok(())
}

/// A connection to the database at `path`, which is made where there is none.
pub(crate) fn connect(path: &Path) -> Result<SqliteConnection, StoreError> {
    let mut connection =
        SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| unusable(path, &error))?;
    set_pragmas(&mut connection).map_err(|error| unusable(path, &error))?;
    Ok(connection)
}

/// The names of the migrations that the database lacks, in order.
pub(crate) fn pending_migrations(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Query(QueryBuilderError(error));
    let ours = MigrationSource::<Sqlite>::migrations(&MIGRATIONS).map_err(fail)?;
    // The table that tells is there once anything was migrated.
    let is_empty = diesel::sql_query("SELECT 1 FROM __diesel_schema_migrations").execute(connection).is_err();
    let applied = if is_empty { Vec::new() } else { connection.applied_migrations().map_err(fail)? };
    if applied.iter().any(|version| !ours.iter().any(|migration| migration.name().version() == *version)) {
        return Err(StoreError::Newer);
    }
    let mut pending: Vec<String> = ours
        .iter()
        .filter(|migration| !applied.contains(&migration.name().version().as_owned()))
        .map(|migration| migration.name().to_string())
        .collect();
    pending.sort();
    Ok(pending)
}

/// Brings a database up to this version.
pub(crate) fn apply_migrations(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    pending_migrations(connection)?;
    connection.run_pending_migrations(MIGRATIONS).map(drop).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> StoreError {
    StoreError::Open { path: path.display().to_string(), cause: cause.to_string() }
}

impl Store {
    /// Opens the database at `path`, makes it where there is none, and brings it up to this version.
    ///
    /// # Errors
    /// [`StoreError::Newer`] where a newer version has written it, [`StoreError::Open`] where it cannot be used.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = connect(path)?;
        apply_migrations(&mut writer, path)?;
        writer.immediate_transaction(settle)?;
        let url = path.to_string_lossy();
        let readers = Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            .connection_customizer(Box::new(Pragmas))
            .build(ConnectionManager::new(url))
            .map_err(|error| unusable(path, &error))?;
        Ok(Self { writer: Arc::new(Mutex::new(writer)), readers })
    }

    /// Runs `query` on a reader.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.readers.get().map_err(|error| StoreError::Busy(error.to_string()))?;
        query(&mut connection)
    }

    /// Runs `change` as one transaction, which takes effect whole or not at all.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        connection.immediate_transaction(change)
    }

    /// As [`Self::write`]; with `dry_run` nothing takes effect, and what is answered is what would be.
    pub(crate) fn write_or_try<T>(
        &self,
        dry_run: bool,
        change: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut tried = None;
        let written = self.write(|connection| {
            let changed = change(connection)?;
            if !dry_run {
                return Ok(changed);
            }
            tried = Some(changed);
            Err(StoreError::Query(diesel::result::Error::RollbackTransaction))
        });
        tried.map_or(written, Ok)
    }

    /// A fact about this installation.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| Ok(meta::table.find(key).select(meta::value).first(connection).optional()?))
    }

    /// Remembers a fact about this installation.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|connection| {
            diesel::replace_into(meta::table).values((meta::key.eq(key), meta::value.eq(value))).execute(connection)?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_do_not_wait_for_the_writer() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        store.set_meta("a", "before").unwrap();
        let written = store.write(|connection| {
            diesel::update(meta::table.find("a")).set(meta::value.eq("after")).execute(connection)?;
            assert_eq!(store.meta("a")?.as_deref(), Some("before"));
            Ok(())
        });
        written.unwrap();
        assert_eq!(store.meta("a").unwrap().as_deref(), Some("after"));
    }
}
