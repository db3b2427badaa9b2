//! Opening a file at its in-point.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;

use super::SegmentSpec;
use super::decode::{Decode, stream_time};
use super::fault::{self, Stage};
use crate::unit::Fault;

/// How often the opener looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(100);

/// How far before the in-point a seek aims: first enough for rounded stamps and for an audio decoder to warm up, then,
/// where the first picture comes too late, enough for files without an index and for long GOPs.
const SEEK_AHEAD_NS: [i64; 3] = [150_000_000, 3_000_000_000, 12_000_000_000];

/// A file that plays from its in-point, or a little before it.
pub(super) struct Opened {
    pub(super) decode: Decode,
    /// When the file's first picture begins: asset time 0.
    origin_ns: i64,
}

impl Opened {
    /// When `sample` begins, in nanoseconds after the file's first picture. `None` where it is not stamped.
    pub(super) fn asset_time(&self, sample: &gst::Sample) -> Option<i64> {
        self.decode.time(sample).map(|time_ns| time_ns.saturating_sub(self.origin_ns))
    }
}

/// Opens the segment's file. May block for as long as the file system does; gives up when `abandoned`.
pub(super) fn open(spec: &SegmentSpec, abandoned: &AtomicBool) -> Result<Opened, Fault> {
    let path = &spec.path;
    let facts = fs::metadata(path).map_err(|error| fault::unreadable(path, &error))?;
    if facts.is_dir() {
        return Err(fault::not_media(path, "is a directory"));
    }
    if facts.is_file() && facts.len() == 0 {
        return Err(fault::not_media(path, "is empty"));
    }
    let decode = Decode::new(spec)?;
    let opener = Opener { spec, decode: &decode, abandoned };
    opener.set_state(gst::State::Paused)?;
    let Some(first) = opener.first_picture()? else {
        return Err(fault::decode_failed(path, "it holds no picture"));
    };
    let origin_ns = decode.time(&first).unwrap_or(0);
    if spec.in_offset_frames > 0 {
        let seekable_ns = stream_time(&first).unwrap_or(0);
        drop(first);
        opener.seek(origin_ns, seekable_ns)?;
    }
    opener.set_state(gst::State::Playing)?;
    Ok(Opened { decode, origin_ns })
}

struct Opener<'a> {
    spec: &'a SegmentSpec,
    decode: &'a Decode,
    abandoned: &'a AtomicBool,
}

impl Opener<'_> {
    fn set_state(&self, state: gst::State) -> Result<(), Fault> {
        match self.decode.pipeline.set_state(state) {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(self.fault().unwrap_or_else(|| fault::decode_failed(&self.spec.path, &error.to_string())))
            }
        }
    }

    /// The picture that the pipeline stands at; `None` behind the last one.
    fn first_picture(&self) -> Result<Option<gst::Sample>, Fault> {
        let path = &self.spec.path;
        loop {
            if let Some(sample) = self.decode.video.try_pull_preroll(gst::ClockTime::try_from(POLL).ok()) {
                return Ok(Some(sample));
            }
            if let Some(fault) = self.fault() {
                return Err(fault);
            }
            if self.decode.lacks_video() {
                return Err(fault::no_video(path));
            }
            if self.decode.video.is_eos() {
                return Ok(None);
            }
            if self.abandoned.load(Ordering::Relaxed) {
                return Err(fault::decode_failed(path, "it is no longer wanted"));
            }
        }
    }

    /// Moves to the in-point. A file that cannot seek plays from where it is: pictures before the in-point are passed
    /// over, and slots whose picture never comes are left out; so are those of one whose in-point lies near the start.
    /// `seekable_ns` is the first picture's stream time.
    fn seek(&self, origin_ns: i64, seekable_ns: i64) -> Result<(), Fault> {
        let rate = self.spec.format.frame_rate;
        let in_point_ns = rate.nanos_in(self.spec.in_offset_frames);
        if in_point_ns <= SEEK_AHEAD_NS[0] {
            return Ok(());
        }
        for ahead_ns in SEEK_AHEAD_NS {
            // never before the first picture, where a transport stream would count its time from
            let target_ns = u64::try_from(seekable_ns + (in_point_ns - ahead_ns).max(0)).unwrap_or(0);
            let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
            let target = gst::ClockTime::from_nseconds(target_ns);
            if let Err(error) = self.decode.video.seek(
                1.0,
                flags,
                gst::SeekType::Set,
                target,
                gst::SeekType::None,
                gst::ClockTime::NONE,
            ) {
                tracing::warn!(path = %self.spec.path.display(), %error, "a file cannot seek and is read from its start");
                return Ok(());
            }
            let Some(picture) = self.first_picture()? else { return Ok(()) };
            let late = self
                .decode
                .time(&picture)
                .is_some_and(|time_ns| time_ns - origin_ns > rate.centre_nanos(self.spec.in_offset_frames));
            if !late || ahead_ns >= in_point_ns {
                return Ok(());
            }
        }
        Ok(())
    }

    fn fault(&self) -> Option<Fault> {
        self.decode.fault(&self.spec.path, Stage::Opening)
    }
}
