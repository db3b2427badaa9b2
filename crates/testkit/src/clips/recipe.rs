//! How ffmpeg makes a clip.

use std::ffi::OsString;
use std::path::Path;

use super::{AudioCodec, Clip, Container, Extra, Pace, Scan, Sound};

/// Arguments of an ffmpeg that takes raw I420 pictures on its standard input and writes `path`. `words` is the path of
/// a file with a line of text, for clips that carry subtitles or an attachment.
pub(super) fn arguments(clip: &Clip, words: &Path, path: &Path) -> Vec<OsString> {
    let mut arguments = Arguments::default();
    let (width, height) = clip.drawn_size();
    arguments.add(&format!("-v warning -y -f rawvideo -pix_fmt yuv420p -s {width}x{height} -framerate {}", clip.rate));
    arguments.input("pipe:0");
    // further inputs first, and what to take of them
    let mut maps = vec!["-map 0:v".to_owned()];
    let mut output = Vec::new();
    let mut inputs = 1;
    if let Some(sound) = clip.sound {
        arguments.sound(clip, sound, 0.0);
        maps.push(format!("-map {inputs}:a"));
        output.push(format!("-c:a {}", sound.codec.arguments()));
        inputs += 1;
    }
    for extra in clip.extras {
        match extra {
            Extra::OtherLanguages => {
                let sound = clip.sound.unwrap_or(Sound::STEREO);
                for language in ["fra", "deu"] {
                    arguments.sound(clip, sound, 0.5);
                    maps.insert(if language == "fra" { 1 } else { maps.len() }, format!("-map {inputs}:a"));
                    inputs += 1;
                }
                output.push("-metadata:s:a:0 language=fra -metadata:s:a:1 language=eng".to_owned());
                output.push("-metadata:s:a:2 language=deu".to_owned());
                continue;
            }
            Extra::Subtitles => {
                arguments.add("-f srt");
                arguments.input_path(words);
                maps.push(format!("-map {inputs}:s"));
                let codec = if clip.container == Container::Mkv { "srt" } else { "mov_text" };
                output.push(format!("-c:s {codec}"));
            }
            Extra::Attachment => {
                output.push("-metadata:s:t mimetype=application/x-truetype-font".to_owned());
                continue;
            }
        }
        inputs += 1;
    }
    maps.iter().chain(&output).for_each(|words| arguments.add(words));
    if clip.extras.contains(&Extra::Attachment) {
        arguments.add("-attach");
        arguments.0.push(words.into());
    }
    arguments.add(&format!("-c:v {}", clip.video.arguments()));
    arguments.filter("-filter:v", &picture_filters(clip));
    arguments.add(timing(clip));
    if let Some(seconds) = clip.key_seconds {
        let pictures = seconds * clip.rate.num() / clip.rate.den();
        arguments.add(&format!("-g {pictures} -keyint_min {pictures} -sc_threshold 0"));
    }
    if clip.start_seconds > 0 {
        arguments.add(&format!("-output_ts_offset {}", clip.start_seconds));
    }
    if clip.container == Container::Avi {
        // AVI can only count frames: it takes no stamps before zero, which B-frames' and MP3's priming have, and would
        // leave out the second picture to make room for them. Sound that lacks as much as the priming adds is on time.
        arguments.add("-avoid_negative_ts disabled");
        if clip.sound.is_some_and(|sound| sound.codec == AudioCodec::Mp3) {
            arguments.filter("-af", &[MP3_PRIMING_CUT.to_owned()]);
        }
    }
    arguments.add("-fflags +bitexact");
    arguments.add(clip.container.arguments());
    arguments.0.push(path.into());
    arguments.0
}

/// Words of a command line.
#[derive(Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    fn add(&mut self, words: &str) {
        self.0.extend(words.split_whitespace().map(OsString::from));
    }

    fn input(&mut self, input: &str) {
        self.0.extend(["-i".into(), input.into()]);
    }

    fn input_path(&mut self, input: &Path) {
        self.0.extend(["-i".into(), input.into()]);
    }

    fn sound(&mut self, clip: &Clip, sound: Sound, late_seconds: f64) {
        self.add(&format!("-f lavfi -t {}", duration(clip, sound)));
        self.input(&beeps(sound, late_seconds));
    }

    fn filter(&mut self, option: &str, filters: &[String]) {
        if !filters.is_empty() {
            self.0.extend([option.into(), filters.join(",").into()]);
        }
    }
}

/// libmp3lame's priming is 1105 samples.
const MP3_PRIMING_CUT: &str = "atrim=start_sample=1105,asetpts=N/SR/TB";

/// Whole frames in microseconds, so that sound ends with the pictures, or as early as the clip wants it.
fn duration(clip: &Clip, sound: Sound) -> String {
    let whole_us = clip.rate.nanos_in(clip.frames()) / 1000;
    format!("{}us", sound.only_seconds.map_or(whole_us, |seconds| i64::from(seconds) * 1_000_000))
}

fn beeps(sound: Sound, late_seconds: f64) -> String {
    // all channels add up in a down-mix
    let level = if sound.channels > 2 { 0.2 } else { 0.5 };
    let beep = format!("if(lt(mod(t+{late_seconds}\\,1)\\,0.04)\\,{level}*sin(2*PI*1000*t)\\,0)");
    let beep = beep.as_str();
    let (layout, voices) = match sound.channels {
        1 => ("mono", vec![beep]),
        2 => ("stereo", vec![beep; 2]),
        // FL FR FC LFE BL BR, and SL SR
        8 => ("7.1", vec![beep, beep, beep, "0", beep, beep, beep, beep]),
        _ => ("5.1", vec![beep, beep, beep, "0", beep, beep]),
    };
    format!("aevalsrc={}:s={}:c={layout}", voices.join("|"), sound.hertz)
}

fn picture_filters(clip: &Clip) -> Vec<String> {
    let mut filters = Vec::new();
    match clip.turned() {
        // stored so that turning it clockwise by so much is right
        90 => filters.push("transpose=cclock".to_owned()),
        180 => filters.push("hflip,vflip".to_owned()),
        270 => filters.push("transpose=clock".to_owned()),
        _ => {}
    }
    match clip.scan {
        Scan::Progressive | Scan::RepeatedFields => {}
        Scan::TopFieldFirst => filters.push("tinterlace=interleave_top".to_owned()),
        Scan::BottomFieldFirst => filters.push("tinterlace=interleave_bottom".to_owned()),
        Scan::Telecined => filters.push("telecine=first_field=top:pattern=23".to_owned()),
    }
    if let Some(stamps) = clip.timing().stamps_ms() {
        filters.push(format!("settb=1/1000,setpts={}", stamps.replace(',', "\\,")));
    }
    let (wide, high) = clip.pixel_aspect;
    if wide != high {
        filters.push(format!("setsar={wide}/{high}"));
    }
    filters
}

fn timing(clip: &Clip) -> &'static str {
    match (clip.pace, clip.scan) {
        (Pace::Phone, _) => "-fps_mode passthrough -enc_time_base 1:1000",
        (_, Scan::TopFieldFirst | Scan::Telecined) => "-flags +ildct+ilme -top 1",
        (_, Scan::BottomFieldFirst) => "-flags +ildct+ilme -top 0",
        _ => "",
    }
}
