//! What a library may hold and what may become of its disks: each has a sentence, and costs nothing else.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Answer, Site};
use retrovue_testkit::faults::{Fault, Faults};
use retrovue_testkit::http;
use retrovue_testkit::wait::wait_for;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::mistakes::is_sentence;
use crate::station::SOON;

/// All of a file.
const WHOLE: std::ops::Range<u64> = 0..i64::MAX as u64;

/// A disk is given up after 30 s.
const GIVEN_UP: Duration = Duration::from_secs(90);

/// Files that one sync takes in while others read.
const THOUSANDS: usize = 4000;

/// How long whoever reads waits at most, on a machine that builds at the same time.
const AT_ONCE: Duration = Duration::from_secs(3);

fn library(site: &Site) -> PathBuf {
    let library = site.home().join("library");
    fs::create_dir(&library).unwrap();
    library
}

async fn data(site: &Site, arguments: &[&str]) -> Value {
    site.retrovue(arguments).await.unwrap().data().unwrap().clone()
}

async fn add(site: &Site, name: &str, folder: &Path) {
    data(site, &["source", "add", name, "--path", folder.to_str().unwrap()]).await;
}

/// Code and sentence of a command that has to fail, with a hint.
fn failed(answer: &Answer) -> (&str, &str) {
    let error = &answer.document["error"];
    assert!(is_sentence(&error["message"]) && is_sentence(&error["hint"]), "{}", answer.document);
    (error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn text(path: &Path, length: u64) {
    let file = File::create(path).unwrap();
    file.write_all_at(&b"once upon a time\n".repeat(1000), 0).unwrap();
    file.set_len(length).unwrap();
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_told_and_costs_nothing_else() {
    let site = Site::new().unwrap();
    let library = library(&site);
    let path = |name: &str| library.join(name);
    let clip = |path: &Path| Clip::new(1).copy_to(path).unwrap();
    // what plays: odd names, and one identity three times
    let odd = library.join(OsStr::from_bytes(b"caf\xe9 (1984).mp4"));
    for good in [&odd, &path("two\nlines.mp4"), &path("Show - S01E01.mp4"), &path("again/Show - S01E01.mp4")] {
        fs::create_dir_all(good.parent().unwrap()).unwrap();
        clip(good);
    }
    fs::hard_link(path("Show - S01E01.mp4"), path("Show - S01E01 - linked.mp4")).unwrap();
    // what does not
    fs::create_dir(path("sealed")).unwrap();
    clip(&path("sealed/inside.mp4"));
    clip(&path("locked.mp4"));
    text(&path("huge.mkv"), 4 << 30);
    let closed = [path("sealed"), path("locked.mp4")];
    closed.iter().for_each(|path| allow(path, 0));
    // what is no file
    mknodat(CWD, path("pipe.mp4"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    // only root makes devices
    let devices = mknodat(CWD, path("zero.mp4"), FileType::CharacterDevice, Mode::RUSR, makedev(1, 5)).is_ok();
    let _socket = UnixListener::bind(path("socket.mp4")).unwrap();
    symlink("loop.mp4", path("loop.mp4")).unwrap();
    symlink("..", path("up")).unwrap();

    let mut core = site.await_core(site.core().unwrap().heeding_modes()).await.unwrap();
    add(&site, "library", &library).await;
    let report = data(&site, &["source", "sync", "library"]).await;
    let counts = ["added", "ready", "ignored"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(counts, [7, 5, 4 + u64::from(devices)], "{report}");
    let mut faulty: Vec<(String, String)> = Vec::new();
    for fault in report["faulty"].as_array().unwrap() {
        assert!(is_sentence(&fault["message"]), "{fault}");
        let word = |name: &str| fault[name].as_str().unwrap();
        faulty.push((word("path").rsplit('/').next().unwrap().to_owned(), word("code").to_owned()));
    }
    faulty.sort();
    let expected = [("huge.mkv", "not_media"), ("locked.mp4", "file_unreadable"), ("sealed", "unreadable")];
    assert_eq!(faulty, expected.map(|(name, code)| (name.to_owned(), code.to_owned())), "{report}");
    let listed = data(&site, &["asset", "list", "--state", "ready"]).await;
    let uris: Vec<&str> =
        listed["assets"].as_array().unwrap().iter().map(|asset| asset["uri"].as_str().unwrap()).collect();
    for name in ["/caf%E9%20%281984%29.mp4", "/two%0Alines.mp4"] {
        assert!(uris.iter().any(|uri| uri.ends_with(name)), "{uris:?}");
    }
    let shown = site.printed(&["asset", "list"], 100).await.unwrap();
    let lines: Vec<&str> = shown.stdout.lines().filter(|line| line.contains("ready")).collect();
    assert_eq!(lines.len(), 5, "each asset is one line:\n{}", shown.stdout);

    closed.iter().for_each(|path| allow(path, 0o755));
    let report = data(&site, &["source", "sync", "library"]).await;
    let counts = ["added", "ready", "unchanged"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(counts, [1, 7, 6], "{report}");
    core.terminate(SOON).await.unwrap();
}

#[tokio::test]
async fn a_disk_that_hangs_is_given_up_and_keeps_nobody_else_waiting() {
    let (site, faults) = (Site::new().unwrap(), Faults::new().unwrap());
    let (mount, disk) = (library(&site), site.home().join("disk"));
    fs::create_dir(&disk).unwrap();
    Clip::new(1).copy_to(&mount.join("a.mp4")).unwrap();
    Clip::new(2).copy_to(&disk.join("b.mp4")).unwrap();
    let mut core = site.await_core(faults.under(site.core().unwrap())).await.unwrap();
    add(&site, "mount", &mount).await;
    add(&site, "disk", &disk).await;
    data(&site, &["source", "sync", "mount"]).await;
    let film = mount.join("film.mp4");
    Clip::new(3).copy_to(&film).unwrap();
    let hangs = Fault::ReadsStall(film, WHOLE);
    faults.strike(hangs.clone()).unwrap();
    let others = async {
        assert_eq!(data(&site, &["source", "sync", "disk"]).await["ready"], 1);
        let refused = site.retrovue(&["source", "sync", "mount"]).await.unwrap();
        assert_eq!(failed(&refused).0, "sync_running");
    };
    let stuck = tokio::time::timeout(GIVEN_UP, site.retrovue(&["source", "sync", "mount"]));
    let (stuck, ()) = tokio::join!(stuck, others);
    let stuck = stuck.unwrap().unwrap();
    let (code, message) = failed(&stuck);
    assert_eq!((stuck.code, code), (1, "folder_not_answering"));
    assert!(message.contains(mount.to_str().unwrap()), "{message}");
    let listed = data(&site, &["asset", "list", "--state", "ready"]).await;
    assert_eq!(listed["assets"].as_array().unwrap().len(), 2, "what was there is there: {listed}");
    faults.lift(&hangs).unwrap();
    assert_eq!(data(&site, &["source", "sync", "mount"]).await["ready"], 2);
    core.terminate(SOON).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_ends_a_sync_with_a_sentence_and_the_next_one_goes_on() {
    let (site, faults) = (Site::new().unwrap(), Faults::new().unwrap());
    let library = library(&site);
    Clip::new(1).copy_to(&library.join("a.mp4")).unwrap();
    let mut core = site.await_core(faults.under(site.core().unwrap())).await.unwrap();
    add(&site, "library", &library).await;
    data(&site, &["source", "sync", "library"]).await;
    (0..20).for_each(|at| text(&library.join(format!("{at}.mp4")), 1000 + at));
    let full = ["retrovue.db", "retrovue.db-wal"].map(|name| Fault::WritesFail(site.home().join(name), WHOLE));
    full.iter().for_each(|full| faults.strike(full.clone()).unwrap());
    let answer = site.retrovue(&["source", "sync", "library"]).await.unwrap();
    let (code, message) = failed(&answer);
    assert_eq!((answer.code, code), (1, "store_failed"));
    assert!(message.contains("full"), "{message}");
    let listed = data(&site, &["asset", "list"]).await;
    assert_eq!(listed["assets"].as_array().unwrap().len(), 1, "what is known can be read: {listed}");
    full.iter().for_each(|full| faults.lift(full).unwrap());
    let report = data(&site, &["source", "sync", "library"]).await;
    assert_eq!((&report["added"], &report["ready"]), (&json!(20), &json!(1)), "{report}");
    assert_eq!(data(&site, &["db", "check"]).await, json!({"findings": []}));
    core.terminate(SOON).await.unwrap();
}

#[tokio::test]
async fn a_clock_in_1970_takes_a_library_in() {
    let site = Site::new().unwrap().with("RETROVUE_CLOCK_START", "1970-01-01T00:00:05Z");
    let library = library(&site);
    Clip::new(1).copy_to(&library.join("Show - S01E01.mp4")).unwrap();
    let mut core = site.start_core().await.unwrap();
    add(&site, "library", &library).await;
    assert_eq!(data(&site, &["source", "sync", "library"]).await["ready"], 1);
    let listed = data(&site, &["asset", "list"]).await;
    let asset = data(&site, &["asset", "show", listed["assets"][0]["id"].as_str().unwrap()]).await;
    assert!(asset["created_utc"].as_str().unwrap().starts_with("1970-01-01T00:"), "{asset}");
    assert_eq!(data(&site, &["source", "sync", "library"]).await["unchanged"], 1);
    let file = site.home().join("old.yaml");
    fs::write(&file, crate::station::CHANNEL_FILE).unwrap();
    data(&site, &["channel", "apply", file.to_str().unwrap()]).await;
    let days = data(&site, &["schedule", "show", crate::station::CHANNEL]).await["days"].clone();
    assert!(days[0]["date"].as_str().unwrap() <= "1970-01-01", "{days}");
    core.terminate(SOON).await.unwrap();
}

#[tokio::test]
async fn whoever_reads_waits_for_no_sync() {
    let site = Site::new().unwrap();
    let library = library(&site);
    (0..THOUSANDS).for_each(|at| fs::write(library.join(format!("{at}.mp4")), at.to_string()).unwrap());
    let mut core = site.start_core().await.unwrap();
    add(&site, "library", &library).await;
    let client = http::builder().unix_socket(site.home().join("run/core.sock")).build().unwrap();
    let at = |path: &str| format!("http://core/api/v1/{path}");
    let sync = client.post(at("sources/library/sync?dry_run=false")).send();
    let read = async {
        let (mut longest, mut seen) = (Duration::ZERO, Vec::new());
        let begun = async || {
            for path in ["assets", "sources/library", "status"] {
                let asked = Instant::now();
                let answer: Value = client.get(at(path)).send().await.unwrap().json().await.unwrap();
                longest = longest.max(asked.elapsed());
                if let Some(assets) = answer["assets"].as_array() {
                    seen.push(assets.len());
                }
            }
            let sync: Value = client.get(at("sources/library/sync")).send().await.unwrap().json().await.unwrap();
            sync["inspected"].as_u64().filter(|files| *files > 0)
        };
        wait_for("files to be looked at", SOON, begun).await.unwrap();
        (longest, seen)
    };
    tokio::select! {
        ended = sync => panic!("nobody has read meanwhile: {ended:?}"),
        (longest, seen) = read => {
            println!("{} readings, the longest of {longest:?}", seen.len());
            assert!(longest < AT_ONCE, "{longest:?}");
            assert_eq!(seen.last(), Some(&THOUSANDS));
            assert!(seen.iter().any(|assets| *assets < THOUSANDS), "the sync wrote meanwhile: {seen:?}");
        }
    }
    core.terminate(SOON).await.unwrap();
}

#[tokio::test]
async fn on_a_terminal_the_answer_decides() {
    let site = Site::new().unwrap();
    let library = library(&site);
    let mut core = site.start_core().await.unwrap();
    add(&site, "library", &library).await;
    let names = async || data(&site, &["source", "list"]).await["sources"].as_array().unwrap().len();
    for (typed, code, left) in [("n\n", 4, 1), ("\n", 4, 1), ("y\n", 0, 0)] {
        let shown = site.on_terminal(&["source", "remove", "library"], typed).await.unwrap();
        assert!(shown.stdout.contains("Remove source library?"), "{shown:?}");
        assert_eq!((shown.code, names().await), (code, left), "{shown:?}");
        assert_eq!(shown.stdout.contains("nothing was changed"), code == 4, "{shown:?}");
    }
    core.terminate(SOON).await.unwrap();
}
