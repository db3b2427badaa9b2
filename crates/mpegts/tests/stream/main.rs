//! Streams from end to end: what the mux writes, the scanner cuts and the checks judge.

mod checks;
mod groups;
mod synthetic;
