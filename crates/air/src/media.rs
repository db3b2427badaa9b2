//! The verbs beside the daemon: a file looked at, and the demo library.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use retrovue_pipeline::inspect::{self, InspectError, Inspection};
use serde::{Deserialize, Serialize};

/// Looking at files yields to what is on air, and to whatever else the machine does.
const LOOKING_NICENESS: i32 = 10;

/// Measuring has hours. The kernel derives the priority at the disk from this, too: the lowest but idle (`ioprio_set(2)`).
const MEASURING_NICENESS: i32 = 19;

/// What the child that looks at a file tells the daemon: one JSON document per line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    /// Which part of the work is done, 0 to 1.
    Fraction(f64),
    /// Last, and once: what the file holds,
    Inspection(Box<Inspection>),
    /// or why it holds nothing.
    Error(InspectError),
}

/// Prints what `path` holds, a line of JSON; of a file that is measured before it how far that is, more such lines.
///
/// # Errors
/// Where nothing could be printed, or GStreamer is incomplete.
pub fn inspect(path: &Path, measured: bool) -> anyhow::Result<()> {
    let niceness = if measured { MEASURING_NICENESS } else { LOOKING_NICENESS };
    if let Err(error) = rustix::process::setpriority_process(None, niceness) {
        tracing::debug!(%error, "the priority stays as it is");
    }
    leave_with_stdin()?;
    retrovue_pipeline::init()?;
    let found = if measured {
        // The last word tells whether anybody listens.
        inspect::measure(path, &|part| drop(tell(&Told::Fraction(part))))
    } else {
        inspect::inspect(path)
    };
    tell(&found.map_or_else(Told::Error, |inspection| Told::Inspection(Box::new(inspection))))?;
    Ok(())
}

/// The daemon holds the other end of the standard input: when it ends, nobody waits any more.
fn leave_with_stdin() -> io::Result<()> {
    let leave = || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(1);
    };
    std::thread::Builder::new().name("inspect-stdin".to_owned()).spawn(leave)?;
    Ok(())
}

fn tell(what: &Told) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, what)?;
    writeln!(stdout)
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
