//! Air as Core drives it: the real daemon over its socket, judged by what arrives at the TS endpoint.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod boundaries;
mod changes;
mod control;
mod corpus;
mod evidence;
mod faults;
mod in_points;
mod inspect;
mod joins;
mod judge;
mod leaks;
mod overlays;
mod pages;
mod programme;
mod stage;
mod starts;
mod stream;
