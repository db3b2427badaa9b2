//! Channels with their plans read and their zones found.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use retrovue_schedule::Plan;
use retrovue_store::schedules::{Channel, ChannelState};

use super::Desk;
use crate::failure::{Failure, Kind};

/// A channel, its plan, and the zone that it follows.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) channel: Channel,
    pub(super) plan: Arc<Plan>,
    pub(super) zone: TimeZone,
}

/// Plans read, by channel id, beside the generation they were read for: one for each live channel.
#[derive(Default)]
pub(super) struct Plans(Mutex<HashMap<String, (u64, Arc<Plan>)>>);

impl Plans {
    /// What the stored file of `channel` means. None where it cannot be read any more.
    pub(super) fn of(&self, channel: &Channel) -> Option<Arc<Plan>> {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((generation, plan)) = plans.get(&channel.id)
            && *generation == channel.generation
        {
            return Some(plan.clone());
        }
        let plan = Arc::new(Plan::read(&channel.text).0?);
        plans.insert(channel.id.clone(), (channel.generation, plan.clone()));
        Some(plan)
    }

    pub(super) fn forget(&self, channel: &Channel) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&channel.id);
    }
}

impl Subject {
    pub(super) fn new(channel: Channel, plan: Arc<Plan>) -> Self {
        let zone = zone_of(&channel.time_zone);
        Self { channel, plan, zone }
    }
}

impl Desk {
    /// The live channel called `slug`.
    pub(super) fn subject(&self, slug: &str) -> Result<Subject, Failure> {
        self.subject_of(self.live_channel(slug)?)
    }

    pub(super) fn subject_of(&self, channel: Channel) -> Result<Subject, Failure> {
        let Some(plan) = self.plans.of(&channel) else {
            let message = format!("the stored file of channel {} cannot be read any more", channel.slug);
            return Err(Failure::new(Kind::Failed, "plan_unreadable", message)
                .hint("retrovue schedule check tells why; apply a mended file"));
        };
        Ok(Subject::new(channel, plan))
    }

    pub(super) fn live_channels(&self) -> Result<Vec<Channel>, Failure> {
        let mut channels = self.store.channels()?;
        channels.retain(|channel| channel.state == ChannelState::Live);
        channels.sort_by_cached_key(|channel| number_key(&channel.number));
        Ok(channels)
    }

    pub(super) fn unknown(&self, slug: &str) -> Failure {
        let failure = Failure::not_found("channel_not_found", format!("there is no channel {slug:?}"));
        let slugs = self.live_channels().unwrap_or_default();
        let nearest = slugs
            .iter()
            .map(|channel| (strsim::jaro_winkler(slug, &channel.slug), channel))
            .filter(|(likeness, _)| *likeness > 0.7)
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        match nearest {
            Some((_, channel)) => failure.hint(format!("did you mean {}?", channel.slug)),
            None => failure.hint("retrovue channel list shows all"),
        }
    }
}

/// Sorts `2` before `2.1` before `10`.
fn number_key(number: &str) -> (Vec<u64>, String) {
    (number.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect(), number.to_owned())
}

/// The zone that a plan follows from now on. Where the plan names none, it is the one recorded when the plan was
/// applied first: a system that moves does not move what is published.
pub(super) fn zone_name(plan: &Plan, before: Option<&Channel>) -> String {
    if let Some(named) = &plan.timezone {
        return named.clone();
    }
    let recorded = before.filter(|channel| Plan::read(&channel.text).0.is_some_and(|plan| plan.timezone.is_none()));
    recorded.map_or_else(system_zone, |channel| channel.time_zone.clone())
}

/// The system's zone, UTC where it has no name.
pub(super) fn system_zone() -> String {
    TimeZone::system()
        .iana_name()
        .filter(|name| TimeZoneDatabase::bundled().get(name).is_ok())
        .unwrap_or("UTC")
        .to_owned()
}

pub(super) fn zone_of(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC)
}
