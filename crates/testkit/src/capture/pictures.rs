//! Pictures of a capture: small grey frames, and what their marks say.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;

use anyhow::{Result, bail};
use retrovue_timeline::Pts;

use super::stamps;
use crate::ffmpeg::Ffmpeg;
use crate::marks::{self, Shows};

const WIDTH: usize = 320;
const HEIGHT: usize = 180;

/// A decoded picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Picture {
    /// Its stamp.
    pub pts: Pts,
    /// What its marks say.
    pub shows: Shows,
    /// Width and height of what is no black border, where the whole is 320 × 180; `None` where all is black.
    pub size: Option<(usize, usize)>,
}

pub(super) fn read(path: &Path) -> Result<Vec<Picture>> {
    // copied stamps, and every frame as it is: nothing is repeated or dropped to please a frame rate
    let before = ["-nostdin", "-v", "info", "-copyts", "-i"].map(OsString::from);
    let filter = format!("showinfo=checksum=0,scale={WIDTH}:{HEIGHT}:flags=area,format=gray");
    let after =
        ["-map", "0:v:0", "-fps_mode", "passthrough", "-vf", &filter, "-f", "rawvideo", "-"].map(OsString::from);
    let mut ffmpeg = Ffmpeg::start(before.into_iter().chain([path.into()]).chain(after))?;
    let mut stdout = ffmpeg.stdout()?;
    let mut frame = vec![0; WIDTH * HEIGHT];
    let mut shown = Vec::new();
    while stdout.read_exact(&mut frame).is_ok() {
        shown.push((marks::read(&frame, WIDTH), marks::size(&frame, WIDTH)));
    }
    let stamps = stamps(&ffmpeg.finish()?, "showinfo", (1, 90_000))?;
    if stamps.len() != shown.len() {
        bail!("ffmpeg decoded {} pictures and stamped {}", shown.len(), stamps.len());
    }
    Ok(stamps
        .into_iter()
        .zip(shown)
        .map(|((ticks, _), (shows, size))| Picture { pts: Pts::from_ticks(ticks), shows, size })
        .collect())
}
