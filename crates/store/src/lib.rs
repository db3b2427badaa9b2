//! The network's memory: SQLite through diesel. Rows stay inside; domain types come out.
//!
//! Every call blocks: async callers use `spawn_blocking`. Writes go one at a time through one connection; readers
//! have a pool of their own and, in WAL mode, never wait for a writer.

pub mod asrun;
pub mod clock;
mod connection;
pub mod evidence;
pub mod library;
pub mod overrides;
pub mod schedules;
mod schema;
mod upkeep;

pub use connection::{Store, StoreError};
pub use upkeep::{DatabaseFile, Defect};
