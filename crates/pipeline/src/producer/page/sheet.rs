//! How a page looks: a heading, and lines below it that stand still where they fit and else roll.

use gstreamer as gst;
use gstreamer_video as gst_video;
use retrovue_timeline::FrameIndex;

use super::Page;
use crate::encode::{EncodeError, raw_caps};
use crate::format::HouseFormat;
use crate::producer::overlay::ink::{Inks, inks, sited};
use crate::producer::overlay::planes;

/// Space to the left and the right of all text, and above and below it, in parts of the picture: inside the graphics safe
/// area of EBU R 95, which begins a twentieth from each edge.
const MARGINS: (usize, usize) = (12, 10);

/// The letters' size (the em) in parts of the picture's height, so that about nine lines fit.
const LETTERS: u32 = 18;

/// Letters that are smaller cannot be read at any distance.
const MIN_LETTERS: u32 = 8;

/// The heading's letters are larger by half.
const HEADING: f32 = 1.5;

/// The heading is cut off after so many rows.
const HEADING_ROWS: i32 = 2;

/// Between one row and the next, in parts of the letters' size, beyond what the font asks for.
const LEADING: f32 = 0.2;

/// A line leaves in 1.2 s, which is read with ease: this many of them in that many seconds.
const PACE: (i64, i64) = (5, 6);

const HEADING_FONT: &str = "Sans Bold";
const FONT: &str = "Sans Semi-Bold";

/// A page, set for one format.
pub(super) struct Sheet {
    format: HouseFormat,
    layout: gst_video::VideoInfo,
    surface: cairo::ImageSurface,
    heading: Column,
    lines: Column,
    /// The left edge of all text.
    left: usize,
    /// The rows of the picture in which lines are shown.
    body: std::ops::Range<usize>,
    /// `None` stands still.
    roll: Option<Roll>,
    inks: Inks,
}

/// How lines roll.
#[derive(Debug, PartialEq, Eq)]
struct Roll {
    /// Pixels from one beginning of the lines to the next.
    period: i64,
    /// By so many pixels, each time.
    step: i64,
    /// Frames between two steps: where a pixel a frame would be too fast.
    hold: i64,
}

/// Rows of text, set and not drawn.
struct Column {
    rows: Vec<Row>,
    height: usize,
}

struct Row {
    line: pango::LayoutLine,
    /// Its left edge from that of the column, in pixels.
    x: f64,
    /// From the top of the column, in pixels.
    baseline: f64,
    top: f64,
    bottom: f64,
}

impl Sheet {
    pub(super) fn new(page: &Page, format: &HouseFormat) -> Result<Self, EncodeError> {
        let (width, height) = (format.width as usize, format.height as usize);
        let (left, top) = (width / MARGINS.0, height / MARGINS.1);
        let layout = gst_video::VideoInfo::from_caps(&raw_caps(format, true))
            .map_err(|_| EncodeError("there is no layout for its pictures".to_owned()))?;
        let surface = cairo::ImageSurface::create(cairo::Format::A8, width as i32, height as i32).map_err(undrawn)?;
        let context = cairo::Context::new(&surface).map_err(undrawn)?;
        // of a picture that is higher than wide, as many letters to a row as of others
        let letters = (format.height.min(format.width * 9 / 16) / LETTERS).max(MIN_LETTERS);
        let wide = (width - 2 * left).max(1);
        let set = |font: &str, size: f32, text: &str| {
            let layout = pangocairo::functions::create_layout(&context);
            let mut font = pango::FontDescription::from_string(font);
            font.set_absolute_size(f64::from(size) * f64::from(pango::SCALE));
            layout.set_font_description(Some(&font));
            layout.set_width(wide as i32 * pango::SCALE);
            layout.set_wrap(pango::WrapMode::WordChar);
            layout.set_spacing((size * LEADING) as i32 * pango::SCALE);
            layout.set_text(text);
            layout
        };
        let heading = set(HEADING_FONT, letters as f32 * HEADING, &plain(&page.heading));
        heading.set_ellipsize(pango::EllipsizeMode::End);
        heading.set_height(-HEADING_ROWS);
        let lines: Vec<String> = page.lines.iter().map(|line| plain(line)).collect();
        let lines = Column::of(&set(FONT, letters as f32, &lines.join("\n")));
        let heading = Column::of(&heading);
        let below = if heading.height > 0 { heading.height + letters as usize } else { 0 };
        let bottom = height - top;
        let body = (top + below).min(bottom)..bottom;
        let roll = (lines.height > body.len()).then(|| Roll::new(&lines, letters as usize, format));
        let inks = inks(page.text_rgb, page.ground_rgb, 1.0);
        Ok(Self { format: *format, layout, surface, heading, lines, left, body, roll, inks })
    }

    /// How many pixels the lines have rolled at the channel's `frame`.
    pub(super) fn rolled(&self, frame: FrameIndex) -> usize {
        self.roll.as_ref().map_or(0, |roll| roll.at(frame))
    }

