//! The decoding pipeline of one segment.
//!
//! It has no callbacks that wait and no clock: two sinks with a few buffers each, which their own threads pull from.
//! A full sink is what holds the file back.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;

use super::SegmentSpec;
use super::fault::{self, Stage};
use super::gate::Gate;
use super::streams::Streams;
use super::threshold::Threshold;
use crate::reaper::Mortal;
use crate::unit::Fault;

/// Coded audio and video that a file may hold apart: beyond it one of the two runs dry.
const INTERLEAVE_SECONDS: u64 = 10;

/// Memory for it, and more than ten seconds of nearly everything.
const INTERLEAVE_BYTES: u32 = 32 << 20;

/// A file's pictures and sound, decoded.
pub(super) struct Decode {
    pub(super) video: gst_app::AppSink,
    pub(super) audio: gst_app::AppSink,
    pub(super) pipeline: Mortal,
    streams: Arc<Streams>,
    bus: gst::Bus,
    decoder: gst::Element,
}

/// What a sink gave.
pub(super) enum Pulled {
    Sample(gst::Sample),
    Nothing,
    End,
}

impl Decode {
    /// Builds it; nothing is opened yet.
    pub(super) fn new(spec: &SegmentSpec) -> Result<Self, Fault> {
        Self::build(spec).map_err(|error| fault::decode_failed(&spec.path, &error.to_string()))
    }

    fn build(spec: &SegmentSpec) -> Result<Self, gst::glib::BoolError> {
        let pipeline = Mortal::new(gst::Pipeline::new());
        let source = gst::ElementFactory::make("filesrc").property("location", &spec.path).build()?;
        let decoder = gst::ElementFactory::make("decodebin")
            .property("force-sw-decoders", true)
            .property("max-size-buffers", 0_u32)
            .property("max-size-bytes", INTERLEAVE_BYTES)
            .property("max-size-time", INTERLEAVE_SECONDS * 1_000_000_000)
            .build()?;
        let video = branch(VIDEO_CHAIN)?;
        let audio = branch(AUDIO_CHAIN)?;
        pipeline.add_many([&source, &decoder, video.upcast_ref(), audio.upcast_ref()])?;
        source.link(&decoder)?;
        let streams = Arc::new(Streams::default());
        watch_decoders(&decoder, &streams);
        link_chosen(&pipeline, &decoder, &video, &audio, &streams, spec.languages.clone());
        let bus = pipeline.bus().ok_or_else(|| gst::glib::bool_error!("a pipeline without a bus"))?;
        Ok(Self { video: sink(&video)?, audio: sink(&audio)?, pipeline, streams, bus, decoder })
    }

    /// Shuts the way from the demuxer to the decoders, before anything is opened.
    pub(super) fn threshold(&self) -> Threshold {
        Threshold::of(&self.decoder)
    }

    /// Shuts the way into `sink`, one of its own.
    pub(super) fn gate(&self, sink: &gst_app::AppSink, spec: &SegmentSpec) -> Result<Gate, Fault> {
        Gate::before(sink).map_err(|error| fault::decode_failed(&spec.path, &error.to_string()))
    }

    /// Why nothing will ever be shown, once that is certain.
    pub(super) fn lacks_video(&self, path: &Path) -> Option<Fault> {
        self.streams.lacks_video().then(|| match self.streams.undecodable() {
            Some(codec) => fault::no_decoder(path, &codec),
            None => fault::no_video(path),
        })
    }

    /// The file was given up before its streams were known. Decodebin sometimes loses the error that says so.
    pub(super) fn gave_up(&self) -> bool {
        self.streams.gave_up()
    }

    /// Whether its line of time is that of raw stamps rather than stream time; known once something is demuxed.
    pub(super) fn has_raw_stamps(&self) -> bool {
        self.streams.has_raw_stamps()
    }

