//! Clips of one loud tone over grey pictures, in which any click at a cut stands out.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::clips;
use crate::ffmpeg::Ffmpeg;

/// A minute of a sine of `hertz` at half of full scale, 160×90 at 25 frames a second. Made where it is not there yet.
///
/// # Errors
/// Where ffmpeg is missing or fails, or the disk is full.
pub fn file(hertz: u32) -> Result<PathBuf> {
    let path = clips::cache()?.join(format!("tone-{hertz}.mkv"));
    if !path.exists() {
        let unfinished = tempfile::Builder::new().prefix(".making-").suffix(".mkv").tempfile_in(clips::cache()?)?;
        let pictures = "color=gray:s=160x90:r=25:d=60";
        let sound = format!("aevalsrc=0.5*sin(2*PI*{hertz}*t)|0.5*sin(2*PI*{hertz}*t):s=48000:d=60");
        let words = ["-v", "error", "-y", "-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", &sound];
        let coding = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "flac"];
        let words = words.into_iter().chain(coding).map(OsString::from);
        Ffmpeg::start(words.chain([unfinished.path().into()]))?.finish()?;
        unfinished.persist(&path).with_context(|| format!("{} could not be kept", path.display()))?;
    }
    Ok(path)
}
