//! One daemon: started, watched, and gone with all its children when the test ends.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::wait::wait_for;

/// How much of a log a failure shows.
const SHOWN_LINES: usize = 60;

/// How to start a daemon.
#[derive(Clone, Debug)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    log: PathBuf,
}

impl Launch {
    /// `program`, with what it says going to `log`.
    pub fn new(program: &Path, log: &Path) -> Self {
        Self { program: program.into(), arguments: Vec::new(), environment: Vec::new(), log: log.into() }
    }

    /// One more argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().into());
        self
    }

    /// One more variable. Those of the test that start with `RETROVUE_` are not passed on.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().into(), value.as_ref().into()));
        self
    }

    /// Modes of files bind it, also where the test is root, whom they do not bind.
    pub fn heeding_modes(mut self) -> Self {
        if rustix::process::geteuid().is_root() {
            let program = std::mem::replace(&mut self.program, "setpriv".into());
            self.arguments.splice(0..0, ["--bounding-set=-dac_override,-dac_read_search".into(), program.into()]);
        }
        self
    }

    /// Starts it, in a process group of its own.
    ///
    /// # Errors
    /// Where it cannot be started at all.
    pub fn start(&self) -> Result<Daemon> {
        let log = File::options().create(true).append(true).open(&self.log).context("no log could be opened")?;
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let child = command.spawn().with_context(|| format!("{} could not be started", self.program.display()))?;
        let name = self.program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Daemon { name, child, log: self.log.clone() })
    }

    /// The command without its pipes.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"RETROVUE_")) {
            command.env_remove(name);
        }
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        command
    }
}

/// A daemon that runs. Dropping it kills it and all that it started; where the test is failing, its log is shown.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Its process, which is its process group too.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// How it ended, where it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for a condition of this daemon, as [`wait_for`] does, and gives up at once where it ends.
    ///
    /// # Errors
    /// After the deadline, or where the daemon ends, with the end of its log.
    pub async fn wait_for<T>(
        &mut self,
        what: &str,
        deadline: Duration,
        mut condition: impl AsyncFnMut() -> Option<T>,
    ) -> Result<T> {
        let found = wait_for(what, deadline, async || match condition().await {
            Some(found) => Some(Ok(found)),
            None => self.ended().map(Err),
        });
        match found.await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(status)) => bail!("{} ended ({status}) before {what}:\n{}", self.name, self.log_end()),
            Err(error) => Err(error.context(format!("{}'s log ends with:\n{}", self.name, self.log_end()))),
        }
    }

    /// Sends a signal to the daemon alone.
    ///
    /// # Errors
    /// Where it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.group().context("a process without a number")?;
        kill_process(pid, signal).context("the daemon could not be signalled")
    }

    /// Sends SIGTERM to the daemon alone and waits until it has ended.
    ///
    /// # Errors
    /// After the deadline, with the end of its log.
    pub async fn terminate(&mut self, deadline: Duration) -> Result<ExitStatus> {
        if self.ended().is_none() {
            self.signal(Signal::TERM)?;
        }
        let name = self.name.clone();
        let ended = wait_for(&format!("{name} to end"), deadline, async || self.ended()).await;
        ended.with_context(|| format!("{name}'s log ends with:\n{}", self.log_end()))
    }

    /// Kills the daemon alone, as a crash does; what it started is left to itself until this is dropped.
    ///
    /// # Errors
    /// Where it is not ours to kill.
    pub fn crash(&mut self) -> Result<()> {
        self.child.kill().context("the daemon could not be killed")?;
        self.child.wait().context("the daemon could not be awaited")?;
        Ok(())
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()).ok()?)
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(group) = self.group() {
            // fails where nothing of the group is left, which is what is wanted
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("---- the end of {}'s log ----\n{}\n----", self.name, self.log_end());
        }
    }
}
