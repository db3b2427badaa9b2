//! Arithmetic on house pictures: fading one to black, laying a sprite or a tint over it.
//!
//! Pictures are 8-bit 4:2:0, BT.709, limited range: black is luma 16 and chroma 128 (ITU-R BT.709, 4.6). Chroma samples
//! sit beside the even columns of luma and between two of its rows, as H.264 has them where it says nothing else
//! (ITU-T H.264, figure E-1, type 0). Blending works on these gamma-coded components, as vision mixers do.

use super::super::fades::Level;

/// The values of black, by plane.
const BLACK: [i32; 3] = [16, 128, 128];

/// One plane of a picture: rows of samples that lie `stride` bytes apart.
pub(in crate::producer) struct Plane<'a> {
    pub(super) bytes: &'a mut [u8],
    pub(super) stride: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A picture's planes: luma, Cb, Cr.
pub(in crate::producer) type Picture<'a> = [Plane<'a>; 3];

/// Part of a plane that covers what is under it: values already multiplied by their alpha, beside what is kept of what
/// lies under them (255 less alpha).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cover {
    pub(super) width: usize,
    pub(super) value: Vec<u8>,
    pub(super) keep: Vec<u8>,
}

/// A red, green and blue between 0 and 1, multiplied by the alpha beside them.
pub(super) type Pixel = [f32; 4];

impl Plane<'_> {
    /// The rows from `from` on, without their padding.
    pub(in crate::producer) fn rows(&mut self, from: usize) -> impl Iterator<Item = &mut [u8]> {
        let (stride, width) = (self.stride, self.width);
        let visible = self.height.saturating_sub(from);
        let rest = self.bytes.get_mut(from * stride..).unwrap_or_default();
        rest.chunks_mut(stride.max(1)).take(visible).map(move |row| {
            let width = width.min(row.len());
            &mut row[..width]
        })
    }
}

/// Leaves `level` of the picture.
pub(super) fn fade(picture: &mut Picture<'_>, level: Level) {
    for (plane, black) in picture.iter_mut().zip(BLACK) {
        for row in plane.rows(0) {
            for sample in row {
                *sample = (black + (((i32::from(*sample) - black) * level.0 + (1 << 15)) >> 16)) as u8;
            }
        }
    }
}

/// Lays `covers`, one for each plane, over the picture, their upper left corner at the even column `x` and row `y`.
/// What would lie outside is left out.
pub(super) fn lay(picture: &mut Picture<'_>, covers: &[Cover; 3], x: usize, y: usize) {
    for (plane, (cover, half)) in picture.iter_mut().zip(covers.iter().zip([1, 2, 2])) {
        let rows = cover.value.chunks(cover.width).zip(cover.keep.chunks(cover.width));
        for (row, (value, keep)) in plane.rows(y / half).zip(rows) {
            let under = row.get_mut(x / half..).unwrap_or_default();
            for ((sample, value), keep) in under.iter_mut().zip(value).zip(keep) {
                *sample = over(*sample, *value, *keep);
            }
        }
    }
}

/// `value` over what is kept of `under`.
pub(super) fn over(under: u8, value: u8, keep: u8) -> u8 {
    value.saturating_add(scaled(under, keep))
}

/// `value · part / 255`, rounded; exact for all bytes.
fn scaled(value: u8, part: u8) -> u8 {
    let product = u16::from(value) * u16::from(part) + 128;
    ((product + (product >> 8)) >> 8) as u8
}

/// Luma, Cb and Cr of a pixel, each multiplied by the pixel's alpha (ITU-R BT.709, 3.2 to 4.6).
pub(super) fn components([red, green, blue, alpha]: Pixel) -> [f32; 3] {
    let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    [
        16.0 * alpha + 219.0 * luma,
        128.0 * alpha + 224.0 * (blue - luma) / 1.8556,
        128.0 * alpha + 224.0 * (red - luma) / 1.5748,
    ]
}

/// Pixels of a picture `width` wide as covers of the three planes. Both sides are even.
pub(super) fn covers(width: usize, pixels: &[Pixel]) -> [Cover; 3] {
    let height = pixels.len() / width.max(1);
    let cover = |plane: usize, width: usize, samples: &[Pixel]| Cover {
        width,
        value: samples.iter().map(|pixel| byte(components(*pixel)[plane])).collect(),
        keep: samples.iter().map(|pixel| 255 - byte(255.0 * pixel[3])).collect(),
    };
    let halved: Vec<Pixel> = (0..height / 2)
        .flat_map(|row| (0..width / 2).map(move |column| (row, column)))
        .map(|(row, column)| sited(width, pixels, row, column))
        .collect();
    [cover(0, width, pixels), cover(1, width / 2, &halved), cover(2, width / 2, &halved)]
}

/// How much the columns left of, at and right of a chroma sample count, in parts of four.
pub(super) const CHROMA_TAPS: [u16; 3] = [1, 2, 1];

