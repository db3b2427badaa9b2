//! Use cases: every operation of the product, called alike by HTTP and the CLI.

pub mod asrun;
pub mod clock;
pub mod database;
pub mod enrichers;
pub mod library;
pub mod network;
pub mod schedules;
