//! What goes wrong with a text: one slip after another, from a lost byte to a bomb of aliases.

use crate::dice::Dice;

/// The words of the language, and what YAML makes of others.
const TOKENS: [&str; 84] = [
    "channel",
    "number",
    "name",
    "timezone",
    "day_start",
    "grid",
    "format",
    "audio",
    "keep_warm",
    "seed",
    "pools",
    "templates",
    "schedule",
    "branding",
    "breaks",
    "traffic",
    "fallback",
    "off_air",
    "match",
    "not",
    "kind",
    "type",
    "at",
    "for",
    "until",
    "play",
    "order",
    "no_repeat",
    "weights",
    "overrun",
    "title",
    "pod",
    "fade",
    "after",
    "cooldown",
    "per_day",
    "dayparts",
    "from",
    "to",
    "show",
    "sign_off",
    "all",
    "weekdays",
    "saturday",
    "12-24..01-06",
    "2026-02-29",
    "sequential",
    "random",
    "weighted",
    "marathon",
    "newest",
    "bleed",
    "join",
    "drop",
    "trim",
    "every 8m",
    "spots…",
    "off",
    "none",
    "card",
    "test-card",
    "null",
    "~",
    "true",
    "\"06:00\"",
    "24:00",
    "25:61",
    "30m",
    "24h",
    "0s",
    "1980..1989",
    "..",
    "1989..1980",
    "{}",
    "[]",
    "{ ",
    "[ ",
    "}",
    "]",
    ": ",
    "- ",
    ", ",
    "? ",
    "--- ",
];

const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "00",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "1e308",
    "0x7f",
    ".inf",
];

const YAML: [&str; 18] = [
    "&a ",
    "*a",
    "&b [*a, *a]",
    "<<: *a\n",
    "<<: { at: 1 }\n",
    "!!str ",
    "!!int ",
    "!<tag:x> ",
    "! ",
    "%YAML 1.1\n---\n",
    "%TAG ! x:\n---\n",
    "---\n",
    "...\n",
    "|\n",
    ">-\n",
    "\t",
    "# ",
    "'",
];

const ODD: [&str; 16] = [
    "\u{0}",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\r",
    "\r\n",
    "\u{1b}[31m",
    "\u{202e}",
    "é",
    "日本",
    "😀",
    "\u{fffd}",
    "\\",
    "\"",
];

/// `text` with one to a few slips; they may take pieces of `other`.
pub(crate) fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut text = text.to_owned();
    let slips = if dice.chance(60) { dice.within(1..=3) } else { dice.within(1..=10) };
    for _ in 0..slips {
        text = slip(&text, other, dice);
        if text.len() > 200_000 {
            break;
        }
    }
    text
}

fn slip(text: &str, other: &str, dice: &mut Dice) -> String {
    match dice.roll(22) {
        0..=2 => change_bytes(text, dice),
        3 => before(text, dice).to_owned(),
        4..=7 => change_lines(text, dice),
        8 => put(text, other.lines().nth(dice.roll(other.lines().count().max(1))).unwrap_or_default(), dice),
        9..=12 => replace_word(text, dice),
        13 => replace_number(text, dice),
        14..=15 => put(text, dice.pick(&YAML), dice),
        16 => put(text, dice.pick(&ODD), dice),
        17 => put(text, &repeated(dice), dice),
        18 => text.replace('\n', dice.pick(&["\r\n", "\r", " ", "\n\n", "\n\t"])),
        19 => change_indent(text, dice),
        20 => change_nodes(text, dice),
        // each takes as long as many other cases
        _ if dice.chance(10) => bomb(text, dice),
        _ => change_bytes(text, dice),
    }
}

/// Bytes are changed and what is no text any more is read as the CLI would.
fn change_bytes(text: &str, dice: &mut Dice) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..dice.within(1..=4) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.roll(bytes.len());
        match dice.roll(4) {
            0 => bytes[at] ^= 1 << dice.roll(8),
            1 => bytes[at] = dice.roll(256) as u8,
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, dice.roll(256) as u8),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn change_lines(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let (at, to) = (dice.roll(lines.len()), dice.roll(lines.len()));
    match dice.roll(4) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(to, lines[at]),
        2 => lines.swap(at, to),
        _ => {
            let (first, last) = (at.min(to), at.max(to));
            let block = lines[first..=last].to_vec();
            lines.splice(first..first, block);
        }
    }
    lines.join("\n")
}

