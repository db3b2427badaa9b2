//! Clips are what they say, and what reads them reads what is there.

use std::process::Command;

use anyhow::Result;
use retrovue_mpegts::conformance::{Expect, check};
use retrovue_testkit::capture::Capture;
use retrovue_testkit::clips::{Clip, Container, VideoCodec, mixed};
use retrovue_testkit::marks::Shows;
use retrovue_timeline::FrameIndex;

/// Every frame of every clip of the corpus is read back, in order, with its flash.
#[test]
fn every_frame_is_read_back() -> Result<()> {
    for clip in mixed() {
        let pictures = Capture::file(&clip.file()?).pictures()?;
        let shown: Vec<Shows> = pictures.iter().map(|picture| picture.shows).collect();
        let frame = |number| Shows::Frame { clip: clip.id, number: number as u16, flash: clip.flashes(number) };
        assert_eq!(shown, (0..clip.frames()).map(frame).collect::<Vec<_>>(), "{}", clip.name());
    }
    Ok(())
}

/// As small and as poorly coded as a test channel is, with black borders: still every frame can be told.
#[test]
fn frames_survive_padding_and_coding() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let fit = "scale=320:180:force_original_aspect_ratio=decrease,pad=320:180:-1:-1:color=black";
    for clip in mixed().into_iter().filter(|clip| [5, 7, 10].contains(&clip.id)) {
        let path = directory.path().join("coded.mkv");
        let status = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-y", "-i"])
            .arg(clip.file()?)
            .args(["-an", "-vf", fit, "-c:v", "libx264", "-preset", "superfast", "-b:v", "300k", "-fps_mode"])
            .arg("passthrough")
            .arg(&path)
            .status()?;
        assert!(status.success());
        let pictures = Capture::file(&path).pictures()?;
        let frame = |number| Shows::Frame { clip: clip.id, number: number as u16, flash: clip.flashes(number) };
        let shown: Vec<Shows> = pictures.iter().map(|picture| picture.shows).collect();
        assert_eq!(shown, (0..clip.frames()).map(frame).collect::<Vec<_>>(), "{}", clip.name());
    }
    Ok(())
}

#[test]
fn sound_lies_by_its_picture() -> Result<()> {
    for clip in mixed() {
        let capture = Capture::file(&clip.file()?);
        assert_eq!(capture.decode_errors()?, Vec::<String>::new(), "{}", clip.name());
        if clip.sound.is_none() {
            assert!(capture.beeps().is_err());
            continue;
        }
        let found = capture.lip_sync(|_| Some(clip.rate))?;
        assert!(found.len() as u32 >= clip.seconds - 1, "{}: {found:?}", clip.name());
        for sync in found {
            // the first beep of an AVI lies where the priming is
            if clip.container == Container::Avi && sync.second == 0 {
                continue;
            }
            // AAC is exact; Opus' pre-skip in WebM is not quite undone by ffmpeg itself
            assert!(sync.audio_late_ms.abs() < 7.0, "{}: {sync:?}", clip.name());
        }
    }
    Ok(())
}

#[test]
fn a_foreign_stream_is_not_conformant_and_says_why() -> Result<()> {
    let clip = Clip::new(4).coded(VideoCodec::H264, Container::Ts);
    let bytes = std::fs::read(clip.file()?)?;
    let report = check(&bytes, &Expect { frame_rate: clip.rate, near: FrameIndex(0) });
    assert!(!report.is_clean());
    assert_eq!(report.video.len() as i64, clip.frames());
    Ok(())
}
