//! The pools of a plan, filled from a library: matched and ordered once, for any number of days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::compiler::Compiler;
use super::sequence::{Entry, Sequence};
use super::{DayStart, Item, ScheduleDay, ends};
use crate::asset::Asset;
use crate::plan::{Match, NightShow, OffAir, Order, Plan, Play};
use crate::problem::{Position, Problem};

/// Assets without pictures are told one by one up to here.
const MAX_EMPTY_ASSETS_TOLD: usize = 20;

/// What a plan plays, in its order.
pub struct Pools<'a> {
    pub(super) plan: &'a Plan,
    pools: BTreeMap<&'a str, Sequence<'a>>,
    /// Of those that a slot plays so.
    newest: BTreeMap<&'a str, Newest>,
    assets: BTreeMap<&'a str, Entry<'a>>,
    nothing: Sequence<'a>,
}

impl<'a> Pools<'a> {
    /// Fills the pools that `plan` plays. What they lack is told once: `empty_pool`, `unknown_asset`, `no_length`.
    pub fn fill(plan: &'a Plan, library: &'a [Asset]) -> (Self, Vec<Problem>) {
        let mut filling = Filling { plan, library, empty_assets: BTreeSet::new(), problems: Vec::new() };
        let mut filled = Self {
            plan,
            pools: BTreeMap::new(),
            newest: BTreeMap::new(),
            assets: BTreeMap::new(),
            nothing: Sequence::default(),
        };
        for slot in plan.layers.iter().flat_map(|layer| &layer.slots) {
            let pools: Vec<&'a String> = match &slot.play {
                Play::Pools(pools) => pools.iter().collect(),
                Play::OffAir(off_air) => off_air.pools().collect(),
                Play::Asset(_) => Vec::new(),
            };
            if let Play::Asset(id) | Play::OffAir(OffAir { show: NightShow::Asset(id), .. }) = &slot.play {
                filled.assets.extend(filling.asset(id, slot.place).map(|entry| (id.as_str(), entry)));
            }
            for pool in pools {
                let sequence = filled.pools.entry(pool).or_insert_with(|| filling.pool(pool, slot.place));
                if slot.order == Order::Newest {
                    filled.newest.entry(pool).or_insert_with(|| newest_first(sequence));
                }
            }
        }
        (filled, filling.problems)
    }

    /// Compiles one broadcast day, as [`super::compile`] does.
    pub fn compile(&self, zone: &TimeZone, date: Date, start: &DayStart) -> (ScheduleDay, DayStart, Vec<Problem>) {
        Compiler::new(self, zone, date, start).run()
    }

    /// Which of the pools that `items` show in sequence come to their end, and when: `runs_out`.
    pub fn ends(&self, zone: &TimeZone, items: &[Item]) -> Vec<Problem> {
        ends::tell(self, zone, items)
    }

    /// The pool's assets in order; none where it is empty.
    pub(super) fn pool(&self, name: &str) -> &Sequence<'a> {
        self.pools.get(name).unwrap_or(&self.nothing)
    }

    /// The pool's assets with the newest first.
    pub(super) fn newest(&self, name: &str) -> Option<&Newest> {
        self.newest.get(name)
    }

    /// The asset of that id, where a pool holds it.
    pub(super) fn known(&self, id: &str) -> Option<&'a Asset> {
        self.pools.values().find_map(|pool| Some(pool.entries[pool.position(id)?].asset))
    }

    pub(super) fn asset(&self, id: &str) -> Option<Entry<'a>> {
        self.assets.get(id).copied()
    }
}

struct Filling<'a> {
    plan: &'a Plan,
    library: &'a [Asset],
    /// Those which have been told.
    empty_assets: BTreeSet<&'a str>,
    problems: Vec<Problem>,
}

impl<'a> Filling<'a> {
    fn pool(&mut self, name: &str, slot: Position) -> Sequence<'a> {
        let (library, pool) = (self.library, self.plan.pools.get(name));
        let place = pool.map_or(slot, |pool| pool.place);
        let found = library.iter().filter(|asset| pool.is_some_and(|pool| pool.matches.holds(asset)));
        let entries: Vec<Entry<'a>> = found.filter_map(|asset| self.entry(asset, place)).collect();
        if entries.is_empty() {
            let message = format!("The pool `{name}` is empty, so its slots show the fallback card.");
            let kept_out = pool.map_or(0, |pool| kept_out(&pool.matches, library));
            let hint = match kept_out {
                0 => "Add media that match, or change the pool's `match`.".to_owned(),
                1 => "Its `not` keeps out the one that would match.".to_owned(),
                count => format!("Its `not` keeps out all {count} that would match."),
            };
            self.problems.push(Problem::warning("empty_pool", place, message).with_hint(hint));
        }
        Sequence::of(entries)
    }

    fn asset(&mut self, id: &str, slot: Position) -> Option<Entry<'a>> {
        let Some(asset) = self.library.iter().find(|asset| asset.id == id) else {
            let message = format!("The asset {id:?} is not in the library, or not ready and approved.");
            let hint = "The fallback card is shown instead. `retrovue asset list` shows what there is.";
            self.problems.push(Problem::warning("unknown_asset", slot, message).with_hint(hint));
            return None;
        };
        self.entry(asset, slot)
    }

    /// `None` where `asset` fills no frame, which is told.
    fn entry(&mut self, asset: &'a Asset, place: Position) -> Option<Entry<'a>> {
        let frames = self.plan.format.frame_rate.slots_within(asset.duration_ns);
        if frames > 0 {
            return Some(Entry { asset, frames });
        }
        if self.empty_assets.len() < MAX_EMPTY_ASSETS_TOLD && self.empty_assets.insert(&asset.id) {
            let message = format!("{:?} ({}) has no length, so it is skipped.", asset.title, asset.path);
            let hint = "Look at the file: it may be damaged, or still being written.";
            self.problems.push(Problem::warning("no_length", place, message).with_hint(hint));
        }
        None
    }
}

/// How many assets would match but for what the match says under `not`.
pub(super) fn kept_out(matches: &Match, library: &[Asset]) -> usize {
    if matches.not.is_empty() {
        return 0;
    }
    library.iter().filter(|asset| matches.would_hold(asset) && !matches.holds(asset)).count()
}

/// A pool with the newest first.
pub(super) struct Newest {
    /// Places in the pool.
    pub(super) order: Vec<usize>,
    /// By place in the pool, the place in `order`.
    pub(super) rank: Vec<usize>,
}

/// By the day of first showing, or the year where that is all that is known; of one day, the later in order. Later parts
/// follow their first one.
fn newest_first(sequence: &Sequence<'_>) -> Newest {
    let shown = |at: usize| {
        let asset = sequence.entries[at].asset;
        let year = asset.year.map(|year| format!("{year:04}"));
        asset.aired.clone().or(year).unwrap_or_default()
    };
    let mut heads: Vec<(usize, usize)> = sequence.heads.iter().copied().enumerate().collect();
    heads.sort_by_cached_key(|(_, at)| std::cmp::Reverse((shown(*at), *at)));
    let end = |nth: usize| sequence.heads.get(nth + 1).copied().unwrap_or(sequence.entries.len());
    let order: Vec<usize> = heads.into_iter().flat_map(|(nth, at)| at..end(nth)).collect();
    let mut rank = vec![0; order.len()];
    for (place, at) in order.iter().enumerate() {
        rank[*at] = place;
    }
    Newest { order, rank }
}
