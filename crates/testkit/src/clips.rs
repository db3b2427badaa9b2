//! Marked clips: media files of any codec and container whose every frame says which one it is, with a flash and a
//! beep on each second. Made once by ffmpeg, then kept beside the test binaries.

mod corpus;
mod pace;
mod pulldown;
mod recipe;
mod stored;
mod treatment;

pub use corpus::{Plays, Specimen, corpus, mixed};
pub use pace::{Pace, Timing};
pub use stored::{AudioCodec, Container, VideoCodec};
pub use treatment::Treatment;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use retrovue_timeline::FrameRate;

use crate::ffmpeg::Ffmpeg;
use crate::marks;

/// Part of every file's path: another number makes all clips anew.
const RECIPE_VERSION: u32 = 4;

/// The sound of a clip: a beep of 1 kHz and 40 ms at each whole second, in every channel but the LFE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sound {
    /// How it is coded.
    pub codec: AudioCodec,
    /// 1, 2, 6 or 8.
    pub channels: u8,
    /// Samples a second.
    pub hertz: u32,
    /// It ends after so many seconds; `None` is with the pictures.
    pub only_seconds: Option<u32>,
}

impl Sound {
    /// AAC at 48 kHz.
    pub const STEREO: Self = Self { codec: AudioCodec::Aac, channels: 2, hertz: 48_000, only_seconds: None };
}

/// How pictures are laid on lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scan {
    /// As they are.
    Progressive,
    /// Two pictures are the fields of one frame, the first on the upper lines. The clip's rate is that of fields.
    TopFieldFirst,
    /// The first on the lower lines.
    BottomFieldFirst,
    /// Film on fields, 2:3, as NTSC television has it.
    Telecined,
    /// Film with flags that ask for 2:3, as DVDs have it: see [`Treatment::PulledDown`].
    RepeatedFields,
}

