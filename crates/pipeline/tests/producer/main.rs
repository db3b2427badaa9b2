//! What producers make of clips whose pictures are numbered and whose sound beeps on every second.
#![expect(clippy::unwrap_used, reason = "what a test cannot unwrap has failed it")]

mod clip;
mod faults;
mod loudness;
mod openings;
mod sound;

use std::path::Path;
use std::time::Duration;

use clip::Clip;
use retrovue_pipeline::{AudioUnit, Fades, Fault, HouseFormat, Overlays, Producer, SegmentSpec, Take, VideoUnit};
use retrovue_timeline::{FrameIndex, FrameRate};

const PATIENCE: Duration = Duration::from_secs(30);

fn rate(text: &str) -> FrameRate {
    text.parse().unwrap()
}

fn house(frame_rate: &str) -> HouseFormat {
    HouseFormat {
        width: clip::WIDTH as u32,
        height: clip::HEIGHT as u32,
        frame_rate: rate(frame_rate),
        video_kbps: 1000,
        audio_kbps: 128,
    }
}

fn segment(path: &Path, format: HouseFormat, in_offset_frames: i64, frame_count: i64) -> SegmentSpec {
    SegmentSpec {
        path: path.to_owned(),
        in_offset_frames,
        start_frame: FrameIndex(53_000_000_123),
        frame_count,
        entry_frames: 0,
        first_picture: None,
        inspected: None,
        format,
        gain_db: 0.0,
        languages: vec![],
        fades: Fades::default(),
        overlays: Overlays::default(),
    }
}

/// Everything a producer gives.
struct Units {
    video: Vec<VideoUnit>,
    audio: Vec<AudioUnit>,
    fault: Option<Fault>,
}

fn take_all(spec: SegmentSpec) -> Units {
    retrovue_pipeline::init().unwrap();
    let producer = Producer::open(spec);
    let mut units = Units { video: vec![], audio: vec![], fault: None };
    let (mut video_ended, mut audio_ended) = (false, false);
    while !(video_ended && audio_ended) {
        if !video_ended {
            match producer.take_video(PATIENCE) {
                Take::Unit(unit) => units.video.push(unit),
                Take::End => video_ended = true,
                Take::Failed(fault) => (video_ended, units.fault) = (true, Some(fault)),
                Take::NotYet => panic!("no picture after {PATIENCE:?}"),
            }
        }
        for _ in 0..if video_ended { 1 } else { 2 } {
            match producer.take_audio(PATIENCE) {
                Take::Unit(unit) => units.audio.push(unit),
                Take::End | Take::Failed(_) => audio_ended = true,
                Take::NotYet => panic!("no sound after {PATIENCE:?}"),
            }
        }
    }
    units
}

