//! A pool in its order: series, season, episode, path.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::parts::continues;
use crate::asset::Asset;
use crate::natural;

/// Parts of a cursor's text; the assets' own texts cannot hold it.
pub(super) const SEPARATOR: char = '\u{1f}';

/// A playable asset of a pool.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) asset: &'a Asset,
    /// House frames, at least one.
    pub(super) frames: i64,
}

/// A pool's assets in order.
#[derive(Default)]
pub(super) struct Sequence<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// The places of those that are no later part of the one before: chance picks among these.
    pub(super) heads: Vec<usize>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Sequence<'a> {
    /// Puts `entries` in order.
    pub(super) fn of(mut entries: Vec<Entry<'a>>) -> Self {
        entries.sort_by(|a, b| Place::of(a.asset).compare(&Place::of(b.asset)));
        let is_head = |at: &usize| *at == 0 || !continues(entries[at - 1].asset, entries[*at].asset);
        let heads = (0..entries.len()).filter(is_head).collect();
        let places = entries.iter().enumerate().map(|(at, entry)| (entry.asset.id.as_str(), at)).collect();
        Self { entries, heads, places }
    }

    /// Where the asset stands.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// The later part that belongs right behind the asset that played last.
    pub(super) fn continuation(&self, last: &str) -> Option<usize> {
        let next = self.position(last)? + 1;
        let (last, next_entry) = (self.entries.get(next - 1)?, self.entries.get(next)?);
        continues(last.asset, next_entry.asset).then_some(next)
    }

    /// The first one that `fits` after the one that `cursor` remembers, from the start again after the last one. Where
    /// that asset is gone, it goes on with what follows the place that it had.
    pub(super) fn after(&self, cursor: Option<&str>, fits: impl Fn(&Entry<'a>) -> bool) -> Option<usize> {
        let next = cursor.map_or(0, |cursor| {
            let place = Place::parse(cursor);
            match self.position(place.id) {
                Some(last) => last + 1,
                None => self.entries.partition_point(|entry| Place::of(entry.asset).compare(&place).is_le()),
            }
        });
        self.from(next, fits)
    }

    /// The first one that `fits` from the place `at` on, from the start again after the last one.
    pub(super) fn from(&self, at: usize, fits: impl Fn(&Entry<'a>) -> bool) -> Option<usize> {
        let count = self.entries.len();
        (0..count).map(|step| (at + step) % count).find(|at| fits(&self.entries[*at]))
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
