//! placeholder

pub mod air;

/// placeholder
#[derive(Clone)]
pub struct Channels;
