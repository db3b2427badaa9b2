//! Core's metrics, as Prometheus reads them.

use prometheus::{Encoder, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

/// All of Core's counters. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    /// Times that Air was started by Core.
    pub air_starts: IntCounter,
    /// 1 while Air answers.
    pub air_up: IntGauge,
    /// Requests refused because their address may not watch.
    pub viewers_refused: IntCounter,
    channels: ByChannel,
}

#[derive(Clone)]
struct ByChannel {
    viewers: IntGaugeVec,
    sessions_started: IntCounterVec,
    sessions_lost: IntCounterVec,
    slots: IntCounterVec,
    bytes_in: IntCounterVec,
    bytes_out: IntCounterVec,
    skips: IntCounterVec,
    disconnected: IntCounterVec,
}

/// One channel's counters.
#[derive(Clone)]
pub struct ChannelMetrics {
    /// Viewers now.
    pub viewers: IntGauge,
    /// Sessions that Air was asked for and began.
    pub sessions_started: IntCounter,
    /// Sessions that ended without being stopped.
    pub sessions_lost: IntCounter,
    /// Slots published to viewers.
    pub slots: IntCounter,
    /// Bytes from Air.
    pub bytes_in: IntCounter,
    /// Bytes to viewers.
    pub bytes_out: IntCounter,
    /// Times a slow viewer was moved ahead.
    pub skips: IntCounter,
    /// Viewers disconnected because they could not keep up.
    pub disconnected: IntCounter,
}

impl Metrics {
    /// All at zero, with the process's own beside them.
    pub fn new() -> Self {
        let registry = Registry::new();
        let channels = ByChannel {
            viewers: gauges(&registry, "retrovue_viewers", "Viewers now"),
            sessions_started: counters(&registry, "retrovue_sessions_started_total", "Sessions that went on air"),
            sessions_lost: counters(&registry, "retrovue_sessions_lost_total", "Sessions that ended unasked"),
            slots: counters(&registry, "retrovue_slots_total", "Frame slots published to viewers"),
            bytes_in: counters(&registry, "retrovue_air_bytes_total", "Bytes of TS from Air"),
            bytes_out: counters(&registry, "retrovue_viewer_bytes_total", "Bytes of TS to viewers"),
            skips: counters(&registry, "retrovue_viewer_skips_total", "Times a slow viewer was moved ahead"),
            disconnected: counters(
                &registry,
                "retrovue_viewers_disconnected_total",
                "Viewers disconnected because they could not keep up",
            ),
        };
        let air_starts = IntCounter::new("retrovue_air_starts_total", "Times that Core started Air");
        let air_up = IntGauge::new("retrovue_air_up", "1 while Air answers");
        let viewers_refused = IntCounter::new("retrovue_viewers_refused_total", "Requests from networks not allowed");
        let metrics = Self {
            air_starts: air_starts.expect("the name is valid"),
            air_up: air_up.expect("the name is valid"),
            viewers_refused: viewers_refused.expect("the name is valid"),
            channels,
            registry,
        };
        metrics.register(Box::new(metrics.air_starts.clone()));
        metrics.register(Box::new(metrics.air_up.clone()));
        metrics.register(Box::new(metrics.viewers_refused.clone()));
        metrics.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()));
        metrics
    }

    fn register(&self, collector: Box<dyn prometheus::core::Collector>) {
        self.registry.register(collector).expect("names are registered once");
    }

    /// The counters of channel `slug`.
    pub fn channel(&self, slug: &str) -> ChannelMetrics {
        let (by, label) = (&self.channels, [slug]);
        ChannelMetrics {
            viewers: by.viewers.with_label_values(&label),
            sessions_started: by.sessions_started.with_label_values(&label),
            sessions_lost: by.sessions_lost.with_label_values(&label),
            slots: by.slots.with_label_values(&label),
            bytes_in: by.bytes_in.with_label_values(&label),
            bytes_out: by.bytes_out.with_label_values(&label),
            skips: by.skips.with_label_values(&label),
            disconnected: by.disconnected.with_label_values(&label),
        }
    }

    /// All of them in Prometheus's text format.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::warn!(%error, "metrics could not be written");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn counters(registry: &Registry, name: &str, help: &str) -> IntCounterVec {
    let counters = IntCounterVec::new(Opts::new(name, help), &["channel"]).expect("the name is valid");
    registry.register(Box::new(counters.clone())).expect("names are registered once");
    counters
}

fn gauges(registry: &Registry, name: &str, help: &str) -> IntGaugeVec {
    let gauges = IntGaugeVec::new(Opts::new(name, help), &["channel"]).expect("the name is valid");
    registry.register(Box::new(gauges.clone())).expect("names are registered once");
    gauges
}
