//! The settings, one row each.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Discovery, LibraryWatch, Settings};
use crate::logs::LogFormat;

/// One setting.
pub(super) struct Key {
    /// `section.key`
    pub(super) name: &'static str,
    /// A variable outside the rule of names.
    pub(super) short: Option<&'static str>,
    /// What it means, for the reference and for hints.
    pub(super) about: &'static str,
    /// Whether a change holds as soon as the settings are read again; else after a restart.
    pub(super) live: bool,
    /// Whether Air goes by it, too.
    pub(super) air: bool,
    /// What holds where nobody says anything.
    pub(super) default: fn(&Ground<'_>) -> String,
    /// Reads the value, or says what it should have been.
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

impl Key {
    /// `RETROVUE_` + section + `__` + key.
    pub(super) fn variable(&self) -> String {
        format!("RETROVUE_{}", self.name.replace('.', "__").to_uppercase())
    }
}

/// What defaults may depend on: settings above them in the table, and the environment.
pub(super) struct Ground<'a> {
    pub(super) settings: &'a Settings,
    pub(super) environment: &'a [(String, String)],
}

impl Ground<'_> {
    fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// What `air.encoder` may be.
pub const ENCODERS: [&str; 6] = ["auto", "x264", "vaapi", "qsv", "nvenc", "v4l2"];

pub(super) const KEYS: [Key; 26] = [
    Key {
        name: "home",
        short: Some("RETROVUE_HOME"),
        about: "the folder for state: database, sockets, caches",
        live: false,
        air: true,
        default: home,
        set: |settings, text| absolute(text).map(|path| settings.home = path),
    },
    Key {
        name: "http.listen",
        short: Some("RETROVUE_HTTP"),
        about: "the address that viewers are served on; port 0 takes a free one and says which",
        live: false,
        air: false,
        default: |_| "127.0.0.1:8480".to_owned(),
        set: |settings, text| address(text).map(|address| settings.http_listen = address),
    },
    Key {
        name: "http.base_url",
        short: None,
        about: "the address under which viewers reach Core, as in http://tv.lan or https://tv.example.org:8443; empty names \
                the one that each of them asked",
        live: false,
        air: false,
        default: |_| String::new(),
        set: |settings, text| base_url(text).map(|url| settings.http_base_url = url),
    },
    Key {
        name: "air.manage",
        short: None,
        about: "whether Core starts and supervises Air itself; false where systemd or Compose does",
        live: false,
        air: false,
        default: |_| "true".to_owned(),
        set: |settings, text| yes_or_no(text).map(|yes| settings.air_manage = yes),
    },
    Key {
        name: "air.socket",
        short: Some("RETROVUE_AIR_SOCKET"),
        about: "Air's gRPC socket; the socket for TS lies beside it, as ts.sock",
        live: false,
        air: true,
        default: |ground| ground.settings.home.join("run/air.sock").to_string_lossy().into_owned(),
        set: |settings, text| absolute(text).map(|path| settings.air_socket = path),
    },
    Key {
        name: "air.spool",
        short: None,
        about: "the folder where Air keeps what happened on air until Core has stored it",
        live: false,
        air: true,
        default: |ground| ground.settings.home.join("spool").to_string_lossy().into_owned(),
        set: |settings, text| absolute(text).map(|path| settings.air_spool = path),
    },
    Key {
        name: "air.metrics",
        short: Some("RETROVUE_AIR_METRICS"),
        about: "Air's own metrics address",
        live: false,
        air: true,
        default: |_| "127.0.0.1:8481".to_owned(),
        set: |settings, text| address(text).map(|address| settings.air_metrics = address),
    },
    Key {
        name: "air.program",
        short: None,
        about: "the Air that Core starts; empty is the one beside Core's own binary",
        live: false,
        air: false,
        default: |_| String::new(),
        set: |settings, text| {
            settings.air_program = (!text.is_empty()).then(|| PathBuf::from(text));
            Ok(())
        },
    },
    Key {
        name: "air.encoder",
        short: None,
        about: "what codes pictures: x264, vaapi, qsv, nvenc or v4l2; auto takes hardware that passes its self-test, \
                else x264, and so does one that fails it",
        live: false,
        air: true,
        default: |_| "auto".to_owned(),
        set: |settings, text| {
            let known = ENCODERS.contains(&text).then(|| settings.air_encoder = text.to_owned());
            known.ok_or_else(|| ENCODERS.join(", "))
        },
    },
    Key {
        name: "air.budget",
        short: None,
        about: "what channels on air may take of the machine's cores, in percent from 10 to 100: one that would take more \
                is refused; off refuses none",
        live: false,
        air: true,
        default: |_| "80".to_owned(),
        set: |settings, text| {
            let percent = text.parse().ok().filter(|percent| (10..=100).contains(percent)).map(Some);
            let budget = if text == "off" { Some(None) } else { percent };
            budget.map(|budget| settings.air_budget = budget).ok_or_else(|| "10 to 100, or off".to_owned())
        },
    },
    Key {
        name: "viewers.linger",
        short: None,
        about: "how long a channel stays on air after its last viewer left, as in 20s",
        live: true,
        air: false,
        default: |_| "20s".to_owned(),
        set: |settings, text| duration(text).map(|linger| settings.linger = linger),
    },
    Key {
        name: "viewers.allow",
        short: None,
        about: "networks that may watch, as in 192.168.0.0/16; empty lets all",
        live: true,
        air: false,
        default: |_| String::new(),
        set: |settings, text| {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            let networks: Result<Vec<_>, _> = words.map(str::parse).collect();
            settings.viewers_allow =
                networks.map_err(|_| "a list of networks as in 192.168.0.0/16, 10.0.0.0/8".to_owned())?;
            Ok(())
        },
    },
    Key {
        name: "hdhomerun.discovery",
        short: None,
        about: "whether media servers on the local network find Core as an HDHomeRun (SSDP and UDP 65001): on, off, or auto, \
                on where http.listen is not this machine alone",
        live: false,
        air: false,
        default: |_| "auto".to_owned(),
        set: |settings, text| discovery(text).map(|discovery| settings.hdhomerun_discovery = discovery),
    },
    Key {
        name: "hdhomerun.name",
        short: None,
        about: "what media servers call the tuner",
        live: false,
        air: false,
        default: |_| "RetroVue".to_owned(),
        set: |settings, text| line(text).map(|name| settings.hdhomerun_name = name),
    },
    Key {
        name: "hdhomerun.model",
        short: None,
        about: "the model that the tuner passes for; HDTC-2US has Jellyfin ask it to transcode, which it does not",
        live: false,
        air: false,
        default: |_| "HDHR5-4US".to_owned(),
        set: |settings, text| line(text).map(|model| settings.hdhomerun_model = model),
    },
    Key {
        name: "library.watch",
        short: None,
        about: "how changes in sources are noticed: on, the system tells; poll, they are looked through now and then; \
                auto, both; or off",
        live: true,
        air: false,
        default: |_| "auto".to_owned(),
        set: |settings, text| watch(text).map(|watch| settings.library_watch = watch),
    },
    Key {
        name: "library.poll",
        short: None,
        about: "how often sources are looked through, as in 15m: network shares, media servers and disks that are mounted tell nothing",
        live: true,
        air: false,
        default: |_| "15m".to_owned(),
        set: |settings, text| {
            let every = duration(text).ok().filter(|every| *every >= Duration::from_secs(1));
            every.map(|every| settings.library_poll = every).ok_or_else(|| "a duration from 1s to 24h".to_owned())
        },
    },
    Key {
        name: "library.measure",
        short: None,
        about: "whether files are measured in the background: how loud they are, where they are black and silent",
        live: true,
        air: false,
        default: |_| "true".to_owned(),
        set: |settings, text| yes_or_no(text).map(|yes| settings.library_measure = yes),
    },
    Key {
        name: "playout.loudness",
        short: None,
        about: "the loudness of all that is aired, in LUFS from -40 to -10, or off; counts for what was measured",
        live: true,
        air: false,
        default: |_| "-24".to_owned(),
        set: |settings, text| loudness(text).map(|target| settings.playout_loudness = target),
    },
    Key {
        name: "schedule.days",
        short: None,
        about: "broadcast days that are compiled ahead, 3 to 60",
        live: true,
        air: false,
        default: |_| "14".to_owned(),
        set: |settings, text| number(text, 3, 60).map(|days| settings.schedule_days = days),
    },
    Key {
        name: "schedule.playlog_hours",
        short: None,
        about: "hours that the playlog reaches ahead at least, 6 to 72",
        live: true,
        air: false,
        default: |_| "6".to_owned(),
        set: |settings, text| number(text, 6, 72).map(|hours| settings.playlog_hours = hours),
    },
    Key {
        name: "schedule.locked_hours",
        short: None,
        about: "hours ahead that an edit of a channel no longer changes, 0 to 24",
        live: true,
        air: false,
        default: |_| "2".to_owned(),
        set: |settings, text| number(text, 0, 24).map(|hours| settings.locked_hours = hours),
    },
    Key {
        name: "asrun.days",
        short: None,
        about: "days for which it is kept what was sent, 30 to 3660",
        live: true,
        air: false,
        default: |_| "400".to_owned(),
        set: |settings, text| number(text, 30, 3660).map(|days| settings.asrun_days = days),
    },
    Key {
        name: "log.level",
        short: None,
        about: "a filter such as info, or info,retrovue_core=debug",
        live: true,
        air: true,
        default: |_| "info".to_owned(),
        set: |settings, text| {
            text.parse::<tracing_subscriber::filter::EnvFilter>()
                .map_err(|_| "a filter such as info or info,retrovue_core=debug".to_owned())?;
            settings.log_level = text.to_owned();
            Ok(())
        },
    },
    Key {
        name: "log.format",
        short: None,
        about: "text or json",
        live: false,
        air: true,
        default: |_| "text".to_owned(),
        set: |settings, text| {
            settings.log_format = match text {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err("text or json".to_owned()),
            };
            Ok(())
        },
    },
    Key {
        name: "clock.start",
        short: Some("RETROVUE_CLOCK_START"),
        about: "for rehearsals and tests: the instant that the clock shows at the first start with this value",
        live: false,
        air: false,
        default: |_| String::new(),
        set: |settings, text| {
            settings.clock_start = if text.is_empty() { None } else { Some(crate::clock::parse_utc(text)?) };
            Ok(())
        },
    },
];

/// Settings before any key was read.
pub(super) fn unset() -> Settings {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Settings {
        home: PathBuf::new(),
        http_listen: nowhere,
        http_base_url: None,
        air_manage: true,
        air_socket: PathBuf::new(),
        air_spool: PathBuf::new(),
        air_metrics: nowhere,
        air_program: None,
        air_encoder: String::new(),
        air_budget: None,
        linger: Duration::ZERO,
        viewers_allow: Vec::new(),
        hdhomerun_discovery: Discovery::Off,
        hdhomerun_name: String::new(),
        hdhomerun_model: String::new(),
        library_watch: LibraryWatch::Off,
        library_poll: Duration::ZERO,
        library_measure: false,
        playout_loudness: None,
        schedule_days: 0,
        playlog_hours: 0,
        locked_hours: 0,
        asrun_days: 0,
        log_level: String::new(),
        log_format: LogFormat::Text,
        clock_start: None,
    }
}

/// systemd names a service's folder itself; people have one of their own; what has neither is the system.
fn home(ground: &Ground<'_>) -> String {
    let under = |variable: &str, rest: &str| Some(format!("{}{rest}", ground.variable(variable)?));
    ground
        .variable("STATE_DIRECTORY")
        .map(ToOwned::to_owned)
        .or_else(|| under("XDG_DATA_HOME", "/retrovue"))
        .or_else(|| under("HOME", "/.local/share/retrovue"))
        .unwrap_or_else(|| "/var/lib/retrovue".to_owned())
}

fn absolute(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("a path".to_owned());
    }
    std::path::absolute(text).map_err(|_| "a path".to_owned())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "an address with a port, as in 127.0.0.1:8480 or 0.0.0.0:8480".to_owned())
}

