//! A pool in an order by chance, in rounds: everything once before anything plays again.
//!
//! In each round every asset has a number, and they play by these numbers. So what joins during a round has its turn in
//! it or in the next one, nothing is lost, and what is remembered does not grow with the pool.

use super::parts::continues;
use super::sequence::{Entry, SEPARATOR, Sequence};
use crate::asset::Asset;
use crate::chance;

/// The key of what is remembered of a pool. No name of a pool holds a space.
pub(super) fn key(pool: &str) -> String {
    format!("{pool} shuffle")
}

/// What is remembered: text of this module's own.
struct Memory<'t> {
    round: u64,
    /// The asset that the round has come to.
    at: &'t str,
    /// The one that played last, which may be a later part of `head`.
    last: &'t str,
    head: &'t str,
    /// One that would have begun the round right after it had ended the round before: it comes second.
    owed: &'t str,
}

impl<'t> Memory<'t> {
    /// `None` where nothing has played.
    fn parse(text: &'t str) -> Option<Self> {
        let mut parts = text.split(SEPARATOR);
        let round = parts.next()?.parse().ok()?;
        Some(Self { round, at: parts.next()?, last: parts.next()?, head: parts.next()?, owed: parts.next()? })
    }

    fn text(&self) -> String {
        [&self.round.to_string(), self.at, self.last, self.head, self.owed].join(&SEPARATOR.to_string())
    }
}

/// The number of an asset in a round; assets with the same one are told apart by their ids.
fn number(series: u64, round: u64, id: &str) -> (u64, &str) {
    (chance::draw(series ^ chance::hash(id), round), id)
}

fn series(pool: &str, seed: u64) -> u64 {
    chance::draw(seed, chance::hash(pool))
}

/// A pool's assets by their numbers, kept from one choice to the next.
pub(super) struct Rounds {
    series: u64,
    /// Places in the pool, for the round at hand and the next one.
    ordered: Vec<(u64, Vec<usize>)>,
}

impl Rounds {
    pub(super) fn new(pool: &str, seed: u64) -> Self {
        Self { series: series(pool, seed), ordered: Vec::new() }
    }

    /// The next one that `fits`.
    pub(super) fn next<'a>(
        &mut self,
        pool: &Sequence<'a>,
        memory: Option<&str>,
        fits: &dyn Fn(&Entry<'a>) -> bool,
    ) -> Option<usize> {
        let suits = |at: &usize| fits(&pool.entries[*at]);
        let Some(memory) = memory.and_then(Memory::parse) else {
            return self.of(pool, 0).iter().copied().find(suits);
        };
        if let Some(part) = pool.continuation(memory.last).filter(suits) {
            return Some(part);
        }
        if let Some(owed) = pool.position(memory.owed).filter(suits) {
            return Some(owed);
        }
        let (series, round) = (self.series, memory.round);
        let reached = number(series, round, memory.at);
        let order = self.of(pool, round);
        let next = order.partition_point(|at| number(series, round, &pool.entries[*at].asset.id) <= reached);
        if let Some(at) = order[next..].iter().copied().find(suits) {
            return Some(at);
        }
        let is_last = |at: usize| pool.entries[at].asset.id == memory.head;
        let mut rest = self.of(pool, round.wrapping_add(1)).iter().copied().filter(suits);
        match (rest.next()?, rest.next()) {
            (first, Some(second)) if is_last(first) => Some(second),
            (first, _) => Some(first),
        }
    }

    fn of(&mut self, pool: &Sequence<'_>, round: u64) -> &[usize] {
        let known = self.ordered.iter().position(|(known, _)| *known == round);
        let at = known.unwrap_or_else(|| {
            let series = self.series;
            let mut numbered: Vec<_> =
                pool.heads.iter().map(|at| (number(series, round, &pool.entries[*at].asset.id), *at)).collect();
            numbered.sort_unstable();
            if self.ordered.len() > 1 {
                self.ordered.remove(0);
            }
            self.ordered.push((round, numbered.into_iter().map(|(_, at)| at).collect()));
            self.ordered.len() - 1
        });
        &self.ordered[at].1
    }
}

/// The asset that played last, by its id.
pub(super) fn last(memory: &str) -> Option<&str> {
    Memory::parse(memory).map(|memory| memory.last)
}

/// What is remembered once `asset` has played.
pub(super) fn note<'a>(
    memory: &str,
    pool: &str,
    seed: u64,
    asset: &'a Asset,
    last_of: impl Fn(&str) -> Option<&'a Asset>,
) -> String {
    let id = asset.id.as_str();
    let played = |round, owed| Memory { round, at: id, last: id, head: id, owed }.text();
    let Some(before) = Memory::parse(memory) else { return played(0, "") };
    if last_of(before.last).is_some_and(|last| continues(last, asset)) {
        return Memory { last: id, ..before }.text();
    }
    if before.owed == id {
        return Memory { last: id, head: id, owed: "", ..before }.text();
    }
    let (series, round) = (series(pool, seed), before.round);
    if number(series, round, id) > number(series, round, before.at) {
        return played(round, "");
    }
    let round = round.wrapping_add(1);
    let was_first = before.head != id && number(series, round, before.head) < number(series, round, id);
    played(round, if was_first { before.head } else { "" })
}
