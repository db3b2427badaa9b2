//! Adding as-run, and finding it again.

use diesel::dsl::exists;
use diesel::prelude::*;
use jiff::civil::Date;
use retrovue_schedule::asrun::{self, Beginning, Ending, Entry, OVERRIDE, Row, Session, is_loss};
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::StoredRow;
use super::rows::{AsRunRow, SessionRow, read};
use crate::evidence::{Aired, Evidence, Planned, What};
use crate::library::AssetState;
use crate::overrides::{overrides_on, prune_overrides};
use crate::schema::{air_session, asrun as sent, asset, channel, playlog_event};
use crate::{Store, StoreError};

/// A session that goes on for longer has no end that anybody will hear of: ten years, in nanoseconds.
const LONGEST_SESSION: i64 = 3650 * 86_400_000_000_000;

/// A channel that is back within this, in nanoseconds, goes on where it was lost.
const GOES_ON: i64 = 60_000_000_000;

/// Takes `told` into as-run, in the transaction that stores it: sessions begin and end, and what ended has its row.
/// `dated` tells the broadcast day of a channel's instant.
pub(crate) fn take_in(
    connection: &mut SqliteConnection,
    told: &Evidence,
    dated: &dyn Fn(&str, UtcTime) -> Date,
) -> Result<Option<StoredRow>, StoreError> {
    match &told.what {
        What::SessionStarted { first, frame_rate, .. } => {
            let row = SessionRow::begun(told, *first, *frame_rate);
            diesel::insert_or_ignore_into(air_session::table).values(row).execute(connection)?;
            Ok(None)
        }
        What::SessionEnded { end, cause } => {
            diesel::update(air_session::table.find(&told.session_id))
                .set((
                    air_session::end_frame.eq(end.0),
                    air_session::end_ns.eq(told.at.nanos()),
                    air_session::cause.eq(cause),
                ))
                .execute(connection)?;
            Ok(None)
        }
        What::Ended { segment, aired } => {
            let Some(row) = row_of(connection, told, segment, aired)? else { return Ok(None) };
            // an override belongs to no day of the plan
            let day_of = if row.event_id.starts_with(OVERRIDE) { row.actual_start } else { row.planned_start };
            let date = dated(&told.channel, row.frame_rate.start_of(day_of));
            let stored = StoredRow { place: told.place.clone(), channel: told.channel.clone(), date, row };
            diesel::insert_into(sent::table).values(AsRunRow::of(&stored)).execute(connection)?;
            Ok(Some(stored))
        }
        _ => Ok(None),
    }
}

/// `None` where none of it was sent, or where its session is not known: the beginning of that was lost.
fn row_of(
    connection: &mut SqliteConnection,
    told: &Evidence,
    segment: &Planned,
    aired: &Aired,
) -> Result<Option<Row>, StoreError> {
    let session: Option<SessionRow> =
        air_session::table.find(&told.session_id).select(SessionRow::as_select()).first(connection).optional()?;
    let Some(session) = session else {
        return Ok(None);
    };
    let ending = Ending {
        session_id: told.session_id.clone(),
        event_id: segment.event_id.clone(),
        kind: segment.kind.clone(),
        title: segment.title.clone(),
        asset_id: segment.asset_id.clone(),
        planned_start: segment.start,
        planned_frames: segment.frames,
        started: aired.started,
        aired: aired.aired,
        slate: aired.slate,
        unsent: aired.unsent,
        cause: aired.cause.clone(),
        fault: aired.fault.clone(),
    };
    let beginning = beginning(connection, &session)?;
    let frame_rate = session.frame_rate()?;
    let entry = entry(connection, &told.channel, &segment.event_id, frame_rate)?;
    Ok(asrun::row(ending, frame_rate, &beginning, entry))
}

/// How the event that ends now began in its session.
fn beginning(connection: &mut SqliteConnection, session: &SessionRow) -> Result<Beginning, StoreError> {
    let earlier = sent::table.filter(sent::session_id.eq(&session.session_id));
    if diesel::select(exists(earlier)).get_result(connection)? {
        return Ok(Beginning::Followed);
    }
    let before: Option<(Option<i64>, Option<String>)> = air_session::table
        .filter(air_session::channel.eq(&session.channel).and(air_session::session_id.ne(&session.session_id)))
        .filter(air_session::first_ns.le(session.first_ns))
        .order(air_session::first_ns.desc())
        .select((air_session::end_ns, air_session::cause))
        .first(connection)
        .optional()?;
    Ok(match before {
        Some((Some(ended), Some(cause))) if is_loss(&cause) && session.first_ns - ended <= GOES_ON => {
            Beginning::Resumed(cause)
        }
        _ => Beginning::Joined,
    })
}