    /// The stream time of the earliest place that a seek may aim at, where the first picture begins at `first_ns`: a
    /// transport stream would count its time from anything before it.
    pub(super) fn earliest_seek(&self, first_ns: i64) -> i64 {
        if self.streams.seeks_by_clock() { 0 } else { first_ns }
    }

    pub(super) fn has_audio(&self) -> bool {
        self.streams.has_audio()
    }

    /// When `sample` begins, in nanoseconds of a line that all streams share and that a seek does not move. `None`
    /// where it is not stamped.
    pub(super) fn time(&self, sample: &gst::Sample) -> Option<i64> {
        if self.has_raw_stamps() {
            return sample.buffer()?.pts().and_then(|pts| i64::try_from(pts.nseconds()).ok());
        }
        stream_time(sample)
    }

    /// The first error reported since the last call. Takes every other message off the bus, where they would pile up.
    pub(super) fn fault(&self, path: &Path, stage: Stage) -> Option<Fault> {
        let message = self.bus.pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            gst::MessageView::Error(error) => Some(fault::reported(path, error, stage)),
            _ => None,
        }
    }

    /// The segment has all the pictures it needs: they no longer hold the sound back.
    pub(super) fn release_video(&self) {
        release(&self.video);
        self.bus.set_flushing(true);
    }

    /// The segment has all the sound it needs: it no longer holds the pictures back.
    pub(super) fn release_audio(&self) {
        release(&self.audio);
    }
}

/// The next sample of `sink`, waiting up to `wait`.
pub(super) fn pull(sink: &gst_app::AppSink, wait: Duration) -> Pulled {
    match sink.try_pull_sample(gst::ClockTime::try_from(wait).ok()) {
        Some(sample) => Pulled::Sample(sample),
        None if sink.is_eos() => Pulled::End,
        None => Pulled::Nothing,
    }
}

/// When `sample` begins, in nanoseconds of stream time, which is what a seek understands. `None` where it is not
/// stamped.
pub(super) fn stream_time(sample: &gst::Sample) -> Option<i64> {
    let pts = sample.buffer()?.pts()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let time = segment.to_stream_time_full(pts)?;
    let magnitude = i64::try_from(time.abs().nseconds()).ok()?;
    Some(if time.is_negative() { -magnitude } else { magnitude })
}

/// Samples at the house's rate in the file's own layout of channels, which may change on the way.
const AUDIO_CHAIN: &str = "queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 \
     ! audioconvert ! audioresample ! audio/x-raw,format=F32LE,rate=48000,layout=interleaved \
     ! appsink name=sink sync=false async=false max-buffers=64 drop=false enable-last-sample=false";

/// Whole pictures at the file's own rate, two of a frame of fields; those that are shown are fitted to the house later.
/// Elements that know few formats come after a converter, which passes what they know as it is: of fields, that is 8
/// bits.
const VIDEO_CHAIN: &str = "queue max-size-buffers=2 max-size-bytes=0 max-size-time=0 \
     ! videoconvert ! deinterlace mode=auto fields=all ! video/x-raw,interlace-mode=progressive \
     ! videoflip video-direction=auto \
     ! appsink name=sink sync=false async=false max-buffers=2 drop=false enable-last-sample=false";

fn branch(description: &str) -> Result<gst::Bin, gst::glib::BoolError> {
    let branch = gst::parse::bin_from_description(description, true)
        .map_err(|error| gst::glib::bool_error!("{}", error.message().to_owned()))?;
    let input = branch.static_pad("sink").ok_or_else(|| gst::glib::bool_error!("a branch without an input"))?;
    // a sink that stands at a gap never gives the picture after it: stamps tell of gaps, too
    input.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, |_, info| match info.event() {
        Some(event) if event.type_() == gst::EventType::Gap => {
            drop(info.data.take());
            gst::PadProbeReturn::Handled
        }
        _ => gst::PadProbeReturn::Ok,
    });
    Ok(branch)
}

