//! A whole network as its owner and its viewers meet it: Core, Air and the command line as they are built, real files
//! whose every frame says which one it is, and ffmpeg to look at what viewers get.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

mod admission;
mod asrun;
mod bad_input;
mod breaks;
mod clock;
mod crowd;
mod discovery;
mod enrichers;
mod isolation;
mod kills;
mod leaks;
mod library;
mod loudness;
mod mistakes;
mod monitoring;
mod outages;
mod overrides;
mod planning;
mod players;
mod quarantine;
mod recovery;
mod reload;
mod secure;
mod servers;
mod sessions;
mod shutdown;
mod station;
mod stock;
mod syncs;
mod watching;
