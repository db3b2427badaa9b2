//! A program on a terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::Printed;

/// Runs `command` on a terminal of its own, where `typed` is what was typed. Blocks.
///
/// # Errors
/// Where it cannot be run, or there is no terminal to be had.
pub(super) fn run(mut command: Command, typed: &str) -> Result<Printed> {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).context("there is no terminal to be had")?;
    grantpt(&keyboard)?;
    unlockpt(&keyboard)?;
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(ptsname(&keyboard, Vec::new())?.as_bytes()));
    let terminal = File::options().read(true).write(true).open(path)?;
    command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?).stderr(terminal);
    let mut child = command.spawn().context("it could not be run")?;
    // the terminal is the child's alone
    drop(command);
    let mut keyboard = File::from(keyboard);
    keyboard.write_all(typed.as_bytes())?;
    let mut shown = Vec::new();
    // ends with an error where the last one has left a terminal
    let _ = keyboard.read_to_end(&mut shown);
    let code = child.wait()?.code().unwrap_or(-1);
    Ok(Printed { code, stdout: String::from_utf8_lossy(&shown).into_owned(), stderr: String::new() })
}
