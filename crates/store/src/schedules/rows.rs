//! Rows of the schedule's tables, to and from domain types.

use std::fmt::Display;
use std::str::FromStr;

use diesel::prelude::*;
use retrovue_schedule::{DayStart, Event, Item};
use retrovue_timeline::{FrameIndex, UtcTime};

use super::{Cause, Channel, ChannelState, StoredDay, StoredEvent, StoredItem};
use crate::StoreError;
use crate::schema::{channel, playlog_event, schedule_day, schedule_item};

/// Rows of one `INSERT`: SQLite takes 32,766 variables, and the widest row has thirteen.
pub(super) const ROWS_AT_ONCE: usize = 1000;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = channel, treat_none_as_null = true)]
pub(super) struct ChannelRow {
    pub(super) id: String,
    slug: String,
    number: String,
    name: String,
    state: String,
    time_zone: String,
    generation: i64,
    text: String,
    file_name: String,
    created_ms: i64,
    updated_ms: i64,
    logo: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schedule_day)]
pub(super) struct DayRow {
    channel_id: String,
    date: String,
    generation: i64,
    start_cursors: String,
    start_busy_ns: Option<i64>,
    end_cursors: String,
    end_busy_ns: Option<i64>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schedule_item)]
pub(super) struct ItemRow {
    channel_id: String,
    start_ns: i64,
    end_ns: i64,
    item_id: String,
    date: String,
    generation: i64,
    kind: String,
    title: String,
    subtitle: String,
    asset_id: Option<String>,
    in_offset_frames: i64,
    rule: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = playlog_event)]
pub(super) struct EventRow {
    channel_id: String,
    start_frame: i64,
    frame_count: i64,
    event_id: String,
    block_id: String,
    generation: i64,
    kind: String,
    title: String,
    asset_id: Option<String>,
    in_offset_frames: i64,
    fade_in_frames: i64,
    fade_out_frames: i64,
    rule: String,
}

impl ChannelState {
    pub(super) fn word(self) -> &'static str {
        match self {
            ChannelState::Live => "live",
            ChannelState::Removed => "removed",
        }
    }
}

impl Cause {
    /// `applied`, `library` or `rebuilt`.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Applied => "applied",
            Cause::Library => "library",
            Cause::Rebuilt => "rebuilt",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Cause::Applied, Cause::Library, Cause::Rebuilt].into_iter().find(|cause| cause.word() == word)
    }
}

impl ChannelRow {
    pub(super) fn of(channel: &Channel) -> Self {
        Self {
            id: channel.id.clone(),
            slug: channel.slug.clone(),
            number: channel.number.clone(),
            name: channel.name.clone(),
            state: channel.state.word().to_owned(),
            time_zone: channel.time_zone.clone(),
            generation: signed(channel.generation),
            text: channel.text.clone(),
            file_name: channel.file_name.clone(),
            created_ms: channel.created_ms,
            updated_ms: channel.updated_ms,
            logo: channel.logo.clone(),
        }
    }

    pub(super) fn into_channel(self) -> Channel {
        Channel {
            id: self.id,
            slug: self.slug,
            number: self.number,
            name: self.name,
            state: if self.state == "live" { ChannelState::Live } else { ChannelState::Removed },
            time_zone: self.time_zone,
            generation: self.generation.unsigned_abs(),
            text: self.text,
            file_name: self.file_name,
            created_ms: self.created_ms,
            updated_ms: self.updated_ms,
            logo: self.logo,
        }
    }
}

impl DayRow {
    pub(super) fn of(channel_id: &str, day: &StoredDay) -> Result<Self, StoreError> {
        Ok(Self {
            channel_id: channel_id.to_owned(),
            date: day.date.to_string(),
            generation: signed(day.generation),
            start_cursors: cursors_text(&day.start)?,
            start_busy_ns: day.start.busy_until.map(UtcTime::nanos),
            end_cursors: cursors_text(&day.end)?,
            end_busy_ns: day.end.busy_until.map(UtcTime::nanos),
        })
    }

