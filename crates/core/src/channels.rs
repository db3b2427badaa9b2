//! The channels' lives: which there are, who watches them, and the sessions that Air runs for them.
//!
//! Each channel has one [`manager`] task, which owns its state and never touches a byte of its stream; the bytes go
//! from the [`intake`] to the channel's fan-out, and from there to viewers.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use retrovue_kit::{MasterClock, supervise};
use tokio::net::UnixListener;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::clock::AirTime;
use crate::failure::{Failure, Kind};
use crate::fanout::packets::Packets;
use crate::fanout::ring::Limits;
use crate::fanout::{Fanout, Reader};
use crate::metrics::{ChannelMetrics, Metrics};

pub mod air;
mod door;
pub mod intake;
mod manager;
mod requests;
mod roster;
pub mod session;
pub mod source;
pub mod state;
pub mod supervisor;
mod tuners;
mod wire;

use air::AirClient;
use door::Door;
pub use door::NO_ROOM;
use intake::Intake;
use manager::Manager;
use requests::Surroundings;
use roster::Roster;
use session::LastFrame;
use source::{ChannelInfo, ChannelPlan, PlaylogSource};
use state::State;
use tuners::Tuners;

/// All channels. Cheap to clone.
#[derive(Clone)]
pub struct Channels {
    inner: Arc<Inner>,
}

struct Inner {
    around: Arc<Surroundings>,
    metrics: Metrics,
    fanout: Limits,
    roster: Arc<Roster>,
    tuners: Tuners,
    /// One reload at a time: each compares what runs with what is stored.
    reload: tokio::sync::Mutex<()>,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

/// What [`Channels`] needs from its surroundings.
pub struct Requirements {
    /// Air.
    pub air: AirClient,
    /// The one time.
    pub clock: MasterClock,
    /// What sessions hold while they last.
    pub air_time: AirTime,
    /// What channels show when.
    pub playlog: Arc<dyn PlaylogSource>,
    /// Where Air's TS comes back.
    pub ts_socket: PathBuf,
    /// How long a session outlives its last viewer.
    pub linger: Duration,
    /// How far behind a viewer may fall.
    pub fanout: Limits,
    /// Where to count.
    pub metrics: Metrics,
}

/// One channel, as everybody but its manager sees it.
pub struct Channel {
    info: RwLock<ChannelInfo>,
    slug: String,
    audience: watch::Sender<Audience>,
    door: watch::Sender<Door>,
    /// When Air had no room for it last.
    refused: Mutex<Option<Instant>>,
    playlog_changed: Notify,
    /// The session is to end; where it is watched, another one begins.
    restart: Notify,
    /// The session is to end where nobody watches it: another channel needs the room.
    unwanted: Notify,
    fanout: Fanout,
    /// Sessions so far, which orders them in the fan-out.
    sessions: AtomicU64,
    /// The newest of them that is over, for Air too.
    ended: watch::Sender<u64>,
    last_frame: LastFrame,
    live: Mutex<OnAir>,
    metrics: ChannelMetrics,
    /// Its end: it was removed, or Core drains.
    cancel: CancellationToken,
}

/// For whom a channel is on air.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Audience {
    viewers: usize,
    /// It is kept on air for those who may come.
    keep_warm: bool,
    /// When the last viewer left.
    left: Option<Instant>,
}

impl Audience {
    fn is_there(self) -> bool {
        self.viewers > 0 || self.keep_warm
    }
}

/// What a channel is doing now.
#[derive(Clone, Debug, Default)]
pub struct OnAir {
    /// Where it stands.
    pub state: State,
    /// The session it runs or waits for.
    pub session_id: Option<String>,
    /// What Air was last told to show.
    pub plan: Option<Arc<ChannelPlan>>,
}

/// A viewer: an open socket, and nothing else. Dropping it is the viewer's leaving.
pub struct Viewing {
    reader: Reader,
    _seat: Seat,
}

impl Viewing {
    /// Adds the next packets to `packets`, whole slots in order; waits while there are none. `false` where the channel
    /// has ended, and where this viewer has skipped too often to be of use.
    pub async fn next(&mut self, packets: &mut Packets) -> bool {
        self.reader.next(packets).await
    }
}

struct Seat(Arc<Channel>);

impl Seat {
    fn take(channel: &Arc<Channel>) -> Self {
        channel.metrics.viewers.inc();
        channel.audience.send_modify(|audience| {
            audience.viewers += 1;
            if audience.viewers == 1 {
                // what Air said to nobody's channel does not hold for somebody's
                channel.door.send_if_modified(|door| {
                    let was_full = *door == Door::Full;
                    *door = if was_full { Door::Shut } else { *door };
                    was_full
                });
            }
        });
        Self(Arc::clone(channel))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.metrics.viewers.dec();
        self.0.audience.send_modify(|audience| {
            audience.viewers -= 1;
            audience.left = Some(Instant::now());
        });
    }
}

impl Channel {
    /// In URLs.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Who it is.
    pub fn info(&self) -> ChannelInfo {
        self.info.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Viewers now.
    pub fn viewers(&self) -> usize {
        self.audience.borrow().viewers
    }

    /// What it is doing now.
    pub fn on_air(&self) -> OnAir {
        self.live().clone()
    }

    fn keep_warm(&self, keep_warm: bool) {
        self.audience.send_if_modified(|audience| std::mem::replace(&mut audience.keep_warm, keep_warm) != keep_warm);
    }

    fn live(&self) -> MutexGuard<'_, OnAir> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions_begun(&self) -> u64 {
        self.sessions.load(Ordering::Relaxed)
    }

