//! Leads MasterClock after the system's clock, and records each step that it takes over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_kit::clock::discipline::{Discipline, NeverSet, Standing, Turn};
use retrovue_kit::clock::{look, system_utc};
use retrovue_store::Store;
use retrovue_store::clock::{Adoption, AdoptionCause};
use retrovue_timeline::UtcTime;
use tokio::sync::watch;

use super::{AirTime, remember};
use crate::failure::{Failure, Kind};
use crate::ingest::blocking::off_runtime;
use crate::instants::rfc3339;
use crate::metrics::Metrics;

/// Between two looks at the system's clock.
const EVERY: Duration = Duration::from_secs(1);

/// Looks after which it is noted how far time has come, where a later start could tell it by the system's clock.
const NOTED_EVERY: u32 = 60;

/// How long sessions may take to end for a step: Air ends each within seconds or not at all.
const SESSIONS_END: Duration = Duration::from_secs(10);

/// Keeps the time. Cheap to clone.
#[derive(Clone)]
pub struct Timekeeper {
    clock: MasterClock,
    air_time: AirTime,
    discipline: Arc<Mutex<Discipline>>,
    store: Store,
    metrics: Metrics,
    steps: Arc<watch::Sender<u64>>,
}

/// How MasterClock and the system's clock stand to each other.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// In a word.
    pub standing: Standing,
    /// What MasterClock shows.
    pub now: UtcTime,
    /// What the system's clock shows.
    pub system: UtcTime,
    /// How far ahead of the system's clock MasterClock is meant to be: a rehearsal's.
    pub ahead_ns: i64,
    /// How far MasterClock is behind where it is meant to be, as of the last look.
    pub offset_ns: i64,
    /// How fast the system's clock moves away from the monotonic one.
    pub drift_ppm: f64,
    /// How much faster than the monotonic clock MasterClock goes now.
    pub slew_ppm: i32,
}

impl State {
    /// The system's clock alone would have a later start begin before this one's time.
    fn is_ahead(&self) -> bool {
        self.standing != Standing::InStep && self.offset_ns < 0
    }
}

/// What a command to take over the step led to.
#[derive(Clone, Copy, Debug)]
pub enum Adopted {
    /// No step waits.
    Nothing,
    /// This was, or would be, taken over.
    Step(Adoption),
}

impl Timekeeper {
    pub(super) fn new(clock: MasterClock, discipline: Discipline, store: Store, metrics: Metrics) -> Self {
        let discipline = Arc::new(Mutex::new(discipline));
        Self { clock, air_time: AirTime::default(), discipline, store, metrics, steps: Arc::default() }
    }

    /// The one time.
    pub fn clock(&self) -> MasterClock {
        self.clock.clone()
    }

    /// What sessions hold.
    pub fn air_time(&self) -> AirTime {
        self.air_time.clone()
    }

    /// Tells of every step that was taken over.
    pub fn steps(&self) -> watch::Receiver<u64> {
        self.steps.subscribe()
    }

