//! Which of a file's streams are played.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};

use gst::glib;
use gst::prelude::*;
use gstreamer as gst;

use super::catch_up::catch_up;
use super::entry::enter_whole;
use super::stamps;
use crate::language;

/// What turns coded pictures into raw ones.
const VIDEO_DECODER: gst::ElementFactoryType =
    gst::ElementFactoryType::DECODER.union(gst::ElementFactoryType::MEDIA_VIDEO);

/// Decoder threads for pictures of more lines than this: one costs least, but would take long to reach an in-point, and
/// would not keep up with the largest.
const THREADS: [(i32, i32); 2] = [(1088, 4), (576, 2)];

/// What is known of a file's streams while it is taken apart.
#[derive(Default)]
pub(super) struct Streams {
    /// Ids of streams coded as still images: cover art, unless there is nothing else.
    stills: Mutex<HashSet<String>>,
    /// The demuxer's pads by stream id. Languages are their tags, and may not have reached the decoders' pads when the
    /// choice is made.
    demuxed: Mutex<HashMap<String, glib::WeakRef<gst::Pad>>>,
    /// What video is coded as that nothing decodes.
    undecodable: Mutex<Option<String>>,
    /// The demuxer's input, where it reads the file by itself.
    demuxer: Mutex<Option<glib::WeakRef<gst::Pad>>>,
    /// Of the tallest pictures.
    lines: AtomicI32,
    complete: AtomicBool,
    has_raw_stamps: AtomicBool,
    seeks_by_clock: AtomicBool,
    stamps_by_coding: AtomicBool,
    has_video: AtomicBool,
    has_audio: AtomicBool,
}

/// Decoded streams to be played.
pub(super) struct Choice {
    pub(super) video: Option<gst::Pad>,
    pub(super) audio: Option<gst::Pad>,
}

impl Streams {
    /// Notes what a stream is coded as, before a decoder is made for it.
    pub(super) fn note(&self, pad: &gst::Pad, caps: &gst::Caps) {
        let (Some(structure), Some(id)) = (caps.structure(0), pad.stream_id()) else { return };
        if structure.name().starts_with("image/") {
            self.stills.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_string());
        }
        if let Some(source) = pad.downcast_ref::<gst::GhostPad>().and_then(|ghost| ghost.target()) {
            let mut demuxed = self.demuxed.lock().unwrap_or_else(PoisonError::into_inner);
            demuxed.entry(id.to_string()).or_insert_with(|| source.downgrade());
        }
        if let Ok(lines) = structure.get::<i32>("height")
            && structure.name().starts_with("video/")
        {
            self.lines.fetch_max(lines, Ordering::Relaxed);
        }
    }

    /// Notes a stream that nothing decodes.
    pub(super) fn note_undecodable(&self, caps: &gst::Caps) {
        let name = caps.structure(0).map(|structure| structure.name().as_str()).unwrap_or_default();
        if name.starts_with("video/") {
            *self.undecodable.lock().unwrap_or_else(PoisonError::into_inner) = Some(name.to_owned());
        }
    }

    /// Notes an element that takes part in decoding, and sees to its traps.
    ///
    /// Matroska's demuxer moves its segment when a block turns up that is earlier than the first one, which leaves the
    /// stream time of what came before wrong by the difference. Its raw stamps are the file's own, for all streams.
    /// A program stream's demuxer seeks by the system clock, which runs ahead of what it is read for.
    pub(super) fn note_element(&self, element: &gst::Element) {
        match element.factory().map(|factory| factory.name()).as_deref() {
            Some("matroskademux") => self.has_raw_stamps.store(true, Ordering::Release),
            Some("mpegpsdemux") => self.seeks_by_clock.store(true, Ordering::Release),
            Some("avidemux") => self.stamps_by_coding.store(true, Ordering::Release),
            Some("mpegvideoparse") => stamps::complete(element, self.seeks_by_clock()),
            Some("avdec_flac") => skip_headers(element),
            _ => {}
        }
        if let Some(input) = element.static_pad("sink").filter(|_| is_demuxer(element)) {
            *self.demuxer.lock().unwrap_or_else(PoisonError::into_inner) = Some(input.downgrade());
        }
        if element.factory().is_some_and(|factory| factory.has_type(VIDEO_DECODER)) {
            if self.stamps_by_coding.load(Ordering::Acquire) {
                stamps::forget_coded(element);
            }
            catch_up(element);
            enter_whole(element);
        }
        if element.has_property_with_type("max-threads", i32::static_type()) {
            element.set_property("max-threads", self.decoder_threads());
        }
    }

    /// Whether raw stamps count, rather than stream time.
    pub(super) fn has_raw_stamps(&self) -> bool {
        self.has_raw_stamps.load(Ordering::Acquire)
    }

    /// Whether a seek lands some moments behind its target, and only from zero on at the first picture.
    pub(super) fn seeks_by_clock(&self) -> bool {
        self.seeks_by_clock.load(Ordering::Acquire)
    }

    fn decoder_threads(&self) -> i32 {
        let lines = self.lines.load(Ordering::Relaxed);
        THREADS.iter().find(|(above, _)| lines > *above).map_or(1, |(_, threads)| *threads)
    }

    /// The first real video, and the first audio in the best language, of `pads`.
    pub(super) fn choose(&self, pads: &[gst::Pad], languages: &[String]) -> Choice {
        let of_kind =
            |kind: &str| pads.iter().filter(|pad| media_type(pad).as_deref() == Some(kind)).collect::<Vec<_>>();
        let stills = self.stills.lock().unwrap_or_else(PoisonError::into_inner);
        let is_still = |pad: &gst::Pad| pad.stream_id().is_some_and(|id| stills.contains(id.as_str()));
        let videos = of_kind("video/x-raw");
        let video = videos.iter().find(|pad| !is_still(pad)).or(videos.first());
        let audios = of_kind("audio/x-raw");
        let demuxed = self.demuxed.lock().unwrap_or_else(PoisonError::into_inner);
        let source = |pad: &gst::Pad| demuxed.get(pad.stream_id()?.as_str())?.upgrade();
        let tracks: Vec<Track> = audios
            .iter()
            .map(|pad| Track {
                language: spoken(pad).or_else(|| spoken(&source(pad)?)),
                is_default: is_default(pad) || source(pad).is_some_and(|pad| is_default(&pad)),
            })
            .collect();
        let audio = audios.get(preferred(&tracks, languages));
        self.has_video.fetch_or(video.is_some(), Ordering::Release);
        self.has_audio.fetch_or(audio.is_some(), Ordering::Release);
        self.complete.store(true, Ordering::Release);
        Choice { video: video.map(|pad| (*pad).clone()), audio: audio.map(|pad| (*pad).clone()) }
    }

    /// All streams are known, and none is video.
    pub(super) fn lacks_video(&self) -> bool {
        self.complete.load(Ordering::Acquire) && !self.has_video.load(Ordering::Acquire)
    }

    /// The demuxer has stopped reading, and its streams are not known yet.
    pub(super) fn gave_up(&self) -> bool {
        let input =
            self.demuxer.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(glib::WeakRef::upgrade);
        !self.complete.load(Ordering::Acquire)
            && input.is_some_and(|input| input.task_state() == gst::TaskState::Paused)
    }

    /// What video of the file is coded as that nothing decodes.
    pub(super) fn undecodable(&self) -> Option<String> {
        self.undecodable.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn has_audio(&self) -> bool {
        self.has_audio.load(Ordering::Acquire)
    }
}

