//! placeholder

/// placeholder
#[derive(Clone)]
pub struct ScheduleService;
