//! A channel leaves the network: its identity and its past stay.

use retrovue_store::schedules::{ChannelChange, ChannelState};

use super::views::Removed;
use super::{ScheduleChange, ScheduleService};
use crate::failure::Failure;

impl ScheduleService {
    /// Takes the channel off the network and frees its number. Its file applied again is the same channel again.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn remove(&self, slug: &str, dry_run: bool) -> Result<Removed, Failure> {
        let desk = &self.desk;
        let _turn = desk.decide();
        let mut channel = desk.live_channel(slug)?;
        let removed =
            Removed { slug: channel.slug.clone(), number: channel.number.clone(), name: channel.name.clone() };
        if !dry_run {
            channel.state = ChannelState::Removed;
            channel.updated_ms = desk.now().millis();
            desk.plans.forget(&channel);
            desk.store.change_channels(&[ChannelChange::of(channel)])?;
            tracing::info!(channel = slug, "channel removed");
            desk.announce(ScheduleChange::Channels);
        }
        Ok(removed)
    }
}
