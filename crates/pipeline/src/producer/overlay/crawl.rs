//! A line of text that runs along an edge of the picture, on a band of its own.
//!
//! Where it stands is a function of the channel's frame number alone: it runs on over boundaries, and whoever joins
//! sees it where the others do. It moves by whole pixels, the same number each frame, for anything else would stutter.

use std::sync::{Arc, LazyLock};

use super::blend::{Picture, over};
use super::ink::{Inks, inks, sited};
use super::shelf::{Shelf, Slot};
use crate::format::HouseFormat;
use retrovue_timeline::FrameIndex;

/// An edge of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// The upper one.
    Top,
    /// The lower one.
    Bottom,
}

/// A text that runs through the picture again and again. Scripts that are read from the right run to the right.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Crawl {
    /// One line; white space of any kind is a space.
    pub text: String,
    /// Where it runs.
    pub edge: Edge,
    /// The size of its letters (the em), in thousandths of the picture's height.
    pub size_permille: u16,
    /// How far it runs in a second, in thousandths of the picture's width. Rounded to whole pixels a frame.
    pub speed_permille: u16,
    /// The letters' red, green and blue.
    pub text_rgb: [u8; 3],
    /// The band's red, green and blue.
    pub band_rgb: [u8; 3],
    /// How much the band covers the picture: 1000 is all. Letters always do.
    pub band_opacity_permille: u16,
}

/// How far the band stays away from the picture's edge, in thousandths of its height: what lies in it is safe on any
/// screen (EBU R 95, graphics safe area).
const MARGIN_PERMILLE: usize = 50;

/// The band's height beyond its line of text, in parts of the letters' size.
const PADDING: f32 = 0.5;

/// The least space between the end of the text and its next beginning, in parts of the picture's width.
const GAP: usize = 4;

/// Upright and a little heavy, which is read best in motion. Pango finds what the script needs.
const FONT: &str = "Sans Semi-Bold";

/// Cairo draws nothing wider than 32767 pixels, so a long text is drawn piece by piece.
const PIECE: usize = 4096;

/// A text, drawn: how much of each pixel its letters cover.
pub(super) struct Strip {
    coverage: Vec<u8>,
    width: usize,
    height: usize,
    /// Read from the right.
    leftward: bool,
    /// Characters that no installed font has.
    pub(super) lacking: usize,
}

/// The text and the size of its letters in pixels.
type Key = (String, u32);

static STRIPS: LazyLock<Shelf<Key, Strip>> = LazyLock::new(Shelf::new);

impl Strip {
    /// Has the text of `crawl` drawn for pictures of `format`.
    pub(super) fn order(crawl: &Crawl, format: &HouseFormat) -> Arc<Slot<Self>> {
        let text = crawl.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let size = (format.height * u32::from(crawl.size_permille) / 1000).max(MIN_SIZE);
        STRIPS.order(&(text, size), |(text, size), kept| match kept {
            Some(kept) => Ok(kept),
            None => Self::draw(text, *size).map(Arc::new).map_err(|error| format!("cannot be drawn: {error}")),
        })
    }

    fn draw(text: &str, size: u32) -> Result<Self, cairo::Error> {
        let measuring = cairo::Context::new(cairo::ImageSurface::create(cairo::Format::A8, 1, 1)?)?;
        let layout = pangocairo::functions::create_layout(&measuring);
        let mut font = pango::FontDescription::from_string(FONT);
        font.set_absolute_size(f64::from(size) * f64::from(pango::SCALE));
        layout.set_font_description(Some(&font));
        layout.set_single_paragraph_mode(true);
        layout.set_text(text);
        let pixels = |length: i32| usize::try_from(length).unwrap_or(0).max(1);
        let (width, line) = layout.pixel_size();
        let (width, line) = (pixels(width), pixels(line));
        let height = line + (size as f32 * PADDING) as usize;
        let height = height.next_multiple_of(2);
        let mut coverage = vec![0; width * height];
        for from in (0..width).step_by(PIECE) {
            let wide = PIECE.min(width - from);
            let mut surface = cairo::ImageSurface::create(cairo::Format::A8, wide as i32, height as i32)?;
            {
                let context = cairo::Context::new(&surface)?;
                context.move_to(-(from as f64), ((height - line) / 2) as f64);
                pangocairo::functions::show_layout(&context, &layout);
            }
            let stride = surface.stride() as usize;
            let drawn = surface.data().map_err(|_| cairo::Error::SurfaceFinished)?;
            for (row, drawn) in coverage.chunks_mut(width).zip(drawn.chunks(stride)) {
                row[from..from + wide].copy_from_slice(&drawn[..wide]);
            }
        }
        let leftward = pango::find_base_dir(text) == pango::Direction::Rtl;
        Ok(Self { coverage, width, height, leftward, lacking: pixels_lacking(&layout) })
    }
}

