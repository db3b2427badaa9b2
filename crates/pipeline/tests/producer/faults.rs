//! What producers do where files are broken, nobody listens, or everybody leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use retrovue_pipeline::{Fault, Producer, Take, Witness};

use crate::clip::Clip;
use crate::{PATIENCE, house, rate, segment, take_all};

fn check_fault(path: &Path, code: &str) {
    let units = take_all(segment(path, house("25"), 0, 100));
    let fault = units.fault.unwrap();
    assert_eq!(fault.code, code, "{}", fault.message);
    assert!(fault.message.starts_with(&path.display().to_string()), "{}", fault.message);
    assert!(units.video.is_empty());
}

fn mute_clip(dir: &Path, frames: usize) -> PathBuf {
    let options = "-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p";
    Clip { name: "mute.mp4", rate: rate("25"), frames, options, has_sound: false }.make(dir)
}

fn talking_clip(dir: &Path, frames: usize) -> PathBuf {
    let options = "-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac -ac 2";
    Clip { name: "talking.mkv", rate: rate("25"), frames, options, has_sound: true }.make(dir)
}

#[test]
fn files_that_are_no_video_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    check_fault(&dir.path().join("missing.mp4"), "file_missing");
    check_fault(dir.path(), "not_media");
    check_fault(&file("empty.mp4", b""), "not_media");
    check_fault(&file("text.mp4", &b"This is a letter, and nothing else. ".repeat(200)), "not_media");
    let noise: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check_fault(&file("noise.mp4", &noise), "not_media");
}

#[test]
fn sound_alone_is_no_video() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sound.mka");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine=1000:d=3", "-c:a", "flac"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    check_fault(&path, "no_video");
}

#[test]
fn header_alone_fails() {
    let dir = tempfile::tempdir().unwrap();
    let whole = fs::read(talking_clip(dir.path(), 50)).unwrap();
    let path = dir.path().join("header.mkv");
    fs::write(&path, &whole[..700]).unwrap();
    let fault = take_all(segment(&path, house("25"), 0, 50)).fault.unwrap();
    assert!(["not_media", "decode_failed", "no_video"].contains(&fault.code), "{}", fault.message);
}

#[test]
fn truncated_file_gives_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let whole = fs::read(talking_clip(dir.path(), 250)).unwrap();
    let path = dir.path().join("half.mkv");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let units = take_all(segment(&path, house("25"), 0, 250));
    let pictures = units.video.len();
    assert!((60..200).contains(&pictures), "{pictures} pictures");
    assert_eq!(units.video.last().unwrap().index, pictures as i64 - 1);
}

#[test]
fn damaged_file_does_not_stop_the_segment() {
    let dir = tempfile::tempdir().unwrap();
    let path = talking_clip(dir.path(), 250);
    let mut content = fs::read(&path).unwrap();
    let middle = content.len() / 2;
    content[middle..middle + 3000].fill(0x55);
    fs::write(&path, content).unwrap();
    let units = take_all(segment(&path, house("25"), 0, 250));
    assert!(units.video.len() > 100, "{} pictures, {:?}", units.video.len(), units.fault);
}

#[test]
fn file_that_is_shorter_than_its_segment_ends_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    let units = take_all(segment(&mute_clip(dir.path(), 50), house("25"), 20, 100));
    assert_eq!(units.fault, None);
    assert_eq!(units.video.len(), 30);
    assert!((187..=188).contains(&units.audio.len()), "{} audio frames", units.audio.len());
}

#[test]
fn in_point_behind_the_end_gives_no_picture() {
    let dir = tempfile::tempdir().unwrap();
    let units = take_all(segment(&mute_clip(dir.path(), 50), house("25"), 500, 25));
    assert_eq!(units.video.len(), 0);
}

#[test]
fn work_ahead_is_bounded_and_sound_that_nobody_takes_gives_way() {
    retrovue_pipeline::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let frames = 800;
    let producer = Producer::open(segment(&talking_clip(dir.path(), frames), house("25"), 0, frames as i64));
    for index in 0..frames as i64 {
        match producer.take_video(PATIENCE) {
            Take::Unit(unit) => assert_eq!(unit.index, index),
            other => panic!("picture {index}: {other:?}"),
        }
        assert!(producer.ready_frames() <= 250);
    }
    assert!(matches!(producer.take_video(PATIENCE), Take::End));
    // the sound of old has gone, and what is there is in order
    let Take::Unit(first) = producer.take_audio(PATIENCE) else { panic!("no sound is left") };
    assert!(first.index > 0);
    assert!(matches!(producer.take_audio(PATIENCE), Take::Unit(unit) if unit.index == first.index + 1));
}

#[test]
fn sound_that_stops_long_before_the_pictures_becomes_silence() {
    let dir = tempfile::tempdir().unwrap();
    let options = "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac -ac 2 -af atrim=0:2";
    let clip = Clip { name: "mute-later.mkv", rate: rate("25"), frames: 750, options, has_sound: true };
    let units = take_all(segment(&clip.make(dir.path()), house("25"), 0, 750));
    assert_eq!(units.fault, None);
    assert_eq!(units.video.len(), 750);
    assert!(units.audio.len() >= 1406, "{} audio frames", units.audio.len());
}

