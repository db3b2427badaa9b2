//! MasterClock beside the system's clock, and the command that takes a step over.

use retrovue_kit::clock::discipline::Standing;
use retrovue_store::clock::Adoption;
use serde::Serialize;

use crate::app::App;
use crate::clock::Adopted;
use crate::failure::Failure;
use crate::ingest::blocking::off_runtime;
use crate::instants::rfc3339;

/// Adoptions that are shown.
const SHOWN: u32 = 20;

/// How MasterClock and the system's clock stand to each other.
#[derive(Serialize)]
pub struct ClockView {
    /// What MasterClock shows.
    now_utc: String,
    /// What the system's clock shows.
    system_utc: String,
    /// `in_step`, `slewing`, `waiting`, `step_waits`, `step_back_waits` or `unset`.
    state: &'static str,
    /// How far MasterClock is behind the system's clock, a rehearsal's distance apart; negative where it is ahead.
    offset_ms: f64,
    drift_ppm: f64,
    slew_ppm: i32,
    /// How far ahead of the system's clock a rehearsal is; null where the time is real.
    rehearsal_ms: Option<i64>,
    /// The newest first.
    adoptions: Vec<AdoptionView>,
}

/// A step of the system's clock that was taken over.
#[derive(Serialize)]
pub struct AdoptionView {
    /// `idle`: nothing was on air; or `command`.
    cause: &'static str,
    before_utc: String,
    after_utc: String,
    step_ms: i64,
}

/// What the command led to.
#[derive(Serialize)]
pub struct AdoptedView {
    /// Null where no step waits.
    adopted: Option<AdoptionView>,
}

/// How the clocks stand.
///
/// # Errors
/// Where the database cannot be read.
pub async fn show(app: &App) -> Result<ClockView, Failure> {
    let store = app.store.clone();
    let adoptions = off_runtime(move || store.adoptions(SHOWN)).await??;
    let state = app.timekeeper.state();
    Ok(ClockView {
        now_utc: rfc3339(state.now),
        system_utc: rfc3339(state.system),
        state: word(state.standing),
        offset_ms: in_thousandths(state.offset_ns as f64 / 1e6),
        drift_ppm: in_thousandths(state.drift_ppm),
        slew_ppm: state.slew_ppm,
        rehearsal_ms: Some(state.ahead_ns / 1_000_000).filter(|ahead| *ahead != 0),
        adoptions: adoptions.into_iter().map(view).collect(),
    })
}

/// Takes over the step that waits; what is on air begins again at the new time.
///
/// # Errors
/// `clock_not_set`, `machine_busy`, `sessions_do_not_end`
pub async fn adopt(app: &App, dry_run: bool) -> Result<AdoptedView, Failure> {
    let adopted = app.timekeeper.adopt(dry_run, || app.channels.restart()).await?;
    Ok(AdoptedView {
        adopted: match adopted {
            Adopted::Nothing => None,
            Adopted::Step(adoption) => Some(view(adoption)),
        },
    })
}

fn view(adoption: Adoption) -> AdoptionView {
    let Adoption { cause, before, after } = adoption;
    AdoptionView {
        cause: cause.word(),
        before_utc: rfc3339(before),
        after_utc: rfc3339(after),
        step_ms: after.millis() - before.millis(),
    }
}

/// For reading: three places, and no zero with a sign.
fn in_thousandths(number: f64) -> f64 {
    (number * 1e3).round() / 1e3 + 0.0
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::InStep => "in_step",
        Standing::Slewing => "slewing",
        Standing::Waiting => "waiting",
        Standing::StepWaits => "step_waits",
        Standing::StepBackWaits => "step_back_waits",
        Standing::Unset => "unset",
    }
}
