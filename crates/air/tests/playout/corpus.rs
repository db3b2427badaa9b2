//! Any file in: the whole corpus back to back in one stream, each file from its start and from its middle.

use std::collections::HashMap;

use retrovue_proto::v1;
use retrovue_proto::v1::event::What;
use retrovue_testkit::capture::{Beep, Capture, Picture};
use retrovue_testkit::clips::{Clip, Container, Plays, Specimen, corpus};
use retrovue_testkit::expect::{Planned, mismatches};
use retrovue_testkit::marks::Shows;
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_timeline::FrameIndex;

use crate::judge::assert_clean;
use crate::stage::{LONG, RATE, Stage, plan, request, until_ended};

/// From a file's start: a beep at 1 s lies within.
const OPENING_FRAMES: i64 = 40;

/// From a file's middle: at least one beep lies within.
const MIDDLE_FRAMES: i64 = 45;

/// Longer than any file that breaks on the way.
const WHOLE_FRAMES: i64 = 190;

/// Sound is faded for 20 ms at each end of a segment, and a coder smears.
const EDGE_MS: f64 = 45.0;

/// What nobody notices.
const LIP_SYNC_MS: f64 = 12.0;

/// Long enough to tell where damage begins and ends: a GOP of a second, and what a reader skips to find its feet.
const AROUND_MS: i64 = 1_200;

/// A stretch of the plan.
struct Row {
    specimen: Specimen,
    event_id: String,
    start: FrameIndex,
    frames: i64,
    in_offset: i64,
}

/// What the stream showed, and what Air told of it.
struct Aired {
    pictures: Vec<Picture>,
    beeps: Vec<Beep>,
    faults: HashMap<String, v1::SegmentFault>,
}

#[tokio::test]
async fn the_whole_corpus_plays_back_to_back() {
    let start = 53_000_000_123;
    let specimens = corpus();
    let files = files(&specimens);
    let mut cuts: Vec<(usize, i64, i64)> = Vec::new();
    // those of which Air is told where their lines of time begin, as it was by Core
    let mut inspected = Vec::new();
    for (at, specimen) in specimens.iter().enumerate() {
        match specimen.plays {
            Plays::Whole | Plays::Remarked(_) | Plays::WithoutSound => {
                cuts.push((at, 0, OPENING_FRAMES));
                cuts.push((at, middle(&specimen.clip, at), MIDDLE_FRAMES));
                inspected.push(cuts.len());
                cuts.push((at, middle(&specimen.clip, at + 1), MIDDLE_FRAMES));
            }
            Plays::AsFarAsItGoes(_) | Plays::Around(..) => cuts.push((at, 0, WHOLE_FRAMES)),
            Plays::Never(_) => cuts.push((at, 0, MIDDLE_FRAMES)),
        }
    }
    let mut sent = plan(1, start, cuts.iter().map(|(at, offset, frames)| (Some(&*files[*at]), *offset, *frames)));
    for asset in sent.segments.iter_mut().filter_map(|segment| segment.asset.as_mut()) {
        asset.languages = vec!["en".to_owned()];
    }
    let rows: Vec<Row> = sent.segments.iter().zip(&cuts).map(|(segment, cut)| row(segment, specimens[cut.0])).collect();
    let limit: i64 = rows.iter().map(|row| row.frames).sum();

    let mut stage = Stage::new().await;
    for at in inspected {
        let asset = sent.segments[at].asset.as_mut().unwrap();
        asset.first_picture = Some(stage.site.first_picture(&files[cuts[at].0]).await.unwrap());
    }
    let endpoint = TsEndpoint::open().unwrap();
    let mut events = stage.events().await;
    let asked = v1::StartChannelRequest { frame_limit: Some(limit), ..request(&endpoint, sent) };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, LONG).await.unwrap();
    let (seen, _) = until_ended(&mut events).await;

    let capture = viewer.capture().unwrap();
    assert_eq!(assert_clean(&capture, RATE, start), start..start + limit);
    let (pictures, beeps) = (capture.pictures().unwrap(), capture.beeps().unwrap());
    let faults = seen.into_iter().filter_map(|what| match what {
        What::SegmentFault(fault) => Some((fault.event_id.clone(), fault)),
        _ => None,
    });
    let aired = Aired { pictures, beeps, faults: faults.collect() };
    let wrong: Vec<String> = rows.iter().flat_map(|row| row.judge(&aired)).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The files, which two cores make faster than one.
