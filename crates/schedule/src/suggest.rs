//! Channels proposed from what a library holds.

mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::asset::{Asset, Kind, MediaType};
use crate::natural;
use crate::plan::{show_duration, slug_of};
use text::Draft;

/// As many as a first look at a guide takes in; people write further ones themselves.
const MAX_SUGGESTIONS: usize = 12;

/// A single item is no channel: it would repeat itself all day.
const FEWEST_ITEMS: usize = 2;

/// A channel file that could be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The channel's slug.
    pub slug: String,
    /// The file, with comments that teach the language.
    pub text: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// Proposes channels for `library`: at least one wherever there is a programme. Slugs avoid those in `taken`.
pub fn suggest(library: &[Asset], taken: &[String]) -> Vec<Suggestion> {
    let shown = |asset: &&Asset| asset.kind == Kind::Programme && asset.duration_ns > 0;
    let programmes: Vec<&Asset> = library.iter().filter(shown).collect();
    if programmes.is_empty() {
        return Vec::new();
    }
    let mut ideas = ideas(&programmes);
    ideas.truncate(MAX_SUGGESTIONS - 1);
    if ideas.iter().all(|idea| idea.assets.len() < programmes.len()) {
        ideas.push(Idea::new("Everything", "programmes", String::new(), "everything in the library", programmes));
    }
    let mut taken: BTreeSet<String> = taken.iter().cloned().collect();
    ideas.into_iter().map(|idea| idea.suggestion(&mut taken)).collect()
}

/// A set of programmes that makes a channel.
struct Idea<'a> {
    name: String,
    /// The pool's name, and what its items are.
    pool: &'static str,
    /// The fields of its match.
    matches: String,
    /// What the channel shows, for people.
    what: String,
    assets: Vec<&'a Asset>,
}

impl<'a> Idea<'a> {
    fn new(name: &str, pool: &'static str, matches: String, what: &str, assets: Vec<&'a Asset>) -> Self {
        Self { name: text::line(name), pool, matches, what: text::line(what), assets }
    }

    fn suggestion(self, taken: &mut BTreeSet<String>) -> Suggestion {
        let slug = free_slug(&self.name, taken);
        let total: i64 = self.assets.iter().fold(0, |sum, asset| sum.saturating_add(asset.duration_ns));
        let total = Duration::from_secs(total.unsigned_abs() / 1_000_000_000);
        let minutes = Duration::from_secs(total.as_secs() / 60 * 60);
        let length = show_duration(if minutes.is_zero() { total } else { minutes });
        let count = self.assets.len();
        let items = if count == 1 { "one item".to_owned() } else { format!("{count} items") };
        let reason = format!("Shows {}: {items}, {length} in all.", self.what);
        let draft = Draft { slug: &slug, name: &self.name, what: &self.what, pool: self.pool, matches: &self.matches };
        Suggestion { text: draft.to_string(), slug, reason }
    }
}

/// The channels that a library gives besides the one of everything, the best first.
fn ideas<'a>(programmes: &[&'a Asset]) -> Vec<Idea<'a>> {
    let of_type = |media_type| -> Vec<&'a Asset> {
        programmes.iter().copied().filter(|asset| asset.media_type == media_type).collect()
    };
    let mut ideas = vec![Idea::new("Films", "films", "type: movie".to_owned(), "all films", of_type(MediaType::Movie))];
    ideas.extend(series(&of_type(MediaType::Episode)));
    let music = of_type(MediaType::MusicVideo);
    ideas.push(Idea::new("Music", "videos", "type: music_video".to_owned(), "all music videos", music));
    ideas.extend(folders(&of_type(MediaType::Other)));
    ideas.retain(|idea| idea.assets.len() >= FEWEST_ITEMS);
    ideas
}

/// A channel for each series, those with the most to show first.
fn series<'a>(episodes: &[&'a Asset]) -> Vec<Idea<'a>> {
    let mut by_series: BTreeMap<String, Vec<&Asset>> = BTreeMap::new();
    for asset in episodes {
        if let Some(series) = asset.series.as_ref().filter(|series| !series.trim().is_empty()) {
            by_series.entry(series.to_lowercase()).or_default().push(asset);
        }
    }
    let idea = |mut assets: Vec<&'a Asset>| {
        // the spelling does not depend on the library's order
        assets.sort_by(|a, b| a.series.cmp(&b.series));
        let series = assets.first().and_then(|asset| asset.series.as_deref()).unwrap_or_default();
        let matches = format!("series: {}, type: episode", text::quoted(series));
        Idea::new(series, "episodes", matches, &format!("{series} around the clock"), assets)
    };
    let mut ideas: Vec<Idea<'_>> = by_series.into_values().map(idea).collect();
    ideas.sort_by(|a, b| b.assets.len().cmp(&a.assets.len()).then_with(|| natural::compare(&a.name, &b.name)));
    ideas
}

/// A channel for each folder of videos that are neither films nor episodes, as their tags tell it.
fn folders<'a>(others: &[&'a Asset]) -> Vec<Idea<'a>> {
    let mut by_tag: BTreeMap<String, Vec<&Asset>> = BTreeMap::new();
    for asset in others {
        let tags: BTreeSet<String> = asset.tags.iter().map(|tag| tag.to_lowercase()).collect();
        for tag in tags.into_iter().filter(|tag| !tag.trim().is_empty()) {
            by_tag.entry(tag).or_default().push(asset);
        }
    }
    let mut seen = BTreeSet::new();
    let mut tagged: Vec<(String, Vec<&Asset>)> = by_tag.into_iter().collect();
    // tags that mean the same videos are one channel
    tagged.retain(|(_, assets)| seen.insert(assets.iter().map(|asset| asset.id.clone()).collect::<Vec<_>>()));
    tagged.sort_by(|(a, of_a), (b, of_b)| of_b.len().cmp(&of_a.len()).then_with(|| natural::compare(a, b)));
    let idea = |(tag, assets): (String, Vec<&'a Asset>)| {
        let matches = format!("type: other, tags: {}", text::quoted(&tag));
        Idea::new(&text::capitalised(&tag), "videos", matches, &format!("everything tagged {tag}"), assets)
    };
    tagged.into_iter().map(idea).collect()
}

/// A slug from `name` that is not in `taken`, which it joins.
fn free_slug(name: &str, taken: &mut BTreeSet<String>) -> String {
    // room for a hyphen and three digits within the 63 of a slug
    const LONGEST: usize = 59;
    let mut base = slug_of(name);
    base.truncate(LONGEST);
    let base = match base.trim_end_matches('-') {
        "" => "channel",
        base => base,
    };
    let mut slug = base.to_owned();
    let mut number = 2;
    while !taken.insert(slug.clone()) {
        slug = format!("{base}-{number}");
        number += 1;
    }
    slug
}

#[cfg(test)]
mod tests;
