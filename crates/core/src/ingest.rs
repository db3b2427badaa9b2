//! Taking media in: what a folder holds, what its names tell, what is new since last time, and what Air says
//! of it.

pub(crate) mod blocking;
pub mod compare;
pub mod discover;
pub mod inspect;
pub mod measure;
pub mod naming;
pub mod progress;
pub mod stall;
pub mod sync;
pub mod trigger;
pub mod watch;
