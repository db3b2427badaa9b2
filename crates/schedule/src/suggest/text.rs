//! The text of a channel file that teaches its language.

use std::fmt::Write;
use std::time::Duration;

use super::draft::{Draft, Order, Slot};
use super::filling::Filling;
use crate::asset::{Kind, MediaType};
use crate::plan::{Match, Range, show_duration};

/// As long as a channel's name may be.
const LONGEST_LINE: usize = 100;

/// By which editors know the language.
const SCHEMA: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/reference/channel.schema.json");

/// The file of `draft`.
pub(super) fn write(draft: &Draft<'_>, filling: &Filling, slug: &str, number: &str) -> String {
    let mut text = head(draft, filling, slug, number);
    text += "\npools:    # sets of media, told by what they are; new files that match join by themselves\n";
    for set in &draft.pools {
        line_of(&mut text, format_args!("  {}: {{ match: {} }}", set.name, flow(&set.matches)));
    }
    if !filling.pools.is_empty() {
        text += "  # what runs between programmes is met only by naming its kind\n";
    }
    for (name, matches) in &filling.pools {
        line_of(&mut text, format_args!("  {name}: {{ match: {} }}", flow(matches)));
    }
    text += "\nschedule:\n";
    for layer in &draft.layers {
        line_of(&mut text, format_args!("  {}:    # {}", layer.name, layer.note));
        for slot in &layer.slots {
            line_of(&mut text, format_args!("    # {}", told(slot)));
            line_of(&mut text, format_args!("    - {}", slot_of(slot)));
        }
    }
    text + &between(draft, filling)
}

fn head(draft: &Draft<'_>, filling: &Filling, slug: &str, number: &str) -> String {
    let (what, name) = (&draft.what, quoted(&draft.name));
    let grid = match filling.grid {
        Some(minutes) => {
            format!("grid: {minutes}m    # programmes start on lines of this distance; what they leave is filled")
        }
        None => "grid: off    # programmes follow one another; 30m starts each on the hour or the half hour".to_owned(),
    };
    format!(
        "# yaml-language-server: $schema={SCHEMA}
# A channel that shows {what}.
# `retrovue schedule check FILE` tells what is wrong with it, `retrovue channel apply FILE` puts it on the air.

channel: {slug}    # its address, /channel/{slug}.ts; another slug is another channel
number: \"{number}\"    # on television sets; the next free one where it is left out
name: {name}    # shown in guides
# timezone: America/New_York    # of all times below; the system's where it is left out
{grid}
"
    )
}

/// What lies between programmes, and the night.
fn between(draft: &Draft<'_>, filling: &Filling) -> String {
    let mut text = String::new();
    if !filling.pod.is_empty() {
        let parts = filling.pod.iter().map(|(pool, repeats)| format!("{pool}{}", if *repeats { "…" } else { "" }));
        let parts: Vec<String> = parts.collect();
        text += "\nbreaks:    # within programmes and after them\n";
        text += "  at: chapters    # else where it is black and silent, else every eight minutes\n";
        line_of(
            &mut text,
            format_args!("  pod: [ {} ]    # one of each; with … as many as there is room for", parts.join(", ")),
        );
    }
    if let Some(minutes) = filling.cooldown {
        let cooldown = show_duration(Duration::from_secs(minutes.unsigned_abs() * 60));
        text += "traffic:\n";
        line_of(
            &mut text,
            format_args!("  cooldown: {{ commercial: {cooldown} }}    # before the same one is shown again"),
        );
    }
    if let Some(pool) = filling.fallback {
        line_of(&mut text, format_args!("fallback: [ {pool}, card ]    # covers what is left, in this order"));
    }
    if let Some((from, to)) = draft.night {
        let sign_off = filling.sign_off.map(|pool| format!(", sign_off: {pool}")).unwrap_or_default();
        line_of(
            &mut text,
            format_args!(
                "\noff_air: {{ from: \"{from:02}:00\", to: \"{to:02}:00\", show: test-card{sign_off} }}    # every night"
            ),
        );
    }
    text
}

/// What a slot shows and in which order, in a sentence.
fn told(slot: &Slot) -> String {
    let how = match slot.order {
        Order::Sequential => "in order, continued from day to day",
        Order::Shuffle => "each once before any comes again",
        Order::Marathon => "one after another, each day from somewhere else",
        Order::Rotate => "one of each in turn, each going on where it was",
    };
    format!("{}: {how}.", capitalised(&line(&slot.what)))
}

fn slot_of(slot: &Slot) -> String {
    let Slot { from, to, play, order, title, .. } = slot;
    let length = if from == to { "for: 24h".to_owned() } else { format!("until: \"{to:02}:00\"") };
    let play = match play.as_slice() {
        [pool] => pool.clone(),
        pools => format!("[ {} ]", pools.join(", ")),
    };
    let order = match order {
        Order::Sequential => "sequential",
        Order::Shuffle => "shuffle",
        Order::Marathon => "marathon",
        Order::Rotate => "rotate",
    };
    let title = title.map(|title| format!(", title: {}", quoted(title))).unwrap_or_default();
    format!("{{ at: \"{from:02}:00\", {length}, play: {play}, order: {order}{title} }}")
}

fn line_of(text: &mut String, line: std::fmt::Arguments<'_>) {
    // writing to a string cannot fail
    let _ = writeln!(text, "{line}");
}

/// A match as the language writes it.
pub(super) fn flow(found: &Match) -> String {
    let mut fields: Vec<String> = Vec::new();
    let mut several = |key: &str, values: Vec<String>| match values.as_slice() {
        [] => {}
        [value] => fields.push(format!("{key}: {value}")),
        values => fields.push(format!("{key}: [ {} ]", values.join(", "))),
    };
    let texts = |texts: &[String]| texts.iter().map(|text| quoted(text)).collect();
    let kinds: Vec<Kind> = found.kinds.iter().copied().filter(|kind| *kind != Kind::Programme).collect();
    several("kind", kinds.into_iter().map(|kind| kind.word().to_owned()).collect());
    several("type", found.types.iter().copied().map(|media_type: MediaType| media_type.word().to_owned()).collect());
    several("series", texts(&found.series));
    several("year", found.years.iter().map(years).collect());
    several("genres", texts(&found.genres));
    several("rating", texts(&found.ratings));
    several("tags", texts(&found.tags));
    several("min_duration", found.min_duration.map(show_duration).into_iter().collect());
    several("max_duration", found.max_duration.map(show_duration).into_iter().collect());
    several("not", found.not.iter().map(flow).collect());
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

fn years(range: &Range) -> String {
    match (range.first, range.last) {
        (0, last) => format!("..{last}"),
        (first, last) => format!("{first}..{last}"),
    }
}

/// `text` as a double-quoted scalar (YAML 1.2.2, 5.7).
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_control(c) => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Whether a line of YAML cannot hold it.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// `text` on one line, as a name or in a comment.
pub(super) fn line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| is_control(c) || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(LONGEST_LINE).collect();
    line.trim().to_owned()
}

/// With its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(char::to_uppercase).into_iter().flatten().chain(chars).collect()
}
