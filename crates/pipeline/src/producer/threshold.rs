//! Stopping a file before anything of it is decoded, so that the first thing decoded is what the in-point needs.
//!
//! Only demuxers that have read an index by then: others would search the file for it. And not before HEVC, which
//! libavcodec can enter at a CRA picture, as it calls for in open GOPs, only after it has decoded and was flushed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;

/// Demuxers that know where each keyframe lies.
const INDEXED: [&str; 2] = ["qtdemux", "matroskademux"];

/// Holds back what the demuxer gives. Dropping lets it in.
pub(super) struct Threshold {
    door: Arc<Door>,
}

#[derive(Default)]
struct Door {
    state: Mutex<State>,
    knocked: Condvar,
}

#[derive(Default)]
struct State {
    open: bool,
    /// The demuxer's outputs, with what holds them.
    held: Vec<(gst::Pad, gst::PadProbeId)>,
    /// Where something came last.
    at: Option<gst::Pad>,
    /// It waits there.
    waits: bool,
}

impl Threshold {
    /// Shuts the way behind the demuxer that `decoder`, which is not open yet, will make.
    pub(super) fn of(decoder: &gst::Element) -> Self {
        let door = Arc::new(Door::default());
        let theirs = Arc::clone(&door);
        if let Some(bin) = decoder.downcast_ref::<gst::Bin>() {
            bin.connect_deep_element_added(move |_, _, element| {
                if element.factory().is_some_and(|factory| INDEXED.contains(&factory.name().as_str())) {
                    let door = Arc::clone(&theirs);
                    element.connect_pad_added(move |_, pad| door.hold(pad));
                }
            });
        }
        Self { door }
    }

    /// Waits up to `wait` until something stands before it.
    pub(super) fn is_reached(&self, wait: Duration) -> bool {
        let nobody = |state: &mut State| !state.waits;
        let waited = self.door.knocked.wait_timeout_while(self.door.state(), wait, nobody);
        waited.unwrap_or_else(PoisonError::into_inner).0.waits
    }

    /// Sends `seek` to the demuxer; what waits is flushed away. False where it does not seek.
    pub(super) fn seek(&self, seek: gst::Event) -> bool {
        let pad = {
            let mut state = self.door.state();
            state.waits = false;
            state.at.clone()
        };
        pad.is_some_and(|pad| pad.send_event(seek))
    }

    /// The stream time at which what waits begins, in nanoseconds.
    pub(super) fn begins_ns(&self) -> Option<i64> {
        let pad = self.door.state().at.clone()?;
        let event = pad.sticky_event::<gst::event::Segment>(0)?;
        let segment = event.segment().downcast_ref::<gst::ClockTime>()?;
        i64::try_from(segment.to_stream_time(segment.start()?)?.nseconds()).ok()
    }
}

impl Drop for Threshold {
    fn drop(&mut self) {
        self.door.open();
    }
}

impl Door {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) {
        let held = {
            let mut state = self.state();
            state.open = true;
            state.waits = false;
            state.at = None;
            std::mem::take(&mut state.held)
        };
        for (pad, probe) in held {
            pad.remove_probe(probe);
        }
    }

    fn hold(self: &Arc<Self>, pad: &gst::Pad) {
        let caps = pad.current_caps();
        let is_hevc = |caps: gst::Caps| caps.structure(0).is_some_and(|structure| structure.has_name("video/x-h265"));
        if caps.is_some_and(is_hevc) {
            return self.open();
        }
        let mut state = self.state();
        if state.open {
            return;
        }
        let door = Arc::downgrade(self);
        let probe = pad.add_probe(gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER, move |pad, _| {
            if let Some(door) = door.upgrade() {
                let mut state = door.state();
                (state.at, state.waits) = (Some(pad.clone()), true);
                drop(state);
                door.knocked.notify_all();
            }
            gst::PadProbeReturn::Ok
        });
        state.held.extend(probe.map(|probe| (pad.clone(), probe)));
    }
}
