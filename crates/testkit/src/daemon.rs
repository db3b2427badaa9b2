//! Real daemons, each installation in a home of its own.

mod process;
mod site;
mod system_clock;
mod terminal;
mod usage;

pub use process::{Daemon, Launch};
pub use site::{Answer, Printed, Site};
pub use system_clock::SystemClock;
pub use usage::{Thread, Usage, cpu, threads};

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// A program of this workspace, as cargo built it beside the running test.
///
/// # Errors
/// Where it is not built.
pub fn binary(name: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(format!("CARGO_BIN_EXE_{name}")) {
        return Ok(path.into());
    }
    let path = profile_directory()?.join(name);
    if !path.exists() {
        bail!("{} is not there; build it first: cargo build --workspace", path.display());
    }
    Ok(path)
}

/// `target/debug`, or wherever the running test was built: it is in `deps` below, or there itself.
pub(crate) fn profile_directory() -> Result<PathBuf> {
    let test = std::env::current_exe().context("the running test has no path")?;
    let directory = test.parent().context("the running test is in no directory")?;
    let is_deps = directory.file_name().is_some_and(|name| name == "deps" || name == "examples");
    let directory = if is_deps { directory.parent().unwrap_or(directory) } else { directory };
    Ok(directory.to_owned())
}