/// Letters that are smaller cannot be read at any distance.
const MIN_SIZE: u32 = 8;

fn pixels_lacking(layout: &pango::Layout) -> usize {
    usize::try_from(layout.unknown_glyphs_count()).unwrap_or(0)
}

/// A strip as one channel shows it.
pub(super) struct Band {
    strip: Arc<Strip>,
    /// The picture's width.
    width: usize,
    /// Its first row; even.
    y: usize,
    /// Pixels from one beginning of the text to the next.
    period: i64,
    /// Pixels a frame.
    step: i64,
    inks: Inks,
    /// The band's coverage in this frame.
    shown: Vec<u8>,
}

impl Band {
    pub(super) fn new(crawl: &Crawl, strip: Arc<Strip>, format: &HouseFormat) -> Self {
        let (width, height) = (format.width as usize, format.height as usize);
        let margin = height * MARGIN_PERMILLE / 1000;
        let y = match crawl.edge {
            Edge::Top => margin,
            Edge::Bottom => height.saturating_sub(margin + strip.height),
        } & !1;
        let rate = format.frame_rate;
        let (num, den) = (i64::from(rate.num()), i64::from(rate.den()));
        let run = i64::from(format.width) * i64::from(crawl.speed_permille) * den;
        let step = ((2 * run + 1000 * num) / (2000 * num)).max(1);
        let period = (strip.width + width / GAP).max(width) as i64;
        let inks = inks(crawl.text_rgb, crawl.band_rgb, f32::from(crawl.band_opacity_permille) / 1000.0);
        Self { shown: vec![0; width * strip.height], strip, width, y, period, step, inks }
    }

    /// Lays it over the picture of the channel's `frame`.
    pub(super) fn lay(&mut self, picture: &mut Picture<'_>, frame: FrameIndex) {
        self.show(frame);
        let Self { width, y, inks, shown, .. } = self;
        let lines: Vec<&[u8]> = shown.chunks(*width).collect();
        let [luma, chroma @ ..] = picture;
        for (row, line) in luma.rows(*y).zip(&lines) {
            for (sample, coverage) in row.iter_mut().zip(*line) {
                let (value, keep) = inks[0][usize::from(*coverage)];
                *sample = over(*sample, value, keep);
            }
        }
        let halved: Vec<Vec<u8>> = lines.chunks(2).map(sited).collect();
        for (plane, inks) in chroma.iter_mut().zip(&inks[1..]) {
            for (row, line) in plane.rows(*y / 2).zip(&halved) {
                for (sample, coverage) in row.iter_mut().zip(line) {
                    let (value, keep) = inks[usize::from(*coverage)];
                    *sample = over(*sample, value, keep);
                }
            }
        }
    }

    fn show(&mut self, frame: FrameIndex) {
        self.shown.fill(0);
        let first = self.first(frame);
        let width = i64::try_from(self.width).unwrap_or(0);
        let strip = &self.strip;
        for at in (0..).map(|turn| first + turn * self.period).take_while(|at| *at < width) {
            let (from, skipped) = (at.max(0) as usize, (-at).max(0) as usize);
            let seen = strip.width.saturating_sub(skipped).min(self.width - from);
            if seen == 0 {
                continue;
            }
            for (row, drawn) in self.shown.chunks_mut(self.width).zip(strip.coverage.chunks(strip.width)) {
                row[from..from + seen].copy_from_slice(&drawn[skipped..skipped + seen]);
            }
        }
    }

