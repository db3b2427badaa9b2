//! The daemon's start and end. Parts start in the order in which they need each other, and end in this order:
//!
//! 1. readiness is taken back, and no new viewer or operator is let in;
//! 2. sessions are stopped: streams end, Air is told, TS connections close;
//! 3. open requests are answered; who takes nothing is cut off;
//! 4. the ends of the sessions are stored, and how far time has come;
//! 5. Air drains, where Core started it;
//! 6. sockets go, and the home's lock with the process.
//!
//! All of it is bounded by [`GRACE`], and what others can hold up by [`PART`], so that nobody takes the time of what
//! comes after.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use retrovue_kit::settings::LibraryWatch;
use retrovue_kit::{Reloads, Settings, Shutdown, service, supervise};
use retrovue_store::Store;
use retrovue_store::library::Source;
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::app::{App, Run};
use crate::channels::air::AirClient;
use crate::channels::intake::bind;
use crate::channels::source::PlaylogSource;
use crate::channels::supervisor::AirSupervisor;
use crate::channels::{Channels, Requirements};
use crate::director::allowed::Allowed;
use crate::director::hdhomerun::device::Device;
use crate::director::hdhomerun::discovery;
use crate::director::reach::Reach;
use crate::director::{Director, Guide, operators, server};
use crate::evidence::EvidenceLog;
use crate::failure::Failure;
use crate::fanout::ring::Limits;
use crate::home;
use crate::ingest::measure::Backlog;
use crate::ingest::progress::{Measuring, Syncs};
use crate::ingest::servers::token::Tokens;
use crate::ingest::trigger::Outcome;
use crate::ingest::watch::Watch;
use crate::metrics::Metrics;
use crate::quarantine::Quarantine;
use crate::usecases::library;
use crate::usecases::schedules::{ScheduleChange, ScheduleService};

/// From the first signal to the end. What systemd and container runtimes allow is more.
pub const GRACE: Duration = Duration::from_secs(5);

/// How long Air may take to tell how its sessions ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What sessions, and then requests, may take of it: a viewer who takes nothing, an Air that hangs.
const PART: Duration = Duration::from_secs(1);

/// A running Core.
pub struct Daemon {
    app: App,
    evidence: EvidenceLog,
    live: Live,
    /// Viewers and operators are let in until this is cancelled.
    doors: CancellationToken,
    /// Air and the connection to it are kept until this is cancelled.
    air: CancellationToken,
    servers: TaskTracker,
    air_tasks: TaskTracker,
    sockets: Vec<PathBuf>,
    /// Held while this Core lives.
    _lock: File,
}

/// What changes when settings are read again, apart from what belongs to channels and schedules themselves.
struct Live {
    allow: Allowed,
    measures: Arc<AtomicBool>,
    library: watch::Sender<(LibraryWatch, Duration)>,
}

