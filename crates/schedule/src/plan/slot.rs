//! The schedule's layers and their slots.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fields::{Fields, entries_up_to, list_up_to, named, parsed, quoted, text, wrong_type};
use super::template::Templates;
use super::tree::{Node, Value};
use super::{Breaks, Days, Layer, Order, Overrun, Play, Pool, Slot, SlotEnd, Traffic};
use super::{breaks, layer, order, scalar, traffic, words};
use crate::problem::Problem;

pub(super) const OVERRUNS: [(&str, Overrun); 4] =
    [("bleed", Overrun::Bleed), ("trim", Overrun::Trim), ("join", Overrun::Join), ("drop", Overrun::Drop)];

/// What the slots of a file refer to, and have where they say nothing else.
pub(super) struct Names<'a> {
    pub(super) pools: &'a BTreeMap<String, Pool>,
    /// Those that something plays or falls back to.
    pub(super) used: BTreeSet<String>,
    pub(super) templates: Templates,
    pub(super) breaks: Breaks,
    pub(super) traffic: Traffic,
}

/// Templates and aliases multiply slots: a file within its size bound has fewer than this without them.
const MAX_SLOTS: usize = 20_000;

/// A year of single days, and then some.
const MOST_LAYERS: usize = 1000;

/// A slot that takes turns among more is one of a pool that holds them.
pub(super) const MOST_POOLS_OF_SLOT: usize = 100;

/// Characters of a title in guides.
pub(super) const LONGEST_TITLE: usize = 200;

impl<'a> Names<'a> {
    pub(super) fn of(pools: &'a BTreeMap<String, Pool>) -> Self {
        Self {
            pools,
            used: BTreeSet::new(),
            templates: Templates::default(),
            breaks: Breaks::default(),
            traffic: Traffic::default(),
        }
    }

    /// Notes that `name` is used; a pool that does not exist is told.
    pub(super) fn note(&mut self, name: &str, node: &Node, problems: &mut Vec<Problem>) {
        if !self.pools.contains_key(name) {
            let message = format!("There is no pool {}.", quoted(name));
            let mut hint = words::hint(name, self.pools.keys().map(String::as_str), problems);
            if hint.is_empty() {
                hint = "Add it under `pools:`, as `NAME: { match: {} }`.".to_owned();
            }
            problems.push(Problem::error("unknown_pool", node.place, message).with_hint(hint));
        }
        self.used.insert(name.to_owned());
    }
}

/// The layers of a schedule, in the file's order.
pub(super) fn read_schedule(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut count = 0;
    let entries = entries_up_to(MOST_LAYERS, "`schedule`", node, problems);
    for entry in entries {
        let name = entry.key.as_str();
        let mut slots = read_layer(name, &entry.value, names, problems);
        count += slots.len();
        if count > MAX_SLOTS {
            let message = format!("The file has more than {MAX_SLOTS} slots, with those of templates and aliases.");
            let hint = "Use templates in layers that hold on more days.";
            problems.push(Problem::error("too_large", entry.place, message).with_hint(hint));
            count -= std::mem::take(&mut slots).len();
        }
        let Some(days) = Days::named(name) else {
            let message = format!("{} is no layer of a schedule.", named(name));
            let mut hint = words::hint(name, layer::words(), problems);
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                hint = "Write dates as `12-24`, `12-24..01-06`, `2026-12-24` or `2026-12-24..2027-01-06`.".to_owned();
            }
            problems.push(Problem::error("unknown_key", entry.place, message).with_hint(hint));
            continue;
        };
        if let Some(same) = layers.iter().find(|layer| layer.days == days) {
            let message = format!("{} means the same days as `{}`.", named(name), same.name);
            problems.push(Problem::error("overlap", entry.place, message).with_hint("Write their slots as one layer."));
        }
        layers.push(Layer { name: name.to_owned(), days, slots, place: entry.place });
    }
    if entries.is_empty() && matches!(node.value, Value::Map(_)) {
        let message = "`schedule` has no layer.";
        let hint = "Write `all:` and below it `- { at: \"06:00\", for: 24h, play: POOL }`.";
        problems.push(Problem::error("missing_key", node.place, message).with_hint(hint));
    } else if !layers.is_empty() && layers.iter().all(|layer| layer.days != Days::All) {
        let message = "`schedule` has no layer `all`: what the others leave free shows the fallback card.";
        problems.push(Problem::warning("gap", node.place, message).with_hint("Add `all:` with slots for every day."));
    }
    layers
}

