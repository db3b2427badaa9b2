//! Settings of both daemons: a TOML file, then the environment, then flags.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::logs::LogFormat;

/// The effective settings of a daemon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// State: database, sockets, caches.
    pub home: PathBuf,
    /// `http.listen`: where viewers are served.
    pub http_listen: SocketAddr,
    /// `air.manage`: Core starts and supervises one Air itself.
    pub air_manage: bool,
    /// `air.socket`: Air's gRPC socket. The socket on which TS comes back lies beside it, as `ts.sock`.
    pub air_socket: PathBuf,
    /// `air.metrics`: Air's own metrics address.
    pub air_metrics: SocketAddr,
    /// `air.program`: the Air that Core starts; default: the one beside Core's own binary.
    pub air_program: Option<PathBuf>,
    /// `viewers.linger`: how long a session outlives its last viewer.
    pub linger: Duration,
    /// `viewers.allow`: networks that may watch; empty is all.
    pub viewers_allow: Vec<Network>,
    /// `schedule.days`: broadcast days compiled ahead.
    pub schedule_days: u32,
    /// `schedule.playlog_hours`: how far the playlog reaches at least.
    pub playlog_hours: u32,
    /// `schedule.locked_hours`: how much of what lies ahead is frozen.
    pub locked_hours: u32,
    /// `log.level`: a filter such as `info`.
    pub log_level: String,
    /// `log.format`: `text` or `json`.
    pub log_format: LogFormat,
    /// `clock.start`: what MasterClock shows at the first start with this value.
    pub clock_start: Option<retrovue_timeline::UtcTime>,
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

/// A network that may watch: an address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: std::net::IpAddr,
    /// How many leading bits an address must share with it.
    pub prefix: u8,
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
#[derive(Clone, Debug)]
pub struct Entry {
    /// `http.listen`
    pub key: &'static str,
    /// As it would be written in the file.
    pub value: String,
    /// `default`, `file PATH`, `environment NAME` or `flag NAME`.
    pub origin: String,
}

/// A setting that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// A sentence with the key and where it stands.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

/// All problems as one sentence.
pub fn sentence(problems: &[SettingsProblem]) -> String {
    problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// The process's environment, for [`load`].
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect()
}

/// Loads settings: defaults, then `file`, then the environment.
///
/// # Errors
/// Every problem at once.
pub fn load(
    file: Option<&std::path::Path>,
    environment: Vec<(String, String)>,
) -> Result<Loaded, Vec<SettingsProblem>> {
    let _ = (file, environment);
    Err(Vec::new())
}
