//! The timeline over scripted sources: what each slot shows, slot by slot.

mod changes;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use retrovue_pipeline::{AudioUnit, OpeningTimes, Page, Take, VideoUnit};
use retrovue_timeline::FrameRate;

use super::source::Source;
use super::*;
use crate::plan::Asset;

/// Slots of a GOP of the scripted sources and of the slate.
const GOP: i64 = 5;

/// A segment's first frame: not on the audio grid.
const START: i64 = 1003;

/// What a scripted source does with each picture, by index, and all its sound.
#[derive(Clone, Default)]
struct Script {
    /// Pictures it has.
    pictures: i64,
    /// Pictures that come only after so many slots have asked for them in vain.
    late: HashMap<i64, usize>,
    /// Pictures it leaves out.
    missing: Vec<i64>,
    fault: Option<Fault>,
    /// What it says of itself.
    remark: Option<Fault>,
    silent: bool,
    /// It leaves out what is gone, as it is told to.
    skips: bool,
}

#[derive(Default)]
struct Studio {
    scripts: HashMap<String, Script>,
    opened: Vec<(String, SegmentSpec)>,
    closed: Vec<String>,
}

#[derive(Clone, Default)]
struct Fakes(Rc<RefCell<Studio>>);

struct Fake {
    studio: Fakes,
    name: String,
    script: Script,
    in_offset: i64,
    pictures: VecDeque<i64>,
    sound: i64,
    /// Its first picture, and its first one after a gap.
    anew: i64,
}

impl Opener for Fakes {
    type Source = Fake;

    fn open(&mut self, _: &Arc<Segment>, spec: SegmentSpec) -> Fake {
        let name = spec.path.display().to_string();
        let mut studio = self.0.borrow_mut();
        let script = studio.scripts.get(&name).cloned().unwrap_or(Script { pictures: 1000, ..Script::default() });
        let (in_offset, pictures) = (spec.in_offset_frames, script.pictures.min(spec.frame_count));
        studio.opened.push((name.clone(), spec));
        let pictures = (0..pictures).filter(|index| !script.missing.contains(index)).collect();
        Fake { studio: self.clone(), name, script, in_offset, pictures, sound: 0, anew: 0 }
    }

    fn draw(&mut self, spec: PageSpec) -> Fake {
        let name = spec.page.heading;
        let pictures = (0..spec.frame_count).collect();
        Fake { studio: self.clone(), name, script: Script::default(), in_offset: 0, pictures, sound: 0, anew: 0 }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.studio.0.borrow_mut().closed.push(self.name.clone());
    }
}

impl Source for Fake {
    fn take_video(&mut self, _wait: Duration) -> Take<VideoUnit> {
        let Some(&index) = self.pictures.front() else {
            return self.script.fault.clone().map_or(Take::End, Take::Failed);
        };
        if let Some(asked) = self.script.late.get_mut(&index).filter(|asked| **asked > 0) {
            *asked -= 1;
            return Take::NotYet;
        }
        self.pictures.pop_front();
        let data = format!("{}{}", self.name, self.in_offset + index).into();
        Take::Unit(VideoUnit { index, keyframe: index % GOP == 0 || index == self.anew, data })
    }

    fn take_audio(&mut self, _wait: Duration) -> Take<AudioUnit> {
        if self.script.silent {
            return Take::End;
        }
        self.sound += 1;
        Take::Unit(AudioUnit { index: self.sound - 1, data: format!("{}~{}", self.name, self.sound - 1).into() })
    }

    fn ready_frames(&self) -> u32 {
        u32::try_from(self.pictures.len()).unwrap()
    }

    fn skip_to(&mut self, index: i64) {
        if self.script.skips && self.pictures.front().is_some_and(|next| *next < index) {
            self.pictures.retain(|picture| *picture >= index);
            self.anew = index;
        }
    }

    fn opening_times(&self) -> Option<OpeningTimes> {
        None
    }

    fn take_remark(&mut self) -> Option<Fault> {
        self.script.remark.take()
    }
}

fn slate() -> Arc<Slate> {
    let video = |index| VideoUnit { index, keyframe: index == 0, data: format!("-{index}").into() };
    Arc::new(Slate { video: (0..GOP).map(video).collect(), audio: AudioUnit { index: 0, data: "~".into() } })
}

fn format() -> HouseFormat {
    HouseFormat { width: 320, height: 180, frame_rate: FrameRate::HOUSE[2], video_kbps: 500, audio_kbps: 96 }
}

fn segment(name: &str, start: i64, frames: i64) -> Segment {
    let asset = Asset { asset_id: name.into(), path: name.into(), ..Asset::default() };
    let content = (!name.starts_with('-')).then_some(Content::Asset(asset));
    Segment { event_id: name.into(), start: FrameIndex(start), frames, content, ..Segment::default() }
}

