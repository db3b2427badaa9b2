//! Letters: the 8×8 font, smoothed for logos, plain for read-outs.

use std::sync::OnceLock;

use font8x8::{BASIC_FONTS, UnicodeFonts};

use super::canvas::{Canvas, Ink};

/// How a logo is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Letters with depth, lit from above.
    Carved,
    /// Lines across, as tubes of neon.
    Neon,
    /// Fat and outlined, as on a sweet's wrapper.
    Candy,
    /// Flat, with an edge all round: for small words on anything.
    Outlined,
    /// Flat, with a shadow: cheap enough to be cut for every picture.
    Plain,
}

/// Rows of 32 pixels; the leftmost is bit 0.
type Glyph = [u32; 32];

/// Words as rows of pixels, cut once and laid on every picture.
pub(super) struct Lettering {
    width: i32,
    strokes: Vec<Stroke>,
}

struct Stroke {
    row: i32,
    from: i32,
    to: i32,
    ink: Ink,
}

impl Lettering {
    /// `text` with letters `size` pixels high and wide, in a colour for its face and one for its edge.
    pub(super) fn cut(text: &str, size: i32, style: Style, (face, edge): (Ink, Ink)) -> Self {
        let mut cut = Self { width: text.chars().count() as i32 * size, strokes: Vec::new() };
        let step = (size / 14).max(1);
        match style {
            Style::Carved => {
                for depth in (1..=3).rev() {
                    cut.set(text, (depth * step, depth * step), size, |_| Some(edge));
                }
                cut.set(text, (0, 0), size, |row| Some(Ink::WHITE.towards(face, row.min(20), 20)));
            }
            Style::Neon => {
                cut.outline(text, 0, size, step, edge);
                let tube = |row| if row % 8 < 3 { Ink::WHITE } else { face };
                cut.set(text, (0, 0), size, |row| (row % 8 != 7).then_some(tube(row)));
            }
            Style::Candy => {
                cut.outline(text, step, size, 2 * step, edge);
                let light = face.towards(Ink::WHITE, 1, 2);
                cut.set(text, (0, 0), size, |row| Some(if row < 11 { light } else { face }));
            }
            Style::Outlined => {
                cut.outline(text, 0, size, step + 1, edge);
                cut.set(text, (0, 0), size, |_| Some(face));
            }
            Style::Plain => {
                cut.set(text, (step, step), size, |_| Some(edge));
                cut.set(text, (0, 0), size, |_| Some(face));
            }
        }
        cut
    }

    pub(super) fn width(&self) -> i32 {
        self.width
    }

    /// Draws it, its upper left corner at `(x, y)`.
    pub(super) fn lay(&self, canvas: &mut Canvas, (x, y): (i32, i32)) {
        for stroke in &self.strokes {
            canvas.span(y + stroke.row, x + stroke.from, x + stroke.to, stroke.ink);
        }
    }

    fn outline(&mut self, text: &str, lower: i32, size: i32, step: i32, ink: Ink) {
        for (across, down) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
            self.set(text, (across * step, lower + down * step), size, |_| Some(ink));
        }
    }

    /// `ink` is asked for the colour of each of a glyph's 32 rows.
    fn set(&mut self, text: &str, (x, y): (i32, i32), size: i32, ink: impl Fn(i32) -> Option<Ink>) {
        for (place, letter) in text.chars().enumerate() {
            let left = x + place as i32 * size;
            let glyph = glyph(letter);
            for row in 0..size {
                let of_glyph = row * 32 / size;
                let (Some(ink), bits) = (ink(of_glyph), glyph[of_glyph as usize]) else { continue };
                let mut start = None;
                for column in 0..=size {
                    let lit = column < size && bits >> (column * 32 / size) & 1 == 1;
                    match (lit, start) {
                        (true, None) => start = Some(column),
                        (false, Some(first)) => {
                            self.strokes.push(Stroke { row: y + row, from: left + first, to: left + column, ink });
                            start = None;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// The greatest size, at most `size`, at which `text` is no wider than `room`.
pub(super) fn fit(text: &str, size: i32, room: i32) -> i32 {
    size.min(room / (text.chars().count() as i32).max(1)).max(8)
}

fn glyph(letter: char) -> &'static Glyph {
    static SMOOTHED: OnceLock<Vec<Glyph>> = OnceLock::new();
    let font = SMOOTHED.get_or_init(|| {
        let ascii = (0u8..128).map(|code| BASIC_FONTS.get(char::from(code)).unwrap_or([0; 8]));
        ascii.map(|plain| std::array::from_fn(|row| smoothed(&smoothed(&plain.map(u32::from)))[row])).collect()
    });
    &font[if letter.is_ascii() { letter as usize } else { usize::from(b'?') }]
}

/// Doubles a glyph and rounds its corners (Scale2x).
fn smoothed(rows: &[u32]) -> Vec<u32> {
    let size = rows.len() as i32;
    let lit = |x: i32, y: i32| (0..size).contains(&x) && (0..size).contains(&y) && rows[y as usize] >> x & 1 == 1;
    let mut doubled = vec![0; 2 * rows.len()];
    for y in 0..size {
        for x in 0..size {
            let (up, left, right, down) = (lit(x, y - 1), lit(x - 1, y), lit(x + 1, y), lit(x, y + 1));
            let cut = up != down && left != right;
            let corners = [
                (0, 0, left == up, left),
                (1, 0, up == right, right),
                (0, 1, left == down, left),
                (1, 1, down == right, right),
            ];
            for (across, below, alike, neighbour) in corners {
                if if cut && alike { neighbour } else { lit(x, y) } {
                    doubled[(2 * y + below) as usize] |= 1 << (2 * x + across);
                }
            }
        }
    }
    doubled
}
