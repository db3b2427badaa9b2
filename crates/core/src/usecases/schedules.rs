//! placeholder

use retrovue_kit::{MasterClock, Settings};
use retrovue_store::Store;
use retrovue_timeline::UtcTime;

use crate::channels::source::{ChannelInfo, ChannelPlan, GuideChannel, GuideSource, PlaylogSource};
use crate::failure::Failure;

/// placeholder
#[derive(Clone)]
pub struct ScheduleService;

impl ScheduleService {
    /// placeholder
    pub fn new(_store: Store, _clock: MasterClock, _settings: &Settings) -> Self {
        Self
    }
}

impl PlaylogSource for ScheduleService {
    fn channels(&self) -> Result<Vec<ChannelInfo>, Failure> {
        Ok(Vec::new())
    }

    fn segments(&self, channel: &str, _from: UtcTime, _to: UtcTime) -> Result<ChannelPlan, Failure> {
        Err(Failure::not_found("channel_not_found", format!("there is no channel {channel}")))
    }
}

impl GuideSource for ScheduleService {
    fn guide(&self, _from: UtcTime, _to: UtcTime) -> Result<Vec<GuideChannel>, Failure> {
        Ok(Vec::new())
    }
}