/// A segment of a clip shows what the sampling rule names, begins with an IDR, and has its sound in step.
fn check(clip: &Clip, house_rate: &str, in_offset: i64, count: i64) {
    let dir = tempfile::tempdir().unwrap();
    let path = clip.make(dir.path());
    let spec = segment(&path, house(house_rate), in_offset, count);
    let house_rate = spec.format.frame_rate;
    let start = spec.start_frame;
    let gop = i64::from(spec.format.gop_frames());
    let units = take_all(spec);
    assert_eq!(units.fault, None);

    let indices: Vec<i64> = units.video.iter().map(|unit| unit.index).collect();
    assert_eq!(indices, (0..count).collect::<Vec<i64>>());
    for unit in &units.video {
        assert_eq!(unit.keyframe, unit.index % gop == 0, "unit {}", unit.index);
    }
    let stream: Vec<u8> = units.video.iter().flat_map(|unit| unit.data.to_vec()).collect();
    let expected: Vec<usize> = (in_offset..in_offset + count)
        .map(|slot| {
            // (slot + ½) · den / num of the house, times num / den of the clip
            let house = (i64::from(house_rate.num()), i64::from(house_rate.den()));
            let clip = (i64::from(clip.rate.num()), i64::from(clip.rate.den()));
            usize::try_from((2 * slot + 1) * house.1 * clip.0 / (2 * house.0 * clip.1)).unwrap()
        })
        .collect();
    assert_eq!(clip::numbers(&stream, dir.path()), expected);

    let frames = house_rate.nearest_audio_frame(start + count).0 - house_rate.nearest_audio_frame(start).0;
    let indices: Vec<i64> = units.audio.iter().map(|unit| unit.index).collect();
    assert_eq!(indices, (0..frames).collect::<Vec<i64>>());
    if clip.has_sound {
        let stream: Vec<u8> = units.audio.iter().flat_map(|unit| unit.data.to_vec()).collect();
        let first = house_rate.samples_in(in_offset) + house_rate.audio_lead_samples(start);
        let samples = clip::samples(&stream, dir.path());
        assert_eq!(samples.len() as i64, frames * 1024);
        // those at the edges are faded
        let edge = |onset: &i64| *onset > 2048 && *onset < frames * 1024 - 4096;
        let onsets: Vec<i64> = clip::onsets(&samples).into_iter().filter(edge).map(|onset| onset + first).collect();
        let late: Vec<i64> = onsets.iter().map(|onset| (onset + 24_000) % 48_000 - 24_000).collect();
        assert!(onsets.len() as i64 >= frames * 1024 / 48_000 - 1, "{onsets:?}");
        assert!(late.iter().all(|late| late.abs() <= 48), "beeps are late by {late:?} samples");
    }
}

#[test]
fn film_rate_mp4_becomes_ntsc() {
    let options = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac -ac 2";
    let clip = Clip { name: "film.mp4", rate: rate("24"), frames: 120, options, has_sound: true };
    check(&clip, "30000/1001", 0, 140);
}

#[test]
fn pal_mp4_with_b_frames_becomes_ntsc_from_the_middle_of_a_long_gop() {
    let options = "-c:v libx264 -preset veryfast -bf 3 -g 250 -pix_fmt yuv420p -c:a aac -ac 2";
    let clip = Clip { name: "pal.mp4", rate: rate("25"), frames: 250, options, has_sound: true };
    check(&clip, "30000/1001", 137, 120);
}

#[test]
fn ntsc_mkv_with_stamps_in_milliseconds_stays_one_to_one() {
    let options = "-c:v libx264 -preset veryfast -bf 2 -g 60 -pix_fmt yuv420p -c:a ac3 -ac 2";
    let clip = Clip { name: "ntsc.mkv", rate: rate("30000/1001"), frames: 240, options, has_sound: true };
    check(&clip, "30000/1001", 0, 240);
    check(&clip, "30000/1001", 101, 90);
}

#[test]
fn sixty_becomes_pal() {
    let options = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac -ac 2";
    let clip = Clip { name: "sixty.mov", rate: rate("60"), frames: 300, options, has_sound: true };
    check(&clip, "25", 30, 75);
}

#[test]
fn transport_stream_counts_from_its_first_picture() {
    let options = "-c:v mpeg2video -q:v 2 -g 15 -bf 2 -c:a mp2 -ac 2 -b:a 192k -muxdelay 1 -output_ts_offset 77";
    let clip = Clip { name: "offset.ts", rate: rate("25"), frames: 200, options, has_sound: true };
    check(&clip, "25", 0, 190);
    check(&clip, "25", 83, 75);
}

#[test]
fn program_stream_counts_from_its_first_picture() {
    // noise, for in a program stream small pictures share a PES and only one of them has a stamp
    let options = "-vf noise=alls=20:allf=t -c:v mpeg2video -q:v 2 -g 15 -bf 2 -c:a ac3 -ac 2 -f vob";
    let clip = Clip { name: "dvd.mpg", rate: rate("30000/1001"), frames: 240, options, has_sound: true };
    check(&clip, "30000/1001", 0, 230);
    check(&clip, "30000/1001", 83, 75);
}

