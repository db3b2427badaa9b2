//! Templates: named lists of slots that layers share. A template holds slots and no other template.

use std::collections::BTreeMap;

use super::Slot;
use super::fields::{entries_up_to, is_name, list, named, quoted};
use super::slot::{Names, read_slot};
use super::tree::Node;
use super::words;
use crate::problem::{Position, Problem};

const MOST_TEMPLATES: usize = 1000;

/// The templates of a file, by name.
#[derive(Default)]
pub(super) struct Templates(BTreeMap<String, Template>);

struct Template {
    /// Of no layer yet.
    slots: Vec<Slot>,
    place: Position,
    is_used: bool,
}

impl Templates {
    /// What is written under `templates`. Its slots are read once, however many layers have them.
    pub(super) fn read(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut templates = BTreeMap::new();
        for entry in entries_up_to(MOST_TEMPLATES, "`templates`", node, problems) {
            if !is_name(&entry.key) {
                let message = format!("{} is no name for a template.", quoted(&entry.key));
                let hint = "Use letters a–z, digits, hyphens and underscores, at most 63.";
                problems.push(Problem::error("bad_value", entry.place, message).with_hint(hint));
            }
            let slots = list(&entry.value).iter().filter_map(|node| read_slot(node, names, problems)).collect();
            templates.insert(entry.key.clone(), Template { slots, place: entry.place, is_used: false });
        }
        Self(templates)
    }

    /// The slots of the template `name`, which stands at `place`; one that does not exist is told.
    pub(super) fn slots(&mut self, name: &str, place: Position, problems: &mut Vec<Problem>) -> Vec<Slot> {
        if let Some(template) = self.0.get_mut(name) {
            template.is_used = true;
            return template.slots.clone();
        }
        let message = format!("There is no template {}.", quoted(name));
        let mut hint = words::hint(name, self.0.keys().map(String::as_str), problems);
        if hint.is_empty() {
            hint = "Write a slot as `{ at: \"06:00\", play: POOL }`, or name a list of them under `templates:`."
                .to_owned();
        }
        problems.push(Problem::error("unknown_template", place, message).with_hint(hint));
        Vec::new()
    }

    /// Tells of those that no layer has.
    pub(super) fn tell_unused(&self, problems: &mut Vec<Problem>) {
        for (name, template) in self.0.iter().filter(|(_, template)| !template.is_used) {
            let message = format!("No layer uses the template {}.", named(name));
            let hint = format!("Write `weekdays: {name}` under `schedule:`, or remove it.");
            problems.push(Problem::warning("unused_template", template.place, message).with_hint(hint));
        }
    }
}
