//! Questions about what is on air, answered from what is stored.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use retrovue_schedule::Item;
use retrovue_store::schedules::{Channel, ChannelState, Generation, StoredEvent, StoredItem};
use retrovue_timeline::{FrameRate, UtcTime};

use super::drafts::FOR_EVER;
use super::subjects::Subject;
use super::views::{
    ChannelDetail, ChannelFile, ChannelView, ChannelsView, DayView, EventAssetView, EventView, FormatView,
    GenerationView, ItemView, PlaylogView, ScheduleView,
};
use super::{Desk, ScheduleService};
use crate::failure::Failure;
use crate::instants::rfc3339;
use crate::usecases::library::file_uri;

/// Generations that are told of a channel.
const GENERATIONS: u32 = 20;

impl ScheduleService {
    /// All live channels, by number, as operators see them.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn list(&self) -> Result<ChannelsView, Failure> {
        let channels = self.desk.live_channels()?;
        let views = channels.into_iter().map(|channel| self.desk.subject_of(channel).map(|subject| view(&subject)));
        Ok(ChannelsView { channels: views.collect::<Result<_, _>>()? })
    }

    /// One channel and how far it is planned.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn channel(&self, slug: &str) -> Result<ChannelDetail, Failure> {
        let subject = self.desk.subject(slug)?;
        let (id, rate) = (&subject.channel.id, subject.plan.format.frame_rate);
        let generations = self.desk.store.plan_generations(id, GENERATIONS)?.into_iter();
        let playlog_end = self.desk.store.playlog_span(id)?.map(|(_, end)| rate.start_of(end));
        Ok(ChannelDetail {
            channel: view(&subject),
            locked_until: self.desk.locked_until(id, self.desk.now())?.map(rfc3339),
            playlog_until: playlog_end.map(rfc3339),
            schedule_until: self.desk.store.schedule_end(id)?.map(rfc3339),
            generations: generations.map(generation_view).collect(),
        })
    }

    /// The channel's file, byte for byte.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn export(&self, slug: &str) -> Result<ChannelFile, Failure> {
        let channel = self.desk.live_channel(slug)?;
        Ok(ChannelFile { slug: channel.slug, file: channel.file_name, text: channel.text })
    }

    /// The items on air in `hours` from `from`, by broadcast day.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn schedule(&self, slug: &str, from: UtcTime, hours: u32) -> Result<ScheduleView, Failure> {
        let desk = &self.desk;
        let channel = desk.live_channel(slug)?;
        let to = from.plus(Duration::from_secs(u64::from(hours) * 3600));
        let locked = desk.locked_until(&channel.id, desk.now())?;
        let mut days: BTreeMap<_, Vec<StoredItem>> = BTreeMap::new();
        for stored in desk.store.schedule_items(&channel.id, from, to)? {
            days.entry(stored.date).or_default().push(stored);
        }
        let days = days.into_iter().map(|(date, items)| DayView {
            date: date.to_string(),
            generation: items.iter().map(|stored| stored.generation).max().unwrap_or_default(),
            locked: items.iter().all(|stored| locked.is_some_and(|locked| stored.item.end <= locked)),
            items: items.into_iter().map(|stored| item_view(stored.item)).collect(),
        });
        Ok(ScheduleView { channel: channel.slug, locked_until: locked.map(rfc3339), days: days.collect() })
    }

    /// The events on air at any instant of `[from, to)`, whole; from now and to the end of what is stored where the
    /// span is open.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn playlog(&self, slug: &str, from: Option<UtcTime>, to: Option<UtcTime>) -> Result<PlaylogView, Failure> {
        let desk = &self.desk;
        let subject = desk.subject(slug)?;
        let rate = subject.plan.format.frame_rate;
        let events = desk.events(&subject, from.unwrap_or_else(|| desk.now()), to.unwrap_or(FOR_EVER))?;
        let ids: HashSet<String> = events.iter().filter_map(|stored| stored.event.asset_id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let assets: HashMap<String, EventAssetView> = desk
            .store
            .assets_by_id(&ids)?
            .into_iter()
            .map(|asset| {
                let uri = file_uri(&asset.path());
                (asset.id.clone(), EventAssetView { id: asset.id, uri, title: asset.description.title })
            })
            .collect();
        Ok(PlaylogView {
            channel: subject.channel.slug.clone(),
            format: FormatView::of(&subject.plan.format),
            events: events.into_iter().map(|stored| event_view(rate, stored, &assets)).collect(),
        })
    }
}

impl Desk {
    pub(super) fn live_channel(&self, slug: &str) -> Result<Channel, Failure> {
        let channel = self.store.channel(slug)?.filter(|channel| channel.state == ChannelState::Live);
        channel.ok_or_else(|| self.unknown(slug))
    }

    pub(super) fn events(&self, subject: &Subject, from: UtcTime, to: UtcTime) -> Result<Vec<StoredEvent>, Failure> {
        let rate = subject.plan.format.frame_rate;
        Ok(self.store.playlog_events(&subject.channel.id, rate.frame_at(from), rate.frame_at_or_after(to))?)
    }
}

fn generation_view(made: Generation) -> GenerationView {
    GenerationView {
        generation: made.generation,
        cause: made.cause.word().to_owned(),
        made_utc: rfc3339(UtcTime::from_millis(made.made_ms)),
        frozen_from: made.frozen_from.map(rfc3339),
    }
}

fn view(subject: &Subject) -> ChannelView {
    let channel = &subject.channel;
    ChannelView {
        slug: channel.slug.clone(),
        number: channel.number.clone(),
        name: channel.name.clone(),
        state: "live".to_owned(),
        id: channel.id.clone(),
        generation: channel.generation,
        timezone: channel.time_zone.clone(),
        format: FormatView::of(&subject.plan.format),
        file: channel.file_name.clone(),
        created_utc: rfc3339(UtcTime::from_millis(channel.created_ms)),
        updated_utc: rfc3339(UtcTime::from_millis(channel.updated_ms)),
    }
}

pub(super) fn item_view(item: Item) -> ItemView {
    ItemView {
        item_id: item.item_id,
        title: item.title,
        subtitle: item.subtitle,
        kind: item.kind.word().to_owned(),
        start_utc: rfc3339(item.start),
        end_utc: rfc3339(item.end),
        asset_id: item.asset_id,
        rule: item.rule,
    }
}

fn event_view(rate: FrameRate, stored: StoredEvent, assets: &HashMap<String, EventAssetView>) -> EventView {
    let event = stored.event;
    let asset = event.asset_id.map(|id| {
        let unknown = || EventAssetView { id: id.clone(), uri: String::new(), title: event.title.clone() };
        assets.get(&id).cloned().unwrap_or_else(unknown)
    });
    EventView {
        event_id: event.event_id,
        block_id: event.block_id,
        kind: event.kind.word().to_owned(),
        start_utc: rfc3339(UtcTime::from_millis(rate.start_millis(event.start_frame))),
        end_utc: rfc3339(UtcTime::from_millis(rate.start_millis(event.start_frame + event.frame_count))),
        start_frame: event.start_frame.0,
        frame_count: event.frame_count,
        asset,
        in_offset_frames: event.in_offset_frames,
        in_offset_ms: rate.millis_in(event.in_offset_frames),
        rule: event.rule,
    }
}
