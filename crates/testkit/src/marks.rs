//! The marks in a clip's pictures: a code with clip and frame number, large enough to survive coding and scaling.
//!
//! ```text
//! ┌──────────────────────────┐   grey all around: where the picture ends and a black border begins can be seen
//! │  ▓ ░ ▓ ░  c c c c        │   8 × 5 cells: start pattern, clip (8 bits), frame (16 bits), check (8 bits),
//! │  c c c c  f f f f        │   stop pattern; a white cell is 1
//! │  f f f f  f f f f  …     │
//! │  ██████████████████████  │   the flash: white in the frame that covers a whole second, else black
//! └──────────────────────────┘
//! ```

use std::ops::Range;

const COLUMNS: usize = 8;
const ROWS: usize = 5;
const START: u64 = 0b1010;
const STOP: u64 = 0b0101;

/// Parts of a thousand of the picture's width and height.
const CODE_X: Range<usize> = 80..920;
const CODE_Y: Range<usize> = 80..730;
const FLASH_Y: Range<usize> = 800..920;

const BLACK: u8 = 16;
const GREY: u8 = 126;
const WHITE: u8 = 235;

/// Brighter than this is no border and no slate: coding noise on black stays well below.
const DARK: u8 = 60;

/// A cell this near to grey says nothing.
const UNCERTAIN: i32 = 32;

/// What a picture shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shows {
    /// A frame of a clip.
    Frame {
        /// The clip's id.
        clip: u8,
        /// Its frame, counted from 0.
        number: u16,
        /// The flash that stands at each whole second.
        flash: bool,
    },
    /// Black.
    Slate,
    /// Neither.
    Unreadable,
}

/// Draws the luma plane of frame `number` of `clip`, `width` × `height`, without padding.
pub fn draw(width: usize, height: usize, clip: u8, number: u16, flash: bool) -> Vec<u8> {
    let mut luma = vec![GREY; width * height];
    let mut fill = |x: Range<usize>, y: Range<usize>, value: u8| {
        y.for_each(|row| luma[row * width..][x.clone()].fill(value));
    };
    let whole = Area { x: 0..width, y: 0..height };
    for (at, bit) in bits(clip, number).into_iter().enumerate() {
        let cell = whole.cell(at);
        fill(cell.x, cell.y, if bit { WHITE } else { BLACK });
    }
    let bar = whole.part(CODE_X, FLASH_Y);
    fill(bar.x, bar.y, if flash { WHITE } else { BLACK });
    luma
}

/// Reads a luma plane of `width` pixels a row: any size, black borders allowed.
pub fn read(luma: &[u8], width: usize) -> Shows {
    let Some(picture) = Area::lit(luma, width) else { return Shows::Slate };
    let cells = (0..COLUMNS * ROWS).map(|at| picture.cell(at).brightness(luma, width));
    let Some(code) = cells.map(bit).try_fold(0u64, |code, bit| Some(code << 1 | u64::from(bit?))) else {
        return Shows::Unreadable;
    };
    let (clip, number) = ((code >> 28) as u8, (code >> 12) as u16);
    let flash = picture.part(CODE_X, FLASH_Y).brightness(luma, width).and_then(|mean| bit(Some(mean)));
    match flash {
        Some(flash) if code == encode(clip, number) => Shows::Frame { clip, number, flash },
        _ => Shows::Unreadable,
    }
}

/// Width and height of what is no black border; `None` where all is black.
pub fn size(luma: &[u8], width: usize) -> Option<(usize, usize)> {
    Area::lit(luma, width).map(|area| (area.x.len(), area.y.len()))
}

fn bit(brightness: Option<i32>) -> Option<bool> {
    let off_grey = brightness? - i32::from(GREY);
    (off_grey.abs() >= UNCERTAIN).then_some(off_grey > 0)
}

fn encode(clip: u8, number: u16) -> u64 {
    let [high, low] = number.to_be_bytes();
    let check = crc8(&[clip, high, low]);
    START << 36 | u64::from(clip) << 28 | u64::from(number) << 12 | u64::from(check) << 4 | STOP
}

