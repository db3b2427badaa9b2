//! The channel's timeline: exactly one picture for every frame slot, from the segment that owns it or else slate.
//!
//! Nothing here knows the time. Whoever asks for a slot says how long it may wait for its unit, and asks for the
//! slots in order; what comes too late for its slot is dropped, and what is missing is slate.

mod lane;
mod retry;
mod source;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use retrovue_pipeline::{Fault, HouseFormat, OpeningTimes, PageSpec, SegmentSpec, Slate};
use retrovue_timeline::{AudioFrame, FrameIndex, UtcTime};

use crate::plan::{Asset, Content, Plan, Segment, Stretch};
use lane::Lane;
pub(crate) use lane::Patience;
use retry::Retry;
pub(crate) use source::{Files, Opener};

/// Segments that are open at once: the one on air, the next, and one more where the next is short. Each holds a
/// decoder and an encoder.
const MAX_LANES: usize = 3;

/// How long after a new plan a segment starts that this plan puts on air at once: decoders open and seek in less, even
/// ten seconds past a keyframe of 1080p (446 ms were measured). A cut has a second, and a slot may wait for the rest.
const TAKE: Duration = Duration::from_millis(500);

/// What a source that misses a slot may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lateness {
    /// Its slots become slate until a keyframe fits its slot again. Meanwhile no slot waits for it.
    CatchUp,
    /// The rest of it becomes slate: where nothing is paced it could never catch up.
    Abandon,
}

/// What one frame slot shows. Reused from slot to slot.
#[derive(Debug, Default)]
pub(crate) struct SlotUnits {
    /// The access unit.
    pub(crate) picture: Bytes,
    /// It is an IDR with parameter sets.
    pub(crate) keyframe: bool,
    /// It is slate.
    pub(crate) slate: bool,
    /// The audio frames that the slot owns, in order, with their places on the audio grid.
    pub(crate) sound: Vec<(AudioFrame, Bytes)>,
}

/// What is worth telling: evidence, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Notice {
    /// The first slot of a segment in this session.
    Started { segment: Arc<Segment>, frame: FrameIndex },
    /// `frame` is the first that is not its own.
    Ended { on_air: OnAir, frame: FrameIndex },
    /// Why slots of a segment become slate, or which of its overlays it lacks: once for each time that it is opened.
    Faulted { segment: Arc<Segment>, frame: FrameIndex, fault: Fault },
}

/// Lays the units of a plan's segments on the timeline.
pub(crate) struct Splicer<O: Opener> {
    opener: O,
    format: HouseFormat,
    plan: Arc<Plan>,
    slate: Arc<Slate>,
    lateness: Lateness,
    /// With which frame the session is to begin, and with which at the latest.
    entry: Option<(FrameIndex, FrameIndex)>,
    lanes: Vec<Lane<O::Source>>,
    on_air: Option<OnAir>,
    /// Of the segment that failed last.
    retry: Option<Retry>,
    /// Slots of slate in a row: its GOP begins anew whenever slate does.
    slate_run: usize,
    notices: Vec<Notice>,
}

/// The segment of the slot that was filled last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OnAir {
    /// As the plan has it now.
    pub(crate) segment: Arc<Segment>,
    /// Where it begins: the earliest that any plan of this session said.
    pub(crate) begins: FrameIndex,
    /// Its first frame in this session.
    pub(crate) started: FrameIndex,
    /// Slots that showed it.
    pub(crate) aired: i64,
    /// Slots that showed slate.
    pub(crate) slate: i64,
    /// Why there was slate first.
    pub(crate) fault: Option<&'static str>,
}

impl<O: Opener> Splicer<O> {
    /// A timeline in `format`. Nothing is opened before [`Self::prime`].
    pub(crate) fn new(opener: O, format: HouseFormat, plan: Arc<Plan>, slate: Arc<Slate>, lateness: Lateness) -> Self {
        Self {
            opener,
            format,
            plan,
            slate,
            lateness,
            entry: None,
            lanes: Vec::with_capacity(MAX_LANES),
            on_air: None,
            retry: None,
            slate_run: 0,
            notices: Vec::new(),
        }
    }

    /// Lets the timeline begin later than with `first`, but with the frame `by` at the latest, where its first segment can
    /// be shown sooner so.
    pub(crate) fn entered_by(mut self, first: FrameIndex, by: FrameIndex) -> Self {
        self.entry = Some((first, by));
        self
    }

    /// Follows `plan` from the slot `frame` on, which is the next. What is open for a segment that it also holds stays
    /// open. A segment that it puts on air at once starts when it can be shown, on a keyframe; until then, what is on
    /// air goes on.
    pub(crate) fn adopt(&mut self, plan: &Plan, frame: FrameIndex) {
        let soonest = frame + self.format.frame_rate.frame_at(UtcTime::EPOCH.plus(TAKE)).0;
        let ready = |stretch: &Stretch| {
            let open = self.lanes.iter().filter_map(|lane| lane.ready_for(stretch));
            if stretch.segment.content.is_some() { open.fold(soonest, FrameIndex::min) } else { frame }
        };
        self.plan = Arc::new(plan.replacing(&self.plan, frame, ready));
    }

