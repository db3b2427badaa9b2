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

/// A thread of a process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    /// As it was named, up to 15 bytes.
    pub name: String,
    /// User and system time.
    pub cpu: Duration,
    /// From -20, which goes first, to 19.
    pub niceness: i32,
}

/// The threads of a process, its first one first. One that ends meanwhile is left out.
///
/// # Errors
/// Where there is no process with this number.
pub fn threads(pid: u32) -> Result<Vec<Thread>> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).with_context(|| format!("there is no process {pid}"))?;
    let mut numbers: Vec<u32> = tasks.filter_map(|task| task.ok()?.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable_by_key(|number| (*number != pid, *number));
    Ok(numbers.into_iter().filter_map(|number| thread(&read(pid, &format!("task/{number}/stat")).ok()?).ok()).collect())
}

fn thread(stat: &str) -> Result<Thread> {
    let (_, name) = stat.split_once('(').context("a thread without a name")?;
    let (name, fields) = name.rsplit_once(')').context("a thread without a name")?;
    // niceness is field 19 of proc(5)
    let niceness = fields.split_whitespace().nth(16).context("a thread without a niceness")?.parse()?;
    Ok(Thread { name: name.to_owned(), cpu: time_in(fields), niceness })
}

/// User and system time of a process, also of one that has ended and was not waited for.
///
/// # Errors
/// Where there is none with this number.
pub fn cpu(pid: u32) -> Result<Duration> {
    let stat = read(pid, "stat")?;
    // the name is in parentheses and may hold spaces
    let (_, fields) = stat.rsplit_once(')').context("a process without a name")?;
    Ok(time_in(fields))
}

/// User and system time, fields 14 and 15 of proc(5), of those behind the name.
fn time_in(fields: &str) -> Duration {
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
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
