//! The text of a channel file that teaches its language.

use std::fmt;

/// As long as a channel's name may be.
const LONGEST_LINE: usize = 100;

/// By which editors know the language.
const SCHEMA: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/reference/channel.schema.json");

/// What a file says.
pub(super) struct Draft<'a> {
    pub(super) slug: &'a str,
    /// On one line.
    pub(super) name: &'a str,
    /// On one line.
    pub(super) what: &'a str,
    pub(super) pool: &'a str,
    /// Fields in YAML's flow style; none is all programmes.
    pub(super) matches: &'a str,
}

impl fmt::Display for Draft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { slug, name, what, pool, matches } = self;
        let matches = if matches.is_empty() { "{}".to_owned() } else { format!("{{ {matches} }}") };
        let name = quoted(if name.is_empty() { slug } else { name });
        write!(
            f,
            "# yaml-language-server: $schema={SCHEMA}
# A channel that shows {what}.
# `retrovue schedule check FILE` tells what is wrong with it, `retrovue channel apply FILE` puts it on the air.

channel: {slug}    # its address, /channel/{slug}.ts; another slug is another channel
name: {name}    # shown in guides
# number: \"2.1\"    # the next free one where it is left out
# timezone: America/New_York    # the system's where it is left out
grid: off    # programmes follow one another; 30m starts each on the hour or the half hour

pools:    # sets of media, told by what they are: series, type, year, genres, tags, max_duration …
  {pool}:
    match: {matches}    # new files that match join by themselves

schedule:
  all:    # every day
    # In order, continued from day to day, and from the start again after the last one.
    - {{ at: \"06:00\", for: 24h, play: {pool} }}
"
        )
    }
}

/// `text` as a double-quoted scalar (YAML 1.2.2, 5.7).
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// `text` on one line, as a name or in a comment.
pub(super) fn line(text: &str) -> String {
    let breaks =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    let words: Vec<&str> =
        text.split(|c: char| breaks(c) || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(LONGEST_LINE).collect();
    line.trim().to_owned()
}

/// With its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(char::to_uppercase).into_iter().flatten().chain(chars).collect()
}
