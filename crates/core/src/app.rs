//! What the daemon's parts share.

use std::sync::Arc;

use retrovue_kit::{MasterClock, Settings};
use retrovue_store::Store;

use crate::channels::Channels;
use crate::channels::air::AirClient;
use crate::ingest::progress::Syncs;
use crate::usecases::schedules::ScheduleService;

/// Handles to everything that use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The effective settings.
    pub settings: Arc<Settings>,
    /// The one time.
    pub clock: MasterClock,
    /// The network's memory.
    pub store: Store,
    /// What is on air when.
    pub schedules: ScheduleService,
    /// The channels' lives.
    pub channels: Channels,
    /// Air, when it can be reached.
    pub air: AirClient,
    /// The syncs that run.
    pub syncs: Syncs,
}
