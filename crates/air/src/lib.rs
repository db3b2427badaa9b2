//! RetroVue Air: the playout engine. It knows how to make one uninterrupted stream of each channel, and nothing of
//! schedules, databases or viewers.
//!
//! A session is one channel on air: its [`splicer`] lays the units of the plan's segments on the timeline, its sink
//! carries the TS to Core.

mod plan;
mod splicer;
