//! The schedule's layers and their slots.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fields::{Fields, entries, named, not_supported, parsed, quoted, text, wrong_type};
use super::tree::{Node, Value};
use super::{Overrun, Play, Pool, Slot, SlotEnd};
use super::{scalar, words};
use crate::problem::Problem;

/// What the slots of a file refer to.
pub(super) struct Names<'a> {
    pub(super) pools: &'a BTreeMap<String, Pool>,
    /// Those that something plays or falls back to.
    pub(super) used: BTreeSet<String>,
}

impl Names<'_> {
    /// Notes that `name` is used; a pool that does not exist is told.
    pub(super) fn note(&mut self, name: &str, node: &Node, problems: &mut Vec<Problem>) {
        if !self.pools.contains_key(name) {
            let message = format!("There is no pool {}.", quoted(name));
            let mut hint = words::hint(name, self.pools.keys().map(String::as_str));
            if hint.is_empty() {
                hint = "Add it under `pools:`, as `NAME: { match: {} }`.".to_owned();
            }
            problems.push(Problem::error("unknown_pool", node.place, message).with_hint(hint));
        }
        self.used.insert(name.to_owned());
    }
}

/// The slots of the layer `all`, in the file's order.
pub(super) fn read_schedule(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut all = false;
    for entry in entries("`schedule`", node, problems).unwrap_or_default() {
        let layer = entry.key.as_str();
        if layer == "all" {
            all = true;
            slots = read_layer(&entry.value, names, problems);
        } else if words::LATER_LAYERS.contains(&layer) || is_dates(layer) {
            let hint = "Put its slots under `all`, which is every day.";
            problems.push(not_supported(&format!("The layer `{layer}`"), entry.place).with_hint(hint));
            read_layer(&entry.value, names, problems);
        } else {
            let message = format!("{} is no layer of a schedule.", named(layer));
            let hint = words::hint(layer, std::iter::once("all").chain(words::LATER_LAYERS));
            problems.push(Problem::error("unknown_key", entry.place, message).with_hint(hint));
        }
    }
    if !all && matches!(node.value, Value::Map(_)) {
        let message = "`schedule` has no layer `all`.";
        let hint = "Write `all:` and below it `- { at: \"06:00\", for: 24h, play: POOL }`.";
        problems.push(Problem::error("missing_key", node.place, message).with_hint(hint));
    }
    slots
}

fn read_layer(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Vec<Slot> {
    match &node.value {
        Value::List(nodes) => {
            let read = nodes.iter().enumerate();
            read.filter_map(|(index, node)| read_slot(index, node, names, problems)).collect()
        }
        _ if node.is_null() => Vec::new(),
        _ => {
            problems.push(wrong_type("The layer `all`", node, "a list of slots"));
            Vec::new()
        }
    }
}

/// `None` where it has no start or nothing to play, so that it says nothing of the day.
fn read_slot(index: usize, node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Option<Slot> {
    let fields = Fields::of(node, &words::SLOT, problems)?;
    let at = fields.require("at", "at: \"06:00\"", problems);
    let at = at.and_then(|node| parsed("at", node, "bad_time", "a time of day as \"06:00\"", scalar::time, problems));
    let end = read_end(&fields, problems);
    let play = fields.require("play", "play: POOL", problems);
    let play = play.and_then(|node| read_play(node, names, problems));
    if let Some(node) = fields.get("order") {
        let refused = "Write `order: sequential`, or leave it out.";
        choose("order", node, &["sequential"], &words::LATER_ORDERS, refused, problems);
    }
    let overrun = fields.get("overrun").and_then(|node| {
        let refused = "Write `overrun: bleed` to let items run on, or `overrun: trim` to cut them.";
        choose("overrun", node, &["bleed", "trim"], &words::LATER_OVERRUNS, refused, problems)
    });
    let overrun = if overrun == Some("trim") { Overrun::Trim } else { Overrun::Bleed };
    let title = fields.get("title").and_then(|node| text("title", node, problems)).map(str::to_owned);
    Some(Slot { index, at: at?, end: end?, play: play?, overrun, title, place: node.place })
}

fn read_end(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<SlotEnd> {
    match (fields.get("for"), fields.get("until")) {
        (None, None) => Some(SlotEnd::Open),
        (Some(node), None) => {
            let expected = "a duration from 1s to 24h, as 30m or 1h30m";
            let longest = Duration::from_secs(u64::from(scalar::DAY_SECONDS));
            let fits = |text: &str| {
                scalar::duration(text).filter(|length| (Duration::from_secs(1)..=longest).contains(length))
            };
            parsed("for", node, "bad_duration", expected, fits, problems).map(SlotEnd::For)
        }
        (None, Some(node)) => {
            let expected = "a time of day as \"22:00\"";
            parsed("until", node, "bad_time", expected, scalar::end_time, problems).map(SlotEnd::Until)
        }
        (Some(_), Some(node)) => {
            let message = "A slot has `for` or `until`, not both.";
            problems.push(Problem::error("bad_value", node.place, message).with_hint("Remove one of them."));
            None
        }
    }
}

fn read_play(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Option<Play> {
    match &node.value {
        Value::Scalar(pool) => {
            names.note(&pool.text, node, problems);
            Some(Play::Pool(pool.text.clone()))
        }
        Value::Map(_) => {
            let fields = Fields::of(node, &words::PLAY, problems)?;
            let asset = fields.require("asset", "play: { asset: ID }", problems)?;
            Some(Play::Asset(text("asset", asset, problems)?.to_owned()))
        }
        Value::List(nodes) => {
            for node in nodes {
                if let Value::Scalar(pool) = &node.value {
                    names.note(&pool.text, node, problems);
                }
            }
            let hint = "Write one pool; its `match` may list several series.";
            problems.push(not_supported("Playing several pools in one slot", node.place).with_hint(hint));
            None
        }
    }
}

/// One of the words `now`; those of `later` are known and refused.
pub(super) fn choose<'w>(
    key: &str,
    node: &Node,
    now: &[&'w str],
    later: &[&'w str],
    instead: &str,
    problems: &mut Vec<Problem>,
) -> Option<&'w str> {
    let text = text(key, node, problems)?;
    let chosen = now.iter().find(|word| **word == text);
    if chosen.is_none() {
        problems.push(if later.contains(&text) {
            not_supported(&format!("`{key}: {text}`"), node.place).with_hint(instead)
        } else {
            let message = format!("`{key}` is {}, which is not known.", quoted(text));
            Problem::error("bad_value", node.place, message)
                .with_hint(words::hint(text, now.iter().chain(later).copied()))
        });
    }
    chosen.copied()
}

/// `12-24`, `2026-12-24`, and ranges of them: layers for single days.
fn is_dates(layer: &str) -> bool {
    let is_date = |date: &str| {
        let parts: Vec<&str> = date.split('-').collect();
        (2..=3).contains(&parts.len())
            && parts.iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit()))
    };
    layer.split_once("..").map_or_else(|| is_date(layer), |(first, last)| is_date(first) && is_date(last))
}
