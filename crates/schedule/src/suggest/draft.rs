//! A channel before it is written down.

use std::collections::BTreeMap;
use std::time::Duration;

use super::filling::Filling;
use super::text;
use crate::asset::{Asset, Kind};
use crate::plan::{Match, show_duration, slug_of};

/// What is shown in sequence lasts so many days: `schedule check` looks no further ahead.
const DAYS: i64 = 16;

pub(super) const HOUR: i64 = 3600;

/// A channel.
pub(super) struct Draft<'a> {
    /// Shown to viewers, on one line.
    pub(super) name: String,
    /// What its slug is made from.
    pub(super) base: String,
    /// Whether that tells it from any other channel.
    pub(super) is_telling: bool,
    /// What it shows, for people, on one line.
    pub(super) what: String,
    /// Channels of a sort have neighbouring numbers, from this one on.
    pub(super) first_number: u32,
    /// What its slots play.
    pub(super) pools: Vec<Set<'a>>,
    /// Slots by layer.
    pub(super) layers: Vec<Layer>,
    /// The hours between which it is off air.
    pub(super) night: Option<(u8, u8)>,
}

/// A pool of programmes.
#[derive(Clone)]
pub(super) struct Set<'a> {
    pub(super) name: String,
    pub(super) matches: Match,
    pub(super) assets: Vec<&'a Asset>,
}

/// Slots of the same days.
pub(super) struct Layer {
    pub(super) name: &'static str,
    /// What the layer means.
    pub(super) note: &'static str,
    pub(super) slots: Vec<Slot>,
}

/// What plays from one full hour to another.
pub(super) struct Slot {
    pub(super) from: u8,
    pub(super) to: u8,
    /// Names of pools.
    pub(super) play: Vec<String>,
    pub(super) order: Order,
    pub(super) title: Option<&'static str>,
    /// What the slot shows, in lower case.
    pub(super) what: String,
}

/// Which item is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Sequential,
    Shuffle,
    Marathon,
    Rotate,
}

impl<'a> Draft<'a> {
    /// A channel without slots. `base` is what the name is about; where that makes no slug, it is called by `noun`.
    pub(super) fn new(name: &str, base: &str, noun: &str, first_number: u32) -> Self {
        let name = text::line(name);
        let is_telling = !slug_of(base).is_empty();
        let base = if is_telling { slug_of(&name) } else { noun.to_owned() };
        let name = if name.is_empty() { base.clone() } else { name };
        let (what, pools, layers) = (String::new(), Vec::new(), Vec::new());
        Self { name, base, is_telling, what, first_number, pools, layers, night: None }
    }

    /// The same, as it shows `set` around the clock.
    pub(super) fn around_the_clock(self, what: &str, set: Set<'a>, order: Order) -> Self {
        let slot = Slot::new(6, 6, &set, order, what);
        Self { what: text::line(what), pools: vec![set], layers: vec![Layer::all(vec![slot])], ..self }
    }

    /// What its pools hold, by their names.
    pub(super) fn matches<'d>(&'d self, filling: &'d Filling) -> Vec<&'d Match> {
        let own = self.pools.iter().map(|set| (set.name.as_str(), &set.matches));
        let all: BTreeMap<&str, &Match> = own.chain(filling.pools.iter().map(|(name, found)| (*name, found))).collect();
        all.into_values().collect()
    }

    /// Everything that it shows, each once.
    pub(super) fn assets(&self) -> impl Iterator<Item = &'a Asset> {
        let all = self.pools.iter().flat_map(|set| set.assets.iter().copied());
        all.map(|asset| (asset.id.as_str(), asset)).collect::<BTreeMap<_, _>>().into_values()
    }

    /// Why it is worth having.
    pub(super) fn reason(&self) -> String {
        let count = self.assets().count();
        let total = self.assets().fold(0, |sum, asset| seconds(asset).saturating_add(sum)).unsigned_abs();
        let length = show_duration(Duration::from_secs(if total < 60 { total } else { total / 60 * 60 }));
        let items = if count == 1 { "one programme".to_owned() } else { format!("{count} programmes") };
        format!("Shows {}: {items}, {length} in all.", self.what)
    }
}

impl<'a> Set<'a> {
    /// What of `programmes` matches.
    pub(super) fn of(name: &str, matches: Match, programmes: &[&'a Asset]) -> Self {
        let matches = Match { kinds: vec![Kind::Programme], ..matches };
        let assets = programmes.iter().copied().filter(|asset| matches.holds(asset)).collect();
        Self { name: name.to_owned(), matches, assets }
    }

    /// All of it, in seconds.
    pub(super) fn seconds(&self) -> i64 {
        self.assets.iter().fold(0, |sum, asset| seconds(asset).saturating_add(sum))
    }

    /// Whether so many hours of each day can be filled in sequence before it begins again.
    pub(super) fn lasts(&self, hours_a_day: i64) -> bool {
        self.seconds() >= hours_a_day * HOUR * DAYS
    }

    /// Whether so many of it a day can be shown in sequence before it begins again.
    pub(super) fn has_for(&self, a_day: i64) -> bool {
        i64::try_from(self.assets.len()).unwrap_or(i64::MAX) > a_day * DAYS
    }
}

impl Layer {
    pub(super) fn all(slots: Vec<Slot>) -> Self {
        Self { name: "all", note: "every day", slots }
    }
}

impl Slot {
    pub(super) fn new(from: u8, to: u8, set: &Set<'_>, order: Order, what: &str) -> Self {
        Self { from, to, play: vec![set.name.clone()], order, title: None, what: what.to_owned() }
    }
}

/// From one hour of the clock to another, which may be the same of the next day.
pub(super) fn hours(from: u8, to: u8) -> i64 {
    match (i64::from(to) - i64::from(from)).rem_euclid(24) {
        0 => 24,
        hours => hours,
    }
}

/// As long as it is.
pub(super) fn seconds(asset: &Asset) -> i64 {
    asset.duration_ns / 1_000_000_000
}
