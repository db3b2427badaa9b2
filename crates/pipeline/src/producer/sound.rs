//! A segment's sound: decoded, mixed down, cut by samples, levelled, coded.

use std::time::Duration;

use bytes::Bytes;
use gstreamer as gst;
use gstreamer_audio::AudioInfo;
use retrovue_timeline::{SAMPLE_RATE, SAMPLES_PER_FRAME};

use super::decode::{Pulled, pull};
use super::downmix::Downmix;
use super::fades::SoundFades;
use super::fault;
use super::lane::Room;
use super::limiter::Limiter;
use super::open::Opened;
use super::slicer::Slicer;
use super::supervise::POLL;
use super::vision::DRY;
use super::{Lanes, SegmentSpec};
use crate::encode::{AudioEncoder, EncodeError, StereoFrame};
use crate::unit::{AudioUnit, Fault};

/// 20 ms at each end, so that coded frames can be cut without a click.
const FADE_SAMPLES: i64 = SAMPLE_RATE / 50;

/// True peaks of what viewers decode stay below this (dBTP; EBU R128 asks for −1). Programmes at −24 LUFS whose peaks
/// stand 18 dB above their loudness reach −6, where the limiter takes 1 dB off the highest of them and no loudness.
const MAX_TRUE_PEAK_DBTP: f32 = -1.5;

/// While the file's sound is dry, so many frames of silence are kept ready: a second, and no more, since the sound may
/// still come.
const DRY_FRAMES: usize = 47;

/// Makes the segment's units until it is complete, has failed or is no longer wanted.
pub(super) fn run(spec: &SegmentSpec, opened: &Opened, encoder: AudioEncoder, lanes: &Lanes) -> Result<(), Fault> {
    let result = Sound::new(spec, opened, encoder, lanes).run();
    opened.decode.release_audio();
    match result {
        Ok(()) | Err(Stop::Closed) => Ok(()),
        Err(Stop::Failed(fault)) => Err(fault),
    }
}

enum Stop {
    Closed,
    Failed(Fault),
}

struct Sound<'a> {
    spec: &'a SegmentSpec,
    opened: &'a Opened,
    lanes: &'a Lanes,
    slicer: Slicer,
    limiter: Limiter,
    encoder: AudioEncoder,
    /// Linear.
    gain: f32,
    fades: SoundFades,
    /// Samples from the segment's first to its last.
    length: i64,
    /// Samples shaped so far.
    shaped: i64,
    /// The index of the next unit, counted from the segment's first.
    units: i64,
    /// The index after the last one.
    end: i64,
    layout: Option<(gst::Caps, Downmix)>,
    /// Nobody takes the sound, and the pictures need the file to go on: the oldest sound is given up.
    yielding: bool,
}

impl<'a> Sound<'a> {
    fn new(spec: &'a SegmentSpec, opened: &'a Opened, encoder: AudioEncoder, lanes: &'a Lanes) -> Self {
        let rate = spec.format.frame_rate;
        let begin = spec.start_frame + opened.entry;
        let index = |frame| rate.nearest_audio_frame(frame).0 - rate.nearest_audio_frame(spec.start_frame).0;
        let (units, end) = (index(begin), index(spec.start_frame + spec.frame_count));
        let first_sample = rate.samples_in(spec.in_offset_frames + opened.entry) + rate.audio_lead_samples(begin);
        Self {
            spec,
            opened,
            lanes,
            slicer: Slicer::new(first_sample, end - units),
            limiter: Limiter::new(MAX_TRUE_PEAK_DBTP - AudioEncoder::overshoot_db(&spec.format)),
            encoder,
            gain: 10_f64.powf(spec.gain_db / 20.0) as f32,
            fades: SoundFades::new(&spec.fades, rate, begin),
            length: (end - units) * SAMPLES_PER_FRAME,
            shaped: 0,
            units,
            end,
            layout: None,
            yielding: false,
        }
    }

