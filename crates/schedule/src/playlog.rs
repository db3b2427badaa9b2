//! The playlog: items cut to house frames, contiguous, frozen once stored.

use retrovue_timeline::{FrameIndex, FrameRate};

use crate::asset::Kind;
use crate::day::Item;

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
}

/// Cuts contiguous `items` into contiguous events.
pub fn compile(rate: FrameRate, items: &[Item]) -> Vec<Event> {
    let _ = (rate, items);
    Vec::new()
}
