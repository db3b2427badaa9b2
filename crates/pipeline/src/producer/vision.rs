//! A segment's pictures: decoded, laid on slots, coded.

use std::time::Duration;

use gstreamer as gst;
use retrovue_timeline::FrameRate;

use super::cadence::{Cadence, Shown, on_grid};
use super::decode::{Pulled, pull};
use super::fault::{self, Stage};
use super::lane::Room;
use super::open::Opened;
use super::overlay::{Dressing, Ordered};
use super::press::Press;
use super::supervise::POLL;
use super::{Lanes, SegmentSpec};
use crate::encode::{EncodeError, Fitter, VideoEncoder, is_high_dynamic_range};
use crate::unit::Fault;

/// A hungry segment that gets no picture for so long will get none: the channel shows slate for most of it already.
const STALL: Duration = Duration::from_secs(5);

/// After which a lane that wants pictures and gets none is dry.
pub(super) const DRY: Duration = Duration::from_secs(1);

/// What fits pictures to the house and codes them; ready before there are any.
pub(super) struct Coder {
    fitter: Fitter,
    encoder: VideoEncoder,
}

impl Coder {
    pub(super) fn start(spec: &SegmentSpec) -> Result<Self, Fault> {
        let start = || Ok(Self { fitter: Fitter::start(&spec.format)?, encoder: VideoEncoder::start(&spec.format)? });
        start().map_err(|error: EncodeError| fault::encode_failed(&spec.path, &error))
    }
}

/// Makes the segment's units until it is complete, has failed or is no longer wanted.
pub(super) fn run(
    spec: &SegmentSpec,
    opened: &Opened,
    coder: Coder,
    overlays: &Ordered<'_>,
    lanes: &Lanes,
) -> Result<(), Fault> {
    let result = Vision::start(spec, opened, coder, overlays, lanes).and_then(Vision::run);
    opened.decode.release_video();
    result
}

struct Vision<'a> {
    spec: &'a SegmentSpec,
    opened: &'a Opened,
    lanes: &'a Lanes,
    cadence: Cadence<gst::Sample>,
    fitter: Fitter,
    press: Press<'a>,
    /// How long the last picture lasts, in nanoseconds, should it be the file's last.
    last_duration_ns: i64,
}

impl<'a> Vision<'a> {
    fn start(
        spec: &'a SegmentSpec,
        opened: &'a Opened,
        coder: Coder,
        overlays: &Ordered<'_>,
        lanes: &'a Lanes,
    ) -> Result<Self, Fault> {
        let failed = |error: EncodeError| fault::encode_failed(&spec.path, &error);
        let Coder { fitter, encoder } = coder;
        let remark = |remark| lanes.remark(remark);
        let dressing = Dressing::new(overlays, spec.start_frame, spec.fades, remark).map_err(failed)?;
        let rate = spec.format.frame_rate;
        let cadence = Cadence::new(rate, spec.in_offset_frames, spec.frame_count);
        let last_duration_ns = rate.nanos_in(1);
        let press = Press::new(dressing, encoder, lanes);
        Ok(Self { spec, opened, lanes, cadence, fitter, press, last_duration_ns })
    }

    fn run(mut self) -> Result<(), Fault> {
        let path = &self.spec.path;
        let decode = &self.opened.decode;
        let mut failure = None;
        let (mut waited, mut starved) = (Duration::ZERO, Duration::ZERO);
        while !self.cadence.is_complete() {
            match self.lanes.video.await_room(POLL) {
                Room::Free => {}
                Room::Full => continue,
                Room::Closed => return Ok(()),
            }
            let pulled = pull(&decode.video, POLL);
            if failure.is_none() {
                failure = decode.fault(path, Stage::Playing);
            }
            match pulled {
                Pulled::Sample(sample) => {
                    (waited, starved) = (Duration::ZERO, Duration::ZERO);
                    if let Some(shown) = self.picture(sample) {
                        self.show(shown)?;
                    }
                }
                Pulled::End => {
                    if let Some(shown) = self.cadence.end(self.last_duration_ns) {
                        self.show(shown)?;
                    }
                    return failure.map_or(Ok(()), Err);
                }
                Pulled::Nothing => {
                    waited += POLL;
                    // as long as there is work ahead, nobody misses a picture
                    starved = if self.lanes.video.len() == 0 { starved + POLL } else { Duration::ZERO };
                    if let Some(failure) = failure {
                        return Err(failure);
                    }
                    if starved >= STALL {
                        return Err(fault::stalled(path, STALL.as_secs()));
                    }
                    if waited >= DRY {
                        self.lanes.video.mark_dry();
                    }
                }
            }
        }
        Ok(())
    }

    fn picture(&mut self, sample: gst::Sample) -> Option<Shown<gst::Sample>> {
        // one without a stamp follows the one before it
        let follows = self.cadence.current_start().map(|start_ns| start_ns + self.last_duration_ns);
        let nominal = nominal_rate(&sample);
        let start_ns = self.opened.asset_time(&sample).or(follows).unwrap_or(0);
        let stamped = sample.buffer()?.duration().and_then(|duration| i64::try_from(duration.nseconds()).ok());
        if let Some(duration_ns) = stamped.or_else(|| nominal.map(|rate| rate.nanos_in(1))) {
            self.last_duration_ns = duration_ns;
        }
        self.cadence.picture(on_grid(start_ns, nominal), sample)
    }

    /// Fits a picture to the house, and codes it once for each of its slots that are not gone. Pictures that have none
    /// cost neither.
    fn show(&mut self, shown: Shown<gst::Sample>) -> Result<(), Fault> {
        let path = &self.spec.path;
        let failed = |error: EncodeError| fault::encode_failed(path, &error);
        let (Some(picture), Some(caps)) = (shown.picture.buffer_owned(), shown.picture.caps()) else { return Ok(()) };
        if self.fitter.adopt(caps) && is_high_dynamic_range(caps) {
            self.lanes.remark(fault::tones_unmapped(path));
        }
        if shown.slots.end <= self.lanes.first_wanted() {
            return Ok(());
        }
        let picture = self.fitter.fit(picture).map_err(failed)?;
        for slot in shown.slots {
            if self.press.print(slot, || Ok(picture.clone())).map_err(failed)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What the stream says of itself; `None` where it says nothing or that its rate varies.
pub(super) fn nominal_rate(sample: &gst::Sample) -> Option<FrameRate> {
    let rate = sample.caps()?.structure(0)?.get::<gst::Fraction>("framerate").ok()?;
    FrameRate::new(u32::try_from(rate.numer()).ok()?, u32::try_from(rate.denom()).ok()?)
}
