//! What one session tells.

use std::sync::Arc;
use std::time::Duration;

use retrovue_pipeline::{Fault, Witness};
use retrovue_proto::v1::{self, Event, event::What};
use retrovue_timeline::{FrameIndex, FrameRate};

use super::Evidence;
use super::ledger::Mark;
use super::receipt::Receipt;
use crate::plan::Segment;
use crate::splicer::{Notice, OnAir};

/// How long a file waits to be opened until that is on disk, which takes some milliseconds while its pipeline is built.
/// On a disk that stalls, viewers matter more than knowing which file was opened.
const SYNCED: Duration = Duration::from_millis(500);

/// Evidence of one session. Cheap to clone; nothing here waits for a disk.
#[derive(Clone)]
pub(crate) struct SessionEvidence {
    evidence: Arc<Evidence>,
    channel: Arc<str>,
    session_id: Arc<str>,
}

/// One opening of a segment.
struct Opening {
    session: SessionEvidence,
    segment: Arc<Segment>,
    synced: Arc<Receipt>,
}

impl SessionEvidence {
    /// Of the session `session_id` on `channel`.
    pub(crate) fn new(evidence: &Arc<Evidence>, channel: &str, session_id: &str) -> Self {
        Self { evidence: Arc::clone(evidence), channel: channel.into(), session_id: session_id.into() }
    }

    /// The session is about to open its first file.
    pub(crate) fn begun(&self, first: FrameIndex, rate: FrameRate) {
        let frame_rate = v1::FrameRate { num: rate.num(), den: rate.den() };
        // which start of Air it was is known where the spool is
        let started = v1::SessionStarted { first_frame: first.0, frame_rate: Some(frame_rate), air_run: 0 };
        self.tell(What::SessionStarted(started), None);
    }

    /// `segment` will be opened for the frames from `frame` on. Its producer waits until that is on disk.
    pub(crate) fn opening(&self, segment: &Arc<Segment>, frame: FrameIndex) -> Arc<dyn Witness> {
        let path = segment.asset().map(|asset| asset.path.display().to_string());
        let (channel, event_id) = (&*self.channel, &*segment.event_id);
        tracing::debug!(channel, event_id, frame = frame.0, path, "opening a segment");
        let synced = Arc::new(Receipt::default());
        let opening =
            v1::SegmentOpening { event_id: event_id.to_owned(), frame: frame.0, planned: Some(planned(segment)) };
        self.tell(What::SegmentOpening(opening), Some(Arc::clone(&synced)));
        Arc::new(Opening { session: self.clone(), segment: Arc::clone(segment), synced })
    }

    /// Something happened on the timeline. Where the session is ending, `ended_by` says why.
    pub(crate) fn notice(&self, notice: Notice, ended_by: Option<&'static str>) {
        let channel = &*self.channel;
        let what = match notice {
            Notice::Started { segment, frame } => {
                tracing::debug!(channel, event_id = %segment.event_id, frame = frame.0, "segment started");
                let (event_id, planned) = (segment.event_id.to_string(), Some(planned(&segment)));
                What::SegmentStarted(v1::SegmentStarted { event_id, frame: frame.0, planned })
            }
            Notice::Ended { on_air, frame } => {
                let OnAir { segment, begins, started, aired, slate, fault } = on_air;
                let mut planned = planned(&segment);
                // another plan may have let it go on, or told of it in pieces
                planned.start_frame = begins.0;
                planned.frame_count = segment.end().max(frame) - begins;
                let cause = if frame >= segment.end() { "boundary" } else { ended_by.unwrap_or("replanned") };
                tracing::debug!(channel, event_id = %segment.event_id, frame = frame.0, aired, slate, cause, "segment ended");
                What::SegmentEnded(v1::SegmentEnded {
                    event_id: segment.event_id.to_string(),
                    frame: frame.0,
                    aired_frames: aired,
                    slate_frames: slate,
                    unsent_frames: planned.frame_count - aired - slate,
                    started_frame: started.0,
                    cause: cause.to_owned(),
                    fault: fault.unwrap_or_default().to_owned(),
                    planned: Some(planned),
                })
            }
            Notice::Faulted { segment, frame, fault } => {
                let (event_id, title) = (&*segment.event_id, &segment.title);
                tracing::warn!(channel, event_id, title, frame = frame.0, code = fault.code, "{}", fault.message);
                What::SegmentFault(v1::SegmentFault {
                    event_id: event_id.to_owned(),
                    asset_id: asset_id(&segment),
                    frame: frame.0,
                    code: fault.code.to_owned(),
                    message: fault.message,
                })
            }
        };
        self.tell(what, None);
    }

    /// Where the session stands, once a second: `next` is the first frame that is not sent.
    pub(crate) fn mark(&self, next: FrameIndex, on_air: Option<&OnAir>) {
        self.evidence.mark(Mark {
            session_id: self.session_id.to_string(),
            utc_ns: self.evidence.clock.now().nanos(),
            next_frame: next.0,
            event_id: on_air.map(|on_air| on_air.segment.event_id.to_string()).unwrap_or_default(),
            aired: on_air.map_or(0, |on_air| on_air.aired),
            slate: on_air.map_or(0, |on_air| on_air.slate),
        });
    }

    /// The session has ended; `next` is the first frame that was not sent.
    pub(crate) fn ended(&self, next: FrameIndex, cause: &str) {
        let (channel, session_id) = (&*self.channel, &*self.session_id);
        tracing::info!(channel, session_id, next_frame = next.0, cause, "session ended");
        let ended = v1::SessionEnded { last_frame: next.0 - 1, cause: cause.to_owned() };
        self.tell(What::SessionEnded(ended), None);
    }

    fn tell(&self, what: What, receipt: Option<Arc<Receipt>>) {
        let event = Event {
            channel: self.channel.to_string(),
            session_id: self.session_id.to_string(),
            utc_ns: self.evidence.clock.now().nanos(),
            what: Some(what),
            ..Event::default()
        };
        self.evidence.tell(event, receipt);
    }
}

impl Witness for Opening {
    fn opening(&self) {
        self.synced.wait(SYNCED);
    }

    fn opened(&self, fault: Option<&Fault>) {
        let fault = fault.map(|fault| fault.code.to_owned()).unwrap_or_default();
        let (event_id, asset_id) = (self.segment.event_id.to_string(), asset_id(&self.segment));
        self.session.tell(What::SegmentOpened(v1::SegmentOpened { event_id, asset_id, fault }), None);
    }
}

fn planned(segment: &Segment) -> v1::Planned {
    v1::Planned {
        start_frame: segment.start.0,
        frame_count: segment.frames,
        asset_id: asset_id(segment),
        kind: segment.kind.clone(),
        title: segment.title.clone(),
    }
}

fn asset_id(segment: &Segment) -> String {
    segment.asset().map(|asset| asset.asset_id.to_string()).unwrap_or_default()
}
