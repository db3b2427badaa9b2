//! The verbs beside the daemon: a file looked at, and the demo library.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use retrovue_pipeline::inspect::{InspectError, Inspection};
use serde::Serialize;

/// Looking at files yields to what is on air, and to whatever else the machine does.
const NICENESS: i32 = 10;

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Seen(Inspection),
    Failed { error: InspectError },
}

/// Prints what `path` holds as one JSON document, or `{"error":…}`.
///
/// # Errors
/// Where nothing could be printed, or GStreamer is incomplete.
pub fn inspect(path: &Path) -> anyhow::Result<()> {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "the priority stays as it is");
    }
    retrovue_pipeline::init()?;
    let answer = match retrovue_pipeline::inspect::inspect(path) {
        Ok(inspection) => Answer::Seen(inspection),
        Err(error) => Answer::Failed { error },
    };
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &answer)?;
    writeln!(stdout)?;
    Ok(())
}

/// Makes the demo library under `dir`, telling people how far it is.
///
/// # Errors
/// Where a file cannot be written or encoded.
pub fn demo(dir: &Path) -> anyhow::Result<()> {
    retrovue_pipeline::init()?;
    retrovue_pipeline::demo::make(dir, &|name, done, all| eprintln!("[{done}/{all}] {name}"))
        .with_context(|| format!("the demo library in {} could not be made", dir.display()))?;
    eprintln!("The demo library is in {}.", dir.display());
    Ok(())
}
