//! The library: folders and media servers that media come from, and what is known of each file in them.
//!
//! A [`Source`] is a folder or a server; an [`Asset`] is one file of it, which stays the same asset when it is renamed, moved or
//! away for a while. Assets are never deleted: what was on air stays readable.

mod asset;
mod changes;
mod collections;
mod decisions;
mod enrichers;
mod enrichment;
mod layers;
mod measurements;
mod quarantine;
mod queries;
mod rows;
mod servers;
mod sources;
mod state;

pub use asset::{Asset, Chapter, Fault, FileFacts, FirstPicture, Media, Stream};
pub use changes::{Change, Collection};
pub use collections::KnownCollection;
pub use decisions::Decision;
pub(crate) use enrichers::settle;
pub use enrichers::{Attached, Enricher, EnricherKind, KnownEnricher, Where};
pub use enrichment::{Break, Enriched, Unbroken};
pub use layers::{Description, Field, Layers, Origin, Told};
pub use measurements::{Interval, Loudness, Measured, Measurement, Playable};
pub(crate) use queries::IDS_AT_ONCE;
pub use queries::{AssetFilter, KnownFile, Reading};
pub use servers::{MediaServer, PathMap, Place, ServedItem, ServerKind};
pub use sources::{NewSource, Source};
pub use state::AssetState;

use retrovue_timeline::UtcTime;
use uuid::{NoContext, Timestamp, Uuid};

/// An id that sorts by when it was made: UUID version 7.
fn new_id(now: UtcTime) -> String {
    let since_epoch = now.since(UtcTime::EPOCH);
    Uuid::new_v7(Timestamp::from_unix(NoContext, since_epoch.as_secs(), since_epoch.subsec_nanos())).to_string()
}
