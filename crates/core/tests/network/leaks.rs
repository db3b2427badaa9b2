//! What a daemon keeps of the deaths of the other one: nothing. `CHAOS_KILLS` and `CHAOS_SEED` choose how many there are.

use std::path::Path;
use std::time::Duration;

use retrovue_testkit::daemon::Usage;
use retrovue_testkit::wait::wait_for;
use rustix::process::Signal;

use crate::kills::{Dice, chosen};
use crate::outages::{Network, in_ms};
use crate::station::SOON;

/// Threads that block are kept for others to use for 10 s, and Air gives memory back 5 s after a session.
const REST: Duration = Duration::from_secs(12);

/// By how much memory may differ: what lies free amid what is in use. A channel that is left behind keeps more at each kill.
const SLACK: u64 = 16 << 20;

/// A daemon's usage and the home's files, once nobody has watched for a while.
async fn at_rest(network: &Network, pid: u32) -> (Usage, Vec<String>) {
    let idle = async || {
        let status = network.data(&["status"]).await.ok()?;
        let channels = status["channels"].as_array()?;
        channels.iter().all(|channel| channel["state"] == "idle" && channel["viewers"] == 0).then_some(())
    };
    wait_for("all channels to be idle", SOON, idle).await.unwrap();
    tokio::time::sleep(REST).await;
    (Usage::of(pid).unwrap(), files(network.site.home()))
}

/// All that lies in a home but its library: sockets, the database, evidence, logs.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.ends_with("library") {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path.to_string_lossy().into_owned()),
        }
    }
    found.sort();
    found
}

/// Processes that were started with this home, by their state: `Z` has ended and nobody has looked.
fn processes(home: &Path) -> Vec<(u32, char)> {
    let wanted = [b"RETROVUE_HOME=", home.as_os_str().as_encoded_bytes()].concat();
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted).then_some(())?;
        Some((pid, state(pid)?))
    })
    .collect()
}

fn state(pid: u32) -> Option<char> {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?.rsplit_once(") ")?.1.chars().next()
}

/// Those of its children that have ended, and that it has not looked at.
fn zombies_of(parent: u32) -> Vec<u32> {
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with(&format!("Z {parent} ")))
    })
    .collect()
}

/// What `pid` uses comes back to what it was.
async fn nothing_is_left(network: &Network, pid: u32, (before, files): &(Usage, Vec<String>)) {
    let (_, now) = at_rest(network, pid).await;
    let settled = async || {
        let usage = Usage::of(pid).unwrap();
        let held = usage.descriptors <= before.descriptors && usage.threads <= before.threads;
        (held && usage.memory < before.memory + SLACK).then_some(())
    };
    let settled = wait_for("descriptors, threads and memory to be given back", SOON, settled).await;
    println!("before: {before:?}\nafter:  {:?}", Usage::of(pid).unwrap());
    settled.unwrap();
    // evidence is written into another volume at each start of Air, and the old one goes when it is stored
    let grown = now.len() as i64 - files.len() as i64;
    assert!(grown <= 1, "{grown} files more: {now:?}");
    assert_eq!(zombies_of(pid), [0; 0]);
}

#[tokio::test]
async fn on_air_nothing_is_left_of_an_air_that_was_killed() {
    let (kills, seed) = (chosen("CHAOS_KILLS", 4), chosen("CHAOS_SEED", 8));
    let network = Network::ready(true).await.unwrap();
    let core = network.core.pid();
    let (mut dice, mut before) = (Dice(seed), None);
    for _half in 0..2 {
        let mut watching = network.watched().await.unwrap();
        for _ in 0..kills / 2 {
            tokio::time::sleep(Duration::from_millis(dice.roll(1500))).await;
            let signal = if dice.roll(4) == 0 { Signal::STOP } else { Signal::KILL };
            let without = network.signal_air(signal, &mut watching).await.unwrap();
            println!("Air {signal:?}: new pictures after {:?} ms", in_ms(&without));
        }
        drop(watching);
        match &before {
            None => before = Some(at_rest(&network, core).await),
            Some(before) => nothing_is_left(&network, core, before).await,
        }
    }
    let running = processes(network.site.home());
    assert_eq!(running.len(), 2, "one Core and one Air: {running:?}");
}

#[tokio::test]
async fn on_air_nothing_is_left_of_a_core_that_was_killed() {
    let (kills, seed) = (chosen("CHAOS_KILLS", 4), chosen("CHAOS_SEED", 8));
    let mut network = Network::ready(false).await.unwrap();
    let air = network.air_pid().await.unwrap();
    let (mut dice, mut before) = (Dice(seed), None);
    for _half in 0..2 {
        for _ in 0..kills / 2 {
            let killed = dice.roll(2) == 0;
            let (first, watching) = network.restart_core(killed).await.unwrap();
            println!("Core {}: first pictures after {:?} ms", if killed { "killed" } else { "left" }, in_ms(&first));
            tokio::time::sleep(Duration::from_millis(dice.roll(1500))).await;
            drop(watching);
        }
        match &before {
            None => before = Some(at_rest(&network, air).await),
            Some(before) => nothing_is_left(&network, air, before).await,
        }
    }
    let running = processes(network.site.home());
    assert_eq!(running.len(), 2, "one Core and one Air: {running:?}");
}
