//! The database's verbs as people use them: beside a Core that runs, and with Core stopped.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

use std::time::Duration;

use retrovue_store::{DatabaseFile, Store};
use retrovue_testkit::daemon::{Daemon, Site};
use retrovue_testkit::http;
use serde_json::{Value, json};

/// Longer than anything that a busy machine does to a test.
const SOON: Duration = Duration::from_secs(60);

/// A Core without an Air.
async fn start(site: &Site) -> Daemon {
    let (mut core, alive) = (site.core().unwrap().start().unwrap(), site.url("/healthz"));
    let serves = async || http::get(&alive).await.ok()?.status().is_success().then_some(());
    core.wait_for("Core to serve", SOON, serves).await.unwrap();
    core
}

async fn data(site: &Site, arguments: &[&str]) -> Value {
    site.retrovue(arguments).await.unwrap().data().unwrap().clone()
}

async fn refused(site: &Site, arguments: &[&str], code: i32, wanted: &str) {
    let answer = site.retrovue(arguments).await.unwrap();
    assert_eq!((answer.code, &answer.document["error"]["code"]), (code, &json!(wanted)), "{arguments:?}");
}

async fn sources(site: &Site) -> usize {
    data(site, &["source", "list"]).await["sources"].as_array().unwrap().len()
}

#[tokio::test]
async fn what_was_backed_up_while_core_ran_is_gone_back_to() {
    let site = Site::new().unwrap().with("RETROVUE_AIR__MANAGE", "false");
    let at = |name: &str| site.home().join(name).to_str().unwrap().to_owned();
    let (copy, library) = (at("copy.db"), at("library"));
    std::fs::create_dir(&library).unwrap();
    refused(&site, &["db", "check"], 3, "database_not_found").await;
    refused(&site, &["db", "backup", &copy], 3, "database_not_found").await;

    let mut core = start(&site).await;
    data(&site, &["source", "add", "home", "--path", &library]).await;
    let tried = site.retrovue(&["db", "backup", &copy, "--dry-run"]).await.unwrap();
    assert_eq!(tried.document["dry_run"], true);
    let made = data(&site, &["db", "backup", &copy]).await;
    assert_eq!((&made["file"], made["bytes"].as_u64()), (&json!(copy), Some(std::fs::metadata(&copy).unwrap().len())));
    refused(&site, &["db", "backup", &copy], 4, "file_exists").await;
    assert_eq!(data(&site, &["db", "check"]).await, json!({"findings": []}));
    assert_eq!(data(&site, &["db", "migrate"]).await["applied"], json!([]));
    refused(&site, &["db", "restore", &copy, "--yes"], 4, "core_running").await;
    data(&site, &["source", "remove", "home", "--yes"]).await;
    assert_eq!(sources(&site).await, 0);
    core.terminate(SOON).await.unwrap();

    refused(&site, &["db", "restore", &copy], 2, "confirmation_needed").await;
    refused(&site, &["db", "restore", &at("away.db"), "--yes"], 3, "file_not_found").await;
    std::fs::write(at("text.db"), "once upon a time").unwrap();
    refused(&site, &["db", "restore", &at("text.db"), "--yes"], 4, "backup_unusable").await;
    let restored = data(&site, &["db", "restore", &copy, "--yes"]).await;
    assert!(std::fs::exists(restored["kept"].as_str().unwrap()).unwrap(), "{restored}");
    assert_eq!(data(&site, &["db", "check"]).await, json!({"findings": []}));
    let _core = start(&site).await;
    assert_eq!(sources(&site).await, 1);
}

#[tokio::test]
async fn damage_is_a_finding_and_what_is_no_database_of_ours_is_none() {
    let site = Site::new().unwrap();
    let path = site.home().join("retrovue.db");
    // a copy is one file, while what was opened keeps a log beside it until its last reader has closed
    let made = site.home().join("made.db");
    drop(Store::open(&made).unwrap());
    DatabaseFile::at(&made).back_up(&path).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096..].fill(7);
    std::fs::write(&path, bytes).unwrap();
    let answer = site.retrovue(&["db", "check"]).await.unwrap();
    let finding = &answer.data().unwrap()["findings"][0];
    assert_eq!((answer.code, &finding["severity"], &finding["code"]), (4, &json!("error"), &json!("database_damaged")));

    std::fs::write(&path, "once upon a time").unwrap();
    refused(&site, &["db", "check"], 1, "database_unusable").await;
    refused(&site, &["db", "migrate"], 1, "database_unusable").await;
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    refused(&site, &["db", "check"], 1, "database_unusable").await;
}

#[tokio::test]
async fn a_copy_is_a_file_in_a_folder_that_is_there() {
    let site = Site::new().unwrap();
    drop(Store::open(&site.home().join("retrovue.db")).unwrap());
    let at = |name: &str| site.home().join(name).to_str().unwrap().to_owned();
    refused(&site, &["db", "backup", &at("away/copy.db")], 3, "folder_not_found").await;
    refused(&site, &["db", "backup", &at("away/copy.db"), "--dry-run"], 3, "folder_not_found").await;
    data(&site, &["db", "backup", &at("copy.db")]).await;
    // what would be restored into a home that is not there yet makes none
    let other = Site::new().unwrap();
    let home = other.home().join("home");
    let other = other.with("RETROVUE_HOME", home.to_str().unwrap());
    let tried = other.retrovue(&["db", "restore", &at("copy.db"), "--dry-run"]).await.unwrap();
    assert_eq!((tried.code, &tried.document["dry_run"]), (0, &json!(true)), "{}", tried.document);
    assert!(!home.exists(), "it was made");
}

#[tokio::test]
async fn a_network_that_was_restored_shows_its_logos() {
    let site = Site::new().unwrap().with("RETROVUE_AIR__MANAGE", "false");
    let at = |name: &str| site.home().join(name).to_str().unwrap().to_owned();
    let file = "channel: one\nname: One\nbranding: { logo: one.png }\npools: { all: { match: {} } }\n\
                schedule: { all: [ { at: \"06:00\", play: all } ] }\n";
    std::fs::write(at("one.yaml"), file).unwrap();
    std::fs::write(at("one.png"), b"\x89PNG\r\n\x1a\n one").unwrap();
    let mut core = start(&site).await;
    data(&site, &["channel", "apply", &at("one.yaml")]).await;
    data(&site, &["db", "backup", &at("copy.db")]).await;
    core.terminate(SOON).await.unwrap();
    let logos = || std::fs::read_dir(at("branding")).unwrap().map(|logo| std::fs::read(logo.unwrap().path()).unwrap());
    assert_eq!(logos().collect::<Vec<_>>(), [b"\x89PNG\r\n\x1a\n one"]);

    std::fs::remove_dir_all(at("branding")).unwrap();
    data(&site, &["db", "restore", &at("copy.db"), "--yes"]).await;
    let _core = start(&site).await;
    assert_eq!(logos().collect::<Vec<_>>(), [b"\x89PNG\r\n\x1a\n one"]);
    // the logo that lies beside the file is needed no more
    std::fs::remove_file(at("one.png")).unwrap();
    assert_eq!(data(&site, &["channel", "apply", &at("one.yaml")]).await["channels"][0]["unchanged"], true);
}
