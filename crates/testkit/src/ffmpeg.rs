//! Running the distribution's ffmpeg.

use std::ffi::OsStr;
use std::io::{ErrorKind, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

/// An ffmpeg that runs, and the thread that reads what it says.
pub(crate) struct Ffmpeg {
    child: Child,
    stderr: thread::JoinHandle<String>,
}

impl Ffmpeg {
    /// Starts ffmpeg with both pipes open.
    pub(crate) fn start(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Self> {
        let spawned = Command::new("ffmpeg")
            .args(["-hide_banner", "-nostats"])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match spawned {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("these tests need ffmpeg, which is not installed; install it with: apt-get install ffmpeg")
            }
            spawned => spawned.context("ffmpeg could not be started")?,
        };
        let mut pipe = child.stderr.take().context("ffmpeg has no stderr")?;
        // read beside the other pipes: a full one would stop ffmpeg
        let stderr = thread::spawn(move || {
            let mut said = Vec::new();
            let _ = pipe.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        Ok(Self { child, stderr })
    }

    /// What ffmpeg reads, once.
    pub(crate) fn stdin(&mut self) -> Result<ChildStdin> {
        self.child.stdin.take().context("ffmpeg's input is already taken")
    }

    /// What ffmpeg writes, once.
    pub(crate) fn stdout(&mut self) -> Result<ChildStdout> {
        self.child.stdout.take().context("ffmpeg's output is already taken")
    }

    /// Waits for the end and returns what ffmpeg said.
    ///
    /// # Errors
    /// Where ffmpeg failed, with the last lines of what it said.
    pub(crate) fn finish(mut self) -> Result<String> {
        drop(self.child.stdin.take());
        let status = self.child.wait().context("ffmpeg could not be awaited")?;
        let said = self.stderr.join().unwrap_or_default();
        if !status.success() {
            let lines: Vec<&str> = said.lines().rev().take(12).collect();
            bail!("ffmpeg failed ({status}): {}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        Ok(said)
    }
}
