//! What is done to a file after ffmpeg has written it.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};

use super::Clip;
use super::pulldown;
use crate::ffmpeg::Ffmpeg;

/// What is done to a file after ffmpeg has written it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Treatment {
    /// Nothing.
    Whole,
    /// It ends after so many percent of its bytes.
    Truncated(u8),
    /// It ends after so many bytes.
    HeaderOnly(usize),
    /// Bytes from one percentage to the other are noise.
    Garbled(u8, u8),
    /// It wants to be turned by so many degrees clockwise when it is shown: a multiple of 90.
    Turned(u16),
    /// A still picture comes before it as another video stream.
    Covered,
    /// It is copied from so many milliseconds on: an MP4 then starts within a GOP, by an edit list.
    TrimmedFrom(u32),
    /// It becomes H.264 and AC-3 that are 640×360 and 5.1 from 2.88 s on.
    Resized,
    /// Its pictures are flagged to last two and three fields by turns.
    PulledDown,
    /// Its pictures are said to be coded in a way that nothing decodes.
    UnknownCodec,
    /// It is a text.
    Text,
    /// Only its sound is left.
    SoundOnly,
}

impl Treatment {
    /// Makes `path`, a whole file, what it should be; `scratch` is an empty directory.
    pub(super) fn apply(self, clip: &Clip, path: &Path, scratch: &Path) -> Result<()> {
        match self {
            Self::Whole => Ok(()),
            Self::Truncated(percent) => rewrite(path, |bytes| bytes.truncate(part(bytes, percent))),
            Self::HeaderOnly(length) => rewrite(path, |bytes| bytes.truncate(length)),
            Self::Garbled(from, to) => rewrite(path, |bytes| {
                let range = part(bytes, from)..part(bytes, to);
                garble(bytes, range);
            }),
            Self::UnknownCodec => rewrite(path, |bytes| {
                let name = b"V_MPEG4/ISO/AVC";
                while let Some(at) = bytes.windows(name.len()).position(|window| window == name) {
                    bytes[at..at + name.len()].copy_from_slice(b"V_NOBODY/KNOWS0");
                }
            }),
            Self::Text => rewrite(path, |bytes| *bytes = b"no film at all\n".to_vec()),
            Self::SoundOnly => {
                let source = moved(path, scratch, clip)?;
                ffmpeg(&format!("-i {source} -map 0:a -c copy"), clip, path)
            }
            Self::Turned(degrees) => {
                let source = moved(path, scratch, clip)?;
                // ffmpeg counts the other way round
                ffmpeg(&format!("-i {source} -c copy -metadata:s:v rotate={}", 360 - degrees), clip, path)
            }
            Self::Covered => {
                let source = moved(path, scratch, clip)?;
                let cover = "-f lavfi -i color=red:s=200x300:r=1:d=1";
                let codecs = "-c copy -c:v:0 mjpeg -pix_fmt:v:0 yuvj420p";
                ffmpeg(&format!("-i {source} {cover} -map 1:v -map 0 {codecs}"), clip, path)
            }
            Self::TrimmedFrom(ms) => {
                let source = moved(path, scratch, clip)?;
                let start = format!("{}.{:03}", ms / 1000, ms % 1000);
                ffmpeg(&format!("-ss {start} -i {source} -map 0 -c copy"), clip, path)
            }
            Self::Resized => {
                let source = moved(path, scratch, clip)?;
                let (video, audio) = (scratch.join("joined.h264"), scratch.join("joined.ac3"));
                // 72 pictures of 25 a second last as long as 90 frames of AC-3
                let (pictures, seconds) = (72, 2.88);
                let coded = "-c:v libx264 -preset veryfast -bf 0 -g 60 -f h264";
                join(
                    &video,
                    [
                        format!("-i {source} -vf trim=end_frame={pictures} {coded}"),
                        format!(
                            "-i {source} -vf trim=start_frame={pictures},setpts=PTS-STARTPTS,scale=640:360 {coded}"
                        ),
                    ],
                )?;
                join(
                    &audio,
                    [
                        format!("-i {source} -af atrim=end={seconds} -c:a ac3 -ac 2 -f ac3"),
                        format!("-i {source} -af atrim=start={seconds},asetpts=PTS-STARTPTS -c:a ac3 -ac 6 -f ac3"),
                    ],
                )?;
                let inputs = format!("-framerate {} -i {} -i {}", clip.rate, video.display(), audio.display());
                ffmpeg(&format!("{inputs} -map 0:v -map 1:a -c copy"), clip, path)
            }
            Self::PulledDown => {
                let source = moved(path, scratch, clip)?;
                let video = scratch.join("film.m2v");
                run(&format!("-i {source} -map 0:v -c copy -f mpeg2video {}", video.display()))?;
                rewrite(&video, |bytes| pulldown::flag(bytes))?;
                // pictures of a bare stream begin a frame late, sound less its priming: 28 ms between them
                let inputs =
                    format!("-fflags +genpts -f mpegvideo -i {} -itsoffset 0.028 -i {source}", video.display());
                ffmpeg(&format!("{inputs} -map 0:v -map 1:a -c copy"), clip, path)
            }
        }
    }
}

fn part(bytes: &[u8], percent: u8) -> usize {
    bytes.len() * usize::from(percent) / 100
}

fn garble(bytes: &mut [u8], range: Range<usize>) {
    // xorshift: noise that is the same each time
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for byte in &mut bytes[range] {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state as u8;
    }
}

fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
    let mut bytes = fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
    change(&mut bytes);
    fs::write(path, bytes).with_context(|| format!("{} could not be written", path.display()))
}

/// The file, moved out of the way.
fn moved(path: &Path, scratch: &Path, clip: &Clip) -> Result<String> {
    let source = scratch.join(format!("whole.{}", clip.container.extension()));
    fs::copy(path, &source).with_context(|| format!("{} could not be copied", path.display()))?;
    Ok(source.display().to_string())
}

fn join(path: &Path, parts: [String; 2]) -> Result<()> {
    let mut joined = Vec::new();
    for part in parts {
        run(&format!("{part} {}", path.display()))?;
        joined.extend(fs::read(path)?);
    }
    Ok(fs::write(path, joined)?)
}

/// Runs ffmpeg with `words`, to write `path` in the clip's container.
fn ffmpeg(words: &str, clip: &Clip, path: &Path) -> Result<()> {
    run(&format!("{words} {} {}", clip.container.arguments(), path.display()))
}

fn run(words: &str) -> Result<()> {
    Ffmpeg::start(["-v", "warning", "-y"].into_iter().chain(words.split_whitespace()))?.finish()?;
    Ok(())
}
