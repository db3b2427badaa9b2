//! House pictures slot by slot: dressed, coded, handed out.

use std::ops::ControlFlow;

use gstreamer as gst;

use super::Lanes;
use super::lane::Room;
use super::overlay::Dressing;
use super::stopwatch::Lap;
use super::supervise::POLL;
use crate::encode::{EncodeError, VideoEncoder};

/// Makes a segment's coded pictures.
pub(super) struct Press<'a> {
    dressing: Dressing,
    encoder: VideoEncoder,
    lanes: &'a Lanes,
    /// The slot after the one that was coded last.
    coded: i64,
}

impl<'a> Press<'a> {
    pub(super) fn new(dressing: Dressing, encoder: VideoEncoder, lanes: &'a Lanes) -> Self {
        Self { dressing, encoder, lanes, coded: 0 }
    }

    /// Makes the unit of `slot` when there is room for it, unless the slot is gone by then. Breaks where nobody takes
    /// another one.
    pub(super) fn print(
        &mut self,
        slot: i64,
        picture: impl FnOnce() -> Result<gst::Buffer, EncodeError>,
    ) -> Result<ControlFlow<()>, EncodeError> {
        while self.lanes.video.await_room(POLL) == Room::Full {}
        self.lanes.give_way();
        if self.lanes.is_closed() {
            return Ok(ControlFlow::Break(()));
        }
        if slot < self.lanes.first_wanted() {
            return Ok(ControlFlow::Continue(()));
        }
        if slot > self.coded {
            // what comes after a gap can be shown at once
            self.encoder.begin_group();
        }
        self.coded = slot + 1;
        let dressed = self.dressing.picture(&picture()?, slot)?;
        let unit = self.encoder.encode(&dressed, slot)?;
        self.lanes.stopwatch.lap(Lap::FirstUnit);
        self.lanes.video.put(unit);
        Ok(ControlFlow::Continue(()))
    }
}