fn plan(generation: u64, segments: &[(&str, i64, i64)]) -> Arc<Plan> {
    let segments = segments.iter().map(|(name, start, frames)| segment(name, *start, *frames)).collect();
    Arc::new(Plan::new(generation, segments).unwrap())
}

/// A timeline that asks once more in each slot before it gives up.
struct Bench {
    studio: Fakes,
    splicer: Splicer<Fakes>,
    slot: SlotUnits,
    notices: Vec<Notice>,
}

impl Bench {
    fn new(scripts: &[(&str, Script)], segments: &[(&str, i64, i64)], lateness: Lateness) -> Self {
        let studio = Fakes::default();
        studio.0.borrow_mut().scripts =
            scripts.iter().map(|(name, script)| ((*name).to_owned(), script.clone())).collect();
        let splicer = Splicer::new(studio.clone(), format(), plan(1, segments), slate(), lateness);
        Self { studio, splicer, slot: SlotUnits::default(), notices: Vec::new() }
    }

    fn slot(&mut self, frame: i64) -> String {
        let frame = FrameIndex(frame);
        self.splicer.prime(frame, 50);
        let mut waits = 1;
        let mut patience = || {
            waits -= 1;
            Duration::from_millis(u64::from(waits == 0))
        };
        self.splicer.fill(frame, &mut patience, &mut self.slot);
        self.notices.extend(self.splicer.notices());
        String::from_utf8(self.slot.picture.to_vec()).unwrap()
    }

    /// Pictures of so many slots from `frame` on.
    fn pictures(&mut self, frame: i64, count: i64) -> String {
        (frame..frame + count).map(|frame| self.slot(frame)).collect::<Vec<_>>().join(" ")
    }

    fn opened(&self) -> Vec<(String, i64, i64, i64)> {
        let studio = self.studio.0.borrow();
        let opened = studio.opened.iter();
        opened.map(|(name, s)| (name.clone(), s.start_frame.0, s.in_offset_frames, s.frame_count)).collect()
    }

    fn faults(&self) -> Vec<(i64, &'static str)> {
        let fault = |notice: &Notice| match notice {
            Notice::Faulted { frame, fault, .. } => Some((frame.0, fault.code)),
            _ => None,
        };
        self.notices.iter().filter_map(fault).collect()
    }
}

fn pictures(count: i64) -> Script {
    Script { pictures: count, ..Script::default() }
}

