//! One pass over a file: a pipeline that takes it apart, watches its pictures go by and never outlives a deadline.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_pbutils::MissingPluginMessage;

use super::FirstPicture;
use super::line::{Line, Segment, container_caps, nanos, segment_of, signed};

/// How long the other streams may lag behind the first picture.
const MOMENT: Duration = Duration::from_millis(500);

/// An instant of the machine's monotonic time after which nothing is worth waiting for.
pub(super) struct Deadline {
    clock: gst::Clock,
    at: gst::ClockTime,
}

/// How far a file is taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Down to coded pictures: as fast as the disk, but some containers leave pictures without a stamp.
    Parsed,
    /// Down to decoded pictures, as a viewer would get them.
    Decoded,
}

/// Why a pass ended early.
#[derive(Debug)]
pub(super) enum Stopped {
    Failed(gst::glib::Error),
    OutOfTime,
}

/// When pictures were seen, in nanoseconds of the file's own line: stream time where there are edit lists, else stamps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pictures {
    /// Start of the first one that passed.
    pub(super) first_ns: Option<i64>,
    /// The same picture on both lines that playing uses.
    pub(super) first: FirstPicture,
    /// Latest end.
    pub(super) end_ns: Option<i64>,
    /// How many passed.
    pub(super) count: u64,
    /// How many of them had no stamp.
    pub(super) unstamped: u64,
    latest_start_ns: i64,
    latest_gap_ns: i64,
}

/// A running pass.
pub(super) struct Reading {
    pipeline: gst::Pipeline,
    bus: gst::Bus,
    bin: gst::Element,
    pictures: Arc<Mutex<Pictures>>,
    /// Streams beside the pictures whose first buffer, and so whose caps and tags, are here.
    begun: Arc<AtomicUsize>,
    missing: Mutex<Vec<String>>,
    toc: Mutex<Option<gst::Toc>>,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        let clock = gst::SystemClock::obtain();
        let at = clock.time() + gst::ClockTime::try_from(limit).unwrap_or(gst::ClockTime::MAX);
        Self { clock, at }
    }

    fn but_at_most(&self, limit: Duration) -> Self {
        let soon = Self::after(limit);
        Self { at: soon.at.min(self.at), clock: soon.clock }
    }

    pub(super) fn remaining(&self) -> gst::ClockTime {
        self.at.saturating_sub(self.clock.time())
    }
}

impl Reading {
    /// Starts a pass over `path` and stops at its first picture.
    pub(super) fn open(path: &Path, depth: Depth) -> Result<Self, gst::glib::Error> {
        let (pipeline, bin) = taken_apart_by(path, if depth == Depth::Decoded { "decodebin" } else { "parsebin" })?;
        let bus = pipeline.bus().ok_or_else(|| failed(&"a pipeline without a bus"))?;
        let (pictures, begun) = (Arc::default(), Arc::default());
        connect_sinks(&bin, &pipeline, &pictures, &begun);
        let reading = Self { pipeline, bus, bin, pictures, begun, missing: Mutex::default(), toc: Mutex::default() };
        // What goes wrong here is told on the bus.
        let _ = reading.pipeline.set_state(gst::State::Paused);
        Ok(reading)
    }

    /// Waits until the first picture was seen, or the file turned out to have none.
    pub(super) fn first_picture(&self, deadline: &Deadline) -> Result<Pictures, Stopped> {
        use gst::MessageView::{Application, AsyncDone, Eos};
        self.wait(deadline, |message| matches!(message, AsyncDone(_) | Eos(_)))?;
        // An edit list may begin with nothing, which is as good as a picture to a sink.
        if lock(&self.pictures).first_ns.is_none() && self.pads().iter().any(is_moving_picture) {
            let _ = self.pipeline.set_state(gst::State::Playing);
            let seen = || lock(&self.pictures).first_ns.is_some();
            self.wait(deadline, |message| matches!(message, Eos(_)) || matches!(message, Application(_)) && seen())?;
        }
        Ok(*lock(&self.pictures))
    }

