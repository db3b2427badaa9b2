//! The database's verbs as people use them: beside a Core that runs, and with Core stopped.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

use std::time::Duration;

use retrovue_testkit::daemon::{Daemon, Site};
use serde_json::{Value, json};

/// Longer than anything that a busy machine does to a test.
const SOON: Duration = Duration::from_secs(60);

/// A Core without an Air.
async fn start(site: &Site) -> Daemon {
    let (mut core, alive) = (site.core().unwrap().start().unwrap(), site.url("/healthz"));
    let serves = async || reqwest::get(&alive).await.ok()?.status().is_success().then_some(());
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
async fn a_database_that_is_damaged_is_a_finding() {
    let site = Site::new().unwrap();
    std::fs::write(site.home().join("retrovue.db"), "once upon a time").unwrap();
    let answer = site.retrovue(&["db", "check"]).await.unwrap();
    let finding = &answer.data().unwrap()["findings"][0];
    assert_eq!((answer.code, &finding["severity"], &finding["code"]), (4, &json!("error"), &json!("database_damaged")));
    refused(&site, &["db", "migrate"], 1, "database_unusable").await;
}
