//! The channels on air: at most one session each, none of which knows of another.

mod capacity;
mod mailbox;
mod meters;
mod pace;
mod refusal;
mod session;
mod slates;
mod tally;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_kit::clock::{ClockReading, monotonic_ns};
use retrovue_mpegts::mux::{Mux, MuxConfig};
use retrovue_pipeline::HouseFormat;
use retrovue_timeline::{FrameIndex, UtcTime};
use tokio::sync::{MutexGuard, Notify};
use tokio_util::sync::CancellationToken;

use crate::evidence::{Evidence, SessionEvidence};
use crate::plan::Plan;
use crate::priority;
use crate::sink::{Endpoint, Sink};
use crate::splicer::{Files, Lateness, SlotUnits, Splicer};
pub(crate) use capacity::Room;
use capacity::{Capacity, Place};
use mailbox::{Cause, Mailbox};
use meters::Meters;
pub(crate) use refusal::Refusal;
use session::Session;
use slates::Slates;
pub(crate) use tally::Tally;

/// Channels that one Air carries: far more than encoders fit into one machine.
const MAX_SESSIONS: usize = 128;

/// How long the end of a session may take: a slot that waits for its unit, and the last bytes on a slow socket.
const END: Duration = Duration::from_secs(5);

/// How long a channel waits for its turn, behind others.
const LINE: Duration = Duration::from_millis(3500);

/// How long its turn may wait for those before it to get going.
const TURN: Duration = Duration::from_millis(1500);

/// How often it looks whether it is.
const TURN_LOOK: Duration = Duration::from_millis(20);

/// A reading of Core's clock lies this close to Air's own CLOCK_MONOTONIC, or it is not of the same kernel.
const SAME_KERNEL: Duration = Duration::from_secs(60);

/// A session that resumes lies at most this far ahead of now.
const MAX_RESUME_AHEAD: Duration = Duration::from_secs(10);

/// What a channel is started with.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) channel: String,
    pub(crate) channel_name: String,
    pub(crate) session_id: String,
    pub(crate) format: HouseFormat,
    pub(crate) plan: Plan,
    pub(crate) endpoint: Endpoint,
    pub(crate) token: [u8; 32],
    pub(crate) clock: Option<ClockReading>,
    pub(crate) resume_after: Option<FrameIndex>,
    pub(crate) pacing: Pacing,
}

/// When slots leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pacing {
    /// At their instants.
    Realtime,
    /// As fast as they are made.
    Unpaced { start: Option<FrameIndex>, limit: Option<i64> },
}

/// A channel on air, as others see it.
pub(crate) struct OnAir {
    pub(crate) session_id: String,
    pub(crate) tally: Arc<Tally>,
    mailbox: Arc<Mailbox>,
    /// Until the session has ended.
    place: Mutex<Option<Place>>,
    /// The newest generation that was taken.
    generation: Mutex<u64>,
    ended: CancellationToken,
}

/// All sessions of this process.
pub(crate) struct Engine {
    clock: MasterClock,
    evidence: Arc<Evidence>,
    meters: Meters,
    slates: Slates,
    capacity: Arc<Capacity>,
    /// Channels are let in one after the other, each beside those that were let in before it.
    turn: tokio::sync::Mutex<()>,
    sessions: Mutex<HashMap<String, Arc<OnAir>>>,
    draining: AtomicBool,
    session_over: Notify,
}

impl Engine {
    /// An engine with nothing on air, which keeps its evidence in the folder `spool` and lets channels take `budget`
    /// percent of the machine's cores.
    ///
    /// # Errors
    /// Where its counters cannot be made, or another Air keeps its evidence there.
    pub(crate) fn new(spool: &Path, budget: Option<u32>) -> anyhow::Result<Arc<Self>> {
        let (clock, meters) = (MasterClock::system(), Meters::new()?);
        let capacity = Capacity::new(budget, meters.registry())?;
        let evidence = Evidence::open(spool, clock.clone(), meters.registry())?;
        Ok(Arc::new(Self {
            clock,
            evidence,
            meters,
            slates: Slates::default(),
            capacity,
            turn: tokio::sync::Mutex::default(),
            sessions: Mutex::default(),
            draining: AtomicBool::new(false),
            session_over: Notify::new(),
        }))
    }