fn is_demuxer(element: &gst::Element) -> bool {
    let class = element.factory().and_then(|factory| factory.metadata("klass").map(str::to_owned));
    class.is_some_and(|class| class.contains("Demuxer"))
}

/// Keeps FLAC's metadata, which alone has no stamps, from its decoder: that needs none of it, gives nothing for it, and so
/// would stamp each block of sound as the one before.
fn skip_headers(decoder: &gst::Element) {
    let Some(input) = decoder.static_pad("sink") else { return };
    input.add_probe(gst::PadProbeType::BUFFER, |_, info| match info.buffer() {
        Some(buffer) if buffer.pts().is_none() => {
            drop(info.data.take());
            gst::PadProbeReturn::Handled
        }
        _ => gst::PadProbeReturn::Ok,
    });
}

fn media_type(pad: &gst::Pad) -> Option<String> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    caps.structure(0).map(|structure| structure.name().to_string())
}

fn spoken(pad: &gst::Pad) -> Option<String> {
    (0..)
        .map_while(|n| pad.sticky_event::<gst::event::Tag>(n))
        .find_map(|event| event.tag().get::<gst::tags::LanguageCode>().map(|code| code.get().to_owned()))
}

/// Whether the file says that this is the track to play where nobody asks for another.
pub(crate) fn is_default(pad: &gst::Pad) -> bool {
    pad.sticky_event::<gst::event::StreamStart>(0)
        .is_some_and(|event| event.stream_flags().contains(gst::StreamFlags::SELECT))
}

/// What is said of an audio track.
struct Track {
    language: Option<String>,
    is_default: bool,
}

/// The index of the track in the best of `languages`, else of any: the file's default one before the first.
fn preferred(tracks: &[Track], languages: &[String]) -> usize {
    let best = |suits: &dyn Fn(&Track) -> bool| {
        tracks.iter().position(|track| track.is_default && suits(track)).or_else(|| tracks.iter().position(suits))
    };
    let speaks =
        |track: &Track, wanted: &str| track.language.as_deref().is_some_and(|own| language::short(own) == wanted);
    let wanted = languages.iter().find_map(|wanted| best(&|track| speaks(track, &language::short(wanted))));
    wanted.or_else(|| best(&|_| true)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Default tracks are starred.
    fn check(tracks: &[&str], languages: &[&str], expected: usize) {
        let track = |code: &&str| Track {
            language: Some(code.trim_end_matches('*').to_owned()).filter(|code| !code.is_empty()),
            is_default: code.ends_with('*'),
        };
        let tracks: Vec<_> = tracks.iter().map(track).collect();
        let languages: Vec<_> = languages.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(preferred(&tracks, &languages), expected);
    }

    #[test]
    fn audio_follows_the_best_language() {
        check(&["", "ger", "en"], &["eng", "de"], 2);
        check(&["", "ger", "en"], &["fr", "de"], 1);
        check(&["en", "en"], &["en-GB"], 0);
        check(&["en", "fr"], &["gsw"], 0);
        check(&["en", "gsw"], &["gsw"], 1);
        check(&["und", "deu"], &["DE"], 1);
        check(&[], &["en"], 0);
    }

    #[test]
    fn where_languages_do_not_decide_the_default_track_does() {
        check(&["de", "en*", "en"], &[], 1);
        check(&["de", "en*", "en"], &["fr"], 1);
        check(&["en", "en*", "de"], &["en"], 1);
        check(&["de", "en*"], &["de"], 0);
        check(&["", "*"], &["en"], 1);
    }
}
