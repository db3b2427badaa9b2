//! GStreamer behind plain types: no `gst::` type crosses this crate's API.
//!
//! A [`Producer`] turns one segment of one file into coded units of the house format; [`Slate`] is what is shown
//! where there is none; [`inspect`] looks at files; [`demo`] makes a library of them.

pub mod demo;
mod encode;
mod format;
pub mod inspect;
mod plugins;
mod producer;
mod reaper;
mod slate;
mod unit;

pub use format::HouseFormat;
pub use plugins::{MissingPlugins, init};
pub use producer::{Corner, Crawl, Edge, Fades, Logo, Overlays, Producer, SegmentSpec};
pub use slate::{Slate, SlateError};
pub use unit::{AudioUnit, Fault, Take, VideoUnit};
