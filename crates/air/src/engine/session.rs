//! One channel on air: a thread that asks the splicer for each slot, muxes it and hands it to the sink, in time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_kit::clock::monotonic_ns;
use retrovue_mpegts::mux::{self, Mux};
use retrovue_timeline::{FrameIndex, FrameRate, Pts, UtcTime};

use super::capacity::Capacity;
use super::mailbox::{Cause, Mailbox};
use super::pace::Pace;
use super::tally::Tally;
use crate::evidence::SessionEvidence;
use crate::sink::{Offered, Sink};
use crate::splicer::{Notice, Opener, SlotUnits, Splicer};

/// How far ahead of air segments are opened: a slow disk spins up and a decoder seeks in less.
pub(super) const PRIME: Duration = Duration::from_secs(10);

/// The same while the opening stretch is sent, when the segment on air needs the machine for itself.
pub(super) const PRIME_BURSTING: Duration = Duration::from_secs(3);

/// A session that holds so much ready has got going.
const SETTLED: Duration = Duration::from_secs(2);

/// How long an unpaced session waits for one unit before it gives the segment up.
const LIVENESS: Duration = Duration::from_secs(15);

/// How long the end of a paced session waits for its last slots to be written.
const FLUSH: Duration = Duration::from_secs(1);

/// Audio frames that a slot can own: at 24000/1001 there are 1.96 on average.
const SOUND_PER_SLOT: usize = 4;

/// A session before its first slot.
pub(crate) struct Session<O: Opener> {
    /// The channel's slug.
    pub(crate) channel: String,
    /// The channel's rate.
    pub(crate) rate: FrameRate,
    /// The one time.
    pub(crate) clock: MasterClock,
    /// What fills the slots.
    pub(crate) splicer: Splicer<O>,
    /// What makes packets of them.
    pub(crate) mux: Mux,
    /// Where they leave.
    pub(crate) sink: Sink,
    /// What the session is told.
    pub(crate) mailbox: Arc<Mailbox>,
    /// What is counted.
    pub(crate) tally: Arc<Tally>,
    /// What is told.
    pub(crate) evidence: SessionEvidence,
    /// What all sessions take of the machine.
    pub(crate) capacity: Arc<Capacity>,
    /// Reused from slot to slot.
    pub(crate) slot: SlotUnits,
    /// When it was asked for.
    pub(crate) asked: UtcTime,
}

impl<O: Opener> Session<O> {
    /// Every slot leaves at its instant. Returns the first frame that was not sent, and why.
    pub(crate) fn run_paced(mut self, first: FrameIndex) -> (FrameIndex, Cause) {
        let mut pace = Pace::new(self.rate, self.asked);
        let mut frame = first;
        let by = pace.first_picture_by();
        let ready = self.splicer.await_picture(frame, &mut || self.clock.until(by));
        frame = ready.unwrap_or_else(|| frame.max(pace.live_edge(self.clock.now())));
        let cause = loop {
            pace.approach(frame, self.clock.now());
            if let Some(cause) = self.mailbox.wait_until(&self.clock, pace.due(frame)) {
                break cause;
            }
            self.follow_plan(frame);
            self.splicer.prime(frame, self.frames_in(if pace.bursting() { PRIME_BURSTING } else { PRIME }));
            let (by, asked) = (pace.deadline(frame), self.clock.now());
            self.splicer.fill(frame, &mut || self.clock.until(by), &mut self.slot);
            let waited = self.clock.now().since(asked);
            let packets = self.packets(frame);
            let offered = self.sink.offer(packets, self.slot.keyframe);
            let left = self.clock.now();
            if pace.left(frame, left) {
                self.tally.late();
            }
            if !pace.bursting() {
                self.tally.left(left.since(pace.due(frame)), waited);
            }
            if self.tally.slots.get() == 0 {
                self.begun(frame);
            }
            self.count(frame, offered);
            frame = frame + 1;
        };
        let give_up_ns = monotonic_ns() + nanos(FLUSH);
        self.end(frame, cause, || monotonic_ns() > give_up_ns);
        (frame, cause)
    }

