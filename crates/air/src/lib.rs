//! RetroVue Air: the playout engine. It knows how to make one uninterrupted stream of each channel, and nothing of
//! schedules, databases or viewers.
//!
//! A session is one channel on air: its splicer lays the units of the plan's segments on the timeline, the mux makes
//! packets of them, and the sink carries these to Core.
//!
//! ```text
//! control (gRPC) ─► engine ─► session: splicer ─► mux ─► sink ─► Core
//!                      └─► evidence      └─ producers (retrovue-pipeline), opened ahead
//! ```

mod control;
pub mod daemon;
pub mod encoder;
mod engine;
mod evidence;
pub mod media;
mod memory;
mod metrics;
mod plan;
mod priority;
mod sink;
mod socket;
mod splicer;
