//! A channel's logo: decoded, scaled, given a soft shadow, ready to be laid over pictures.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use image::imageops::{self, FilterType};
use image::{ImageReader, Rgba32FImage};

use super::blend::{Cover, Picture, Pixel, covers, lay};
use super::shelf::{Shelf, Slot, Unusable};
use crate::format::HouseFormat;

/// A corner of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Corner {
    /// Top left.
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    BottomLeft,
    /// Bottom right.
    BottomRight,
}

/// A picture with transparency that stands in a corner: PNG, JPEG or WebP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Logo {
    /// The file.
    pub path: PathBuf,
    /// Where it stands.
    pub corner: Corner,
    /// Its distance from the picture's edges, in thousandths of the picture's width and height.
    pub margin_permille: u16,
    /// Its width, in thousandths of the picture's. One that would become higher than a quarter of the picture is
    /// made narrower.
    pub width_permille: u16,
    /// How much of it covers the picture: 1000 is all.
    pub opacity_permille: u16,
}

/// Files that are larger are no logos: 2048² pixels with alpha take 16 MiB even where nothing compresses.
const MAX_BYTES: u64 = 16 << 20;

/// Far more than any picture has for a logo; bounds memory while one is decoded.
const MAX_SIDE: u32 = 2048;

/// The highest logo, in parts of the picture.
const MAX_HEIGHT: f32 = 0.25;

/// A logo as one format shows it.
pub(super) struct Sprite {
    /// The file that it was made from, by the only facts that change when its content does.
    stamp: Stamp,
    covers: [Cover; 3],
    x: usize,
    y: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    bytes: u64,
}

type Key = (Logo, u32, u32);

static SPRITES: LazyLock<Shelf<Key, Sprite>> = LazyLock::new(Shelf::new);

impl Sprite {
    /// Has `logo` made ready for pictures of `format`.
    pub(super) fn order(logo: &Logo, format: &HouseFormat) -> Arc<Slot<Self>> {
        let key = (logo.clone(), format.width, format.height);
        SPRITES.order(&key, |(logo, width, height), kept| {
            let stamp = stamp(&logo.path)?;
            match kept {
                Some(kept) if kept.stamp == stamp => Ok(kept),
                _ => Self::new(logo, *width, *height, stamp).map(Arc::new),
            }
        })
    }

    /// Lays it over `picture`.
    pub(super) fn lay(&self, picture: &mut Picture<'_>) {
        lay(picture, &self.covers, self.x, self.y);
    }

    fn new(logo: &Logo, width: u32, height: u32, stamp: Stamp) -> Result<Self, Unusable> {
        let art = scaled(decode(&logo.path)?, width, height, logo.width_permille);
        let halo = art.height().div_ceil(16) as usize;
        let opacity = f32::from(logo.opacity_permille) / 1000.0;
        let (covered, pixels) = shadowed(&art, halo, opacity);
        let place = |size: u32, art: u32, at_end: bool| {
            let margin = size * u32::from(logo.margin_permille) / 1000;
            let start = if at_end { size.saturating_sub(margin + art) } else { margin };
            // chroma has every second sample only
            (start as usize).saturating_sub(halo) & !1
        };
        let right = matches!(logo.corner, Corner::TopRight | Corner::BottomRight);
        let bottom = matches!(logo.corner, Corner::BottomLeft | Corner::BottomRight);
        let (x, y) = (place(width, art.width(), right), place(height, art.height(), bottom));
        Ok(Self { stamp, covers: covers(covered, &pixels), x, y })
    }
}

fn stamp(path: &Path) -> Result<Stamp, Unusable> {
    let facts = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !facts.is_file() {
        return Err("is no file".to_owned());
    }
    if facts.len() > MAX_BYTES {
        return Err(format!("is larger than {} MiB; save it smaller", MAX_BYTES >> 20));
    }
    let modified = facts.modified().map_err(|error| format!("has no date: {error}"))?;
    Ok(Stamp { modified, bytes: facts.len() })
}

/// The file's pixels, multiplied by their alpha: what is transparent has no colour that could bleed into what is not.
fn decode(path: &Path) -> Result<Rgba32FImage, Unusable> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let file = File::open(path).map_err(unreadable)?;
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(unreadable)?;
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    reader.limits(limits);
    let decoded = reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => format!("has more than {MAX_SIDE} pixels on a side; save it smaller"),
        error => format!("is no PNG, JPEG or WebP that can be read: {error}"),
    })?;
    let mut art = decoded.into_rgba32f();
    for pixel in art.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        pixel.0 = [red * alpha, green * alpha, blue * alpha, alpha];
    }
    Ok(art)
}

fn scaled(art: Rgba32FImage, width: u32, height: u32, width_permille: u16) -> Rgba32FImage {
    let shape = art.height() as f32 / art.width().max(1) as f32;
    let wide = width as f32 * f32::from(width_permille) / 1000.0;
    let high = (wide * shape).min(height as f32 * MAX_HEIGHT);
    let even = |size: f32| ((size / 2.0).round() as u32 * 2).max(2);
    imageops::resize(&art, even(high / shape), even(high), FilterType::Lanczos3)
}

