//! Which item of a slot's pools plays next, and what is remembered of it.
//!
//! All that an order remembers is a function of what played, one item after the other: [`note`] is what a day's own
//! compiling and the continuing of its rest both do.

use jiff::civil::Date;

use super::Cursors;
use super::pools::Pools;
use super::rule::{By, Choice, Rule, slot_key};
use super::sequence::{Entry, SEPARATOR, cursor_after};
use super::shuffle::{self, Round};
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
    round: Option<Round>,
}

impl<'p, 'a> Chooser<'p, 'a> {
    pub(super) fn new(pools: &'p Pools<'a>) -> Self {
        Self { pools, seed: pools.plan.seed, round: None }
    }

    /// The next item of `span` among those that `fit`, with the rule that chose it.
    pub(super) fn next(
        &mut self,
        span: &Span<'a>,
        cursors: &Cursors,
        fits: &dyn Fn(&Entry<'a>) -> bool,
    ) -> Option<(Entry<'a>, Rule<'a>)> {
        let Play::Pools(names) = &span.slot.play else { return None };
        let (layer, slot) = (span.layer.name.as_str(), span.slot);
        let ruled = |name: &'a str, by| Rule { layer, slot: slot.index, choice: Choice::Pool(name, by) };
        match &slot.order {
            Order::Weighted(weights) => {
                let turns = drawn_pools(self.seed, &slot_key(layer, slot.index, "weighted"), cursors, weights);
                let (place, entry) = self.first_of(names, turns.chain(0..names.len()), cursors, fits)?;
                Some((entry, ruled(&names[place], By::Weighted)))
            }
            Order::Rotate => {
                let last = cursors.get(&slot_key(layer, slot.index, "rotate")).and_then(|last| last.parse().ok());
                let next = last.map_or(0, |last: usize| last + 1);
                let turns = (0..names.len()).map(|step| (next + step) % names.len());
                let (place, entry) = self.first_of(names, turns, cursors, fits)?;
                Some((entry, ruled(&names[place], By::Rotate(place))))
            }
            Order::Sequential => {
                let name = names.first()?;
                Some((self.in_sequence(name, cursors, fits)?, ruled(name, By::Sequential)))
            }
            Order::Shuffle => {
                let name = names.first()?;
                let (sequence, key) = (self.pools.pool(name), shuffle::key(name));
                let round = self.round.take().filter(|round| round.is_of(name));
                let mut round = round.unwrap_or_else(|| Round::new(name, self.seed));
                let place = round.next(sequence, cursors.get(&key).map(String::as_str), fits);
                self.round = Some(round);
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
                let (sequence, key) = (self.pools.pool(name), slot_key(layer, slot.index, "marathon"));
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
                let (sequence, key) = (self.pools.pool(name), slot_key(layer, slot.index, "newest"));
                let newest = self.pools.newest(name);
                let last = since(cursors.get(&key), span.date).and_then(|last| sequence.position(id_of(last)));
                let next = last.and_then(|last| newest.iter().position(|at| *at == last)).map_or(0, |at| at + 1);
                let mut turns = (0..newest.len()).map(|step| newest[(next + step) % newest.len()]);
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

    fn in_sequence(&self, name: &str, cursors: &Cursors, fits: &dyn Fn(&Entry<'a>) -> bool) -> Option<Entry<'a>> {
        let sequence = self.pools.pool(name);
        sequence.after(cursors.get(name).map(String::as_str), fits).map(|place| sequence.entries[place])
    }
}

/// Places of pools, drawn one after the other by their weights.
fn drawn_pools<'w>(
    seed: u64,
    key: &str,
    cursors: &Cursors,
    weights: &'w [u32],
) -> impl Iterator<Item = usize> + use<'w> {
    let turn = cursors.get(key).and_then(|turn| turn.parse().ok()).unwrap_or(0);
    let seed = chance::draw(seed ^ chance::hash(key), turn);
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
        By::Sequential => {}
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
            let turn = cursors.entry(rule.slot_key("weighted")).or_default();
            *turn = (turn.parse::<u64>().unwrap_or(0) + 1).to_string();
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
pub(super) fn keys(layer: &str, slot: &Slot) -> Vec<String> {
    let of_slot = |what: &str| slot_key(layer, slot.index, what);
    let pools = match &slot.play {
        Play::Asset(id) => return vec![of_slot(&format!("asset {id}"))],
        Play::Pools(pools) => pools,
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
        By::Sequential | By::Weighted | By::Rotate(_) => id_of(cursors.get(pool)?),
        By::Shuffle => shuffle::last(cursors.get(&shuffle::key(pool))?)?,
        By::Random(_) => unrepeated::last(cursors.get(&unrepeated::key(pool))?),
        By::Marathon(date) => id_of(since(cursors.get(&rule.slot_key("marathon")), date)?),
        By::Newest(date) => id_of(since(cursors.get(&rule.slot_key("newest")), date)?),
    };
    Some(id.to_owned()).filter(|id| !id.is_empty())
}
