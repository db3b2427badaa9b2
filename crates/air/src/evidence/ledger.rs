//! The sessions that have begun and not ended, as the events tell it: what is known of them when Air has died.

use std::collections::BTreeMap;

use retrovue_proto::v1::event::What;
use retrovue_proto::v1::{self, Event};

/// Sessions that have not ended, by id. There are no more than channels on air.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ledger(BTreeMap<String, OpenSession>);

/// Where a session stood at a mark, written once a second.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Mark {
    #[prost(string, tag = "1")]
    pub(crate) session_id: String,
    #[prost(int64, tag = "2")]
    pub(crate) utc_ns: i64,
    /// The frame that is sent next.
    #[prost(int64, tag = "3")]
    pub(crate) next_frame: i64,
    /// The event on air; empty where nothing is planned.
    #[prost(string, tag = "4")]
    pub(crate) event_id: String,
    /// Its frames so far.
    #[prost(int64, tag = "5")]
    pub(crate) aired: i64,
    /// Its frames so far that were slate.
    #[prost(int64, tag = "6")]
    pub(crate) slate: i64,
}

/// A session that has begun and not ended.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OpenSession {
    #[prost(string, tag = "1")]
    channel: String,
    #[prost(string, tag = "2")]
    session_id: String,
    /// Of the last mark.
    #[prost(int64, tag = "3")]
    utc_ns: i64,
    #[prost(int64, tag = "4")]
    next_frame: i64,
    #[prost(message, optional, tag = "5")]
    on_air: Option<OnAir>,
}

/// The segment that the session shows.
#[derive(Clone, PartialEq, prost::Message)]
struct OnAir {
    #[prost(message, required, tag = "1")]
    started: v1::SegmentStarted,
    #[prost(int64, tag = "2")]
    aired: i64,
    #[prost(int64, tag = "3")]
    slate: i64,
    /// The first fault's code.
    #[prost(string, tag = "4")]
    fault: String,
}

impl Ledger {
    /// What a volume's head tells.
    pub(super) fn of(open: Vec<OpenSession>) -> Self {
        Self(open.into_iter().map(|session| (session.session_id.clone(), session)).collect())
    }

    /// For a volume's head.
    pub(super) fn open(&self) -> Vec<OpenSession> {
        self.0.values().cloned().collect()
    }

    /// Takes an event in.
    pub(super) fn event(&mut self, event: &Event) {
        if let Some(What::SessionStarted(started)) = &event.what {
            let session = OpenSession {
                channel: event.channel.clone(),
                session_id: event.session_id.clone(),
                utc_ns: event.utc_ns,
                next_frame: started.first_frame,
                on_air: None,
            };
            self.0.insert(event.session_id.clone(), session);
            return;
        }
        if let Some(What::SessionEnded(_)) = &event.what {
            self.0.remove(&event.session_id);
            return;
        }
        let Some(session) = self.0.get_mut(&event.session_id) else { return };
        session.utc_ns = session.utc_ns.max(event.utc_ns);
        match &event.what {
            Some(What::SegmentStarted(started)) => {
                session.next_frame = started.frame;
                session.on_air = Some(OnAir { started: started.clone(), aired: 0, slate: 0, fault: String::new() });
            }
            Some(What::SegmentEnded(ended)) => {
                session.next_frame = ended.frame;
                session.on_air = None;
            }
            Some(What::SegmentFault(fault)) => {
                let on_air = session.on_air.as_mut().filter(|on_air| on_air.started.event_id == fault.event_id);
                if let Some(on_air) = on_air.filter(|on_air| on_air.fault.is_empty()) {
                    on_air.fault.clone_from(&fault.code);
                }
            }
            _ => {}
        }
    }

    /// Takes a mark in.
    pub(super) fn mark(&mut self, mark: &Mark) {
        let Some(session) = self.0.get_mut(&mark.session_id) else { return };
        if let Some(on_air) = &mut session.on_air {
            if on_air.started.event_id != mark.event_id {
                return;
            }
            (on_air.aired, on_air.slate) = (mark.aired, mark.slate);
        }
        (session.utc_ns, session.next_frame) = (mark.utc_ns, mark.next_frame);
    }

