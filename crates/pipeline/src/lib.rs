//! GStreamer behind plain types: no `gst::` type crosses this crate's API.
//!
//! A [`Producer`] turns one segment, of one file or of a [`Page`], into coded units of the house format; [`Slate`] is what
//! is shown where there is none; [`inspect`] looks at files; [`demo`] makes a library of them.

pub mod demo;
mod encode;
mod format;
pub mod inspect;
pub mod language;
mod plugins;
mod producer;
mod reaper;
mod slate;
mod unit;

pub use encode::{EncoderFamily, UnfitEncoder, coded_pixels};
pub use format::HouseFormat;
pub use plugins::{MissingPlugins, init};
pub use producer::{
    Corner, Crawl, Edge, Fades, Logo, OpeningTimes, Overlays, Page, PageSpec, Producer, SegmentSpec, Witness,
};
pub use reaper::ending_pipelines;
pub use slate::{Slate, SlateError};
pub use unit::{AudioUnit, Fault, Take, VideoUnit};