/// Without a path: viewers' pages and streams lie at the root.
fn base_url(text: &str) -> Result<Option<String>, String> {
    let bare = text.strip_suffix('/').unwrap_or(text);
    let authority = bare.strip_prefix("http://").or_else(|| bare.strip_prefix("https://"));
    let is_plain = |authority: &str| {
        !authority.is_empty() && authority.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c))
    };
    match authority {
        None if text.is_empty() => Ok(None),
        Some(authority) if is_plain(authority) => Ok(Some(bare.to_owned())),
        _ => Err("an address without a path, as in http://tv.lan or https://tv.example.org:8443".to_owned()),
    }
}

fn discovery(text: &str) -> Result<Discovery, String> {
    match text {
        "auto" => Ok(Discovery::Auto),
        "on" => Ok(Discovery::On),
        "off" => Ok(Discovery::Off),
        _ => Err("auto, on or off".to_owned()),
    }
}

/// What clients show in lists.
fn line(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("a line of 1 to 64 characters".to_owned()) }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "true or false".to_owned())
}

fn watch(text: &str) -> Result<LibraryWatch, String> {
    match text {
        "auto" => Ok(LibraryWatch::Auto),
        "on" => Ok(LibraryWatch::On),
        "poll" => Ok(LibraryWatch::Poll),
        "off" => Ok(LibraryWatch::Off),
        _ => Err("auto, on, poll or off".to_owned()),
    }
}

fn number(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let parsed = text.parse().ok().filter(|number| (least..=most).contains(number));
    parsed.ok_or_else(|| format!("a whole number from {least} to {most}"))
}

/// Beyond these a decoder's own noise is heard, or nothing is left of the peaks.
fn loudness(text: &str) -> Result<Option<f64>, String> {
    let target = text.parse().ok().filter(|target| (-40.0..=-10.0).contains(target));
    match text {
        "off" => Ok(None),
        _ => target.map(Some).ok_or_else(|| "a number from -40 to -10, or off".to_owned()),
    }
}

/// `500ms`, `20s`, `5m`, `1h`; at most a day.
fn duration(text: &str) -> Result<Duration, String> {
    let wants = || "a duration up to 24h, as in 500ms, 20s, 5m or 1h".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wants)?;
    let (amount, unit) = text.split_at(digits);
    let amount: u64 = amount.parse().map_err(|_| wants())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wants()),
    };
    let duration = amount.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(wants)?;
    if duration <= Duration::from_secs(86_400) { Ok(duration) } else { Err(wants()) }
}
