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

/// Cuts contiguous `items` into contiguous events, one for each.
pub fn compile(rate: FrameRate, items: &[Item]) -> Vec<Event> {
    let cut = |item: &Item| {
        let start_frame = rate.frame_at_or_after(item.start);
        Event {
            event_id: format!("{}.{}", item.item_id, start_frame.0),
            block_id: item.item_id.clone(),
            kind: item.kind,
            title: item.title.clone(),
            start_frame,
            frame_count: rate.frame_at_or_after(item.end) - start_frame,
            asset_id: item.asset_id.clone(),
            in_offset_frames: item.in_offset_frames,
        }
    };
    items.iter().map(cut).filter(|event| event.frame_count > 0).collect()
}
