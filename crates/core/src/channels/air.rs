//! placeholder

/// placeholder
#[derive(Clone)]
pub struct AirClient;
