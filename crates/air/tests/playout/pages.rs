//! Pages of text that Air draws, as the decoder of a viewer sees them.

use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_proto::v1;
use retrovue_proto::v1::event::What;
use retrovue_testkit::capture::{Beep, Capture, Frame};
use retrovue_testkit::clips::Clip;
use retrovue_testkit::expect::{Planned, mismatches};
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::{FrameIndex, TICKS_PER_SECOND};

use crate::judge::assert_clean;
use crate::stage::{LONG, RATE, SOON, Stage, house, paced, plan, reading, request, until_ended};

/// A frame that starts nothing in particular: not a second, not a GOP, not an audio frame.
const START: i64 = 53_000_000_123;

/// Luma and Cb, Cr of a dark blue (ITU-R BT.709).
const GROUND_RGB: u32 = 0x0010_2040;
const GROUND: (f64, [f64; 2]) = (41.0, [144.0, 120.0]);

/// What coding at this rate leaves of a flat surface's value.
const NOISE: f64 = 4.0;

fn page(heading: &str, lines: impl IntoIterator<Item = impl Into<String>>) -> v1::Page {
    v1::Page {
        heading: heading.to_owned(),
        lines: lines.into_iter().map(Into::into).collect(),
        text_rgb: 0x00ff_ffff,
        ground_rgb: GROUND_RGB,
    }
}

fn card() -> v1::Page {
    page(
        "We will be right back",
        [
            "We are working on this channel.",
            "",
            "Programmes go on at 20:15 with",
            "Žluťoučký kůň <b>&amp; friends</b>.",
        ],
    )
}

/// More lines than fit.
fn guide() -> v1::Page {
    page(
        "On all channels",
        (0..40).map(|n| format!("{:02}:{:02}  Channel {n}: An evening with {n}", 18 + n / 8, n % 8)),
    )
}

/// What is sent of `plan` in a picture of `size` from frame `first` on, `frames` of them, and what is told.
async fn sent(
    stage: &mut Stage,
    plan: &v1::Plan,
    (width, height): (u32, u32),
    first: i64,
    frames: i64,
) -> (Capture, Vec<What>) {
    let endpoint = TsEndpoint::open().unwrap();
    let mut events = stage.events().await;
    let asked = v1::StartChannelRequest {
        format: Some(v1::HouseFormat { video_kbps: 3000, ..house(RATE, width, height) }),
        start_frame: Some(first),
        frame_limit: Some(frames),
        ..request(&endpoint, plan.clone())
    };
    let (began, mut viewer) = stage.start(asked, &endpoint).await;
    assert_eq!(began, first);
    viewer.until(Until::Ended, LONG).await.unwrap();
    let (told, _) = until_ended(&mut events).await;
    let capture = viewer.capture().unwrap();
    assert_eq!(assert_clean(&capture, RATE, first), first..first + frames);
    (capture, told)
}

/// One page from `START` on.
fn showing(page: v1::Page, frames: i64) -> v1::Plan {
    let mut plan = plan(1, START, [(None, 0, frames)]);
    plan.segments[0].page = Some(page);
    plan
}

fn faults(told: &[What]) -> Vec<&v1::SegmentFault> {
    let mut faults = Vec::new();
    for what in told {
        if let What::SegmentFault(fault) = what {
            faults.push(fault);
        }
    }
    faults
}

/// Of each segment that ended: its event, its asset, and how many of its frames were aired and slate.
fn ended(told: &[What]) -> Vec<(&str, &str, i64, i64)> {
    let mut rows = Vec::new();
    for what in told {
        if let What::SegmentEnded(ended) = what {
            let asset_id = ended.planned.as_ref().map(|planned| &*planned.asset_id).unwrap_or_default();
            rows.push((&*ended.event_id, asset_id, ended.aired_frames, ended.slate_frames));
        }
    }
    rows
}

/// The left, right, upper and lower edge of all that is brighter than the ground.
fn lettered(frame: &Frame, width: usize) -> Option<(usize, usize, usize, usize)> {
    let bright = frame.luma.iter().enumerate().filter(|(_, luma)| **luma > 140);
    bright.map(|(at, _)| (at % width, at / width)).fold(None, |edges, (x, y)| {
        let (left, right, top, bottom) = edges.unwrap_or((x, x, y, y));
        Some((left.min(x), right.max(x), top.min(y), bottom.max(y)))
    })
}

/// The mean difference between `first` from `moved` rows further down on and `second`, in rows of 320 pixels where only
/// lines are.
fn apart(first: &Frame, second: &Frame, moved: usize) -> f64 {
    let rows = |frame: &Frame, from: usize| frame.luma[from * 320..(from + 60) * 320].to_vec();
    let (first, second) = (rows(first, 80 + moved), rows(second, 80));
    let difference: f64 = first.iter().zip(&second).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    difference / first.len() as f64
}

