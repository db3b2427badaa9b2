//! How ffmpeg makes a clip.

use std::ffi::OsString;
use std::path::Path;

use super::Clip;

/// How pictures are coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VideoCodec {
    /// With B-frames and two reference frames, as films have it.
    H264,
    /// H.265, 8 bits.
    Hevc,
    /// With B-frames.
    Mpeg2,
    /// MPEG-4 part 2, as old AVI files have it.
    Mpeg4,
    /// On2's.
    Vp8,
    /// Google's.
    Vp9,
}

/// How sound is coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AudioCodec {
    /// AAC-LC.
    Aac,
    /// Dolby Digital.
    Ac3,
    /// MPEG-1 layer 2.
    Mp2,
    /// MPEG-1 layer 3.
    Mp3,
    /// Xiph's lossy one.
    Vorbis,
    /// Xiph's newer lossy one.
    Opus,
    /// Lossless.
    Flac,
    /// 16-bit PCM.
    Pcm,
}

/// What streams are stored in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Container {
    /// ISO base media.
    Mp4,
    /// Matroska, which rounds stamps to milliseconds.
    Mkv,
    /// MPEG program stream, which does not start at zero.
    Ps,
    /// MPEG transport stream, which does not start at zero.
    Ts,
    /// Audio video interleave, which has no stamps.
    Avi,
    /// Matroska's web profile.
    Webm,
}

impl Container {
    /// What file names end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mkv => "mkv",
            Self::Ps => "mpg",
            Self::Ts => "ts",
            Self::Avi => "avi",
            Self::Webm => "webm",
        }
    }

    fn muxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mkv => "matroska",
            Self::Ps => "vob",
            Self::Ts => "mpegts",
            Self::Avi => "avi",
            Self::Webm => "webm",
        }
    }
}

/// Arguments of an ffmpeg that takes raw I420 pictures on its standard input and writes `path`.
pub(super) fn arguments(clip: &Clip, path: &Path) -> Vec<OsString> {
    let size = format!("{}x{}", clip.width, clip.height);
    let rate = clip.rate.to_string();
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&["-v", "warning", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", &size, "-framerate", &rate]);
    add(&["-i", "pipe:0"]);
    if let Some(sound) = clip.sound {
        add(&["-f", "lavfi", "-i", &beeps(sound.channels), "-map", "0:v", "-map", "1:a", "-t", &duration(clip)]);
        add(&["-c:a"]);
        add(audio(sound.codec));
    }
    add(&["-c:v"]);
    add(video(clip.video));
    add(&["-pix_fmt", "yuv420p"]);
    if clip.start_seconds > 0 {
        add(&["-output_ts_offset", &clip.start_seconds.to_string()]);
    }
    if clip.container == Container::Avi {
        // AVI can only count frames: it takes no stamps before zero, which MP3's priming has, and would leave out the
        // second picture to make room for them. Sound that lacks as much as the priming adds is on time.
        add(&["-avoid_negative_ts", "disabled", "-af", MP3_PRIMING_CUT]);
    }
    add(&["-fflags", "+bitexact", "-f", clip.container.muxer()]);
    arguments.push(path.into());
    arguments
}

/// libmp3lame's priming is 1105 samples.
const MP3_PRIMING_CUT: &str = "atrim=start_sample=1105,asetpts=N/SR/TB";

/// Whole frames in microseconds, so that sound ends with the pictures.
fn duration(clip: &Clip) -> String {
    format!("{}us", clip.rate.nanos_in(clip.frames()) / 1000)
}

fn beeps(channels: u8) -> String {
    // five channels add up in a down-mix
    let level = if channels > 2 { 0.2 } else { 0.5 };
    let beep = format!("if(lt(mod(t\\,1)\\,0.04)\\,{level}*sin(2*PI*1000*t)\\,0)");
    let (layout, voices) = match channels {
        1 => ("mono", vec![beep.as_str()]),
        2 => ("stereo", vec![beep.as_str(); 2]),
        // FL FR FC LFE BL BR
        _ => ("5.1", vec![&beep, &beep, &beep, "0", &beep, &beep]),
    };
    format!("aevalsrc={}:s=48000:c={layout}", voices.join("|"))
}

fn video(codec: VideoCodec) -> &'static [&'static str] {
    match codec {
        VideoCodec::H264 => &["libx264", "-preset", "veryfast", "-bf", "2", "-g", "60", "-crf", "23"],
        VideoCodec::Hevc => &["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=60"],
        VideoCodec::Mpeg2 => &["mpeg2video", "-b:v", "2500k", "-bf", "2", "-g", "15"],
        VideoCodec::Mpeg4 => &["mpeg4", "-q:v", "4", "-g", "60"],
        VideoCodec::Vp8 => &["libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-g", "60"],
        VideoCodec::Vp9 => &["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-g", "60"],
    }
}

fn audio(codec: AudioCodec) -> &'static [&'static str] {
    match codec {
        AudioCodec::Aac => &["aac", "-b:a", "160k"],
        AudioCodec::Ac3 => &["ac3", "-b:a", "384k"],
        AudioCodec::Mp2 => &["mp2", "-b:a", "192k"],
        AudioCodec::Mp3 => &["libmp3lame", "-b:a", "160k"],
        AudioCodec::Vorbis => &["libvorbis"],
        AudioCodec::Opus => &["libopus", "-b:a", "128k"],
        AudioCodec::Flac => &["flac"],
        AudioCodec::Pcm => &["pcm_s16le"],
    }
}
