//! YAML text as a tree whose every node knows its place. Bounded, so that no file can exhaust memory or stack.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::MAX_FILE_BYTES;
use super::fields::named;
use crate::problem::{Position, Problem};

/// The language itself needs six levels.
const MAX_DEPTH: usize = 32;

/// Aliases multiply what is written: a file within its size bound is smaller than this without them.
const MAX_SIZE: usize = 8 * MAX_FILE_BYTES;

/// What a value or a key takes up beside its text, in bytes.
const NODE_SIZE: usize = 4;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Position,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A scalar as written: what it means is decided by the key it stands at.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Not quoted, so it may be null, a number or a word.
    pub(super) plain: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Position,
    pub(super) value: Node,
}

impl Node {
    /// Nothing was written: `key:`, `key: null` or `key: ~`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.plain && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, for people.
    pub(super) fn noun(&self) -> &'static str {
        match &self.value {
            Value::Scalar(_) if self.is_null() => "nothing",
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// The one document in `text`. `None` where it cannot be read as a tree.
pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_FILE_BYTES {
        let message = format!("The file is longer than {} KiB.", MAX_FILE_BYTES / 1024);
        problems.push(
            Problem::error("too_large", Position::default(), message).with_hint("Split it: one file, one channel."),
        );
        return None;
    }
    let end = end_of(text);
    let mut builder = Builder { problems, end, open: Vec::new(), anchors: HashMap::new(), size: 0, root: None };
    for event in Parser::new_from_str(text) {
        let step = event.map_err(|error| syntax(text, end, &error)).and_then(|(event, span)| builder.take(event, span));
        if let Err(problem) = step {
            builder.problems.push(problem);
            return None;
        }
    }
    let root = builder.root.take();
    if root.as_ref().is_none_or(Node::is_null) {
        let problem = Problem::error("missing_key", Position::default(), "The file is empty.");
        builder.problems.push(problem.with_hint("A channel file has at least `channel:` and `schedule:`."));
        return None;
    }
    root
}

struct Builder<'a> {
    problems: &'a mut Vec<Problem>,
    end: Position,
    open: Vec<Open>,
    /// Complete ones, and how large they are.
    anchors: HashMap<usize, (Node, usize)>,
    /// Of all so far, aliases written out.
    size: usize,
    root: Option<Node>,
}

/// A list or mapping whose end is still to come.
struct Open {
    node: Node,
    anchor: usize,
    size_before: usize,
    key: Option<(String, Position)>,
    /// The lines of the keys so far.
    keys: HashMap<String, u32>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let place = position(&span.start).min(self.end);
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let size = NODE_SIZE + text.len();
                self.count(size, place)?;
                let scalar = Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.close(Node { place, value: Value::Scalar(scalar) }, anchor, size)
            }
            Event::SequenceStart(anchor, _) => self.open(Value::List(Vec::new()), anchor, place),
            Event::MappingStart(anchor, _) => self.open(Value::Map(Vec::new()), anchor, place),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let size = self.size - open.size_before;
                self.close(open.node, open.anchor, size)
            }
            Event::Alias(anchor) => {
                let size = self.anchors.get(&anchor).map(|(_, size)| *size).ok_or_else(|| {
                    Problem::error("syntax", place, "This alias names an anchor that is not complete here.")
                        .with_hint("Write the value out.")
                })?;
                self.count(size, place)?;
                let Some((node, _)) = self.anchors.get(&anchor) else { return Ok(()) };
                self.close(Node { place, value: node.value.clone() }, 0, size)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Problem::error("syntax", place, "A second document starts here; a file is one channel.")
                    .with_hint("Remove the `---`, or put this channel in a file of its own."))
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {
                Ok(())
            }
        }
    }

    fn open(&mut self, value: Value, anchor: usize, place: Position) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(place));
        }
        let size_before = self.size;
        self.count(NODE_SIZE, place)?;
        self.open.push(Open { node: Node { place, value }, anchor, size_before, key: None, keys: HashMap::new() });
        Ok(())
    }

    /// A node is complete: it goes to where it belongs.
    fn close(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Problem> {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut parent.node.value, parent.key.take()) {
            (Value::List(nodes), _) => nodes.push(node),
            (Value::Map(entries), Some((key, place))) => {
                if let Some(line) = parent.keys.get(&key) {
                    let message = format!("{} is written twice here; the first is on line {line}.", named(&key));
                    self.problems.push(Problem::error("duplicate_key", place, message).with_hint("Keep one of them."));
                } else {
                    parent.keys.insert(key.clone(), place.line);
                    entries.push(Entry { key, place, value: node });
                }
            }
            (Value::Map(_), None) => match node.value {
                Value::Scalar(scalar) => parent.key = Some((scalar.text, node.place)),
                Value::List(_) | Value::Map(_) => {
                    return Err(Problem::error("syntax", node.place, "A key is a single word here."));
                }
            },
            (Value::Scalar(_), _) => {}
        }
        Ok(())
    }

    fn count(&mut self, size: usize, place: Position) -> Result<(), Problem> {
        self.size += size;
        if self.size > MAX_SIZE {
            let message = format!("With its aliases written out the file is longer than {} KiB.", MAX_SIZE / 1024);
            return Err(Problem::error("too_large", place, message).with_hint("Write the values out instead."));
        }
        Ok(())
    }
}

fn too_deep(place: Position) -> Problem {
    let hint = "The language itself needs fewer than ten.";
    Problem::error("too_deep", place, format!("Nested deeper than {MAX_DEPTH} levels.")).with_hint(hint)
}

fn syntax(text: &str, end: Position, error: &ScanError) -> Problem {
    let indent = |line: &str| line.find(|c: char| c != ' ').filter(|at| line[*at..].starts_with('\t'));
    let lines = text.lines().enumerate().skip(error.marker().line().saturating_sub(1));
    if let Some((line, column)) = lines.take(2).find_map(|(line, text)| Some((line, indent(text)?))) {
        let place = position(&Marker::new(0, line + 1, column));
        let problem = Problem::error("syntax", place, "This line is indented with a tab, which YAML does not allow.");
        return problem.with_hint("Indent with spaces.");
    }
    let place = position(error.marker()).min(end);
    if error.info() == "recursion limit exceeded" {
        return too_deep(place);
    }
    let message = format!("This is not YAML: {}.", error.info());
    let hint =
        "Check the indentation, colons and brackets here and on the line before; quote texts that hold `:` or `#`.";
    Problem::error("syntax", place, message).with_hint(hint)
}

/// Behind the last character: the parser counts one line more.
fn end_of(text: &str) -> Position {
    let mut lines = 0;
    let mut last = text;
    while let Some(at) = last.find(['\n', '\r']) {
        let length = if last[at..].starts_with("\r\n") { 2 } else { 1 };
        (lines, last) = (lines + 1, &last[at + length..]);
    }
    position(&Marker::new(0, lines + 1, last.chars().count()))
}

fn position(marker: &Marker) -> Position {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: count(marker.line()), column: count(marker.col() + 1) }
}