#[tokio::test]
async fn a_page_between_two_clips_is_shown_frame_exactly_and_in_silence() {
    let mut stage = Stage::new().await;
    let (one, other) = (Clip::new(41), Clip::new(42));
    let (one_file, other_file) = (one.file().unwrap(), other.file().unwrap());
    let mut sent_plan = plan(1, START, [(Some(&*one_file), 0, 40), (None, 0, 70), (Some(&*other_file), 5, 40)]);
    sent_plan.segments[1].page = Some(card());
    let (capture, told) = sent(&mut stage, &sent_plan, (320, 180), START, 150).await;

    assert_eq!(faults(&told), Vec::<&v1::SegmentFault>::new());
    assert_eq!(ended(&told), [("event-0", "asset-0", 40, 0), ("event-1", "", 70, 0), ("event-2", "asset-2", 40, 0)]);
    let at = |clip, start, frames, in_offset| Planned { clip: Some(clip), start: FrameIndex(start), frames, in_offset };
    let (before, page, after) = (START..START + 40, START + 40..START + 110, START + 110);
    let pictures = capture.pictures().unwrap();
    let number = |pts| RATE.frame_with_pts(pts, FrameIndex(START)).unwrap().0;
    let clips: Vec<_> = pictures.into_iter().filter(|picture| !page.contains(&number(picture.pts))).collect();
    let planned = [at(&one, before.start, 40, 0), at(&other, after, 40, 5)];
    assert_eq!(mismatches(&clips, RATE, &planned), []);
    for frame in capture.frames(320, 180).unwrap() {
        let number = number(frame.pts);
        if page.contains(&number) {
            // the corner is outside of what every screen shows, and so is no place for letters
            let (luma, chroma) = (frame.brightness(2..14, 2..8), frame.colour(2..14, 2..8));
            let off = [luma - GROUND.0, chroma[0] - GROUND.1[0], chroma[1] - GROUND.1[1]];
            assert!(off.iter().all(|off| off.abs() < NOISE), "frame {}: {luma} {chroma:?}", number - START);
            let (left, right, top, bottom) = lettered(&frame, 320).unwrap();
            assert!((16..60).contains(&left) && (160..304).contains(&right), "{left} to {right}");
            assert!((9..40).contains(&top) && (90..171).contains(&bottom), "{top} to {bottom}");
        }
    }
    let seconds = |frame: i64| RATE.start_of(FrameIndex(frame)).since(RATE.start_of(FrameIndex(START))).as_secs_f64();
    let (from, to) = (seconds(page.start) + 0.05, seconds(page.end) - 0.05);
    let beeps = capture.beeps().unwrap();
    let heard = |beep: &Beep| beep.pts.ticks_since(RATE.pts(FrameIndex(START))) as f64 / TICKS_PER_SECOND as f64;
    let loud: Vec<f64> = beeps.iter().map(heard).filter(|at| (from..to).contains(at)).collect();
    assert_eq!(loud, Vec::<f64>::new());
}

#[tokio::test]
async fn what_does_not_fit_rolls_upwards_and_is_where_it_is_for_who_joins() {
    let mut stage = Stage::new().await;
    let plan = showing(guide(), 120);
    let (whole, _) = sent(&mut stage, &plan, (320, 180), START, 90).await;
    let (joined, _) = sent(&mut stage, &plan, (320, 180), START + 37, 40).await;
    let (whole, joined) = (whole.frames(320, 180).unwrap(), joined.frames(320, 180).unwrap());
    // letters of 10 pixels: a pixel each second or third frame
    for (first, second) in whole.iter().zip(&whole[30..]) {
        let moved = (8..20).min_by(|a, b| apart(first, second, *a).total_cmp(&apart(first, second, *b)));
        let still = apart(first, second, 0);
        let best = apart(first, second, moved.unwrap());
        assert!(best * 2.5 < still, "{best:.1} after {moved:?} pixels, {still:.1} after none");
    }
    for (frame, same) in joined.iter().zip(&whole[37..]) {
        assert_eq!(frame.pts, same.pts);
        assert!(apart(frame, same, 0) < 6.0, "{:.1}", apart(frame, same, 0));
    }
}

#[tokio::test]
async fn no_text_fails_or_leaves_the_safe_area() {
    let mut stage = Stage::new().await;
    let hostile = [
        page("", Vec::<String>::new()),
        page(&"Ω".repeat(200), vec!["W".repeat(200); 500]),
        page("<b>&\0\u{1b}[31m\r\n</span>", ["<span size='999999'>", "&#0;", "a\u{2028}b\tc\n\nd", "\u{202e}gnp.exe"]),
        page(
            "نشرة الأخبار",
            [
                "שלום עולם",
                "👩‍👩‍👧‍👦 🇨🇿 ☂️",
                "Z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
                "日本語の番組",
                "\u{10fffd}",
            ],
        ),
        page("  ", vec![String::new(); 500]),
    ];
    let mut sent_plan = plan(1, START, hostile.iter().map(|_| (None, 0, 12)));
    for (segment, page) in sent_plan.segments.iter_mut().zip(hostile) {
        segment.page = Some(page);
    }
    for (width, height) in [(320, 180), (64, 64), (180, 320), (16, 16)] {
        let (capture, told) = sent(&mut stage, &sent_plan, (width, height), START, 60).await;
        assert_eq!(faults(&told), Vec::<&v1::SegmentFault>::new());
        assert!(ended(&told).iter().all(|(_, _, aired, slate)| (*aired, *slate) == (12, 0)), "{told:?}");
        let (width, height) = (width as usize, height as usize);
        for frame in capture.frames(width, height).unwrap() {
            let Some((left, right, top, bottom)) = lettered(&frame, width) else { continue };
            assert!(left >= width / 20 && right < width - width / 20, "{left} to {right} of {width}");
            assert!(top >= height / 20 && bottom < height - height / 20, "{top} to {bottom} of {height}");
        }
    }
}

