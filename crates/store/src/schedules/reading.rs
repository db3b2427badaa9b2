//! What is stored of channels, days and the playlog.

use std::collections::HashSet;

use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use jiff::civil::Date;
use retrovue_schedule::Kind;
use retrovue_timeline::{FrameIndex, UtcTime};

use super::rows::{ChannelRow, DayRow, EventRow, ItemRow, signed, unreadable};
use super::{Cause, Channel, ChannelState, Generation, Slot, StoredDay, StoredEvent, StoredItem};
use crate::library::IDS_AT_ONCE;
use crate::schema::{channel, plan_generation, playlog_event, schedule_day, schedule_item};
use crate::{Store, StoreError};

/// Events of which every session that had them showed slate alone.
const UNSEEN: &str = "
    SELECT event_id FROM evidence
    WHERE channel = ? AND at_ns >= ? AND what = 'segment_ended' AND event_id IS NOT NULL
    GROUP BY event_id HAVING SUM(aired) = 0 AND SUM(slate) > 0";

#[derive(QueryableByName)]
struct Unseen {
    #[diesel(sql_type = Text)]
    event_id: String,
}

impl Store {
    /// All channels, removed ones too, by slug.
    pub fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        self.read(|connection| {
            let rows: Vec<ChannelRow> =
                channel::table.order(channel::slug).select(ChannelRow::as_select()).load(connection)?;
            Ok(rows.into_iter().map(ChannelRow::into_channel).collect())
        })
    }

    /// The channel called `slug`, removed or not.
    pub fn channel(&self, slug: &str) -> Result<Option<Channel>, StoreError> {
        self.read(|connection| {
            let row: Option<ChannelRow> = channel::table
                .filter(channel::slug.eq(slug))
                .select(ChannelRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(ChannelRow::into_channel))
        })
    }

    /// The compiled day of `date`.
    pub fn schedule_day(&self, channel_id: &str, date: Date) -> Result<Option<StoredDay>, StoreError> {
        self.read(|connection| {
            let row: Option<DayRow> = schedule_day::table
                .find((channel_id, date.to_string()))
                .select(DayRow::as_select())
                .first(connection)
                .optional()?;
            row.map(DayRow::into_day).transpose()
        })
    }

    /// The last compiled day before `date`.
    pub fn schedule_day_before(&self, channel_id: &str, date: Date) -> Result<Option<StoredDay>, StoreError> {
        self.read(|connection| {
            let row: Option<DayRow> = schedule_day::table
                .filter(schedule_day::channel_id.eq(channel_id))
                .filter(schedule_day::date.lt(date.to_string()))
                .order(schedule_day::date.desc())
                .select(DayRow::as_select())
                .first(connection)
                .optional()?;
            row.map(DayRow::into_day).transpose()
        })
    }

    /// The channel file of a generation, as it was applied.
    pub fn plan_text(&self, channel_id: &str, generation: u64) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let text = plan_generation::table.find((channel_id, signed(generation))).select(plan_generation::text);
            Ok(text.first(connection).optional()?)
        })
    }

    /// The newest generations, the newest first, `most` of them. What the library alone made is forgotten with its days.
    pub fn plan_generations(&self, channel_id: &str, most: u32) -> Result<Vec<Generation>, StoreError> {
        self.read(|connection| {
            let rows: Vec<(i64, String, i64, Option<i64>)> = plan_generation::table
                .filter(plan_generation::channel_id.eq(channel_id))
                .order(plan_generation::generation.desc())
                .limit(i64::from(most))
                .select((
                    plan_generation::generation,
                    plan_generation::cause,
                    plan_generation::made_ms,
                    plan_generation::frozen_ns,
                ))
                .load(connection)?;
            let generation = |(generation, cause, made_ms, frozen_ns): (i64, String, i64, Option<i64>)| {
                let cause = Cause::from_word(&cause).ok_or_else(|| unreadable(format!("unknown cause {cause}")))?;
                let frozen_from = frozen_ns.map(UtcTime::from_nanos);
                Ok(Generation { generation: generation.unsigned_abs(), cause, made_ms, frozen_from })
            };
            rows.into_iter().map(generation).collect()
        })
    }

    /// The last compiled day.
    pub fn last_schedule_day(&self, channel_id: &str) -> Result<Option<StoredDay>, StoreError> {
        self.read(|connection| {
            let row: Option<DayRow> = schedule_day::table
                .filter(schedule_day::channel_id.eq(channel_id))
                .order(schedule_day::date.desc())
                .select(DayRow::as_select())
                .first(connection)
                .optional()?;
            row.map(DayRow::into_day).transpose()
        })
    }

    /// Items on air at any instant of `[from, to)`, in order.
    pub fn schedule_items(&self, channel_id: &str, from: UtcTime, to: UtcTime) -> Result<Vec<StoredItem>, StoreError> {
        self.read(|connection| {
            // Items never overlap, so the first one of the span is the last one to start by its begin.
            let first: Option<i64> = schedule_item::table
                .filter(schedule_item::channel_id.eq(channel_id))
                .filter(schedule_item::start_ns.le(from.nanos()))
                .select(max(schedule_item::start_ns))
                .first(connection)?;
            let rows: Vec<ItemRow> = schedule_item::table
                .filter(schedule_item::channel_id.eq(channel_id))
                .filter(schedule_item::start_ns.ge(first.unwrap_or(from.nanos())))
                .filter(schedule_item::start_ns.lt(to.nanos()))
                .filter(schedule_item::end_ns.gt(from.nanos()))
                .order(schedule_item::start_ns)
                .select(ItemRow::as_select())
                .load(connection)?;
            rows.into_iter().map(ItemRow::into_item).collect()
        })
    }

    /// The first `most` items that end after `from`, in order.
    pub fn next_schedule_items(
        &self,
        channel_id: &str,
        from: UtcTime,
        most: usize,
    ) -> Result<Vec<StoredItem>, StoreError> {
        self.read(|connection| {
            let first: Option<i64> = schedule_item::table
                .filter(schedule_item::channel_id.eq(channel_id))
                .filter(schedule_item::start_ns.le(from.nanos()))
                .select(max(schedule_item::start_ns))
                .first(connection)?;
            let rows: Vec<ItemRow> = schedule_item::table
                .filter(schedule_item::channel_id.eq(channel_id))
                .filter(schedule_item::start_ns.ge(first.unwrap_or(from.nanos())))
                .filter(schedule_item::end_ns.gt(from.nanos()))
                .order(schedule_item::start_ns)
                .limit(i64::try_from(most).unwrap_or(i64::MAX))
                .select(ItemRow::as_select())
                .load(connection)?;
            rows.into_iter().map(ItemRow::into_item).collect()
        })
    }

    /// All items of the broadcast day `date`, in order.
    pub fn schedule_items_of(&self, channel_id: &str, date: Date) -> Result<Vec<StoredItem>, StoreError> {
        self.read(|connection| {
            let rows: Vec<ItemRow> = schedule_item::table
                .filter(schedule_item::channel_id.eq(channel_id))
                .filter(schedule_item::date.eq(date.to_string()))
                .order(schedule_item::start_ns)
                .select(ItemRow::as_select())
                .load(connection)?;
            rows.into_iter().map(ItemRow::into_item).collect()
        })
    }

    /// The slots that end after `from` in which live channels show these assets, in order.
    pub fn slots_of(&self, asset_ids: &[String], from: UtcTime) -> Result<Vec<Slot>, StoreError> {
        let mut slots = Vec::new();
        for asset_ids in asset_ids.chunks(IDS_AT_ONCE) {
            let rows: Vec<(Option<String>, String, i64, String)> = self.read(|connection| {
                Ok(schedule_item::table
                    .inner_join(channel::table)
                    .filter(channel::state.eq(ChannelState::Live.word()))
                    .filter(schedule_item::end_ns.gt(from.nanos()))
                    .filter(schedule_item::asset_id.eq_any(asset_ids))
                    .select((schedule_item::asset_id, channel::slug, schedule_item::start_ns, schedule_item::title))
                    .load(connection)?)
            })?;
            slots.extend(rows.into_iter().filter_map(|(asset_id, channel, start_ns, title)| {
                Some(Slot { asset_id: asset_id?, channel, start: UtcTime::from_nanos(start_ns), title })
            }));
        }
        slots.sort_by(|a, b| (a.start, &a.channel).cmp(&(b.start, &b.channel)));
        Ok(slots)
    }

    /// The instant up to which items are stored.
    pub fn schedule_end(&self, channel_id: &str) -> Result<Option<UtcTime>, StoreError> {
        self.read(|connection| {
            let end: Option<i64> = schedule_item::table
                .filter(schedule_item::channel_id.eq(channel_id))
                .order(schedule_item::start_ns.desc())
                .select(schedule_item::end_ns)
                .first(connection)
                .optional()?;
            Ok(end.map(UtcTime::from_nanos))
        })
    }

    /// Events on air in any frame of `[from, to)`, whole and in order.
    pub fn playlog_events(
        &self,
        channel_id: &str,
        from: FrameIndex,
        to: FrameIndex,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|connection| {
            let first: Option<i64> = playlog_event::table
                .filter(playlog_event::channel_id.eq(channel_id))
                .filter(playlog_event::start_frame.le(from.0))
                .select(max(playlog_event::start_frame))
                .first(connection)?;
            let rows: Vec<EventRow> = playlog_event::table
                .filter(playlog_event::channel_id.eq(channel_id))
                .filter(playlog_event::start_frame.ge(first.unwrap_or(from.0)))
                .filter(playlog_event::start_frame.lt(to.0))
                .filter((playlog_event::start_frame + playlog_event::frame_count).gt(from.0))
                .order(playlog_event::start_frame)
                .select(EventRow::as_select())
                .load(connection)?;
            rows.into_iter().map(EventRow::into_event).collect()
        })
    }

    /// What filled breaks and holes in the frames of `[from, to)`, in order, with the frame where it began. What as-run
    /// tells of since `told_from` that none of it was seen is left out.
    pub fn spots_shown(
        &self,
        channel: &Channel,
        from: FrameIndex,
        to: FrameIndex,
        told_from: UtcTime,
    ) -> Result<Vec<(String, FrameIndex)>, StoreError> {
        self.read(|connection| {
            let rows: Vec<(String, String, i64)> = playlog_event::table
                .filter(playlog_event::channel_id.eq(&channel.id))
                .filter(playlog_event::start_frame.ge(from.0).and(playlog_event::start_frame.lt(to.0)))
                .filter(playlog_event::kind.ne(Kind::Programme.word()))
                .filter(playlog_event::asset_id.is_not_null())
                .order(playlog_event::start_frame)
                .select((
                    playlog_event::event_id,
                    playlog_event::asset_id.assume_not_null(),
                    playlog_event::start_frame,
                ))
                .load(connection)?;
            let unseen: Vec<Unseen> = diesel::sql_query(UNSEEN)
                .bind::<Text, _>(&channel.slug)
                .bind::<BigInt, _>(told_from.nanos())
                .load(connection)?;
            let unseen: HashSet<String> = unseen.into_iter().map(|unseen| unseen.event_id).collect();
            let seen = rows.into_iter().filter(|(event_id, ..)| !unseen.contains(event_id));
            Ok(seen.map(|(_, asset_id, start)| (asset_id, FrameIndex(start))).collect())
        })
    }

    /// The first frame of the stored playlog and the one after its last; `None` where there is no playlog.
    pub fn playlog_span(&self, channel_id: &str) -> Result<Option<(FrameIndex, FrameIndex)>, StoreError> {
        self.read(|connection| {
            let first: Option<i64> = playlog_event::table
                .filter(playlog_event::channel_id.eq(channel_id))
                .select(min(playlog_event::start_frame))
                .first(connection)?;
            let end: Option<i64> = playlog_event::table
                .filter(playlog_event::channel_id.eq(channel_id))
                .order(playlog_event::start_frame.desc())
                .select(playlog_event::start_frame + playlog_event::frame_count)
                .first(connection)
                .optional()?;
            Ok(first.zip(end).map(|(first, end)| (FrameIndex(first), FrameIndex(end))))
        })
    }
}
