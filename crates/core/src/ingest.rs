//! Taking media in: what a folder holds, what its names tell, what is new since last time, and what Air says
//! of it.

mod asking;
mod batches;
mod blame;
pub(crate) mod blocking;
pub mod compare;
pub mod discover;
pub mod enrich;
pub mod inspect;
pub mod measure;
pub mod naming;
pub mod nfo;
pub mod progress;
pub mod provider;
pub mod servers;
pub mod sidecars;
pub mod stall;
pub mod sync;
pub mod trigger;
pub mod watch;

/// FNV-1a: tells contents apart, guards nothing.
fn hashed(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
