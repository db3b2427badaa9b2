//! The database as a file: upgrades from every schema there was, copies, checks, and going back.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use retrovue_store::library::{AssetFilter, AssetState};
use retrovue_store::{DatabaseFile, Store, StoreError};
use retrovue_timeline::{FrameIndex, UtcTime};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The versions that names in a folder begin with.
fn versions(name: &str) -> BTreeSet<String> {
    let names = std::fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_str().unwrap()[..4].to_owned()).collect()
}

fn run(path: &Path, sql: &str) -> QueryResult<()> {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(sql)
}

/// A database of that version with a few rows.
fn of_version(version: &str, path: &Path) -> DatabaseFile {
    run(path, &std::fs::read_to_string(folder("tests/schemas").join(format!("{version}.sql"))).unwrap()).unwrap();
    DatabaseFile::at(path)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(connection: &mut SqliteConnection, query: &str) -> Vec<String> {
    let lines: Vec<Line> = diesel::sql_query(query).load(connection).unwrap();
    lines.into_iter().map(|Line { line }| line).collect()
}

/// A database as the statements that make it.
fn dump(path: &Path) -> String {
    let connection = &mut SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let mut text = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n".to_owned();
    let made = "SELECT sql AS line FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'index', rowid";
    lines(connection, made).into_iter().for_each(|line| text.push_str(&format!("{line};\n")));
    for table in lines(connection, "SELECT name AS line FROM sqlite_schema WHERE type = 'table' ORDER BY rowid") {
        let columns = format!(
            "SELECT group_concat('quote(' || name || ')', ' || '','' || ') AS line FROM pragma_table_info('{table}')"
        );
        let row = lines(connection, &columns).remove(0);
        let rows = lines(connection, &format!("SELECT {row} AS line FROM {table}"));
        rows.into_iter().for_each(|row| text.push_str(&format!("INSERT INTO {table} VALUES({row});\n")));
    }
    text.push_str("COMMIT;\n");
    text
}

/// A schema that was released does not change any more: its file here is kept. `UPDATE_SCHEMAS=1` writes a missing one;
/// add rows for what is new in it.
#[test]
fn every_schema_is_kept() {
    let (kept, all) = (versions("tests/schemas"), versions("migrations"));
    if std::env::var_os("UPDATE_SCHEMAS").is_some()
        && let (Some(last), Some(newest)) = (kept.last(), all.last())
        && last < newest
    {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("retrovue.db");
        of_version(last, &path).migrate().unwrap();
        std::fs::write(folder("tests/schemas").join(format!("{newest}.sql")), dump(&path)).unwrap();
    }
    assert_eq!(versions("tests/schemas"), all, "run with UPDATE_SCHEMAS=1 to write what is missing");
}

#[test]
fn every_schema_is_brought_up_to_this_version_with_what_it_holds() {
    for version in versions("tests/schemas") {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("retrovue.db");
        let database = of_version(&version, &path);
        let newer = versions("migrations").into_iter().filter(|other| *other > version).count();
        assert_eq!(database.pending().unwrap().len(), newer, "{version}");
        let codes: Vec<_> = database.check().unwrap().iter().map(|defect| defect.code).collect();
        assert_eq!(codes, vec!["database_older"; usize::from(newer > 0)], "{version}");

        let store = Store::open(&path).unwrap();
        assert_eq!(database.check().unwrap(), [], "{version}");
        assert_eq!(store.sources().unwrap().len(), 1, "{version}");
        let assets = store.assets(&AssetFilter::default()).unwrap();
        let states: Vec<_> = assets.iter().map(|asset| asset.state).collect();
        assert_eq!(states, [AssetState::Ready, AssetState::Missing, AssetState::Faulty], "{version}");
        assert_eq!(assets[0].description.title, "Give Me a Ring Sometime");
        if *version >= *"0002" {
            let channel = store.channel("cheers").unwrap().unwrap();
            let items = store.schedule_items(&channel.id, UtcTime::EPOCH, UtcTime::from_nanos(i64::MAX)).unwrap();
            let events = store.playlog_events(&channel.id, FrameIndex(0), FrameIndex(i64::MAX)).unwrap();
            assert_eq!((items.len(), events.len()), (2, 2), "{version}");
        }
        let unmeasured = store.next_unmeasured(None, &[]).unwrap().map(|asset| asset.id);
        let unbroken: Vec<String> = store.unbroken(None, 10).unwrap().into_iter().map(|asset| asset.id).collect();
        assert_eq!(unmeasured.is_none(), *version >= *"0003", "{version}: what was measured is not read again");
        assert_eq!(unbroken.len(), usize::from(*version >= *"0003"), "{version}: breaks are made of it");
        assert_eq!(store.next_unprobed(None, &[]).unwrap(), None, "{version}");
        assert_eq!(store.measurement("a1").unwrap().is_some(), *version >= *"0003", "{version}");
        assert_eq!(store.logo("one.png").unwrap().is_some(), *version >= *"0007", "{version}");
        assert_eq!(store.evidence_position().unwrap().is_some(), *version >= *"0004", "{version}");
        let sessions = store.air_sessions("cheers", UtcTime::EPOCH, UtcTime::from_nanos(i64::MAX)).unwrap();
        assert_eq!(sessions.len(), usize::from(*version >= *"0004"), "{version}: they are made of evidence");
        let sent = store.asrun("cheers", "2026-11-22".parse().unwrap()).unwrap();
        assert_eq!(sent.len(), usize::from(*version >= *"0013"), "{version}");
    }
}

#[test]
fn a_newer_database_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("retrovue.db");
    drop(Store::open(&path).unwrap());
    run(&path, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')").unwrap();
    let database = DatabaseFile::at(&path);
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::Newer));
    assert!(refused.to_string().contains("newer version of RetroVue"), "{refused}");
    assert!(matches!(database.migrate(), Err(StoreError::Newer)));
    assert!(matches!(database.restore(&path, &home.path().join("aside")), Err(StoreError::Newer)));
    assert_eq!(database.check().unwrap()[0].code, "database_newer");
}

