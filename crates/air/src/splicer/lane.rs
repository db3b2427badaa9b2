//! One opened segment on the channel's timeline: which of its units belongs into which slot.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use retrovue_pipeline::{AudioUnit, Fault, OpeningTimes, Take, VideoUnit};
use retrovue_timeline::{AudioFrame, FrameIndex};

use super::Lateness;
use super::source::Source;
use crate::plan::{Segment, Stretch};

/// How far ahead of air a source goes on that was late, in slots: time for a picture and its sound to be coded before
/// their slot is due.
const LEAD: i64 = 6;

/// How much longer a slot may wait for its unit; zero is not at all. Asked again before each wait.
pub(crate) type Patience<'a> = &'a mut dyn FnMut() -> Duration;

/// A source opened for a stretch of frames.
pub(crate) struct Lane<S> {
    segment: Arc<Segment>,
    from: FrameIndex,
    to: FrameIndex,
    audio_from: AudioFrame,
    source: S,
    pictures: Reel<VideoUnit>,
    sound: Reel<AudioUnit>,
    lateness: Lateness,
    /// The first picture that the source has not been told to leave out.
    wanted: i64,
    /// The next frame that it can be asked for: what lies before it is gone.
    position: FrameIndex,
    /// Index of the picture that was sent last.
    sent: Option<i64>,
    fault: FaultOnce,
}

/// What is all that is known of a segment as long as it gives no unit and does not fail.
const LATE: &str = "late";

/// Units in order, with the one that came before its slot.
struct Reel<U> {
    held: Option<U>,
    over: Option<Over>,
    /// It missed a slot and is not back: no further slot waits for it.
    lagging: bool,
}

enum Over {
    Ended,
    Failed(Fault),
}

enum Match<U> {
    Unit(U),
    /// A later unit is here, so this one will never come.
    Skipped,
    Late,
    Over,
}

/// The first fault of a lane, until it is told; later ones follow from it, but for the reason why it is late.
#[derive(Default)]
enum FaultOnce {
    #[default]
    None,
    Untold(Fault),
    /// By its code.
    Told(&'static str),
}

trait Indexed {
    fn index(&self) -> i64;
}

impl Indexed for VideoUnit {
    fn index(&self) -> i64 {
        self.index
    }
}

impl Indexed for AudioUnit {
    fn index(&self) -> i64 {
        self.index
    }
}

impl<S: Source> Lane<S> {
    /// `source` was opened for these `frames` of `segment`.
    pub(crate) fn new(
        segment: Arc<Segment>,
        frames: Range<FrameIndex>,
        audio_from: AudioFrame,
        source: S,
        lateness: Lateness,
    ) -> Self {
        let Range { start: from, end: to } = frames;
        Self {
            segment,
            from,
            to,
            audio_from,
            source,
            pictures: Reel::new(),
            sound: Reel::new(),
            lateness,
            wanted: 0,
            position: from,
            sent: None,
            fault: FaultOnce::None,
        }
    }

    /// Whether it can show the `frame` of `segment` in a run that began with the frame `since`: it was opened for the
    /// same pictures, and either within the run or before it and shown ever since. One that was left in between stands
    /// amid a GOP.
    pub(crate) fn serves(&self, segment: &Segment, frame: FrameIndex, since: FrameIndex) -> bool {
        self.from <= frame && frame < self.to && since <= self.position && segment.continues(&self.segment)
    }

    /// From which frame on it can show `stretch`, if at all.
    pub(crate) fn ready_for(&self, stretch: &Stretch) -> Option<FrameIndex> {
        self.serves(&stretch.segment, self.position, stretch.start).then_some(self.position)
    }

    /// The first frame it was not opened for.
    pub(crate) fn end(&self) -> FrameIndex {
        self.to
    }

    /// Coded pictures that are ready.
    pub(crate) fn ready_frames(&self) -> u32 {
        self.source.ready_frames() + u32::from(self.pictures.held.is_some())
    }

    /// Where the time went until the first coded picture.
    pub(crate) fn opening_times(&self) -> Option<OpeningTimes> {
        self.source.opening_times()
    }

    /// Waits for the picture of `frame` without taking it, and tells the frame of the one that came, which is a later one
    /// where that of `frame` never will. `None` where none came in time, and then later slots do not wait for it.
    pub(crate) fn await_picture(&mut self, frame: FrameIndex, patience: Patience<'_>) -> Option<FrameIndex> {
        match self.pictures.at(frame - self.from, |wait| self.source.take_video(wait), patience) {
            Match::Unit(unit) => {
                self.pictures.held = Some(unit);
                Some(frame)
            }
            Match::Skipped => Some(self.pictures.held.as_ref().map_or(frame, |unit| self.from + unit.index)),
            Match::Over => Some(frame),
            Match::Late => {
                self.late(frame);
                None
            }
        }
    }

