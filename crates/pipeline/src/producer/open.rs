//! Opening a file at its in-point.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;

use super::cadence::on_grid;
use super::decode::{Decode, stream_time};
use super::fault::{self, Stage};
use super::gate::Gate;
use super::stopwatch::Lap;
use super::threshold::Threshold;
use super::vision::nominal_rate;
use super::{Lanes, SegmentSpec, Witness};
use crate::inspect::{FileStamp, FirstPicture};
use crate::unit::Fault;

/// How often the opener looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(100);

/// The same while it waits for the file's index.
const LOOK: Duration = Duration::from_millis(10);

/// A file that is not read any more has a second to show that its streams are merely on their way.
const GIVEN_UP_POLLS: u32 = 10;

/// How far before the in-point a seek aims: first enough for rounded stamps and for an audio decoder to warm up, then,
/// where the first picture comes too late, enough for files without an index and for long GOPs.
const SEEK_AHEAD_NS: [i64; 3] = [150_000_000, 3_000_000_000, 12_000_000_000];

/// A channel that has gone on by so much since the file was sought is followed by another seek.
const GONE_ON: Duration = Duration::from_secs(2);

/// A file that plays from its in-point, or a little before it.
pub(super) struct Opened {
    pub(super) decode: Decode,
    /// The slot at which the segment is entered: those before it are left out.
    pub(super) entry: i64,
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
pub(super) fn open(
    spec: &SegmentSpec,
    lanes: &Lanes,
    abandoned: &AtomicBool,
    witness: &dyn Witness,
) -> Result<Opened, Fault> {
    let path = &spec.path;
    let facts = fs::metadata(path).map_err(|error| fault::unreadable(path, &error))?;
    if facts.is_dir() {
        return Err(fault::not_media(path, "is a directory"));
    }
    if facts.is_file() && facts.len() == 0 {
        return Err(fault::not_media(path, "is empty"));
    }
    let spec = &SegmentSpec { first_picture: believed(spec, &facts), ..spec.clone() };
    let decode = Decode::new(spec)?;
    // nothing has touched what is in the file yet
    witness.opening();
    stand_at_in_point(spec, decode, lanes, abandoned)
}

/// What is known of the file's lines of time, where it is the file of which that was told.
fn believed(spec: &SegmentSpec, facts: &fs::Metadata) -> Option<FirstPicture> {
    spec.first_picture.filter(|_| spec.inspected.is_none_or(|inspected| inspected == FileStamp::of(facts)))
}

fn stand_at_in_point(
    spec: &SegmentSpec,
    decode: Decode,
    lanes: &Lanes,
    abandoned: &AtomicBool,
) -> Result<Opened, Fault> {
    let opener = Opener { spec, decode: &decode, pictures: decode.gate(&decode.video, spec)?, abandoned };
    // shut as well, and only until the pipeline plays
    let sound = decode.gate(&decode.audio, spec)?;
    let threshold = spec.first_picture.filter(|_| spec.in_offset_frames > 0).map(|first| (decode.threshold(), first));
    opener.play()?;
    let entered = match threshold {
        Some((threshold, first)) => opener.enter(&threshold, first)?,
        None => None,
    };
    let (picture, lost) = match opener.first_picture() {
        // behind the last keyframe or the end: another seek may lead there
        Err(fault) if entered.is_some() && opener.may_find_more() => {
            opener.forgive();
            (None, Some(fault))
        }
        picture => (picture?, None),
    };
    let line = match (&entered, &picture) {
        (Some(entered), _) => entered.line,
        (None, Some(first)) => {
            Line { origin_ns: decode.time(first).unwrap_or(0), seekable_ns: stream_time(first).unwrap_or(0) }
        }
        (None, None) => return Err(fault::decode_failed(&spec.path, "it holds no picture")),
    };
    opener.settle().map_err(|fault| lost.clone().unwrap_or(fault))?;
    drop(sound);
    lanes.stopwatch.lap(Lap::Open);
    let slot = picture.zip(entered).and_then(|(picture, _)| opener.slot(&picture, &line));
    // what took long to open begins where the channel is by now
    let wanted = lanes.first_wanted();
    let slot = slot.filter(|slot| spec.format.frame_rate.nanos_in(wanted - slot) < nanos(GONE_ON));
    let at_keyframe = entered.is_some_and(|entered| entered.at_keyframe);
    let entry = match slot {
        Some(slot) if at_keyframe && (0..=spec.entry_frames).contains(&slot) => Some(slot),
        Some(slot) if slot <= wanted => Some(0),
        _ => None,
    };
    if entry.is_none() {
        let has_moved = opener.seek(spec.in_offset_frames.saturating_add(wanted), &line)?;
        if let Some(fault) = lost.filter(|_| !has_moved) {
            return Err(fault);
        }
    }
    lanes.stopwatch.lap(Lap::Seek);
    drop(opener);
    Ok(Opened { decode, entry: entry.unwrap_or(0), origin_ns: line.origin_ns })
}

/// Where a file's lines of time stand when the asset's time is 0, in nanoseconds.
#[derive(Clone, Copy)]
struct Line {
    /// As [`Decode::time`] tells it.
    origin_ns: i64,
    /// In stream time, which is what a seek understands.
    seekable_ns: i64,
}

/// A file that was moved to its in-point before anything was decoded.
#[derive(Clone, Copy)]
struct Entered {
    line: Line,
    /// It stands at a keyframe that may be shown.
    at_keyframe: bool,
}

struct Opener<'a> {
    spec: &'a SegmentSpec,
    decode: &'a Decode,
    pictures: Gate,
    abandoned: &'a AtomicBool,
}