fn files(specimens: &[Specimen]) -> Vec<std::path::PathBuf> {
    let make = |half: &[Specimen]| half.iter().map(|specimen| specimen.clip.file().unwrap()).collect::<Vec<_>>();
    let (one, other) = specimens.split_at(specimens.len() / 2);
    std::thread::scope(|scope| {
        let one = scope.spawn(move || make(one));
        let other = make(other);
        one.join().unwrap().into_iter().chain(other).collect()
    })
}

/// Somewhere in the middle: past a keyframe, a little after a whole second, so that a beep lies well within.
fn middle(clip: &Clip, at: usize) -> i64 {
    let whole_ms = if clip.seconds > 20 { 17_000 } else { 3_000 };
    let past_ms = 50 + (at as i64 * 370) % 550;
    let ms = whole_ms + past_ms - clip.first_ns() / 1_000_000;
    ms * i64::from(RATE.num()) / (i64::from(RATE.den()) * 1_000)
}

fn row(segment: &v1::Segment, specimen: Specimen) -> Row {
    Row {
        specimen,
        event_id: segment.event_id.clone(),
        start: FrameIndex(segment.start_frame),
        frames: segment.frame_count,
        in_offset: segment.asset.as_ref().unwrap().in_offset_frames,
    }
}

impl Row {
    /// What is wrong with it, in sentences that name it.
    fn judge(&self, aired: &Aired) -> Vec<String> {
        let pictures: Vec<Picture> = aired.pictures.iter().copied().filter(|picture| self.holds(picture)).collect();
        let fault = aired.faults.get(&self.event_id);
        let mut wrong = match self.specimen.plays {
            Plays::Whole | Plays::Remarked(_) => {
                let mut wrong = self.wrong_pictures(&pictures, |_| true);
                wrong.extend(self.wrong_shape(&pictures));
                wrong.extend(self.wrong_sound(&aired.beeps));
                wrong.extend(match self.specimen.plays {
                    Plays::Remarked(code) => wrong_code(fault, code),
                    _ => unexpected(fault),
                });
                wrong
            }
            Plays::WithoutSound => {
                let mut wrong = self.wrong_pictures(&pictures, |_| true);
                wrong.extend(unexpected(fault));
                wrong
            }
            Plays::Around(from, to) => self.wrong_pictures(&pictures, |ms| {
                let at = |percent: u8| i64::from(self.specimen.clip.seconds) * 10 * i64::from(percent);
                ms < at(from) - AROUND_MS || ms > at(to) + AROUND_MS
            }),
            Plays::AsFarAsItGoes(code) => {
                let mut wrong = self.wrong_end(&pictures);
                wrong.extend(wrong_code(fault, code));
                wrong
            }
            Plays::Never(code) => {
                let other = pictures.iter().filter(|picture| picture.shows != Shows::Slate).count();
                let mut wrong: Vec<String> = wrong_code(fault, code).into_iter().collect();
                wrong.extend((other > 0).then(|| format!("{other} pictures are no slate")));
                wrong
            }
        };
        for sentence in &mut wrong {
            let Self { specimen: Specimen { what, clip, .. }, in_offset, event_id, .. } = self;
            *sentence = format!("{what} (clip {}, {event_id}, from frame {in_offset}): {sentence}", clip.id);
        }
        wrong
    }

    fn holds(&self, picture: &Picture) -> bool {
        RATE.frame_with_pts(picture.pts, self.start)
            .is_some_and(|frame| (0..self.frames).contains(&(frame - self.start)))
    }

    fn planned(&self) -> [Planned<'_>; 1] {
        let Self { specimen, start, frames, in_offset, .. } = self;
        [Planned { clip: Some(&specimen.clip), start: *start, frames: *frames, in_offset: *in_offset }]
    }

    /// Judges the slots at those milliseconds of the file that `counts`.
    fn wrong_pictures(&self, pictures: &[Picture], counts: impl Fn(i64) -> bool) -> Vec<String> {
        let judged: Vec<Picture> = pictures
            .iter()
            .copied()
            .filter(|picture| {
                let slot = self.in_offset + (RATE.frame_with_pts(picture.pts, self.start).unwrap() - self.start);
                counts(RATE.millis_in(slot))
            })
            .collect();
        let wrong = mismatches(&judged, RATE, &self.planned());
        wrong
            .first()
            .map(|first| format!("{} of {} wrong, first: {first}", wrong.len(), judged.len()))
            .into_iter()
            .collect()
    }

