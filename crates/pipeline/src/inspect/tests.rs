//! Files of every make, as ffmpeg writes them, and broken ones.

mod measured;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::reading::Deadline;
use super::*;

const PICTURES: &str = "testsrc2=s=320x240:r=25:d=4";

fn ffmpeg(dir: &Path, name: &str, args: &str) -> PathBuf {
    gstreamer::init().unwrap();
    let path = dir.join(name);
    let made = Command::new("ffmpeg")
        .args(["-y", "-v", "error", "-nostdin"])
        .args(args.split(' '))
        .arg(&path)
        .output()
        .expect("ffmpeg is installed");
    assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
    path
}

/// Four seconds of pictures at 25 a second and five of sound.
fn clip(dir: &Path, name: &str, codecs: &str) -> PathBuf {
    ffmpeg(dir, name, &format!("-f lavfi -i {PICTURES} -f lavfi -i sine=f=440:r=48000:d=5 -threads 1 {codecs}"))
}

fn code_of(path: &Path) -> String {
    let refused = inspect(path).expect_err("this file is no good");
    assert!(refused.message.contains(&path.display().to_string()), "{}", refused.message);
    refused.code
}

fn assert_lasts(name: &str, duration_ns: i64, expected_ms: i64) {
    // Matroska and FLV round their stamps to milliseconds.
    let off = duration_ns - expected_ms * 1_000_000;
    assert!(off.abs() <= 1_000_000, "{name} lasts {duration_ns} ns and not {expected_ms} ms");
}

#[test]
fn durations_run_from_the_first_picture_to_the_end_of_the_last() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codecs) in [
        ("h264.mp4", "-c:v libx264 -preset ultrafast -bf 2 -c:a aac"),
        ("h264.mkv", "-c:v libx264 -preset ultrafast -bf 2 -c:a ac3"),
        ("h264.ts", "-c:v libx264 -preset ultrafast -bf 2 -c:a mp2"),
        ("h264.flv", "-c:v libx264 -preset ultrafast -bf 2 -c:a aac -ar 44100"),
        ("h264.avi", "-c:v libx264 -preset ultrafast -bf 2 -c:a mp3"),
        ("hevc.mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=none -c:a libopus"),
        ("mpeg2.mpg", "-c:v mpeg2video -bf 2 -c:a mp2"),
        ("mpeg4.mp4", "-c:v mpeg4 -c:a aac"),
        ("vp8.webm", "-c:v libvpx -c:a libvorbis"),
        ("wmv2.wmv", "-c:v wmv2 -c:a wmav2"),
        ("theora.ogv", "-c:v libtheora -c:a libvorbis"),
        ("mjpeg.mov", "-c:v mjpeg -c:a pcm_s16le"),
        ("mjpeg.avi", "-c:v mjpeg -c:a pcm_s16le"),
        ("late.mp4", "-c:v libx264 -preset ultrafast -bf 2 -c:a aac -output_ts_offset 3"),
        ("silent.mp4", "-c:v libx264 -preset ultrafast -an"),
    ] {
        let path = clip(dir.path(), name, codecs);
        let found = inspect(&path).unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        assert_lasts(name, found.duration_ns, 4000);
        let video = found.streams.iter().find(|stream| stream.kind == "video").unwrap();
        assert_eq!((video.width, video.height), (320, 240), "{name}");
        assert!(!video.codec.is_empty() && !found.container.is_empty(), "{name}: {found:?}");
        let sounds = found.streams.iter().any(|stream| stream.kind == "audio" && stream.sample_rate > 0);
        assert_eq!(sounds, name != "silent.mp4", "{name}: {found:?}");
    }
}

