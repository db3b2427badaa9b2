//! For tests: clips that carry their frame numbers, what reads them back from a stream, viewers, and real daemons.
//!
//! It judges from outside: streams are decoded by the distribution's ffmpeg, and daemons are reached as users reach
//! them. Nothing here is part of the product.

pub mod burner;
pub mod capture;
pub mod clips;
pub mod daemon;
pub mod expect;
pub mod fake_air;
pub mod faults;
mod ffmpeg;
pub mod http;
pub mod lan;
pub mod marks;
pub mod media_server;
pub mod metrics;
pub mod tone;
pub mod viewer;
pub mod wait;
