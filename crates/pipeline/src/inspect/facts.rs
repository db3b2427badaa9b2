//! Streams and tags, and the first picture that a viewer would see.

use std::collections::BTreeMap;
use std::path::Path;

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_pbutils::pb_utils_get_codec_description;
use gstreamer_video::{VideoColorimetry, VideoTransferFunction};

use super::reading::{Deadline, Depth, Reading, Stopped, coded_caps, is_moving_picture};
use super::{FirstPicture, InspectError, Stream};

/// Streams that are kept: more than any film has languages.
const MAX_STREAMS: usize = 64;

/// Tags that are kept, and characters of each: room for every real one, and none for a library hidden in a comment.
const MAX_TAGS: usize = 64;
const MAX_TAG_CHARS: usize = 1024;

/// What the first pass tells.
pub(super) struct Facts {
    pub(super) container: String,
    pub(super) streams: Vec<Stream>,
    pub(super) tags: BTreeMap<String, String>,
    /// On the line of [`Pictures`](super::reading::Pictures).
    pub(super) first_picture_ns: i64,
    /// On the lines that playing uses.
    pub(super) first_picture: FirstPicture,
    /// Where the demuxer makes one.
    pub(super) toc: Option<gst::Toc>,
    /// From the container's header.
    pub(super) container_end_ns: Option<i64>,
}

/// Decodes the first picture of `path`.
pub(super) fn read(path: &Path, deadline: &Deadline) -> Result<Facts, InspectError> {
    let reading = Reading::open(path, Depth::Decoded)
        .map_err(|error| InspectError::new("file_unreadable", path, &format!("cannot be opened: {error}")))?;
    let first = reading.first_picture(deadline);
    let container = reading.container_caps();
    let name = container.as_ref().and_then(|caps| caps.structure(0)).map_or("", |structure| structure.name().as_str());

    let first = match first {
        Err(Stopped::OutOfTime) => {
            return Err(InspectError::new("timeout", path, "showed no picture in time; see whether its disk answers"));
        }
        Err(Stopped::Failed(error)) => return Err(refusal(path, name, &reading.missing(), Some(&error))),
        Ok(first) => first,
    };
    let pads = reading.pads();
    if !pads.iter().any(is_moving_picture) {
        return Err(refusal(path, name, &reading.missing(), None));
    }
    let Some(first_picture_ns) = first.first_ns else {
        return Err(InspectError::new("truncated", path, "has no picture that can be decoded; copy it again"));
    };
    reading.settle(deadline);
    let container_end_ns = reading.container_duration().and_then(|end| i64::try_from(end.nseconds()).ok());
    let streams = pads.iter().take(MAX_STREAMS).filter_map(stream).collect();
    Ok(Facts {
        container: name.to_owned(),
        streams,
        tags: container_tags(&pads),
        first_picture_ns,
        first_picture: first.first,
        toc: reading.toc(),
        container_end_ns,
    })
}

/// Why there is no picture: `begins_as` is the type that the file's first bytes look like, empty where they look like none.
fn refusal(path: &Path, begins_as: &str, missing: &[String], error: Option<&gst::glib::Error>) -> InspectError {
    // gstreamer|1.0|program|H.265 (Main Profile) decoder|decoder-video/x-h265, profile=main
    let decoder = missing.iter().find_map(|detail| {
        let mut fields = detail.split('|').skip(3);
        let (name, needs) = (fields.next()?, fields.next()?);
        needs.starts_with("decoder-video/").then_some(name)
    });
    if let Some(decoder) = decoder {
        let what = format!("needs the {decoder}, which is not installed; install GStreamer's plugin for it");
        return InspectError::new("missing_decoder", path, &what);
    }
    let unknown = error.is_some_and(|error| {
        error.matches(gst::StreamError::TypeNotFound) || error.matches(gst::StreamError::WrongType)
    });
    if unknown || begins_as.is_empty() || begins_as.starts_with("text/") {
        return InspectError::new("not_media", path, "holds neither pictures nor sound, whatever its name says");
    }
    if begins_as.starts_with("image/") {
        return InspectError::new("no_video", path, "is a still image");
    }
    match error {
        Some(error) if !begins_as.starts_with("audio/") => {
            let what =
                format!("begins as {begins_as} and cannot be played ({error}); it may be cut off, so copy it again");
            InspectError::new("truncated", path, &what)
        }
        _ => InspectError::new("no_video", path, "holds no moving pictures"),
    }
}

