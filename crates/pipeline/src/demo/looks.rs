//! What each programme looks like: a backdrop with cycling colours, something that moves through it, and its lettering.

mod backdrop;
mod readout;

use self::backdrop::Backdrop;
use super::canvas::{Canvas, Ink, cosine, hash, sine};
use super::catalogue::Item;
use super::lettering::{self, Lettering, Style};
use super::sprites::{self, Sprite};

/// Letters of a title that fit one row without becoming small.
const LONG_TITLE: usize = 18;

/// A programme's own world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Night at the coast.
    Sea,
    /// Stars above a chequered floor.
    Space,
    /// Spots and cog wheels.
    Garden,
    /// A city against the sun.
    Sunset,
    /// A grey curtain and a spotlight.
    Stage,
    /// Rays behind goods.
    Rays(Goods),
    /// Rings of the station itself.
    Rings,
    /// A test card.
    Card,
}

/// What an advert sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goods {
    Teapot,
    Jar,
    Set,
    Hat,
}

/// Draws the frames of one item.
pub(super) struct Scene<'a> {
    item: &'a Item,
    backdrop: Backdrop,
    logo: Vec<(Lettering, i32)>,
    line: Lettering,
    canvas: Canvas,
}

impl<'a> Scene<'a> {
    pub(super) fn new(item: &'a Item) -> Self {
        let format = item.format;
        let (width, height) = (format.width as i32, format.height as i32);
        let backdrop = Backdrop::new(item.look, item.variant, width, height);
        let size = lettering::fit(&item.line, height / 18, width * 9 / 10);
        let line = Lettering::cut(&item.line, size, Style::Outlined, (Ink::rgb(0xfff1c9), Ink::BLACK));
        Self { item, backdrop, logo: logo(item), line, canvas: Canvas::new(format.width, format.height) }
    }

    /// The planes of frame `number`.
    pub(super) fn frame(&mut self, number: i64) -> &[u8] {
        let millis = self.item.format.rate.millis_in(number) as i32;
        self.backdrop.paint(&mut self.canvas, millis);
        self.actors(millis);
        self.words(millis);
        readout::draw(&mut self.canvas, self.item, number, millis);
        self.canvas.bytes()
    }

    fn actors(&mut self, millis: i32) {
        let canvas = &mut self.canvas;
        let (width, height) = (canvas.width, canvas.height);
        // Pixels of a sprite, such that it is a quarter of the picture high.
        let scale = (height / 60).max(2);
        let bob = |period: i32, reach: i32| sine(millis * 256 / period) * reach / 256;
        match self.item.look {
            Look::Sea => {
                let lamp = (width * 5 / 6, height * 2 / 5);
                beam(canvas, lamp, millis);
                lighthouse(canvas, lamp);
                moon(canvas, (width / 7, height * 3 / 8), height / 13);
                let x = (millis / 25 * width / 640) % (width + 40 * scale) - 20 * scale;
                sprites::draw(canvas, sprites::BOAT, (x, height * 11 / 20 + bob(2600, height / 50)), scale);
            }
            Look::Space => {
                planet(canvas, (width * 3 / 4, height * 2 / 5), height / 6);
                let x = width / 3 + bob(9000, width / 5);
                sprites::draw(canvas, sprites::ROCKET, (x, height * 9 / 20 + bob(3100, height / 14)), scale);
            }
            Look::Garden => {
                let turn = millis / 40;
                cog(canvas, (width * 5 / 6, height / 2), height / 5, turn, Ink::rgb(0xc98a2b));
                cog(
                    canvas,
                    (width * 5 / 6 - height * 29 / 100, height * 13 / 20),
                    height / 8,
                    -turn * 8 / 5 + 12,
                    Ink::rgb(0x9c5b8f),
                );
                let hop = bob(900, height / 16).abs();
                sprites::draw(canvas, sprites::ROBOT, (width / 5 + bob(7000, width / 9), height * 9 / 20 - hop), scale);
            }
            Look::Sunset => {
                let x = width - (millis / 20 * width / 640) % (width + 48 * scale);
                sprites::draw(canvas, sprites::TRAM, (x, height * 51 / 100 + hash(millis / 120, 0) as i32 % 2), scale);
            }
            Look::Stage => {
                let at = (width / 2 + bob(8000, width / 4), height / 2 + bob(5300, height / 9));
                self.backdrop.spotlight(canvas, at, height / 4);
                let wings = if millis / 120 % 2 == 0 { sprites::MOTH_UP } else { sprites::MOTH_DOWN };
                sprites::draw(canvas, wings, (at.0 - 8 * scale, at.1 - 4 * scale), scale);
            }
            Look::Rays(goods) => {
                canvas.disc(width / 2, height / 2, height / 4 + bob(1200, height / 60), Ink::rgb(0xfff3d0));
                let hop = bob(800, height / 24).abs();
                sprites::draw(canvas, goods.sprite(), (width / 2 - 8 * scale, height / 2 - 6 * scale - hop), scale);
            }
            Look::Rings => {
                let radius = height / 5 + bob(2500, height / 40);
                canvas.disc(width / 2, height / 2, radius + height / 60, Ink::WHITE);
                canvas.disc(width / 2, height / 2, radius, Ink::rgb(0x1b1f4b));
                sprites::draw(canvas, sprites::SET, (width / 2 - 8 * scale, height / 2 - 6 * scale), scale);
            }
            Look::Card => {}
        }
    }

