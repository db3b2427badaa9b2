//! The channel file, read: one plan for one channel.

mod branding;
mod breaks;
mod expression;
mod fields;
mod file;
mod layer;
mod off_air;
mod order;
mod pool;
mod scalar;
#[cfg(test)]
mod schema;
mod slot;
mod template;
#[cfg(test)]
mod tests;
mod traffic;
mod tree;
mod wheel;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use retrovue_timeline::FrameRate;

pub use branding::{Branding, Corner, Crawl, Edge, Logo};
pub use breaks::{Breaks, PodPart, Points};
pub use layer::{Days, Layer};
pub use off_air::{NightShow, OffAir};
pub use pool::{Match, Pool, Range};
pub(crate) use scalar::{show_duration, show_time, slug_of};
pub(crate) use traffic::LONGEST_COOLDOWN;
pub use traffic::Traffic;
pub(crate) use wheel::arcs;

use crate::problem::{Position, Problem, Severity};

/// The longest channel file that is read: some two thousand slots.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// Nobody reads more of them, and a file may have one for every few bytes.
const MAX_PROBLEMS: usize = 200;

/// What a channel looks like on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramFormat {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// One of the house rates.
    pub frame_rate: FrameRate,
    /// Video bit rate.
    pub video_kbps: u32,
    /// Audio bit rate.
    pub audio_kbps: u32,
}

impl ProgramFormat {
    /// What it takes to decode and code it follows.
    pub fn pixels_per_second(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels * u64::from(self.frame_rate.num()) / u64::from(self.frame_rate.den())
    }
}

impl Default for ProgramFormat {
    /// 720p at 30000/1001, which every player and every US television takes.
    fn default() -> Self {
        Self { width: 1280, height: 720, frame_rate: FrameRate::HOUSE[3], video_kbps: 2500, audio_kbps: 128 }
    }
}

/// A channel file's meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The slug, never reused.
    pub channel: String,
    /// `2.1`; `None` takes the next free one.
    pub number: Option<String>,
    /// Shown to viewers; the slug where the file names none.
    pub name: String,
    /// IANA zone; `None` is the system's.
    pub timezone: Option<String>,
    /// Start of the broadcast day, local.
    pub day_start: Time,
    /// The grid that slots start on; `None` is back to back.
    pub grid: Option<Duration>,
    /// On the wire.
    pub format: ProgramFormat,
    /// Preferred audio languages.
    pub languages: Vec<String>,
    /// What lies over its programmes.
    pub branding: Branding,
    /// Pools by name.
    pub pools: BTreeMap<String, Pool>,
    /// What plays when, as the file has it; the nights off air are one, too.
    pub layers: Vec<Layer>,
    /// Where programmes are broken and what fills the breaks; slots may have their own.
    pub breaks: Breaks,
    /// What spots keep to; slots may have their own.
    pub traffic: Traffic,
    /// The pools that cover a hole, in order. The card covers what they leave.
    pub fallback: Vec<String>,
    /// What decides all that is left to chance.
    pub seed: u64,
    /// Whether it is on air even unwatched.
    pub keep_warm: bool,
}

/// A stretch of a layer's days and what plays in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its place in the layer as the file has it, from 0.
    pub index: usize,
    /// Layer and time, which tell it apart whatever comes before it in the file: `all@06:00`.
    pub id: String,
    /// When it starts, local.
    pub at: Time,
    /// When it ends.
    pub end: SlotEnd,
    /// What plays.
    pub play: Play,
    /// Which item of its pools plays next.
    pub order: Order,
    /// What becomes of an item that is too long.
    pub overrun: Overrun,
    /// Shown in guides in place of the items' own titles.
    pub title: Option<String>,
    /// Where its programmes are broken, where that is not as in all of the plan.
    pub breaks: Option<Breaks>,
    /// What spots keep to in it, where that is not as in all of the plan.
    pub traffic: Option<Traffic>,
    /// Where the file says so.
    pub place: Position,
}

/// How the end of a slot is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotEnd {
    /// So long after its start, up to a day.
    For(Duration),
    /// At this local time, on the next day where that is not after the start. Midnight is `00:00` and `24:00` alike.
    Until(Time),
    /// With the start of the layer's next slot or the end of the broadcast day, whichever is first.
    Open,
}

