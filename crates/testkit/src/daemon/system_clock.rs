//! A system clock for daemons that a test can step, while the machine's own stays as it is.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

const SOURCE: &str = include_str!("system_clock.c");

/// What programs that are started with [`Self::environment`] take for the system's clock.
#[derive(Debug)]
pub struct SystemClock {
    library: PathBuf,
    path: PathBuf,
    shift: File,
}

impl SystemClock {
    /// A clock that shows what the machine's does, kept in `folder`.
    ///
    /// # Errors
    /// Where there is no C compiler, or nothing can be written.
    pub fn new(folder: &Path) -> Result<Self> {
        let [source, library, path] = ["clock.c", "clock.so", "clock.shift"].map(|name| folder.join(name));
        std::fs::write(&source, SOURCE)?;
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl");
        let built = compiler.output().context("there is no C compiler")?;
        ensure!(built.status.success(), "the clock was not built: {}", String::from_utf8_lossy(&built.stderr));
        let shift = File::create(&path)?;
        let clock = Self { library, path, shift };
        clock.show_ahead_by(0)?;
        Ok(clock)
    }

    /// Steps it: from now on it is so many milliseconds ahead of the machine's.
    ///
    /// # Errors
    /// Where its file cannot be written.
    pub fn show_ahead_by(&self, millis: i64) -> Result<()> {
        Ok(self.shift.write_all_at(&(millis * 1_000_000).to_ne_bytes(), 0)?)
    }

    /// The variables by which programs take it.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        [("LD_PRELOAD", text(&self.library)), ("SHIFTED_CLOCK", text(&self.path))]
    }
}
