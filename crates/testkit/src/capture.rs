//! A captured stream, judged from outside: decoded by ffmpeg, its marks and beeps read back.

mod pictures;
mod sound;

pub use pictures::{Frame, Picture};
pub use sound::{Beep, LipSync};

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use retrovue_mpegts::conformance::{self, Expect, Report};
use retrovue_timeline::{FrameIndex, FrameRate};
use tempfile::TempPath;

use crate::ffmpeg::Ffmpeg;

/// A media file to be judged: bytes that a viewer got, or any file.
#[derive(Debug)]
pub struct Capture {
    path: PathBuf,
    /// Removes the file, where it was made here.
    _temporary: Option<TempPath>,
}

impl Capture {
    /// What a viewer got. Kept in a temporary file while this lives.
    ///
    /// # Errors
    /// Where the temporary file cannot be written.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        let file = tempfile::Builder::new().suffix(".ts").tempfile().context("no temporary file could be made")?;
        fs::write(file.path(), bytes).context("the capture could not be written")?;
        let temporary = file.into_temp_path();
        Ok(Self { path: temporary.to_path_buf(), _temporary: Some(temporary) })
    }

    /// A file that is there already.
    pub fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), _temporary: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every picture with its stamp and what it shows, in the order of display.
    ///
    /// # Errors
    /// Where ffmpeg is missing or cannot read it at all.
    pub fn pictures(&self) -> Result<Vec<Picture>> {
        pictures::read(&self.path)
    }

    /// Every picture with its stamp and its samples, in the order of display, scaled to `width` × `height` where it
    /// has another size. Both are even.
    ///
    /// # Errors
    /// Where ffmpeg is missing or cannot read it at all.
    pub fn frames(&self, width: usize, height: usize) -> Result<Vec<Frame>> {
        pictures::frames(&self.path, width, height)
    }

    /// Where each beep starts.
    ///
    /// # Errors
    /// Where ffmpeg is missing or cannot read it at all, or there is no sound.
    pub fn beeps(&self) -> Result<Vec<Beep>> {
        sound::beeps(&self.path)
    }

    /// How far sound lies after its picture, once per beep that belongs to a clip. `rate_of` names the rate of a clip.
    ///
    /// # Errors
    /// As [`Self::pictures`] and [`Self::beeps`].
    pub fn lip_sync(&self, rate_of: impl Fn(u8) -> Option<FrameRate>) -> Result<Vec<LipSync>> {
        Ok(sound::lip_sync(&self.pictures()?, &self.beeps()?, rate_of))
    }

    /// What ffmpeg complains about when it decodes everything: no line is what a good stream gives.
    ///
    /// # Errors
    /// Where ffmpeg is missing or cannot read it at all.
    pub fn decode_errors(&self) -> Result<Vec<String>> {
        let arguments = ["-nostdin", "-v", "error", "-i"].map(Into::into);
        let output = ["-f", "null", "-"].map(Into::into);
        let said = Ffmpeg::start(arguments.into_iter().chain([self.path.clone().into_os_string()]).chain(output))?;
        Ok(said.finish()?.lines().map(str::to_owned).collect())
    }

    /// The conformance checks, for a stream at `rate` captured within 13 hours of frame `near`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn check(&self, rate: FrameRate, near: FrameIndex) -> Result<Report> {
        let bytes = fs::read(&self.path).with_context(|| format!("{} could not be read", self.path.display()))?;
        Ok(conformance::check(&bytes, &Expect { frame_rate: rate, near }))
    }
}

/// The stamps that `showinfo` or `ashowinfo` printed, in 90 kHz ticks, with what follows them on their line. They count
/// in `base` seconds where the filter names no other time base.
fn stamps(said: &str, filter: &str, mut base: (i128, i128)) -> Result<Vec<(i64, String)>> {
    let lines = said.lines().filter(|line| line.contains(filter));
    let mut stamps = Vec::new();
    for line in lines {
        if let Some((_, after)) = line.split_once("config in time_base: ") {
            let ratio = after.split(',').next().and_then(|ratio| ratio.trim().split_once('/'));
            let (num, den) = ratio.with_context(|| format!("ffmpeg names no time base: {line}"))?;
            base = (num.parse::<i128>()?, den.parse::<i128>()?);
        } else if let Some((_, after)) = line.split_once(" pts:") {
            let after = after.trim_start();
            let (value, rest) = after.split_once(' ').unwrap_or((after, ""));
            let value: i128 = value.parse().with_context(|| format!("a frame has no stamp: {line}"))?;
            let ticks = (2 * value * base.0 * 90_000 + base.1).div_euclid(2 * base.1);
            stamps.push((i64::try_from(ticks)?, rest.to_owned()));
        }
    }
    Ok(stamps)
}