    /// What happens on air.
    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// What is counted, in Prometheus' text format.
    ///
    /// # Errors
    /// Where a value cannot be written.
    pub(crate) fn metrics(&self) -> prometheus::Result<String> {
        self.capacity.show();
        self.meters.text()
    }

    /// The channels on air, how many more of `format` would be let in, and the room for them.
    pub(crate) fn room(&self, format: &HouseFormat) -> (usize, usize, Room) {
        let (on_air, room) = (self.sessions().len(), self.capacity.room(format));
        let more = if self.is_strained() { 0 } else { room.more() as usize };
        (on_air, more.min(MAX_SESSIONS.saturating_sub(on_air)), room)
    }

    /// Puts a channel on air. Returns its first frame: where a keyframe is near or no picture comes in time, the session
    /// begins up to 1.5 s later.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub(crate) async fn start(self: &Arc<Self>, start: Start) -> Result<FrameIndex, Refusal> {
        self.follow(start.clock)?;
        let (place, turn) = self.admit(&start).await?;
        let asked = self.clock.now();
        let on_air = Arc::new(OnAir {
            session_id: start.session_id.clone(),
            tally: Arc::new(Tally::new(&self.meters, &start.channel)),
            mailbox: Arc::default(),
            place: Mutex::new(Some(place)),
            generation: Mutex::new(start.plan.generation()),
            ended: CancellationToken::new(),
        });
        self.claim(&start.channel, &on_air)?;
        drop(turn);
        let engine = Arc::clone(self);
        let started = tokio::task::spawn_blocking(move || engine.launch(start, on_air, asked)).await;
        started.map_err(|bug| Refusal::Machine(std::io::Error::other(bug)))?
    }

    /// Gives a channel another plan, which holds from the next slot on.
    ///
    /// # Errors
    /// Where the channel is not on air, or holds a newer plan.
    pub(crate) fn update(&self, channel: &str, plan: Plan, clock: Option<ClockReading>) -> Result<u64, Refusal> {
        self.follow(clock)?;
        let on_air = self.on_air(channel)?;
        let mut held = on_air.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let given = plan.generation();
        if given < *held {
            return Err(Refusal::StaleGeneration { channel: channel.to_owned(), given, held: *held });
        }
        *held = given;
        on_air.mailbox.send_plan(Arc::new(plan));
        Ok(given)
    }

    /// Takes a channel off air, and returns when it is. `session_id` names the session that is meant; empty is whichever
    /// runs.
    ///
    /// # Errors
    /// Where the channel is not on air, or with another session.
    pub(crate) async fn stop(&self, channel: &str, session_id: &str) -> Result<(), Refusal> {
        let on_air = self.on_air(channel)?;
        if !session_id.is_empty() && session_id != on_air.session_id {
            return Err(Refusal::OtherSession {
                channel: channel.to_owned(),
                given: session_id.to_owned(),
                held: on_air.session_id.clone(),
            });
        }
        on_air.mailbox.send_end(Cause::Stopped);
        on_air.has_ended(channel).await;
        Ok(())
    }

    /// Every channel on air with its session, by slug.
    pub(crate) fn channels(&self) -> Vec<(String, Arc<OnAir>)> {
        let mut channels: Vec<_> =
            self.sessions().iter().map(|(slug, on_air)| (slug.clone(), on_air.clone())).collect();
        channels.sort_by(|a, b| a.0.cmp(&b.0));
        channels
    }

    /// Takes everything off air for good, and returns when it is.
    pub(crate) async fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        let channels = self.channels();
        for (_, on_air) in &channels {
            on_air.mailbox.send_end(Cause::Drained);
        }
        // all at once: several that do not end take no longer than one
        futures::future::join_all(channels.iter().map(|(channel, on_air)| on_air.has_ended(channel))).await;
        self.evidence.close().await;
    }

    /// Returns once sessions have ended since this was last asked.
    pub(crate) async fn session_over(&self) {
        self.session_over.notified().await;
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<OnAir>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_air(&self, channel: &str) -> Result<Arc<OnAir>, Refusal> {
        self.sessions().get(channel).cloned().ok_or_else(|| Refusal::NotOnAir(channel.to_owned()))
    }

    /// The channel's place on the machine, and its turn until it is on the list. What viewers were watching goes on, and
    /// what nobody waits for is nobody's loss.
    async fn admit(&self, start: &Start) -> Result<(Place, Option<MutexGuard<'_, ()>>), Refusal> {
        let format = &start.format;
        if start.resume_after.is_some() || start.pacing != Pacing::Realtime {
            return Ok((self.capacity.take(format), None));
        }
        self.has_room(format)?;
        let line = async {
            let turn = self.turn.lock().await;
            let settled = async {
                while !self.capacity.room(format).fits_easily() && !self.is_settled() {
                    tokio::time::sleep(TURN_LOOK).await;
                }
            };
            // nobody's turn lasts for ever: what is known by then decides
            let _ = tokio::time::timeout(TURN, settled).await;
            turn
        };
        let turn = tokio::time::timeout(LINE, line).await;
        if self.sessions().contains_key(&start.channel) {
            return Err(Refusal::AlreadyOnAir(start.channel.clone()));
        }
        self.has_room(format)?;
        match turn {
            Ok(turn) => Ok((self.capacity.take(format), Some(turn))),
            Err(_) => Err(self.refuse(Refusal::Crowded)),
        }
    }

    /// Whether one more channel would harm those that are on air.
    fn has_room(&self, format: &HouseFormat) -> Result<(), Refusal> {
        let room = self.capacity.room(format);
        if self.is_strained() {
            return Err(self.refuse(Refusal::Strained));
        }
        if !room.fits() {
            return Err(self.refuse(Refusal::NoRoom { on_air: self.sessions().len(), room }));
        }
        Ok(())
    }

    fn refuse(&self, refusal: Refusal) -> Refusal {
        self.capacity.refused();
        refusal
    }

    /// Whether all channels on air have got going.
    fn is_settled(&self) -> bool {
        self.sessions().values().all(|on_air| on_air.tally.is_settled())
    }

    /// Whether the machine cannot keep up with what is on air, whatever it was thought to cost: one late channel may have
    /// a slow disk.
    fn is_strained(&self) -> bool {
        let sessions = self.sessions();
        let late = sessions.values().filter(|on_air| on_air.tally.was_late()).count();
        late >= 2 && late * 2 >= sessions.len()
    }

    fn claim(&self, channel: &str, on_air: &Arc<OnAir>) -> Result<(), Refusal> {
        let mut sessions = self.sessions();
        if self.draining.load(Ordering::SeqCst) {
            return Err(Refusal::Draining);
        }
        if sessions.contains_key(channel) {
            return Err(Refusal::AlreadyOnAir(channel.to_owned()));
        }
        if sessions.len() >= MAX_SESSIONS {
            return Err(Refusal::Full(MAX_SESSIONS));
        }
        sessions.insert(channel.to_owned(), Arc::clone(on_air));
        Ok(())
    }

    fn follow(&self, reading: Option<ClockReading>) -> Result<(), Refusal> {
        let Some(reading) = reading else { return Ok(()) };
        let apart = Duration::from_nanos(reading.monotonic_ns.abs_diff(monotonic_ns()));
        if apart > SAME_KERNEL {
            return Err(Refusal::Invalid(format!(
                "the clock reading lies {} s from this machine's CLOCK_MONOTONIC; Core and Air must run on one kernel",
                apart.as_secs()
            )));
        }
        self.clock.follow(reading);
        Ok(())
    }

    /// Opens the first segments, connects, and starts the session's thread.
    fn launch(self: Arc<Self>, start: Start, on_air: Arc<OnAir>, asked: UtcTime) -> Result<FrameIndex, Refusal> {
        let mut ending = Ending::new(Arc::clone(&self), start.channel.clone(), Arc::clone(&on_air));
        let (format, rate, plan) = (start.format, start.format.frame_rate, Arc::new(start.plan));
        let now = self.clock.now();
        let usual = pace::first_frame(rate, &plan, now, start.resume_after);
        if rate.start_of(usual) > now.plus(MAX_RESUME_AHEAD) {
            return Err(Refusal::Invalid("resume_after_frame lies in the future".to_owned()));
        }
        let (first, lateness) = match start.pacing {
            Pacing::Realtime => (usual, Lateness::CatchUp),
            Pacing::Unpaced { start, .. } => (start.unwrap_or(usual), Lateness::Abandon),
        };
        on_air.tally.next_frame.store(first.0, Ordering::Relaxed);
        on_air.tally.generation.store(plan.generation(), Ordering::Relaxed);

        let slate = self.slates.of(&format)?;
        let language = plan.language();
        let evidence = ending.evidence.clone();
        evidence.begun(first, rate);
        ending.outcome = Some((first, Cause::Unreachable));
        let files = Files { evidence: evidence.clone(), tally: Arc::clone(&on_air.tally) };
        let mut splicer = Splicer::new(files, format, plan, slate, lateness);
        if start.pacing == Pacing::Realtime && start.resume_after.is_none() {
            splicer = splicer.entered_by(first, pace::entry_by(rate, now));
        }
        splicer.prime(first, session::frames_in(rate, session::PRIME_BURSTING));
        let link = start.endpoint.connect(&start.token).map_err(|error| Refusal::EndpointUnreachable {
            endpoint: start.endpoint.to_string(),
            why: error.to_string(),
        })?;
        let mailbox = Arc::clone(&on_air.mailbox);
        let sink = Sink::start(link, move || mailbox.send_end(Cause::EndpointClosed))?;
        let session = Session {
            channel: start.channel.clone(),
            rate,
            clock: self.clock.clone(),
            splicer,
            mux: Mux::new(&MuxConfig { service_name: start.channel_name, language }),
            sink,
            mailbox: Arc::clone(&on_air.mailbox),
            tally: Arc::clone(&on_air.tally),
            evidence,
            capacity: Arc::clone(&self.capacity),
            slot: SlotUnits::default(),
            asked,
        };
        tracing::info!(channel = start.channel, session_id = on_air.session_id, first_frame = first.0, "on air");
        let thread = std::thread::Builder::new().name(format!("air-{}", start.channel));
        ending.outcome = Some((first, Cause::Failed));
        thread.spawn(move || {
            priority::keep_time();
            ending.with(match start.pacing {
                Pacing::Realtime => session.run_paced(first),
                Pacing::Unpaced { limit, .. } => session.run_unpaced(first, limit),
            });
        })?;
        Ok(first)
    }
}