    /// Slots leave as fast as they are made and taken, up to `limit` of them. Returns the first frame that was not
    /// sent, and why.
    pub(crate) fn run_unpaced(mut self, first: FrameIndex, limit: Option<i64>) -> (FrameIndex, Cause) {
        let mailbox = Arc::clone(&self.mailbox);
        let mut frame = first;
        let cause = loop {
            if let Some(cause) = mailbox.end() {
                break cause;
            }
            if limit.is_some_and(|limit| frame - first >= limit) {
                break Cause::FrameLimit;
            }
            self.follow_plan(frame);
            self.splicer.prime(frame, self.frames_in(PRIME));
            let by_ns = monotonic_ns() + nanos(LIVENESS);
            let mut patience = || {
                let left = if mailbox.end().is_some() { 0 } else { by_ns - monotonic_ns() };
                Duration::from_nanos(u64::try_from(left).unwrap_or(0)).min(LOOK)
            };
            self.splicer.fill(frame, &mut patience, &mut self.slot);
            let packets = self.packets(frame);
            let offered = self.sink.push(packets, || mailbox.end().is_some());
            self.count(frame, offered);
            frame = frame + 1;
        };
        self.end(frame, cause, || mailbox.end().is_some());
        (frame, cause)
    }

    /// Says how long the first slot took.
    fn begun(&self, frame: FrameIndex) {
        let times = self.splicer.opening_times(frame).unwrap_or_default();
        let ms = |part: Duration| part.as_secs_f64() * 1000.0;
        tracing::info!(
            channel = self.channel,
            frame = frame.0,
            slate = self.slot.slate,
            turn_ms = ms(times.turn),
            open_ms = ms(times.open),
            seek_ms = ms(times.seek),
            first_unit_ms = ms(times.first_unit),
            first_slot_ms = ms(self.clock.now().since(self.asked)),
            "the first slot is sent"
        );
    }

    fn follow_plan(&mut self, frame: FrameIndex) {
        if let Some(plan) = self.mailbox.take_plan() {
            self.splicer.adopt(&plan, frame);
            self.tally.generation.store(self.splicer.generation(), Ordering::Relaxed);
        }
    }

    fn packets(&mut self, frame: FrameIndex) -> Vec<u8> {
        let mut sound = [(Pts::default(), &[][..]); SOUND_PER_SLOT];
        for (place, (at, unit)) in sound.iter_mut().zip(&self.slot.sound) {
            *place = (at.pts(), unit);
        }
        let slot = mux::Slot {
            pts: self.rate.pts(frame),
            duration_ticks: self.rate.ticks(frame + 1) - self.rate.ticks(frame),
            keyframe: self.slot.keyframe,
            video: &self.slot.picture,
            audio: &sound[..self.slot.sound.len().min(SOUND_PER_SLOT)],
        };
        let mut packets = self.sink.buffer();
        self.mux.slot(&slot, &mut packets);
        self.tally.muxed(packets.len());
        packets
    }

    fn count(&mut self, frame: FrameIndex, offered: Offered) {
        let tally = &self.tally;
        tally.slots.add();
        if self.slot.slate {
            tally.slate.add();
        }
        if offered == Offered::Dropped {
            if tally.dropped.get() == 0 {
                tracing::warn!(channel = self.channel, frame = frame.0, "the TS endpoint is blocked: dropping slots");
            }
            tally.dropped.add();
            self.splicer.retract(&self.slot);
        }
        tally.next_frame.store(frame.0 + 1, Ordering::Relaxed);
        let second = self.rate.num().div_ceil(self.rate.den());
        let each_second = frame.0.rem_euclid(i64::from(second)) == 0;
        if !tally.is_settled() && self.splicer.holds_ahead(frame, frames_in(self.rate, SETTLED)) {
            tally.settle();
        }
        if each_second {
            tally.second(second, self.splicer.work_ahead(frame), self.rate);
            self.capacity.look();
        }
        self.tell(None);
        if each_second {
            self.evidence.mark(frame + 1, self.splicer.on_air());
        }
    }

    fn tell(&mut self, ended_by: Option<Cause>) {
        let mut entered = false;
        for notice in self.splicer.notices() {
            match &notice {
                Notice::Faulted { .. } => self.tally.failed.add(),
                Notice::Started { .. } | Notice::Ended { .. } => entered = true,
            }
            self.evidence.notice(notice, ended_by.map(Cause::code));
        }
        if entered {
            self.tally.set_event_id(self.splicer.on_air().map(|on_air| &on_air.segment.event_id));
        }
    }

    fn end(mut self, frame: FrameIndex, cause: Cause, give_up: impl Fn() -> bool) {
        self.splicer.end(frame);
        self.tell(Some(cause));
        self.sink.finish(give_up);
    }

    fn frames_in(&self, duration: Duration) -> i64 {
        frames_in(self.rate, duration)
    }
}

/// Whole frames in `duration`.
pub(super) fn frames_in(rate: FrameRate, duration: Duration) -> i64 {
    rate.frame_at(retrovue_timeline::UtcTime::EPOCH.plus(duration)).0
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// A wait for a unit is looked at again after this long, since the session may have to end.
const LOOK: Duration = Duration::from_millis(100);