    /// The house picture in which the lines have `rolled` by so many pixels.
    pub(super) fn draw(&mut self, rolled: usize) -> Result<gst::Buffer, EncodeError> {
        self.letter(rolled).map_err(undrawn)?;
        let unusable = |what: &str| EncodeError(format!("its picture cannot be {what}"));
        let buffer = gst::Buffer::with_size(self.layout.size()).map_err(|_| unusable("held in memory"))?;
        let mut frame =
            gst_video::VideoFrame::from_buffer_writable(buffer, &self.layout).map_err(|_| unusable("written to"))?;
        self.ink(&mut frame)?;
        Ok(frame.into_buffer())
    }

    /// Draws how much of each pixel letters cover.
    fn letter(&self, rolled: usize) -> Result<(), cairo::Error> {
        let context = cairo::Context::new(&self.surface)?;
        context.set_operator(cairo::Operator::Clear);
        context.paint()?;
        context.set_operator(cairo::Operator::Over);
        let (left, top) = (self.left as f64, (self.format.height as usize / MARGINS.1) as f64);
        let right = f64::from(self.format.width) - left;
        context.rectangle(left, top, right - left, self.body.end as f64 - top);
        context.clip();
        self.heading.draw(&context, left, top, self.body.end as f64);
        let (from, to) = (self.body.start as f64, self.body.end as f64);
        context.rectangle(left, from, right - left, to - from);
        context.clip();
        let mut y = from - rolled as f64;
        while y < to {
            self.lines.draw(&context, left, y, to);
            let Some(roll) = &self.roll else { break };
            y += roll.period as f64;
        }
        Ok(())
    }

    /// Lays the letters in their colour on the ground.
    fn ink(&mut self, frame: &mut gst_video::VideoFrame<gst_video::video_frame::Writable>) -> Result<(), EncodeError> {
        let (width, stride) = (self.format.width as usize, self.surface.stride() as usize);
        let Self { surface, inks, .. } = self;
        let drawn = surface.data().map_err(|_| undrawn(cairo::Error::SurfaceFinished))?;
        let rows: Vec<&[u8]> = drawn.chunks(stride.max(1)).map(|row| &row[..width.min(row.len())]).collect();
        let ink = |row: &mut [u8], letters: &[u8], ink: &[(u8, u8); 256]| {
            if letters.iter().all(|coverage| *coverage == 0) {
                return row.fill(ink[0].0);
            }
            row.iter_mut().zip(letters).for_each(|(sample, coverage)| *sample = ink[usize::from(*coverage)].0);
        };
        let [mut luma, chroma @ ..] = planes(frame);
        luma.rows(0).zip(&rows).for_each(|(row, letters)| ink(row, letters, &inks[0]));
        let halved: Vec<Vec<u8>> = rows.chunks(2).map(sited).collect();
        for (mut plane, inks) in chroma.into_iter().zip(&inks[1..]) {
            plane.rows(0).zip(&halved).for_each(|(row, letters)| ink(row, letters, inks));
        }
        Ok(())
    }
}

impl Roll {
    /// For `lines` whose letters are so large.
    fn new(lines: &Column, letters: usize, format: &HouseFormat) -> Self {
        let pitch = lines.rows.first().map_or(letters as f64, |row| row.bottom - row.top) as i64;
        let rate = format.frame_rate;
        let run = pitch * PACE.0 * i64::from(rate.den());
        let second = PACE.1 * i64::from(rate.num());
        let nearest = |part: i64, whole: i64| ((2 * part + whole) / (2 * whole.max(1))).max(1);
        // the end is told from the beginning by an empty line or two
        let period = lines.height as i64 + 2 * pitch;
        Self { period, step: nearest(run, second), hold: nearest(second, run) }
    }

    fn at(&self, frame: FrameIndex) -> usize {
        let run = i128::from(frame.0.div_euclid(self.hold)) * i128::from(self.step);
        usize::try_from(run.rem_euclid(i128::from(self.period.max(1)))).unwrap_or(0)
    }
}

impl Column {
    /// What `layout` has set; nothing where there is no text.
    fn of(layout: &pango::Layout) -> Self {
        if layout.text().is_empty() {
            return Self { rows: Vec::new(), height: 0 };
        }
        let pixels = |units: i32| f64::from(units) / f64::from(pango::SCALE);
        let mut rows = Vec::new();
        let mut at = layout.iter();
        loop {
            let (top, bottom) = at.line_yrange();
            let (_, logical) = at.line_extents();
            if let Some(line) = at.line_readonly() {
                let (x, baseline) = (pixels(logical.x()), pixels(at.baseline()).round());
                rows.push(Row { line, x, baseline, top: pixels(top), bottom: pixels(bottom) });
            }
            if !at.next_line() {
                break;
            }
        }
        let height = rows.last().map_or(0, |row| row.bottom.ceil() as usize);
        Self { rows, height }
    }

    /// Draws what of it, set with its upper left corner at `x` and `y`, lies above `end` and not above the picture.
    fn draw(&self, context: &cairo::Context, x: f64, y: f64, end: f64) {
        let first = self.rows.partition_point(|row| y + row.bottom < 0.0);
        for row in self.rows[first..].iter().take_while(|row| y + row.top < end) {
            context.move_to(x + row.x, y + row.baseline);
            pangocairo::functions::show_layout_line(context, &row.line);
        }
    }
}

/// One line, whatever it holds: what would break or move it is a space.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

fn undrawn(error: cairo::Error) -> EncodeError {
    EncodeError(format!("its letters cannot be drawn: {error}"))
}