    /// Looks at the system's clock every second, for ever.
    pub async fn run(self) {
        let (mut told, mut looks) = (Standing::InStep, 0_u32);
        loop {
            if let Some(adoption) = self.observe() {
                self.record(adoption).await;
            }
            let state = self.state();
            if std::mem::replace(&mut told, state.standing) != state.standing {
                tell(state.standing, &state);
            }
            looks += 1;
            if state.is_ahead() || looks % NOTED_EVERY == 0 {
                self.note().await;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// How things stand.
    pub fn state(&self) -> State {
        let (reading, course) = (self.clock.reading(), self.clock.course());
        let discipline = self.discipline();
        State {
            standing: discipline.standing(course),
            now: reading.utc,
            system: system_utc(),
            ahead_ns: discipline.ahead_ns(),
            offset_ns: discipline.offset_ns(course),
            drift_ppm: discipline.drift_ppm(),
            slew_ppm: course.ppm_at(reading.monotonic_ns),
        }
    }

    /// Takes over the step that waits. Sessions end for it: `restart` is called once none can begin any more, and has
    /// each end its own; those that are watched begin again at the new time.
    ///
    /// # Errors
    /// `clock_not_set`, `sessions_do_not_end`
    pub async fn adopt(&self, dry_run: bool, restart: impl FnOnce()) -> Result<Adopted, Failure> {
        let Some(would) = self.by_command(false)? else { return Ok(Adopted::Nothing) };
        if dry_run {
            return Ok(Adopted::Step(would));
        }
        let stopped = async { tokio::time::timeout(SESSIONS_END, self.air_time.stop()).await };
        // in this order: whoever restarts finds the door closed
        let (stopped, ()) = futures::future::join(stopped, async { restart() }).await;
        let guard = stopped.map_err(|_| {
            Failure::new(Kind::Failed, "sessions_do_not_end", "what is on air did not end, and the step still waits")
                .hint("Air may hang: retrovue status; it is restarted where it does not answer")
        })?;
        let adopted = self.by_command(true)?;
        drop(guard);
        let Some(adoption) = adopted else { return Ok(Adopted::Nothing) };
        self.record(adoption).await;
        Ok(Adopted::Step(adoption))
    }

    /// The step that waits, taken over where it is `carried_out`.
    fn by_command(&self, carried_out: bool) -> Result<Option<Adoption>, Failure> {
        let Some(look) = look() else {
            return Err(Failure::new(
                Kind::Failed,
                "machine_busy",
                "the machine is too busy to read its clocks together",
            )
            .hint("try again"));
        };
        let (mut discipline, mut outcome) = (self.discipline(), Ok(None));
        self.clock.steer(|course, now_ns| match discipline.adopt(look, now_ns, course) {
            Ok(next) => {
                let next = next?;
                let (before, after) = (course.utc_at(now_ns), next.utc_at(now_ns));
                outcome = Ok(Some(Adoption { cause: AdoptionCause::Command, before, after }));
                carried_out.then_some(next)
            }
            Err(NeverSet(system)) => {
                outcome = Err(not_set(system));
                None
            }
        });
        outcome
    }

    /// One look. Returns the step that it has led to.
    fn observe(&self) -> Option<Adoption> {
        let look = look()?;
        let idle = self.air_time.try_stop();
        let mut discipline = self.discipline();
        let mut adoption = None;
        self.clock.steer(|course, now_ns| match discipline.observe(look, now_ns, course, idle.is_none())? {
            Turn::Steer(course) => Some(course),
            Turn::Adopt(next) => {
                let (before, after) = (course.utc_at(now_ns), next.utc_at(now_ns));
                adoption = Some(Adoption { cause: AdoptionCause::Idle, before, after });
                Some(next)
            }
        });
        let (course, metrics) = (self.clock.course(), &self.metrics);
        metrics.clock_offset.set(discipline.offset_ns(course) as f64 / 1e9);
        metrics.clock_drift.set(discipline.drift_ppm());
        metrics.clock_slew.set(f64::from(course.ppm_at(look.monotonic_ns)));
        adoption
    }

    async fn record(&self, adoption: Adoption) {
        let Adoption { cause, before, after } = adoption;
        tracing::warn!(
            cause = cause.word(),
            step_ms = after.millis() - before.millis(),
            "a step of the system's clock was taken over: {} is now {}",
            rfc3339(before),
            rfc3339(after)
        );
        self.metrics.clock_adoptions.inc();
        let store = self.store.clone();
        let kept = off_runtime(move || store.keep_adoption(adoption)).await;
        if let Err(failure) = kept.and_then(|kept| kept.map_err(Failure::from)) {
            tracing::error!(%failure, "the step could not be recorded");
        }
        self.note().await;
        self.steps.send_modify(|steps| *steps += 1);
    }

    /// Notes how far time has come, so that no later start begins before that.
    pub async fn note(&self) {
        let (store, now) = (self.store.clone(), self.clock.now());
        let noted = off_runtime(move || remember(&store, now)).await;
        if let Err(failure) = noted.and_then(|noted| noted.map_err(Failure::from)) {
            tracing::warn!(%failure, "how far time has come could not be noted");
        }
    }

    fn discipline(&self) -> MutexGuard<'_, Discipline> {
        self.discipline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_set(system: UtcTime) -> Failure {
    let message = format!("the system's clock shows {}, so it was never set", rfc3339(system));
    Failure::refused("clock_not_set", message).hint("set it, or let NTP do so: timedatectl shows how it is kept")
}

/// What an operator should know when things change.
fn tell(standing: Standing, state: &State) {
    let offset_ms = state.offset_ns / 1_000_000;
    match standing {
        Standing::InStep => tracing::info!("the clock is in step with the system's"),
        Standing::Slewing => tracing::info!(offset_ms, "the system's clock was stepped; it is slewed in"),
        Standing::Waiting => {
            tracing::warn!(offset_ms, "the system's clock was set back; going at half speed until it has come up");
        }
        Standing::StepWaits => {
            tracing::warn!(offset_ms, "the system's clock was stepped; that is taken over when nothing is on air");
        }
        Standing::StepBackWaits => {
            tracing::error!(offset_ms, "the system's clock was set back; retrovue clock adopt takes that over");
        }
        Standing::Unset => {
            tracing::error!(system = rfc3339(state.system), "the system's clock was never set; going on without it");
        }
    }
}
