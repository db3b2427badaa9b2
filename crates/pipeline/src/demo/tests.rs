//! The library's layout, and that what is made is the same every time.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;

use super::catalogue::{Item, items};
use super::*;
use crate::inspect;

/// The shortest of each container, cut to a second.
fn one_of_each() -> Vec<Item> {
    let mut seen = BTreeSet::new();
    let mut items: Vec<Item> = items().into_iter().rev().collect();
    items.retain(|item| seen.insert(item.path.rsplit('.').next().map(str::to_owned)));
    items.iter_mut().for_each(|item| item.seconds = 1);
    items
}

fn hashes(path: &Path) -> String {
    let decoded = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-map", "0:v", "-f", "framemd5", "-"])
        .output()
        .expect("ffmpeg is installed");
    String::from_utf8(decoded.stdout).unwrap()
}

#[test]
fn names_say_what_things_are() {
    let paths: Vec<String> = items().into_iter().map(|item| item.path).collect();
    let count = |start: &str| paths.iter().filter(|path| path.starts_with(start)).count();
    assert_eq!(
        ["Series/", "Movies/", "commercials/", "idents/", "bumpers/", "filler/"].map(count),
        [12, 2, 6, 4, 1, 2]
    );
    let path = "Series/Orbit Diner (1986)/Season 01/Orbit Diner - S01E03 - Zero-G Pancakes.ts";
    assert!(paths.iter().any(|named| named == path), "{paths:#?}");
    assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len());
}

#[test]
fn what_is_made_is_the_same_every_time() {
    gstreamer::init().unwrap();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let items = one_of_each();
    make_all(one.path(), &items, &|_, _, _| {}).unwrap();
    make_all(two.path(), &items, &|_, _, _| {}).unwrap();
    for item in &items {
        let (first, second) = (hashes(&one.path().join(&item.path)), hashes(&two.path().join(&item.path)));
        let pictures = first.lines().filter(|line| !line.starts_with('#')).count() as i64;
        assert!(pictures >= item.frames() - 2, "{}: {pictures}", item.path);
        assert_eq!(first, second, "{}", item.path);
        let found = inspect::inspect(&one.path().join(&item.path)).unwrap();
        let off = found.duration_ns - item.format.rate.nanos_in(item.frames());
        assert!(off.abs() < 1_500_000, "{} lasts {} ns", item.path, found.duration_ns);
    }
}

#[test]
fn what_is_there_is_kept() {
    gstreamer::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let items = &one_of_each()[..2];
    let kept = dir.path().join(&items[0].path);
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::write(&kept, "mine").unwrap();
    let told = Mutex::new(Vec::new());
    make_all(dir.path(), items, &|name, done, of| told.lock().unwrap().push((name.to_owned(), done, of))).unwrap();
    assert_eq!(std::fs::read(&kept).unwrap(), b"mine");
    let mut told = told.into_inner().unwrap();
    told.sort_by_key(|(_, done, _)| *done);
    assert_eq!(told.iter().map(|(_, done, of)| (*done, *of)).collect::<Vec<_>>(), [(1, 2), (2, 2)]);
}

#[test]
fn what_cannot_be_written_is_a_sentence() {
    gstreamer::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let occupied = dir.path().join("file");
    std::fs::write(&occupied, "").unwrap();
    let refused = make_all(&occupied, &one_of_each()[..1], &|_, _, _| {}).unwrap_err();
    assert!(refused.to_string().contains("choose a folder"), "{refused}");
}