    /// Gives the streams beside the pictures a moment to tell what they are, since each has its own thread.
    pub(super) fn settle(&self, deadline: &Deadline) {
        let sounds = self.pads().iter().filter(|pad| is_sound(pad)).count();
        let settled = || self.begun.load(Ordering::SeqCst) >= sounds;
        if !settled() {
            // What is lost by a sound that starts late is its language, no more.
            let _ = self.wait(&deadline.but_at_most(MOMENT), |message| {
                matches!(message, gst::MessageView::Eos(_)) || settled()
            });
        }
    }

    /// Reads on to the end. Where that fails, what was seen before still counts.
    pub(super) fn to_end(&self, deadline: &Deadline) -> Result<Pictures, Stopped> {
        let _ = self.pipeline.set_state(gst::State::Playing);
        match self.wait(deadline, |message| matches!(message, gst::MessageView::Eos(_))) {
            Err(Stopped::OutOfTime) => Err(Stopped::OutOfTime),
            Ok(()) | Err(Stopped::Failed(_)) => Ok(*lock(&self.pictures)),
        }
    }

    /// Goes to the keyframe before `at` and forgets the pictures seen so far. False where the file cannot be sought.
    pub(super) fn seek(&self, at: gst::ClockTime) -> bool {
        let mut query = gst::query::Seeking::new(gst::Format::Time);
        let seekable = self.pipeline.query(&mut query) && query.result().0;
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
        if !seekable {
            return false;
        }
        *lock(&self.pictures) = Pictures::default();
        self.pipeline.seek_simple(flags, at).is_ok()
    }

    /// What the container says of its length.
    pub(super) fn container_duration(&self) -> Option<gst::ClockTime> {
        self.pipeline.query_duration::<gst::ClockTime>()
    }

    /// What the file looks like from its first bytes.
    pub(super) fn container_caps(&self) -> Option<gst::Caps> {
        container_caps(&self.bin)
    }

    /// The streams' pads, in the order of the container as far as it is known.
    pub(super) fn pads(&self) -> Vec<gst::Pad> {
        self.bin.src_pads()
    }

    /// Decoders that the file needs and this machine lacks, as `decoder-video/x-h265` with a name for people.
    pub(super) fn missing(&self) -> Vec<String> {
        lock(&self.missing).clone()
    }

    /// The table of contents, where the demuxer made one.
    pub(super) fn toc(&self) -> Option<gst::Toc> {
        lock(&self.toc).clone()
    }