#[tokio::test]
async fn a_page_fades_and_wears_overlays_like_any_segment() {
    let mut stage = Stage::new().await;
    let mut sent_plan = showing(card(), 60);
    let segment = &mut sent_plan.segments[0];
    (segment.fade_in_frames, segment.fade_out_frames) = (20, 10);
    segment.crawl = Some(v1::Crawl {
        text: "On air again soon".to_owned(),
        edge: v1::Edge::Bottom.into(),
        size_permille: 60,
        speed_permille: 200,
        text_rgb: 0,
        band_rgb: 0x00ff_ffff,
        band_opacity_permille: 1000,
    });
    let (capture, told) = sent(&mut stage, &sent_plan, (320, 180), START, 60).await;
    assert_eq!(faults(&told), Vec::<&v1::SegmentFault>::new());
    for (at, frame) in (0_i32..).zip(capture.frames(320, 180).unwrap()) {
        let level = f64::from(at.min(20)) / 20.0;
        let level = level.min(f64::from(59 - at) / 10.0);
        let (seen, expected) = (frame.brightness(2..14, 2..8), 16.0 + (GROUND.0 - 16.0) * level);
        assert!((seen - expected).abs() < NOISE, "frame {at}: {seen:.1}, not {expected:.1}");
        let band = frame.brightness(0..320, 155..168);
        assert!(level < 1.0 || band > 150.0, "frame {at}: the band is {band}");
    }
}

#[tokio::test]
async fn a_page_is_on_air_within_a_second_of_the_plan_that_has_it() {
    let clip = Clip::new(43).lasting(30);
    let file = clip.file().unwrap();
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let clock = MasterClock::system();
    let mut events = stage.events().await;
    let begin = RATE.frame_at(clock.now()).0 - 100;
    let asked = paced(&endpoint, plan(1, begin, [(Some(&*file), 20, 800)]), &clock);
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Pictures(75), SOON).await.unwrap();

    let asked_at = clock.now();
    let now = RATE.frame_at(asked_at).0;
    let (lasting, past) = (90, now - begin);
    let back = now + lasting;
    let rows = [(Some(&*file), 20, past), (None, 0, lasting), (Some(&*file), 20 + past + lasting, 500)];
    let mut changed = plan(2, begin, rows);
    changed.segments[1].page = Some(card());
    for (segment, event_id) in changed.segments.iter_mut().zip(["event-0", "page", "event-0"]) {
        segment.event_id = event_id.to_owned();
    }
    let update =
        v1::UpdatePlanRequest { channel: "test".to_owned(), plan: Some(changed), clock: Some(reading(&clock)) };
    stage.client.update_plan(update).await.unwrap();
    viewer.until(Until::Reached(RATE.pts(FrameIndex(back + 30))), SOON).await.unwrap();
    let stop = v1::StopChannelRequest { channel: "test".to_owned(), session_id: "session-1".to_owned() };
    stage.client.stop_channel(stop).await.unwrap();
    viewer.until(Until::Ended, SOON).await.unwrap();

    let (told, _) = until_ended(&mut events).await;
    let of_the_page: Vec<_> = faults(&told).into_iter().filter(|fault| fault.event_id == "page").collect();
    assert_eq!(of_the_page, Vec::<&v1::SegmentFault>::new());
    let started: Vec<_> = told
        .iter()
        .filter_map(|what| match what {
            What::SegmentStarted(started) => Some((&*started.event_id, started.frame)),
            _ => None,
        })
        .collect();
    let [("event-0", first), ("page", cut), ("event-0", resumed)] = started[..] else { panic!("{started:?}") };
    assert_eq!(resumed, back);
    let delay = RATE.start_of(FrameIndex(cut)).since(asked_at);
    assert!(delay <= Duration::from_secs(1), "it is on air {delay:?} after the request");
    let capture = viewer.capture().unwrap();
    assert_clean(&capture, RATE, first);
    let page = ended(&told).into_iter().find(|(event_id, ..)| *event_id == "page");
    assert_eq!(page, Some(("page", "", back - cut, 0)));
}

#[tokio::test]
async fn a_segment_with_an_asset_and_a_page_is_refused() {
    let mut stage = Stage::new().await;
    let endpoint = TsEndpoint::open().unwrap();
    let mut both = plan(1, START, [(Some(std::path::Path::new("/nowhere.mp4")), 0, 50)]);
    both.segments[0].page = Some(card());
    let refused = stage.client.start_channel(request(&endpoint, both)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert_eq!(refused.message(), "segment event-0 has an asset and a page; send one of them");
}
