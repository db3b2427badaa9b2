//! Air as Core drives it: the real daemon over its socket, judged by what arrives at the TS endpoint.

#[path = "playout/control.rs"]
mod control;
#[path = "playout/stage.rs"]
mod stage;
#[path = "playout/stream.rs"]
mod stream;
