//! Logos, crawls and fades, as the decoder of a viewer sees and hears them.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use retrovue_proto::v1;
use retrovue_proto::v1::event::What;
use retrovue_testkit::capture::{Beep, Capture, Frame};
use retrovue_testkit::clips::Clip;
use retrovue_testkit::expect::{Planned, mismatches};
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::{FrameIndex, TICKS_PER_SECOND};

use crate::stage::{RATE, Stage, plan, request, until_ended};

const LONG: Duration = Duration::from_secs(240);

/// A frame that starts nothing in particular: not a second, not a GOP, not an audio frame.
const START: i64 = 53_000_000_123;

const WIDTH: usize = 320;
const HEIGHT: usize = 180;

/// What coding at this rate leaves of a flat surface's value.
const NOISE: f64 = 4.0;

/// A red square in the top right corner, which is in the grey margin of a marked picture.
const LOGO: (std::ops::Range<usize>, std::ops::Range<usize>) = (304..318, 2..12);

fn logo(path: &Path) -> v1::Logo {
    v1::Logo {
        path: path.as_os_str().as_bytes().to_vec(),
        corner: v1::Corner::TopRight.into(),
        margin_permille: 6,
        width_permille: 44,
        opacity_permille: 1000,
    }
}

/// A red PNG, a little less high than wide.
fn red(path: &Path) {
    let ffmpeg = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "color=red:s=140x100", "-frames:v", "1"])
        .arg(path)
        .status();
    assert!(ffmpeg.unwrap().success());
}

fn crawl(text: &str) -> v1::Crawl {
    v1::Crawl {
        text: text.to_owned(),
        edge: v1::Edge::Bottom.into(),
        size_permille: 100,
        speed_permille: 280,
        text_rgb: 0x00ff_ffff,
        band_rgb: 0,
        band_opacity_permille: 1000,
    }
}

/// What an unpaced session of `plan` sends from frame `first` on, `frames` of them, and what it tells.
async fn sent(stage: &mut Stage, plan: &v1::Plan, first: i64, frames: i64) -> (Capture, Vec<What>) {
    let endpoint = TsEndpoint::open().unwrap();
    let mut events = stage.events().await;
    let mut asked = request(&endpoint, plan.clone());
    (asked.start_frame, asked.frame_limit) = (Some(first), Some(frames));
    // enough for coding to leave flat surfaces as they are
    asked.format.as_mut().unwrap().video_kbps = 3000;
    let (began, mut viewer) = stage.start(asked, &endpoint).await;
    assert_eq!(began, first);
    viewer.until(Until::Ended, LONG).await.unwrap();
    let (told, _) = until_ended(&mut events).await;
    let capture = viewer.capture().unwrap();
    assert!(capture.check(RATE, FrameIndex(first)).unwrap().is_clean());
    (capture, told)
}

/// The decoded frames, of which the first is number `first`.
fn frames(capture: &Capture, first: i64) -> Vec<(i64, Frame)> {
    let frames = capture.frames(WIDTH, HEIGHT).unwrap();
    let number = |frame: &Frame| RATE.frame_with_pts(frame.pts, FrameIndex(first)).unwrap().0;
    frames.into_iter().map(|frame| (number(&frame), frame)).collect()
}

fn faults(told: &[What]) -> Vec<(&str, &str)> {
    let mut faults = Vec::new();
    for what in told {
        if let What::SegmentFault(fault) = what {
            faults.push((&*fault.event_id, &*fault.code));
        }
    }
    faults
}

#[tokio::test]
async fn a_logo_stands_over_exactly_the_segments_that_have_it() {
    let mut stage = Stage::new().await;
    let (good, bad) = (stage.site.home().join("logo.png"), stage.site.home().join("logo.txt"));
    red(&good);
    std::fs::write(&bad, "no picture").unwrap();
    // at other rates some pictures are shown in two slots, and decoders refer to what they gave
    let (film, video) = (Clip::new(31).at(24000, 1001), Clip::new(32).at(30000, 1001));
    let (film_file, video_file) = (film.file().unwrap(), video.file().unwrap());
    let mut sent_plan = plan(
        1,
        START,
        [
            (Some(&*film_file), 0, 20),
            (Some(&*video_file), 7, 25),
            (None, 0, 10),
            (Some(&*film_file), 30, 25),
            (Some(&*video_file), 40, 20),
            (Some(&*film_file), 60, 15),
        ],
    );
    for (at, path) in [(1, &good), (3, &good), (4, &bad), (5, &good)] {
        sent_plan.segments[at].logo = Some(logo(path));
    }
    let (capture, told) = sent(&mut stage, &sent_plan, START, 115).await;

    assert_eq!(faults(&told), [("event-4", "logo_unusable")]);
    let clips = [Some(&film), Some(&video), None, Some(&film), Some(&video), Some(&film)];
    let planned: Vec<_> = (sent_plan.segments.iter().zip(clips))
        .map(|(segment, clip)| Planned {
            clip,
            start: FrameIndex(segment.start_frame),
            frames: segment.frame_count,
            in_offset: segment.asset.as_ref().map_or(0, |asset| asset.in_offset_frames),
        })
        .collect();
    assert_eq!(mismatches(&capture.pictures().unwrap(), RATE, &planned), []);
    assert_eq!(capture.decode_errors().unwrap(), Vec::<String>::new());
    for (number, frame) in frames(&capture, START) {
        let segment = sent_plan.segments.iter().rposition(|segment| segment.start_frame <= number).unwrap();
        let [_, red] = frame.colour(LOGO.0, LOGO.1);
        let shown = red > 200.0;
        assert_eq!(shown, [1, 3, 5].contains(&segment), "frame {} of segment {segment}: Cr {red}", number - START);
        assert!(shown || (red - 128.0).abs() < NOISE, "Cr {red} in segment {segment}");
        // it is nowhere else
        let [_, elsewhere] = frame.colour(2..16, 166..178);
        assert!((elsewhere - 128.0).abs() < NOISE, "Cr {elsewhere} in segment {segment}");
    }
}

