//! Rows of evidence, to and from domain types.

use diesel::prelude::*;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::{Aired, Evidence, Place, Planned, What};
use crate::StoreError;
use crate::schema::evidence;

#[derive(Default, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence)]
pub(super) struct EvidenceRow {
    spool_id: String,
    sequence: i64,
    what: String,
    channel: String,
    session_id: String,
    at_ns: i64,
    event_id: Option<String>,
    frame: Option<i64>,
    planned_start: Option<i64>,
    planned_count: Option<i64>,
    asset_id: Option<String>,
    kind: Option<String>,
    title: Option<String>,
    started_frame: Option<i64>,
    aired: Option<i64>,
    slate: Option<i64>,
    unsent: Option<i64>,
    cause: Option<String>,
    detail: Option<String>,
    number: Option<i64>,
}

impl EvidenceRow {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut row = Self {
            spool_id: evidence.place.spool_id.clone(),
            sequence: signed(evidence.place.sequence),
            channel: evidence.channel.clone(),
            session_id: evidence.session_id.clone(),
            at_ns: evidence.at.nanos(),
            ..Self::default()
        };
        row.what = row.tell(&evidence.what).to_owned();
        row
    }

    fn tell(&mut self, what: &What) -> &'static str {
        match what {
            What::SessionStarted { first, frame_rate, air_run } => {
                (self.frame, self.detail, self.number) =
                    (Some(first.0), Some(frame_rate.to_string()), Some(signed(*air_run)));
                "session_started"
            }
            What::SessionEnded { end, cause } => {
                (self.frame, self.cause) = (Some(end.0), Some(cause.clone()));
                "session_ended"
            }
            What::Opening { segment, frame } => {
                self.plan(segment);
                self.frame = Some(frame.0);
                "segment_opening"
            }
            What::Opened { event_id, asset_id, fault } => {
                (self.event_id, self.asset_id) = (Some(event_id.clone()), Some(asset_id.clone()));
                self.cause = Some(fault.clone());
                "segment_opened"
            }
            What::Started { segment, frame } => {
                self.plan(segment);
                self.frame = Some(frame.0);
                "segment_started"
            }
            What::Ended { segment, aired } => {
                self.plan(segment);
                (self.started_frame, self.frame) = (Some(aired.started.0), Some(aired.end.0));
                (self.aired, self.slate, self.unsent) = (Some(aired.aired), Some(aired.slate), Some(aired.unsent));
                (self.cause, self.detail) = (Some(aired.cause.clone()), Some(aired.fault.clone()));
                "segment_ended"
            }
            What::Fault { event_id, asset_id, frame, code, message } => {
                (self.event_id, self.asset_id) = (Some(event_id.clone()), Some(asset_id.clone()));
                self.frame = Some(frame.0);
                (self.cause, self.detail) = (Some(code.clone()), Some(message.clone()));
                "segment_fault"
            }
            What::Lost { events, cause } => {
                (self.number, self.cause) = (Some(signed(*events)), Some(cause.clone()));
                "evidence_lost"
            }
        }
    }

    fn plan(&mut self, segment: &Planned) {
        self.event_id = Some(segment.event_id.clone());
        (self.planned_start, self.planned_count) = (Some(segment.start.0), Some(segment.frames));
        self.asset_id.clone_from(&segment.asset_id);
        (self.kind, self.title) = (Some(segment.kind.clone()), Some(segment.title.clone()));
    }

    pub(super) fn into_evidence(self) -> Result<Evidence, StoreError> {
        Ok(Evidence {
            place: Place { spool_id: self.spool_id.clone(), sequence: self.sequence.unsigned_abs() },
            channel: self.channel.clone(),
            session_id: self.session_id.clone(),
            at: UtcTime::from_nanos(self.at_ns),
            what: self.into_what()?,
        })
    }

    fn into_what(self) -> Result<What, StoreError> {
        let frame = FrameIndex(self.frame.unwrap_or_default());
        let number = self.number.unwrap_or_default().unsigned_abs();
        let cause = self.cause.clone().unwrap_or_default();
        let detail = self.detail.clone().unwrap_or_default();
        Ok(match self.what.as_str() {
            "session_started" => What::SessionStarted { first: frame, frame_rate: rate(&detail)?, air_run: number },
            "session_ended" => What::SessionEnded { end: frame, cause },
            "segment_opening" => What::Opening { segment: self.planned(), frame },
            "segment_started" => What::Started { segment: self.planned(), frame },
            "segment_ended" => {
                let aired = Aired {
                    started: FrameIndex(self.started_frame.unwrap_or_default()),
                    end: frame,
                    aired: self.aired.unwrap_or_default(),
                    slate: self.slate.unwrap_or_default(),
                    unsent: self.unsent.unwrap_or_default(),
                    cause,
                    fault: detail,
                };
                What::Ended { segment: self.planned(), aired }
            }
            "evidence_lost" => What::Lost { events: number, cause },
            word => {
                let event_id = self.event_id.unwrap_or_default();
                let asset_id = self.asset_id.unwrap_or_default();
                match word {
                    "segment_opened" => What::Opened { event_id, asset_id, fault: cause },
                    "segment_fault" => What::Fault { event_id, asset_id, frame, code: cause, message: detail },
                    _ => return Err(unreadable(word)),
                }
            }
        })
    }

    fn planned(self) -> Planned {
        Planned {
            event_id: self.event_id.unwrap_or_default(),
            start: FrameIndex(self.planned_start.unwrap_or_default()),
            frames: self.planned_count.unwrap_or_default(),
            asset_id: self.asset_id,
            kind: self.kind.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
        }
    }
}

/// A number as SQLite keeps it: none of these ever reaches the sign.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn rate(text: &str) -> Result<FrameRate, StoreError> {
    text.parse().map_err(|_| unreadable(text))
}

/// A value that only a damaged or foreign file can hold.
fn unreadable(value: &str) -> StoreError {
    diesel::result::Error::DeserializationError(format!("{value:?} is no evidence").into()).into()
}
