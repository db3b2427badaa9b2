//! Faults of the machine under a daemon, switched on and off while it is on air. The daemon knows nothing of them: a
//! small library, made by the system's C compiler and loaded ahead of all others, stands between it and the machine.

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::daemon::Launch;

const SOURCE: &str = include_str!("faults/inject.c");

/// What goes wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Reads that begin at these bytes of the file wait.
    ReadsStall(PathBuf, Range<u64>),
    /// Reads that begin at these bytes of the file fail with an I/O error.
    ReadsFail(PathBuf, Range<u64>),
    /// Writes that begin at these bytes of the file fail as on a disk that is full.
    WritesFail(PathBuf, Range<u64>),
    /// Syncs of the file wait.
    SyncsStall(PathBuf),
    /// Syncs of the file fail with an I/O error.
    SyncsFail(PathBuf),
    /// libavcodec's decoder of this name waits at these of its packets.
    DecoderHangs(&'static str, Range<u64>),
    /// x264 refuses pictures of this width, at these nanoseconds of what it was given.
    EncoderFails(u32, Range<u64>),
}

/// The faults under one daemon, none at first.
#[derive(Debug)]
pub struct Faults {
    directory: TempDir,
    library: PathBuf,
    on: Mutex<Vec<Fault>>,
}

impl Faults {
    /// Makes the library.
    ///
    /// # Errors
    /// Where there is no C compiler, or no temporary directory.
    pub fn new() -> Result<Self> {
        let directory = tempfile::tempdir().context("no temporary directory could be made")?;
        let (source, library) = (directory.path().join("inject.c"), directory.path().join("inject.so"));
        fs::write(&source, SOURCE)?;
        let compiled = Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o"]).args([&library, &source]).output();
        let compiled = compiled.context("this test needs a C compiler; install it with: apt-get install gcc")?;
        if !compiled.status.success() {
            bail!("the faults could not be compiled: {}", String::from_utf8_lossy(&compiled.stderr));
        }
        Ok(Self { directory, library, on: Mutex::default() })
    }

    /// Puts `daemon` on top of them.
    pub fn under(&self, daemon: Launch) -> Launch {
        daemon.env("LD_PRELOAD", &self.library).env("TESTKIT_FAULTS", self.directory.path())
    }

    /// From now on `fault` strikes.
    ///
    /// # Errors
    /// Where the disk is full.
    pub fn strike(&self, fault: Fault) -> Result<()> {
        let mut on = self.on.lock().map_err(|_| anyhow::anyhow!("another test thread has panicked"))?;
        on.push(fault);
        self.write(&on)
    }

    /// From now on `fault` strikes no more, and what waits for it goes on.
    ///
    /// # Errors
    /// Where the disk is full.
    pub fn lift(&self, fault: &Fault) -> Result<()> {
        let mut on = self.on.lock().map_err(|_| anyhow::anyhow!("another test thread has panicked"))?;
        on.retain(|other| other != fault);
        self.write(&on)
    }

    fn write(&self, on: &[Fault]) -> Result<()> {
        for kind in Fault::KINDS {
            let lines = on.iter().filter(|fault| fault.kind() == kind).map(|fault| format!("{fault}\n"));
            // whoever reads it sees the whole of it
            let (path, unfinished) = (self.directory.path().join(kind), self.directory.path().join("unfinished"));
            fs::write(&unfinished, lines.collect::<String>())?;
            fs::rename(&unfinished, &path).with_context(|| format!("{} could not be written", path.display()))?;
        }
        Ok(())
    }
}

impl Fault {
    const KINDS: [&str; 7] =
        ["reads_stall", "reads_fail", "decoder_hangs", "encoder_fails", "writes_fail", "syncs_stall", "syncs_fail"];

    /// These shares of a file's bytes, which are places in its programme where its bit rate is constant.
    ///
    /// # Errors
    /// Where there is no such file.
    pub fn bytes_of(file: &Path, share: Range<f64>) -> Result<Range<u64>> {
        let length = fs::metadata(file)?.len() as f64;
        Ok((length * share.start) as u64..(length * share.end) as u64)
    }

    fn kind(&self) -> &'static str {
        Self::KINDS[match self {
            Self::ReadsStall(..) => 0,
            Self::ReadsFail(..) => 1,
            Self::DecoderHangs(..) => 2,
            Self::EncoderFails(..) => 3,
            Self::WritesFail(..) => 4,
            Self::SyncsStall(..) => 5,
            Self::SyncsFail(..) => 6,
        }]
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (range, target): (_, &dyn fmt::Display) = match self {
            Self::ReadsStall(path, range) | Self::ReadsFail(path, range) | Self::WritesFail(path, range) => {
                (range, &path.display())
            }
            Self::SyncsStall(path) | Self::SyncsFail(path) => (&(0..1), &path.display()),
            Self::DecoderHangs(name, range) => (range, name),
            Self::EncoderFails(width, range) => (range, width),
        };
        write!(f, "{} {} {target}", range.start, range.end)
    }
}