    /// Pictures as wide and as high as they are meant, as far as the house's frame allows.
    fn wrong_shape(&self, pictures: &[Picture]) -> Option<String> {
        let (wide, high) = self.specimen.clip.shown_size();
        let scale = (320.0 / wide).min(180.0 / high);
        let expected = (wide * scale, high * scale);
        let off =
            |seen: (usize, usize)| (seen.0 as f64 - expected.0).abs().max((seen.1 as f64 - expected.1).abs()) > 3.0;
        let wrong = pictures.iter().find_map(|picture| picture.size.filter(|size| off(*size)))?;
        Some(format!("it is {wrong:?} large, and not {expected:?}"))
    }

    fn wrong_sound(&self, beeps: &[Beep]) -> Vec<String> {
        let clip = &self.specimen.clip;
        let Some(sound) = clip.sound else { return Vec::new() };
        // milliseconds of the clip
        let begin = clip.first_ns() as f64 / 1e6 + RATE.nanos_in(self.in_offset) as f64 / 1e6;
        let length = RATE.nanos_in(self.frames) as f64 / 1e6;
        let within = |ms: f64| ms > begin + EDGE_MS && ms < begin + length - EDGE_MS;
        let last = sound.only_seconds.map_or(f64::MAX, f64::from) * 1e3;
        let expected = (0..60).map(|second| f64::from(second) * 1e3).filter(|ms| within(*ms) && *ms < last).count();
        let pts = RATE.pts(self.start);
        let heard: Vec<f64> =
            beeps.iter().map(|beep| begin + beep.pts.ticks_since(pts) as f64 / 90.0).filter(|ms| within(*ms)).collect();
        let mut late: Vec<f64> = heard.iter().map(|ms| (ms + 500.0).rem_euclid(1e3) - 500.0).collect();
        late.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
        let mut wrong = Vec::new();
        if late.len() != expected {
            wrong.push(format!("{} beeps and not {expected}", late.len()));
        }
        if late.get(late.len() / 2).is_some_and(|median| median.abs() > LIP_SYNC_MS) {
            wrong.push(format!("sound is late by {late:.1?} ms"));
        }
        wrong
    }

    /// Right pictures as far as ffmpeg finds them, too; then slate.
    fn wrong_end(&self, pictures: &[Picture]) -> Vec<String> {
        let aired: Vec<Picture> =
            pictures.iter().copied().take_while(|picture| picture.shows != Shows::Slate).collect();
        let mut wrong = self.wrong_pictures(&aired, |_| true);
        let not_slate = pictures[aired.len()..].iter().filter(|picture| picture.shows != Shows::Slate).count();
        wrong.extend((not_slate > 0).then(|| format!("{not_slate} pictures are no slate after its end")));
        let last = |pictures: &[Picture]| {
            pictures.iter().rev().find_map(|picture| match picture.shows {
                Shows::Frame { number, .. } => Some(i64::from(number)),
                _ => None,
            })
        };
        let found = Capture::file(&self.specimen.clip.file().unwrap()).pictures().unwrap();
        let (shown, there) = (last(&aired).unwrap_or(-1), last(&found).unwrap_or(-1));
        let may_lack = match self.specimen.clip.container {
            // GStreamer's demuxer takes whole fragments, of a second here
            Container::Mp4Fragments => 25,
            // a decoder may or may not show a picture that is there in part
            _ => 3,
        };
        wrong
            .extend(((shown - there).abs() > may_lack).then(|| format!("it goes to {there}, and is shown to {shown}")));
        wrong
    }
}

fn unexpected(fault: Option<&v1::SegmentFault>) -> Option<String> {
    fault.map(|fault| format!("fault {}: {}", fault.code, fault.message))
}

fn wrong_code(fault: Option<&v1::SegmentFault>, code: &str) -> Option<String> {
    match fault {
        None => Some(format!("no fault where {code} is due")),
        Some(fault) if fault.code != code => Some(format!("{} where {code} is due: {}", fault.code, fault.message)),
        Some(_) => None,
    }
}