/// What the playlog of the channel `slug` says of an event; `None` where it has none such any more.
fn entry(
    connection: &mut SqliteConnection,
    slug: &str,
    event_id: &str,
    frame_rate: FrameRate,
) -> Result<Option<Entry>, StoreError> {
    let found: Option<(String, Option<String>, i64, i64)> = playlog_event::table
        .inner_join(channel::table)
        .filter(channel::slug.eq(slug).and(playlog_event::event_id.eq(event_id)))
        .select((playlog_event::kind, playlog_event::asset_id, playlog_event::start_frame, playlog_event::frame_count))
        .first(connection)
        .optional()?;
    let Some((kind, asset_id, start, count)) = found else { return Ok(None) };
    let state: Option<(String, bool)> = match &asset_id {
        Some(id) => asset::table.find(id).select((asset::state, asset::approved)).first(connection).optional()?,
        None => None,
    };
    let unusable = state.and_then(|(state, approved)| match state == AssetState::Ready.word() {
        true => (!approved).then(|| "not_approved".to_owned()),
        false => Some(state),
    });
    let frames = FrameIndex(start)..FrameIndex(start + count);
    let (from, to) = (frame_rate.start_of(frames.start), frame_rate.start_of(frames.end));
    let overridden = overrides_on(connection, from, to)?.iter().any(|held| held.concerns(slug));
    Ok(Some(Entry { kind: read(&kind)?, asset_id, unusable, overridden: overridden.then_some(frames) }))
}

impl Store {
    /// What was sent of `channel` on the broadcast day `date`, in order.
    pub fn asrun(&self, channel: &str, date: Date) -> Result<Vec<StoredRow>, StoreError> {
        self.read(|connection| {
            let rows: Vec<AsRunRow> = sent::table
                .filter(sent::channel.eq(channel).and(sent::date.eq(date.to_string())))
                .order((sent::actual_ns, sent::sequence))
                .select(AsRunRow::as_select())
                .load(connection)?;
            rows.into_iter().map(AsRunRow::into_row).collect()
        })
    }

    /// When `channel` was on air in `[from, to)`, in order.
    pub fn air_sessions(&self, channel: &str, from: UtcTime, to: UtcTime) -> Result<Vec<Session>, StoreError> {
        self.read(|connection| {
            let rows: Vec<SessionRow> = air_session::table
                .filter(air_session::channel.eq(channel).and(air_session::first_ns.lt(to.nanos())))
                .filter(air_session::end_ns.is_null().or(air_session::end_ns.gt(from.nanos())))
                .order(air_session::first_ns)
                .select(SessionRow::as_select())
                .load(connection)?;
            rows.into_iter().map(SessionRow::into_session).collect()
        })
    }

    /// Forgets what was sent before `before`. Returns how many rows that were.
    pub fn prune_asrun(&self, before: UtcTime) -> Result<usize, StoreError> {
        let old = || sent::table.filter(sent::actual_ns.lt(before.nanos()));
        // of some the end was lost with the spool
        let kept = before.nanos() - LONGEST_SESSION;
        let over = || {
            let ended = air_session::end_ns.lt(before.nanos()).assume_not_null();
            air_session::table.filter(ended.or(air_session::end_ns.is_null().and(air_session::first_ns.lt(kept))))
        };
        // nearly always there is nothing to forget, and a look delays no writer
        let any: bool = self.read(|connection| {
            let rows: bool = diesel::select(exists(old())).get_result(connection)?;
            Ok(rows || diesel::select(exists(over())).get_result(connection)?)
        })?;
        if !any {
            return Ok(0);
        }
        self.write(|connection| {
            diesel::delete(over()).execute(connection)?;
            prune_overrides(connection, before)?;
            Ok(diesel::delete(old()).execute(connection)?)
        })
    }
}