#[test]
fn transport_stream_of_long_gops_is_exact_from_the_middle() {
    let options = "-c:v libx264 -preset veryfast -bf 2 -g 100 -pix_fmt yuv420p -c:a aac -ac 2";
    let clip = Clip { name: "long.ts", rate: rate("25"), frames: 250, options, has_sound: true };
    check(&clip, "25", 150, 75);
}

#[test]
fn interlaced_pictures_keep_their_time() {
    let options = "-c:v mpeg2video -q:v 2 -g 12 -flags +ilme+ildct -vf setfield=tff -c:a mp2 -ac 2 -b:a 192k";
    let clip = Clip { name: "interlaced.ts", rate: rate("25"), frames: 125, options, has_sound: true };
    check(&clip, "25", 0, 120);
}

#[test]
fn ten_bit_surround_matroska() {
    let options = "-c:v libx265 -x265-params log-level=none -preset ultrafast -pix_fmt yuv420p10le -c:a eac3 -af pan=5.1|c0=c0|c1=c0";
    let clip = Clip { name: "ten.mkv", rate: rate("24000/1001"), frames: 96, options, has_sound: true };
    check(&clip, "30000/1001", 0, 110);
}

#[test]
fn pictures_of_varying_length_stay_until_the_next_one() {
    let options = "-vf select=mod(n\\,7)*mod(n\\,5) -fps_mode vfr -c:v libx264 -preset veryfast -bf 2 -pix_fmt yuv420p";
    let clip = Clip { name: "varying.mkv", rate: rate("50"), frames: 200, options, has_sound: false };
    let dir = tempfile::tempdir().unwrap();
    let path = clip.make(dir.path());
    // the first two pictures are left out, and time counts from the first that is there
    let kept: Vec<i64> = (0..200).filter(|n| n % 7 != 0 && n % 5 != 0).collect();
    for (in_offset, count) in [(0, 90), (43, 40)] {
        let units = take_all(segment(&path, house("25"), in_offset, count));
        let stream: Vec<u8> = units.video.iter().flat_map(|unit| unit.data.to_vec()).collect();
        let expected: Vec<usize> = (in_offset..in_offset + count)
            .map(|slot| kept.iter().rev().find(|n| **n - kept[0] <= 2 * slot + 1).map(|n| *n as usize).unwrap())
            .collect();
        assert_eq!(clip::numbers(&stream, dir.path()), expected);
    }
}

#[test]
fn slate_and_segments_share_their_parameter_sets() {
    retrovue_pipeline::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let options = "-c:v mpeg2video -q:v 2 -s 720x576 -aspect 4:3 -c:a mp2 -ac 2";
    let clip = Clip { name: "sd.ts", rate: rate("25"), frames: 50, options, has_sound: true };
    let units = take_all(segment(&clip.make(dir.path()), house("25"), 0, 40));
    let slate = retrovue_pipeline::Slate::encode(&house("25")).unwrap();
    assert_eq!(parameter_sets(&slate.video[0]), parameter_sets(&units.video[0]));
    assert_eq!(parameter_sets(&units.video[0]), parameter_sets(&units.video[25]));
    assert_eq!(slate.audio.data[..3], units.audio[10].data[..3]);
}

/// The SPS and PPS of a unit, of which each must be there once.
fn parameter_sets(unit: &VideoUnit) -> Vec<Vec<u8>> {
    let starts: Vec<usize> = (0..unit.data.len() - 3).filter(|n| unit.data[*n..n + 3] == [0, 0, 1]).collect();
    let ends = starts.iter().skip(1).copied().chain([unit.data.len()]);
    let sets: Vec<Vec<u8>> = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| unit.data[start + 3..end].to_vec())
        .filter(|nal| matches!(nal[0] & 0x1f, 7 | 8))
        .map(|nal| nal.into_iter().rev().skip_while(|byte| *byte == 0).collect())
        .collect();
    assert_eq!(sets.len(), 2);
    sets
}