    /// The end of the segment that `session_id` still shows, where it does: it ends with its session.
    pub(super) fn end_of_segment(&self, session_id: &str, cause: &str) -> Option<Event> {
        let session = self.0.get(session_id)?;
        let OnAir { started, aired, slate, fault } = session.on_air.clone()?;
        let mut planned = started.planned.unwrap_or_default();
        // another plan may have let it go on
        planned.frame_count = planned.frame_count.max(session.next_frame - planned.start_frame);
        Some(session.event(What::SegmentEnded(v1::SegmentEnded {
            event_id: started.event_id,
            frame: session.next_frame,
            aired_frames: aired,
            slate_frames: slate,
            unsent_frames: planned.frame_count - aired - slate,
            started_frame: started.frame,
            cause: cause.to_owned(),
            fault,
            planned: Some(planned),
        })))
    }

    /// The ends of all sessions, whose Air has died.
    pub(super) fn ends(&self) -> Vec<Event> {
        let end = |session: &OpenSession| {
            let (last_frame, cause) = (session.next_frame - 1, AIR_LOST.to_owned());
            session.event(What::SessionEnded(v1::SessionEnded { last_frame, cause }))
        };
        self.0.values().map(end).collect()
    }
}

impl OpenSession {
    /// `what` happened to it, as far as anybody knows at its last mark.
    fn event(&self, what: What) -> Event {
        Event {
            channel: self.channel.clone(),
            session_id: self.session_id.clone(),
            utc_ns: self.utc_ns,
            what: Some(what),
            ..Event::default()
        }
    }
}

/// Why sessions ended that nobody ended.
const AIR_LOST: &str = "air_lost";

#[cfg(test)]
mod tests {
    use super::*;

    fn event(what: What) -> Event {
        Event { channel: "c".to_owned(), session_id: "s".to_owned(), utc_ns: 7, what: Some(what), ..Event::default() }
    }

    fn begun() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.event(&event(What::SessionStarted(v1::SessionStarted { first_frame: 100, ..Default::default() })));
        let planned = v1::Planned { start_frame: 90, frame_count: 50, ..Default::default() };
        let started = v1::SegmentStarted { event_id: "e".to_owned(), frame: 100, planned: Some(planned) };
        ledger.event(&event(What::SegmentStarted(started)));
        ledger
    }

    #[test]
    fn a_session_that_never_ended_ends_at_its_last_mark() {
        let mut ledger = begun();
        let (session_id, event_id) = ("s".to_owned(), "e".to_owned());
        ledger.mark(&Mark { session_id, utc_ns: 9, next_frame: 130, event_id, aired: 28, slate: 2 });
        let fault = v1::SegmentFault { event_id: "e".to_owned(), code: "late".to_owned(), ..Default::default() };
        ledger.event(&event(What::SegmentFault(fault)));
        let segment = ledger.end_of_segment("s", "air_lost").unwrap();
        assert_eq!((segment.utc_ns, &*segment.channel), (9, "c"));
        let Some(What::SegmentEnded(segment)) = segment.what else { panic!("{segment:?}") };
        assert_eq!((segment.started_frame, segment.frame), (100, 130));
        assert_eq!((segment.aired_frames, segment.slate_frames, segment.unsent_frames), (28, 2, 20));
        assert_eq!(segment.fault, "late");
        let ends = ledger.ends();
        let Some(What::SessionEnded(session)) = &ends[0].what else { panic!("{ends:?}") };
        assert_eq!((ends.len(), session.last_frame, &*session.cause), (1, 129, "air_lost"));
        ledger.event(&ends[0]);
        assert_eq!(ledger, Ledger::default());
    }

    #[test]
    fn a_mark_of_the_segment_before_counts_nothing_for_the_next() {
        let mut ledger = begun();
        let (session_id, event_id) = ("s".to_owned(), "before".to_owned());
        ledger.mark(&Mark { session_id, utc_ns: 9, next_frame: 101, event_id, aired: 28, slate: 2 });
        let Some(Event { what: Some(What::SegmentEnded(ended)), .. }) = ledger.end_of_segment("s", "x") else {
            panic!("nothing is on air");
        };
        assert_eq!((ended.aired_frames, ended.unsent_frames), (0, 50));
    }

    #[test]
    fn a_segment_that_ended_ends_once() {
        let mut ledger = begun();
        let ended = v1::SegmentEnded { event_id: "e".to_owned(), frame: 140, ..Default::default() };
        ledger.event(&event(What::SegmentEnded(ended)));
        assert_eq!(ledger.end_of_segment("s", "x"), None);
        assert_eq!(ledger, Ledger::of(ledger.open()));
    }
}