#[test]
fn fifo_times_out_and_does_not_keep_others_from_opening() {
    retrovue_pipeline::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo.mp4");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let cores = thread::available_parallelism().unwrap().get();
    let stuck: Vec<Producer> = (0..cores).map(|_| Producer::open(segment(&fifo, house("25"), 0, 25))).collect();
    let healthy = Producer::open(segment(&mute_clip(dir.path(), 25), house("25"), 0, 25));
    for producer in &stuck {
        match producer.take_video(PATIENCE) {
            Take::Failed(fault) => assert_eq!(fault.code, "open_timeout"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(healthy.take_video(PATIENCE), Take::Unit(unit) if unit.keyframe));
}

#[test]
fn closing_wakes_takers_and_never_waits() {
    retrovue_pipeline::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo.mp4");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let clip = talking_clip(dir.path(), 800);
    let (done, finished) = mpsc::channel();
    let closing = thread::spawn(move || {
        // while opening
        Producer::open(segment(&fifo, house("25"), 0, 25)).close();
        Producer::open(segment(&clip, house("25"), 300, 25)).close();
        // while its queues are full
        let full = Producer::open(segment(&clip, house("25"), 0, 800));
        assert!(matches!(full.take_video(PATIENCE), Take::Unit(_)));
        while full.ready_frames() < 250 {
            thread::yield_now();
        }
        full.close();
        done.send(()).unwrap();
    });
    finished.recv_timeout(PATIENCE).unwrap();
    closing.join().unwrap();
}

#[test]
fn segments_leave_nothing_behind() {
    retrovue_pipeline::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let clip = talking_clip(dir.path(), 100);
    let missing = dir.path().join("missing.mp4");
    let play = |rounds: i64| {
        for round in 0..rounds {
            let producer = Producer::open(segment(&clip, house("25"), 10 * (round % 3), 50));
            assert!(matches!(producer.take_video(PATIENCE), Take::Unit(_)));
            if round % 2 == 0 {
                assert!(matches!(producer.take_audio(PATIENCE), Take::Unit(_)));
            }
            drop(producer);
            Producer::open(segment(&missing, house("25"), 0, 50)).close();
        }
    };
    play(5);
    let settled = |limit: Open| {
        (0..300).any(|_| {
            thread::park_timeout(Duration::from_millis(100));
            let now = Open::now();
            now.threads <= limit.threads && now.files <= limit.files
        })
    };
    // GStreamer keeps a few idle threads in its pool; whatever it keeps, it may not grow
    let before = Open { threads: 16, files: Open::now().files.min(40) };
    assert!(settled(before), "{:?} after the first segments", Open::now());
    let before = Open::now();
    play(50);
    let limit = Open { threads: before.threads + 4, files: before.files + 2 };
    assert!(settled(limit), "{before:?} before, {:?} after", Open::now());
}

/// What this process has open.
#[derive(Clone, Copy, Debug)]
struct Open {
    threads: usize,
    files: usize,
}

impl Open {
    fn now() -> Self {
        let count = |path: &str| fs::read_dir(path).unwrap().count();
        Self { threads: count("/proc/self/task"), files: count("/proc/self/fd") }
    }
}

/// Notes what it is told, and whether the file was open by then.
#[derive(Default)]
struct Notes(Mutex<Vec<(String, bool)>>);

struct Watching(PathBuf, Arc<Notes>);

impl Watching {
    fn note(&self, word: &str) {
        let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
        let open = links.into_iter().any(|link| link == self.0);
        self.1.0.lock().unwrap().push((word.to_owned(), open));
    }
}

impl Witness for Watching {
    fn opening(&self) {
        self.note("opening");
    }

    fn opened(&self, fault: Option<&Fault>) {
        self.note(fault.map_or("opened", |fault| fault.code));
    }
}

#[test]
fn a_witness_knows_of_a_file_before_it_is_open() {
    retrovue_pipeline::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let witnessed = |path: PathBuf| {
        let notes = Arc::new(Notes::default());
        let witness = Arc::new(Watching(path.clone(), Arc::clone(&notes)));
        let producer = Producer::open_witnessed(segment(&path, house("25"), 0, 20), witness);
        while !matches!(producer.take_video(PATIENCE), Take::End | Take::Failed(_)) {}
        let told = notes.0.lock().unwrap().clone();
        told.into_iter().map(|(word, open)| format!("{word} {open}")).collect::<Vec<_>>()
    };
    assert_eq!(witnessed(mute_clip(dir.path(), 30)), ["opening false", "opened true"]);
    let text = dir.path().join("text.mp4");
    fs::write(&text, b"This is a letter, and nothing else. ".repeat(200)).unwrap();
    let told = witnessed(text);
    // what was opened in vain is closed in its own time
    assert!(told[0] == "opening false" && told[1].starts_with("not_media "), "{told:?}");
    assert_eq!(witnessed(dir.path().join("missing.mp4")), ["file_missing false"]);
}
