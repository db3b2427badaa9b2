//! Marked clips: media files of any codec and container whose every frame says which one it is, with a flash and a
//! beep on each second. Made once by ffmpeg, then kept beside the test binaries.

mod corpus;
mod recipe;

pub use corpus::mixed;
pub use recipe::{AudioCodec, Container, VideoCodec};

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use retrovue_timeline::FrameRate;

use crate::ffmpeg::Ffmpeg;
use crate::marks;

/// Part of every file's path: another number makes all clips anew.
const RECIPE_VERSION: u32 = 2;

/// The sound of a clip: a beep of 1 kHz and 40 ms at each whole second, in every channel but the LFE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sound {
    /// How it is coded.
    pub codec: AudioCodec,
    /// 1, 2 or 6.
    pub channels: u8,
}

/// What a marked clip is like. The default is 4 s of H.264 and AAC in MP4, 320×180 at 25 frames a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clip {
    /// Carried by every picture.
    pub id: u8,
    /// How pictures are coded.
    pub video: VideoCodec,
    /// What they are stored in.
    pub container: Container,
    /// Pixels, even.
    pub width: u32,
    /// Pixels, even.
    pub height: u32,
    /// Constant.
    pub rate: FrameRate,
    /// Seconds, of which whole frames are kept.
    pub seconds: u32,
    /// `None` is a file without an audio stream.
    pub sound: Option<Sound>,
    /// The stamp of the first picture, in seconds, on top of what the container adds by itself.
    pub start_seconds: u32,
}

impl Clip {
    /// The default clip, with this id.
    pub fn new(id: u8) -> Self {
        Self {
            id,
            video: VideoCodec::H264,
            container: Container::Mp4,
            width: 320,
            height: 180,
            rate: FrameRate::HOUSE[2],
            seconds: 4,
            sound: Some(Sound { codec: AudioCodec::Aac, channels: 2 }),
            start_seconds: 0,
        }
    }

    /// Coded and stored so.
    pub fn coded(self, video: VideoCodec, container: Container) -> Self {
        Self { video, container, ..self }
    }

    /// Of this many pixels, both even.
    pub fn sized(self, width: u32, height: u32) -> Self {
        Self { width, height, ..self }
    }

    /// With `num / den` frames a second.
    ///
    /// # Panics
    /// Where that is no frame rate.
    pub fn at(self, num: u32, den: u32) -> Self {
        Self { rate: FrameRate::new(num, den).expect("tests name real frame rates"), ..self }
    }

    /// This long.
    pub fn lasting(self, seconds: u32) -> Self {
        Self { seconds, ..self }
    }

    /// With sound coded so, in 1, 2 or 6 channels.
    pub fn sounding(self, codec: AudioCodec, channels: u8) -> Self {
        Self { sound: Some(Sound { codec, channels }), ..self }
    }

    /// Without an audio stream.
    pub fn silent(self) -> Self {
        Self { sound: None, ..self }
    }

    /// With stamps that start this late.
    pub fn starting_at(self, start_seconds: u32) -> Self {
        Self { start_seconds, ..self }
    }

    /// How many pictures it has.
    pub fn frames(&self) -> i64 {
        i64::from(self.seconds) * i64::from(self.rate.num()) / i64::from(self.rate.den())
    }

    /// Whether a frame flashes: the one that covers a whole second.
    pub fn flashes(&self, number: i64) -> bool {
        let (num, den) = (i64::from(self.rate.num()), i64::from(self.rate.den()));
        // a whole second s lies in [number, number + 1) · den / num
        let second = -(-number * den).div_euclid(num);
        second * num < (number + 1) * den
    }

    /// The file, made where it is not there yet. Tests that run at once may ask for the same one.
    ///
    /// # Errors
    /// Where ffmpeg is missing or fails, or the disk is full.
    pub fn file(&self) -> Result<PathBuf> {
        let directory = cache()?;
        let path = directory.join(self.name());
        if !path.exists() {
            // under another name first: whoever sees the final one sees a whole file
            let suffix = format!(".{}", self.container.extension());
            let unfinished = tempfile::Builder::new().prefix(".making-").suffix(&suffix).tempfile_in(&directory)?;
            self.make(unfinished.path()).with_context(|| format!("{} could not be made", self.name()))?;
            unfinished.persist(&path).with_context(|| format!("{} could not be kept", path.display()))?;
        }
        Ok(path)
    }

    /// The file, copied to `path`.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn copy_to(&self, path: &Path) -> Result<()> {
        fs::copy(self.file()?, path).with_context(|| format!("{} could not be written", path.display()))?;
        Ok(())
    }

    /// Says what it is, and nothing else has this name.
    pub fn name(&self) -> String {
        let Self { id, video, container, width, height, rate, seconds, sound, start_seconds } = self;
        let sound = sound.map_or("silent".to_owned(), |sound| format!("{:?}{}", sound.codec, sound.channels));
        let rate = rate.to_string().replace('/', "_");
        let name = format!("clip{id}-{video:?}-{sound}-{width}x{height}-{rate}fps-{seconds}s-from{start_seconds}");
        format!("{}.{}", name.to_lowercase(), container.extension())
    }

    fn make(&self, path: &Path) -> Result<()> {
        let frames = self.frames();
        if frames > i64::from(u16::MAX) {
            bail!("a clip of {frames} frames is too long for its 16-bit frame numbers");
        }
        let mut ffmpeg = Ffmpeg::start(recipe::arguments(self, path))?;
        let mut stdin = ffmpeg.stdin()?;
        let (width, height) = (self.width as usize, self.height as usize);
        let chroma = vec![128; width / 2 * (height / 2) * 2];
        let mut sent = Ok(());
        for number in 0..frames {
            let luma = marks::draw(width, height, self.id, number as u16, self.flashes(number));
            sent = stdin.write_all(&luma).and_then(|()| stdin.write_all(&chroma));
            if sent.is_err() {
                break;
            }
        }
        drop(stdin);
        // what ffmpeg says explains a broken pipe
        ffmpeg.finish()?;
        sent.context("ffmpeg stopped reading pictures")
    }
}

/// A directory beside the test binaries, which `cargo clean` removes with them.
pub(crate) fn cache() -> Result<PathBuf> {
    let directory = crate::daemon::profile_directory()?.join("testkit").join(format!("clips-{RECIPE_VERSION}"));
    match fs::create_dir_all(&directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("{} could not be made", directory.display()))
        }
        _ => Ok(directory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_frame_a_second_flashes() {
        let flashes = |clip: Clip| (0..clip.frames()).filter(|number| clip.flashes(*number)).collect::<Vec<_>>();
        assert_eq!(flashes(Clip::new(1)), [0, 25, 50, 75]);
        assert_eq!(flashes(Clip::new(1).at(24000, 1001)), [0, 23, 47, 71]);
        assert_eq!(flashes(Clip::new(1).at(30000, 1001)), [0, 29, 59, 89]);
    }
}
