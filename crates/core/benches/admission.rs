//! How many channels the machine carries, and whether those that are on air suffer where three times as many are asked
//! for: no slot of theirs may be slate or late.
//!
//! `just bench admission [SECONDS]`, with the daemons of `cargo build --release --workspace --bins`.

#[path = "../tests/network/crowd.rs"]
mod crowd;

use anyhow::{Result, bail};
use crowd::{Crowd, Picture, faults, watch};

const PICTURE: Picture = Picture { width: 1280, height: 720, video_kbps: 2500 };

/// As it is where nobody says anything.
const BUDGET: u32 = 80;

const TOO_MANY: usize = 3;

/// What was refused is asked for again so many times, this far apart.
const AGAIN: usize = 5;
const PAUSE_SECONDS: f64 = 3.0;

#[tokio::main]
async fn main() -> Result<()> {
    // cargo bench hands on its own options as well
    let seconds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(60.0);
    let crowd = Crowd::ready(PICTURE, BUDGET).await?;
    let first = crowd.channels(1).await?;
    println!("before any was on air: {}", crowd.load().await?);
    let (mut first, _) = crowd.ask(&first).await?;
    watch(&mut first, 10.0).await?;
    let known = crowd.load().await?;
    drop(first);
    let names = crowd.channels(TOO_MANY * usize::try_from(known.channels + known.more)?).await?;
    println!("{} channels of 720p30 are asked for at once, after one: {known}", names.len());
    let (mut viewers, mut refused) = (Vec::new(), names.clone());
    for round in 0..=AGAIN {
        let asked = std::mem::take(&mut refused);
        let before = viewers.len();
        let (newcomers, sent_away) = crowd.ask(&asked).await?;
        viewers.extend(newcomers);
        refused.extend(sent_away);
        let (newcomers, load) = (viewers.len() - before, crowd.load().await?);
        println!("round {round}: {newcomers} let in, {} refused; {load}; {}", refused.len(), crowd.slots().await?);
        watch(&mut viewers, PAUSE_SECONDS).await?;
    }
    watch(&mut viewers, seconds).await?;
    let (load, slots, faults) = (crowd.load().await?, crowd.slots().await?, faults(&viewers)?);
    println!("after {seconds} s more: {load}; {} tuners are told", crowd.tuners().await?);
    println!("{slots}");
    faults.iter().for_each(|fault| println!("{fault}"));
    if slots.slate + slots.late > 0 || !faults.is_empty() {
        bail!("channels that are on air have suffered");
    }
    Ok(())
}
