//! What reading a whole file tells, against clips whose sound and pictures are known and against ffmpeg.

use std::cell::RefCell;

use super::*;

/// Ten seconds: black from 2 to 3 and from 6 to 6.1, silent from 4 to 5.2, a keyframe every second.
fn known(dir: &Path, name: &str, codecs: &str) -> PathBuf {
    let black = "drawbox=c=black:t=fill:enable='between(t,2,2.99)+between(t,6,6.09)'";
    let silent = "volume=0:enable='between(t,4,5.2)'";
    let input = format!(
        "-f lavfi -i testsrc2=s=320x240:r=25:d=10,{black} -f lavfi -i sine=f=440:r=48000:d=10,{silent} -threads 1"
    );
    ffmpeg(dir, name, &format!("{input} {codecs}"))
}

/// What ffmpeg measures of the first audio track behind `filter`: integrated loudness, range and true peak.
fn by_ffmpeg(path: &Path, track: usize, filter: &str) -> [f64; 3] {
    let ran = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-i"])
        .arg(path)
        .args(["-map", &format!("0:a:{track}"), "-af", &format!("{filter}ebur128=peak=true"), "-f", "null", "-"])
        .output()
        .expect("ffmpeg is installed");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    let (_, summary) = said.rsplit_once("Summary:").unwrap_or_else(|| panic!("{said}"));
    ["I:", "LRA:", "Peak:"].map(|name| {
        let (_, after) = summary.split_once(name).unwrap();
        after.split_whitespace().next().unwrap().parse().unwrap()
    })
}

/// Where keyframes are, in milliseconds after the first picture, half a second apart.
fn keyframes_by_ffprobe(path: &Path) -> Vec<f64> {
    let ran = Command::new("ffprobe")
        .args("-v error -select_streams v:0 -show_entries packet=pts_time,flags -of csv=p=0".split(' '))
        .arg(path)
        .output()
        .expect("ffprobe is installed, with ffmpeg");
    let said = String::from_utf8(ran.stdout).unwrap();
    let packets: Vec<(f64, bool)> = said
        .lines()
        .filter_map(|line| line.split_once(','))
        // MPEG-PS stamps some pictures only
        .filter_map(|(time, flags)| Some((time.parse::<f64>().ok()? * 1000.0, flags.starts_with('K'))))
        .collect();
    let first = packets.iter().map(|(ms, _)| *ms).fold(f64::INFINITY, f64::min);
    let mut keyframes: Vec<f64> = packets.iter().filter(|(_, is_key)| *is_key).map(|(ms, _)| ms - first).collect();
    keyframes.dedup_by(|next, before| *next - *before < 500.0);
    keyframes
}

fn measured(path: &Path) -> Measurement {
    let told = RefCell::new(Vec::new());
    let found = measure(path, &|part| told.borrow_mut().push(part)).unwrap();
    let told = told.into_inner();
    assert_eq!((told.first(), told.last()), (Some(&0.0), Some(&1.0)));
    assert!(told.is_sorted(), "{told:?}");
    found.measurement.unwrap()
}

fn assert_spans(name: &str, found: &[Interval], expected_ms: &[(i64, i64)], tolerance_ms: i64) {
    let told: Vec<_> = found.iter().map(|one| (one.start_ns / 1_000_000, one.end_ns / 1_000_000)).collect();
    let near = |(found, expected): (&(i64, i64), &(i64, i64))| {
        (found.0 - expected.0).abs() <= tolerance_ms && (found.1 - expected.1).abs() <= tolerance_ms
    };
    assert!(told.len() == expected_ms.len() && told.iter().zip(expected_ms).all(near), "{name}: {told:?}");
}

#[test]
fn black_silence_keyframes_and_loudness_are_where_they_were_put() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codecs) in [
        ("h264.mp4", "-c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac"),
        ("h264.mkv", "-c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a flac -output_ts_offset 7"),
        ("h264.ts", "-c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a mp2"),
        ("full.mp4", "-pix_fmt yuvj420p -c:v libx264 -preset ultrafast -g 25 -c:a ac3"),
        ("mpeg2.mpg", "-c:v mpeg2video -bf 2 -g 25 -c:a mp2 -b:v 2M"),
    ] {
        let path = known(dir.path(), name, codecs);
        let found = measured(&path);
        assert_spans(name, &found.black, &[(2000, 3000)], 41);
        // coders smear what is loud into what is silent
        assert_spans(name, &found.silence, &[(4000, 5200)], 60);
        let expected = keyframes_by_ffprobe(&path);
        let near = |(ms, expected): (&u32, &f64)| (f64::from(*ms) - expected).abs() <= 2.0;
        assert_eq!(found.keyframes_ms.len(), expected.len(), "{name}: {:?} {expected:?}", found.keyframes_ms);
        assert!(found.keyframes_ms.iter().zip(&expected).all(near), "{name}: {:?} {expected:?}", found.keyframes_ms);
        let [integrated, range, peak] = by_ffmpeg(&path, 0, "aformat=channel_layouts=stereo,");
        let [told] = &found.loudness[..] else { panic!("{name}: {:?}", found.loudness) };
        let near = |told: Option<f64>, expected: f64| told.is_some_and(|told| (told - expected).abs() <= 0.3);
        assert!(near(told.integrated_lufs, integrated + mono_to_two()), "{name}: {told:?} {integrated}");
        assert!(near(Some(told.range_lu), range), "{name}: {told:?} {range}");
        assert!(near(told.true_peak_dbtp, peak + mono_to_two()), "{name}: {told:?} {peak}");
    }
}