/// AVI stamps coded order only, and GStreamer's decoder guesses two pictures short at the end; so will playout.
#[test]
fn an_avi_with_b_pictures_lasts_as_long_as_its_decoder_shows_it() {
    let dir = tempfile::tempdir().unwrap();
    let found = inspect(&clip(dir.path(), "b.avi", "-c:v mpeg4 -bf 2 -c:a mp3")).unwrap();
    assert!((3_900_000_000..=4_000_000_000).contains(&found.duration_ns), "{}", found.duration_ns);
}

#[test]
fn a_seek_to_the_tail_finds_the_same_end_as_reading_it_all() {
    let dir = tempfile::tempdir().unwrap();
    let input = "-f lavfi -i testsrc2=s=160x120:r=30000/1001:d=40 -f lavfi -i sine=f=440:r=48000:d=41 -threads 1";
    for (name, codecs) in [
        ("h264.mp4", "-c:v libx264 -preset ultrafast -bf 2 -c:a aac"),
        ("h264.mkv", "-c:v libx264 -preset ultrafast -bf 2 -c:a ac3"),
        ("h264.ts", "-c:v libx264 -preset ultrafast -bf 2 -c:a mp2"),
        ("mpeg2.mpg", "-c:v mpeg2video -bf 2 -c:a mp2"),
        ("mpeg4.avi", "-c:v mpeg4 -bf 2 -c:a mp3"),
        ("vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis"),
    ] {
        let path = ffmpeg(dir.path(), name, &format!("{input} {codecs}"));
        let (sought, read) = span::ends_by_both_ways(&path, &Deadline::after(DEADLINE));
        let (Some(sought), Some(read)) = (sought, read) else { panic!("{name}: {sought:?}, {read:?}") };
        assert!((sought - read).abs() <= 1_000_000, "{name}: {sought} sought, {read} read");
        assert_lasts(name, inspect(&path).unwrap().duration_ns, 40_006);
    }
}

#[test]
fn tells_streams_and_tags() {
    let dir = tempfile::tempdir().unwrap();
    let path = ffmpeg(
        dir.path(),
        "told.mkv",
        &format!(
            "-f lavfi -i {PICTURES} -f lavfi -i sine=d=4:r=48000 -f lavfi -i sine=d=4:r=44100 -map 0 -map 1 -map 2 \
             -vf setsar=16/11 -c:v libx264 -preset ultrafast -c:a:0 ac3 -ac:a:0 6 -c:a:1 flac -ac:a:1 1 \
             -metadata title=Salt -metadata:s:a:0 language=deu -metadata:s:a:1 language=fra"
        ),
    );
    let found = inspect(&path).unwrap();
    assert_eq!(found.container, "video/x-matroska");
    assert_eq!(found.tags.get("title").map(String::as_str), Some("Salt"), "{:?}", found.tags);
    let [video, first, second] = &found.streams[..] else { panic!("{found:?}") };
    assert!(video.codec.starts_with("H.264"), "{video:?}");
    assert_eq!((video.width, video.height, video.interlaced), (465, 240, false));
    assert_eq!((video.frame_rate_num, video.frame_rate_den), (25, 1));
    assert_eq!((first.language.as_str(), first.channels, first.sample_rate), ("de", 6, 48_000));
    assert_eq!((second.language.as_str(), second.channels, second.sample_rate), ("fr", 1, 44_100));
}

#[test]
fn a_turned_picture_is_as_high_as_it_was_wide() {
    let dir = tempfile::tempdir().unwrap();
    let lying = clip(dir.path(), "lying.mp4", "-c:v libx264 -preset ultrafast -an");
    let turned = ffmpeg(dir.path(), "turned.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", lying.display()));
    let found = inspect(&turned).unwrap();
    assert_eq!((found.streams[0].width, found.streams[0].height), (240, 320));
}

#[test]
fn interlaced_pictures_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = clip(dir.path(), "fields.mpg", "-vf setfield=tff -c:v mpeg2video -flags +ildct+ilme -c:a mp2");
    let found = inspect(&path).unwrap();
    assert!(found.streams.iter().any(|stream| stream.interlaced), "{found:?}");
    assert_lasts("fields.mpg", found.duration_ns, 4000);
}