impl Daemon {
    /// Starts everything. `config` is handed on to Air.
    ///
    /// # Errors
    /// A sentence that says what is in the way: another Core on this home, a port in use, a database that cannot be
    /// opened.
    pub async fn start(settings: Settings, config: Option<&Path>) -> anyhow::Result<Self> {
        let settings = Arc::new(settings);
        let run = home::make(&settings)?;
        let lock = home::lock(&run)?;
        let store = Store::open(&settings.database())?;
        let metrics = Metrics::new();
        let timekeeper = crate::clock::start(&settings, &store, &metrics)?;
        let clock = timekeeper.clock();
        let http = listen(&settings).await?;
        let ts = bind_unix(&settings.ts_socket())?;
        let operators = bind_unix(&settings.core_socket())?;

        let (air_tasks, air_cancel) = (TaskTracker::new(), CancellationToken::new());
        let air = AirClient::new(settings.air_socket.clone(), metrics.clone());
        let air_pid = manage_air(&settings, config, &air, &metrics, &air_tasks, &air_cancel)?;
        let schedules = ScheduleService::new(store.clone(), clock.clone(), &settings);
        let evidence = EvidenceLog::new(store.clone(), schedules.clone(), metrics.clone());
        let quarantine = Quarantine::new(store.clone(), clock.clone());
        let (kept, keeping, judge, ended) = (air.clone(), evidence.clone(), quarantine.clone(), air_cancel.clone());
        let keep = move || {
            let (air, evidence, judge, ended) = (kept.clone(), keeping.clone(), judge.clone(), ended.clone());
            async move { air.keep(evidence, judge, ended).await }
        };
        let supervised = supervise("air", air_cancel.clone(), metrics.panics("air"), keep);
        air_tasks.spawn(supervised.instrument(tracing::info_span!("air")));

        let playlog: Arc<dyn PlaylogSource> = Arc::new(schedules.clone());
        let guide = Guide::of(Arc::new(schedules.clone()));
        let (ts_socket, linger) = (settings.ts_socket(), settings.linger);
        let required = Requirements {
            air: air.clone(),
            clock: clock.clone(),
            air_time: timekeeper.air_time(),
            playlog,
            ts_socket,
            linger,
            fanout: Limits::default(),
            metrics: metrics.clone(),
        };
        let channels = Channels::start(required, ts);
        channels.reload().await?;

        let device = Device::of(&store, &settings)?;
        let address = http.local_addr()?;
        let reach = Reach::new(settings.http_base_url.clone(), address);
        let facts = Run { started: clock.now(), http: address, air_pid };
        let live = Live {
            allow: settings.viewers_allow.iter().cloned().collect(),
            measures: Arc::new(settings.library_measure.into()),
            library: watch::Sender::new((settings.library_watch, settings.library_poll)),
        };
        let allow = live.allow.clone();
        let sockets = vec![settings.core_socket(), settings.ts_socket(), run.join("http.addr")];
        let app = App {
            tokens: Tokens::of_home(&settings.home),
            settings,
            clock: clock.clone(),
            timekeeper,
            store,
            schedules,
            channels: channels.clone(),
            air,
            syncs: Syncs::default(),
            sources_changed: Arc::default(),
            measuring: Measuring::default(),
            enriching: Arc::default(),
            metrics: metrics.clone(),
            run: facts,
        };
        let director = Director { channels, guide, clock, air: app.air.clone(), metrics, allow, reach, device };
        let daemon = Self {
            app,
            evidence,
            live,
            doors: CancellationToken::new(),
            air: air_cancel,
            servers: TaskTracker::new(),
            air_tasks,
            sockets,
            _lock: lock,
        };
        daemon.be_found(&director);
        daemon.open_doors(http, operators, director);
        daemon.keep_time();
        daemon.plan_ahead();
        daemon.plan_without(quarantine);
        daemon.watch_sources();
        daemon.enrich();
        tell_address(&run, address).context("run/http.addr cannot be written")?;
        tracing::info!("viewers are served on http://{address}/");
        Ok(daemon)
    }

    /// Handles to everything.
    pub fn app(&self) -> &App {
        &self.app
    }

    fn open_doors(&self, http: TcpListener, operators: UnixListener, director: Director) {
        let stalled = director.metrics.stalled.clone();
        let viewers = server::serve(http, director.router(), stalled, self.doors.clone());
        self.servers.spawn(viewers.instrument(tracing::info_span!("viewers")));
        let (app, doors) = (self.app.clone(), self.doors.clone());
        let operators = async move {
            if let Err(error) = operators::serve(operators, app, doors).await {
                tracing::error!(%error, "the operators' server has ended");
            }
        };
        self.servers.spawn(operators.instrument(tracing::info_span!("operators")));
    }

    /// Has media servers find the tuner, where that is wanted.
    fn be_found(&self, director: &Director) {
        if !self.app.settings.hdhomerun_discovery.is_on(self.app.run.http) {
            return;
        }
        let (answering, announcing) = (director.clone(), director.clone());
        self.keep("hdhomerun", move |_, ended| discovery::answer_requests(answering.clone(), ended));
        self.keep("ssdp", move |_, ended| discovery::announce(announcing.clone(), ended));
    }

