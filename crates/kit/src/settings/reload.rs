//! Settings that are read again while a daemon runs.

use std::fmt;
use std::path::{Path, PathBuf};

use super::keys::{KEYS, Key};
use super::{Loaded, Settings, SettingsProblem, load};

/// Which daemon reads settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Core goes by all of them.
    Core,
    /// Air goes by some.
    Air,
}

/// A setting that is another than it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `viewers.linger`
    pub key: &'static str,
    /// What holds, or held until now.
    pub old: String,
    /// What it is to be.
    pub new: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {:?} to {:?}", self.key, self.old, self.new)
    }
}

/// What reading again has led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// These hold now.
    pub applied: Vec<Change>,
    /// These will after a restart.
    pub waiting: Vec<Change>,
}

/// The settings of a running daemon, and where they come from.
#[derive(Clone, Debug)]
pub struct Reloader {
    reader: Reader,
    file: Option<PathBuf>,
    environment: Vec<(String, String)>,
    held: Loaded,
}

impl Reloader {
    /// Loads settings, as [`load`] does.
    ///
    /// # Errors
    /// As there.
    pub fn load(
        reader: Reader,
        file: Option<&Path>,
        environment: Vec<(String, String)>,
    ) -> Result<Self, Vec<SettingsProblem>> {
        let held = load(file, environment.clone())?;
        Ok(Self { reader, file: file.map(Path::to_owned), environment, held })
    }

    /// The settings that hold.
    pub fn settings(&self) -> &Settings {
        &self.held.settings
    }

    /// Loads them again: what is live holds from here on, what is not stays as it was.
    ///
    /// # Errors
    /// Every problem at once; then all stay as they were.
    pub fn again(&mut self) -> Result<Reloaded, Vec<SettingsProblem>> {
        let next = load(self.file.as_deref(), self.environment.clone())?;
        let mut reloaded = Reloaded::default();
        let is_ours = |key: &Key| self.reader == Reader::Core || key.air;
        for ((key, held), next) in KEYS.iter().zip(&mut self.held.entries).zip(next.entries) {
            if held.value == next.value || !is_ours(key) {
                continue;
            }
            let change = Change { key: key.name, old: held.value.clone(), new: next.value.clone() };
            // it was just set without a problem
            if key.live && (key.set)(&mut self.held.settings, next.value.trim()).is_ok() {
                *held = next;
                reloaded.applied.push(change);
            } else {
                reloaded.waiting.push(change);
            }
        }
        Ok(reloaded)
    }
}
