//! From a plan to frames, as pure functions: `(inputs, T) → (result, problems)`. No I/O, no clock, no chance that is
//! not seeded.
//!
//! A channel file ([`plan`]) becomes broadcast days ([`day`]), and those become the frame-exact playlog ([`playlog`]).
//! What was really sent is told by [`asrun`].

pub mod asrun;
pub mod asset;
mod chance;
pub mod day;
#[cfg(test)]
mod fixtures;
mod natural;
pub mod plan;
pub mod playlog;
pub mod problem;
pub mod suggest;

pub use asset::{Asset, Kind, MediaType};
pub use day::{Cursors, DayStart, Item, ScheduleDay};
pub use plan::Plan;
pub use playlog::Event;
pub use problem::{Position, Problem, Severity};