fn bits(clip: u8, number: u16) -> [bool; COLUMNS * ROWS] {
    let code = encode(clip, number);
    std::array::from_fn(|at| code >> (COLUMNS * ROWS - 1 - at) & 1 == 1)
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0xFF, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 != 0 { crc << 1 ^ 0x07 } else { crc << 1 })
    })
}

/// A rectangle of pixels.
struct Area {
    x: Range<usize>,
    y: Range<usize>,
}

impl Area {
    /// What is not a black border; `None` where all is black.
    fn lit(luma: &[u8], width: usize) -> Option<Self> {
        let rows: Vec<&[u8]> = luma.chunks_exact(width).collect();
        // most of a line: the grey margin lights each whole line of the picture, noise in a border does not
        let lit_row = |row: &&[u8]| row.iter().filter(|pixel| **pixel > DARK).count() * 8 > width;
        let top = rows.iter().position(lit_row)?;
        let bottom = rows.iter().rposition(lit_row)? + 1;
        let height = bottom - top;
        let lit_column = |x: &usize| rows[top..bottom].iter().filter(|row| row[*x] > DARK).count() * 2 > height;
        let left = (0..width).find(lit_column)?;
        let right = (0..width).rfind(lit_column)? + 1;
        Some(Self { x: left..right, y: top..bottom })
    }

    fn part(&self, x: Range<usize>, y: Range<usize>) -> Self {
        let along = |range: &Range<usize>, part: usize| range.start + range.len() * part / 1000;
        Self { x: along(&self.x, x.start)..along(&self.x, x.end), y: along(&self.y, y.start)..along(&self.y, y.end) }
    }

    fn cell(&self, at: usize) -> Self {
        let slice = |range: &Range<usize>, count: usize, at: usize| {
            range.start + range.len() * at / count..range.start + range.len() * (at + 1) / count
        };
        self.part(slice(&CODE_X, COLUMNS, at % COLUMNS), slice(&CODE_Y, ROWS, at / COLUMNS))
    }

    /// The mean of the middle, where neighbours do not bleed in.
    fn brightness(&self, luma: &[u8], width: usize) -> Option<i32> {
        let middle = self.part(250..750, 250..750);
        let pixels = middle.y.flat_map(|row| luma.get(row * width..)?.get(middle.x.clone())).flatten();
        let (sum, count) = pixels.fold((0i32, 0i32), |(sum, count), pixel| (sum + i32::from(*pixel), count + 1));
        (count > 0).then(|| sum / count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_read() {
        for (width, height) in [(320, 180), (96, 72), (101, 180), (720, 576)] {
            for number in [0, 1, 299, 300, 40_000, u16::MAX] {
                for flash in [false, true] {
                    let shows = Shows::Frame { clip: (number % 251) as u8, number, flash };
                    assert_eq!(read(&draw(width, height, (number % 251) as u8, number, flash), width), shows);
                }
            }
        }
    }

    #[test]
    fn borders_do_not_matter() {
        let picture = draw(240, 180, 9, 1234, true);
        let mut framed = vec![BLACK; 320 * 200];
        for (row, line) in picture.chunks(240).enumerate() {
            framed[(row + 10) * 320 + 40..][..240].copy_from_slice(line);
        }
        assert_eq!(read(&framed, 320), Shows::Frame { clip: 9, number: 1234, flash: true });
    }

    #[test]
    fn black_is_slate_and_the_rest_is_unreadable() {
        assert_eq!(read(&[20; 320 * 180], 320), Shows::Slate);
        assert_eq!(read(&[120; 320 * 180], 320), Shows::Unreadable);
        let (one, other) = (draw(320, 180, 1, 1, false), draw(320, 180, 1, 2, false));
        let blend: Vec<u8> = one.iter().zip(&other).map(|(one, other)| one.midpoint(*other)).collect();
        assert_eq!(read(&blend, 320), Shows::Unreadable);
    }
}
