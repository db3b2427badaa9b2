//! Air as Core drives it: the real daemon over its socket, judged by what arrives at the TS endpoint.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod boundaries;
mod control;
mod judge;
mod leaks;
mod overlays;
mod stage;
mod stream;