    /// Has what `make` makes run until the doors close, of which it is told.
    fn keep<F: Future<Output = ()> + Send + 'static>(
        &self,
        name: &'static str,
        make: impl Fn(App, CancellationToken) -> F + Send + 'static,
    ) {
        let (app, doors) = (self.app.clone(), self.doors.clone());
        let make = move || make(app.clone(), doors.clone());
        let supervised = supervise(name, self.doors.clone(), self.app.metrics.panics(name), make);
        self.servers.spawn(supervised.instrument(tracing::info_span!("task", name)));
    }

    /// Keeps the channels planned, and tells them of every change.
    fn plan_ahead(&self) {
        self.keep("following", |app, ended| async move {
            ended.run_until_cancelled(follow(app.channels, app.schedules.changes())).await;
        });
        self.keep("planning", |app, ended| async move { app.schedules.run(ended).await });
    }

    /// Leads the clock after the system's, and plans for the time that a step has led to.
    fn keep_time(&self) {
        self.keep("keeping time", |app, ended| async move {
            ended.run_until_cancelled(app.timekeeper.run()).await;
        });
        self.keep("stepping", |app, ended| async move {
            let mut steps = app.timekeeper.steps();
            let planning = async {
                while steps.changed().await.is_ok() {
                    app.schedules.roll_on().await;
                }
            };
            ended.run_until_cancelled(planning).await;
        });
    }

    /// Plans anew without what was quarantined.
    fn plan_without(&self, quarantine: Quarantine) {
        self.keep("quarantine", move |app, ended| {
            let quarantine = quarantine.clone();
            let planned = async move {
                loop {
                    quarantine.changed().await;
                    app.schedules.library_changed().await;
                }
            };
            async move {
                ended.run_until_cancelled(planned).await;
            }
        });
    }

    /// Syncs sources in which something changes, where that is wanted.
    fn watch_sources(&self) {
        let library = self.live.library.subscribe();
        self.keep("watching", move |app, ended| {
            let mut library = library.clone();
            let watching = async move {
                loop {
                    let (mode, poll) = *library.borrow_and_update();
                    let watching = async {
                        match mode {
                            LibraryWatch::Off => std::future::pending().await,
                            mode => watch_of(&app, mode, poll).all().await,
                        }
                    };
                    tokio::select! {
                        () = watching => return,
                        Ok(()) = library.changed() => {}
                    }
                }
            };
            async move {
                ended.run_until_cancelled(watching).await;
            }
        });
    }

    /// Does what enrichers have to do; reads files through where that is wanted.
    fn enrich(&self) {
        let app = &self.app;
        let (describing, schedules) = (app.clone(), app.schedules.clone());
        let backlog = Backlog {
            store: app.store.clone(),
            clock: app.clock.clone(),
            air: app.air.clone(),
            measuring: app.measuring.clone(),
            syncs: app.syncs.clone(),
            more: Arc::clone(&app.enriching),
            measures: Arc::clone(&self.live.measures),
            describe: Arc::new(move |source_id| Box::pin(describe_by_itself(describing.clone(), source_id))),
            changed: Arc::new(move || {
                let schedules = schedules.clone();
                Box::pin(async move { schedules.library_changed().await })
            }),
        };
        let backlog = Arc::new(backlog);
        self.keep("enriching", move |_, ended| {
            let backlog = Arc::clone(&backlog);
            async move { backlog.work_through(ended).await }
        });
    }

    /// Serves until `shutdown` begins, then drains.
    pub async fn run(self, shutdown: Shutdown, mut reloads: Reloads) {
        service::ready();
        let token = shutdown.token();
        loop {
            let next_sign = async {
                match service::watchdog() {
                    Some(period) => tokio::time::sleep(period).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = next_sign => service::alive(),
                settings = reloads.next() => {
                    self.follow(settings);
                    service::ready();
                }
            }
        }
        service::stopping();
        if tokio::time::timeout(GRACE, self.drain()).await.is_err() {
            tracing::warn!(grace_ms = GRACE.as_millis(), "draining took too long; leaving now");
        }
    }

    /// Goes by settings that were read again, as far as they are live; the Air that Core started reads them itself.
    fn follow(&self, settings: Settings) {
        self.app.channels.set_linger(settings.linger);
        self.app.schedules.follow(&settings);
        self.live.measures.store(settings.library_measure, Ordering::Relaxed);
        self.app.enriching.notify_one();
        let library = (settings.library_watch, settings.library_poll);
        self.live.library.send_if_modified(|held| std::mem::replace(held, library) != library);
        self.live.allow.set(settings.viewers_allow);
        // one that is just starting reads them as they are now, and would die of the signal
        let answers = self.app.air.connected().is_some();
        let air = answers.then(|| self.app.run.air_pid.load(Ordering::Relaxed));
        let air = air.and_then(|air| i32::try_from(air).ok()).and_then(Pid::from_raw);
        if let Some(Err(error)) = air.map(|air| kill_process(air, Signal::HUP)) {
            tracing::warn!(%error, "Air could not be told to read its settings again");
        }
    }

    async fn drain(self) {
        tracing::info!("closing the doors");
        self.doors.cancel();
        tracing::info!("stopping the channels");
        within(PART, self.app.channels.stop(), "sessions do not end; going on without them").await;
        tracing::info!("answering what was asked");
        self.servers.close();
        within(PART, self.servers.wait(), "connections take nothing and are cut off").await;
        if self.app.air.connected().is_some() {
            let untold = "Air has not told how its sessions ended; the next start hears of it";
            within(LAST_WORDS, self.evidence.settled(), untold).await;
        }
        within(PART, self.app.timekeeper.note(), "how far time has come cannot be noted").await;
        tracing::info!("letting go of Air");
        self.air.cancel();
        self.air_tasks.close();
        self.air_tasks.wait().await;
        for socket in &self.sockets {
            if let Err(error) = std::fs::remove_file(socket) {
                tracing::debug!(socket = %socket.display(), %error, "a socket was gone already");
            }
        }
        tracing::info!("drained");
    }
}

