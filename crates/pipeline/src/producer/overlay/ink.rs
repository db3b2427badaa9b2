//! Letters in a colour on a ground of another: what they lay over house pictures, by how much they cover.

use super::blend::{CHROMA_TAPS, Pixel, byte, components};

/// For each plane and coverage by letters the value to lay over the picture, and how much is kept of what lies under it.
pub(in crate::producer) type Inks = [Box<[(u8, u8); 256]>; 3];

/// Letters over a ground which covers the picture by `ground_alpha`; letters always do.
pub(in crate::producer) fn inks(text_rgb: [u8; 3], ground_rgb: [u8; 3], ground_alpha: f32) -> Inks {
    let opaque = |rgb: [u8; 3]| rgb.map(|part| f32::from(part) / 255.0);
    let (text, ground) = (opaque(text_rgb), opaque(ground_rgb));
    std::array::from_fn(|plane| {
        Box::new(std::array::from_fn(|coverage| {
            let letters = coverage as f32 / 255.0;
            let around = (1.0 - letters) * ground_alpha;
            let [red, green, blue] = std::array::from_fn(|at| text[at] * letters + ground[at] * around);
            let pixel: Pixel = [red, green, blue, letters + around];
            (byte(components(pixel)[plane]), 255 - byte(255.0 * pixel[3]))
        }))
    })
}

/// The coverage where the chroma samples of two lines sit.
pub(in crate::producer) fn sited(lines: &[&[u8]]) -> Vec<u8> {
    let width = lines.first().map_or(0, |line| line.len());
    let sample = |x: usize| {
        let mut sum = 4;
        for line in lines {
            for (tap, weight) in CHROMA_TAPS.into_iter().enumerate() {
                let neighbour = (x + tap).checked_sub(1).and_then(|x| line.get(x)).unwrap_or(&line[x]);
                sum += u16::from(*neighbour) * weight;
            }
        }
        (sum >> 3) as u8
    };
    (0..width).step_by(2).map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_cover_and_the_ground_darkens() {
        let inks = inks([255; 3], [0; 3], 0.6);
        assert_eq!(inks[0][255], (235, 0));
        assert_eq!(inks[0][0], (10, 102));
        assert_eq!((inks[1][255], inks[1][0]), ((128, 0), (77, 102)));
    }
}