impl OnAir {
    async fn has_ended(&self, channel: &str) {
        if tokio::time::timeout(END, self.ended.cancelled()).await.is_err() {
            tracing::error!(channel, session_id = self.session_id, "the session does not end; it is left behind");
        }
    }
}

/// Takes a channel off the list when its session ends, however it ends.
struct Ending {
    engine: Arc<Engine>,
    channel: String,
    on_air: Arc<OnAir>,
    evidence: SessionEvidence,
    /// The first frame that was not sent, and why; none where the session never began.
    outcome: Option<(FrameIndex, Cause)>,
}

impl Ending {
    fn new(engine: Arc<Engine>, channel: String, on_air: Arc<OnAir>) -> Self {
        let evidence = SessionEvidence::new(&engine.evidence, &channel, &on_air.session_id);
        Self { engine, channel, on_air, evidence, outcome: None }
    }

    /// The session has ended as it should.
    fn with(mut self, outcome: (FrameIndex, Cause)) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.engine.sessions().remove(&self.channel);
        if let Some((next, cause)) = self.outcome {
            let next = if cause == Cause::Failed {
                FrameIndex(self.on_air.tally.next_frame.load(Ordering::Relaxed))
            } else {
                next
            };
            self.evidence.ended(next, cause.code());
        }
        self.on_air.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.on_air.ended.cancel();
        self.engine.session_over.notify_one();
    }
}