    /// Opens what is needed for the `ahead` slots from `frame` on, and closes what is not needed any more.
    pub(crate) fn prime(&mut self, frame: FrameIndex, ahead: i64) {
        let plan = Arc::clone(&self.plan);
        self.close_failed(frame);
        let horizon = frame + ahead;
        // the lanes before this one are needed, in this order
        let mut needed = 0;
        for stretch in plan.from(frame).iter().take_while(|stretch| stretch.start < horizon) {
            let (mut since, mut from) = (stretch.start, stretch.start.max(frame));
            if let Some(retry) = self.retry.as_ref().filter(|retry| retry.is_of(&stretch.segment)) {
                if !retry.is_near(frame, self.format.frame_rate) {
                    continue;
                }
                from = from.max(retry.from);
            }
            while from < stretch.end.min(horizon) && needed < MAX_LANES {
                let Some(content) = &stretch.segment.content else { break };
                let lane = self.lanes[needed..].iter().position(|lane| lane.serves(&stretch.segment, from, since));
                let lane = lane.map_or_else(|| self.open(stretch, content, from), |lane| needed + lane);
                self.lanes.swap(needed, lane);
                from = self.lanes[needed].end();
                since = from;
                needed += 1;
            }
        }
        self.lanes.truncate(needed);
    }

    /// Waits for the first picture from `frame` on, and tells with which frame to begin; `None` where none came in time.
    pub(crate) fn await_picture(&mut self, frame: FrameIndex, patience: Patience<'_>) -> Option<FrameIndex> {
        let Some(lane) = self.lane_at(frame) else { return Some(frame) };
        let first = self.lanes[lane].await_picture(frame, patience)?;
        Some(if self.entry.is_some_and(|(_, by)| first <= by) { first } else { frame })
    }

    /// Fills the slot `frame`.
    pub(crate) fn fill(&mut self, frame: FrameIndex, patience: Patience<'_>, slot: &mut SlotUnits) {
        let segment = self.plan.at(frame).map(|stretch| Arc::clone(&stretch.segment));
        self.enter(segment.as_ref(), frame);
        let rate = self.format.frame_rate;
        let sound = rate.nearest_audio_frame(frame).0..rate.nearest_audio_frame(frame + 1).0;
        slot.sound.clear();

        let lane = self.lane_at(frame).map(|lane| &mut self.lanes[lane]);
        let picture = match lane {
            Some(lane) => {
                let picture = lane.picture(frame, patience);
                if picture.is_some() {
                    slot.sound.extend(sound.clone().map(AudioFrame).map(|at| {
                        let unit = lane.sound(at, patience);
                        (at, unit.map_or_else(|| self.slate.audio.data.clone(), |unit| unit.data))
                    }));
                } else {
                    lane.skip_sound(AudioFrame(sound.end));
                }
                if let Some(segment) = &segment {
                    let fault = lane.take_fault();
                    if let (Some(on_air), Some(fault)) = (&mut self.on_air, &fault) {
                        on_air.fault.get_or_insert(fault.code);
                    }
                    self.notices.extend(fault.into_iter().chain(lane.take_remark()).map(|fault| Notice::Faulted {
                        segment: Arc::clone(segment),
                        frame,
                        fault,
                    }));
                }
                picture
            }
            None => None,
        };

        slot.slate = picture.is_none();
        match picture {
            Some(unit) => {
                self.slate_run = 0;
                (slot.picture, slot.keyframe) = (unit.data, unit.keyframe);
            }
            None => {
                let unit = &self.slate.video[self.slate_run % self.slate.video.len()];
                self.slate_run += 1;
                (slot.picture, slot.keyframe) = (unit.data.clone(), unit.keyframe);
                slot.sound.extend(sound.map(|at| (AudioFrame(at), self.slate.audio.data.clone())));
            }
        }
        if let Some(on_air) = &mut self.on_air {
            *on_air.count(slot.slate) += 1;
        }
    }

    /// The slot that was filled last was not sent.
    pub(crate) fn retract(&mut self, slot: &SlotUnits) {
        if let Some(on_air) = &mut self.on_air {
            *on_air.count(slot.slate) -= 1;
        }
    }

    /// Closes everything: `frame` is the first that was not sent.
    pub(crate) fn end(&mut self, frame: FrameIndex) {
        self.lanes.clear();
        self.enter(None, frame);
    }

