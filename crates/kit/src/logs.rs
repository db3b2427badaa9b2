//! Structured logs on stderr.

use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;

/// Puts another filter in place.
type SetFilter = Box<dyn Fn(EnvFilter) -> Result<(), tracing_subscriber::reload::Error> + Send + Sync>;

static SET_FILTER: OnceLock<SetFilter> = OnceLock::new();

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// A readable sentence and dotted fields.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging to stderr. `level` is a filter such as `info` or `info,retrovue_core=debug`; what cannot be read
/// as one is `info`. Call once.
pub fn start(level: &str, format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_env_filter(filter(level)).with_writer(std::io::stderr);
    let (started, set_filter): (_, SetFilter) = match format {
        LogFormat::Text => {
            let builder = builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
            let builder = builder.with_filter_reloading();
            let handle = builder.reload_handle();
            (builder.try_init(), Box::new(move |filter| handle.reload(filter)))
        }
        LogFormat::Json => {
            let builder = builder.json().with_filter_reloading();
            let handle = builder.reload_handle();
            (builder.try_init(), Box::new(move |filter| handle.reload(filter)))
        }
    };
    match started {
        Ok(()) => drop(SET_FILTER.set(set_filter)),
        Err(error) => tracing::debug!(%error, "logging was started before"),
    }
}

/// Logs by another `level` from now on.
pub fn set_level(level: &str) {
    if let Some(Err(error)) = SET_FILTER.get().map(|set_filter| set_filter(filter(level))) {
        tracing::warn!(%error, "the level of logs could not be changed");
    }
}

fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}