    /// The picture of `frame`, where it is there in time and can be decoded after what was sent before it.
    pub(crate) fn picture(&mut self, frame: FrameIndex, patience: Patience<'_>) -> Option<VideoUnit> {
        let index = frame - self.from;
        self.position = frame + 1;
        match self.pictures.at(index, |wait| self.source.take_video(wait), patience) {
            Match::Unit(unit) if unit.keyframe || self.sent == Some(index - 1) => {
                self.sent = Some(index);
                Some(unit)
            }
            Match::Unit(_) => None,
            Match::Skipped if index < self.wanted => None,
            Match::Skipped => {
                let segment = &self.segment;
                self.fault.set("gap", || format!("{} has no picture for frame {}", path(segment), frame.0));
                None
            }
            Match::Late => {
                self.late(frame);
                None
            }
            Match::Over => {
                self.over(frame);
                None
            }
        }
    }

    /// The coded audio frame that belongs to `at`, where it is there in time.
    pub(crate) fn sound(&mut self, at: AudioFrame, patience: Patience<'_>) -> Option<AudioUnit> {
        match self.sound.at(at.0 - self.audio_from.0, |wait| self.source.take_audio(wait), patience) {
            Match::Unit(unit) => Some(unit),
            Match::Late => {
                let segment = &self.segment;
                self.fault.set(LATE, || format!("{} was not decoded in time: its sound came late", path(segment)));
                None
            }
            Match::Skipped | Match::Over => None,
        }
    }

    /// Drops the audio frames before `at`, as far as they are there: a source whose sound nobody takes would stop at
    /// full queues, and its pictures with it.
    pub(crate) fn skip_sound(&mut self, at: AudioFrame) {
        let take = |wait| self.source.take_audio(wait);
        if let Match::Unit(unit) = self.sound.at(at.0 - self.audio_from.0, take, &mut || Duration::ZERO) {
            self.sound.held = Some(unit);
        }
        self.sound.lagging = false;
    }

    /// Whether it has failed in a way that may pass.
    pub(crate) fn may_recover(&self) -> bool {
        matches!(&self.pictures.over, Some(Over::Failed(fault)) if fault.may_pass())
    }

    /// The first fault, once.
    pub(crate) fn take_fault(&mut self) -> Option<Fault> {
        let FaultOnce::Untold(fault) = &self.fault else { return None };
        let fault = fault.clone();
        self.fault = FaultOnce::Told(fault.code);
        Some(fault)
    }

    /// Something that is wrong with the segment, though it plays.
    pub(crate) fn take_remark(&mut self) -> Option<Fault> {
        self.source.take_remark()
    }

    fn late(&mut self, frame: FrameIndex) {
        let segment = &self.segment;
        match self.lateness {
            Lateness::CatchUp => {
                self.wanted = frame + LEAD - self.from;
                self.source.skip_to(self.wanted);
                self.fault.set(LATE, || format!("{} was not decoded in time for frame {}", path(segment), frame.0));
            }
            Lateness::Abandon => {
                self.fault.set("stalled", || {
                    format!("{} gave no picture for frame {} and was given up", path(segment), frame.0)
                });
                self.pictures.over = Some(Over::Ended);
                self.sound.over = Some(Over::Ended);
            }
        }
    }

    fn over(&mut self, frame: FrameIndex) {
        let (segment, missing) = (&self.segment, self.to - frame);
        match &self.pictures.over {
            Some(Over::Failed(fault)) => self.fault.set(fault.code, || fault.message.clone()),
            _ => self.fault.set("ended_early", || format!("{} ended {missing} frames before its time", path(segment))),
        }
    }
}

fn path(segment: &Segment) -> String {
    segment.asset().map_or_else(|| "its page".to_owned(), |asset| asset.path.display().to_string())
}

impl<U: Indexed> Reel<U> {
    fn new() -> Self {
        Self { held: None, over: None, lagging: false }
    }

    /// The unit `index`; units before it are dropped, since their slots are gone.
    fn at(&mut self, index: i64, mut take: impl FnMut(Duration) -> Take<U>, patience: Patience<'_>) -> Match<U> {
        loop {
            let unit = match self.held.take() {
                Some(unit) => unit,
                None => match self.next(&mut take, patience) {
                    Ok(unit) => unit,
                    Err(no_unit) => return no_unit,
                },
            };
            if unit.index() > index {
                self.held = Some(unit);
                return Match::Skipped;
            }
            if unit.index() == index {
                self.lagging = false;
                return Match::Unit(unit);
            }
        }
    }

    fn next(&mut self, take: &mut impl FnMut(Duration) -> Take<U>, patience: Patience<'_>) -> Result<U, Match<U>> {
        loop {
            if self.over.is_some() {
                return Err(Match::Over);
            }
            let wait = if self.lagging { Duration::ZERO } else { patience() };
            match take(wait) {
                Take::Unit(unit) => return Ok(unit),
                Take::NotYet if wait.is_zero() => {
                    self.lagging = true;
                    return Err(Match::Late);
                }
                Take::NotYet => {}
                Take::End => self.over = Some(Over::Ended),
                Take::Failed(fault) => self.over = Some(Over::Failed(fault)),
            }
        }
    }
}

impl FaultOnce {
    fn set(&mut self, code: &'static str, message: impl FnOnce() -> String) {
        let is_news = match self {
            Self::None => true,
            Self::Told(told) => *told == LATE && code != LATE,
            Self::Untold(_) => false,
        };
        if is_news {
            *self = Self::Untold(Fault { code, message: message() });
        }
    }
}
