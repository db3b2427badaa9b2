//! What is done to a segment's pictures just before they are coded: a logo and a crawl laid over them, and fades.

mod blend;
mod crawl;
pub(super) mod ink;
mod logo;
mod shelf;

use std::sync::Arc;
use std::time::Duration;

use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use retrovue_timeline::FrameIndex;

pub use crawl::{Crawl, Edge};
pub use logo::{Corner, Logo};

use super::fades::{Fades, Level};
use crate::encode::{EncodeError, raw_caps};
use crate::format::HouseFormat;
use crate::unit::Fault;
use blend::{Picture, Plane, fade};
use crawl::{Band, Strip};
use logo::Sprite;
use shelf::Slot;

/// What is laid over a segment's pictures: the crawl, and the logo above it. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlays {
    /// In a corner.
    pub logo: Option<Logo>,
    /// Along an edge.
    pub crawl: Option<Crawl>,
}

/// How long a segment's first picture waits for what belongs on it. A logo that is kept takes no time, one that has to
/// be decoded some milliseconds, and fonts that nothing has used yet a fifth of a second, or more on a busy machine. A
/// file system that hangs takes for ever, and then the segment goes without; it was opened well ahead of air.
const PATIENCE: Duration = Duration::from_secs(3);

/// Overlays on their way, while the file is opened.
pub(super) struct Ordered<'a> {
    format: &'a HouseFormat,
    logo: Option<(&'a Logo, Arc<Slot<Sprite>>)>,
    crawl: Option<(&'a Crawl, Arc<Slot<Strip>>)>,
}

impl<'a> Ordered<'a> {
    /// Has ready what `overlays` need.
    pub(super) fn of(overlays: &'a Overlays, format: &'a HouseFormat) -> Self {
        let Overlays { logo, crawl } = overlays;
        Self {
            format,
            logo: logo.as_ref().map(|logo| (logo, Sprite::order(logo, format))),
            crawl: crawl.as_ref().map(|crawl| (crawl, Strip::order(crawl, format))),
        }
    }
}

/// Dresses the pictures of one segment.
pub(super) struct Dressing {
    start: FrameIndex,
    fades: Fades,
    layout: gst_video::VideoInfo,
    logo: Option<Arc<Sprite>>,
    crawl: Option<Band>,
}

impl Dressing {
    /// For pictures of which the first is that of `start`. What is wrong with an overlay goes to `remark`, and the
    /// pictures without it.
    pub(super) fn new(
        ordered: &Ordered<'_>,
        start: FrameIndex,
        fades: Fades,
        mut remark: impl FnMut(Fault),
    ) -> Result<Self, EncodeError> {
        let mut unusable = |code, message| remark(Fault { code, message });
        let logo = ordered.logo.as_ref().and_then(|(logo, slot)| {
            let refused = |why| {
                unusable("logo_unusable", format!("{} {why}; programmes play without the logo", logo.path.display()));
            };
            slot.wait(PATIENCE).map_err(refused).ok()
        });
        let crawl = ordered.crawl.as_ref().and_then(|(crawl, slot)| {
            let refused = |why| unusable("crawl_unusable", format!("the crawl {why}; programmes play without it"));
            let strip = slot.wait(PATIENCE).map_err(refused).ok()?;
            if strip.lacking > 0 {
                unusable(
                    "crawl_incomplete",
                    format!(
                        "{} characters of the crawl are in no font that is installed; install one that has them \
                     (fonts-noto-core and fonts-noto-cjk have nearly all)",
                        strip.lacking
                    ),
                );
            }
            Some(Band::new(crawl, strip, ordered.format))
        });
        let layout = gst_video::VideoInfo::from_caps(&raw_caps(ordered.format, true))
            .map_err(|_| EncodeError("there is no layout for its pictures".to_owned()))?;
        Ok(Self { start, fades, layout, logo, crawl })
    }

    /// The picture of slot `index` of the segment: `picture` itself where nothing is to be done to it, else a copy, for
    /// decoders refer to what they gave, and other slots show the same.
    pub(super) fn picture(&mut self, picture: &gst::Buffer, index: i64) -> Result<gst::Buffer, EncodeError> {
        let frame = self.start + index;
        let level = self.fades.level(frame);
        if level == Level::WHOLE && self.logo.is_none() && self.crawl.is_none() {
            return Ok(picture.clone());
        }
        let unusable = |what: &str| EncodeError(format!("its picture cannot be {what}"));
        let copy = picture.copy_deep().map_err(|_| unusable("copied"))?;
        let mut dressed =
            gst_video::VideoFrame::from_buffer_writable(copy, &self.layout).map_err(|_| unusable("written to"))?;
        let mut planes = planes(&mut dressed);
        if let Some(crawl) = &mut self.crawl {
            crawl.lay(&mut planes, frame);
        }
        if let Some(logo) = &self.logo {
            logo.lay(&mut planes);
        }
        if level < Level::WHOLE {
            fade(&mut planes, level);
        }
        Ok(dressed.into_buffer())
    }
}

/// The planes of a house picture.
pub(super) fn planes(frame: &mut gst_video::VideoFrame<gst_video::video_frame::Writable>) -> Picture<'_> {
    let strides: [usize; 3] = std::array::from_fn(|at| usize::try_from(frame.plane_stride()[at]).unwrap_or(0));
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let [luma, cb, cr, _] = frame.planes_data_mut();
    [
        Plane { bytes: luma, stride: strides[0], width, height },
        Plane { bytes: cb, stride: strides[1], width: width / 2, height: height / 2 },
        Plane { bytes: cr, stride: strides[2], width: width / 2, height: height / 2 },
    ]
}
