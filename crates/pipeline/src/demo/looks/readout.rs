//! What a still tells: time code, frame number, how far the programme has come, and a clock.

use super::super::canvas::{Canvas, Ink, cosine, sine};
use super::super::catalogue::Item;
use super::super::lettering::{Lettering, Style};

pub(super) fn draw(canvas: &mut Canvas, item: &Item, number: i64, millis: i32) {
    let (width, height) = (canvas.width, canvas.height);
    let band = height / 8;
    let top = height - band;
    canvas.shade(top, band);
    let size = (height / 18).min(width / 30);
    let y = top + (band - size) / 2 - height / 120;
    let inks = (Ink::rgb(0xffd75e), Ink::BLACK);
    Lettering::cut(&time_code(item, number), size, Style::Plain, inks).lay(canvas, (width / 32, y));
    let frame = Lettering::cut(&format!("FRAME {number:05}"), size, Style::Plain, (Ink::WHITE, Ink::BLACK));
    frame.lay(canvas, (width - width / 32 - frame.width(), y));

    let frames = item.frames().max(1);
    let bar = height / 60;
    canvas.rect(0, height - bar, width, bar, Ink::rgb(0x30303c));
    let done = i64::from(width) * (number + 1) / frames;
    canvas.rect(0, height - bar, done as i32, bar, Ink::rgb(0xe8475b));
    clock(canvas, (width / 2, top + band / 2 - bar / 2), band * 2 / 5, millis);
}

/// A hand that goes round once a minute, and one that goes round once a second.
fn clock(canvas: &mut Canvas, (x, y): (i32, i32), radius: i32, millis: i32) {
    canvas.disc(x, y, radius + 2, Ink::BLACK);
    canvas.disc(x, y, radius, Ink::WHITE);
    let hand = |turn: i32, length: i32| (x + sine(turn) * length / 256, y - cosine(turn) * length / 256);
    canvas.line((x, y), hand(millis % 1000 * 256 / 1000, radius * 9 / 10), 2, Ink::rgb(0xe8475b));
    canvas.line((x, y), hand(millis % 60_000 * 256 / 60_000, radius * 7 / 10), 3, Ink::BLACK);
}

/// Non-drop: it counts frames, so that it says which one this is.
fn time_code(item: &Item, number: i64) -> String {
    let rate = item.format.rate;
    let nominal = i64::from(rate.num().div_ceil(rate.den()));
    let (seconds, frames) = (number / nominal, number % nominal);
    format!("{:02}:{:02}:{:02}:{frames:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
