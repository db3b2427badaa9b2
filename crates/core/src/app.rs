//! What the daemon's parts share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use retrovue_kit::{MasterClock, Settings};
use retrovue_store::Store;
use retrovue_timeline::UtcTime;
use tokio::sync::Notify;

use crate::channels::Channels;
use crate::channels::air::AirClient;
use crate::clock::Timekeeper;
use crate::ingest::progress::{Measuring, Syncs};
use crate::ingest::servers::token::Tokens;
use crate::metrics::Metrics;
use crate::usecases::schedules::ScheduleService;

/// Handles to everything that use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The effective settings.
    pub settings: Arc<Settings>,
    /// The one time.
    pub clock: MasterClock,
    /// Who keeps it.
    pub timekeeper: Timekeeper,
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
    /// What media servers are asked with.
    pub tokens: Tokens,
    /// Told where sources were added or removed.
    pub sources_changed: Arc<Notify>,
    /// The assets that are being measured.
    pub measuring: Measuring,
    /// Told where enrichers may have more to do.
    pub enriching: Arc<Notify>,
    /// Where to count.
    pub metrics: Metrics,
    /// This run of Core.
    pub run: Run,
}

/// Facts about one run of Core.
#[derive(Clone)]
pub struct Run {
    /// When it began.
    pub started: UtcTime,
    /// Where viewers are served.
    pub http: SocketAddr,
    /// The process id of the Air that Core started; 0 where there is none.
    pub air_pid: Arc<AtomicU32>,
}
