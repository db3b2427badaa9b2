//! Rows of as-run's tables, to and from domain types.

use std::str::FromStr;

use diesel::prelude::*;
use retrovue_schedule::asrun::{Row, Session};
use retrovue_timeline::{FrameIndex, FrameRate};

use super::StoredRow;
use crate::StoreError;
use crate::evidence::{Evidence, Place};
use crate::schema::{air_session, asrun};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = asrun)]
pub(super) struct AsRunRow {
    spool_id: String,
    sequence: i64,
    channel: String,
    date: String,
    session_id: String,
    event_id: String,
    kind: String,
    title: String,
    asset_id: Option<String>,
    in_place_of: Option<String>,
    frame_rate: String,
    planned_start: i64,
    planned_frames: i64,
    actual_start: i64,
    actual_ns: i64,
    aired_frames: i64,
    slate_frames: i64,
    unsent_frames: i64,
    result: String,
    cause: Option<String>,
    fault: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = air_session)]
pub(super) struct SessionRow {
    pub(super) session_id: String,
    pub(super) channel: String,
    frame_rate: String,
    first_frame: i64,
    pub(super) first_ns: i64,
    end_frame: Option<i64>,
    end_ns: Option<i64>,
    cause: Option<String>,
}

impl AsRunRow {
    pub(super) fn of(stored: &StoredRow) -> Self {
        let row = stored.row.clone();
        Self {
            spool_id: stored.place.spool_id.clone(),
            sequence: i64::try_from(stored.place.sequence).unwrap_or(i64::MAX),
            channel: stored.channel.clone(),
            date: stored.date.to_string(),
            actual_ns: row.starts().nanos(),
            session_id: row.session_id,
            event_id: row.event_id,
            kind: row.kind.word().to_owned(),
            title: row.title,
            asset_id: row.asset_id,
            in_place_of: row.in_place_of,
            frame_rate: row.frame_rate.to_string(),
            planned_start: row.planned_start.0,
            planned_frames: row.planned_frames,
            actual_start: row.actual_start.0,
            aired_frames: row.aired_frames,
            slate_frames: row.slate_frames,
            unsent_frames: row.unsent_frames,
            result: row.outcome.word().to_owned(),
            cause: row.cause,
            fault: row.fault,
        }
    }

    pub(super) fn into_row(self) -> Result<StoredRow, StoreError> {
        Ok(StoredRow {
            place: Place { spool_id: self.spool_id, sequence: self.sequence.unsigned_abs() },
            channel: self.channel,
            date: read(&self.date)?,
            row: Row {
                session_id: self.session_id,
                event_id: self.event_id,
                kind: read(&self.kind)?,
                title: self.title,
                asset_id: self.asset_id,
                in_place_of: self.in_place_of,
                frame_rate: read(&self.frame_rate)?,
                planned_start: FrameIndex(self.planned_start),
                planned_frames: self.planned_frames,
                actual_start: FrameIndex(self.actual_start),
                aired_frames: self.aired_frames,
                slate_frames: self.slate_frames,
                unsent_frames: self.unsent_frames,
                outcome: read(&self.result)?,
                cause: self.cause,
                fault: self.fault,
            },
        })
    }
}

impl SessionRow {
    pub(super) fn begun(told: &Evidence, first: FrameIndex, frame_rate: FrameRate) -> Self {
        Self {
            session_id: told.session_id.clone(),
            channel: told.channel.clone(),
            frame_rate: frame_rate.to_string(),
            first_frame: first.0,
            first_ns: frame_rate.start_of(first).nanos(),
            end_frame: None,
            end_ns: None,
            cause: None,
        }
    }

    pub(super) fn into_session(self) -> Result<Session, StoreError> {
        Ok(Session {
            frame_rate: self.frame_rate()?,
            session_id: self.session_id,
            first: FrameIndex(self.first_frame),
            end: self.end_frame.map(FrameIndex).zip(self.cause),
        })
    }

    pub(super) fn frame_rate(&self) -> Result<FrameRate, StoreError> {
        read(&self.frame_rate)
    }
}

/// A word as it was written; another one only a damaged or foreign file can hold.
pub(super) fn read<T: FromStr>(text: &str) -> Result<T, StoreError> {
    let unreadable = |_| diesel::result::Error::DeserializationError(format!("{text:?} is no as-run").into()).into();
    text.parse().map_err(unreadable)
}
