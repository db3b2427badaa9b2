//! The playlog: items cut to house frames, with their breaks filled; contiguous, frozen once stored.

mod acts;
mod block;
mod fit;
mod plays;
mod pod;
#[cfg(test)]
mod properties;
mod rules;
mod stock;
#[cfg(test)]
mod tests;
mod why;

use std::collections::HashMap;

use jiff::tz::TimeZone;
use retrovue_timeline::{FrameIndex, FrameRate};

use crate::asset::{Asset, Kind};
use crate::day::Item;
use crate::plan::Plan;
use crate::problem::Problem;

pub use plays::{Plays, REMEMBERED};
pub(crate) use why::why;

/// One event on air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Stable and deterministic: as-run and evidence name it.
    pub event_id: String,
    /// The item it was cut from.
    pub block_id: String,
    /// What it is.
    pub kind: Kind,
    /// As shown.
    pub title: String,
    /// House frames since the epoch.
    pub start_frame: FrameIndex,
    /// House frames.
    pub frame_count: i64,
    /// `None` for slate.
    pub asset_id: Option<String>,
    /// House frames of the asset's own time.
    pub in_offset_frames: i64,
    /// House frames in which it comes out of black and silence.
    pub fade_in_frames: i64,
    /// House frames in which it goes into black and silence.
    pub fade_out_frames: i64,
    /// Why it is here, for people: the item's own rule, `break 2 spots`, `fallback filler`.
    pub rule: String,
}

/// What a playlog is cut from, beside the items.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The channel's plan.
    pub plan: &'a Plan,
    /// The channel's zone.
    pub zone: &'a TimeZone,
    /// What breaks and holes are filled from; where the plan [does neither](Plan::fills), nothing is looked for.
    pub library: &'a [Asset],
    /// The assets of the items, whether or not they are still in the library.
    pub shown: &'a [Asset],
}

/// An event with what lies around it.
#[derive(Clone, Copy)]
pub struct Aired<'a> {
    /// The event.
    pub event: &'a Event,
    /// All events of its item.
    pub block: &'a [Event],
    /// What was shown before these.
    pub plays: &'a Plays,
}

/// Cuts contiguous `items` into contiguous events that sum up to them. `plays` is what was shown before them.
pub fn compile(source: &Source<'_>, items: &[Item], plays: Plays) -> (Vec<Event>, Vec<Problem>) {
    let (stock, problems) = stock::Stock::fill(source.plan, source.library, plays);
    let shown: HashMap<&str, &Asset> = source.shown.iter().map(|asset| (asset.id.as_str(), asset)).collect();
    let mut events = Vec::new();
    let mut cutting = block::Cutting { plan: source.plan, zone: source.zone, stock, problems, events: &mut events };
    for item in items {
        cutting.cut(item, item.asset_id.as_deref().and_then(|id| shown.get(id).copied()));
    }
    let problems = cutting.problems;
    (events, problems)
}

/// The same event at another frame rate: as long as it was, as near as its frames come to it, and contiguous with others
/// where it was. `None` where no frame of it is left.
pub fn at_rate(event: &Event, old: FrameRate, new: FrameRate) -> Option<Event> {
    let start_frame = new.frame_at_or_after(old.start_of(event.start_frame));
    let end = new.frame_at_or_after(old.start_of(event.start_frame + event.frame_count));
    let frames = |count: i64| new.slots_within(old.nanos_in(count));
    let frame_count = end - start_frame;
    let fade_in_frames = frames(event.fade_in_frames).min(frame_count);
    let moved = Event {
        start_frame,
        frame_count,
        in_offset_frames: frames(event.in_offset_frames),
        fade_in_frames,
        fade_out_frames: frames(event.fade_out_frames).min(frame_count - fade_in_frames),
        ..event.clone()
    };
    (frame_count > 0).then_some(moved)
}
