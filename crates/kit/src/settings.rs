//! Settings of both daemons: defaults, then a TOML file, then the environment.
//!
//! Each setting is one row of [`keys::KEYS`], from which reading, checking, showing and the reference follow.

mod file;
mod keys;
mod network;
mod reload;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retrovue_timeline::UtcTime;

use crate::logs::LogFormat;
pub use keys::ENCODERS;
use keys::{KEYS, Key};
pub use network::{InvalidNetwork, Network};
pub use reload::{Change, Reader, Reloaded, Reloader};

/// How changes in sources are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryWatch {
    /// The system tells, and they are looked through now and then.
    Auto,
    /// The system tells.
    On,
    /// They are looked through now and then.
    Poll,
    /// Not at all.
    Off,
}

impl LibraryWatch {
    /// Whether the system is asked to tell.
    pub fn listens(self) -> bool {
        matches!(self, Self::Auto | Self::On)
    }

    /// Whether sources are looked through now and then.
    pub fn polls(self) -> bool {
        matches!(self, Self::Auto | Self::Poll)
    }
}

/// Whether media servers find Core by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// Where viewers are served beyond this machine.
    Auto,
    /// In any case.
    On,
    /// Not at all.
    Off,
}

impl Discovery {
    /// Whether they find one that serves viewers on `listen`.
    pub fn is_on(self, listen: SocketAddr) -> bool {
        match self {
            Self::Auto => !listen.ip().is_loopback(),
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// The effective settings of a daemon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `home`: state: database, sockets, caches.
    pub home: PathBuf,
    /// `http.listen`: where viewers are served.
    pub http_listen: SocketAddr,
    /// `http.base_url`: where viewers reach that; `None` is where each asks.
    pub http_base_url: Option<String>,
    /// `air.manage`: Core starts and supervises one Air itself.
    pub air_manage: bool,
    /// `air.socket`: Air's gRPC socket. The socket on which TS comes back lies beside it, as `ts.sock`.
    pub air_socket: PathBuf,
    /// `air.spool`: where Air keeps its evidence until Core has stored it.
    pub air_spool: PathBuf,
    /// `air.metrics`: Air's own metrics address.
    pub air_metrics: SocketAddr,
    /// `air.program`: the Air that Core starts; `None` is the one beside Core's own binary.
    pub air_program: Option<PathBuf>,
    /// `air.encoder`: one of [`ENCODERS`].
    pub air_encoder: String,
    /// `air.budget`: what channels on air may take of the machine's cores, in percent; `None` is whatever they take.
    pub air_budget: Option<u32>,
    /// `viewers.linger`: how long a session outlives its last viewer.
    pub linger: Duration,
    /// `viewers.allow`: networks that may watch; empty is all.
    pub viewers_allow: Vec<Network>,
    /// `hdhomerun.discovery`: whether media servers find the tuner by themselves.
    pub hdhomerun_discovery: Discovery,
    /// `hdhomerun.name`: what media servers call the tuner.
    pub hdhomerun_name: String,
    /// `hdhomerun.model`: the model that it passes for.
    pub hdhomerun_model: String,
    /// `library.watch`: how changes in sources are noticed.
    pub library_watch: LibraryWatch,
    /// `library.poll`: how often sources are looked through.
    pub library_poll: Duration,
    /// `library.measure`: files are measured in the background.
    pub library_measure: bool,
    /// `playout.loudness`: what all that is aired is brought to, in LUFS; `None` leaves it as it is.
    pub playout_loudness: Option<f64>,
    /// `schedule.days`: broadcast days compiled ahead.
    pub schedule_days: u32,
    /// `schedule.playlog_hours`: how far the playlog reaches at least.
    pub playlog_hours: u32,
    /// `schedule.locked_hours`: how much of what lies ahead is frozen.
    pub locked_hours: u32,
    /// `asrun.days`: how long what was sent is kept.
    pub asrun_days: u32,
    /// `log.level`: a filter such as `info`.
    pub log_level: String,
    /// `log.format`: `text` or `json`.
    pub log_format: LogFormat,
    /// `clock.start`: what MasterClock shows at the first start with this value.
    pub clock_start: Option<UtcTime>,
}

impl Settings {
    /// Core's operator socket.
    pub fn core_socket(&self) -> PathBuf {
        self.home.join("run/core.sock")
    }

    /// Where Air's TS comes back: beside Air's own socket, so that containers share one volume.
    pub fn ts_socket(&self) -> PathBuf {
        self.air_socket.with_file_name("ts.sock")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.home.join("retrovue.db")
    }
}

/// Settings that hold, and where each came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Every setting by key, in the order of the documentation.
    pub entries: Vec<Entry>,
}

/// One effective setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `http.listen`
    pub key: &'static str,
    /// As the environment would say it; empty where nothing is set.
    pub value: String,
    /// `default`, `file PATH` or `environment NAME`.
    pub origin: String,
}

