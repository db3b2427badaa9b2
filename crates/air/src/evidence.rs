//! What really happened, for whoever watches, and once in the log.

use std::sync::{Mutex, PoisonError};

use retrovue_kit::MasterClock;
use retrovue_proto::v1::{self, event::What};
use retrovue_timeline::FrameIndex;
use tokio::sync::broadcast;

use crate::splicer::Notice;

/// Events that a slow watcher may be behind: some minutes of many channels at once. One that is further behind is told
/// so, and starts anew from a list of the channels.
const BACKLOG: usize = 1024;

/// Tells events to all watchers.
pub(crate) struct Evidence {
    clock: MasterClock,
    /// None once Air has told everything that it will tell.
    events: Mutex<Option<broadcast::Sender<v1::Event>>>,
}

impl Evidence {
    /// Evidence dated by `clock`.
    pub(crate) fn new(clock: MasterClock) -> Self {
        Self { clock, events: Mutex::new(Some(broadcast::channel(BACKLOG).0)) }
    }

    /// Everything from now on; `None` where nothing more will come.
    pub(crate) fn watch(&self) -> Option<broadcast::Receiver<v1::Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(broadcast::Sender::subscribe)
    }

    /// Nothing more will come: watchers get what is on its way, and then the end.
    pub(crate) fn close(&self) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// A session has ended; `next` is the first frame that was not sent.
    pub(crate) fn session_ended(&self, channel: &str, session_id: &str, next: FrameIndex, cause: &str) {
        tracing::info!(channel, session_id, next_frame = next.0, cause, "session ended");
        let what = What::SessionEnded(v1::SessionEnded { last_frame: next.0 - 1, cause: cause.to_owned() });
        self.tell(channel, session_id, what);
    }

    /// Something happened on a channel's timeline.
    pub(crate) fn notice(&self, channel: &str, session_id: &str, notice: Notice) {
        let what = match notice {
            Notice::Opening { segment, frame } => {
                let path = segment.asset.as_ref().map(|asset| asset.path.display().to_string());
                tracing::debug!(channel, event_id = %segment.event_id, frame = frame.0, path, "opening a segment");
                return;
            }
            Notice::Started { event_id, frame } => {
                tracing::debug!(channel, %event_id, frame = frame.0, "segment started");
                What::SegmentStarted(v1::SegmentStarted { event_id: event_id.to_string(), frame: frame.0 })
            }
            Notice::Ended { event_id, frame, aired, slate } => {
                tracing::debug!(channel, %event_id, frame = frame.0, aired, slate, "segment ended");
                let (event_id, frame) = (event_id.to_string(), frame.0);
                What::SegmentEnded(v1::SegmentEnded { event_id, frame, aired_frames: aired, slate_frames: slate })
            }
            Notice::Faulted { segment, frame, fault } => {
                let (event_id, title) = (&*segment.event_id, &segment.title);
                tracing::warn!(channel, event_id, title, frame = frame.0, code = fault.code, "{}", fault.message);
                What::SegmentFault(v1::SegmentFault {
                    event_id: event_id.to_owned(),
                    asset_id: segment.asset.as_ref().map(|asset| asset.asset_id.to_string()).unwrap_or_default(),
                    frame: frame.0,
                    code: fault.code.to_owned(),
                    message: fault.message,
                })
            }
        };
        self.tell(channel, session_id, what);
    }

    fn tell(&self, channel: &str, session_id: &str, what: What) {
        let event = v1::Event {
            channel: channel.to_owned(),
            session_id: session_id.to_owned(),
            utc_ns: self.clock.now().nanos(),
            what: Some(what),
        };
        if let Some(events) = &*self.events.lock().unwrap_or_else(PoisonError::into_inner) {
            // an error says that nobody watches
            let _ = events.send(event);
        }
    }
}