/// Waits for `work` no longer than `limit`, and tells where that was not enough.
async fn within(limit: Duration, work: impl Future<Output = ()>, late: &str) {
    if tokio::time::timeout(limit, work).await.is_err() {
        tracing::warn!(limit_ms = limit.as_millis(), "{late}");
    }
}

/// Takes every change of schedules to the channels that show them.
async fn follow(channels: Channels, mut changes: broadcast::Receiver<ScheduleChange>) {
    // what changed before somebody listened is made up for like what went by too fast
    let mut change = Err(RecvError::Lagged(0));
    loop {
        let changed = match change {
            Ok(ScheduleChange::Playlog { slug }) => {
                channels.playlog_changed(&slug);
                Ok(())
            }
            Ok(ScheduleChange::Channels) => channels.reload().await,
            Err(RecvError::Lagged(_)) => {
                let reloaded = channels.reload().await;
                channels.all().iter().for_each(|channel| channels.playlog_changed(channel.slug()));
                reloaded
            }
            Err(RecvError::Closed) => return,
        };
        if let Err(failure) = changed {
            tracing::error!(error = %failure, "changed channels are not taken over yet");
        }
        change = changes.recv().await;
    }
}

fn watch_of(app: &App, mode: LibraryWatch, poll: Duration) -> Watch {
    let syncing = app.clone();
    Watch {
        store: app.store.clone(),
        sources_changed: Arc::clone(&app.sources_changed),
        syncs: app.syncs.clone(),
        listens: mode.listens(),
        poll_servers: poll,
        poll: mode.polls().then_some(poll),
        home: app.settings.home.clone(),
        sync: Arc::new(move |source| Box::pin(sync_by_itself(syncing.clone(), source))),
    }
}

/// Syncs a source that has changed, with all that follows.
async fn sync_by_itself(app: App, source: Source) -> Result<Outcome, Failure> {
    let synced = library::sync_by_itself(&app.store, &app.clock, &app.air, &app.syncs, &app.tokens, &source).await?;
    let Some(report) = synced else { return Ok(Outcome::Again) };
    app.schedules.library_changed().await;
    app.enriching.notify_one();
    Ok(if report.unfinished.is_empty() { Outcome::Done } else { Outcome::Again })
}

/// Reads names and files beside media again, in one source.
async fn describe_by_itself(app: App, source_id: String) -> Result<Option<u64>, Failure> {
    library::describe_by_itself(&app.store, &app.clock, &app.air, &app.syncs, &app.tokens, source_id).await
}

/// For scripts that asked for port 0. Whoever sees the file sees all of it.
fn tell_address(run: &Path, address: SocketAddr) -> std::io::Result<()> {
    let unfinished = run.join("http.addr.new");
    std::fs::write(&unfinished, format!("{address}\n"))?;
    std::fs::rename(unfinished, run.join("http.addr"))
}

async fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    let address = settings.http_listen;
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("viewers cannot be served on {address}; set RETROVUE_HTTP to a free address"))
}

fn bind_unix(path: &Path) -> anyhow::Result<UnixListener> {
    bind(path).with_context(|| format!("the socket {} cannot be opened", path.display()))
}

fn manage_air(
    settings: &Settings,
    config: Option<&Path>,
    air: &AirClient,
    metrics: &Metrics,
    tasks: &TaskTracker,
    cancel: &CancellationToken,
) -> anyhow::Result<Arc<AtomicU32>> {
    if !settings.air_manage {
        return Ok(Arc::default());
    }
    let supervisor = AirSupervisor::new(settings, config, air.watch(), metrics.clone());
    let supervisor = supervisor.context("retrovue-air cannot be found; set air.program")?;
    let pid = supervisor.pid();
    let (supervisor, ended) = (Arc::new(supervisor), cancel.clone());
    let run = move || {
        let (supervisor, ended) = (Arc::clone(&supervisor), ended.clone());
        async move { supervisor.run(ended).await }
    };
    let supervised = supervise("supervisor", cancel.clone(), metrics.panics("supervisor"), run);
    tasks.spawn(supervised.instrument(tracing::info_span!("supervisor")));
    Ok(pid)
}
