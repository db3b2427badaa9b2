//! An independent decoder takes what the mux writes: across a wrap of the stamps, through a seam, without a complaint.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use retrovue_mpegts::mux::{Mux, MuxConfig, Slot};
use retrovue_mpegts::packet::PACKET;
use retrovue_mpegts::scan::{Group, Scanner};
use retrovue_testkit::capture::Capture;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::marks::Shows;
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::{AudioFrame, FrameIndex, FrameRate, Pts};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

const RATE: FrameRate = FrameRate::HOUSE[3];
const DEADLINE: Duration = Duration::from_secs(20);

/// A clip as coded units in house format.
struct Units {
    video: Vec<Vec<u8>>,
    audio: Vec<Vec<u8>>,
}

fn clip() -> Clip {
    Clip::new(21).at(30000, 1001).lasting(6)
}

/// Encodes [`clip`] without B-frames, with a keyframe each ten frames, as elementary streams.
fn units() -> Result<Units> {
    let directory = tempfile::tempdir()?;
    let (video, audio) = (directory.path().join("video.h264"), directory.path().join("audio.aac"));
    let encoder = ["-map", "0:v", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-x264-params"];
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(clip().file()?)
        .args(encoder)
        .arg("aud=1:keyint=10:scenecut=0")
        .arg(&video)
        .args(["-map", "0:a", "-c:a", "aac"])
        .arg(&audio)
        .status()?;
    ensure!(status.success(), "ffmpeg failed: {status}");
    // the encoder's first frame is its priming
    Ok(Units { video: access_units(&video)?, audio: adts_frames(&audio)?.split_off(1) })
}

fn access_units(path: &Path) -> Result<Vec<Vec<u8>>> {
    let bytes = fs::read(path)?;
    let starts: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&[0, 0, 0, 1, 9])).collect();
    let ends = starts.iter().copied().skip(1).chain([bytes.len()]);
    Ok(starts.iter().zip(ends).map(|(start, end)| bytes[*start..end].to_vec()).collect())
}

fn adts_frames(path: &Path) -> Result<Vec<Vec<u8>>> {
    let bytes = fs::read(path)?;
    let mut rest = bytes.as_slice();
    let mut frames = Vec::new();
    while let &[_, _, _, d, e, f, ..] = rest {
        let length = usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f >> 5);
        let (frame, after) = rest.split_at(length);
        frames.push(frame.to_vec());
        rest = after;
    }
    Ok(frames)
}

fn session(units: &Units, start: FrameIndex) -> Vec<u8> {
    let mut mux = Mux::new(&MuxConfig { service_name: "Test".to_owned(), language: None });
    let mut out = Vec::new();
    let first_audio = RATE.nearest_audio_frame(start).0;
    for (at, video) in units.video.iter().enumerate() {
        let frame = start + at as i64;
        let due = RATE.nearest_audio_frame(frame).0..RATE.nearest_audio_frame(frame + 1).0;
        let audio: Vec<(Pts, &[u8])> = due
            .filter_map(|m| Some((AudioFrame(m).pts(), units.audio.get((m - first_audio) as usize)?.as_slice())))
            .collect();
        let duration_ticks = RATE.ticks(frame + 1) - RATE.ticks(frame);
        mux.slot(
            &Slot { pts: RATE.pts(frame), duration_ticks, keyframe: at % 10 == 0, video, audio: &audio },
            &mut out,
        );
    }
    out
}

/// A frame whose stamp wraps `before` frames later.
fn before_wrap(before: i64) -> FrameIndex {
    let wrap = (18_680_i128 << 33) * i128::from(RATE.num()) / (i128::from(RATE.den()) * 90_000);
    FrameIndex(i64::try_from(wrap).expect("frames of this century fit") - before)
}

fn numbers(capture: &Capture) -> Result<Vec<Option<u16>>> {
    let number = |shows| if let Shows::Frame { clip: 21, number, .. } = shows { Some(number) } else { None };
    Ok(capture.pictures()?.into_iter().map(|picture| number(picture.shows)).collect())
}

#[test]
fn a_session_decodes_across_the_wrap() -> Result<()> {
    let start = before_wrap(70);
    let capture = Capture::of(&session(&units()?, start))?;
    let report = capture.check(RATE, start)?;
    assert!(report.is_clean(), "{}", report.summary());
    assert_eq!(capture.decode_errors()?, Vec::<String>::new());

    assert_eq!(numbers(&capture)?, (0..clip().frames()).map(|number| Some(number as u16)).collect::<Vec<_>>());
    let stamps: Vec<Pts> = capture.pictures()?.iter().map(|picture| picture.pts).collect();
    assert_eq!(stamps, (0..clip().frames()).map(|at| RATE.pts(start + at)).collect::<Vec<_>>());

    let lip_sync = capture.lip_sync(|_| Some(RATE))?;
    assert!(lip_sync.len() >= 5, "{lip_sync:?}");
    // sound starts on its own grid, up to half an audio frame from its picture
    let lead_ms = RATE.audio_lead_samples(start) as f64 / 48.0;
    // the first beep fades in: its audio frame overlaps with one that was cut off
    let mut rest = lip_sync.iter().filter(|sync| sync.second > 0);
    assert!(rest.all(|sync| (sync.audio_late_ms - lead_ms).abs() < 1.0), "{lead_ms} ms expected: {lip_sync:?}");
    Ok(())
}

#[test]
fn a_seam_decodes() -> Result<()> {
    let start = FrameIndex(53_000_000_000);
    let groups = Scanner::new().push(&session(&units()?, start));
    let bytes = |groups: &[Group]| groups.iter().flat_map(|group| group.bytes.to_vec()).collect::<Vec<u8>>();
    let mut sent = bytes(&groups[..60]);
    groups[90].seam(&mut sent);
    sent.extend(bytes(&groups[90..]));

    let capture = Capture::of(&sent)?;
    let report = capture.check(RATE, start)?;
    assert!(report.is_clean(), "{}", report.summary());
    assert_eq!(report.seams.len(), 1);
    assert_eq!(capture.decode_errors()?, Vec::<String>::new());
    let expected: Vec<_> = (0..60).chain(90..groups.len() as u16).map(Some).collect();
    assert_eq!(numbers(&capture)?, expected);
    Ok(())
}

#[tokio::test]
async fn what_stops_within_a_picture_is_judged_without_it() -> Result<()> {
    let start = FrameIndex(53_000_000_000);
    let stream = session(&units()?, start);
    let groups = Scanner::new().push(&stream);
    let whole: usize = groups[..30].iter().map(|group| group.bytes.len()).sum();
    // a keyframe: some packets, of which the first two have come
    let cut = &stream[..whole + 5 * PACKET];
    assert_ne!(Capture::of(cut)?.decode_errors()?, Vec::<String>::new(), "no picture was cut");

    let endpoint = TsEndpoint::open()?;
    let mut air = UnixStream::connect(endpoint.endpoint().trim_start_matches("unix:")).await?;
    air.write_all(&[endpoint.token(), cut.to_vec()].concat()).await?;
    let mut viewer = endpoint.accept(DEADLINE).await?;
    viewer.until(Until::Bytes(cut.len()), DEADLINE).await?;
    let capture = viewer.capture()?;
    assert_eq!(capture.decode_errors()?, Vec::<String>::new());
    assert_eq!(numbers(&capture)?, (0..30).map(Some).collect::<Vec<_>>());
    Ok(())
}
