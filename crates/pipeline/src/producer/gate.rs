//! A gate before a sink, shut until the pipeline plays and stands at its in-point.
//!
//! GStreamer's base sink commits to a state that is still on its way to it, and then renders while the change of state
//! waits for the lock under which it renders. An appsink waits for room under that lock: full, it holds up the change
//! until somebody pulls, and for ever where that is whoever changes the state. So nothing may reach a sink before its
//! last change of state is over.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use gstreamer as gst;

/// Holds back everything that is to reach a sink. Dropping opens it.
pub(super) struct Gate {
    pad: gst::Pad,
    probe: Option<gst::PadProbeId>,
    lobby: Arc<Lobby>,
}

/// Where a sample waits.
#[derive(Default)]
struct Lobby {
    waiting: Mutex<Option<gst::Sample>>,
    arrived: Condvar,
}

impl Gate {
    /// Shuts the way into `sink`, which is linked and not playing.
    pub(super) fn before(sink: &impl IsA<gst::Element>) -> Result<Self, glib::BoolError> {
        let pad = sink.static_pad("sink").and_then(|pad| pad.peer());
        let pad = pad.ok_or_else(|| glib::bool_error!("a sink that is not linked"))?;
        let lobby = Arc::new(Lobby::default());
        let theirs = Arc::clone(&lobby);
        let probe = pad.add_probe(gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER, move |pad, info| {
            theirs.admit(pad, info.buffer());
            gst::PadProbeReturn::Ok
        });
        Ok(Self { pad, probe, lobby })
    }

    /// What waits at the gate, waiting up to `wait` for it.
    pub(super) fn waiting(&self, wait: Duration) -> Option<gst::Sample> {
        let nobody = |waiting: &mut Option<gst::Sample>| waiting.is_none();
        let waited = self.lobby.arrived.wait_timeout_while(self.lobby.waiting(), wait, nobody);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Sends `seek` to where the samples come from. What waits is flushed away.
    pub(super) fn seek(&self, seek: gst::Event) -> bool {
        // nothing else can come before the flush: what waits is what keeps it back
        self.lobby.waiting().take();
        self.pad.send_event(seek)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(probe) = self.probe.take() {
            self.pad.remove_probe(probe);
        }
    }
}

impl Lobby {
    fn admit(&self, pad: &gst::Pad, buffer: Option<&gst::Buffer>) {
        let Some(buffer) = buffer else { return };
        let (caps, segment) = (pad.current_caps(), pad.sticky_event::<gst::event::Segment>(0));
        let mut sample = gst::Sample::builder().buffer(buffer);
        sample = sample.caps_if_some(caps.as_ref());
        sample = sample.segment_if_some(segment.as_ref().map(|event| event.segment()));
        *self.waiting() = Some(sample.build());
        self.arrived.notify_all();
    }

    fn waiting(&self) -> MutexGuard<'_, Option<gst::Sample>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