/// What a slot plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Play {
    /// Pools, by name: one, or several in the orders that choose among pools.
    Pools(Vec<String>),
    /// One asset, once.
    Asset(String),
    /// What is shown while the channel is off air.
    OffAir(OffAir),
}

/// Which item of a slot's pools plays next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The one after the last: by series, season, episode, path. All slots that play a pool in this order share its
    /// place, and it wraps at the end.
    #[default]
    Sequential,
    /// Any one that has not played since the pool began anew: each once before any plays again.
    Shuffle,
    /// Any one but those that played last, as many as this, or all but one of a smaller pool.
    Random(u32),
    /// From any of the slot's pools, each as likely as its share of these weights, and of it the one after its last.
    Weighted(Vec<u32>),
    /// From the slot's pools in turn, and of each the one after its last.
    Rotate,
    /// In sequence from one that is left to chance, each time that the slot begins.
    Marathon,
    /// The one that was shown first most lately, then the one before it, and so on, each time that the slot begins.
    Newest,
}

/// What becomes of an item that runs beyond its slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overrun {
    /// It runs on; the next slot starts on the next grid line.
    #[default]
    Bleed,
    /// It is cut at the slot's end.
    Trim,
    /// It runs on, and what follows is joined where it would be by then.
    Join,
    /// It is not begun: the rest of the slot stays empty, and the item has its turn the next time.
    Drop,
}

impl Plan {
    /// Reads a channel file (YAML 1.2, so JSON too). The plan is `None` where a problem is an error; all problems are
    /// told at once, in the file's order.
    pub fn read(text: &str) -> (Option<Plan>, Vec<Problem>) {
        let (plan, problems) = Self::sketch(text);
        let refused = problems.iter().any(|problem| problem.severity == Severity::Error);
        (plan.filter(|_| !refused), problems)
    }

    /// As [`Self::read`], but with as much of the plan as can be read whatever is wrong with it: for telling what it lacks
    /// as well, and never for air.
    pub fn sketch(text: &str) -> (Option<Plan>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut plan = tree::read(text, &mut problems).and_then(|root| file::read(&root, &mut problems));
        problems.sort_by_key(|problem| (problem.line, problem.column));
        if problems.len() > MAX_PROBLEMS {
            let refused = problems.iter().any(|problem| problem.severity == Severity::Error);
            let message = format!("There are {} more problems.", problems.len() - MAX_PROBLEMS);
            // what refuses the file is told before all that does not
            problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
            problems.truncate(MAX_PROBLEMS);
            problems.sort_by_key(|problem| (problem.line, problem.column));
            problems.push(if refused {
                Problem::error("more_problems", Position::default(), message)
            } else {
                Problem::warning("more_problems", Position::default(), message)
            });
        }
        if let Some(plan) = &mut plan {
            plan.forget_unknown_pools();
        }
        (plan, problems)
    }

    /// Slots play what there is: what they name beside it was told.
    fn forget_unknown_pools(&mut self) {
        let pools = &self.pools;
        for layer in &mut self.layers {
            layer.slots.retain_mut(|slot| match &mut slot.play {
                Play::Pools(names) => {
                    names.retain(|name| pools.contains_key(name));
                    !names.is_empty()
                }
                Play::Asset(_) | Play::OffAir(_) => true,
            });
        }
    }

    /// Whether anything but its items is shown: what fills breaks, or covers holes.
    pub fn fills(&self) -> bool {
        self.fillers().next().is_some()
    }

    /// The pools of its breaks and holes, some of them more than once.
    pub(crate) fn fillers(&self) -> impl Iterator<Item = &str> {
        let slots = self.layers.iter().flat_map(|layer| &layer.slots);
        let breaks = slots.filter_map(|slot| slot.breaks.as_ref()).chain([&self.breaks]);
        let pods = breaks.flat_map(|breaks| breaks.pod.iter()).map(|part| part.pool.as_str());
        pods.chain(self.fallback.iter().map(String::as_str))
    }

    /// The channel's zone: the one that the file names, else `system`.
    pub fn zone(&self, system: &TimeZone) -> TimeZone {
        let named = self.timezone.as_ref().and_then(|name| TimeZoneDatabase::bundled().get(name).ok());
        named.unwrap_or_else(|| system.clone())
    }
}
