//! Files that are away, and where they are missed.

use std::collections::HashMap;

use retrovue_store::library::Asset;
use retrovue_store::schedules::Slot;
use serde::Serialize;

use crate::instants::rfc3339;

/// Slots told of one file, the next ones: a series that runs all day has hundreds.
const SLOTS_TOLD: usize = 100;

/// A file that is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vanished {
    /// The asset.
    pub id: String,
    /// Where it was, absolute.
    pub path: String,
    /// As shown in guides.
    pub title: String,
    /// Where it would have been on air, in order; 100 at most.
    pub slots: Vec<MissedSlot>,
}

/// A slot that has lost its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissedSlot {
    /// The channel's slug.
    pub channel: String,
    /// When it begins.
    pub start_utc: String,
    /// What the guide calls it.
    pub title: String,
}

impl Vanished {
    /// These assets by path, each with its `slots`, which are in order.
    pub(super) fn of(assets: Vec<Asset>, slots: Vec<Slot>) -> Vec<Self> {
        let mut by_asset: HashMap<String, Vec<MissedSlot>> = HashMap::new();
        for Slot { asset_id, channel, start, title } in slots {
            let missed = by_asset.entry(asset_id).or_default();
            if missed.len() < SLOTS_TOLD {
                missed.push(MissedSlot { channel, start_utc: rfc3339(start), title });
            }
        }
        let vanished = assets.into_iter().map(|asset| Self {
            slots: by_asset.remove(&asset.id).unwrap_or_default(),
            path: asset.path().to_string_lossy().into_owned(),
            id: asset.id,
            title: asset.description.title,
        });
        let mut vanished: Vec<_> = vanished.collect();
        vanished.sort_by(|a, b| a.path.cmp(&b.path));
        vanished
    }
}