#[test]
fn cover_art_before_the_video_is_not_the_video() {
    let options = "-filter_complex [0:v]split[a][b];[a]trim=end_frame=1,negate[cover] -map [cover] -map [b] \
                   -c:v:0 mjpeg -pix_fmt:v:0 yuvj420p -c:v:1 libx264 -preset:v:1 veryfast -pix_fmt:v:1 yuv420p";
    let clip = Clip { name: "cover.mkv", rate: rate("25"), frames: 75, options, has_sound: false };
    check(&clip, "25", 0, 70);
}

#[test]
fn size_and_channels_may_change_on_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let part = |name, options| {
        let clip = Clip { name, rate: rate("25"), frames: 50, options, has_sound: true };
        std::fs::read(clip.make(dir.path())).unwrap()
    };
    let first = part("1.ts", "-c:v mpeg2video -q:v 2 -g 10 -c:a ac3 -ac 2 -output_ts_offset 10");
    let second = part("2.ts", "-c:v mpeg2video -q:v 2 -g 10 -s 640x360 -c:a ac3 -ac 6 -output_ts_offset 12");
    let path = dir.path().join("both.ts");
    std::fs::write(&path, [first, second].concat()).unwrap();
    let units = take_all(segment(&path, house("25"), 0, 100));
    assert_eq!(units.fault, None);
    let stream: Vec<u8> = units.video.iter().flat_map(|unit| unit.data.to_vec()).collect();
    let numbers = clip::numbers(&stream, dir.path());
    assert_eq!(numbers[..50], (0..50).collect::<Vec<usize>>());
    assert_eq!(numbers[60..95], (10..45).collect::<Vec<usize>>());
}

/// Peaks of sound after a second track was preferred and a gain applied.
fn check_dubbed(name: &str, codec: &str) {
    let options = format!(
        "-filter_complex [1:a]volume=0[quiet] -map 0:v -map [quiet] -map 1:a -metadata:s:a:0 language=eng \
         -metadata:s:a:1 language=ger -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a {codec} -ac 2"
    );
    let clip = Clip { name, rate: rate("25"), frames: 75, options: &options, has_sound: true };
    let dir = tempfile::tempdir().unwrap();
    let path = clip.make(dir.path());
    let peak = |languages: &[&str], gain_db: f64| {
        let languages = languages.iter().map(|code| (*code).to_owned()).collect();
        let units = take_all(SegmentSpec { languages, gain_db, ..segment(&path, house("25"), 0, 75) });
        let stream: Vec<u8> = units.audio.iter().flat_map(|unit| unit.data.to_vec()).collect();
        clip::samples(&stream, dir.path()).into_iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()))
    };
    assert!(peak(&[], 0.0) < 0.01);
    let plain = peak(&["fr", "de"], 0.0);
    assert!(plain > 0.3, "{plain}");
    let half = peak(&["deu"], -6.02) / plain;
    assert!((half - 0.5).abs() < 0.05, "{half}");
    let limited = peak(&["deu"], 20.0);
    assert!((0.4..0.84).contains(&limited), "{limited}");
}

#[test]
fn sound_is_the_track_in_the_preferred_language_with_the_gain() {
    check_dubbed("dubbed.mkv", "pcm_s16le");
    check_dubbed("dubbed.mp4", "aac");
    check_dubbed("dubbed.ts", "ac3");
}

#[test]
fn file_without_sound_is_silent() {
    let options = "-c:v libx264 -preset veryfast -pix_fmt yuv420p";
    let clip = Clip { name: "mute.mp4", rate: rate("25"), frames: 75, options, has_sound: false };
    check(&clip, "25", 10, 50);
}
