//! One item into its file: pictures and sound through GStreamer's encoders and a mux.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context as _, bail};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app::AppSrc;
use retrovue_timeline::FrameRate;

use super::catalogue::{Audio, Container, Format, Item, Video};
use super::looks::Scene;
use super::sound::{self, Music};

/// Pictures that wait for the encoder: enough to keep it busy while the next ones are drawn.
const PICTURES_AHEAD: u64 = 12;

/// How often a full queue is looked at. One that blocks would never tell of an encoder that failed.
const GLANCE: gst::ClockTime = gst::ClockTime::from_mseconds(3);

/// An encoder that takes nothing for so long hangs.
const STALL: gst::ClockTime = gst::ClockTime::from_seconds(60);

/// How far sound is fed before the picture beside it, since muxers wait for whichever is behind.
const SOUND_AHEAD: i64 = sound::RATE;

/// Draws, encodes and writes `item`.
pub(super) fn write(item: &Item, path: &Path) -> anyhow::Result<()> {
    let format = item.format;
    let pipeline = gst::parse::launch(&description(format)).context("GStreamer lacks an encoder or a mux")?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().ok().context("a description of one element")?;
    let named = |name| pipeline.by_name(name).with_context(|| format!("the pipeline has no {name}"));
    let source = |name| anyhow::Ok(named(name)?.downcast::<AppSrc>().ok().context("not an appsrc")?);
    let (pictures, sounds) = (source("pictures")?, source("sounds")?);
    pictures.set_caps(Some(&picture_caps(format)));
    sounds.set_caps(Some(&sound_caps()));
    named("file")?.set_property("location", path);
    if format.video == Video::Mpeg4 {
        stamp_by_number(&named("coder")?, format.rate);
    }
    let mux = named("mux")?;
    if let Some(tags) = mux.dynamic_cast_ref::<gst::TagSetter>() {
        tags.add_tag::<gst::tags::Title>(&item.line.as_str(), gst::TagMergeMode::Replace);
    }
    let running = Running(pipeline);
    running.0.set_state(gst::State::Playing).map_err(|_| running.failure())?;
    feed(item, &running, &pictures, &sounds)?;
    running.finish()
}

fn feed(item: &Item, running: &Running, pictures: &AppSrc, sounds: &AppSrc) -> anyhow::Result<()> {
    let push = |source, bytes, from, to| push(source, bytes, from, to).map_err(|_| running.failure());
    let rate = item.format.rate;
    let (frames, mut scene) = (item.frames(), Scene::new(item));
    let (music, samples) = (Music::compose(item.look, item.variant), rate.samples_in(frames));
    let mut sounded = 0;
    for number in 0..frames {
        let until = (rate.samples_in(number + 1) + SOUND_AHEAD).min(samples);
        // A fifth of a second at a time, and the rest with the last picture.
        if until - sounded >= sound::RATE / 5 || until == samples && sounded < samples {
            let time = |sample: i64| gst::ClockTime::from_nseconds((sample * 1_000_000_000 / sound::RATE) as u64);
            push(sounds, music.bytes(sounded, until), time(sounded), time(until))?;
            sounded = until;
        }
        running.wait_for_room(pictures)?;
        let time = |frame: i64| gst::ClockTime::from_nseconds(rate.nanos_in(frame) as u64);
        push(pictures, scene.frame(number).to_vec(), time(number), time(number + 1))?;
    }
    let ended = sounds.end_of_stream().and(pictures.end_of_stream());
    ended.map(drop).map_err(|_| running.failure())
}

/// GStreamer 1.22 stamps what FFmpeg's MPEG-4 encoder makes with nonsense; one picture leaves it for each that enters.
fn stamp_by_number(encoder: &gst::Element, rate: FrameRate) {
    let Some(pad) = encoder.static_pad("src") else { return };
    let next = AtomicI64::new(0);
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        if let Some(buffer) = info.buffer_mut() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let segment = pad.sticky_event::<gst::event::Segment>(0);
            let start = segment.as_ref().and_then(|event| event.segment().downcast_ref::<gst::ClockTime>()?.start());
            let start = start.unwrap_or_default();
            let time = |frame| start + gst::ClockTime::from_nseconds(rate.nanos_in(frame) as u64);
            let buffer = buffer.make_mut();
            buffer.set_pts(time(number));
            buffer.set_dts(time(number));
            buffer.set_duration(time(number + 1) - time(number));
        }
        gst::PadProbeReturn::Ok
    });
}

fn push(source: &AppSrc, bytes: Vec<u8>, from: gst::ClockTime, to: gst::ClockTime) -> Result<(), gst::FlowError> {
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(from);
        buffer.set_duration(to - from);
    }
    source.push_buffer(buffer).map(drop)
}

