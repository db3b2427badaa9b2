//! What breaks and holes are filled from: pools, with whatever has waited longest first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use retrovue_timeline::{FrameRate, UtcTime};

use super::plays::Plays;
use crate::asset::Asset;
use crate::chance;
use crate::plan::Plan;
use crate::problem::{Position, Problem};

/// A spot, ident or filler.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) asset: &'a Asset,
    /// House frames, at least one.
    pub(super) frames: i64,
}

/// The pools of a plan's breaks and holes.
pub(super) struct Stock<'a> {
    pools: BTreeMap<&'a str, Shelf<'a>>,
    plays: Plays,
}

/// A pool by its turn: when each was shown last, then by chance.
#[derive(Default)]
struct Shelf<'a> {
    spots: Vec<Spot<'a>>,
    places: HashMap<&'a str, usize>,
    due: BTreeSet<(Option<UtcTime>, u64, usize)>,
}

impl<'a> Stock<'a> {
    /// Fills the pools that `plan` names for breaks and holes. One that stays empty is told.
    pub(super) fn fill(plan: &'a Plan, library: &'a [Asset], plays: Plays) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut pools = BTreeMap::new();
        for name in plan.fillers() {
            pools.entry(name).or_insert_with(|| {
                let pool = plan.pools.get(name);
                let found = library.iter().filter(|asset| pool.is_some_and(|pool| pool.matches.holds(asset)));
                let shelf = Shelf::of(plan.format.frame_rate, found, plan.seed, &plays);
                if shelf.spots.is_empty() {
                    let place = pool.map_or(Position::default(), |pool| pool.place);
                    let message = format!("The pool `{name}` is empty, so breaks and holes go without it.");
                    let hint = "Add media that match, or change the pool's `match`.";
                    problems.push(Problem::warning("empty_pool", place, message).with_hint(hint));
                }
                shelf
            });
        }
        (Self { pools, plays }, problems)
    }

    /// What the pool holds, whatever has waited longest first.
    pub(super) fn due(&self, pool: &str) -> impl Iterator<Item = Spot<'a>> {
        let shelf = self.pools.get(pool);
        shelf.into_iter().flat_map(|shelf| shelf.due.iter().map(|(_, _, at)| shelf.spots[*at]))
    }

    /// How long the pool's spots are on average, in house frames; 0 where it is empty.
    pub(super) fn usual_frames(&self, pool: &str) -> i64 {
        let spots = self.pools.get(pool).map_or(&[][..], |shelf| &shelf.spots);
        let count = i64::try_from(spots.len()).unwrap_or(i64::MAX).max(1);
        spots.iter().map(|spot| spot.frames).sum::<i64>() / count
    }

    pub(super) fn plays(&self) -> &Plays {
        &self.plays
    }

    /// Notes that `asset` is shown at `at`: its turn comes again behind all others.
    pub(super) fn note(&mut self, asset: &Asset, at: UtcTime) {
        let before = self.plays.last(&asset.id);
        self.plays.note(&asset.id, at);
        for shelf in self.pools.values_mut() {
            let Some(place) = shelf.places.get(asset.id.as_str()) else { continue };
            let found = shelf.due.range((before, 0, 0)..).find(|(_, _, at)| at == place).copied();
            if let Some((_, chance, place)) = found {
                shelf.due.remove(&(before, chance, place));
                shelf.due.insert((Some(at), chance, place));
            }
        }
    }
}

impl<'a> Shelf<'a> {
    fn of(rate: FrameRate, found: impl Iterator<Item = &'a Asset>, seed: u64, plays: &Plays) -> Self {
        let mut spots: Vec<Spot<'a>> = found
            .map(|asset| Spot { asset, frames: rate.slots_within(asset.duration_ns) })
            .filter(|spot| spot.frames > 0)
            .collect();
        // the library comes in any order
        spots.sort_by(|a, b| a.asset.id.cmp(&b.asset.id));
        let key = |(at, spot): (usize, &Spot<'a>)| {
            let id = spot.asset.id.as_str();
            (plays.last(id), chance::draw(seed, chance::hash(id)), at)
        };
        let due = spots.iter().enumerate().map(key).collect();
        let places = spots.iter().enumerate().map(|(at, spot)| (spot.asset.id.as_str(), at)).collect();
        Self { spots, places, due }
    }
}
