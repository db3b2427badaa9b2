//! The last item that was no fallback: what may run into a slot, and whether a slot has begun.

use retrovue_timeline::UtcTime;

use super::rule::Rule;
use super::{Cursors, Item};

/// Its key among the cursors. No name of a pool holds a space.
pub(super) const KEY: &str = "last item";

/// An item of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) start: UtcTime,
    pub(super) end: UtcTime,
    /// The slot's id.
    pub(super) slot: String,
}

impl Last {
    /// `None` for the fallback.
    pub(super) fn of(item: &Item) -> Option<Self> {
        let rule = Rule::parse(&item.rule)?;
        Some(Self { start: item.start, end: item.end, slot: rule.slot.to_owned() })
    }

    /// The one that is remembered.
    pub(super) fn recall(cursors: &Cursors) -> Option<Self> {
        let mut parts = cursors.get(KEY)?.split(' ');
        let mut instant = || parts.next()?.parse().ok().map(UtcTime::from_nanos);
        let (start, end) = (instant()?, instant()?);
        Some(Self { start, end, slot: parts.next()?.to_owned() })
    }

    /// Remembers it.
    pub(super) fn note(&self, cursors: &mut Cursors) {
        cursors.insert(KEY.to_owned(), format!("{} {} {}", self.start.nanos(), self.end.nanos(), self.slot));
    }
}
