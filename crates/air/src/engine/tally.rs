//! What is counted of a session, for status, and of its channel since Air started, for metrics.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// Counters of all channels.
pub(crate) struct Meters {
    registry: Registry,
    slots: IntCounterVec,
    slate: IntCounterVec,
    late: IntCounterVec,
    dropped: IntCounterVec,
    opened: IntCounterVec,
    failed: IntCounterVec,
    work_ahead: IntGaugeVec,
    sessions: IntGauge,
}

/// What one session has sent so far.
pub(crate) struct Tally {
    /// Slots that were filled.
    pub(crate) slots: Count,
    /// Of these, slate.
    pub(crate) slate: Count,
    /// Of these, more than one frame after their instant.
    pub(crate) late: Count,
    /// Of these, dropped since the socket was blocked.
    pub(crate) dropped: Count,
    /// Files that were opened.
    pub(crate) opened: Count,
    /// Segments that had a fault.
    pub(crate) failed: Count,
    /// The frame that is sent next.
    pub(crate) next_frame: AtomicI64,
    /// The generation of the plan that is followed.
    pub(crate) generation: AtomicU64,
    work_ahead: AtomicU32,
    work_ahead_meter: IntGauge,
    sessions: IntGauge,
    event_id: Mutex<Option<Arc<str>>>,
}

/// Counts for the session and for its channel.
pub(crate) struct Count {
    session: AtomicU64,
    channel: IntCounter,
}

impl Meters {
    /// Counters that stand at zero.
    ///
    /// # Errors
    /// Where two have the same name.
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        let counter = |name: &str, help: &str| {
            let counter = IntCounterVec::new(Opts::new(format!("retrovue_air_{name}"), help), &["channel"])?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let work_ahead = IntGaugeVec::new(
            Opts::new("retrovue_air_work_ahead_frames", "Coded pictures that the segment on air holds ready"),
            &["channel"],
        )?;
        registry.register(Box::new(work_ahead.clone()))?;
        let sessions = IntGauge::new("retrovue_air_sessions", "Channels on air")?;
        registry.register(Box::new(sessions.clone()))?;
        Ok(Self {
            slots: counter("slots_total", "Frame slots that were filled")?,
            slate: counter("slate_slots_total", "Frame slots that were slate")?,
            late: counter("late_slots_total", "Frame slots that left more than one frame after their instant")?,
            dropped: counter("dropped_slots_total", "Frame slots that a blocked socket did not take")?,
            opened: counter("segments_opened_total", "Segments that were opened")?,
            failed: counter("segments_failed_total", "Segments that had a fault")?,
            work_ahead,
            sessions,
            registry,
        })
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
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// The counters of a new session on `channel`.
    pub(crate) fn tally(&self, channel: &str) -> Tally {
        let count = |counters: &IntCounterVec| Count {
            session: AtomicU64::new(0),
            channel: counters.with_label_values(&[channel]),
        };
        self.sessions.inc();
        Tally {
            slots: count(&self.slots),
            slate: count(&self.slate),
            late: count(&self.late),
            dropped: count(&self.dropped),
            opened: count(&self.opened),
            failed: count(&self.failed),
            next_frame: AtomicI64::new(0),
            generation: AtomicU64::new(0),
            work_ahead: AtomicU32::new(0),
            work_ahead_meter: self.work_ahead.with_label_values(&[channel]),
            sessions: self.sessions.clone(),
            event_id: Mutex::new(None),
        }
    }
}

impl Tally {
    /// Notes what the segment on air holds ready.
    pub(crate) fn set_work_ahead(&self, frames: u32) {
        self.work_ahead.store(frames, Ordering::Relaxed);
        self.work_ahead_meter.set(i64::from(frames));
    }

    /// What the segment on air holds ready, as of the last second.
    pub(crate) fn work_ahead(&self) -> u32 {
        self.work_ahead.load(Ordering::Relaxed)
    }

    /// Notes the event on air.
    pub(crate) fn set_event_id(&self, event_id: Option<&Arc<str>>) {
        *self.event_id.lock().unwrap_or_else(PoisonError::into_inner) = event_id.cloned();
    }

    /// The event on air.
    pub(crate) fn event_id(&self) -> Option<Arc<str>> {
        self.event_id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.work_ahead_meter.set(0);
        self.sessions.dec();
    }
}

impl Count {
    /// One more.
    pub(crate) fn add(&self) {
        self.session.fetch_add(1, Ordering::Relaxed);
        self.channel.inc();
    }

    /// In this session.
    pub(crate) fn get(&self) -> u64 {
        self.session.load(Ordering::Relaxed)
    }
}