fn stream(pad: &gst::Pad) -> Option<Stream> {
    let coded = coded_caps(pad)?;
    let name = coded.structure(0)?.name().as_str();
    let kind = match name.split('/').next()? {
        "video" | "image" if is_moving_picture(pad) => "video",
        "audio" => "audio",
        "text" | "subpicture" | "closedcaption" => "subtitle",
        _ if name.starts_with("application/x-ss") || name.contains("subtitle") => "subtitle",
        _ => return None,
    };
    let mut stream = Stream {
        kind: kind.to_owned(),
        codec: pb_utils_get_codec_description(&coded).to_string(),
        media_type: name.to_owned(),
        language: tag::<gst::tags::LanguageCode>(pad).unwrap_or_default(),
        ..Stream::default()
    };
    let shown = pad.current_caps().unwrap_or(coded);
    match kind {
        "video" => describe_pictures(&mut stream, shown.structure(0)?, pad),
        "audio" => {
            let number = |field| shown.structure(0)?.get::<i32>(field).ok()?.try_into().ok();
            stream.channels = number("channels").unwrap_or(0);
            stream.sample_rate = number("rate").unwrap_or(0);
        }
        _ => {}
    }
    Some(stream)
}

fn describe_pictures(stream: &mut Stream, shown: &gst::StructureRef, pad: &gst::Pad) {
    let number = |field| shown.get::<i32>(field).ok().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    let ratio = |field| {
        let fraction = shown.get::<gst::Fraction>(field).ok()?;
        Some((u32::try_from(fraction.numer()).ok()?, u32::try_from(fraction.denom()).ok()?))
    };
    let (aspect_num, aspect_den) =
        ratio("pixel-aspect-ratio").filter(|(num, den)| *num > 0 && *den > 0).unwrap_or((1, 1));
    let aspect_den = u64::from(aspect_den);
    let width = (u64::from(number("width")) * u64::from(aspect_num) + aspect_den / 2) / aspect_den;
    stream.width = u32::try_from(width).unwrap_or(u32::MAX);
    stream.height = number("height");
    if is_turned_sideways(pad) {
        std::mem::swap(&mut stream.width, &mut stream.height);
    }
    if let Some((num, den)) = ratio("framerate").filter(|(num, _)| *num > 0) {
        (stream.frame_rate_num, stream.frame_rate_den) = (num, den);
    }
    stream.hdr = hdr(shown).to_owned();
    stream.interlaced = shown.get::<&str>("interlace-mode").is_ok_and(|mode| mode != "progressive");
}

fn hdr(shown: &gst::StructureRef) -> &'static str {
    let colours = shown.get::<&str>("colorimetry").ok().and_then(|text| text.parse::<VideoColorimetry>().ok());
    match colours.map(|colours| colours.transfer()) {
        Some(VideoTransferFunction::Smpte2084) => "pq",
        Some(VideoTransferFunction::AribStdB67) => "hlg",
        _ => "",
    }
}

fn is_turned_sideways(pad: &gst::Pad) -> bool {
    let turned = tag::<gst::tags::ImageOrientation>(pad);
    turned.is_some_and(|turned| turned.ends_with("rotate-90") || turned.ends_with("rotate-270"))
}

fn tag<'a, T: gst::tags::Tag<'a, TagType = &'a str>>(pad: &gst::Pad) -> Option<String> {
    tag_lists(pad).iter().find_map(|list| {
        let value = list.generic(T::TAG_NAME)?;
        value.get::<String>().ok()
    })
}

/// Tags of the whole file, from whichever stream carries them.
fn container_tags(pads: &[gst::Pad]) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for list in pads.iter().flat_map(tag_lists).filter(|list| list.scope() == gst::TagScope::Global) {
        for (name, value) in list.iter_generic().filter_map(|(name, mut values)| Some((name, values.next()?))) {
            // Pictures and private blocks have no text.
            let text = value.get::<String>().ok().or_else(|| {
                let plain = value.get::<gst::Sample>().is_err() && value.get::<gst::Buffer>().is_err();
                plain.then(|| value.serialize().ok()).flatten().map(Into::into)
            });
            if let Some(text) = text.filter(|_| tags.len() < MAX_TAGS) {
                tags.entry(name.to_string()).or_insert_with(|| text.chars().take(MAX_TAG_CHARS).collect());
            }
        }
    }
    tags
}

fn tag_lists(pad: &gst::Pad) -> Vec<gst::TagList> {
    let events = (0..).map_while(|index| pad.sticky_event::<gst::event::Tag>(index));
    events.map(|event| event.tag_owned()).collect()
}