#[test]
fn a_copy_is_made_beside_writers_and_can_be_gone_back_to() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let database = DatabaseFile::at(at("retrovue.db"));
    assert!(matches!(database.back_up(&at("copy.db")), Err(StoreError::NotFound(_))));
    let store = Store::open(database.path()).unwrap();
    store.set_meta("day", "monday").unwrap();
    let bytes = database.back_up(&at("copy.db")).unwrap();
    assert_eq!(bytes, at("copy.db").metadata().unwrap().len());
    assert!(matches!(database.back_up(&at("copy.db")), Err(StoreError::Duplicate(_))));
    assert!(matches!(database.back_up(&at("away/copy.db")), Err(StoreError::File { .. })));
    store.set_meta("day", "tuesday").unwrap();
    drop(store);

    database.restore(&at("copy.db"), &at("aside.db")).unwrap();
    let day = |path: &Path| Store::open(path).unwrap().meta("day").unwrap();
    assert_eq!(day(database.path()).as_deref(), Some("monday"));
    assert_eq!(day(&at("aside.db")).as_deref(), Some("tuesday"));
    assert_eq!(day(&at("copy.db")).as_deref(), Some("monday"));
}

#[test]
fn what_is_damaged_is_told_and_never_restored() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let database = of_version("0005", &at("retrovue.db"));
    drop(Store::open(database.path()).unwrap());
    database.back_up(&at("copy.db")).unwrap();

    run(database.path(), "PRAGMA foreign_keys=OFF; DELETE FROM attachment; DELETE FROM collection").unwrap();
    let defects = database.check().unwrap();
    assert_eq!(defects.iter().map(|defect| defect.code).collect::<Vec<_>>(), ["reference_broken"]);
    assert_eq!(defects[0].message, "3 rows of asset name a collection that is not there");

    let mut bytes = std::fs::read(database.path()).unwrap();
    bytes[4096..].fill(7);
    std::fs::write(database.path(), &bytes).unwrap();
    std::fs::write(at("text.db"), "once upon a time").unwrap();
    drop(SqliteConnection::establish(at("empty.db").to_str().unwrap()).unwrap());
    assert!(database.check().unwrap().iter().all(|defect| defect.code == "database_damaged"));
    for name in ["retrovue.db", "text.db", "empty.db"] {
        let refused = database.restore(&at(name), &at("aside.db"));
        assert!(refused.is_err() && !at("aside.db").exists(), "{name}: {refused:?}");
    }
    // What is there is damaged, and goes aside as it is.
    database.restore(&at("copy.db"), &at("aside.db")).unwrap();
    assert_eq!(database.check().unwrap(), []);
    assert_eq!(std::fs::read(at("aside.db")).unwrap(), bytes);
}
