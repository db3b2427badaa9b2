//! Channels on air, from a fake Air's socket to viewers' responses.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

mod admission;
mod discovery;
mod isolation;
mod sessions;
mod slow;
mod station;
mod tuner;
mod viewer;
mod web;
