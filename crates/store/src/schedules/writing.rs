//! Changes of channels: every one is a single transaction.

use diesel::prelude::*;
use retrovue_timeline::{FrameIndex, UtcTime};

use super::rows::{ChannelRow, DayRow, EventRow, ItemRow, ROWS_AT_ONCE, signed};
use super::{Cause, Channel, ChannelChange, ChannelState};
use crate::schema::{channel, plan_generation, playlog_event, schedule_day, schedule_item};
use crate::{Store, StoreError};

impl Store {
    /// Carries out `changes`, all or none.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where two live channels would share a number.
    pub fn change_channels(&self, changes: &[ChannelChange]) -> Result<(), StoreError> {
        self.write(|connection| {
            // Channels may swap numbers among themselves, so all of them give theirs up first.
            let ids: Vec<&str> = changes.iter().map(|change| change.channel.id.as_str()).collect();
            diesel::update(channel::table.filter(channel::id.eq_any(ids)))
                .set(channel::state.eq(ChannelState::Removed.word()))
                .execute(connection)?;
            changes.iter().try_for_each(|change| carry_out(connection, change))
        })
    }

    /// Forgets days and items that ended before `before`, events that ended before the frame `events_before`, and the
    /// generations that were made for them of an unchanged file; what was applied is kept, and what changed what was frozen.
    pub fn prune_schedule(
        &self,
        channel_id: &str,
        before: UtcTime,
        events_before: FrameIndex,
    ) -> Result<usize, StoreError> {
        self.write(|connection| {
            let events = playlog_event::table
                .filter(playlog_event::channel_id.eq(channel_id))
                .filter(playlog_event::start_frame.lt(events_before.0))
                .filter((playlog_event::start_frame + playlog_event::frame_count).le(events_before.0));
            let mut pruned = diesel::delete(events).execute(connection)?;
            let items = schedule_item::table
                .filter(schedule_item::channel_id.eq(channel_id))
                .filter(schedule_item::start_ns.lt(before.nanos()))
                .filter(schedule_item::end_ns.le(before.nanos()));
            let items = diesel::delete(items).execute(connection)?;
            pruned += items;
            if items > 0 {
                let oldest: Option<String> = schedule_item::table
                    .filter(schedule_item::channel_id.eq(channel_id))
                    .order(schedule_item::start_ns)
                    .select(schedule_item::date)
                    .first(connection)
                    .optional()?;
                // The last day stays where nothing else does: its end is where the sequences stand.
                if let Some(oldest) = oldest {
                    let days = schedule_day::table
                        .filter(schedule_day::channel_id.eq(channel_id))
                        .filter(schedule_day::date.lt(oldest));
                    pruned += diesel::delete(days).execute(connection)?;
                    pruned += prune_generations(connection, channel_id)?;
                }
            }
            Ok(pruned)
        })
    }
}

fn prune_generations(connection: &mut SqliteConnection, channel_id: &str) -> Result<usize, StoreError> {
    let oldest: Option<i64> = schedule_item::table
        .filter(schedule_item::channel_id.eq(channel_id))
        .select(diesel::dsl::min(schedule_item::generation))
        .first(connection)?;
    let unused = plan_generation::table
        .filter(plan_generation::channel_id.eq(channel_id))
        .filter(plan_generation::cause.ne(Cause::Applied.word()).and(plan_generation::frozen_ns.is_null()))
        .filter(plan_generation::generation.lt(oldest.unwrap_or(0)));
    Ok(diesel::delete(unused).execute(connection)?)
}