    /// What has happened since the last call, in order.
    pub(crate) fn notices(&mut self) -> std::vec::Drain<'_, Notice> {
        self.notices.drain(..)
    }

    /// Coded pictures that are ready for the segment on `frame`.
    pub(crate) fn work_ahead(&self, frame: FrameIndex) -> u32 {
        self.lane_at(frame).map_or(0, |lane| self.lanes[lane].ready_frames())
    }

    /// Whether so many pictures behind `frame` are ready, or all that the segment on it still needs. Slate always is.
    pub(crate) fn holds_ahead(&self, frame: FrameIndex, frames: i64) -> bool {
        let lane = self.lane_at(frame).map(|lane| &self.lanes[lane]);
        lane.is_none_or(|lane| i64::from(lane.ready_frames()) >= frames.min(lane.end() - frame - 1))
    }

    /// Where the time went until the first picture of the segment on `frame`.
    pub(crate) fn opening_times(&self, frame: FrameIndex) -> Option<OpeningTimes> {
        self.lanes[self.lane_at(frame)?].opening_times()
    }

    /// The generation of the plan that is followed.
    pub(crate) fn generation(&self) -> u64 {
        self.plan.generation()
    }

    /// The segment of the slot that was filled last.
    pub(crate) fn on_air(&self) -> Option<&OnAir> {
        self.on_air.as_ref()
    }

    /// A segment that failed on air is opened anew, for a later frame; where nothing is paced that would be any frame.
    fn close_failed(&mut self, frame: FrameIndex) {
        if self.lateness == Lateness::Abandon {
            return;
        }
        let failed = self.lane_at(frame).filter(|lane| self.lanes[*lane].may_recover());
        if let Some((failed, stretch)) = failed.zip(self.plan.at(frame)) {
            self.lanes.remove(failed);
            self.retry = Some(Retry::after(self.retry.take(), &stretch.segment, frame, self.format.frame_rate));
        }
    }

    fn lane_at(&self, frame: FrameIndex) -> Option<usize> {
        let stretch = self.plan.at(frame)?;
        self.lanes.iter().position(|lane| lane.serves(&stretch.segment, frame, stretch.start))
    }

    /// Opens `content` for `stretch` from the frame `from` on; the index of its lane.
    fn open(&mut self, stretch: &Stretch, content: &Content, from: FrameIndex) -> usize {
        let segment = Arc::clone(&stretch.segment);
        let source = match content {
            Content::Asset(asset) => self.opener.open(&segment, self.spec(stretch, asset, from)),
            Content::Page(page) => self.opener.draw(PageSpec {
                page: page.clone(),
                start_frame: from,
                frame_count: stretch.end - from,
                format: self.format,
                fades: segment.fades(),
                overlays: segment.overlays.clone(),
            }),
        };
        let audio_from = self.format.frame_rate.nearest_audio_frame(from);
        self.lanes.push(Lane::new(segment, from..stretch.end, audio_from, source, self.lateness));
        self.lanes.len() - 1
    }

    /// What to play of `asset` for `stretch` from the frame `from` on.
    fn spec(&self, stretch: &Stretch, asset: &Asset, from: FrameIndex) -> SegmentSpec {
        let segment = &stretch.segment;
        let entry = self.entry.filter(|(first, _)| *first == from);
        let entry_frames = entry.map_or(0, |(_, by)| (by.min(stretch.end) - from - 1).max(0));
        SegmentSpec {
            path: asset.path.clone(),
            in_offset_frames: asset.in_offset_frames + (from - segment.start),
            start_frame: from,
            frame_count: stretch.end - from,
            entry_frames,
            first_picture: asset.first_picture,
            inspected: asset.inspected,
            format: self.format,
            gain_db: asset.gain_db,
            languages: asset.languages.clone(),
            fades: segment.fades(),
            overlays: segment.overlays.clone(),
        }
    }

    fn enter(&mut self, segment: Option<&Arc<Segment>>, frame: FrameIndex) {
        match (&mut self.on_air, segment) {
            // another plan may have moved its end
            (Some(on_air), Some(segment)) if on_air.segment.event_id == segment.event_id => {
                if !Arc::ptr_eq(&on_air.segment, segment) {
                    on_air.segment = Arc::clone(segment);
                    on_air.begins = on_air.begins.min(segment.start);
                }
                return;
            }
            _ => {}
        }
        self.notices.extend(self.on_air.take().map(|on_air| Notice::Ended { on_air, frame }));
        if let Some(segment) = segment {
            self.notices.push(Notice::Started { segment: Arc::clone(segment), frame });
            let segment = Arc::clone(segment);
            let begins = segment.start;
            self.on_air = Some(OnAir { segment, begins, started: frame, aired: 0, slate: 0, fault: None });
        }
    }
}

impl OnAir {
    fn count(&mut self, slate: bool) -> &mut i64 {
        if slate { &mut self.slate } else { &mut self.aired }
    }
}