fn sink(branch: &gst::Bin) -> Result<gst_app::AppSink, gst::glib::BoolError> {
    branch
        .by_name("sink")
        .and_then(|element| element.downcast().ok())
        .ok_or_else(|| gst::glib::bool_error!("a branch without a sink"))
}

fn watch_decoders(decoder: &gst::Element, streams: &Arc<Streams>) {
    let noted = Arc::clone(streams);
    decoder.connect("autoplug-continue", false, move |values| {
        if let (Ok(pad), Ok(caps)) = (values[1].get::<gst::Pad>(), values[2].get::<gst::Caps>()) {
            noted.note(&pad, &caps);
        }
        Some(true.to_value())
    });
    let noted = Arc::clone(streams);
    decoder.connect("unknown-type", false, move |values| {
        if let Ok(caps) = values[2].get::<gst::Caps>() {
            noted.note_undecodable(&caps);
        }
        None
    });
    let noted = Arc::clone(streams);
    if let Some(bin) = decoder.downcast_ref::<gst::Bin>() {
        bin.connect_deep_element_added(move |_, _, element| {
            noted.note_element(element);
        });
    }
}

/// Every decoded stream gets a sink, for one that has none ends the others.
fn link_chosen(
    pipeline: &gst::Pipeline,
    decoder: &gst::Element,
    video: &gst::Bin,
    audio: &gst::Bin,
    streams: &Arc<Streams>,
    languages: Vec<String>,
) {
    let (pipeline, video, audio) = (pipeline.downgrade(), video.downgrade(), audio.downgrade());
    let streams = Arc::clone(streams);
    decoder.connect_no_more_pads(move |decoder| {
        let (Some(pipeline), Some(video), Some(audio)) = (pipeline.upgrade(), video.upgrade(), audio.upgrade()) else {
            return;
        };
        let pads = decoder.src_pads();
        let choice = streams.choose(&pads, &languages);
        for pad in pads.iter().filter(|pad| !pad.is_linked()) {
            let branch = match Some(pad) {
                chosen if chosen == choice.video.as_ref() => Some(&video),
                chosen if chosen == choice.audio.as_ref() => Some(&audio),
                _ => None,
            };
            let linked = match branch.and_then(|branch| branch.static_pad("sink")) {
                Some(sink) if !sink.is_linked() => pad.link(&sink).map(drop).map_err(|error| error.to_string()),
                _ => discard(&pipeline, pad).map_err(|error| error.to_string()),
            };
            if let Err(error) = linked {
                tracing::warn!(%error, pad = %pad.name(), "a stream could not be linked");
            }
        }
    });
}

fn discard(pipeline: &gst::Pipeline, pad: &gst::Pad) -> Result<(), gst::glib::BoolError> {
    starve(pad);
    let sink = gst::ElementFactory::make("fakesink")
        .property("sync", false)
        .property("async", false)
        .property("enable-last-sample", false)
        .build()?;
    pipeline.add(&sink)?;
    sink.sync_state_with_parent()?;
    let target = sink.static_pad("sink").ok_or_else(|| gst::glib::bool_error!("a sink without a pad"))?;
    pad.link(&target).map(drop).map_err(|error| gst::glib::bool_error!("{}", error))
}

/// Keeps everything but events from the decoder of a stream that is not played.
fn starve(pad: &gst::Pad) {
    let decoded = pad.downcast_ref::<gst::GhostPad>().and_then(|ghost| ghost.target());
    let input = decoded.and_then(|decoded| decoded.parent_element()).and_then(|decoder| decoder.static_pad("sink"));
    if let Some(input) = input {
        input.add_probe(gst::PadProbeType::BUFFER, |_, info| {
            drop(info.data.take());
            gst::PadProbeReturn::Handled
        });
    }
}

fn release(sink: &gst_app::AppSink) {
    sink.set_max_buffers(1);
    sink.set_drop(true);
}