/// The pixel where the chroma sample of `row` and `column` sits. Beyond the edges all is transparent.
fn sited(width: usize, pixels: &[Pixel], row: usize, column: usize) -> Pixel {
    let mut sum = [0.0; 4];
    for line in [2 * row, 2 * row + 1] {
        for (tap, weight) in CHROMA_TAPS.into_iter().enumerate() {
            let Some(x) = (2 * column + tap).checked_sub(1).filter(|x| *x < width) else { continue };
            let pixel = pixels[line * width + x];
            sum = std::array::from_fn(|at| sum[at] + pixel[at] * f32::from(weight) / 8.0);
        }
    }
    sum
}

/// The nearest byte.
pub(super) fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey picture of 16×8 with rows of 20 bytes.
    struct Grey([Vec<u8>; 3]);

    impl Grey {
        fn new() -> Self {
            Self([vec![126; 20 * 8], vec![128; 12 * 4], vec![128; 12 * 4]])
        }

        fn picture(&mut self) -> Picture<'_> {
            let sizes = [(20, 16, 8), (12, 8, 4), (12, 8, 4)];
            let mut sizes = sizes.into_iter();
            self.0.each_mut().map(|bytes| {
                let (stride, width, height) = sizes.next().unwrap();
                Plane { bytes, stride, width, height }
            })
        }

        fn luma(&self, x: usize, y: usize) -> u8 {
            self.0[0][y * 20 + x]
        }

        fn chroma(&self, x: usize, y: usize) -> (u8, u8) {
            (self.0[1][y * 12 + x], self.0[2][y * 12 + x])
        }
    }

    #[test]
    fn black_fades_to_black_and_padding_is_left_alone() {
        let mut grey = Grey::new();
        fade(&mut grey.picture(), Level(Level::WHOLE.0 / 2));
        assert_eq!((grey.luma(0, 0), grey.luma(15, 7), grey.luma(16, 0)), (71, 71, 126));
        fade(&mut grey.picture(), Level(0));
        assert_eq!((grey.luma(0, 0), grey.chroma(0, 0)), (16, (128, 128)));
        let mut whole = Grey::new();
        fade(&mut whole.picture(), Level::WHOLE);
        assert_eq!(whole.0, Grey::new().0);
    }

    #[test]
    fn colours_are_those_of_bt709() {
        let check = |rgb: [f32; 3], expected: [u8; 3]| {
            assert_eq!(components([rgb[0], rgb[1], rgb[2], 1.0]).map(byte), expected, "{rgb:?}");
        };
        // ITU-R BT.709, 100 % bars
        check([1.0, 1.0, 1.0], [235, 128, 128]);
        check([1.0, 0.0, 0.0], [63, 102, 240]);
        check([0.0, 1.0, 0.0], [173, 42, 26]);
        check([0.0, 0.0, 1.0], [32, 240, 118]);
        check([0.0, 0.0, 0.0], [16, 128, 128]);
    }

    #[test]
    fn what_is_opaque_replaces_and_what_is_clear_keeps() {
        let red = [1.0, 0.0, 0.0, 1.0];
        let mut grey = Grey::new();
        lay(&mut grey.picture(), &covers(4, &[red; 16]), 4, 2);
        assert_eq!((grey.luma(3, 2), grey.luma(4, 2), grey.luma(7, 5), grey.luma(8, 5)), (126, 63, 63, 126));
        assert_eq!((grey.chroma(3, 1), grey.chroma(1, 1)), ((102, 240), (128, 128)));
        let mut same = Grey::new();
        lay(&mut same.picture(), &covers(4, &[[0.0; 4]; 16]), 4, 2);
        assert_eq!(same.0, Grey::new().0);
    }

    #[test]
    fn half_of_white_lies_half_way() {
        let mut grey = Grey::new();
        lay(&mut grey.picture(), &covers(2, &[[0.5; 4]; 4]), 0, 0);
        assert!(grey.luma(0, 0).abs_diff(180) <= 1, "{}", grey.luma(0, 0));
        assert_eq!(grey.chroma(0, 0), (128, 128));
    }

    #[test]
    fn chroma_sits_at_the_even_column() {
        // one red column: at an even place its chroma has half of it, at an odd one both neighbours have a quarter
        let column = |at: usize| {
            let pixels: Vec<Pixel> =
                (0..16).map(|i| if i % 8 == at { [1.0, 0.0, 0.0, 1.0] } else { [0.0; 4] }).collect();
            covers(8, &pixels)[2].keep.iter().map(|keep| 255 - keep).collect::<Vec<u8>>()
        };
        assert_eq!(column(2), [0, 128, 0, 0]);
        assert_eq!(column(3), [0, 64, 64, 0]);
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut grey = Grey::new();
        lay(&mut grey.picture(), &covers(8, &[[1.0; 4]; 64]), 12, 6);
        lay(&mut grey.picture(), &covers(8, &[[1.0; 4]; 64]), 100, 100);
        assert_eq!((grey.luma(15, 7), grey.luma(16, 7), grey.luma(11, 7)), (235, 126, 126));
    }

    #[test]
    fn scaling_is_exact() {
        for value in 0..=255u8 {
            for part in 0..=255u8 {
                let exact = (f64::from(value) * f64::from(part) / 255.0).round() as u8;
                assert_eq!(scaled(value, part), exact);
            }
        }
    }
}