/// What a file holds beside pictures and sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extra {
    /// The clip's sound becomes the second of three tracks, the English one; the beeps of the French and the German
    /// one are half a second off.
    OtherLanguages,
    /// A line of text.
    Subtitles,
    /// A file within the file.
    Attachment,
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
    /// Pixels, even with most codecs.
    pub width: u32,
    /// Pixels, even with most codecs.
    pub height: u32,
    /// Pictures a second.
    pub rate: FrameRate,
    /// How they follow each other.
    pub pace: Pace,
    /// How they lie on lines.
    pub scan: Scan,
    /// Seconds, of which whole frames are kept.
    pub seconds: u32,
    /// `None` is a file without an audio stream.
    pub sound: Option<Sound>,
    /// The stamp of the first picture, in seconds, on top of what the container adds by itself.
    pub start_seconds: u32,
    /// Seconds from keyframe to keyframe; `None` is as the codec has it.
    pub key_seconds: Option<u32>,
    /// How wide and how high a pixel is shown.
    pub pixel_aspect: (u32, u32),
    /// Further streams.
    pub extras: &'static [Extra],
    /// What is done to the file in the end.
    pub treatment: Treatment,
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
            pace: Pace::Constant,
            scan: Scan::Progressive,
            seconds: 4,
            sound: Some(Sound::STEREO),
            start_seconds: 0,
            key_seconds: None,
            pixel_aspect: (1, 1),
            extras: &[],
            treatment: Treatment::Whole,
        }
    }

    /// Coded and stored so.
    pub fn coded(self, video: VideoCodec, container: Container) -> Self {
        Self { video, container, ..self }
    }

    /// Of this many pixels.
    pub fn sized(self, width: u32, height: u32) -> Self {
        Self { width, height, ..self }
    }

    /// With `num / den` pictures a second.
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

    /// With sound coded so, in 1, 2, 6 or 8 channels.
    pub fn sounding(self, codec: AudioCodec, channels: u8) -> Self {
        Self { sound: Some(Sound { codec, channels, ..Sound::STEREO }), ..self }
    }

    /// With so many samples of sound a second, where it has sound.
    pub fn sampled(self, hertz: u32) -> Self {
        Self { sound: self.sound.map(|sound| Sound { hertz, ..sound }), ..self }
    }

    /// Without an audio stream.
    pub fn silent(self) -> Self {
        Self { sound: None, ..self }
    }

    /// With stamps that start this late.
    pub fn starting_at(self, start_seconds: u32) -> Self {
        Self { start_seconds, ..self }
    }

    /// With its pictures laid on lines so.
    pub fn scanned(self, scan: Scan) -> Self {
        Self { scan, ..self }
    }

    /// With this done to the file in the end.
    pub fn treated(self, treatment: Treatment) -> Self {
        Self { treatment, ..self }
    }

    /// With these further streams.
    pub fn with(self, extras: &'static [Extra]) -> Self {
        Self { extras, ..self }
    }

    /// How many pictures it has.
    pub fn frames(&self) -> i64 {
        i64::from(self.seconds) * i64::from(self.rate.num()) / i64::from(self.rate.den())
    }

    /// The intervals of its pictures.
    pub fn timing(&self) -> Timing {
        Timing::new(self.rate, self.pace)
    }

    /// When the file begins, in nanoseconds of the clip.
    pub fn first_ns(&self) -> i64 {
        match self.treatment {
            Treatment::TrimmedFrom(ms) => i64::from(ms) * 1_000_000,
            _ => 0,
        }
    }

    /// Whether a frame flashes: the one that covers a whole second.
    pub fn flashes(&self, number: i64) -> bool {
        self.timing().flashes(number)
    }

    /// How wide and how high it is meant to be shown, in square pixels.
    pub fn shown_size(&self) -> (f64, f64) {
        let width = f64::from(self.width * self.pixel_aspect.0) / f64::from(self.pixel_aspect.1);
        let height = f64::from(self.height);
        if self.turned().is_multiple_of(180) { (width, height) } else { (height, width) }
    }

    fn turned(&self) -> u16 {
        if let Treatment::Turned(degrees) = self.treatment { degrees } else { 0 }
    }

    /// Width and height of what is drawn, which is then turned to be stored.
    fn drawn_size(&self) -> (usize, usize) {
        let (width, height) = (self.width as usize, self.height as usize);
        if self.turned().is_multiple_of(180) { (width, height) } else { (height, width) }
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
            let scratch = tempfile::Builder::new().prefix(".making-").tempdir_in(&directory)?;
            let unfinished = scratch.path().join("clip").with_extension(self.container.extension());
            self.make(&unfinished, scratch.path()).with_context(|| format!("{} could not be made", self.name()))?;
            fs::rename(&unfinished, &path).with_context(|| format!("{} could not be kept", path.display()))?;
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
        let Self { id, video, container, width, height, rate, seconds, sound, .. } = self;
        let sound = sound.map_or("silent".to_owned(), |sound| format!("{:?}{}", sound.codec, sound.channels));
        let rate = rate.to_string().replace('/', "_");
        let name = format!("clip{id}-{video:?}-{sound}-{width}x{height}-{rate}fps-{seconds}s");
        // all the rest of it
        let mut hasher = DefaultHasher::new();
        format!("{self:?}").hash(&mut hasher);
        format!("{}-{:08x}.{}", name.to_lowercase(), hasher.finish() as u32, container.extension())
    }

    fn make(&self, path: &Path, scratch: &Path) -> Result<()> {
        let frames = self.frames();
        if frames > i64::from(u16::MAX) {
            bail!("a clip of {frames} frames is too long for its 16-bit frame numbers");
        }
        let words = scratch.join("words.srt");
        fs::write(&words, "1\n00:00:01,000 --> 00:00:03,000\nA line of text.\n")?;
        let mut ffmpeg = Ffmpeg::start(recipe::arguments(self, &words, path))?;
        let mut stdin = ffmpeg.stdin()?;
        let (width, height) = self.drawn_size();
        let chroma = vec![128; width.div_ceil(2) * height.div_ceil(2) * 2];
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
        sent.context("ffmpeg stopped reading pictures")?;
        self.treatment.apply(self, path, scratch)
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
