//! What is counted of the spool.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge, Registry};

use super::spool::Spool;

/// Seconds that a disk takes: from a fast one to one that wakes up.
const SYNC_SECONDS: [f64; 10] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0];

/// Counters of the spool.
pub(super) struct SpoolMeters {
    bytes: IntGauge,
    unacknowledged: IntGauge,
    /// Events that were neither written nor will be.
    pub(super) lost: IntCounter,
    /// How long the disk took to sync events.
    pub(super) sync: Histogram,
}

impl SpoolMeters {
    /// Counters that stand at zero.
    ///
    /// # Errors
    /// Where two have the same name.
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let sync = HistogramOpts::new("retrovue_air_spool_sync_seconds", "How long a sync of events took")
            .buckets(SYNC_SECONDS.to_vec());
        let meters = Self {
            bytes: IntGauge::new("retrovue_air_spool_bytes", "Evidence on disk")?,
            unacknowledged: IntGauge::new("retrovue_air_spool_events", "Events that nobody has acknowledged")?,
            lost: IntCounter::new("retrovue_air_events_lost_total", "Events that nobody will ever get")?,
            sync: Histogram::with_opts(sync)?,
        };
        registry.register(Box::new(meters.bytes.clone()))?;
        registry.register(Box::new(meters.unacknowledged.clone()))?;
        registry.register(Box::new(meters.lost.clone()))?;
        registry.register(Box::new(meters.sync.clone()))?;
        Ok(meters)
    }

    /// The spool has changed.
    pub(super) fn show(&self, spool: &Spool) {
        self.bytes.set(i64::try_from(spool.bytes()).unwrap_or(i64::MAX));
        self.unacknowledged.set(i64::try_from(spool.unacknowledged()).unwrap_or(i64::MAX));
    }
}
