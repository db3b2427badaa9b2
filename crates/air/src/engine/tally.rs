//! What is counted of a session, for status, and of its channel since Air started, for metrics.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::IntCounter;
use retrovue_kit::clock::monotonic_ns;
use retrovue_timeline::FrameRate;

use super::meters::{Meters, Series};

/// Taking a unit that is there takes some microseconds; a slot that took longer waited for its unit.
const WAITED: Duration = Duration::from_millis(2);

/// A session that holds little ready for so long has a slow file.
const SETTLES_WITHIN: Duration = Duration::from_secs(3);

/// How long a late slot is remembered.
const LATE_FOR: Duration = Duration::from_secs(10);

/// What one session has sent so far.
pub(crate) struct Tally {
    /// Slots that were filled.
    pub(crate) slots: Count,
    /// Of these, slate.
    pub(crate) slate: Count,
    /// Of these, more than one frame after their instant.
    pub(crate) late: Count,
    /// When the last of them left, by CLOCK_MONOTONIC.
    late_ns: AtomicI64,
    settled: AtomicBool,
    /// Of these, dropped since the socket was blocked.
    pub(crate) dropped: Count,
    /// Files that were opened, and pages that were drawn.
    pub(crate) opened: Count,
    /// Segments that had a fault.
    pub(crate) failed: Count,
    /// The frame that is sent next.
    pub(crate) next_frame: AtomicI64,
    /// The generation of the plan that is followed.
    pub(crate) generation: AtomicU64,
    work_ahead: AtomicU32,
    /// Of the TS, since the rate was reckoned.
    bytes: AtomicU64,
    asked_ns: i64,
    series: Series,
    event_id: Mutex<Option<Arc<str>>>,
}

/// Counts for the session and for its channel.
pub(crate) struct Count {
    session: AtomicU64,
    channel: IntCounter,
}

impl Tally {
    /// The counters of a session on `channel` that is asked for now.
    pub(crate) fn new(meters: &Meters, channel: &str) -> Self {
        let series = meters.series(channel);
        let count = |channel: &IntCounter| Count { session: AtomicU64::new(0), channel: channel.clone() };
        Self {
            slots: count(&series.slots),
            slate: count(&series.slate),
            late: count(&series.late),
            late_ns: AtomicI64::new(i64::MIN),
            settled: AtomicBool::new(false),
            dropped: count(&series.dropped),
            opened: count(&series.opened),
            failed: count(&series.failed),
            next_frame: AtomicI64::new(0),
            generation: AtomicU64::new(0),
            work_ahead: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            asked_ns: monotonic_ns(),
            series,
            event_id: Mutex::new(None),
        }
    }

    /// A slot has just left more than one frame after its instant.
    pub(crate) fn late(&self) {
        self.late.add();
        self.late_ns.store(monotonic_ns(), Ordering::Relaxed);
    }

    /// Whether that was so a short while ago.
    pub(crate) fn was_late(&self) -> bool {
        is_within(LATE_FOR, self.late_ns.load(Ordering::Relaxed))
    }

    /// The session holds enough ready that others may begin.
    pub(crate) fn settle(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }

    /// Whether it does, or never will.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed) || !is_within(SETTLES_WITHIN, self.asked_ns)
    }

    /// A slot of so many bytes of TS leaves.
    pub(crate) fn muxed(&self, bytes: usize) {
        if self.slots.get() == 0 {
            let nanos = u64::try_from(monotonic_ns() - self.asked_ns).unwrap_or(0);
            self.series.start.observe(Duration::from_nanos(nanos).as_secs_f64());
        }
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// A slot that has an instant left so long after it, having waited so long for its unit.
    pub(crate) fn left(&self, lateness: Duration, waited: Duration) {
        self.series.lateness.observe(lateness.as_secs_f64());
        if waited > WAITED {
            self.series.underruns.inc();
        }
    }

    /// Once for each second of the stream, which is `frames` long: what the segment on air holds ready, and the rate of
    /// the TS.
    pub(crate) fn second(&self, frames: u32, work_ahead: u32, rate: FrameRate) {
        let seconds = |frames: u32| f64::from(frames) * f64::from(rate.den()) / f64::from(rate.num());
        self.work_ahead.store(work_ahead, Ordering::Relaxed);
        self.series.work_ahead.set(seconds(work_ahead));
        let bits = self.bytes.swap(0, Ordering::Relaxed) as f64 * 8.0;
        self.series.mux_rate.set((bits / seconds(frames)) as i64);
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

fn is_within(time: Duration, since_ns: i64) -> bool {
    monotonic_ns().saturating_sub(since_ns) < i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
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