fn read_layer(name: &str, node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Vec<Slot> {
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        Value::Scalar(_) if node.is_null() => &[],
        Value::Scalar(_) => std::slice::from_ref(node),
        Value::Map(_) => {
            let expected = "a list of slots, or the name of a template";
            problems.push(wrong_type(&format!("The layer {}", named(name)), node, expected));
            &[]
        }
    };
    let mut slots = Vec::new();
    for node in nodes {
        match &node.value {
            Value::Scalar(template) if !node.is_null() => {
                slots.extend(names.templates.slots(&template.text, node.place, problems));
            }
            _ => slots.extend(read_slot(node, names, problems)),
        }
        if slots.len() > MAX_SLOTS {
            break;
        }
    }
    for (index, slot) in slots.iter_mut().enumerate() {
        slot.index = index;
        slot.id = format!("{name}@{}", scalar::show_time(slot.at));
    }
    slots
}

/// A slot of no layer yet. `None` where it has no start or nothing to play, so that it says nothing of the day.
pub(super) fn read_slot(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Option<Slot> {
    let fields = Fields::of(node, &words::SLOT, problems)?;
    let at = fields.require("at", "at: \"06:00\"", problems);
    let at = at.and_then(|node| parsed("at", node, "bad_time", "a time of day as \"06:00\"", scalar::time, problems));
    let end = read_end(&fields, problems);
    let play = fields.require("play", "play: POOL", problems);
    let play = play.and_then(|node| read_play(node, names, problems));
    let pools = match &play {
        Some(Play::Pools(pools)) => pools.len(),
        Some(Play::Asset(_) | Play::OffAir(_)) | None => 1,
    };
    let order = match play {
        Some(Play::Asset(_)) => Order::default(),
        _ => order::read(&fields, pools, problems),
    };
    let overrun = fields.get("overrun").and_then(|node| choose("overrun", node, &OVERRUNS, problems));
    let overrun = overrun.unwrap_or_default();
    if let Some(Play::Asset(_)) = play {
        for key in ["order", "no_repeat", "weights"] {
            let Some(node) = fields.get(key) else { continue };
            let message = format!("`{key}` says nothing where one asset plays.");
            problems.push(Problem::error("bad_value", node.place, message).with_hint("Remove it, or play a pool."));
        }
    }
    let title = fields.get("title").and_then(|node| {
        let expected = format!("a title of 1 to {LONGEST_TITLE} characters on one line");
        let title = |text: &str| scalar::line(text, LONGEST_TITLE);
        parsed("title", node, "bad_value", &expected, title, problems)
    });
    let shared = names.breaks.clone();
    let breaks = fields.get("breaks").map(|node| breaks::read(node, Some(&shared), names, problems));
    let traffic = fields.get("traffic").map(|node| traffic::read(node, &names.traffic, problems));
    let (index, id, place) = (0, String::new(), node.place);
    Some(Slot { index, id, at: at?, end: end?, play: play?, order, overrun, title, breaks, traffic, place })
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
            Some(Play::Pools(vec![pool.text.clone()]))
        }
        Value::Map(_) => {
            let fields = Fields::of(node, &words::PLAY, problems)?;
            let asset = fields.require("asset", "play: { asset: ID }", problems)?;
            Some(Play::Asset(text("asset", asset, problems)?.to_owned()))
        }
        Value::List(nodes) => {
            if nodes.is_empty() {
                let message = "`play` names no pool.";
                problems.push(Problem::error("bad_value", node.place, message).with_hint("Write `play: POOL`."));
                return None;
            }
            let mut pools = Vec::new();
            for node in list_up_to(MOST_POOLS_OF_SLOT, "play", node, problems) {
                let Some(pool) = text("play", node, problems) else { continue };
                names.note(pool, node, problems);
                pools.push(pool.to_owned());
            }
            Some(Play::Pools(pools))
        }
    }
}

/// What the word at `key` stands for.
pub(super) fn choose<T: Copy>(key: &str, node: &Node, words: &[(&str, T)], problems: &mut Vec<Problem>) -> Option<T> {
    let text = text(key, node, problems)?;
    let chosen = words.iter().find(|(word, _)| *word == text);
    if chosen.is_none() {
        let message = format!("`{key}` is {}, which is not known.", quoted(text));
        let hint = words::hint(text, words.iter().map(|(word, _)| *word), problems);
        problems.push(Problem::error("bad_value", node.place, message).with_hint(hint));
    }
    chosen.map(|(_, meaning)| *meaning)
}
