//! What is on air when: channel files are applied, their days compiled ahead, their playlogs kept long enough, and
//! everybody who asks is answered from what is stored.
//!
//! Decisions are made one at a time, each stored in one transaction before anybody sees it. Nothing here reads the
//! clock but through [`MasterClock`], and nothing is worked out twice: a restart finds the same schedule.

mod applying;
mod aside;
mod checking;
mod days;
mod differences;
mod drafts;
mod explaining;
mod gain;
mod guide;
mod listings;
mod logos;
mod overrides;
mod queries;
mod rebuilding;
mod refilling;
mod removing;
mod rolling;
mod source;
mod steps;
mod subjects;
mod suggesting;
#[cfg(test)]
mod tests;
pub mod views;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use retrovue_kit::{MasterClock, Settings};
use retrovue_schedule::Asset;
use retrovue_store::Store;
use retrovue_timeline::UtcTime;
use tokio::sync::broadcast;

use crate::failure::Failure;

pub use applying::AppliedFile;
pub(crate) use aside::aside;
pub use checking::check_syntax;
pub use days::{BroadcastDay, PlannedDay};
pub use explaining::{AiredView, ChosenPoolView, ExplanationView, LayerView, NeighbourView, SlotView};
pub use guide::NowNext;
pub use logos::SentLogo;
pub use overrides::{OverrideRequest, OverrideView, OverridesView, StopRequest};

/// How long days, items and events are kept once they are over.
const PAST_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What takes over at once begins so far ahead: planned and stored by then, with its first file open in Air.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How far behind now a fresh channel's playlog begins: sessions start up to two seconds behind.
const BEHIND_NOW: Duration = Duration::from_secs(60);

/// Changes that a listener may be behind by; one that is further behind is told so and looks at everything.
const CHANGES_KEPT: usize = 1024;

/// What changed, for those who keep something made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleChange {
    /// Channels came, went, or go by another name or number.
    Channels,
    /// What this channel shows from now on.
    Playlog {
        /// The channel.
        slug: String,
    },
}

/// Plans channels and tells what they show. Cheap to clone. Every call that is not async blocks: async callers
/// take it off the runtime's threads.
#[derive(Clone)]
pub struct ScheduleService {
    desk: Arc<Desk>,
}

/// The state behind the service.
struct Desk {
    store: Store,
    clock: MasterClock,
    /// The folder of the channels' logos.
    branding: PathBuf,
    outlook: RwLock<Outlook>,
    /// Held through every decision, so that each sees what the one before has stored.
    deciding: Mutex<()>,
    plans: subjects::Plans,
    listings: listings::Listings,
    changes: broadcast::Sender<ScheduleChange>,
    /// Problems that were logged already.
    told: Mutex<BTreeSet<String>>,
}

/// How far ahead is planned, how far back is told, and how loud it is to be.
#[derive(Clone, Copy, Debug)]
struct Outlook {
    /// Broadcast days after today.
    days: u32,
    /// What the playlog reaches at least.
    playlog: Duration,
    /// What is frozen at least.
    locked: Duration,
    /// How long what was sent is told.
    asrun_kept: Duration,
    /// How loud it is meant to be, in LUFS; none leaves everything as loud as it is.
    loudness: Option<f64>,
}

impl From<&Settings> for Outlook {
    fn from(settings: &Settings) -> Self {
        let hours = |count: u32| Duration::from_secs(u64::from(count) * 3600);
        Self {
            days: settings.schedule_days,
            playlog: hours(settings.playlog_hours),
            locked: hours(settings.locked_hours),
            asrun_kept: hours(settings.asrun_days * 24),
            loudness: settings.playout_loudness,
        }
    }
}

/// The library as one decision sees it: read when first needed, then the same to the end.
struct Library<'a> {
    store: &'a Store,
    assets: std::cell::OnceCell<Vec<Asset>>,
}

impl ScheduleService {
    /// The service over what `store` holds. Blocks.
    pub fn new(store: Store, clock: MasterClock, settings: &Settings) -> Self {
        let desk = Desk {
            store,
            clock,
            branding: settings.home.join("branding"),
            outlook: RwLock::new(settings.into()),
            deciding: Mutex::default(),
            plans: subjects::Plans::default(),
            listings: listings::Listings::default(),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            told: Mutex::default(),
        };
        // a channel without its logo is better than none
        if let Err(failure) = desk.settle_logos() {
            tracing::error!(%failure, "channels' logos cannot be looked for");
        }
        Self { desk: Arc::new(desk) }
    }

    /// Plans by these settings from the next decision on.
    pub fn follow(&self, settings: &Settings) {
        *self.desk.outlook.write().unwrap_or_else(PoisonError::into_inner) = settings.into();
    }

    /// Every change from now on.
    pub fn changes(&self) -> broadcast::Receiver<ScheduleChange> {
        self.desk.changes.subscribe()
    }
}

impl Desk {
    fn now(&self) -> UtcTime {
        self.clock.now()
    }

    fn outlook(&self) -> Outlook {
        *self.outlook.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its turn to decide. A decision that panicked has stored nothing, so the next one may go on.
    fn decide(&self) -> MutexGuard<'_, ()> {
        self.deciding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn library(&self) -> Library<'_> {
        Library { store: &self.store, assets: std::cell::OnceCell::new() }
    }

    fn announce(&self, change: ScheduleChange) {
        self.listings.outdate(&change);
        // nobody listening is no error
        let _ = self.changes.send(change);
    }
}

impl Library<'_> {
    fn assets(&self) -> Result<&[Asset], Failure> {
        if let Some(assets) = self.assets.get() {
            return Ok(assets);
        }
        let assets = self.store.schedulable_assets()?;
        Ok(self.assets.get_or_init(|| assets))
    }
}
