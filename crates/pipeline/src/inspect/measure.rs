//! Reading all of a file: its sound decoded as it is played, its pictures decoded and looked at small.

mod meter;
mod pictures;
mod spans;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;

use self::meter::Meter;
use self::pictures::{Blacks, Keyframes, LOOKED_AT};
use super::line::{Line, Segment, segment_of};
use super::reading::{Deadline, Stopped, decoder_of, is_coded_as_stills, is_moving_picture, lock, taken_apart_by};
use super::{InspectError, Inspection, Interval, Measurement, inspect_within};
use crate::language;
use crate::producer::streams::is_default;

/// Audio tracks that are measured: more than any film has languages. The others are of no channel.
const MAX_TRACKS: usize = 32;

/// How often it is told how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(250);

/// Samples at the house's rate in the file's own layout, as a producer has them before it mixes them down.
const SOUND: &str = "audioconvert ! audioresample ! audio/x-raw,format=F32LE,rate=48000,layout=interleaved \
     ! appsink name=sink sync=false async=false max-buffers=16 enable-last-sample=false";

/// How long the facts may take: measuring has what others leave of the processor.
const FACTS_LIMIT: Duration = Duration::from_secs(120);

/// How long all of it may take: a slow machine decodes large pictures slower than they are shown, and then there are the
/// channels on air, which come first.
fn limit(duration_ns: i64) -> Duration {
    Duration::from_secs(600) + 10 * Duration::from_nanos(duration_ns.unsigned_abs())
}

/// What nobody looks at.
const DISCARD: &str = "fakesink name=sink sync=false async=false enable-last-sample=false";

/// Looks at `path`, then reads all of it, telling `told` from time to time which part of it is done: 0 to 1, never less
/// than before. It takes as long as decoding does; whoever waits for it gives it a limit.
///
/// # Errors
/// As [`inspect`](super::inspect), `timeout` where it is not done in ten times the file's duration, and where none of it can be decoded. What is broken further on ends what is measured, as it ends what
/// is played.
pub fn measure(path: &Path, told: &dyn Fn(f64)) -> Result<Inspection, InspectError> {
    told(0.0);
    let mut inspection = inspect_within(path, FACTS_LIMIT)?;
    let broken = |error: gst::glib::Error| {
        InspectError::new("truncated", path, &format!("cannot be read through ({error}); copy it again"))
    };
    let survey = Survey::start(path, &inspection).map_err(broken)?;
    match survey.to_end(told, &Deadline::after(limit(inspection.duration_ns))) {
        Ok(()) => {}
        Err(Stopped::Failed(error)) => return Err(broken(error)),
        Err(Stopped::OutOfTime) => {
            return Err(InspectError::new("timeout", path, "is decoded too slowly to be measured on this machine"));
        }
    }
    inspection.measurement = Some(survey.finish(&inspection));
    told(1.0);
    Ok(inspection)
}

/// A running pass over a whole file.
struct Survey {
    pipeline: gst::Pipeline,
    bus: gst::Bus,
    seen: Arc<Seen>,
    duration_ns: i64,
}

/// What went by.
struct Seen {
    line: Line,
    /// Where the first picture lies on that line.
    origin_ns: i64,
    duration_ns: i64,
    /// How far anything has come, in the asset's own time.
    latest_ns: AtomicI64,
    blacks: Mutex<Blacks>,
    /// One per audio track.
    meters: Mutex<Vec<Arc<Mutex<Meter>>>>,
    /// By the name of the decoder that takes them.
    keyframes: Mutex<HashMap<String, Keyframes>>,
    /// The pictures that are looked at.
    eyed: Mutex<Option<Eyed>>,
}

/// A stream of pictures.
#[derive(Clone, PartialEq)]
struct Eyed {
    /// The name of its decoder.
    decoder: String,
    /// It is coded as still images, which may be a cover.
    stills: bool,
}