fn carry_out(connection: &mut SqliteConnection, change: &ChannelChange) -> Result<(), StoreError> {
    let id = change.channel.id.as_str();
    save_channel(connection, &change.channel)?;
    if let Some(cause) = change.cause {
        save_generation(connection, &change.channel, cause, change.frozen_from)?;
    }
    if let Some(first) = change.days.first() {
        let replaced = schedule_day::table
            .filter(schedule_day::channel_id.eq(id))
            .filter(schedule_day::date.ge(first.date.to_string()));
        diesel::delete(replaced).execute(connection)?;
    }
    let days = change.days.iter().map(|day| DayRow::of(id, day)).collect::<Result<Vec<_>, _>>()?;
    for rows in days.chunks(ROWS_AT_ONCE) {
        diesel::insert_into(schedule_day::table).values(rows).execute(connection)?;
    }
    if let Some(from) = change.items_from {
        cut_items(connection, id, from)?;
    }
    let items: Vec<_> = change.items.iter().map(|item| ItemRow::of(id, item)).collect();
    for rows in items.chunks(ROWS_AT_ONCE) {
        diesel::insert_into(schedule_item::table).values(rows).execute(connection)?;
    }
    if let Some(from) = change.events_from {
        cut_events(connection, id, from)?;
    }
    let events: Vec<_> = change.events.iter().map(|event| EventRow::of(id, event)).collect();
    for rows in events.chunks(ROWS_AT_ONCE) {
        diesel::insert_into(playlog_event::table).values(rows).execute(connection)?;
    }
    Ok(())
}

fn save_channel(connection: &mut SqliteConnection, changed: &Channel) -> Result<(), StoreError> {
    let row = ChannelRow::of(changed);
    let saved = diesel::insert_into(channel::table)
        .values(&row)
        .on_conflict(channel::id)
        .do_update()
        .set(&row)
        .execute(connection);
    match saved {
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) => Err(
            StoreError::Duplicate(format!("a channel with the number {} or the slug {}", changed.number, changed.slug)),
        ),
        other => Ok(other.map(|_| ())?),
    }
}

fn save_generation(
    connection: &mut SqliteConnection,
    changed: &Channel,
    cause: Cause,
    frozen_from: Option<UtcTime>,
) -> Result<(), StoreError> {
    diesel::insert_into(plan_generation::table)
        .values((
            plan_generation::channel_id.eq(&changed.id),
            plan_generation::generation.eq(signed(changed.generation)),
            plan_generation::cause.eq(cause.word()),
            plan_generation::text.eq(&changed.text),
            plan_generation::file_name.eq(&changed.file_name),
            plan_generation::made_ms.eq(changed.updated_ms),
            plan_generation::frozen_ns.eq(frozen_from.map(UtcTime::nanos)),
        ))
        .execute(connection)?;
    Ok(())
}

fn cut_items(connection: &mut SqliteConnection, id: &str, from: UtcTime) -> Result<(), StoreError> {
    let of_channel = schedule_item::table.filter(schedule_item::channel_id.eq(id));
    diesel::delete(of_channel.filter(schedule_item::start_ns.ge(from.nanos()))).execute(connection)?;
    diesel::update(of_channel.filter(schedule_item::end_ns.gt(from.nanos())))
        .set(schedule_item::end_ns.eq(from.nanos()))
        .execute(connection)?;
    Ok(())
}

fn cut_events(connection: &mut SqliteConnection, id: &str, from: FrameIndex) -> Result<(), StoreError> {
    let of_channel = playlog_event::table.filter(playlog_event::channel_id.eq(id));
    diesel::delete(of_channel.filter(playlog_event::start_frame.ge(from.0))).execute(connection)?;
    let spanning = of_channel.filter((playlog_event::start_frame + playlog_event::frame_count).gt(from.0));
    let kept: Vec<i64> = spanning.select(playlog_event::start_frame).load(connection)?;
    for start in kept {
        diesel::update(playlog_event::table.find((id, start)))
            .set((
                playlog_event::frame_count.eq(from.0 - start),
                playlog_event::fade_in_frames.eq(0),
                playlog_event::fade_out_frames.eq(0),
            ))
            .execute(connection)?;
    }
    Ok(())
}