    fn words(&mut self, millis: i32) {
        let canvas = &mut self.canvas;
        let width = canvas.width;
        let middle = |words: &Lettering| (width - words.width()) / 2;
        let (sways, mut y) = (self.item.look.lettering().0 == Style::Candy, canvas.height / 14);
        for (line, size) in &self.logo {
            let sway = if sways { sine(millis / 8) * size / 2048 } else { 0 };
            line.lay(canvas, (middle(line), y + sway));
            y += size * 9 / 8;
        }
        self.line.lay(canvas, (middle(&self.line), y + canvas.height / 24));
    }
}

/// The title in one row or two, with the height of each.
fn logo(item: &Item) -> Vec<(Lettering, i32)> {
    let (width, height) = (item.format.width as i32, item.format.height as i32);
    let (style, face, edge) = item.look.lettering();
    let room = width * 9 / 10;
    let spaces = item.title.match_indices(' ').map(|(at, _)| at);
    let middle = spaces.min_by_key(|at| at.abs_diff(item.title.len() / 2));
    let rows = match middle.filter(|_| item.title.len() > LONG_TITLE) {
        Some(at) => vec![&item.title[..at], &item.title[at + 1..]],
        None => vec![item.title.as_str()],
    };
    let tallest = height / if rows.len() > 1 { 10 } else { 8 };
    let size = rows.iter().map(|row| lettering::fit(row, tallest, room)).min().unwrap_or(tallest);
    rows.into_iter().map(|row| (Lettering::cut(row, size, style, (face, edge)), size)).collect()
}

impl Look {
    fn lettering(self) -> (Style, Ink, Ink) {
        match self {
            Look::Sea => (Style::Carved, Ink::rgb(0xf2b54a), Ink::rgb(0x15233f)),
            Look::Space => (Style::Neon, Ink::rgb(0xff5fb2), Ink::rgb(0x2a0b3f)),
            Look::Garden => (Style::Candy, Ink::rgb(0xe8475b), Ink::rgb(0x4a1f4f)),
            Look::Sunset => (Style::Neon, Ink::rgb(0xffc04d), Ink::rgb(0x3a0f3c)),
            Look::Stage => (Style::Carved, Ink::rgb(0xb8b4aa), Ink::rgb(0x111111)),
            Look::Rays(_) => (Style::Candy, Ink::rgb(0xffe14d), Ink::rgb(0x8a1f2f)),
            Look::Rings => (Style::Carved, Ink::rgb(0x7fd4ff), Ink::rgb(0x10123a)),
            Look::Card => (Style::Plain, Ink::WHITE, Ink::BLACK),
        }
    }
}

impl Goods {
    fn sprite(self) -> Sprite {
        match self {
            Goods::Teapot => sprites::TEAPOT,
            Goods::Jar => sprites::JAR,
            Goods::Set => sprites::SET,
            Goods::Hat => sprites::HAT,
        }
    }
}