impl Survey {
    fn start(path: &Path, facts: &Inspection) -> Result<Self, gst::glib::Error> {
        let (pipeline, bin) = taken_apart_by(path, "decodebin")?;
        bin.set_property("force-sw-decoders", true);
        let seen = Arc::new(Seen::of(facts));
        watch_decoders(&bin, &seen);
        connect_sinks(&bin, &pipeline, &seen);
        let bus =
            pipeline.bus().ok_or_else(|| gst::glib::Error::new(gst::CoreError::Failed, "a pipeline without a bus"))?;
        // What goes wrong here is told on the bus.
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self { pipeline, bus, seen, duration_ns: facts.duration_ns })
    }

    fn to_end(&self, told: &dyn Fn(f64), deadline: &Deadline) -> Result<(), Stopped> {
        let mut known_ns = 0;
        while !deadline.remaining().is_zero() {
            let tick = Deadline::after(TOLD_EVERY);
            while let Some(message) = self.bus.timed_pop(tick.remaining()) {
                match message.view() {
                    gst::MessageView::Eos(_) => return Ok(()),
                    gst::MessageView::Error(error) if self.latest_ns() == 0 => {
                        return Err(Stopped::Failed(error.error()));
                    }
                    gst::MessageView::Error(error) => {
                        tracing::warn!(error = %error.error(), "measured up to where the file is broken");
                        return Ok(());
                    }
                    _ => {}
                }
            }
            let latest_ns = self.latest_ns();
            if latest_ns > known_ns {
                known_ns = latest_ns;
                told((latest_ns as f64 / self.duration_ns as f64).min(1.0));
            }
        }
        Err(Stopped::OutOfTime)
    }

    fn latest_ns(&self) -> i64 {
        self.seen.latest_ns.load(Ordering::Relaxed)
    }

    fn finish(self, facts: &Inspection) -> Measurement {
        let _ = self.pipeline.set_state(gst::State::Null);
        let languages = facts.streams.iter().filter(|stream| stream.kind == "audio").map(|stream| &stream.language);
        let meters = lock(&self.seen.meters);
        let tracks = meters.iter().zip(languages);
        let measured = tracks.map(|(meter, language)| lock(meter).finish(language::codes(language), self.duration_ns));
        let (loudness, mut silences): (Vec<_>, Vec<_>) = measured.unzip();
        let nothing = Interval { start_ns: 0, end_ns: self.duration_ns };
        let decoder = lock(&self.seen.eyed).take().map(|eyed| eyed.decoder).unwrap_or_default();
        Measurement {
            loudness,
            keyframes_ms: lock(&self.seen.keyframes).get_mut(&decoder).map(Keyframes::finish).unwrap_or_default(),
            black: lock(&self.seen.blacks).finish(self.duration_ns),
            silence: if silences.is_empty() { vec![nothing] } else { silences.swap_remove(0) },
        }
    }
}

impl Drop for Survey {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Seen {
    fn of(facts: &Inspection) -> Self {
        let line = Line::of(&facts.container);
        let origin_ns = match line {
            Line::Edited => facts.first_picture.stream_ns,
            Line::Stamps => facts.first_picture.pts_ns,
        };
        Self {
            line,
            origin_ns,
            duration_ns: facts.duration_ns,
            latest_ns: AtomicI64::default(),
            blacks: Mutex::default(),
            meters: Mutex::default(),
            keyframes: Mutex::default(),
            eyed: Mutex::default(),
        }
    }

    /// When a buffer begins in the asset's own time. None where it has no stamp, or is cut off by an edit list.
    fn asset_time(&self, pts: Option<gst::ClockTime>, segment: Option<&Segment>) -> Option<i64> {
        Some(self.line.time(pts?, segment)? - self.origin_ns)
    }

    fn has_come_to(&self, at_ns: i64) {
        self.latest_ns.fetch_max(at_ns, Ordering::Relaxed);
    }
}

/// Watches what goes into each decoder, for decoders take keyframes before anybody knows which of them is played.
fn watch_decoders(bin: &gst::Element, seen: &Arc<Seen>) {
    let seen = Arc::downgrade(seen);
    let Some(bin) = bin.dynamic_cast_ref::<gst::Bin>() else { return };
    bin.connect_deep_element_added(move |_, _, element| {
        let is_decoder = element.factory().is_some_and(|made_by| made_by.has_type(gst::ElementFactoryType::DECODER));
        let Some(pad) = element.static_pad("sink").filter(|_| is_decoder) else { return };
        let (seen, name) = (seen.clone(), element.name().to_string());
        pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
            if let (Some(seen), Some(buffer)) = (seen.upgrade(), info.buffer())
                && !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT)
                && let Some(at_ns) = seen.asset_time(buffer.pts(), segment_of(pad).as_ref())
            {
                lock(&seen.keyframes).entry(name.clone()).or_default().take(at_ns);
            }
            gst::PadProbeReturn::Ok
        });
    });
}