fn change_indent(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if !lines.is_empty() {
        let at = dice.roll(lines.len());
        lines[at] = match dice.roll(3) {
            0 => lines[at].trim_start().to_owned(),
            1 => format!("{}{}", " ".repeat(dice.within(1..=5)), lines[at]),
            _ => format!("- {}", lines[at]),
        };
    }
    lines.join("\n")
}

/// Whatever stands between two brackets or after a colon goes elsewhere.
fn change_nodes(text: &str, dice: &mut Dice) -> String {
    let opens: Vec<usize> =
        text.char_indices().filter(|(_, c)| matches!(c, '{' | '[' | ':')).map(|(at, _)| at).collect();
    if opens.is_empty() {
        return text.to_owned();
    }
    let node = |at: usize| {
        let close = match text.as_bytes()[at] {
            b'{' => '}',
            b'[' => ']',
            _ => '\n',
        };
        at..text[at..].find(close).map_or(text.len(), |length| at + length + 1)
    };
    let (from, to) = (node(dice.pick(&opens)), node(dice.pick(&opens)));
    let moved = text[from.clone()].to_owned();
    let mut text = text.to_owned();
    if dice.chance(30) {
        text.replace_range(from, "");
    } else {
        text.replace_range(to, &moved);
    }
    text
}

fn replace_word(text: &str, dice: &mut Dice) -> String {
    let token = dice.pick(&TOKENS);
    replace(text, token, |c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'), dice)
}

fn replace_number(text: &str, dice: &mut Dice) -> String {
    let number = dice.pick(&NUMBERS);
    replace(text, number, |c| c.is_ascii_digit(), dice)
}

/// One run of such characters becomes `with`.
fn replace(text: &str, with: &str, is_of: impl Fn(char) -> bool, dice: &mut Dice) -> String {
    let starts: Vec<usize> = (text.char_indices())
        .filter(|(at, c)| is_of(*c) && !text[..*at].chars().next_back().is_some_and(&is_of))
        .map(|(at, _)| at)
        .collect();
    if starts.is_empty() {
        return put(text, with, dice);
    }
    let start = dice.pick(&starts);
    let end = text[start..].find(|c| !is_of(c)).map_or(text.len(), |length| start + length);
    format!("{}{with}{}", &text[..start], &text[end..])
}

fn repeated(dice: &mut Dice) -> String {
    let what =
        dice.pick(&["[", "{", "- ", "? ", "a: ", "x", "9", " ", "\n", "日", "[a, ", "{a: ", "&a ", "# ", "\"\"", ", "]);
    let most = dice.pick(&[8, 40, 300, 3000]);
    what.repeat(dice.within(1..=most))
}

/// Aliases of aliases.
fn bomb(text: &str, dice: &mut Dice) -> String {
    let (width, depth) = (dice.within(2..=20), dice.within(2..=9));
    let heart = dice.pick(&["x", "{ at: \"06:00\", play: p }", "{ match: {} }", "[ [ x ] ]"]);
    let mut bomb = format!("x0: &x0 {heart}\n");
    for level in 1..depth {
        let inner = vec![format!("*x{}", level - 1); width].join(", ");
        bomb.push_str(&format!("x{level}: &x{level} [{inner}]\n"));
    }
    format!("{bomb}{text}").replacen("all:", &format!("all: *x{}\n  sunday:", depth - 1), dice.roll(2))
}

fn put(text: &str, what: &str, dice: &mut Dice) -> String {
    let head = before(text, dice).len();
    format!("{}{what}{}", &text[..head], &text[head..])
}

fn before<'t>(text: &'t str, dice: &mut Dice) -> &'t str {
    let mut at = dice.roll(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    &text[..at]
}
