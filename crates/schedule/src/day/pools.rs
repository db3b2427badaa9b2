//! The pools of a plan, filled from a library: matched and ordered once, for any number of days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::compiler::Compiler;
use super::sequence::{self, Entry};
use super::{DayStart, ScheduleDay};
use crate::asset::Asset;
use crate::plan::{Plan, Play};
use crate::problem::{Position, Problem};

/// Assets without pictures are told one by one up to here.
const MAX_EMPTY_ASSETS_TOLD: usize = 20;

/// What a plan plays, in its order.
pub struct Pools<'a> {
    pub(super) plan: &'a Plan,
    pools: BTreeMap<&'a str, Vec<Entry<'a>>>,
    assets: BTreeMap<&'a str, Entry<'a>>,
}

impl<'a> Pools<'a> {
    /// Fills the pools that `plan` plays. What they lack is told once: `empty_pool`, `unknown_asset`, `no_length`.
    pub fn fill(plan: &'a Plan, library: &'a [Asset]) -> (Self, Vec<Problem>) {
        let mut filling = Filling { plan, library, empty_assets: BTreeSet::new(), problems: Vec::new() };
        let mut filled = Self { plan, pools: BTreeMap::new(), assets: BTreeMap::new() };
        for slot in &plan.slots {
            match &slot.play {
                Play::Pool(pool) if !filled.pools.contains_key(pool.as_str()) => {
                    filled.pools.insert(pool, filling.pool(pool, slot.place));
                }
                Play::Pool(_) => {}
                Play::Asset(id) => {
                    filled.assets.extend(filling.asset(id, slot.place).map(|entry| (id.as_str(), entry)))
                }
            }
        }
        (filled, filling.problems)
    }

    /// Compiles one broadcast day, as [`super::compile`] does.
    pub fn compile(&self, zone: &TimeZone, date: Date, start: &DayStart) -> (ScheduleDay, DayStart, Vec<Problem>) {
        Compiler::new(self, zone, date, start).run()
    }

    /// The pool's assets in order; none where it is empty.
    pub(super) fn pool(&self, name: &str) -> &[Entry<'a>] {
        self.pools.get(name).map_or(&[], Vec::as_slice)
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
    fn pool(&mut self, name: &str, slot: Position) -> Vec<Entry<'a>> {
        let (library, pool) = (self.library, self.plan.pools.get(name));
        let place = pool.map_or(slot, |pool| pool.place);
        let found = library.iter().filter(|asset| pool.is_some_and(|pool| pool.matches.holds(asset)));
        let mut entries: Vec<Entry<'a>> = found.filter_map(|asset| self.entry(asset, place)).collect();
        sequence::sort(&mut entries);
        if entries.is_empty() {
            let message = format!("The pool `{name}` is empty, so its slots show the fallback card.");
            let hint = "Add media that match, or change the pool's `match`.";
            self.problems.push(Problem::warning("empty_pool", place, message).with_hint(hint));
        }
        entries
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