/// Gives every stream a sink, for an unlinked one ends the demuxer: the first moving pictures, or others where these are
/// coded as still images, and the audio tracks one that looks, the others one that does not.
fn connect_sinks(bin: &gst::Element, pipeline: &gst::Pipeline, seen: &Arc<Seen>) {
    let (pipeline, seen) = (pipeline.downgrade(), Arc::downgrade(seen));
    bin.connect_pad_added(move |_, pad| {
        let (Some(pipeline), Some(seen)) = (pipeline.upgrade(), seen.upgrade()) else { return };
        let kind = pad.current_caps().and_then(|caps| Some(caps.structure(0)?.name().to_string()));
        let branch = match kind.as_deref() {
            Some("audio/x-raw") if lock(&seen.meters).len() < MAX_TRACKS => ear(&seen, is_default(pad)),
            Some("video/x-raw") if is_moving_picture(pad) => {
                let decoder = decoder_of(pad).map(|decoder| decoder.name().into()).unwrap_or_default();
                let eyed = Eyed { decoder, stills: is_coded_as_stills(pad) };
                let is_better = lock(&seen.eyed).as_ref().is_none_or(|other| other.stills && !eyed.stills);
                if is_better { eye(&seen, eyed) } else { branch(DISCARD) }
            }
            _ => branch(DISCARD),
        };
        if let Err(error) = branch.and_then(|branch| link(pad, &branch, &pipeline)) {
            tracing::warn!(%error, pad = %pad.name(), "a stream is not measured");
        }
    });
}

/// A branch that looks at pictures, from now on instead of those that were looked at before.
fn eye(seen: &Arc<Seen>, eyed: Eyed) -> Result<gst::Bin, gst::glib::BoolError> {
    let branch = branch(LOOKED_AT)?;
    let pad = end_of(&branch)?.static_pad("sink").ok_or_else(|| gst::glib::bool_error!("a sink without a pad"))?;
    *lock(&seen.eyed) = Some(eyed.clone());
    *lock(&seen.blacks) = Blacks::default();
    let seen = Arc::downgrade(seen);
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        if let (Some(seen), Some(buffer)) = (seen.upgrade(), info.buffer())
            && lock(&seen.eyed).as_ref() == Some(&eyed)
            && let Some(at_ns) = seen.asset_time(buffer.pts(), segment_of(pad).as_ref())
            && let Ok(luma) = buffer.map_readable()
        {
            lock(&seen.blacks).take(&luma, at_ns);
            seen.has_come_to(at_ns);
        }
        gst::PadProbeReturn::Ok
    });
    Ok(branch)
}

/// A branch that measures the next audio track.
fn ear(seen: &Arc<Seen>, is_default: bool) -> Result<gst::Bin, gst::glib::BoolError> {
    let meter = Meter::new(is_default).map_err(|error| gst::glib::bool_error!("{}", error))?;
    let meter = Arc::new(Mutex::new(meter));
    lock(&seen.meters).push(Arc::clone(&meter));
    let branch = branch(SOUND)?;
    let sink: gst_app::AppSink =
        end_of(&branch)?.downcast().map_err(|_| gst::glib::bool_error!("a sink of another kind"))?;
    let seen = Arc::downgrade(seen);
    let hear = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let Some(seen) = seen.upgrade() else { return Err(gst::FlowError::Eos) };
        let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let at_ns = seen.asset_time(sample.buffer().and_then(|buffer| buffer.pts()), segment);
        // What lies before the first picture or behind the last one is never played.
        if at_ns.is_none_or(|at_ns| (0..seen.duration_ns).contains(&at_ns)) {
            lock(&meter).take(&sample, at_ns);
            seen.has_come_to(at_ns.unwrap_or_default());
        }
        Ok(gst::FlowSuccess::Ok)
    };
    sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(hear).build());
    Ok(branch)
}

fn branch(description: &str) -> Result<gst::Bin, gst::glib::BoolError> {
    gst::parse::bin_from_description(description, true)
        .map_err(|error| gst::glib::bool_error!("{}", error.message().to_owned()))
}

fn end_of(branch: &gst::Bin) -> Result<gst::Element, gst::glib::BoolError> {
    branch.by_name("sink").ok_or_else(|| gst::glib::bool_error!("a branch without a sink"))
}

fn link(pad: &gst::Pad, branch: &gst::Bin, pipeline: &gst::Pipeline) -> Result<(), gst::glib::BoolError> {
    pipeline.add(branch)?;
    branch.sync_state_with_parent()?;
    let target = branch.static_pad("sink").ok_or_else(|| gst::glib::bool_error!("a branch without a pad"))?;
    pad.link(&target).map(drop).map_err(|error| gst::glib::bool_error!("{}", error))
}
