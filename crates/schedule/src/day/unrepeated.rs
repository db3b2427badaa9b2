//! A pool by chance alone, but for what played last.

use super::parts::continues;
use super::sequence::{Entry, SEPARATOR, Sequence};
use crate::asset::Asset;
use crate::chance;

/// What does not fit is drawn again so often; after that, the next one from the first drawn that fits is taken.
const DRAWS: u64 = 16;

/// The key of what is remembered of a pool. No name of a pool holds a space.
pub(super) fn key(pool: &str) -> String {
    format!("{pool} random")
}

/// What is remembered: how often was drawn, how many are kept from coming again by the slot that keeps most, which asset
/// played last, and the recent ones, the oldest first.
#[derive(Default)]
struct Memory<'t> {
    drawn: u64,
    kept: usize,
    last: &'t str,
    recent: Vec<&'t str>,
}

impl<'t> Memory<'t> {
    fn parse(text: &'t str) -> Self {
        let mut parts = text.split(SEPARATOR);
        let drawn = parts.next().and_then(|drawn| drawn.parse().ok()).unwrap_or(0);
        let kept = parts.next().and_then(|kept| kept.parse().ok()).unwrap_or(0);
        Self { drawn, kept, last: parts.next().unwrap_or_default(), recent: parts.collect() }
    }

    fn text(&self) -> String {
        let (drawn, kept) = (self.drawn.to_string(), self.kept.to_string());
        let parts: Vec<&str> =
            [drawn.as_str(), kept.as_str(), self.last].into_iter().chain(self.recent.iter().copied()).collect();
        parts.join(&SEPARATOR.to_string())
    }
}

/// The next one that `fits`, none of the last `count`, or of all but one where the pool is smaller.
pub(super) fn next<'a>(
    pool: &Sequence<'a>,
    memory: Option<&str>,
    count: u32,
    series: u64,
    fits: &dyn Fn(&Entry<'a>) -> bool,
) -> Option<usize> {
    let memory = memory.map(Memory::parse).unwrap_or_default();
    let suits = |at: &usize| fits(&pool.entries[*at]);
    if let Some(part) = pool.continuation(memory.last).filter(suits) {
        return Some(part);
    }
    let heads = &pool.heads;
    let kept = usize::try_from(count).unwrap_or(usize::MAX).min(heads.len().checked_sub(1)?);
    let places = memory.recent.iter().rev().take(kept).filter_map(|id| heads.binary_search(&pool.position(id)?).ok());
    let mut recent: Vec<usize> = places.collect();
    recent.sort_unstable();
    recent.dedup();
    // the place among all heads of a place among those that are free
    let free = |nth: usize| recent.iter().fold(nth, |place, taken| place + usize::from(*taken <= place));
    let series = chance::draw(series, memory.drawn);
    let left = heads.len() - recent.len();
    let drawn = |draw| chance::below(chance::draw(series, draw), left);
    let near = (0..left).map(|step| (drawn(0) + step) % left);
    (0..DRAWS)
        .map(drawn)
        .chain(near)
        .map(|nth| heads[free(nth)])
        .find(suits)
        .or_else(|| heads.iter().copied().find(suits))
}

/// The asset that played last, by its id.
pub(super) fn last(memory: &str) -> &str {
    Memory::parse(memory).last
}

/// The last `count` that played, the latest first, by their ids.
pub(super) fn recent(memory: &str, count: usize) -> impl Iterator<Item = &str> {
    Memory::parse(memory).recent.into_iter().rev().take(count)
}

/// What is remembered once `asset` has played.
pub(super) fn note<'a>(
    memory: &str,
    count: u32,
    asset: &'a Asset,
    last_of: impl Fn(&str) -> Option<&'a Asset>,
) -> String {
    let mut memory = Memory::parse(memory);
    let is_part = last_of(memory.last).is_some_and(|last| continues(last, asset));
    memory.last = &asset.id;
    if !is_part {
        memory.drawn = memory.drawn.wrapping_add(1);
        memory.kept = memory.kept.max(usize::try_from(count).unwrap_or(usize::MAX));
        memory.recent.retain(|id| *id != asset.id);
        memory.recent.push(&asset.id);
        let surplus = memory.recent.len().saturating_sub(memory.kept);
        memory.recent.drain(..surplus);
    }
    memory.text()
}
