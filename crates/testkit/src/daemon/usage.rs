//! What a process uses, as the kernel counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// A process at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// User and system time since it started, all threads.
    pub cpu: Duration,
    /// Memory that is its own and in RAM, in bytes: what others share with it is not counted.
    pub memory: u64,
    /// Threads.
    pub threads: usize,
    /// Open file descriptors.
    pub descriptors: usize,
}

impl Usage {
    /// Of a process that runs.
    ///
    /// # Errors
    /// Where there is none with this number.
    pub fn of(pid: u32) -> Result<Self> {
        let status = read(pid, "status")?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        let threads = usize::try_from(field("Threads:"))?;
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        Ok(Self { cpu: cpu(pid)?, memory: field("RssAnon:") * 1024, threads, descriptors })
    }
}

/// User and system time of a process, also of one that has ended and was not waited for.
///
/// # Errors
/// Where there is none with this number.
pub fn cpu(pid: u32) -> Result<Duration> {
    let stat = read(pid, "stat")?;
    // the name is in parentheses and may hold spaces; user and system time are fields 14 and 15 of proc(5)
    let (_, fields) = stat.rsplit_once(')').context("a process without a name")?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
}

fn read(pid: u32, file: &str) -> Result<String> {
    fs::read_to_string(format!("/proc/{pid}/{file}")).with_context(|| format!("there is no process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.memory > 0 && usage.threads > 0 && usage.descriptors > 2, "{usage:?}");
        Usage::of(u32::MAX).unwrap_err();
    }
}
