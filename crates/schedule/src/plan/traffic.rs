//! What the spots in breaks keep to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Time;

use super::fields::{Fields, entries_up_to, list_up_to, parsed};
use super::tree::Node;
use super::{scalar, words};
use crate::asset::Asset;
use crate::problem::Problem;

/// Plays are remembered so long.
pub(crate) const LONGEST_COOLDOWN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Plays of a spot in a day.
pub(super) const PER_DAY: std::ops::RangeInclusive<u32> = 1..=10_000;

/// Rules by kind or tag; slots that say nothing else share them.
pub(super) type Rules<T> = Arc<BTreeMap<String, T>>;

/// Each is looked at for each spot of each break.
const MOST_RULES: usize = 100;

/// The rules of spots. Each goes by a kind, `commercial`, or by a tag; of several that an asset falls under, all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// From the start of a spot's play to its next one.
    pub cooldown: Rules<Duration>,
    /// The most plays of a spot in a broadcast day.
    pub per_day: Rules<u32>,
    /// When they may be shown: from one local time to another, over midnight where that is not later.
    pub dayparts: Rules<Vec<(Time, Time)>>,
}

impl Traffic {
    /// The longest time that has to pass between two plays of `asset`.
    pub(crate) fn cooldown_of(&self, asset: &Asset) -> Option<Duration> {
        falling(&self.cooldown, asset).max().copied()
    }

    /// How often `asset` may be shown in a broadcast day.
    pub(crate) fn per_day_of(&self, asset: &Asset) -> Option<u32> {
        falling(&self.per_day, asset).min().copied()
    }

    /// When `asset` may be shown: within one of each of these.
    pub(crate) fn dayparts_of(&self, asset: &Asset) -> impl Iterator<Item = &[(Time, Time)]> {
        falling(&self.dayparts, asset).map(Vec::as_slice)
    }
}

/// The rules under which `asset` falls.
fn falling<'r, T>(rules: &'r BTreeMap<String, T>, asset: &Asset) -> impl Iterator<Item = &'r T> {
    rules.iter().filter(|(key, _)| *key == asset.kind.word() || asset.tags.contains(key)).map(|(_, rule)| rule)
}

/// What `node` says of traffic; what it leaves out is as in `base`.
pub(super) fn read(node: &Node, base: &Traffic, problems: &mut Vec<Problem>) -> Traffic {
    let Some(fields) = Fields::of(node, &words::TRAFFIC, problems) else { return base.clone() };
    let cooldown = fields.get("cooldown").map(|node| {
        let expected = format!("a duration up to {}h, as 30m", LONGEST_COOLDOWN.as_secs() / 3600);
        let fits = |text: &str| scalar::duration(text).filter(|cooldown| *cooldown <= LONGEST_COOLDOWN);
        read_rules("`cooldown`", node, problems, |key, node, problems| {
            parsed(key, node, "bad_duration", &expected, fits, problems)
        })
    });
    let per_day = fields.get("per_day").map(|node| {
        let fits = |text: &str| text.parse().ok().filter(|count| PER_DAY.contains(count));
        read_rules("`per_day`", node, problems, |key, node, problems| {
            parsed(key, node, "bad_value", "a whole number from 1 to 10000", fits, problems)
        })
    });
    let dayparts = fields.get("dayparts").map(|node| {
        read_rules("`dayparts`", node, problems, |key, node, problems| {
            let nodes = list_up_to(MOST_RULES, key, node, problems);
            let parts = nodes.iter().filter_map(|node| {
                parsed(key, node, "bad_time", "a part of the day as \"06:00..19:00\"", daypart, problems)
            });
            Some(parts.collect()).filter(|parts: &Vec<_>| !parts.is_empty())
        })
    });
    Traffic {
        cooldown: cooldown.unwrap_or_else(|| base.cooldown.clone()),
        per_day: per_day.unwrap_or_else(|| base.per_day.clone()),
        dayparts: dayparts.unwrap_or_else(|| base.dayparts.clone()),
    }
}

fn read_rules<T>(
    noun: &str,
    node: &Node,
    problems: &mut Vec<Problem>,
    rule: impl Fn(&str, &Node, &mut Vec<Problem>) -> Option<T>,
) -> Rules<T> {
    let mut rules = BTreeMap::new();
    for entry in entries_up_to(MOST_RULES, noun, node, problems) {
        let key = entry.key.to_lowercase();
        rules.extend(rule(&key, &entry.value, problems).map(|rule| (key, rule)));
    }
    Arc::new(rules)
}

fn daypart(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once("..")?;
    Some((scalar::time(from)?, scalar::end_time(to)?))
}