/// A crescent: what the disc has and a second one beside it has not.
fn moon(canvas: &mut Canvas, (x, y): (i32, i32), radius: i32) {
    for row in -radius..=radius {
        let half = (radius * radius - row * row).isqrt();
        canvas.span(y + row, x - half, x - half / 3, Ink::rgb(0xfff3c4));
    }
}

fn lighthouse(canvas: &mut Canvas, (x, y): (i32, i32)) {
    let unit = canvas.height / 60;
    let foot = canvas.height * 3 / 5;
    for row in y..foot {
        let half = 2 * unit + (row - y) * unit * 2 / (foot - y).max(1);
        let red = (row - y) / (4 * unit).max(1) % 2 == 1;
        canvas.span(row, x - half, x + half, Ink::rgb(if red { 0xb8342e } else { 0xe9e2d2 }));
        canvas.span(row, x + half / 2, x + half, Ink::rgb(if red { 0x7d211f } else { 0xb5ab9b }));
    }
    canvas.rect(x - 3 * unit, y - unit, 6 * unit, unit, Ink::BLACK);
    canvas.rect(x - 2 * unit, y - 4 * unit, 4 * unit, 3 * unit, Ink::rgb(0xffe9a0));
    canvas.rect(x - 3 * unit, y - 5 * unit, 6 * unit, unit, Ink::rgb(0x7d211f));
    for row in 0..6 * unit {
        let half = (36 * unit * unit - row * row).max(0).isqrt() * 2;
        canvas.span(foot + 5 * unit - row, x - half, x + half * 3 / 4, Ink::rgb(0x1a1c26));
    }
}

/// A cone of light that goes round once in six seconds.
fn beam(canvas: &mut Canvas, (x, y): (i32, i32), millis: i32) {
    let turn = millis * 256 / 6000;
    let (across, reach) = (cosine(turn), canvas.width);
    let length = reach * across / 256;
    let (from, to) = (x.min(x + length).max(0), x.max(x + length).min(canvas.width));
    let lamp = y - canvas.height / 24;
    for column in from..to {
        let spread = (column - x).abs() / 9 + 2;
        for row in (lamp - spread).max(0)..(lamp + spread).min(canvas.height) {
            let (luma, _) = canvas.row(row);
            luma[column as usize] = luma[column as usize].saturating_add(34).min(235);
        }
    }
}

fn planet(canvas: &mut Canvas, (x, y): (i32, i32), radius: i32) {
    for row in -radius..=radius {
        let half = (radius * radius - row * row).isqrt();
        let band = [0xe8a15c, 0xd9824a, 0xf0c07a, 0xc86b3f][((row + radius) * 9 / (2 * radius) % 4) as usize];
        let ink = Ink::rgb(band);
        canvas.span(y + row, x - half, x + half, ink);
        canvas.span(y + row, x + half / 3, x + half, ink.towards(Ink::BLACK, 1, 3));
    }
    for turn in 0..256 {
        let (across, down) = (cosine(turn) * radius * 7 / 4 / 256, sine(turn) * radius / 3 / 256);
        // The far half of the ring is behind the planet.
        if down >= 0 || across.abs() > radius {
            canvas.rect(x + across, y + down, radius / 9, radius / 12, Ink::rgb(0xf6e3b4));
        }
    }
}

fn cog(canvas: &mut Canvas, (x, y): (i32, i32), radius: i32, turn: i32, ink: Ink) {
    let shade = ink.towards(Ink::BLACK, 1, 3);
    for tooth in 0..8 {
        let angle = turn + tooth * 32;
        let tip = (x + cosine(angle) * radius / 256, y + sine(angle) * radius / 256);
        canvas.line((x, y), tip, radius / 4, ink);
    }
    canvas.disc(x, y, radius * 4 / 5, ink);
    canvas.disc(x, y, radius * 3 / 5, shade);
    for spoke in 0..4 {
        let angle = turn + spoke * 64;
        let end = (x + cosine(angle) * radius * 3 / 5 / 256, y + sine(angle) * radius * 3 / 5 / 256);
        canvas.line((x, y), end, radius / 6, ink);
    }
    canvas.disc(x, y, radius / 5, Ink::rgb(0xf6ead0));
}
