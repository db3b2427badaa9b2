//! What channels and guides ask for, answered from what is stored.

use std::collections::HashSet;

use retrovue_schedule::Kind;
use retrovue_schedule::plan::Branding;
use retrovue_store::schedules::Channel;
use retrovue_timeline::UtcTime;

use super::subjects::Subject;
use super::{Desk, ScheduleService};
use crate::channels::source::{ChannelInfo, ChannelPlan, PlannedBranding, PlannedLogo, PlannedSegment, PlaylogSource};
use crate::failure::Failure;

impl PlaylogSource for ScheduleService {
    fn channels(&self) -> Result<Vec<ChannelInfo>, Failure> {
        Ok(self.desk.live_channels()?.into_iter().map(|channel| self.desk.info(channel)).collect())
    }

    /// Every asset is checked again: one that is not ready and approved any more comes as slate, and is logged once.
    fn segments(&self, channel: &str, from: UtcTime, to: UtcTime) -> Result<ChannelPlan, Failure> {
        let desk = &self.desk;
        let subject = desk.subject(channel)?;
        let events = desk.events(&subject, from, to)?;
        let ids: HashSet<String> = events.iter().filter_map(|stored| stored.event.asset_id.clone()).collect();
        let playable = desk.store.playable_assets(&ids.into_iter().collect::<Vec<_>>())?;
        let segments = events.into_iter().map(|stored| {
            let event = stored.event;
            let asset = event.asset_id.and_then(|asset_id| match playable.get(&asset_id) {
                Some(asset) => Some(desk.planned_asset(&subject, &asset_id, asset, event.in_offset_frames)),
                None => {
                    let why = "is planned but no longer ready and approved: slate is shown in its place";
                    desk.tell_once(channel, &format!("asset {asset_id} ({}) {why}", event.title));
                    None
                }
            });
            PlannedSegment {
                kind: if asset.is_some() { event.kind } else { Kind::Slate },
                event_id: event.event_id,
                start_frame: event.start_frame,
                frame_count: event.frame_count,
                title: event.title,
                // slate has none
                fade_in_frames: asset.as_ref().map_or(0, |_| event.fade_in_frames),
                fade_out_frames: asset.as_ref().map_or(0, |_| event.fade_out_frames),
                asset,
                page: None,
                notice: None,
            }
        });
        let segments = self.lay_overrides(&subject, segments.collect(), (from, to))?;
        Ok(ChannelPlan {
            segments,
            name: subject.channel.name.clone(),
            format: subject.plan.format,
            branding: desk.branding_of(&subject),
        })
    }
}

impl Desk {
    fn branding_of(&self, subject: &Subject) -> PlannedBranding {
        let Branding { logo, crawl } = &subject.plan.branding;
        let logo = logo.as_ref().zip(subject.channel.logo.as_ref()).map(|(logo, name)| PlannedLogo {
            path: self.logo_path(name),
            at: logo.at,
            opacity: logo.opacity,
        });
        PlannedBranding { logo, crawl: crawl.clone() }
    }

    pub(super) fn info(&self, channel: Channel) -> ChannelInfo {
        let (keep_warm, format) = self.plans.of(&channel).map(|plan| (plan.keep_warm, plan.format)).unwrap_or_default();
        let Channel { id, slug, number, name, .. } = channel;
        ChannelInfo { id, slug, number, name, keep_warm, format }
    }
}