impl Opener<'_> {
    fn play(&self) -> Result<(), Fault> {
        let Err(error) = self.decode.pipeline.set_state(gst::State::Playing) else { return Ok(()) };
        Err(self.fault().unwrap_or_else(|| fault::decode_failed(&self.spec.path, &error.to_string())))
    }

    /// Waits until the pipeline plays: from then on its state stays as it is until its end.
    fn settle(&self) -> Result<(), Fault> {
        loop {
            let (changed, state, _) = self.decode.pipeline.state(gst::ClockTime::try_from(POLL).ok());
            if state == gst::State::Playing && changed == Ok(gst::StateChangeSuccess::Success) {
                return Ok(());
            }
            if changed.is_err() {
                let fault = || fault::decode_failed(&self.spec.path, "it does not play");
                return Err(self.fault().unwrap_or_else(fault));
            }
            self.go_on()?;
        }
    }

    /// The picture that the pipeline stands at; `None` behind the last one.
    fn first_picture(&self) -> Result<Option<gst::Sample>, Fault> {
        let path = &self.spec.path;
        let mut given_up = 0;
        loop {
            if let Some(sample) = self.pictures.waiting(POLL) {
                return Ok(Some(sample));
            }
            self.go_on()?;
            if let Some(fault) = self.decode.lacks_video(path) {
                return Err(fault);
            }
            if self.decode.video.is_eos() {
                return Ok(None);
            }
            given_up = if self.decode.gave_up() { given_up + 1 } else { 0 };
            if given_up > GIVEN_UP_POLLS {
                return Err(fault::damaged(path));
            }
        }
    }

    /// Whether there is a reason to wait on.
    fn go_on(&self) -> Result<(), Fault> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        if self.is_abandoned() {
            return Err(fault::decode_failed(&self.spec.path, "it is no longer wanted"));
        }
        Ok(())
    }

    /// Moves to the in-point as soon as the file's index is known; `None` where it has none. Where the segment may be
    /// entered later, that is the last keyframe at which it may.
    fn enter(&self, threshold: &Threshold, first: FirstPicture) -> Result<Option<Entered>, Fault> {
        let spec = self.spec;
        if !self.reach(threshold)? {
            return Ok(None);
        }
        let rate = spec.format.frame_rate;
        let seekable_ns = first.stream_ns;
        let origin_ns = if self.decode.has_raw_stamps() { first.pts_ns } else { seekable_ns };
        let entered = |at_keyframe| Ok(Some(Entered { line: Line { origin_ns, seekable_ns }, at_keyframe }));
        let earliest_ns = seekable_ns.saturating_add(rate.nanos_in(spec.in_offset_frames));
        let mut target_ns = earliest_ns.saturating_sub(SEEK_AHEAD_NS[0]).max(seekable_ns);
        if spec.entry_frames > 0 {
            let latest_ns = rate.nanos_in(spec.in_offset_frames.saturating_add(spec.entry_frames));
            let flags = gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
            let sought = threshold.seek(seek_to(seekable_ns.saturating_add(latest_ns), flags));
            let keyframe_ns = if sought && self.reach(threshold)? { threshold.begins_ns() } else { None };
            match keyframe_ns {
                Some(keyframe_ns) if keyframe_ns >= earliest_ns => return entered(true),
                // nothing before it is of use
                Some(keyframe_ns) => target_ns = target_ns.max(keyframe_ns),
                None => {}
            }
        }
        threshold.seek(seek_to(target_ns, gst::SeekFlags::ACCURATE));
        entered(false)
    }

    /// Waits until something stands at the threshold. False where it has come past or never will.
    fn reach(&self, threshold: &Threshold) -> Result<bool, Fault> {
        while !threshold.is_reached(LOOK) {
            self.go_on()?;
            let decode = self.decode;
            let ended = decode.video.is_eos() || decode.gave_up() || decode.lacks_video(&self.spec.path).is_some();
            if ended || self.pictures.waiting(Duration::ZERO).is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The segment's slot that shows `picture` first.
    fn slot(&self, picture: &gst::Sample, line: &Line) -> Option<i64> {
        let start_ns = self.decode.time(picture)?.saturating_sub(line.origin_ns);
        let rate = self.spec.format.frame_rate;
        Some(rate.slots_within(on_grid(start_ns, nominal_rate(picture))) - self.spec.in_offset_frames)
    }

    /// Whether what went wrong may only be that nothing stands where the file was sought.
    fn may_find_more(&self) -> bool {
        let decode = self.decode;
        !self.is_abandoned() && !decode.gave_up() && decode.lacks_video(&self.spec.path).is_none()
    }

    fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// Moves to the in-point. A file that cannot seek plays from where it is: pictures before the in-point are passed
    /// over, and slots whose picture never comes are left out; so are those of one whose in-point lies near the start.
    /// False where it did not move.
    fn seek(&self, in_point_frames: i64, line: &Line) -> Result<bool, Fault> {
        let rate = self.spec.format.frame_rate;
        let in_point_ns = rate.nanos_in(in_point_frames);
        if in_point_ns <= SEEK_AHEAD_NS[0] {
            return Ok(false);
        }
        let mut lost = None;
        let earliest_ns = self.decode.earliest_seek(line.seekable_ns);
        for ahead_ns in SEEK_AHEAD_NS {
            let target_ns = line.seekable_ns.saturating_add(in_point_ns - ahead_ns).max(earliest_ns);
            if !self.pictures.seek(seek_to(target_ns, gst::SeekFlags::ACCURATE)) {
                tracing::warn!(path = %self.spec.path.display(), "a file cannot seek and is read from its start");
                return lost.map_or(Ok(false), Err);
            }
            let is_last = ahead_ns >= in_point_ns || SEEK_AHEAD_NS.ends_with(&[ahead_ns]);
            // behind the last keyframe or the end, or a demuxer that lost its way: from further ahead it may find it
            let picture = match self.first_picture() {
                Err(fault) if !is_last && self.may_find_more() => {
                    self.forgive();
                    lost = Some(fault);
                    continue;
                }
                picture => picture?,
            };
            let late = picture.is_none_or(|picture| {
                let time_ns = self.decode.time(&picture);
                time_ns
                    .is_some_and(|time_ns| time_ns.saturating_sub(line.origin_ns) > rate.centre_nanos(in_point_frames))
            });
            if !late || is_last {
                break;
            }
        }
        Ok(true)
    }

    fn fault(&self) -> Option<Fault> {
        self.decode.fault(&self.spec.path, Stage::Opening)
    }

    /// Forgets what was reported so far.
    fn forgive(&self) {
        while self.fault().is_some() {}
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// A flushing seek to `target_ns` of stream time.
fn seek_to(target_ns: i64, flags: gst::SeekFlags) -> gst::Event {
    let target = gst::ClockTime::from_nseconds(u64::try_from(target_ns).unwrap_or(0));
    let flags = gst::SeekFlags::FLUSH | flags;
    gst::event::Seek::new(1.0, flags, gst::SeekType::Set, target, gst::SeekType::None, gst::ClockTime::NONE)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use gstreamer_app as gst_app;
    use retrovue_timeline::FrameIndex;

    use super::super::{Fades, Overlays};
    use super::*;
    use crate::format::HouseFormat;

    fn segment(dir: &std::path::Path) -> SegmentSpec {
        let path = dir.join("clip.mkv");
        let command = "-v error -f lavfi -i testsrc=s=320x180:r=25:d=4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p";
        let made = std::process::Command::new("ffmpeg").args(command.split_whitespace()).arg(&path).status();
        assert!(made.unwrap().success());
        let format = HouseFormat {
            width: 320,
            height: 180,
            frame_rate: "25".parse().unwrap(),
            video_kbps: 1000,
            audio_kbps: 128,
        };
        SegmentSpec {
            path,
            in_offset_frames: 40,
            start_frame: FrameIndex(0),
            frame_count: 25,
            entry_frames: 0,
            first_picture: None,
            inspected: None,
            format,
            gain_db: 0.0,
            languages: vec![],
            fades: Fades::default(),
            overlays: Overlays::default(),
        }
    }

    #[test]
    fn a_sink_that_is_full_before_the_pipeline_plays_does_not_hold_up_the_opening() {
        crate::init().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let spec = segment(dir.path());
        for _ in 0..6 {
            let decode = Decode::new(&spec).unwrap();
            decode.video.set_max_buffers(1);
            // as on a machine that runs whoever waits for the first picture before whoever brings it: by the time the
            // sink looks, it is to play already, and the next picture is there
            let slow = gst_app::AppSinkCallbacks::builder().new_preroll(|sink| {
                let moment = Duration::from_millis(20);
                let is_to_play = || [sink.pending_state(), sink.current_state()].contains(&gst::State::Playing);
                let seen = (0..100).any(|_| {
                    thread::park_timeout(moment);
                    is_to_play()
                });
                thread::park_timeout(moment);
                if seen { Ok(gst::FlowSuccess::Ok) } else { Err(gst::FlowError::Error) }
            });
            decode.video.set_callbacks(slow.build());
            let (sender, opened) = mpsc::channel();
            let spec = spec.clone();
            thread::spawn(move || {
                sender.send(stand_at_in_point(&spec, decode, &Lanes::new(&spec.format), &AtomicBool::new(false)))
            });
            let opened = opened.recv_timeout(Duration::from_secs(20)).expect("it stands still").unwrap();
            assert!(opened.decode.video.try_pull_sample(gst::ClockTime::from_seconds(20)).is_some());
        }
    }
}