/// What the slots of a segment show whose source does as `script` says.
fn shows(script: Script, count: i64) -> (String, Vec<(i64, &'static str)>) {
    let mut bench = Bench::new(&[("a", script)], &[("a", START, count)], Lateness::CatchUp);
    let shown = bench.pictures(START, count);
    let faults = bench.faults().into_iter().map(|(frame, code)| (frame - START, code)).collect();
    (shown, faults)
}

#[test]
fn a_remark_is_told_once_and_costs_no_picture() {
    let remark = Fault { code: "logo_unusable", message: "/logo.png is no file".to_owned() };
    let (shown, faults) = shows(Script { remark: Some(remark), ..pictures(3) }, 4);
    assert_eq!(shown, "a0 a1 a2 -0");
    assert_eq!(faults, [(0, "logo_unusable"), (3, "ended_early")]);
}

#[test]
fn one_segment_follows_another_without_a_seam() {
    let mut bench = Bench::new(&[], &[("a", START, 3), ("b", START + 3, 2)], Lateness::CatchUp);
    assert_eq!(bench.pictures(START, 5), "a0 a1 a2 b0 b1");
    bench.splicer.end(FrameIndex(START + 5));
    bench.notices.extend(bench.splicer.notices());
    let told: Vec<_> = bench
        .notices
        .iter()
        .map(|notice| match notice {
            Notice::Started { segment, frame } => format!("{} from {}", segment.event_id, frame.0 - START),
            Notice::Ended { on_air: OnAir { segment, started, aired, slate, .. }, frame } => {
                format!("{} {}..{}: {aired} + {slate}", segment.event_id, started.0 - START, frame.0 - START)
            }
            Notice::Faulted { fault, .. } => fault.code.to_owned(),
        })
        .collect();
    assert_eq!(told, ["a from 0", "a 0..3: 3 + 0", "b from 3", "b 3..5: 2 + 0"]);
    assert_eq!(bench.studio.0.borrow().closed, ["a", "b"]);
}

#[test]
fn what_a_source_lacks_is_slate_which_begins_anew_each_time() {
    type Case<'a> = (&'a str, Script, &'a str, &'a [(i64, &'a str)]);
    let cases: [Case<'_>; 7] = [
        ("whole", pictures(9), "a0 a1 a2 a3 a4 a5 a6 a7 a8", &[]),
        ("short", pictures(3), "a0 a1 a2 -0 -1 -2 -3 -4 -0", &[(3, "ended_early")]),
        (
            "broken",
            Script { fault: Some(Fault { code: "file_missing", message: String::new() }), ..pictures(0) },
            "-0 -1 -2 -3 -4 -0 -1 -2 -3",
            &[(0, "file_missing")],
        ),
        ("a unit short", Script { missing: vec![2], ..pictures(9) }, "a0 a1 -0 -1 -2 a5 a6 a7 a8", &[(2, "gap")]),
        ("starts late", Script { missing: vec![0, 1], ..pictures(9) }, "-0 -1 -2 -3 -4 a5 a6 a7 a8", &[(0, "gap")]),
        (
            "in time at the second asking",
            Script { late: [(3, 1)].into(), ..pictures(9) },
            "a0 a1 a2 a3 a4 a5 a6 a7 a8",
            &[],
        ),
        (
            "late by two slots",
            Script { late: [(2, 3)].into(), ..pictures(9) },
            "a0 a1 -0 -1 -2 a5 a6 a7 a8",
            &[(2, "late")],
        ),
    ];
    for (name, script, shown, faults) in cases {
        assert_eq!(shows(script, 9), (shown.to_owned(), faults.to_vec()), "{name}");
    }
}

#[test]
fn a_source_that_lags_makes_no_later_slot_wait() {
    let script = Script { late: [(1, 50)].into(), ..pictures(9) };
    let mut bench = Bench::new(&[("a", script)], &[("a", START, 9)], Lateness::CatchUp);
    assert_eq!(bench.pictures(START, 2), "a0 -0");
    let mut asked = 0;
    let mut patience = || {
        asked += 1;
        Duration::ZERO
    };
    bench.splicer.fill(FrameIndex(START + 2), &mut patience, &mut bench.slot);
    assert_eq!(asked, 0);
}

#[test]
fn a_source_that_was_late_goes_on_ahead_of_air_at_once() {
    let script = Script { late: [(1, 50)].into(), skips: true, ..pictures(11) };
    let shown = "a0 -0 -1 -2 -3 -4 -0 a7 a8 a9 a10".to_owned();
    assert_eq!(shows(script, 11), (shown, vec![(1, "late")]));
}

#[test]
fn where_nothing_is_paced_a_source_that_stalls_is_given_up() {
    let script = Script { late: [(1, 2)].into(), ..pictures(9) };
    let mut bench = Bench::new(&[("a", script)], &[("a", START, 8)], Lateness::Abandon);
    assert_eq!(bench.pictures(START, 8), "a0 -0 -1 -2 -3 -4 -0 -1");
    assert_eq!(bench.faults(), [(START + 1, "stalled")]);
}

#[test]
fn audio_frames_belong_to_the_slot_that_owns_them() {
    let rate = format().frame_rate;
    let mut bench = Bench::new(
        &[("b", pictures(2)), ("c", Script { silent: true, ..pictures(9) })],
        &[("a", START, 4), ("b", START + 4, 4), ("c", START + 8, 2)],
        Lateness::CatchUp,
    );
    let mut heard = Vec::new();
    for frame in START..START + 10 {
        bench.slot(frame);
        let (at, end) = (FrameIndex(frame), FrameIndex(frame + 1));
        let owned: Vec<_> = bench.slot.sound.iter().map(|(at, _)| at.0).collect();
        assert_eq!(owned, (rate.nearest_audio_frame(at).0..rate.nearest_audio_frame(end).0).collect::<Vec<_>>());
        let names = bench.slot.sound.iter().map(|(_, unit)| String::from_utf8(unit.to_vec()).unwrap());
        heard.push(names.collect::<Vec<_>>().join(" "));
    }
    assert_eq!(heard[..4].join(" "), "a~0 a~1 a~2 a~3 a~4 a~5 a~6");
    assert_eq!(heard[4..6].join(" "), "b~0 b~1 b~2 b~3");
    assert!(heard[6..].iter().all(|sound| sound.split(' ').all(|unit| unit == "~")), "{heard:?}");
}

#[test]
fn joining_in_the_middle_starts_there_in_the_asset_too() {
    let mut bench = Bench::new(&[], &[("a", START, 500)], Lateness::CatchUp);
    assert_eq!(bench.pictures(START + 250, 2), "a250 a251");
    assert_eq!(bench.opened(), [("a".to_owned(), START + 250, 250, 250)]);
}

#[test]
fn segments_are_opened_ahead_but_three_at_most() {
    let mut bench = Bench::new(
        &[],
        &[("a", START, 10), ("b", START + 10, 10), ("-", START + 20, 5), ("c", START + 25, 5), ("d", START + 30, 90)],
        Lateness::CatchUp,
    );
    let names = |bench: &Bench| bench.opened().into_iter().map(|opened| opened.0).collect::<String>();
    bench.slot(START);
    assert_eq!(names(&bench), "abc");
    bench.slot(START + 9);
    assert_eq!(names(&bench), "abc");
    bench.slot(START + 10);
    assert_eq!(names(&bench), "abcd");
    let mut far = Bench::new(&[], &[("a", START, 60), ("b", START + 60, 10)], Lateness::CatchUp);
    far.slot(START + 10);
    assert_eq!(names(&far), "a", "b is 50 slots away");
    far.slot(START + 11);
    assert_eq!(names(&far), "ab");
}

#[test]
fn the_first_picture_can_be_awaited() {
    let script = Script { late: [(0, 1)].into(), ..pictures(9) };
    let mut bench = Bench::new(&[("a", script)], &[("a", START, 9)], Lateness::CatchUp);
    bench.splicer.prime(FrameIndex(START), 50);
    let mut first = |frame: i64| bench.splicer.await_picture(FrameIndex(frame), &mut || Duration::ZERO).map(|at| at.0);
    assert_eq!(first(START), None);
    assert_eq!(first(START), Some(START));
    assert_eq!(first(START + 100), Some(START + 100), "nothing is planned");
    assert_eq!(bench.slot(START), "a0");
}

#[test]
fn a_timeline_begins_with_the_first_picture_that_comes_where_it_may() {
    let script = Script { missing: (0..4).collect(), ..pictures(9) };
    let first = |entry_by: i64| {
        let mut bench = Bench::new(&[("a", script.clone())], &[("a", START, 9)], Lateness::CatchUp);
        bench.splicer = bench.splicer.entered_by(FrameIndex(START), FrameIndex(entry_by));
        bench.splicer.prime(FrameIndex(START), 50);
        bench.splicer.await_picture(FrameIndex(START), &mut || Duration::ZERO).unwrap().0
    };
    assert_eq!(first(START + 4), START + 4);
    assert_eq!(first(START + 3), START, "it comes too late for that");
}

#[test]
fn slate_is_planned_by_segments_without_an_asset_and_by_gaps() {
    let mut bench = Bench::new(&[], &[("-", START, 2), ("a", START + 3, 2)], Lateness::CatchUp);
    assert_eq!(bench.pictures(START, 6), "-0 -1 -2 a0 a1 -0");
    assert_eq!(bench.faults(), []);
}

#[test]
fn a_page_is_drawn_and_counts_as_aired() {
    let page = Page { heading: "p".to_owned(), ..Page::default() };
    let drawn = Segment { content: Some(Content::Page(page)), ..segment("event", START + 2, 3) };
    let plan = Plan::new(1, vec![segment("a", START, 2), drawn, segment("b", START + 5, 2)]).unwrap();
    let mut bench = Bench::following(&plan);
    assert_eq!(bench.pictures(START, 7), "a0 a1 p0 p1 p2 b0 b1");
    let aired = bench.notices.iter().find_map(|notice| match notice {
        Notice::Ended { on_air, .. } if &*on_air.segment.event_id == "event" => Some((on_air.aired, on_air.slate)),
        _ => None,
    });
    assert_eq!(aired, Some((3, 0)));
    assert_eq!(bench.faults(), []);
}

#[test]
fn a_segment_that_fails_is_opened_anew_for_later_and_later_frames() {
    let failing = |code| {
        let fault = Fault { code, message: "the disk has gone".to_owned() };
        let script = Script { fault: Some(fault), ..pictures(3) };
        let mut bench = Bench::new(&[("a", script)], &[("a", START, 400)], Lateness::CatchUp);
        let shown = bench.pictures(START, 130);
        let opened: Vec<_> = bench.opened().iter().map(|(_, start, offset, _)| (start - START, *offset)).collect();
        (shown, opened, bench.faults().len())
    };
    let (shown, opened, faults) = failing("read_failed");
    let shown: Vec<_> = shown.split(' ').collect();
    assert_eq!(
        (shown[2], shown[3], shown[53], shown[54], shown[56], shown[57]),
        ("a2", "-0", "-0", "a54", "a56", "-0")
    );
    assert_eq!(opened, [(0, 0), (54, 54), (158, 158)]);
    assert_eq!(faults, 2);
    let (_, opened, faults) = failing("not_media");
    assert_eq!((opened.len(), faults), (1, 1), "what is no media stays none");
}
