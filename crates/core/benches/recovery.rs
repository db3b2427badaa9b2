//! How long viewers of six channels are without new pictures where a daemon dies or hangs, judged by what the product
//! promises.
//!
//! `just bench recovery [ROUNDS]`, with the daemons of `cargo build --release --workspace --bins`.

#[path = "../tests/network/outages.rs"]
mod outages;

use std::time::Duration;

use anyhow::{Result, bail};
use outages::{Network, in_ms};
use rustix::process::Signal;

/// Where Air was killed, and where Core was restarted.
const RESUMED: Duration = Duration::from_secs(2);

/// Where Air hangs, that has to be noticed first.
const HUNG: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<()> {
    // cargo bench hands on its own options as well
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(3);
    let mut late = 0;
    let mut tell = |what: &str, times: &[Duration], bound: Duration| {
        println!("{what}: {:?} ms, at most {}", in_ms(times), bound.as_millis());
        late += times.iter().filter(|time| **time > bound).count();
    };
    let mut network = Network::ready(true).await?;
    for _ in 0..rounds {
        let mut watching = network.watched().await?;
        tell("Air killed", &network.signal_air(Signal::KILL, &mut watching).await?, RESUMED);
        drop(watching);
        let mut watching = network.watched().await?;
        tell("Air stopped", &network.signal_air(Signal::STOP, &mut watching).await?, HUNG);
        drop(watching);
        tell("Core killed", &network.restart_core(true).await?.0, RESUMED);
        tell("Core told to leave", &network.restart_core(false).await?.0, RESUMED);
    }
    drop(network);
    let mut network = Network::ready(false).await?;
    for _ in 0..rounds {
        tell("Core killed beside an Air of its own", &network.restart_core(true).await?.0, RESUMED);
    }
    if late > 0 {
        bail!("{late} channels were late");
    }
    Ok(())
}
