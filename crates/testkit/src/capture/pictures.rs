//! Pictures of a capture: small grey frames, and what their marks say.

use std::ffi::OsString;
use std::io::Read;
use std::ops::Range;
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
}

/// The samples of a decoded picture: 8-bit 4:2:0.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its stamp.
    pub pts: Pts,
    /// Pixels of a row of luma.
    pub width: usize,
    /// Row after row.
    pub luma: Vec<u8>,
    /// Cb and Cr, each half as wide and high.
    pub chroma: [Vec<u8>; 2],
}

impl Frame {
    /// The mean luma of the pixels in both ranges.
    pub fn brightness(&self, x: Range<usize>, y: Range<usize>) -> f64 {
        mean(&self.luma, self.width, x, y)
    }

    /// The mean Cb and Cr there.
    pub fn colour(&self, x: Range<usize>, y: Range<usize>) -> [f64; 2] {
        let half = |range: &Range<usize>| range.start / 2..range.end / 2;
        self.chroma.each_ref().map(|plane| mean(plane, self.width / 2, half(&x), half(&y)))
    }
}

fn mean(plane: &[u8], width: usize, x: Range<usize>, y: Range<usize>) -> f64 {
    let count = (x.len() * y.len()) as f64;
    y.flat_map(|row| &plane[row * width..][x.clone()]).map(|sample| f64::from(*sample)).sum::<f64>() / count
}

pub(super) fn read(path: &Path) -> Result<Vec<Picture>> {
    let scaled = decode(path, (WIDTH, HEIGHT), "gray", WIDTH * HEIGHT, |luma| marks::read(luma, WIDTH))?;
    Ok(scaled.into_iter().map(|(pts, shows)| Picture { pts, shows }).collect())
}

pub(super) fn frames(path: &Path, width: usize, height: usize) -> Result<Vec<Frame>> {
    let luma = width * height;
    let planes = |bytes: &[u8]| {
        let (luma, chroma) = bytes.split_at(luma);
        let (cb, cr) = chroma.split_at(chroma.len() / 2);
        (luma.to_vec(), [cb.to_vec(), cr.to_vec()])
    };
    let decoded = decode(path, (width, height), "yuv420p", luma + luma / 2, planes)?;
    Ok(decoded.into_iter().map(|(pts, (luma, chroma))| Frame { pts, width, luma, chroma }).collect())
}

/// What `see` makes of each picture of `bytes` bytes, beside the picture's stamp.
fn decode<T>(
    path: &Path,
    (width, height): (usize, usize),
    format: &str,
    bytes: usize,
    see: impl Fn(&[u8]) -> T,
) -> Result<Vec<(Pts, T)>> {
    // copied stamps, and every frame as it is: nothing is repeated or dropped to please a frame rate
    let before = ["-nostdin", "-v", "info", "-copyts", "-i"].map(OsString::from);
    let filter = format!("showinfo=checksum=0,scale={width}:{height}:flags=area,format={format}");
    let after =
        ["-map", "0:v:0", "-fps_mode", "passthrough", "-vf", &filter, "-f", "rawvideo", "-"].map(OsString::from);
    let mut ffmpeg = Ffmpeg::start(before.into_iter().chain([path.into()]).chain(after))?;
    let mut stdout = ffmpeg.stdout()?;
    let mut frame = vec![0; bytes];
    let mut seen = Vec::new();
    while stdout.read_exact(&mut frame).is_ok() {
        seen.push(see(&frame));
    }
    let stamps = stamps(&ffmpeg.finish()?, "showinfo", (1, 90_000))?;
    if stamps.len() != seen.len() {
        bail!("ffmpeg decoded {} pictures and stamped {}", seen.len(), stamps.len());
    }
    Ok(stamps.into_iter().zip(seen).map(|((ticks, _), seen)| (Pts::from_ticks(ticks), seen)).collect())
}
