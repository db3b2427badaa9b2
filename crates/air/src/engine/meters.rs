//! What is counted of each channel since Air started, for Prometheus.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};
use retrovue_kit::clock::monotonic_ns;

/// How long the series of a channel that left are still shown: a scraper that was away for some minutes sees their last
/// values, and a channel that comes back goes on counting.
const KEPT: Duration = Duration::from_secs(15 * 60);

/// Channels that left and are still shown: more of them than that makes the longest gone disappear earlier.
const MAX_GONE: usize = 256;

/// Seconds. A slot is allowed 700 ms, and one that had to wait at all says that work ahead was used up.
const LATENESS: [f64; 8] = [0.002, 0.005, 0.01, 0.033, 0.1, 0.2, 0.4, 0.7];

/// Seconds. A file that opens fast takes some 150 ms, and after 400 ms there is slate.
const START: [f64; 9] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.9, 2.0];

/// The series of all channels.
pub(crate) struct Meters {
    registry: Registry,
    families: Families,
    presence: Arc<Presence>,
    sessions: IntGauge,
    ending: IntGauge,
}

/// The series of one channel.
pub(crate) struct Series {
    pub(crate) slots: IntCounter,
    pub(crate) slate: IntCounter,
    pub(crate) late: IntCounter,
    pub(crate) dropped: IntCounter,
    pub(crate) underruns: IntCounter,
    pub(crate) opened: IntCounter,
    pub(crate) failed: IntCounter,
    pub(crate) work_ahead: Gauge,
    pub(crate) mux_rate: IntGauge,
    pub(crate) lateness: Histogram,
    pub(crate) start: Histogram,
    _on_air: OnAir,
}

struct Families {
    slots: IntCounterVec,
    slate: IntCounterVec,
    late: IntCounterVec,
    dropped: IntCounterVec,
    underruns: IntCounterVec,
    opened: IntCounterVec,
    failed: IntCounterVec,
    work_ahead: GaugeVec,
    mux_rate: IntGaugeVec,
    lateness: HistogramVec,
    start: HistogramVec,
}

/// The channels that are shown.
#[derive(Default)]
struct Presence(Mutex<HashMap<String, Shown>>);

#[derive(Default)]
struct Shown {
    /// One, and for a moment two where a channel comes back at once.
    sessions: usize,
    /// When the last one ended, by CLOCK_MONOTONIC.
    left_ns: i64,
}

/// Says that a channel left when it is dropped.
struct OnAir {
    channel: String,
    presence: Arc<Presence>,
    sessions: IntGauge,
}

impl Meters {
    /// Counters that stand at zero.
    ///
    /// # Errors
    /// Where two have the same name.
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        let families = Families::new(&registry)?;
        let sessions = registered(&registry, IntGauge::new("retrovue_air_sessions", "Channels on air")?)?;
        let ending = IntGauge::new("retrovue_air_pipelines_ending", "Pipelines given up that have not ended yet")?;
        let ending = registered(&registry, ending)?;
        Ok(Self { registry, families, presence: Arc::default(), sessions, ending })
    }

    /// For the counters of others.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Everything in Prometheus' text format.
    ///
    /// # Errors
    /// Where a value cannot be written.
    pub(crate) fn text(&self) -> prometheus::Result<String> {
        self.ending.set(i64::try_from(retrovue_pipeline::ending_pipelines()).unwrap_or(i64::MAX));
        self.forget_gone(monotonic_ns());
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// The series of `channel`, which goes on air.
    pub(crate) fn series(&self, channel: &str) -> Series {
        self.presence.all().entry(channel.to_owned()).or_default().sessions += 1;
        self.sessions.inc();
        let on_air = OnAir {
            channel: channel.to_owned(),
            presence: Arc::clone(&self.presence),
            sessions: self.sessions.clone(),
        };
        self.families.series(channel, on_air)
    }

    fn forget_gone(&self, now_ns: i64) {
        let mut presence = self.presence.all();
        let gone = presence.iter().filter(|(_, shown)| shown.sessions == 0);
        let mut gone: Vec<_> = gone.map(|(channel, shown)| (shown.left_ns, channel.clone())).collect();
        gone.sort();
        let too_many = gone.len().saturating_sub(MAX_GONE);
        let kept_ns = i64::try_from(KEPT.as_nanos()).unwrap_or(i64::MAX);
        for (at, (left_ns, channel)) in gone.into_iter().enumerate() {
            if at < too_many || now_ns - left_ns > kept_ns {
                presence.remove(&channel);
                self.families.forget(&channel);
            }
        }
    }
}