#[test]
fn what_is_no_media_is_refused() {
    gstreamer::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(code_of(&dir.path().join("gone.mp4")), "file_missing");
    assert_eq!(code_of(dir.path()), "not_media");
    let written = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    assert_eq!(code_of(&written("empty.mp4", b"")), "not_media");
    assert_eq!(code_of(&written("text.mp4", "A poem about the sea.\n".repeat(400).as_bytes())), "not_media");
    let noise: Vec<u8> = (0u32..200_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_eq!(code_of(&written("noise.mkv", &noise)), "not_media");
}

#[test]
fn a_pipe_is_refused_before_it_blocks() {
    gstreamer::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.mp4");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(code_of(&pipe), "not_media");
}

#[test]
fn sound_and_stills_are_no_video() {
    let dir = tempfile::tempdir().unwrap();
    let sound = ffmpeg(dir.path(), "sound.mp3", "-f lavfi -i sine=d=4 -c:a mp3");
    assert_eq!(code_of(&sound), "no_video");
    let only_sound = ffmpeg(dir.path(), "sound.m4a", "-f lavfi -i sine=d=4 -c:a aac");
    assert_eq!(code_of(&only_sound), "no_video");
    for name in ["still.jpg", "still.png"] {
        let still = ffmpeg(dir.path(), name, &format!("-f lavfi -i {PICTURES} -frames:v 1"));
        assert_eq!(code_of(&still), "no_video", "{name}");
        let args =
            format!("-i {} -i {} -map 0 -map 1 -c copy -disposition:v attached_pic", sound.display(), still.display());
        let covered = ffmpeg(dir.path(), &format!("{name}.mp3"), &args);
        assert_eq!(code_of(&covered), "no_video", "cover {name}");
    }
}

#[test]
fn a_file_without_its_index_is_truncated() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codecs, kept) in [
        ("cut.mp4", "-c:v libx264 -preset ultrafast -c:a aac", 100_000),
        ("header.mkv", "-c:v libx264 -preset ultrafast -c:a aac", 600),
    ] {
        let path = clip(dir.path(), name, codecs);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..kept]).unwrap();
        assert_eq!(code_of(&path), "truncated", "{name}");
    }
}

#[test]
fn a_cut_off_file_lasts_as_long_as_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codecs) in [
        ("half.mkv", "-c:v libx264 -preset ultrafast -g 25 -c:a ac3"),
        ("half.ts", "-c:v libx264 -preset ultrafast -g 25 -c:a mp2"),
        ("half.mp4", "-c:v libx264 -preset ultrafast -g 25 -c:a aac -movflags +faststart"),
    ] {
        let path = clip(dir.path(), name, codecs);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let found = inspect(&path).unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        assert!((1_000_000_000..3_500_000_000).contains(&found.duration_ns), "{name}: {}", found.duration_ns);
    }
}

#[test]
fn a_missing_decoder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = clip(dir.path(), "odd.mp4", "-c:v libx264 -preset ultrafast -c:a aac");
    let mut bytes = std::fs::read(&path).unwrap();
    let sample_entry = bytes.windows(4).rposition(|four| four == b"avc1").unwrap();
    bytes[sample_entry..sample_entry + 4].copy_from_slice(b"zqx1");
    std::fs::write(&path, bytes).unwrap();
    let refused = inspect(&path).unwrap_err();
    assert_eq!(refused.code, "missing_decoder");
    assert!(refused.message.contains("zqx1"), "{}", refused.message);
}

#[test]
fn no_file_takes_longer_than_its_limit() {
    let dir = tempfile::tempdir().unwrap();
    let path = clip(dir.path(), "slow.mkv", "-c:v libx264 -preset ultrafast -c:a ac3");
    assert_eq!(inspect_within(&path, Duration::ZERO).unwrap_err().code, "timeout");
}
