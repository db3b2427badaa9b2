//! Clips are what they say, and what reads them reads what is there.

use anyhow::Result;
use retrovue_mpegts::conformance::{Expect, check};
use retrovue_testkit::capture::Capture;
use retrovue_testkit::clips::{Clip, mixed};
use retrovue_testkit::marks::Shows;

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
            // one of these clips' own coders is up to 7 ms off
            assert!(sync.audio_late_ms.abs() < 8.0, "{}: {sync:?}", clip.name());
        }
    }
    Ok(())
}

#[test]
fn a_foreign_stream_is_not_conformant_and_says_why() -> Result<()> {
    let clip = Clip::new(4).coded(retrovue_testkit::clips::VideoCodec::H264, retrovue_testkit::clips::Container::Ts);
    let bytes = std::fs::read(clip.file()?)?;
    let report = check(&bytes, &Expect { frame_rate: clip.rate, near: retrovue_timeline::FrameIndex(0) });
    assert!(!report.is_clean());
    assert_eq!(report.video.len() as i64, clip.frames());
    Ok(())
}
