//! Broadcast days: which one an instant belongs to, and what was planned in it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_schedule::{Event, Item, day};
use retrovue_timeline::{FrameRate, UtcTime};

use super::subjects::Subject;
use super::{Desk, ScheduleService};
use crate::failure::Failure;

/// A broadcast day of a channel.
#[derive(Clone, Debug)]
pub struct BroadcastDay {
    /// The channel.
    pub slug: String,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The channel's zone.
    pub zone: TimeZone,
    /// Its name.
    pub zone_name: String,
    /// The day in that zone.
    pub date: Date,
    /// When it begins.
    pub start: UtcTime,
    /// When it ends.
    pub end: UtcTime,
}

/// What was planned in a day and is over, or on air.
#[derive(Clone, Debug)]
pub struct PlannedDay {
    /// The items that the guide shows.
    pub guide: Vec<Item>,
    /// The events that begin in it.
    pub events: Vec<Event>,
    /// What they count in.
    pub frame_rate: FrameRate,
}

impl ScheduleService {
    /// A day of a channel, also of one that was removed; today's where `date` is none.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn broadcast_day(&self, slug: &str, date: Option<Date>) -> Result<BroadcastDay, Failure> {
        let Subject { channel, plan, zone } = self.desk.past_subject(slug)?;
        let date = date.unwrap_or_else(|| day::date_at(&plan, &zone, self.desk.now()));
        let (start, end) = day::bounds(&plan, &zone, date);
        let (slug, number, name, zone_name) = (channel.slug, channel.number, channel.name, channel.time_zone);
        Ok(BroadcastDay { slug, number, name, zone, zone_name, date, start, end })
    }

    /// The broadcast day to which `at` belongs on the channel `slug`; in UTC where there was never such a channel.
    pub fn date_of(&self, slug: &str, at: UtcTime) -> Date {
        match self.desk.past_subject(slug) {
            Ok(Subject { plan, zone, .. }) => day::date_at(&plan, &zone, at),
            Err(_) => jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default().to_zoned(TimeZone::UTC).date(),
        }
    }

    /// What the guide shows and the playlog holds of a day, up to now.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn planned_in(&self, day: &BroadcastDay) -> Result<PlannedDay, Failure> {
        let desk = &self.desk;
        let subject = desk.past_subject(&day.slug)?;
        let frame_rate = subject.plan.format.frame_rate;
        let until = day.end.min(desk.now());
        if until <= day.start {
            return Ok(PlannedDay { guide: vec![], events: vec![], frame_rate });
        }
        let items = desk.store.schedule_items(&subject.channel.id, day.start, until)?;
        let guide: Vec<Item> =
            items.into_iter().map(|stored| stored.item).filter(|item| item.start >= day.start).collect();
        let first = frame_rate.frame_at_or_after(day.start);
        let events = desk.events(&subject, day.start, until)?.into_iter().map(|stored| stored.event);
        Ok(PlannedDay { guide, events: events.filter(|event| event.start_frame >= first).collect(), frame_rate })
    }
}

impl Desk {
    /// The channel called `slug`, live or removed.
    fn past_subject(&self, slug: &str) -> Result<Subject, Failure> {
        let channel = self.store.channel(slug)?.ok_or_else(|| self.unknown(slug))?;
        self.subject_of(channel)
    }
}