/// The band of a crawl at the bottom of a picture, row by row.
fn band(frame: &Frame) -> Vec<&[u8]> {
    frame.luma.chunks(WIDTH).skip(145).take(20).collect()
}

/// The mean difference between two bands of which the first is moved `pixels` to the left.
fn apart(first: &Frame, second: &Frame, pixels: usize) -> f64 {
    let rows = band(first).into_iter().zip(band(second));
    let differences = rows.flat_map(|(first, second)| {
        // codecs smear over the edge of the picture
        first[8 + pixels..].iter().zip(&second[8..]).map(|(a, b)| f64::from(a.abs_diff(*b)))
    });
    let all: Vec<f64> = differences.collect();
    all.iter().sum::<f64>() / all.len() as f64
}

#[tokio::test]
async fn a_crawl_runs_evenly_over_boundaries_and_is_where_it_is_for_who_joins() {
    let mut stage = Stage::new().await;
    let (one, other) = (Clip::new(33).file().unwrap(), Clip::new(34).file().unwrap());
    let mut sent_plan =
        plan(1, START, [(Some(&*one), 0, 25), (Some(&*other), 10, 25), (None, 0, 5), (Some(&*one), 40, 20)]);
    for at in [0, 1, 3] {
        sent_plan.segments[at].crawl = Some(crawl("Grüße aus Łódź – we are back after the news, and then a film"));
    }
    let (capture, told) = sent(&mut stage, &sent_plan, START, 75).await;
    assert_eq!(faults(&told), []);
    let frames_of_all = frames(&capture, START);
    // 320 · 0.28 · 1001 / 30000 = 2.99
    for pair in frames_of_all.windows(2) {
        let ((number, first), (_, second)) = (&pair[0], &pair[1]);
        let number = number - START;
        if (49..=54).contains(&number) {
            continue;
        }
        let (moved, still) = (apart(first, second, 3), apart(first, second, 0));
        assert!(moved < 9.0 && moved * 2.5 < still, "frame {number}: {moved:.1} after 3 pixels, {still:.1} after none");
    }
    for (number, frame) in &frames_of_all[50..55] {
        let brightest = band(frame).into_iter().flatten().max().copied();
        assert!(brightest < Some(30), "frame {number} of slate: {brightest:?}");
    }

    let (joined, _) = sent(&mut stage, &sent_plan, START + 12, 20).await;
    for ((number, frame), (same, whole)) in frames(&joined, START + 12).iter().zip(&frames_of_all[12..]) {
        assert_eq!(number, same);
        assert!(apart(frame, whole, 0) < 9.0, "frame {}", number - START);
    }
}

#[tokio::test]
async fn fades_count_from_the_segments_own_ends() {
    let mut stage = Stage::new().await;
    let (one, other) = (Clip::new(35).at(30000, 1001), Clip::new(36).at(30000, 1001));
    let (one, other) = (one.file().unwrap(), other.file().unwrap());
    let mut sent_plan = plan(1, START, [(Some(&*one), 0, 110), (Some(&*other), 3, 40), (Some(&*one), 20, 20)]);
    (sent_plan.segments[0].fade_in_frames, sent_plan.segments[0].fade_out_frames) = (90, 10);
    (sent_plan.segments[1].fade_in_frames, sent_plan.segments[1].fade_out_frames) = (15, 25);
    let level = |number: i64| match number - START {
        at @ 0..90 => at as f64 / 90.0,
        at @ 100..110 => (109 - at) as f64 / 10.0,
        at @ 110..125 => (at - 110) as f64 / 15.0,
        at @ 125..150 => (149 - at) as f64 / 25.0,
        _ => 1.0,
    };
    // the grey margin below the marks
    let grey = |frame: &Frame| frame.brightness(2..22, 168..178);
    let (whole, _) = sent(&mut stage, &sent_plan, START, 170).await;
    let (joined, _) = sent(&mut stage, &sent_plan, START + 50, 40).await;
    for (capture, first) in [(&whole, START), (&joined, START + 50)] {
        for (number, frame) in frames(capture, first) {
            let (seen, expected) = (grey(&frame), 16.0 + 110.0 * level(number));
            assert!((seen - expected).abs() < NOISE, "frame {}: {seen:.1}, not {expected:.1}", number - START);
        }
    }

    // a beep each second of the first clip: at its start unheard, then a third and two thirds of what it is in the end
    let loudness = |capture: &Capture, second: i64| {
        let late = |beep: &Beep| beep.pts.ticks_since(RATE.pts(FrameIndex(START))) - second * TICKS_PER_SECOND;
        let beeps = capture.beeps().unwrap();
        let beep = beeps.iter().find(|beep| late(beep).abs() < TICKS_PER_SECOND / 20);
        beep.map(|beep| beep.level)
    };
    for c in [&whole, &joined] {
        for b in c.beeps().unwrap() {
            eprintln!("BEEP {} {}", b.pts.ticks_since(RATE.pts(FrameIndex(START))) as f64 / 90000.0, b.level);
        }
    }
    let full = loudness(&whole, 3).unwrap();
    assert_eq!(loudness(&whole, 0), None);
    for (capture, second) in [(&whole, 1), (&whole, 2), (&joined, 2)] {
        let (heard, expected) = (loudness(capture, second).unwrap() / full, second as f64 / 3.0);
        assert!((heard - expected).abs() < 0.05, "second {second}: {heard:.3} of the whole, not {expected:.3}");
    }
}