/// How dark the shadow is behind opaque parts, before the logo's own opacity.
const SHADOW: f32 = 0.4;

/// `art` over a soft shadow that reaches `halo` pixels beyond it on all sides, so that light art is seen on light
/// pictures. Gives the width, which is even as the height is, and the pixels.
fn shadowed(art: &Rgba32FImage, halo: usize, opacity: f32) -> (usize, Vec<Pixel>) {
    let even = |size: u32| (size as usize + 2 * halo).next_multiple_of(2);
    let (width, height) = (even(art.width()), even(art.height()));
    let mut pixels = vec![[0.0; 4]; width * height];
    for (x, y, pixel) in art.enumerate_pixels() {
        // Lanczos overshoots
        let alpha = pixel.0[3].clamp(0.0, 1.0);
        let [red, green, blue] = std::array::from_fn(|at| pixel.0[at].clamp(0.0, alpha));
        pixels[(y as usize + halo) * width + x as usize + halo] = [red, green, blue, alpha];
    }
    let mut shadow: Vec<f32> = pixels.iter().map(|pixel| pixel[3] * SHADOW).collect();
    // two boxes make a slope without an edge
    for _ in 0..2 {
        shadow = blurred(&shadow, width, halo.div_ceil(2));
    }
    for (pixel, shadow) in pixels.iter_mut().zip(shadow) {
        pixel[3] += (1.0 - pixel[3]) * shadow;
        *pixel = pixel.map(|part| part * opacity);
    }
    (width, pixels)
}

/// The mean of each value's neighbourhood, `reach` to each side.
fn blurred(values: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let height = values.len() / width.max(1);
    let share = 1.0 / (2 * reach + 1) as f32;
    let mean = |at: usize, end: usize, value: &dyn Fn(usize) -> f32| {
        (at.saturating_sub(reach)..(at + reach + 1).min(end)).map(value).sum::<f32>() * share
    };
    let across: Vec<f32> =
        (0..values.len()).map(|at| mean(at % width, width, &|x| values[at / width * width + x])).collect();
    (0..values.len()).map(|at| mean(at / width, height, &|y| across[y * width + at % width])).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use image::{Rgba, RgbaImage};

    use super::*;

    const FORMAT: HouseFormat = HouseFormat {
        width: 640,
        height: 360,
        frame_rate: retrovue_timeline::FrameRate::HOUSE[2],
        video_kbps: 1000,
        audio_kbps: 96,
    };

    fn logo(path: &Path, corner: Corner) -> Logo {
        Logo { path: path.into(), corner, margin_permille: 50, width_permille: 100, opacity_permille: 1000 }
    }

    fn made(logo: &Logo) -> Result<Arc<Sprite>, Unusable> {
        Sprite::order(logo, &FORMAT).wait(Duration::from_secs(60))
    }

    fn square(path: &Path, colour: [u8; 4]) {
        RgbaImage::from_pixel(200, 100, Rgba(colour)).save(path).unwrap();
    }

    #[test]
    fn a_logo_stands_in_its_corner_inside_its_margins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        square(&path, [255, 255, 255, 255]);
        // 64×32, its margins 32 and 18
        for (corner, x, y) in [
            (Corner::TopLeft, 32, 18),
            (Corner::TopRight, 544, 18),
            (Corner::BottomLeft, 32, 310),
            (Corner::BottomRight, 544, 310),
        ] {
            let sprite = made(&logo(&path, corner)).unwrap();
            let [luma, ..] = &sprite.covers;
            let opaque = |x: usize, y: usize| {
                let (x, y) = (x.checked_sub(sprite.x), y.checked_sub(sprite.y));
                x.zip(y).is_some_and(|(x, y)| luma.keep.get(y * luma.width + x) == Some(&0))
            };
            assert!(opaque(x, y) && opaque(x + 63, y + 31), "{corner:?}");
            assert!(!opaque(x - 1, y) && !opaque(x + 64, y + 31) && !opaque(x, y + 32), "{corner:?}");
        }
    }

    #[test]
    fn a_file_that_changes_is_read_again_and_one_that_does_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        square(&path, [255, 255, 255, 255]);
        let logo = logo(&path, Corner::TopLeft);
        let white = made(&logo).unwrap();
        assert!(Arc::ptr_eq(&white, &made(&logo).unwrap()));
        square(&path, [0, 0, 255, 128]);
        // a file system may date both alike
        let dated = File::options().write(true).open(&path).unwrap();
        dated.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(made(&logo).unwrap().covers != white.covers);
    }

    #[test]
    fn what_is_no_logo_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        let why = || made(&logo(&path, Corner::TopLeft)).err().unwrap();
        assert!(why().contains("cannot be read"), "{}", why());
        fs::write(&path, "no picture").unwrap();
        assert!(why().contains("is no PNG, JPEG or WebP"), "{}", why());
        RgbaImage::new(MAX_SIDE + 1, 1).save(&path).unwrap();
        assert!(why().contains("more than 2048 pixels"), "{}", why());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(why(), "is no file");
    }
}
