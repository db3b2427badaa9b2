//! A picture in planes (I420), and the few shapes that are drawn on it.

/// A colour as the planes hold it (BT.601, limited range).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Ink {
    pub(super) y: u8,
    pub(super) u: u8,
    pub(super) v: u8,
}

/// One picture. Rows are padded as GStreamer pads I420.
pub(super) struct Canvas {
    pub(super) width: i32,
    pub(super) height: i32,
    luma_stride: usize,
    chroma_stride: usize,
    bytes: Vec<u8>,
}

/// The two colour rows beside a row of pixels, U and V.
type Chroma<'a> = (&'a mut [u8], &'a mut [u8]);

impl Ink {
    pub(super) const BLACK: Ink = Ink::rgb(0x0a0a12);
    pub(super) const WHITE: Ink = Ink::rgb(0xf6f2e6);

    /// From `0xRRGGBB`.
    pub(super) const fn rgb(rgb: u32) -> Self {
        let (r, g, b) = ((rgb >> 16 & 255) as i32, (rgb >> 8 & 255) as i32, (rgb & 255) as i32);
        Self {
            y: (((66 * r + 129 * g + 25 * b + 128) >> 8) + 16) as u8,
            u: (((-38 * r - 74 * g + 112 * b + 128) >> 8) + 128) as u8,
            v: (((112 * r - 94 * g - 18 * b + 128) >> 8) + 128) as u8,
        }
    }

    /// The colour `part / whole` of the way to `other`.
    pub(super) fn towards(self, other: Ink, part: i32, whole: i32) -> Ink {
        let between = |a: u8, b: u8| (i32::from(a) + (i32::from(b) - i32::from(a)) * part / whole.max(1)) as u8;
        Ink { y: between(self.y, other.y), u: between(self.u, other.u), v: between(self.v, other.v) }
    }
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let (luma_stride, chroma_stride) = (width.next_multiple_of(4) as usize, width.next_multiple_of(8) as usize / 2);
        let rows = height.next_multiple_of(2) as usize;
        let bytes = vec![128; luma_stride * rows + chroma_stride * rows];
        Self { width: width as i32, height: height as i32, luma_stride, chroma_stride, bytes }
    }

    /// The planes one after another.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The pixels of row `y`, and where it has them, those of its colour.
    pub(super) fn row(&mut self, y: i32) -> (&mut [u8], Option<Chroma<'_>>) {
        let (y, rows) = (y as usize, self.height as usize);
        let (luma, chroma) = self.bytes.split_at_mut(self.luma_stride * rows.next_multiple_of(2));
        let (width, half) = (self.width as usize, (self.width as usize).div_ceil(2));
        let luma = &mut luma[y * self.luma_stride..][..width];
        if y % 2 == 1 {
            return (luma, None);
        }
        let (u, v) = chroma.split_at_mut(self.chroma_stride * rows.div_ceil(2));
        let at = y / 2 * self.chroma_stride;
        (luma, Some((&mut u[at..][..half], &mut v[at..][..half])))
    }

    /// Pixels `from..to` of row `y`.
    pub(super) fn span(&mut self, y: i32, from: i32, to: i32, ink: Ink) {
        let (from, to) = (from.max(0), to.min(self.width));
        if y < 0 || y >= self.height || from >= to {
            return;
        }
        let (from, to) = (from as usize, to as usize);
        let (luma, chroma) = self.row(y);
        luma[from..to].fill(ink.y);
        if let Some((u, v)) = chroma {
            u[from / 2..to.div_ceil(2)].fill(ink.u);
            v[from / 2..to.div_ceil(2)].fill(ink.v);
        }
    }

    pub(super) fn rect(&mut self, x: i32, y: i32, width: i32, height: i32, ink: Ink) {
        for row in y..y + height {
            self.span(row, x, x + width, ink);
        }
    }

    pub(super) fn disc(&mut self, x: i32, y: i32, radius: i32, ink: Ink) {
        for row in -radius..=radius {
            let half = (radius * radius - row * row).isqrt();
            self.span(y + row, x - half, x + half, ink);
        }
    }

    /// A straight line of `thick` pixels.
    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), thick: i32, ink: Ink) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        for step in 0..=steps {
            let x = from.0 + (to.0 - from.0) * step / steps;
            let y = from.1 + (to.1 - from.1) * step / steps;
            self.rect(x - thick / 2, y - thick / 2, thick, thick, ink);
        }
    }

    /// Darkens a band of rows, so that lettering on it can be read.
    pub(super) fn shade(&mut self, y: i32, height: i32) {
        for row in y.max(0)..(y + height).min(self.height) {
            let (luma, chroma) = self.row(row);
            luma.iter_mut().for_each(|pixel| *pixel = 12 + *pixel / 4);
            if let Some((u, v)) = chroma {
                u.iter_mut().chain(v).for_each(|pixel| *pixel = 64 + *pixel / 2);
            }
        }
    }
}

/// Sine of `turn` 256ths of a circle, times 256.
pub(super) fn sine(turn: i32) -> i32 {
    // Bhaskara's parabola is within a pixel of the real one at these sizes.
    let half = turn & 127;
    let arc = half * (128 - half);
    let value = 256 * 4 * arc / (20480 - arc).max(1);
    let value = value.min(256);
    if turn & 128 == 0 { value } else { -value }
}

/// Cosine of `turn` 256ths of a circle, times 256.
pub(super) fn cosine(turn: i32) -> i32 {
    sine(turn + 64)
}

/// A number that looks random and is the same every time.
pub(super) fn hash(a: i32, b: i32) -> u32 {
    let mut n = (a as u32).wrapping_mul(0x9e37_79b1) ^ (b as u32).wrapping_mul(0x85eb_ca77);
    n = (n ^ n >> 15).wrapping_mul(0x2c1b_3c6d);
    n = (n ^ n >> 12).wrapping_mul(0x297a_2d39);
    n ^ n >> 15
}
