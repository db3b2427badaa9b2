//! Core's metrics, as Prometheus reads them.

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Encoder, Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use retrovue_schedule::asrun::{Outcome, Row};

/// Seconds: none, a frame, what is seen, what is noticed, and what is reported.
const DEVIATIONS: [f64; 7] = [0.0, 0.05, 0.2, 1.0, 5.0, 30.0, 300.0];

/// All of Core's counters. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    /// Times that Air was started by Core.
    pub air_starts: IntCounter,
    /// 1 while Air answers.
    pub air_up: IntGauge,
    /// Events of Air that were stored.
    pub evidence: IntCounter,
    /// Requests refused because their address may not watch.
    pub viewers_refused: IntCounter,
    /// Connections given up because the peer took nothing.
    pub stalled: IntCounter,
    panics: IntCounterVec,
    probes: IntCounterVec,
    /// How far MasterClock is behind the system's clock, in seconds.
    pub clock_offset: Gauge,
    /// How fast the system's clock moves away from the monotonic one, in parts per million.
    pub clock_drift: Gauge,
    /// How much faster than the monotonic clock MasterClock goes, in parts per million.
    pub clock_slew: Gauge,
    /// Steps of the system's clock that were taken over.
    pub clock_adoptions: IntCounter,
    rows: IntCounterVec,
    deviation: HistogramVec,
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
    tune_ins_refused: IntCounterVec,
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
    /// Tune-ins for which there was no room.
    pub tune_ins_refused: IntCounter,
}

impl Metrics {
    /// All at zero, with the process's own beside them.
    pub fn new() -> Self {
        let registry = Registry::new();
        register(&registry, ProcessCollector::for_self());
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
            tune_ins_refused: counters(
                &registry,
                "retrovue_tune_ins_refused_total",
                "Tune-ins for which the machine had no room",
            ),
        };
        Self {
            air_starts: counter(&registry, "retrovue_air_starts_total", "Times that Core started Air"),
            air_up: gauge(&registry, "retrovue_air_up", "1 while Air answers"),
            evidence: counter(&registry, "retrovue_evidence_total", "Events of Air that were stored"),
            viewers_refused: counter(
                &registry,
                "retrovue_viewers_refused_total",
                "Requests from networks that may not watch",
            ),
            stalled: counter(
                &registry,
                "retrovue_connections_stalled_total",
                "Connections given up because the peer took nothing",
            ),
            panics: counters_by(
                &registry,
                &["task"],
                "retrovue_task_panics_total",
                "Panics of tasks, which were begun anew",
            ),
            probes: counters_by(
                &registry,
                &["protocol", "result"],
                "retrovue_discovery_requests_total",
                "Requests of media servers that look for tuners",
            ),
            clock_offset: amount(
                &registry,
                "retrovue_clock_offset_seconds",
                "How far MasterClock is behind the system's clock",
            ),
            clock_drift: amount(
                &registry,
                "retrovue_clock_drift_ppm",
                "How fast the system's clock moves away from the monotonic one",
            ),
            clock_slew: amount(
                &registry,
                "retrovue_clock_slew_ppm",
                "How much faster than the monotonic clock MasterClock goes",
            ),
            clock_adoptions: counter(
                &registry,
                "retrovue_clock_adoptions_total",
                "Steps of the system's clock that were taken over",
            ),
            rows: counters_by(
                &registry,
                &["channel", "result"],
                "retrovue_asrun_events_total",
                "Events that were sent, by how they went",
            ),
            deviation: histograms(
                &registry,
                "retrovue_asrun_deviation_seconds",
                "How much of each event that was sent was not what was planned",
            ),
            channels,
            registry,
        }
    }

    /// The counters of channel `slug`.
    pub fn channel(&self, slug: &str) -> ChannelMetrics {
        let (by, label) = (&self.channels, [slug]);
        // from zero, so that the first of each is seen to come
        Outcome::ALL.iter().for_each(|outcome| self.rows.with_label_values(&[slug, outcome.word()]).inc_by(0));
        self.deviation.with_label_values(&label);
        ChannelMetrics {
            viewers: by.viewers.with_label_values(&label),
            sessions_started: by.sessions_started.with_label_values(&label),
            sessions_lost: by.sessions_lost.with_label_values(&label),
            slots: by.slots.with_label_values(&label),
            bytes_in: by.bytes_in.with_label_values(&label),
            bytes_out: by.bytes_out.with_label_values(&label),
            skips: by.skips.with_label_values(&label),
            disconnected: by.disconnected.with_label_values(&label),
            tune_ins_refused: by.tune_ins_refused.with_label_values(&label),
        }
    }

    /// What is to be called where the task `name` panics.
    pub fn panics(&self, name: &'static str) -> impl Fn() + Send + use<> {
        let panics = self.panics.with_label_values(&[name]);
        move || panics.inc()
    }

    /// Counts a request of a media server that looks for tuners by `protocol`.
    pub fn probed(&self, protocol: &str, result: &str) {
        self.probes.with_label_values(&[protocol, result]).inc();
    }

    /// Counts a row of as-run.
    pub fn sent(&self, slug: &str, row: &Row) {
        self.rows.with_label_values(&[slug, row.outcome.word()]).inc();
        let nanos = row.frame_rate.nanos_in(row.deviating_frames());
        self.deviation.with_label_values(&[slug]).observe(nanos as f64 / 1e9);
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

fn register(registry: &Registry, collector: impl Collector + 'static) {
    registry.register(Box::new(collector)).expect("names are valid, and registered once");
}

fn counter(registry: &Registry, name: &str, help: &str) -> IntCounter {
    let counter = IntCounter::new(name, help).expect("the name is valid");
    register(registry, counter.clone());
    counter
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    let gauge = IntGauge::new(name, help).expect("the name is valid");
    register(registry, gauge.clone());
    gauge
}

fn amount(registry: &Registry, name: &str, help: &str) -> Gauge {
    let amount = Gauge::new(name, help).expect("the name is valid");
    register(registry, amount.clone());
    amount
}

fn counters(registry: &Registry, name: &str, help: &str) -> IntCounterVec {
    counters_by(registry, &["channel"], name, help)
}

fn counters_by(registry: &Registry, labels: &[&str], name: &str, help: &str) -> IntCounterVec {
    let counters = IntCounterVec::new(Opts::new(name, help), labels).expect("the name is valid");
    register(registry, counters.clone());
    counters
}

fn histograms(registry: &Registry, name: &str, help: &str) -> HistogramVec {
    let options = HistogramOpts::new(name, help).buckets(DEVIATIONS.to_vec());
    let histograms = HistogramVec::new(options, &["channel"]).expect("the name is valid");
    register(registry, histograms.clone());
    histograms
}

fn gauges(registry: &Registry, name: &str, help: &str) -> IntGaugeVec {
    let gauges = IntGaugeVec::new(Opts::new(name, help), &["channel"]).expect("the name is valid");
    register(registry, gauges.clone());
    gauges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_names_every_metric() {
        let metrics = Metrics::new();
        let (_, _) = (metrics.channel("classics"), metrics.panics("intake"));
        metrics.probed("ssdp", "answered");
        let (reference, _) =
            include_str!("../../../docs/reference/metrics.md").split_once("Air serves its own").unwrap();
        let text = metrics.text();
        let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE retrovue_")?.split(' ').next());
        let missing: Vec<&str> = names.filter(|name| !reference.contains(&format!("`retrovue_{name}`"))).collect();
        assert_eq!(missing, [""; 0]);
        assert_eq!(text.matches("# TYPE retrovue_").count(), reference.matches("| `retrovue_").count());
    }
}