/// A setting that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// A sentence with the key.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// The file it stands in; `None` for the environment.
    pub file: Option<PathBuf>,
    /// Line in the file, from 1; 0 elsewhere.
    pub line: u32,
    /// Column in the file, from 1; 0 elsewhere.
    pub column: u32,
}

impl SettingsProblem {
    fn new(message: String, hint: String) -> Self {
        Self { message, hint, file: None, line: 0, column: 0 }
    }
}

/// All problems as one sentence.
pub fn sentence(problems: &[SettingsProblem]) -> String {
    let with_place = |problem: &SettingsProblem| match &problem.file {
        Some(file) => format!("{}:{}:{}: {}", file.display(), problem.line, problem.column, problem.message),
        None => problem.message.clone(),
    };
    problems.iter().map(with_place).collect::<Vec<_>>().join("; ")
}

/// The process's environment, for [`load`].
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect()
}

/// A value and where it stands.
struct Given {
    value: String,
    origin: String,
    place: Option<(PathBuf, u32, u32)>,
}

/// Loads settings: defaults, then `file`, then the environment.
///
/// # Errors
/// Every problem at once, never empty.
pub fn load(file: Option<&Path>, environment: Vec<(String, String)>) -> Result<Loaded, Vec<SettingsProblem>> {
    let mut problems = Vec::new();
    let mut given: Vec<Option<Given>> = KEYS.iter().map(|_| None).collect();
    if let Some(path) = file {
        file::read(path, &mut given, &mut problems);
    }
    read_environment(&environment, &mut given, &mut problems);

    let mut settings = keys::unset();
    let mut entries = Vec::with_capacity(KEYS.len());
    for (key, given) in KEYS.iter().zip(given) {
        let given = given.unwrap_or_else(|| Given {
            value: (key.default)(&keys::Ground { settings: &settings, environment: &environment }),
            origin: "default".to_owned(),
            place: None,
        });
        if let Err(wants) = (key.set)(&mut settings, given.value.trim()) {
            problems.push(refused(key, &given, &wants));
        }
        entries.push(Entry { key: key.name, value: given.value, origin: given.origin });
    }
    if problems.is_empty() { Ok(Loaded { settings, entries }) } else { Err(problems) }
}

fn refused(key: &Key, given: &Given, wants: &str) -> SettingsProblem {
    let from = if given.place.is_some() { String::new() } else { format!(" (from {})", given.origin) };
    let mut problem = SettingsProblem::new(
        format!("{} is {:?}{from}, which is not {wants}", key.name, given.value),
        format!("{}: {}", key.name, key.about),
    );
    if let Some((file, line, column)) = &given.place {
        (problem.file, problem.line, problem.column) = (Some(file.clone()), *line, *column);
    }
    problem
}

fn read_environment(
    environment: &[(String, String)],
    given: &mut [Option<Given>],
    problems: &mut Vec<SettingsProblem>,
) {
    for (name, value) in environment.iter().filter(|(name, _)| name.starts_with("RETROVUE_")) {
        let place = KEYS.iter().position(|key| key.short == Some(name.as_str()) || key.variable() == *name);
        match place {
            Some(at) => {
                given[at] = Some(Given { value: value.clone(), origin: format!("environment {name}"), place: None });
            }
            None if name.contains("__") => {
                let names = KEYS.iter().map(Key::variable).collect::<Vec<_>>();
                let hint = nearest(name, names.iter().map(String::as_str));
                problems.push(SettingsProblem::new(format!("the environment's {name} is no setting"), hint));
            }
            None => {}
        }
    }
}

/// `did you mean …?`, or nothing where nothing is near.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("did you mean {candidate}?"))
        .unwrap_or_default()
}

/// The table of settings for the reference: key, environment, default on a plain machine, when a change holds, meaning.
pub fn reference() -> Vec<[String; 5]> {
    let settings = keys::unset();
    KEYS.iter()
        .map(|key| {
            let default = (key.default)(&keys::Ground { settings: &settings, environment: &[] });
            let variable = key.short.map_or_else(|| key.variable(), ToOwned::to_owned);
            let changed = if key.live { "at once" } else { "after a restart" };
            [key.name.to_owned(), variable, default, changed.to_owned(), key.about.to_owned()]
        })
        .collect()
}
