//! Channels, their plans, the days compiled from them and the playlog. What is here is what is on air: nothing
//! downstream works it out again.

use jiff::civil::Date;
use retrovue_schedule::{DayStart, Event, Item};
use retrovue_timeline::{FrameIndex, UtcTime};

mod logos;
mod reading;
mod rows;
mod writing;

/// A channel and the plan that it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Opaque and stable: it outlives removal.
    pub id: String,
    /// Never given to another channel.
    pub slug: String,
    /// `2` or `2.1`; no two live channels share one.
    pub number: String,
    /// Shown to viewers.
    pub name: String,
    /// Whether it is there for viewers.
    pub state: ChannelState,
    /// The IANA zone that its days follow, fixed when its file was applied.
    pub time_zone: String,
    /// Counts every rebuild of its future, from 1.
    pub generation: u64,
    /// The channel file, byte for byte.
    pub text: String,
    /// What the file was called where it came from.
    pub file_name: String,
    /// When it was applied first, in milliseconds since the epoch.
    pub created_ms: i64,
    /// When it was applied, rebuilt or removed last, in milliseconds since the epoch.
    pub updated_ms: i64,
    /// The name of the logo that came with the file.
    pub logo: Option<String>,
}

/// Whether a channel is there for viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// It is.
    Live,
    /// It was: only its identity and its past remain.
    Removed,
}

/// Why a generation was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A channel file was applied.
    Applied,
    /// The library changed under an unchanged file.
    Library,
    /// An operator had it planned again by the same file.
    Rebuilt,
}

/// A generation of a channel's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// From 1.
    pub generation: u64,
    /// Why it was made.
    pub cause: Cause,
    /// When, in milliseconds since the Unix epoch.
    pub made_ms: i64,
    /// From where on it changed what was frozen; `None` where it did not.
    pub frozen_from: Option<UtcTime>,
}

/// A compiled broadcast day, without its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDay {
    /// The day in the channel's zone.
    pub date: Date,
    /// The generation that compiled its end.
    pub generation: u64,
    /// What it began with, or where it was rebuilt midway: what its rest began with.
    pub start: DayStart,
    /// What it leaves to the next.
    pub end: DayStart,
}

/// An item with the day and the generation that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// Its broadcast day.
    pub date: Date,
    /// The generation that chose it.
    pub generation: u64,
    /// What is shown.
    pub item: Item,
}

/// A stretch of a channel's schedule that an asset has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The asset.
    pub asset_id: String,
    /// The channel's slug.
    pub channel: String,
    /// When it begins.
    pub start: UtcTime,
    /// What it is called there.
    pub title: String,
}

/// An event with the generation that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// The generation whose item it was cut from.
    pub generation: u64,
    /// What is on air.
    pub event: Event,
}

/// All that one decision changes of a channel. It takes effect whole or not at all.
#[derive(Clone, Debug)]
pub struct ChannelChange {
    /// The channel as it is afterwards; a new id makes a new one.
    pub channel: Channel,
    /// Where the generation is new: why.
    pub cause: Option<Cause>,
    /// From where on the new generation changes what was frozen.
    pub frozen_from: Option<UtcTime>,
    /// Items are dropped from here on; one that spans it ends here.
    pub items_from: Option<UtcTime>,
    /// Days that replace the stored ones from the first of them on.
    pub days: Vec<StoredDay>,
    /// Items to add, which overlap none that remain.
    pub items: Vec<StoredItem>,
    /// Events are dropped from here on; one that spans it ends here.
    pub events_from: Option<FrameIndex>,
    /// Events to add, which overlap none that remain.
    pub events: Vec<StoredEvent>,
}

impl ChannelChange {
    /// A change of nothing but the channel's own record.
    pub fn of(channel: Channel) -> Self {
        Self {
            channel,
            cause: None,
            frozen_from: None,
            items_from: None,
            days: Vec::new(),
            items: Vec::new(),
            events_from: None,
            events: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