    fn run(mut self) -> Result<(), Stop> {
        if !self.opened.decode.has_audio() {
            self.slicer.end_of_sound();
        }
        let mut waited = Duration::ZERO;
        loop {
            while let Some(frame) = self.slicer.next_frame() {
                let levelled = frame.map(|sample| sample.map(|value| value * self.gain));
                if let Some(frame) = self.limiter.frame(levelled) {
                    self.code(frame)?;
                }
            }
            if self.slicer.is_complete() {
                return self.finish();
            }
            self.await_room()?;
            match pull(&self.opened.decode.audio, POLL) {
                Pulled::Sample(sample) => {
                    waited = Duration::ZERO;
                    self.samples(&sample);
                }
                Pulled::End => self.slicer.end_of_sound(),
                Pulled::Nothing => {
                    waited += POLL;
                    self.starve(waited)?;
                }
            }
        }
    }

    fn samples(&mut self, sample: &gst::Sample) {
        let (Some(caps), Some(buffer)) = (sample.caps(), sample.buffer()) else { return };
        if self.layout.as_ref().is_none_or(|(known, _)| known.as_ref() != caps) {
            let Ok(info) = AudioInfo::from_caps(caps) else { return };
            self.layout = Some((caps.to_owned(), Downmix::of(&info)));
        }
        let (Some((_, downmix)), Ok(map)) = (&self.layout, buffer.map_readable()) else { return };
        let stamp = self.opened.asset_time(sample).map(nearest_sample);
        self.slicer.samples(stamp, &downmix.mix(&map));
    }

    /// The file has given no sound for a while. Where its pictures wait for that, the sound is too far away in it.
    fn starve(&mut self, waited: Duration) -> Result<(), Stop> {
        if let Some(failure) = self.lanes.video.failure() {
            return Err(Stop::Failed(failure));
        }
        if waited >= DRY && self.lanes.video.is_full() {
            let lacking = DRY_FRAMES.saturating_sub(self.lanes.audio.len());
            self.slicer.silent_frames(i64::try_from(lacking).unwrap_or(0));
        }
        Ok(())
    }

    /// Waits until a unit may be put. Where that holds back pictures that have run dry, old sound makes room, until
    /// pictures are as far ahead as they may be.
    fn await_room(&mut self) -> Result<(), Stop> {
        let video = &self.lanes.video;
        loop {
            match self.lanes.audio.await_room(if self.yielding { Duration::ZERO } else { POLL }) {
                Room::Free => return Ok(()),
                Room::Closed => return Err(Stop::Closed),
                Room::Full => {}
            }
            self.yielding = video.is_dry() || (self.yielding && !video.is_full());
            if self.yielding {
                self.lanes.audio.drop_oldest();
            }
        }
    }

    fn code(&mut self, frame: StereoFrame) -> Result<(), Stop> {
        let faded = self.fade(frame);
        let coded = self.encoder.encode(&faded).map_err(|error| self.failed(&error))?;
        if let Some(packet) = coded {
            self.await_room()?;
            self.put(packet);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Stop> {
        if let Some(frame) = self.limiter.finish() {
            self.code(frame)?;
        }
        let spec = self.spec;
        let lanes = self.lanes;
        let first = self.units;
        let rest = self.encoder.finish().map_err(|error| Stop::Failed(fault::encode_failed(&spec.path, &error)))?;
        for (index, data) in (first..self.end).zip(rest) {
            lanes.audio.put(AudioUnit { index, data });
        }
        Ok(())
    }

    fn fade(&mut self, mut frame: StereoFrame) -> StereoFrame {
        for sample in &mut frame {
            let to_edge = self.shaped.min(self.length - 1 - self.shaped);
            let edge = if to_edge < FADE_SAMPLES { (to_edge as f32 + 0.5) / FADE_SAMPLES as f32 } else { 1.0 };
            let gain = edge.min(self.fades.gain(self.shaped));
            *sample = sample.map(|value| value * gain);
            self.shaped += 1;
        }
        frame
    }

    fn put(&mut self, data: Bytes) {
        self.lanes.audio.put(AudioUnit { index: self.units, data });
        self.units += 1;
    }

    fn failed(&self, error: &EncodeError) -> Stop {
        Stop::Failed(fault::encode_failed(&self.spec.path, error))
    }
}

/// The sample nearest to `nanos`.
fn nearest_sample(nanos: i64) -> i64 {
    let doubled = 2 * i128::from(nanos) * i128::from(SAMPLE_RATE) + 1_000_000_000;
    i64::try_from(doubled.div_euclid(2_000_000_000)).unwrap_or(0)
}
