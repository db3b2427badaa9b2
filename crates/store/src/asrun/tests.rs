//! Each event that ended has one row, in the day of its channel, by the session that it was sent in.

use std::path::Path;

use jiff::civil::{Date, date};
use retrovue_schedule::Kind;
use retrovue_schedule::asrun::Outcome;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::*;
use crate::evidence::{Aired, Evidence, Kept, Planned, What};
use crate::{Store, StoreError};

const RATE: FrameRate = FrameRate::HOUSE[2];
const DAY: Date = date(2026, 11, 22);

/// A spool that tells of one channel, a second per event.
struct Spool {
    store: Store,
    told: Vec<Evidence>,
}

impl Spool {
    fn at(home: &Path) -> Self {
        Self { store: Store::open(&home.join("retrovue.db")).unwrap(), told: Vec::new() }
    }

    fn tell(&mut self, session_id: &str, what: What) {
        let sequence = self.told.len() as u64 + 1;
        self.told.push(Evidence {
            place: Place { spool_id: "spool".to_owned(), sequence },
            channel: "one".to_owned(),
            session_id: session_id.to_owned(),
            at: UtcTime::from_millis(i64::try_from(sequence).unwrap() * 1000),
            what,
        });
    }

    fn begin(&mut self, session_id: &str, first: i64) {
        self.tell(session_id, What::SessionStarted { first: FrameIndex(first), frame_rate: RATE, air_run: 1 });
    }

    fn end(&mut self, session_id: &str, end: i64, cause: &str) {
        self.tell(session_id, What::SessionEnded { end: FrameIndex(end), cause: cause.to_owned() });
    }

    /// Of an event of fifty frames from `start` on, those from `started` on were aired to its end.
    fn aired(&mut self, session_id: &str, start: i64, started: i64) {
        let segment = Planned {
            event_id: format!("event-{start}"),
            start: FrameIndex(start),
            frames: 50,
            asset_id: Some("a".to_owned()),
            kind: "programme".to_owned(),
            title: "A film".to_owned(),
        };
        let unsent = started - start;
        let cause = "boundary".to_owned();
        let (started, end) = (FrameIndex(started), FrameIndex(start + 50));
        let aired = Aired { started, end, aired: 50 - unsent, unsent, cause, ..Aired::default() };
        self.tell(session_id, What::Ended { segment, aired });
    }

    fn keep(&self) -> Result<Kept, StoreError> {
        // two seconds of a channel's day
        self.store.keep_evidence(&self.told, &|channel, at| match channel {
            "one" if at < RATE.start_of(FrameIndex(200)) => DAY,
            _ => date(2026, 11, 23),
        })
    }

    fn rows(&self, day: Date) -> Vec<(String, i64, Outcome, String)> {
        let rows = self.store.asrun("one", day).unwrap().into_iter();
        rows.map(|StoredRow { row, .. }| (row.event_id, row.actual_start.0, row.outcome, row.cause.unwrap_or_default()))
            .collect()
    }
}

fn row(event: i64, start: i64, outcome: Outcome, cause: &str) -> (String, i64, Outcome, String) {
    (format!("event-{event}"), start, outcome, cause.to_owned())
}

#[test]
fn what_ended_has_its_row_once() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::at(home.path());
    spool.begin("s", 120);
    spool.aired("s", 100, 120);
    spool.aired("s", 150, 150);
    let kept = spool.keep().unwrap();
    assert_eq!((kept.events, kept.rows.len()), (3, 2));
    spool.aired("s", 200, 200);
    spool.end("s", 250, "stopped");
    let kept = spool.keep().unwrap();
    assert_eq!((kept.events, kept.rows.len()), (2, 1), "the others were stored before");
    assert_eq!(kept.rows[0].date, date(2026, 11, 23));
    let expected = [row(100, 120, Outcome::Partial, "joined"), row(150, 150, Outcome::Aired, "")];
    assert_eq!(spool.rows(DAY), expected);
    assert_eq!(spool.rows(date(2026, 11, 23)), [row(200, 200, Outcome::Aired, "")]);
    assert_eq!(spool.store.asrun("one", date(2026, 11, 23)).unwrap(), kept.rows, "it comes back as it was");
    assert_eq!(spool.store.asrun("two", DAY).unwrap(), []);
    assert_eq!(kept.rows[0].row.kind, Kind::Programme);
}

#[test]
fn a_session_that_goes_on_where_another_was_lost_is_told_so() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::at(home.path());
    for (session, first, cause) in [("a", 0, "air_lost"), ("b", 60, "stopped"), ("c", 70, "stopped")] {
        spool.begin(session, first);
        let start = first / 50 * 50;
        spool.aired(session, start, first);
        spool.end(session, first + 50, cause);
    }
    spool.keep().unwrap();
    let rows = [
        row(0, 0, Outcome::Aired, ""),
        row(50, 60, Outcome::Partial, "air_lost"),
        row(50, 70, Outcome::Partial, "joined"),
    ];
    assert_eq!(spool.rows(DAY), rows);
}

#[test]
fn when_channels_were_on_air_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::at(home.path());
    spool.begin("a", 0);
    spool.end("a", 50, "stopped");
    spool.begin("b", 100);
    spool.keep().unwrap();
    let on_air = |from, to| {
        let sessions = spool.store.air_sessions("one", UtcTime::from_millis(from), UtcTime::from_millis(to)).unwrap();
        sessions.into_iter().map(|session| (session.first.0, session.end)).collect::<Vec<_>>()
    };
    let (first, second) = ((0, Some((FrameIndex(50), "stopped".to_owned()))), (100, None));
    assert_eq!(on_air(0, 4001), [first.clone(), second.clone()]);
    assert_eq!(on_air(0, 4000), [first], "the second begins at 4 s");
    assert_eq!(on_air(90_000, 95_000), [second], "it goes on");
}

#[test]
fn what_was_sent_never_changes_and_is_forgotten_in_the_end() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::at(home.path());
    spool.begin("s", 100);
    spool.aired("s", 100, 100);
    spool.aired("s", 150, 150);
    spool.keep().unwrap();
    let changed = spool.store.write(|connection| {
        use diesel::RunQueryDsl;
        Ok(diesel::sql_query("UPDATE asrun SET aired_frames = 49, slate_frames = 1").execute(connection)?)
    });
    assert!(changed.unwrap_err().to_string().contains("never changed"));
    assert_eq!(spool.store.prune_asrun(UtcTime::from_millis(4000)).unwrap(), 0);
    assert_eq!(spool.store.prune_asrun(UtcTime::from_millis(4001)).unwrap(), 1);
    assert_eq!(spool.rows(DAY), [row(150, 150, Outcome::Aired, "")]);
}