    fn set_plan(&self, plan: Arc<ChannelPlan>) {
        self.live().plan = Some(plan);
    }
}

impl Channels {
    /// Takes Air's TS in on `listener`, and knows no channel before [`Self::reload`].
    pub fn start(required: Requirements, listener: UnixListener) -> Self {
        let (intake, tasks, cancel) = (Intake::new(required.air.signs()), TaskTracker::new(), CancellationToken::new());
        let (listener, taken_in, ended) = (Arc::new(listener), intake.clone(), cancel.clone());
        let take_in = move || taken_in.clone().run(Arc::clone(&listener), ended.clone());
        let supervised = supervise("intake", cancel.clone(), required.metrics.panics("intake"), take_in);
        tasks.spawn(supervised.instrument(tracing::info_span!("intake")));
        let roster = Arc::<Roster>::default();
        let around = Arc::new(Surroundings {
            air: required.air,
            roster: Arc::clone(&roster),
            clock: required.clock,
            air_time: required.air_time,
            intake,
            playlog: required.playlog,
            endpoint: format!("unix:{}", required.ts_socket.display()),
            linger: RwLock::new(required.linger),
        });
        let (metrics, fanout) = (required.metrics, required.fanout);
        let reload = tokio::sync::Mutex::default();
        Self {
            inner: Arc::new(Inner {
                around,
                metrics,
                fanout,
                roster,
                tuners: Tuners::default(),
                reload,
                tasks,
                cancel,
            }),
        }
    }

    /// Takes over the channels that are stored now: new ones can be watched, those that are gone end. To be called
    /// after every change of channels.
    ///
    /// # Errors
    /// Where the store cannot be read; then nothing changes.
    pub async fn reload(&self) -> Result<(), Failure> {
        let _one_at_a_time = self.inner.reload.lock().await;
        let playlog = Arc::clone(&self.inner.around.playlog);
        let stored = tokio::task::spawn_blocking(move || playlog.channels())
            .await
            .map_err(|error| Failure::new(Kind::Failed, "channels_failed", error.to_string()))??;
        let mut running = self.inner.roster.write();
        running.retain(|slug, channel| {
            let kept = stored.iter().any(|info| info.slug == *slug);
            if !kept {
                channel.cancel.cancel();
            }
            kept
        });
        for info in stored {
            match running.get(&info.slug) {
                Some(channel) => {
                    channel.keep_warm(info.keep_warm);
                    *channel.info.write().unwrap_or_else(PoisonError::into_inner) = info;
                }
                None => {
                    running.insert(info.slug.clone(), self.run(info));
                }
            }
        }
        Ok(())
    }

    fn run(&self, info: ChannelInfo) -> Arc<Channel> {
        let metrics = self.inner.metrics.channel(&info.slug);
        let (slug, keep_warm) = (info.slug.clone(), info.keep_warm);
        let span = tracing::info_span!(parent: None, "channel", channel = slug);
        let channel = Arc::new(Channel {
            info: RwLock::new(info),
            slug,
            audience: watch::Sender::default(),
            door: watch::Sender::default(),
            refused: Mutex::default(),
            playlog_changed: Notify::new(),
            restart: Notify::new(),
            unwanted: Notify::new(),
            fanout: Fanout::new(self.inner.fanout, metrics.clone()),
            sessions: AtomicU64::default(),
            ended: watch::Sender::default(),
            last_frame: LastFrame::default(),
            live: Mutex::default(),
            metrics,
            cancel: self.inner.cancel.child_token(),
        });
        channel.keep_warm(keep_warm);
        let (managed, around) = (Arc::clone(&channel), Arc::clone(&self.inner.around));
        let manage = move || Manager::new(Arc::clone(&managed), Arc::clone(&around)).run();
        let panicked = self.inner.metrics.panics("channel");
        let supervised = supervise("channel", channel.cancel.clone(), panicked, manage);
        let ending = Arc::clone(&channel);
        let viewers_end = async move {
            ending.cancel.cancelled().await;
            ending.fanout.end();
        };
        self.inner.tasks.spawn(async { tokio::join!(supervised, viewers_end) }.instrument(span));
        channel
    }

    /// Tells that the playlog of `slug` has changed; Air is told at once where it shows it.
    pub fn playlog_changed(&self, slug: &str) {
        if let Some(channel) = self.find(slug) {
            channel.playlog_changed.notify_one();
        }
    }

    /// Sessions that lose their last viewer from now on outlive it by this.
    pub fn set_linger(&self, linger: Duration) {
        *self.inner.around.linger.write().unwrap_or_else(PoisonError::into_inner) = linger;
    }

    /// Ends all sessions; where somebody watches, another one begins as soon as it can.
    pub fn restart(&self) {
        self.all().iter().for_each(|channel| channel.restart.notify_one());
    }

    /// The channel `slug`.
    pub fn find(&self, slug: &str) -> Option<Arc<Channel>> {
        self.inner.roster.find(slug)
    }

    /// The channel that viewers know as `number`.
    pub fn numbered(&self, number: &str) -> Option<Arc<Channel>> {
        self.all().into_iter().find(|channel| channel.info().number == number)
    }

    /// All channels, ordered by number.
    pub fn all(&self) -> Vec<Arc<Channel>> {
        self.inner.roster.all()
    }

    /// Ends all sessions and returns when Air was told, and the TS connections are closed.
    pub async fn stop(&self) {
        self.inner.cancel.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }
}