    /// Where the first text of `frame` begins that may be seen: at the left edge or before it.
    fn first(&self, frame: FrameIndex) -> i64 {
        let run = (i128::from(frame.0) * i128::from(self.step)).rem_euclid(i128::from(self.period));
        let run = i64::try_from(run).unwrap_or(0);
        if self.strip.leftward { run - self.period } else { -run }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FORMAT: HouseFormat = HouseFormat {
        width: 640,
        height: 360,
        frame_rate: retrovue_timeline::FrameRate::HOUSE[3],
        video_kbps: 1000,
        audio_kbps: 96,
    };

    fn crawl(text: &str) -> Crawl {
        Crawl {
            text: text.to_owned(),
            edge: Edge::Bottom,
            size_permille: 50,
            speed_permille: 140,
            text_rgb: [255; 3],
            band_rgb: [0; 3],
            band_opacity_permille: 600,
        }
    }

    fn strip(text: &str) -> Arc<Strip> {
        Strip::order(&crawl(text), &FORMAT).wait(Duration::from_secs(60)).unwrap()
    }

    fn band(text: &str) -> Band {
        Band::new(&crawl(text), strip(text), &FORMAT)
    }

    #[test]
    fn letters_of_many_scripts_are_shaped() {
        let latin = strip("Ça va? Žluťoučký kůň");
        assert_eq!((latin.lacking, latin.leftward), (0, false));
        assert!(latin.coverage.iter().filter(|covered| **covered > 200).count() > 500);
        // joined letters are narrower than the same ones apart
        let (joined, apart) = (strip("محمد"), strip("م ح م د"));
        assert!(joined.leftward && joined.width < apart.width);
        assert_eq!(strip("\u{10FFFD}").lacking, 1);
        assert!(Arc::ptr_eq(&strip("a  b\nc"), &strip("a b c")));
    }

    #[test]
    fn a_long_text_is_drawn_whole() {
        let long = "Wide words ".repeat(180);
        let strip = strip(&long);
        assert!(strip.width > 2 * PIECE, "{}", strip.width);
        let column = |x: usize| (0..strip.height).any(|y| strip.coverage[y * strip.width + x] > 0);
        // no piece is empty, and so is no stretch between two of them
        let stretches = (0..strip.width / 64).filter(|stretch| !(0..64).any(|x| column(stretch * 64 + x)));
        assert_eq!(stretches.count(), 0);
    }

    #[test]
    fn each_frame_moves_it_by_the_same_number_of_pixels() {
        let mut band = band("Good evening");
        // 640 · 0.14 · 1001 / 30000 = 2.99
        assert_eq!(band.step, 3);
        let mut line = |frame: i64| {
            band.show(FrameIndex(frame));
            band.shown.clone()
        };
        let turn = (0..).find(|turn| (turn * 3) % 800 == 30).unwrap_or(0);
        let (now, then) = (line(52_000_000_000 + turn), line(52_000_000_001 + turn));
        for (now, then) in now.chunks(640).zip(then.chunks(640)) {
            assert_eq!(now[3..], then[..637]);
        }
    }

    #[test]
    fn what_is_read_from_the_right_runs_to_the_right() {
        let mut band = band("سلام");
        band.show(FrameIndex(100));
        let before = band.shown.clone();
        band.show(FrameIndex(101));
        for (now, then) in before.chunks(640).zip(band.shown.chunks(640)) {
            assert_eq!(now[..637], then[3..]);
        }
        let anywhere = (0..300).any(|frame| {
            band.show(FrameIndex(frame));
            band.shown.iter().any(|covered| *covered > 200)
        });
        assert!(anywhere);
    }

    #[test]
    fn one_text_follows_another_and_a_short_one_stands_alone() {
        let (short, long) = (band("Hello"), band(&"Hello and good evening ".repeat(9)));
        assert_eq!(short.period, 640);
        assert_eq!(long.period, long.strip.width as i64 + 160);
    }
}
