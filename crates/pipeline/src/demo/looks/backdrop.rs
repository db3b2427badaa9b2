//! Backdrops: a map of colour numbers drawn once, whose colours cycle and whose rows slide while it plays.

use super::super::canvas::{Canvas, Ink, cosine, hash, sine};
use super::Look;

/// The first of the 128 colour numbers that cycle; those below stay.
const CYCLING: usize = 128;

/// Bayer's threshold matrix: how bands of colour blended before there were enough of them.
const BAYER: [[i32; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

pub(super) struct Backdrop {
    look: Look,
    width: i32,
    height: i32,
    map: Vec<u8>,
    colours: [Ink; 256],
    /// Numbers by which the cycling colours move on in a second.
    cycle: i32,
}

impl Backdrop {
    pub(super) fn new(look: Look, variant: i32, width: i32, height: i32) -> Self {
        let mut map = Vec::with_capacity((width * height) as usize);
        for y in 0..height {
            for x in 0..width {
                map.push(number_at(look, x, y, width, height));
            }
        }
        let cycle = match look {
            Look::Rays(_) => 40,
            Look::Rings => -64,
            Look::Sea => 24,
            Look::Card => 0,
            _ => 16,
        };
        Self { look, width, height, map, colours: colours(look, variant), cycle }
    }

    pub(super) fn paint(&self, canvas: &mut Canvas, millis: i32) {
        let mut now = self.colours;
        let shift = (millis * self.cycle / 1000).rem_euclid(128) as usize;
        now[CYCLING..].rotate_right(shift);
        if self.look == Look::Stage {
            // An old projector's lamp.
            let flicker = (hash(millis / 80, 7) % 9) as u8;
            now.iter_mut().for_each(|ink| ink.y = ink.y.saturating_sub(flicker));
        }
        let (luma, u, v) = (now.map(|ink| ink.y), now.map(|ink| ink.u), now.map(|ink| ink.v));
        for y in 0..self.height {
            // Even, or colours would crawl at their half resolution.
            let slide = (self.slide(y, millis) & !1).rem_euclid(self.width) as usize;
            let row = &self.map[(y * self.width) as usize..][..self.width as usize];
            let (left, right) = row.split_at(slide);
            let (pixels, chroma) = canvas.row(y);
            let (first, second) = pixels.split_at_mut(right.len());
            for (pixels, numbers) in [(first, right), (second, left)] {
                for (pixel, number) in pixels.iter_mut().zip(numbers) {
                    *pixel = luma[usize::from(*number)];
                }
            }
            let Some((us, vs)) = chroma else { continue };
            let (first, second) = (us.split_at_mut(right.len() / 2), vs.split_at_mut(right.len() / 2));
            for (us, vs, numbers) in [(first.0, second.0, right), (first.1, second.1, left)] {
                for ((pu, pv), pair) in us.iter_mut().zip(vs).zip(numbers.chunks_exact(2)) {
                    (*pu, *pv) = (u[usize::from(pair[0])], v[usize::from(pair[0])]);
                }
            }
        }
        if matches!(self.look, Look::Space | Look::Sunset) {
            self.paint_floor(canvas, millis);
        }
        if self.look == Look::Sunset {
            sun(canvas);
        }
    }

    /// Brightens a round patch of what is there.
    pub(super) fn spotlight(&self, canvas: &mut Canvas, (x, y): (i32, i32), radius: i32) {
        for row in (y - radius).max(0)..(y + radius).min(self.height) {
            let half = (radius * radius - (row - y) * (row - y)).isqrt();
            let (luma, _) = canvas.row(row);
            for pixel in &mut luma[(x - half).max(0) as usize..(x + half).clamp(0, self.width) as usize] {
                *pixel = pixel.saturating_add(70).min(225);
            }
        }
    }

    /// How far row `y` has slid to the left.
    fn slide(&self, y: i32, millis: i32) -> i32 {
        let (height, unit) = (self.height, self.width / 160);
        match self.look {
            Look::Sea if y >= height * 11 / 20 => {
                let depth = y - height * 11 / 20;
                sine(millis / 10 + y * 6) * depth / 2048 + millis * depth / (20 * height)
            }
            Look::Space => millis * (1 + (hash(y / 2, 3) % 5) as i32) * unit / 800,
            Look::Garden => millis * unit / 160 + sine(millis / 24 + y / 2) * unit / 128,
            Look::Sunset if y >= height * 9 / 20 => millis * unit / 200,
            Look::Stage => sine(millis / 30 + y) * unit / 512,
            _ => 0,
        }
    }

    /// A floor in perspective, drawn afresh since no row of it repeats.
    fn paint_floor(&self, canvas: &mut Canvas, millis: i32) {
        let (from, width) = (self.height * 13 / 20, self.width);
        let neon = self.look == Look::Sunset;
        let (light, dark) = if neon { (0xff4fa0, 0x2b0b45) } else { (0xe9e2d2, 0xb02a4c) };
        for y in from..self.height {
            let depth = y - from + 4;
            let distance = self.height * 24 / depth;
            let far = 12 - (depth * 12 / (self.height - from)).min(12);
            let light = Ink::rgb(light).towards(Ink::rgb(dark), far, 14);
            let dark = Ink::rgb(dark).towards(Ink::BLACK, far, 24);
            let cell = (depth * 3 / 4).max(4);
            let slid = millis * cell / 900;
            let ahead = (distance + millis / 60) / 16 % 2;
            let first = (width / 2 - slid).rem_euclid(2 * cell) - 2 * cell;
            canvas.span(y, 0, width, if neon && (distance + millis / 60) % 16 < 2 { light } else { dark });
            let mut x = first + if neon { 0 } else { ahead * cell };
            while x < width {
                canvas.span(y, x, x + if neon { cell / 12 + 1 } else { cell }, light);
                x += if neon { cell } else { 2 * cell };
            }
        }
    }
}

fn sun(canvas: &mut Canvas) {
    let (x, y, radius) = (canvas.width / 2, canvas.height * 3 / 8, canvas.height / 5);
    for row in -radius..=radius {
        let gap = (row + radius) / 6 % 4 == 3 && row > -radius / 3;
        // The city hides what is below its roofs.
        if y + row >= canvas.height * 9 / 20 || gap {
            continue;
        }
        let half = (radius * radius - row * row).isqrt();
        let ink = Ink::rgb(0xffe066).towards(Ink::rgb(0xff3d81), row + radius, 2 * radius);
        canvas.span(y + row, x - half, x + half, ink);
    }
}

/// The colour number of a pixel: below [`CYCLING`] a place on the look's first ramp, above it on its second.
fn number_at(look: Look, x: i32, y: i32, width: i32, height: i32) -> u8 {
    let ramp = |part: i32, whole: i32| {
        let dither = BAYER[((y / 2) & 3) as usize][((x / 2) & 3) as usize];
        ((part * 15 * 16 / whole.max(1) + dither) / 16 * 8).clamp(0, 127) as u8
    };
    let star = |rare: u32| hash(x / 2, y / 2).is_multiple_of(rare);
    let twinkle = |seed: i32| 128 + (hash(x / 2 + seed, y / 2) % 128) as u8;
    let (dx, dy) = (x - width / 2, y - height / 2);
    let fine = (height / 90).max(2);
    match look {
        Look::Sea if y >= height * 11 / 20 => {
            let depth = y - height * 11 / 20;
            let crest = (x / (4 + depth / 8) + (hash(y / fine, 1) % 9) as i32) % 9;
            if crest < 2 { 128 + (hash(x / 16, y / fine) % 128) as u8 } else { ramp(depth + height / 2, height) }
        }
        Look::Sea => {
            if star(500) {
                twinkle(1)
            } else {
                ramp(y, height)
            }
        }
        Look::Space => {
            if star(260) {
                twinkle(2)
            } else {
                ramp((sine(x * 256 / width + sine(y) / 8) + 256) * y / height, 512)
            }
        }
        Look::Garden => {
            let cell = (width / 16).max(8);
            let (cx, cy) = (x % cell - cell / 2, (y + x / cell % 2 * cell / 2) % cell - cell / 2);
            let spot = cx * cx + cy * cy < cell * cell / 10;
            if spot { 128 + ((x / cell * 16 + y / cell * 24) % 128) as u8 } else { ramp(y, height) }
        }
        Look::Sunset => {
            let roof = |block: i32, tall: i32| height * 13 / 20 - (hash(x / block, tall) % (height as u32 / 5)) as i32;
            let (front, back) = (roof(width / 32, 5) + height / 24, roof(width / 20, 9));
            let window = x / fine % 3 == 1 && y / fine % 3 == 1 && hash(x / fine / 3, y / fine / 3).is_multiple_of(3);
            match () {
                () if y > front => {
                    if window {
                        128 + (hash(x / fine, y / fine) % 96) as u8
                    } else {
                        0
                    }
                }
                () if y > back => 8,
                () => ramp(y + height / 6, height * 3 / 4).max(16),
            }
        }
        Look::Stage => {
            let fold = sine(x * 256 * 14 / width) + sine(x * 256 * 5 / width) / 2 + 384;
            let edge = (dx * dx / 4 + dy * dy) * 40 / (height * height);
            ramp(fold * (48 - edge.min(40)) / 48, 768)
        }
        Look::Rays(_) => 128 + (angle(dx, dy) * 8 % 128) as u8,
        Look::Rings => 128 + ((dx * dx + dy * dy).isqrt() * 360 / height % 128) as u8,
        Look::Card => card(x, y, width, height),
    }
}

fn card(x: i32, y: i32, width: i32, height: i32) -> u8 {
    let (dx, dy) = (x - width / 2, y - height / 2);
    let radius = (dx * dx + dy * dy).isqrt();
    let cell = height / 12;
    let bars = (y > height * 2 / 5 && y < height * 3 / 5) && radius < height * 2 / 5;
    let greys = (y >= height * 3 / 5 && y < height * 7 / 10) && radius < height * 2 / 5;
    let across = (dx + height * 2 / 5) * 8 / (height * 4 / 5);
    match () {
        () if (radius - height * 2 / 5).abs() < 2 => 127,
        () if bars => 128 + (across * 16).clamp(0, 112) as u8,
        () if greys => (across * 16).clamp(0, 112) as u8,
        () if radius < height * 2 / 5 => 24,
        () if x % cell < 2 || y % cell < 2 => 120,
        () => 56,
    }
}

/// 256ths of a circle.
fn angle(x: i32, y: i32) -> i32 {
    let (mut low, mut high) = (0, 128);
    let down = y < 0 || y == 0 && x < 0;
    let (x, y) = if down { (-x, -y) } else { (x, y) };
    while high - low > 1 {
        let middle = (low + high) / 2;
        if y * cosine(middle) >= x * sine(middle) { low = middle } else { high = middle }
    }
    low + if down { 128 } else { 0 }
}

/// The two ramps of a look, for one of its times of day.
fn colours(look: Look, variant: i32) -> [Ink; 256] {
    let pick = |sets: [&'static [u32]; 4]| sets[variant.rem_euclid(4) as usize];
    let (still, cycling): (&[u32], &[u32]) = match look {
        Look::Sea => (
            pick([
                &[0x081230, 0x14305c, 0x2f6f8f, 0x0d3550],
                &[0x1d1038, 0x5b2a5e, 0xd9776a, 0x23304f],
                &[0x05161c, 0x0f4a50, 0x57a08a, 0x0a3a40],
                &[0x131722, 0x343c50, 0x7a8798, 0x20303c],
            ]),
            &[0xdff3ff, 0x4f8fb5, 0x8fc7de, 0x2f6f8f, 0xdff3ff],
        ),
        Look::Space => (
            pick([
                &[0x05030f, 0x1a0f3c, 0x3c1a5c],
                &[0x020a12, 0x06303c, 0x0f5a5a],
                &[0x0d0408, 0x3c0f28, 0x702040],
                &[0x04060f, 0x10204f, 0x2a3f8f],
            ]),
            &[0xffffff, 0x6f7fbf, 0xfff0b0, 0x40406f, 0xffffff],
        ),
        Look::Garden => (
            pick([
                &[0xbfe6d0, 0xe9f2c0, 0xf8d9a8],
                &[0xc7d8f4, 0xe6dcf6, 0xf8cfd8],
                &[0xfbe3a4, 0xf7c9a0, 0xf2a7a0],
                &[0xcdeae9, 0xbfe0b8, 0xe8f0a8],
            ]),
            &[0xf7a1a1, 0xffd98a, 0x9fd9c0, 0x9fb8e8, 0xd9a0d9, 0xf7a1a1],
        ),
        Look::Sunset => {
            (&[0x140a24, 0x2b1048, 0x7a1f6a, 0xe8486f, 0xffa45c, 0xffd98a], &[0xfff0a0, 0x6a3a50, 0xffc060, 0xfff0a0])
        }
        Look::Stage => (&[0x101010, 0x383838, 0x6e6e6e], &[0x6e6e6e, 0x101010]),
        Look::Rays(_) => (
            &[0, 0],
            pick([
                &[0xe8573f, 0xf7b34a, 0xe8573f],
                &[0x2f8f9f, 0x9fe0c8, 0x2f8f9f],
                &[0x7b4bb0, 0xe88fc0, 0x7b4bb0],
                &[0x3f8f4f, 0xd8e06a, 0x3f8f4f],
            ]),
        ),
        Look::Rings => (
            &[0, 0],
            pick([
                &[0x1b1f4b, 0x3f6fd0, 0x7fd4ff, 0x1b1f4b],
                &[0x4b1b3f, 0xd03f6f, 0xffb07f, 0x4b1b3f],
                &[0x0f3f34, 0x2f9f6f, 0xc8f07f, 0x0f3f34],
                &[0x3f2a0f, 0xd0902f, 0xfff09f, 0x3f2a0f],
            ]),
        ),
        Look::Card => (&[0x101010, 0xf0f0f0], &[]),
    };
    // Rays and bars have hard edges.
    let bars = [0xf0f0f0, 0xe8e040, 0x40e0e0, 0x40d850, 0xe050d8, 0xe04038, 0x4048d8, 0x101010];
    std::array::from_fn(|number| match (number.checked_sub(CYCLING), look) {
        (None, _) => along(still, number as i32),
        (Some(place), Look::Card) => Ink::rgb(bars[place / 16]),
        (Some(place), Look::Rays(_)) => Ink::rgb(cycling[usize::from(place % 64 >= 32)]),
        (Some(place), _) => along(cycling, place as i32),
    })
}

/// The colour at `place` of 128 on the way through `stops`.
fn along(stops: &[u32], place: i32) -> Ink {
    let spans = stops.len() as i32 - 1;
    let at = (place * spans / 127).min(spans - 1);
    let part = place * spans - at * 127;
    Ink::rgb(stops[at as usize]).towards(Ink::rgb(stops[at as usize + 1]), part, 127)
}
