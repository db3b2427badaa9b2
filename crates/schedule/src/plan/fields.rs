//! Reading nodes against what a key expects, with a problem for each that is something else.

use super::tree::{Entry, Node, Value};
use super::words::{Words, hint};
use crate::problem::{Position, Problem};

/// A mapping whose keys have been checked.
pub(super) struct Fields<'t> {
    pub(super) place: Position,
    entries: &'t [Entry],
}

impl<'t> Fields<'t> {
    /// `None` where `node` is no mapping, which is told.
    pub(super) fn of(node: &'t Node, words: &Words, problems: &mut Vec<Problem>) -> Option<Self> {
        let entries = entries(words.noun, node, problems)?;
        for entry in entries {
            let key = entry.key.as_str();
            if !words.known.contains(&key) {
                let message = format!("{} is no key of {}.", named(key), words.noun);
                let hint = hint(key, words.known.iter().copied(), problems);
                problems.push(Problem::error("unknown_key", entry.place, message).with_hint(hint));
            }
        }
        Some(Self { place: node.place, entries })
    }

    /// What is written at `key`; nothing is as good as no key.
    pub(super) fn get(&self, key: &str) -> Option<&'t Node> {
        written(self.entries, key)
    }

    /// What is written at `key`, which has to be there.
    pub(super) fn require(&self, key: &str, example: &str, problems: &mut Vec<Problem>) -> Option<&'t Node> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("`{key}` is missing.");
            problems.push(Problem::error("missing_key", self.place, message).with_hint(format!("Write `{example}`.")));
        }
        found
    }
}

fn written<'t>(entries: &'t [Entry], key: &str) -> Option<&'t Node> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value).filter(|node| !node.is_null())
}

/// The entries of the mapping that `noun` has to be.
pub(super) fn entries<'t>(noun: &str, node: &'t Node, problems: &mut Vec<Problem>) -> Option<&'t [Entry]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        _ if node.is_null() => Some(&[]),
        _ => {
            problems.push(wrong_type(noun, node, "a mapping of keys to values"));
            None
        }
    }
}

/// The text of a single value.
pub(super) fn text<'t>(key: &str, node: &'t Node, problems: &mut Vec<Problem>) -> Option<&'t str> {
    match &node.value {
        Value::Scalar(scalar) if !node.is_null() => Some(&scalar.text),
        _ => {
            problems.push(wrong_type(&named(key), node, "a single value"));
            None
        }
    }
}

/// A single value that `parse` understands; `expected` says what that is.
pub(super) fn parsed<T>(
    key: &str,
    node: &Node,
    code: &'static str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let text = text(key, node, problems)?;
    let value = parse(text);
    if value.is_none() {
        let message = format!("{} is {}, which is not {expected}.", named(key), quoted(text));
        problems.push(Problem::error(code, node.place, message).with_hint(format!("Write {expected}.")));
    }
    value
}

/// The first of `all` that `what` holds, as many as it may; more are told where they begin, at `place`.
pub(super) fn up_to<'t, T>(
    most: usize,
    what: &str,
    all: &'t [T],
    place: impl Fn(&T) -> Position,
    problems: &mut Vec<Problem>,
) -> &'t [T] {
    let Some(beyond) = all.get(most) else { return all };
    let message = format!("{what} has {} entries, and {most} is the most.", all.len());
    problems.push(Problem::error("too_large", place(beyond), message).with_hint("Leave out what is from here on."));
    &all[..most]
}

/// The nodes of a list of `key`, as many as it may have.
pub(super) fn list_up_to<'t>(most: usize, key: &str, node: &'t Node, problems: &mut Vec<Problem>) -> &'t [Node] {
    up_to(most, &named(key), list(node), |node| node.place, problems)
}

/// The entries of the mapping that `noun` has to be, as many as it may have.
pub(super) fn entries_up_to<'t>(most: usize, noun: &str, node: &'t Node, problems: &mut Vec<Problem>) -> &'t [Entry] {
    let all = entries(noun, node, problems).unwrap_or_default();
    up_to(most, noun, all, |entry| entry.place, problems)
}

/// The nodes of a list; a single value is a list of one.
pub(super) fn list(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(nodes) => nodes,
        Value::Scalar(_) if node.is_null() => &[],
        Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(node),
    }
}

pub(super) fn wrong_type(noun: &str, node: &Node, expected: &str) -> Problem {
    let message = format!("{noun} is {} here, not {expected}.", node.noun());
    Problem::error("wrong_type", node.place, message).with_hint(format!("Write {expected}."))
}

/// Whether `text` may be what a pool or a template is called.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    (1..=63).contains(&text.len()) && text.bytes().all(fits)
}

/// A key or a name for a message.
pub(super) fn named(name: &str) -> String {
    let plain = name.len() <= 63 && !name.is_empty() && !name.contains(|c: char| c.is_control() || c == '`');
    if plain { format!("`{name}`") } else { quoted(name) }
}

/// `text` for a message: on one line, and not too long.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let shown: String = text.chars().take(SHOWN).collect();
    format!("{shown:?}{}", if text.chars().nth(SHOWN).is_some() { "…" } else { "" })
}
