//! What was sent: rows that are only ever added, each with the evidence it was made from, and when channels were on air.

use jiff::civil::Date;
use retrovue_schedule::asrun::Row;

use crate::evidence::Place;

mod keeping;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use keeping::take_in;

/// A row of as-run, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// The evidence that it was made from.
    pub place: Place,
    /// The channel's slug.
    pub channel: String,
    /// The broadcast day in the channel's zone, as it was then.
    pub date: Date,
    /// What was sent.
    pub row: Row,
}
