//! A segment that shows no file: a page of text, drawn here.

mod sheet;

use gstreamer as gst;
use retrovue_timeline::FrameIndex;

use super::Lanes;
use super::fades::Fades;
use super::overlay::{Dressing, Ordered, Overlays};
use super::press::Press;
use super::stopwatch::Lap;
use crate::encode::{EncodeError, VideoEncoder};
use crate::format::HouseFormat;
use crate::unit::Fault;
use sheet::Sheet;

/// Letters on a plain ground. Text is what it looks like, whatever it holds: nothing in it is markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Above the lines, and larger; may be empty.
    pub heading: String,
    /// Lines that do not fit roll upwards for ever, as a function of the channel's frame number.
    pub lines: Vec<String>,
    /// The letters' red, green and blue.
    pub text_rgb: [u8; 3],
    /// The ground's red, green and blue.
    pub ground_rgb: [u8; 3],
}

/// Which page to draw, and when.
#[derive(Clone, Debug)]
pub struct PageSpec {
    /// The page.
    pub page: Page,
    /// The channel's frame on which the segment starts.
    pub start_frame: FrameIndex,
    /// House frames until its end.
    pub frame_count: i64,
    /// What to draw it for.
    pub format: HouseFormat,
    /// From and to black.
    pub fades: Fades,
    /// What is laid over it.
    pub overlays: Overlays,
}

/// Makes the page's units until it is complete or no longer wanted.
pub(super) fn run(spec: &PageSpec, lanes: &Lanes) -> Result<(), Fault> {
    lanes.audio.finish(Ok(()));
    let drawn = draw(spec, lanes);
    drawn.map_err(|error| Fault { code: "encode_failed", message: format!("a page cannot be shown: {error}") })?;
    lanes.video.finish(Ok(()));
    Ok(())
}

fn draw(spec: &PageSpec, lanes: &Lanes) -> Result<(), EncodeError> {
    let ordered = Ordered::of(&spec.overlays, &spec.format);
    let mut sheet = Sheet::new(&spec.page, &spec.format)?;
    let encoder = VideoEncoder::start(&spec.format)?;
    let dressing = Dressing::new(&ordered, spec.start_frame, spec.fades, |remark| lanes.remark(remark))?;
    [Lap::Turn, Lap::Open, Lap::Seek].into_iter().for_each(|lap| lanes.stopwatch.lap(lap));
    let mut press = Press::new(dressing, encoder, lanes);
    // what is drawn, and how far it had rolled
    let mut drawn: Option<(usize, gst::Buffer)> = None;
    for slot in 0..spec.frame_count {
        let rolled = sheet.rolled(spec.start_frame + slot);
        let picture = || {
            if drawn.as_ref().is_none_or(|(before, _)| *before != rolled) {
                drawn = Some((rolled, sheet.draw(rolled)?));
            }
            drawn.as_ref().map(|(_, picture)| picture.clone()).ok_or_else(|| EncodeError("it is blank".to_owned()))
        };
        if press.print(slot, picture)?.is_break() {
            break;
        }
    }
    Ok(())
}
