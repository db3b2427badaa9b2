//! RetroVue Core: what and when. It keeps schedules, runs channels, serves viewers and operators, and drives Air.
//!
//! Core holds no codec and touches no picture.

pub mod api;
pub mod app;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod daemon;
pub mod director;
pub mod evidence;
pub mod failure;
pub mod fanout;
pub mod home;
pub mod http;
pub mod ingest;
pub mod instants;
pub mod metrics;
pub mod quarantine;
pub mod usecases;
