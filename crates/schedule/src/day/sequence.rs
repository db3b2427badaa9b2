//! A pool in its order, and where it stands.

use std::cmp::Ordering;

use crate::asset::Asset;
use crate::natural;

/// Parts of a cursor's text; the assets' own texts cannot hold it.
const SEPARATOR: char = '\u{1f}';

/// A playable asset of a pool.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) asset: &'a Asset,
    /// House frames, at least one.
    pub(super) frames: i64,
}

/// Puts a pool in its order: series, season, episode, path.
pub(super) fn sort(entries: &mut [Entry<'_>]) {
    entries.sort_by(|a, b| Place::of(a.asset).compare(&Place::of(b.asset)));
}

/// A pool's assets in order, and the next one to play. It wraps at the end.
pub(super) struct Sequence<'a> {
    entries: &'a [Entry<'a>],
    next: usize,
}

impl<'a> Sequence<'a> {
    /// Continues after the asset that `cursor` names. Where that is gone, or another one has taken its id's place in
    /// the order, it continues with what follows the place that the cursor remembers.
    pub(super) fn new(entries: &'a [Entry<'a>], cursor: Option<&str>) -> Self {
        let next = cursor.map_or(0, |cursor| {
            let place = Place::parse(cursor);
            match entries.iter().position(|entry| entry.asset.id == place.id) {
                Some(last) => last + 1,
                None => entries.partition_point(|entry| Place::of(entry.asset).compare(&place).is_le()),
            }
        });
        Self { entries, next }
    }

    /// The next asset, with the cursor that remembers it.
    pub(super) fn advance(&mut self) -> Option<(Entry<'a>, String)> {
        if self.next >= self.entries.len() {
            self.next = 0;
        }
        let entry = *self.entries.get(self.next)?;
        self.next += 1;
        Some((entry, cursor_after(entry.asset)))
    }
}

/// The cursor of a pool whose last item was `asset`.
pub(super) fn cursor_after(asset: &Asset) -> String {
    Place::of(asset).text()
}

/// Where an asset stands in a pool: series, season, episode, path; the id tells apart what is otherwise the same.
struct Place<'t> {
    id: &'t str,
    series: &'t str,
    season: Option<u32>,
    episode: Option<u32>,
    path: &'t str,
}

impl<'t> Place<'t> {
    fn of(asset: &'t Asset) -> Self {
        let series = asset.series.as_deref().unwrap_or_default();
        Self { id: &asset.id, series, season: asset.season, episode: asset.episode, path: &asset.path }
    }

    fn compare(&self, other: &Self) -> Ordering {
        natural::compare(self.series, other.series)
            .then_with(|| self.season.cmp(&other.season))
            .then_with(|| self.episode.cmp(&other.episode))
            .then_with(|| natural::compare(self.path, other.path))
            .then_with(|| self.id.cmp(other.id))
    }

    fn text(&self) -> String {
        let number = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
        let fields = [self.id, self.series, &number(self.season), &number(self.episode), self.path];
        fields.map(|field| field.replace(SEPARATOR, " ")).join(&SEPARATOR.to_string())
    }

    fn parse(text: &'t str) -> Self {
        let mut fields = text.split(SEPARATOR);
        let mut next = || fields.next().unwrap_or_default();
        let (id, series, season, episode, path) = (next(), next(), next(), next(), next());
        Self { id, series, season: season.parse().ok(), episode: episode.parse().ok(), path }
    }
}
