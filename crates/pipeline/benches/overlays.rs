//! What a logo and a crawl cost: CPU-seconds for a second of 720p30, with and without them, decoding and coding included.

#![expect(clippy::unwrap_used, reason = "a measurement stops where it unwraps")]

use std::path::Path;
use std::time::Duration;

use retrovue_pipeline::{Corner, Crawl, Edge, Fades, HouseFormat, Logo, Overlays, Producer, SegmentSpec, Take};
use retrovue_testkit::clips::Clip;
use retrovue_timeline::{FrameIndex, FrameRate};
use rustix::time::{ClockId, clock_gettime};

const RATE: FrameRate = FrameRate::HOUSE[4];
const SECONDS: u32 = 30;

/// The order of cases is turned around from round to round, so that a machine that slows down is fair to all.
const ROUNDS: usize = 4;

fn main() {
    retrovue_pipeline::init().unwrap();
    let clip = Clip::new(1).sized(1280, 720).at(RATE.num(), RATE.den()).lasting(SECONDS).file().unwrap();
    let logo = Logo {
        path: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/demo/assets/retrovue.png"),
        corner: Corner::TopRight,
        margin_permille: 50,
        width_permille: 90,
        opacity_permille: 600,
    };
    let crawl = Crawl {
        text: "The quick brown fox jumps over the lazy dog. ".repeat(5),
        edge: Edge::Bottom,
        size_permille: 42,
        speed_permille: 110,
        text_rgb: [244; 3],
        band_rgb: [16, 16, 28],
        band_opacity_permille: 650,
    };
    let cases = [
        ("nothing", Overlays::default()),
        ("logo", Overlays { logo: Some(logo.clone()), crawl: None }),
        ("crawl", Overlays { logo: None, crawl: Some(crawl.clone()) }),
        ("logo and crawl", Overlays { logo: Some(logo), crawl: Some(crawl) }),
    ];
    let mut spent = [f64::INFINITY; 4];
    for round in 0..ROUNDS {
        for step in 0..cases.len() {
            let case = if round % 2 == 0 { step } else { cases.len() - 1 - step };
            spent[case] = spent[case].min(cost(&clip, &cases[case].1));
        }
    }
    for ((name, _), seconds) in cases.iter().zip(spent) {
        println!("{name:>15}: {:6.1} ms of CPU a second, {:+5.1}", seconds * 1000.0, (seconds - spent[0]) * 1000.0);
    }
}

/// CPU-seconds for a second of `clip` under `overlays`.
fn cost(clip: &Path, overlays: &Overlays) -> f64 {
    let format = HouseFormat { width: 1280, height: 720, frame_rate: RATE, video_kbps: 2500, audio_kbps: 128 };
    let begin = used();
    let producer = Producer::open(SegmentSpec {
        entry_frames: 0,
        first_picture: None,
        inspected: None,
        path: clip.to_owned(),
        in_offset_frames: 0,
        start_frame: FrameIndex(53_000_000_000),
        frame_count: i64::from(SECONDS) * i64::from(RATE.num()),
        format,
        gain_db: 0.0,
        languages: Vec::new(),
        fades: Fades::default(),
        overlays: overlays.clone(),
    });
    let mut pictures = 0;
    loop {
        match producer.take_video(Duration::from_secs(1)) {
            Take::Unit(_) => pictures += 1,
            Take::NotYet => {}
            Take::End => break,
            Take::Failed(fault) => panic!("{fault}"),
        }
        while let Take::Unit(_) = producer.take_audio(Duration::ZERO) {}
    }
    assert!(producer.take_remark().is_none() && pictures == SECONDS * RATE.num());
    (used() - begin) / f64::from(SECONDS)
}

/// CPU-seconds of this process so far.
fn used() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
