//! Which item of a slot's pools plays next, and what is remembered of it.
//!
//! All that an order remembers is a function of what played, one item after the other: [`note`] is what a day's own
//! compiling and the continuing of its rest both do.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Cursors;
use super::pools::Pools;
use super::rule::{By, Choice, Rule, slot_key};
use super::sequence::{Entry, SEPARATOR, cursor_after};
use super::shuffle::{self, Rounds};
use super::span::Span;
use super::unrepeated;
use crate::asset::Asset;
use crate::chance;
use crate::plan::{Order, Play, Slot};

/// Drawn pools that have nothing to play are drawn again so often; after that they have their turn in order.
const DRAWS: u64 = 16;

/// Chooses, for one day.
pub(super) struct Chooser<'p, 'a> {
    pools: &'p Pools<'a>,
    seed: u64,
    rounds: BTreeMap<&'a str, Rounds>,
}

impl<'p, 'a> Chooser<'p, 'a> {
    pub(super) fn new(pools: &'p Pools<'a>) -> Self {
        Self { pools, seed: pools.plan.seed, rounds: BTreeMap::new() }
    }

    /// The next item of `span` among those that `fit`, with the rule that chose it.
    pub(super) fn next(
        &mut self,
        span: &Span<'a>,
        cursors: &Cursors,
        fits: &dyn Fn(&Entry<'a>) -> bool,
    ) -> Option<(Entry<'a>, Rule<'a>)> {
        let Play::Pools(names) = &span.slot.play else { return None };
        let slot = span.slot;
        let ruled = |name: &'a str, by| Rule { slot: &slot.id, choice: Choice::Pool(name, by) };
        match &slot.order {
            Order::Weighted(weights) => {
                let key = slot_key(&slot.id, "weighted");
                let (turn, last) = cursors.get(&key).and_then(|memory| memory.split_once(' ')).unwrap_or(("", ""));
                let last = names.iter().position(|name| name == last);
                let drawn = drawn_pools(self.seed ^ chance::hash(&key), turn.parse().unwrap_or(0), weights);
                let (place, entry) = self
                    .continued(names, last, cursors, fits)
                    .or_else(|| self.first_of(names, drawn.chain(0..names.len()), cursors, fits))?;
                Some((entry, ruled(&names[place], By::Weighted)))
            }
            Order::Rotate => {
                let last = cursors.get(&slot_key(&slot.id, "rotate")).and_then(|last| last.parse().ok());
                let next = last.map_or(0, |last: usize| last.saturating_add(1));
                let turns = (0..names.len()).map(|step| next.wrapping_add(step) % names.len());
                let (place, entry) = self
                    .continued(names, last, cursors, fits)
                    .or_else(|| self.first_of(names, turns, cursors, fits))?;
                Some((entry, ruled(&names[place], By::Rotate(place))))
            }
            Order::Sequential => {
                let name = names.first()?;
                Some((self.in_sequence(name, cursors, fits)?, ruled(name, By::Sequential)))
            }
            Order::Shuffle => {
                let name = names.first()?;
                let (sequence, key) = (self.pools.pool(name), shuffle::key(name));
                let seed = self.seed;
                let rounds = self.rounds.entry(name).or_insert_with(|| Rounds::new(name, seed));
                let place = rounds.next(sequence, cursors.get(&key).map(String::as_str), fits);
                Some((sequence.entries[place?], ruled(name, By::Shuffle)))
            }
            Order::Random(count) => {
                let name = names.first()?;
                let (sequence, key) = (self.pools.pool(name), unrepeated::key(name));
                let memory = cursors.get(&key).map(String::as_str);
                let place = unrepeated::next(sequence, memory, *count, self.seed ^ chance::hash(&key), fits)?;
                Some((sequence.entries[place], ruled(name, By::Random(*count))))
            }
            Order::Marathon => {
                let name = names.first()?;
                let (sequence, key) = (self.pools.pool(name), slot_key(&slot.id, "marathon"));
                let place = match since(cursors.get(&key), span.date) {
                    Some(last) => sequence.after(Some(last), fits)?,
                    None if sequence.heads.is_empty() => return None,
                    None => {
                        let day = (span.date - Date::constant(1970, 1, 1)).get_days();
                        let drawn = chance::draw(self.seed ^ chance::hash(&key), i64::from(day).cast_unsigned());
                        sequence.from(sequence.heads[chance::below(drawn, sequence.heads.len())], fits)?
                    }
                };
                Some((sequence.entries[place], ruled(name, By::Marathon(span.date))))
            }
            Order::Newest => {
                let name = names.first()?;
                let (sequence, key) = (self.pools.pool(name), slot_key(&slot.id, "newest"));
                let newest = self.pools.newest(name)?;
                let last = since(cursors.get(&key), span.date).and_then(|last| sequence.position(id_of(last)));
                let next = last.map_or(0, |last| newest.rank[last] + 1);
                let count = newest.order.len();
                let mut turns = (0..count).map(|step| newest.order[(next + step) % count]);
                let place = turns.find(|at| fits(&sequence.entries[*at]))?;
                Some((sequence.entries[place], ruled(name, By::Newest(span.date))))
            }
        }
    }

    /// The next item of the first pool, by `turns`, that has one.
    fn first_of(
        &self,
        names: &'a [String],
        mut turns: impl Iterator<Item = usize>,
        cursors: &Cursors,
        fits: &dyn Fn(&Entry<'a>) -> bool,
    ) -> Option<(usize, Entry<'a>)> {
        turns.find_map(|place| Some((place, self.in_sequence(names.get(place)?, cursors, fits)?)))
    }

    /// The later part of what the pool in the place `last` has shown.
    fn continued(
        &self,
        names: &[String],
        last: Option<usize>,
        cursors: &Cursors,
        fits: &dyn Fn(&Entry<'a>) -> bool,
    ) -> Option<(usize, Entry<'a>)> {
        let name = names.get(last?)?;
        let sequence = self.pools.pool(name);
        let entry = sequence.entries[sequence.continuation(id_of(cursors.get(name)?))?];
        fits(&entry).then_some((last?, entry))
    }

    /// The item of the pool `name` after its last.
    pub(super) fn in_sequence(
        &self,
        name: &str,
        cursors: &Cursors,
        fits: &dyn Fn(&Entry<'a>) -> bool,
    ) -> Option<Entry<'a>> {
        let sequence = self.pools.pool(name);
        sequence.after(cursors.get(name).map(String::as_str), fits).map(|place| sequence.entries[place])
    }
}

/// Places of pools, drawn one after the other by their weights.
fn drawn_pools(series: u64, turn: u64, weights: &[u32]) -> impl Iterator<Item = usize> {
    let seed = chance::draw(series, turn);
    (0..DRAWS).map(move |draw| by_weight(weights, chance::draw(seed, draw)))
}

fn by_weight(weights: &[u32], drawn: u64) -> usize {
    let mut left = chance::below(drawn, weights.iter().map(|weight| *weight as usize).sum());
    for (place, weight) in weights.iter().enumerate() {
        let weight = *weight as usize;
        if left < weight {
            return place;
        }
        left -= weight;
    }
    0
}

/// What is remembered of a slot since it began on `date`.
fn since(cursor: Option<&String>, date: Date) -> Option<&str> {
    let (begun, place) = cursor?.split_once(SEPARATOR)?;
    (begun.parse::<Date>().ok()? == date).then_some(place)
}

fn id_of(place: &str) -> &str {
    place.split(SEPARATOR).next().unwrap_or_default()
}

/// Remembers that `asset` was chosen by `rule`. `last_of` finds the asset of an id.
pub(super) fn note<'a>(
    cursors: &mut Cursors,
    seed: u64,
    rule: Rule<'_>,
    asset: &'a Asset,
    last_of: impl Fn(&str) -> Option<&'a Asset>,
) {
    let Choice::Pool(pool, by) = rule.choice else { return };
    match by {
        By::Sequential | By::SignOff => {}
        By::Shuffle => {
            let memory = cursors.entry(shuffle::key(pool)).or_default();
            *memory = shuffle::note(memory, pool, seed, asset, last_of);
            return;
        }
        By::Random(count) => {
            let memory = cursors.entry(unrepeated::key(pool)).or_default();
            *memory = unrepeated::note(memory, count, asset, last_of);
            return;
        }
        By::Weighted => {
            let memory = cursors.entry(rule.slot_key("weighted")).or_default();
            let turn: u64 = memory.split_once(' ').and_then(|(turn, _)| turn.parse().ok()).unwrap_or(0);
            *memory = format!("{} {pool}", turn.wrapping_add(1));
        }
        By::Rotate(place) => {
            cursors.insert(rule.slot_key("rotate"), place.to_string());
        }
        By::Marathon(date) => {
            cursors.insert(rule.slot_key("marathon"), format!("{date}{SEPARATOR}{}", cursor_after(asset)));
            return;
        }
        By::Newest(date) => {
            cursors.insert(rule.slot_key("newest"), format!("{date}{SEPARATOR}{}", cursor_after(asset)));
            return;
        }
    }
    cursors.insert(pool.to_owned(), cursor_after(asset));
}

/// The keys of all that is remembered of a slot.
pub(super) fn keys(slot: &Slot) -> Vec<String> {
    let of_slot = |what: &str| slot_key(&slot.id, what);
    let pools = match &slot.play {
        Play::Asset(id) => return vec![of_slot(&format!("asset {id}"))],
        Play::Pools(pools) => pools,
        Play::OffAir(off_air) => return off_air.pools().cloned().collect(),
    };
    match slot.order {
        Order::Sequential => pools.clone(),
        Order::Shuffle => pools.iter().map(|pool| shuffle::key(pool)).collect(),
        Order::Random(_) => pools.iter().map(|pool| unrepeated::key(pool)).collect(),
        Order::Weighted(_) => pools.iter().cloned().chain([of_slot("weighted")]).collect(),
        Order::Rotate => pools.iter().cloned().chain([of_slot("rotate")]).collect(),
        Order::Marathon => vec![of_slot("marathon")],
        Order::Newest => vec![of_slot("newest")],
    }
}

/// The asset that the order of `rule` has come to, by its id.
pub(super) fn last_chosen(cursors: &Cursors, rule: Rule<'_>) -> Option<String> {
    let Choice::Pool(pool, by) = rule.choice else { return None };
    let id = match by {
        By::Sequential | By::Weighted | By::Rotate(_) | By::SignOff => id_of(cursors.get(pool)?),
        By::Shuffle => shuffle::last(cursors.get(&shuffle::key(pool))?)?,
        By::Random(_) => unrepeated::last(cursors.get(&unrepeated::key(pool))?),
        By::Marathon(date) => id_of(since(cursors.get(&rule.slot_key("marathon")), date)?),
        By::Newest(date) => id_of(since(cursors.get(&rule.slot_key("newest")), date)?),
    };
    Some(id.to_owned()).filter(|id| !id.is_empty())
}
