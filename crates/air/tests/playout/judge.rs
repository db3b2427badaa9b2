//! What every capture must pass, and whether it shows what was planned.

use std::ops::Range;

use retrovue_proto::v1;
use retrovue_testkit::capture::Capture;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::expect::{Planned, mismatches};
use retrovue_timeline::{FrameIndex, FrameRate};

/// What nobody notices.
const LIP_SYNC_MS: f64 = 12.0;

/// The frames of a capture, which is clean and has none twice and none left out. It lies within 13 hours of `near`.
#[track_caller]
pub(crate) fn assert_clean(capture: &Capture, rate: FrameRate, near: i64) -> Range<i64> {
    let report = capture.check(rate, FrameIndex(near)).unwrap();
    assert!(report.is_clean(), "{}", report.summary());
    assert_eq!(capture.decode_errors().unwrap(), Vec::<String>::new());
    let frames: Vec<i64> = report.video.iter().map(|unit| unit.frame.unwrap().0).collect();
    let range = frames[0]..frames[0] + frames.len() as i64;
    assert!(range.clone().eq(frames.iter().copied()));
    range
}

/// [`assert_clean`], and every slot shows what is planned.
#[track_caller]
pub(crate) fn assert_shows(capture: &Capture, rate: FrameRate, planned: &[Planned<'_>]) -> Range<i64> {
    let frames = assert_clean(capture, rate, planned[0].start.0);
    let wrong = mismatches(&capture.pictures().unwrap(), rate, planned);
    let first: String = wrong.iter().take(10).map(|wrong| format!("\n  {wrong}")).collect();
    assert!(wrong.is_empty(), "{} wrong:{first}", wrong.len());
    frames
}

/// Sound lies by its pictures, as the median has it: the frames around a join are faded. Returns how many beeps say so.
#[track_caller]
pub(crate) fn assert_lip_sync(capture: &Capture, clips: &[Clip]) -> usize {
    let rate_of = |id: u8| clips.iter().find(|clip| clip.id == id).map(|clip| clip.rate);
    let sync = capture.lip_sync(rate_of).unwrap();
    let mut off: Vec<f64> = sync.iter().map(|beep| beep.audio_late_ms.abs()).collect();
    off.sort_by(f64::total_cmp);
    assert!(off[off.len() / 2] <= LIP_SYNC_MS, "{sync:?}");
    off.len()
}

/// What `sent` should show. `clip` names the clip of a segment, by its place.
pub(crate) fn planned<'a>(sent: &v1::Plan, clip: impl Fn(usize) -> Option<&'a Clip>) -> Vec<Planned<'a>> {
    let segments = sent.segments.iter().enumerate().map(|(at, segment)| Planned {
        clip: clip(at),
        start: FrameIndex(segment.start_frame),
        frames: segment.frame_count,
        in_offset: segment.asset.as_ref().map_or(0, |asset| asset.in_offset_frames),
    });
    segments.collect()
}