/// ffmpeg gives one channel to two at −3 dB each, and the house as it is.
fn mono_to_two() -> f64 {
    20.0 * std::f64::consts::SQRT_2.log10()
}

#[test]
fn each_track_is_measured_as_the_house_mixes_it_down() {
    let dir = tempfile::tempdir().unwrap();
    let path = ffmpeg(
        dir.path(),
        "two.mkv",
        "-f lavfi -i testsrc2=s=160x120:r=25:d=5 -f lavfi -i anoisesrc=c=pink:d=5:a=0.3:seed=1:r=48000 \
         -f lavfi -i sine=f=1000:d=5:r=44100 -map 0 -map 1 -map 2 -c:v libx264 -preset ultrafast \
         -filter:a:0 pan=5.1|FL=c0|FR=0.3*c0|FC=0.5*c0|BL=0.2*c0|BR=0.1*c0|LFE=c0 -c:a:0 flac -c:a:1 flac \
         -filter:a:1 pan=stereo|FL=c0|FR=0.5*c0 -metadata:s:a:0 language=deu -metadata:s:a:1 language=fra",
    );
    let found = measured(&path);
    let house = "pan=stereo|FL=FL+0.7071*FC+0.7071*BL|FR=FR+0.7071*FC+0.7071*BR,";
    for (track, filter, languages) in [(0, house, ["de", "deu", "ger"]), (1, "", ["fr", "fra", "fre"])] {
        let told = &found.loudness[track];
        let [integrated, _, peak] = by_ffmpeg(&path, track, filter);
        assert_eq!(told.languages, languages);
        assert!((told.integrated_lufs.unwrap() - integrated).abs() <= 0.3, "{told:?} {integrated}");
        assert!((told.true_peak_dbtp.unwrap() - peak).abs() <= 0.3, "{told:?} {peak}");
    }
}

#[test]
fn a_file_without_sound_is_silent_and_one_that_is_cut_off_is_measured_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let found = measured(&clip(dir.path(), "silent.mp4", "-c:v libx264 -preset ultrafast -an"));
    assert_spans("silent.mp4", &found.silence, &[(0, 4000)], 1);
    assert_eq!(found.loudness, []);
    let path = clip(dir.path(), "half.mkv", "-c:v libx264 -preset ultrafast -g 25 -c:a ac3");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(measured(&path).loudness[0].integrated_lufs.is_some());
}

#[test]
fn chapters_are_told_by_matroska_and_by_mp4() {
    let dir = tempfile::tempdir().unwrap();
    let marks = dir.path().join("marks.txt");
    let chapter = |start: u32, end: u32, title: &str| {
        format!("[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n")
    };
    let text = format!(
        ";FFMETADATA1\n{}{}{}",
        chapter(0, 1500, "Cold open"),
        chapter(1500, 3000, "Akt 1 – Öl"),
        chapter(3000, 4000, "")
    );
    std::fs::write(&marks, text).unwrap();
    for (name, codecs) in [("told.mkv", "-c:a flac"), ("told.mp4", "-c:a aac"), ("told.mov", "-c:a aac")] {
        let path = clip(
            dir.path(),
            name,
            &format!("-i {} -map_chapters 2 -c:v libx264 -preset ultrafast {codecs}", marks.display()),
        );
        let found = inspect(&path).unwrap();
        let told: Vec<_> =
            found.chapters.iter().map(|one| (one.start_ns / 1_000_000, one.end_ns / 1_000_000, &*one.title)).collect();
        assert_eq!(told, [(0, 1500, "Cold open"), (1500, 3000, "Akt 1 – Öl"), (3000, 4000, "")], "{name}");
    }
}

#[test]
fn hdr_pictures_and_their_coding_are_told() {
    let dir = tempfile::tempdir().unwrap();
    for (transfer, word) in [("smpte2084", "pq"), ("arib-std-b67", "hlg"), ("bt709", "")] {
        let colours = format!("-color_primaries bt2020 -colorspace bt2020nc -color_trc {transfer}");
        let coded = format!("log-level=none:colorprim=bt2020:colormatrix=bt2020nc:transfer={transfer}");
        let codecs = format!("-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le {colours} -x265-params {coded} -an");
        let found = inspect(&clip(dir.path(), &format!("{transfer}.mkv"), &codecs)).unwrap();
        assert_eq!((&*found.streams[0].hdr, &*found.streams[0].media_type), (word, "video/x-h265"), "{transfer}");
    }
}

#[test]
fn a_cover_is_not_measured_in_the_pictures_place() {
    let dir = tempfile::tempdir().unwrap();
    for container in ["mkv", "mp4"] {
        let film = known(dir.path(), &format!("film.{container}"), "-c:v libx264 -preset ultrafast -g 25 -c:a aac");
        let cover = "-f lavfi -i color=black:s=200x300:r=1:d=1";
        let streams = "-map 1:v -map 0 -c copy -c:v:0 mjpeg -pix_fmt:v:0 yuvj420p";
        let covered =
            ffmpeg(dir.path(), &format!("covered.{container}"), &format!("-i {} {cover} {streams}", film.display()));
        let found = measured(&covered);
        assert_spans(container, &found.black, &[(2000, 3000)], 45);
        assert_eq!(found.keyframes_ms.len(), 10, "{container}: {:?}", found.keyframes_ms);
    }
}