    fn wait(&self, deadline: &Deadline, until: impl Fn(&gst::MessageView<'_>) -> bool) -> Result<(), Stopped> {
        loop {
            let Some(message) = self.bus.timed_pop(deadline.remaining()) else {
                return Err(Stopped::OutOfTime);
            };
            match message.view() {
                gst::MessageView::Error(error) => return Err(Stopped::Failed(error.error())),
                gst::MessageView::Element(_) => {
                    if let Ok(missing) = MissingPluginMessage::parse(&message) {
                        lock(&self.missing).push(missing.installer_detail().to_string());
                    }
                }
                gst::MessageView::Toc(message) => *lock(&self.toc) = Some(message.toc().0),
                view if until(&view) => return Ok(()),
                _ => {}
            }
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Pictures {
    fn note(&mut self, buffer: &gst::BufferRef, segment: Option<&Segment>, line: Line, frame_ns: u64) {
        self.count += 1;
        let Some(pts) = buffer.pts() else {
            self.unstamped += 1;
            return;
        };
        let Some(start_ns) = line.time(pts, segment) else { return };
        let from_start = start_ns - self.latest_start_ns;
        if self.first_ns.is_none() {
            self.first_ns = Some(start_ns);
            let stream_ns = segment.and_then(|segment| signed(segment.to_stream_time_full(pts)?));
            self.first = FirstPicture { pts_ns: nanos(pts), stream_ns: stream_ns.unwrap_or(start_ns) };
        } else if from_start > 0 {
            self.latest_gap_ns = from_start;
        }
        self.latest_start_ns = self.latest_start_ns.max(start_ns);
        let known = buffer.duration().filter(|duration| !duration.is_zero()).map(nanos);
        let mut lasts =
            known.or_else(|| i64::try_from(frame_ns).ok().filter(|ns| *ns > 0)).unwrap_or(self.latest_gap_ns);
        if let Some(stop) = segment.filter(|_| line == Line::Edited).and_then(|segment| segment.stop()) {
            lasts = lasts.min(nanos(stop.saturating_sub(pts)));
        }
        self.end_ns = self.end_ns.max(Some(start_ns + lasts));
    }
}

/// A pipeline that reads `path` into a new `element`, whose decoders have one thread: more hold pictures back, and
/// take the processor from what is on air.
pub(super) fn taken_apart_by(path: &Path, element: &str) -> Result<(gst::Pipeline, gst::Element), gst::glib::Error> {
    let make = |name| gst::ElementFactory::make(name).build().map_err(|error| failed(&error));
    let pipeline = gst::Pipeline::new();
    let source = make("filesrc")?;
    // A path is bytes; the property wants UTF-8 and a URI need not.
    let uri = gst::glib::filename_to_uri(path, None)?;
    source.dynamic_cast_ref::<gst::URIHandler>().map_or(Ok(()), |handler| handler.set_uri(&uri))?;
    let bin = make(element)?;
    pipeline.add_many([&source, &bin]).and_then(|()| source.link(&bin)).map_err(|error| failed(&error))?;
    if let Some(bin) = bin.dynamic_cast_ref::<gst::Bin>() {
        bin.connect_deep_element_added(|_, _, element| {
            if element.has_property_with_type("max-threads", i32::static_type()) {
                element.set_property("max-threads", 1i32);
            }
        });
    }
    Ok((pipeline, bin))
}

fn failed(what: &dyn std::fmt::Display) -> gst::glib::Error {
    gst::glib::Error::new(gst::CoreError::Failed, &what.to_string())
}

/// Gives every stream a sink, for an unlinked one ends the demuxer, and watches the first stream of moving pictures: one
/// that is coded as still images, which may be a cover, only until another turns up.
fn connect_sinks(
    bin: &gst::Element,
    pipeline: &gst::Pipeline,
    pictures: &Arc<Mutex<Pictures>>,
    begun: &Arc<AtomicUsize>,
) {
    let watched: Arc<Mutex<Option<Watched>>> = Arc::default();
    let (pipeline, pictures, begun) = (pipeline.downgrade(), Arc::downgrade(pictures), begun.clone());
    bin.connect_pad_added(move |bin, pad| {
        let (Some(pipeline), Some(pictures)) = (pipeline.upgrade(), pictures.upgrade()) else { return };
        let stills = is_coded_as_stills(pad);
        let watch = is_moving_picture(pad) && lock(&watched).as_ref().is_none_or(|other| other.stills && !stills);
        // Only the pictures are waited for: other streams may have nothing for minutes. And since one thread of the
        // demuxer feeds them all, nothing of theirs may come to rest in a sink.
        let Ok(sink) = gst::ElementFactory::make("fakesink").property("sync", false).property("async", watch).build()
        else {
            return;
        };
        let Some(sink_pad) = sink.static_pad("sink") else { return };
        if watch {
            let container = container_caps(bin).and_then(|caps| Some(caps.structure(0)?.name().to_string()));
            *lock(&watched) = Some(Watched { pad: sink_pad.downgrade(), stills });
            watch_pictures(&sink_pad, Line::of(&container.unwrap_or_default()), &watched, pictures);
        } else {
            discard(&sink_pad, &begun);
        }
        // What fails here ends the stream, and with it the pass, on the bus.
        if pipeline.add(&sink).is_ok() && sink.sync_state_with_parent().is_ok() {
            let _ = pad.link(&sink_pad);
        }
    });
}

/// The stream that is watched.
struct Watched {
    /// Its sink's.
    pad: gst::glib::WeakRef<gst::Pad>,
    /// It is coded as still images.
    stills: bool,
}

fn watch_pictures(pad: &gst::Pad, line: Line, watched: &Arc<Mutex<Option<Watched>>>, pictures: Arc<Mutex<Pictures>>) {
    let watched = Arc::clone(watched);
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let is_watched = lock(&watched).as_ref().is_some_and(|watched| watched.pad.upgrade().as_ref() == Some(pad));
        if let Some(buffer) = info.buffer().filter(|_| is_watched) {
            let mut pictures = lock(&pictures);
            let was_first = pictures.first_ns.is_none();
            pictures.note(buffer, segment_of(pad).as_ref(), line, frame_ns(pad));
            if was_first
                && pictures.first_ns.is_some()
                && let Some(sink) = pad.parent_element()
            {
                let seen = gst::message::Application::new(gst::Structure::new_empty("first-picture"));
                let _ = sink.post_message(seen);
            }
        }
        gst::PadProbeReturn::Ok
    });
}

fn discard(pad: &gst::Pad, begun: &Arc<AtomicUsize>) {
    let (begun, first) = (begun.clone(), AtomicBool::new(true));
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, _| {
        if first.swap(false, Ordering::Relaxed) {
            begun.fetch_add(1, Ordering::SeqCst);
            announce(pad);
        }
        gst::PadProbeReturn::Handled
    });
}

/// Wakes whoever waits for a stream to begin.
fn announce(pad: &gst::Pad) {
    if let Some(sink) = pad.parent_element() {
        let begins = gst::message::Application::new(gst::Structure::new_empty("stream-begins"));
        let _ = sink.post_message(begins);
    }
}

fn frame_ns(pad: &gst::Pad) -> u64 {
    let caps = pad.current_caps();
    let rate = caps.as_ref().and_then(|caps| caps.structure(0)?.get::<gst::Fraction>("framerate").ok());
    rate.filter(|rate| rate.numer() > 0).map_or(0, |rate| 1_000_000_000 * rate.denom() as u64 / rate.numer() as u64)
}

/// Pictures with a rate, in contrast to covers and posters.
pub(super) fn is_moving_picture(pad: &gst::Pad) -> bool {
    let Some(caps) = coded_caps(pad) else { return false };
    let Some(structure) = caps.structure(0) else { return false };
    let rate = structure.get::<gst::Fraction>("framerate").ok();
    structure.name().starts_with("video/")
        || structure.name().starts_with("image/") && rate.is_some_and(|rate| rate.numer() > 0)
}

/// Which a cover is, and motion JPEG.
pub(super) fn is_coded_as_stills(pad: &gst::Pad) -> bool {
    coded_caps(pad).is_some_and(|caps| caps.structure(0).is_some_and(|s| s.name().starts_with("image/")))
}

fn is_sound(pad: &gst::Pad) -> bool {
    coded_caps(pad).is_some_and(|caps| caps.structure(0).is_some_and(|s| s.name().starts_with("audio/")))
}

/// What the stream was before it was decoded.
pub(super) fn coded_caps(pad: &gst::Pad) -> Option<gst::Caps> {
    let into_decoder = decoder_of(pad).and_then(|decoder| decoder.sink_pads().first()?.current_caps());
    into_decoder.or_else(|| pad.current_caps()).or_else(|| Some(pad.query_caps(None)))
}

/// What decodes the stream of that pad. None where it is not coded.
pub(super) fn decoder_of(pad: &gst::Pad) -> Option<gst::Element> {
    let last = pad.dynamic_cast_ref::<gst::GhostPad>().and_then(|ghost| ghost.target()?.parent_element());
    last.filter(|element| element.factory().is_some_and(|made_by| made_by.has_type(gst::ElementFactoryType::DECODER)))
}

/// Locks what no panic leaves half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