impl Families {
    fn new(registry: &Registry) -> prometheus::Result<Self> {
        let options = |name: &str, help: &str| Opts::new(format!("retrovue_air_{name}"), help);
        let counter = |name, help| registered(registry, IntCounterVec::new(options(name, help), &["channel"])?);
        let histogram = |name, help, buckets: &[f64]| {
            let options = HistogramOpts::from(options(name, help)).buckets(buckets.to_vec());
            registered(registry, HistogramVec::new(options, &["channel"])?)
        };
        let work_ahead = options("work_ahead_seconds", "Coded programme that the segment on air holds ready");
        let mux_rate = options("mux_bits_per_second", "Bit rate of the TS over the last second");
        Ok(Self {
            slots: counter("slots_total", "Frame slots that were filled")?,
            slate: counter("slate_slots_total", "Frame slots that were slate")?,
            late: counter("late_slots_total", "Frame slots that left more than one frame after their instant")?,
            dropped: counter("dropped_slots_total", "Frame slots that a blocked socket did not take")?,
            underruns: counter("underruns_total", "Frame slots whose unit was not there at their instant")?,
            opened: counter("segments_opened_total", "Segments that were opened")?,
            failed: counter("segments_failed_total", "Segments that had a fault")?,
            work_ahead: registered(registry, GaugeVec::new(work_ahead, &["channel"])?)?,
            mux_rate: registered(registry, IntGaugeVec::new(mux_rate, &["channel"])?)?,
            lateness: histogram("slot_lateness_seconds", "How long after its instant each slot left", &LATENESS)?,
            start: histogram("start_seconds", "From StartChannel to the first packet", &START)?,
        })
    }

    fn series(&self, channel: &str, on_air: OnAir) -> Series {
        let label = &[channel];
        Series {
            slots: self.slots.with_label_values(label),
            slate: self.slate.with_label_values(label),
            late: self.late.with_label_values(label),
            dropped: self.dropped.with_label_values(label),
            underruns: self.underruns.with_label_values(label),
            opened: self.opened.with_label_values(label),
            failed: self.failed.with_label_values(label),
            work_ahead: self.work_ahead.with_label_values(label),
            mux_rate: self.mux_rate.with_label_values(label),
            lateness: self.lateness.with_label_values(label),
            start: self.start.with_label_values(label),
            _on_air: on_air,
        }
    }

    fn forget(&self, channel: &str) {
        let Self { slots, slate, late, dropped, underruns, opened, failed, work_ahead, mux_rate, lateness, start } =
            self;
        for counter in [slots, slate, late, dropped, underruns, opened, failed] {
            remove(counter, channel);
        }
        remove(work_ahead, channel);
        remove(mux_rate, channel);
        remove(lateness, channel);
        remove(start, channel);
    }
}

impl Presence {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OnAir {
    fn drop(&mut self) {
        self.sessions.dec();
        if let Some(shown) = self.presence.all().get_mut(&self.channel) {
            *shown = Shown { sessions: shown.sessions - 1, left_ns: monotonic_ns() };
        }
    }
}

impl Drop for Series {
    fn drop(&mut self) {
        self.work_ahead.set(0.0);
        self.mux_rate.set(0);
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn remove<T: MetricVecBuilder>(family: &MetricVec<T>, channel: &str) {
    // an error says that it is not there, which is what is wanted
    let _ = family.remove_label_values(&[channel]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(meters: &Meters, channel: &str) -> bool {
        meters.text().unwrap().contains(&format!("channel=\"{channel}\""))
    }

    #[test]
    fn a_channel_that_left_is_shown_for_a_while() {
        let meters = Meters::new().unwrap();
        let (stays, leaves) = (meters.series("stays"), meters.series("leaves"));
        stays.slots.inc();
        drop(leaves);
        assert!(shows(&meters, "stays") && shows(&meters, "leaves"));
        meters.forget_gone(monotonic_ns() + 16 * 60 * 1_000_000_000);
        assert!(shows(&meters, "stays") && !shows(&meters, "leaves"));
        drop(meters.series("leaves"));
        assert!(meters.text().unwrap().contains("retrovue_air_sessions 1"));
    }

    #[test]
    fn however_many_channels_come_and_go_the_page_stays_small() {
        let meters = Meters::new().unwrap();
        for n in 0..2 * MAX_GONE {
            drop(meters.series(&format!("channel-{n}")));
        }
        let shown = meters.text().unwrap().matches("retrovue_air_slots_total{").count();
        assert_eq!(shown, MAX_GONE);
    }

    #[test]
    fn a_channel_that_comes_back_goes_on_counting() {
        let meters = Meters::new().unwrap();
        meters.series("one").slots.inc();
        meters.series("one").slots.inc();
        assert!(meters.text().unwrap().contains("retrovue_air_slots_total{channel=\"one\"} 2"));
    }
}