    pub(super) fn into_day(self) -> Result<StoredDay, StoreError> {
        Ok(StoredDay {
            date: read(&self.date)?,
            generation: self.generation.unsigned_abs(),
            start: day_start(&self.start_cursors, self.start_busy_ns)?,
            end: day_start(&self.end_cursors, self.end_busy_ns)?,
        })
    }
}

impl ItemRow {
    pub(super) fn of(channel_id: &str, stored: &StoredItem) -> Self {
        let item = &stored.item;
        Self {
            channel_id: channel_id.to_owned(),
            start_ns: item.start.nanos(),
            end_ns: item.end.nanos(),
            item_id: item.item_id.clone(),
            date: stored.date.to_string(),
            generation: signed(stored.generation),
            kind: item.kind.word().to_owned(),
            title: item.title.clone(),
            subtitle: item.subtitle.clone(),
            asset_id: item.asset_id.clone(),
            in_offset_frames: item.in_offset_frames,
            rule: item.rule.clone(),
        }
    }

    pub(super) fn into_item(self) -> Result<StoredItem, StoreError> {
        Ok(StoredItem {
            date: read(&self.date)?,
            generation: self.generation.unsigned_abs(),
            item: Item {
                item_id: self.item_id,
                title: self.title,
                subtitle: self.subtitle,
                kind: read(&self.kind)?,
                start: UtcTime::from_nanos(self.start_ns),
                end: UtcTime::from_nanos(self.end_ns),
                asset_id: self.asset_id,
                in_offset_frames: self.in_offset_frames,
                rule: self.rule,
            },
        })
    }
}

impl EventRow {
    pub(super) fn of(channel_id: &str, stored: &StoredEvent) -> Self {
        let event = &stored.event;
        Self {
            channel_id: channel_id.to_owned(),
            start_frame: event.start_frame.0,
            frame_count: event.frame_count,
            event_id: event.event_id.clone(),
            block_id: event.block_id.clone(),
            generation: signed(stored.generation),
            kind: event.kind.word().to_owned(),
            title: event.title.clone(),
            asset_id: event.asset_id.clone(),
            in_offset_frames: event.in_offset_frames,
            fade_in_frames: event.fade_in_frames,
            fade_out_frames: event.fade_out_frames,
            rule: event.rule.clone(),
        }
    }

    pub(super) fn into_event(self) -> Result<StoredEvent, StoreError> {
        Ok(StoredEvent {
            generation: self.generation.unsigned_abs(),
            event: Event {
                event_id: self.event_id,
                block_id: self.block_id,
                kind: read(&self.kind)?,
                title: self.title,
                start_frame: FrameIndex(self.start_frame),
                frame_count: self.frame_count,
                asset_id: self.asset_id,
                in_offset_frames: self.in_offset_frames,
                fade_in_frames: self.fade_in_frames,
                fade_out_frames: self.fade_out_frames,
                rule: self.rule,
            },
        })
    }
}

/// A generation as SQLite keeps it: they count from 1 and never reach the sign.
pub(super) fn signed(generation: u64) -> i64 {
    i64::try_from(generation).unwrap_or(i64::MAX)
}

fn day_start(cursors: &str, busy_ns: Option<i64>) -> Result<DayStart, StoreError> {
    Ok(DayStart {
        cursors: serde_json::from_str(cursors).map_err(unreadable)?,
        busy_until: busy_ns.map(UtcTime::from_nanos),
    })
}

fn cursors_text(start: &DayStart) -> Result<String, StoreError> {
    serde_json::to_string(&start.cursors)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()).into())
}

fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(unreadable)
}

/// A value that only a damaged or foreign file can hold.
pub(super) fn unreadable(cause: impl Display) -> StoreError {
    diesel::result::Error::DeserializationError(cause.to_string().into()).into()
}