/// One thread per encoder: two files are made at a time, and threads would make x264's pictures differ.
fn description(format: Format) -> String {
    let bytes = PICTURES_AHEAD * u64::from(format.width * format.height * 3 / 2);
    let gop = format.rate.num().div_ceil(format.rate.den()) * 2;
    let video = match format.video {
        Video::H264 => format!(
            "x264enc speed-preset=ultrafast threads=1 pass=qual quantizer=30 bitrate=1500 key-int-max={gop} ! h264parse ! \
             video/x-h264,profile=constrained-baseline"
        ),
        Video::Hevc => format!(
            "x265enc speed-preset=ultrafast key-int-max={gop} option-string=crf=28:pools=1:frame-threads=1:bframes=0 ! \
             h265parse"
        ),
        Video::Mpeg4 => {
            format!("avenc_mpeg4 name=coder threads=1 pass=quant quantizer=8 gop-size={gop} ! mpeg4videoparse")
        }
        Video::Vp8 => {
            format!("vp8enc deadline=1 cpu-used=16 threads=1 target-bitrate=700000 keyframe-max-dist={gop}")
        }
    };
    let audio = match format.audio {
        Audio::Aac => "avenc_aac bitrate=128000 ! aacparse",
        Audio::Ac3 => "avenc_ac3 bitrate=192000 ! ac3parse",
        Audio::Mp2 => "twolamemp2enc bitrate=192 ! mpegaudioparse",
        Audio::Mp3 => "lamemp3enc target=bitrate bitrate=128 cbr=true ! mpegaudioparse",
        Audio::Vorbis => "vorbisenc quality=0.4",
    };
    let mux = match format.container {
        Container::Mp4 => "mp4mux",
        Container::Mkv => "matroskamux",
        Container::Webm => "webmmux",
        Container::Avi => "avimux",
        Container::Ts => "mpegtsmux",
    };
    format!(
        "{mux} name=mux ! filesink name=file \
         appsrc name=pictures format=time max-bytes={bytes} ! {video} ! queue ! mux. \
         appsrc name=sounds format=time max-bytes=0 ! audioconvert ! {audio} ! queue max-size-time=4000000000 ! mux."
    )
}

fn picture_caps(format: Format) -> gst::Caps {
    let (num, den) = (format.rate.num() as i32, format.rate.den() as i32);
    gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", format.width as i32)
        .field("height", format.height as i32)
        .field("framerate", gst::Fraction::new(num, den))
        .field("pixel-aspect-ratio", gst::Fraction::new(format.aspect.0, format.aspect.1))
        .field("interlace-mode", "progressive")
        .field("colorimetry", "bt601")
        .build()
}

fn sound_caps() -> gst::Caps {
    gst::Caps::builder("audio/x-raw")
        .field("format", "S16LE")
        .field("layout", "interleaved")
        .field("rate", sound::RATE as i32)
        .field("channels", 2)
        .build()
}

/// A pipeline that is taken down whatever happens.
struct Running(gst::Pipeline);

impl Running {
    fn wait_for_room(&self, pictures: &AppSrc) -> anyhow::Result<()> {
        let bus = self.0.bus().context("a pipeline without a bus")?;
        for _ in 0..STALL.mseconds() / GLANCE.mseconds() {
            if pictures.current_level_bytes() < pictures.max_bytes() {
                return Ok(());
            }
            if let Some(message) = bus.timed_pop_filtered(GLANCE, &[gst::MessageType::Error])
                && let gst::MessageView::Error(error) = message.view()
            {
                bail!("{}", error.error());
            }
        }
        bail!("the encoder took no picture for {} s", STALL.seconds())
    }

    fn finish(&self) -> anyhow::Result<()> {
        let bus = self.0.bus().context("a pipeline without a bus")?;
        let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
        match bus.timed_pop_filtered(STALL, &wanted) {
            Some(message) => match message.view() {
                gst::MessageView::Error(error) => bail!("{}", error.error()),
                _ => Ok(()),
            },
            None => bail!("the encoder did not finish within {} s", STALL.seconds()),
        }
    }

    /// What the bus says of a refused buffer.
    fn failure(&self) -> anyhow::Error {
        let told =
            self.0.bus().and_then(|bus| bus.timed_pop_filtered(gst::ClockTime::SECOND, &[gst::MessageType::Error]));
        match told.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => anyhow::anyhow!("{}", error.error()),
            _ => anyhow::anyhow!("the encoder takes no more pictures"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.set_state(gst::State::Null);
    }
}
