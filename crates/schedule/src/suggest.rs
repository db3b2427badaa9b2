//! A network proposed from what a library holds: a channel of everything by the time of day, and channels of films,
//! series, music and whatever else there is enough of.

mod draft;
mod filling;
mod general;
mod sets;
mod text;

use std::collections::BTreeSet;

use crate::asset::{Asset, Kind};
use crate::plan::Match;
use draft::Draft;
use filling::Spots;

/// As many as a first look at a guide takes in; people write further ones themselves.
const MAX_SUGGESTIONS: usize = 12;

/// A channel file that could be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The channel's slug.
    pub slug: String,
    /// Its number.
    pub number: String,
    /// The file, with comments that teach the language.
    pub text: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// A channel that there is, or was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Existing {
    /// Its slug, which no other channel ever has.
    pub slug: String,
    /// Shown to viewers.
    pub name: String,
    /// Its number, until it is removed.
    pub number: Option<String>,
    /// What its pools hold, by their names.
    pub matches: Vec<Match>,
}

/// Proposes channels for `library`: at least one wherever there is a programme, the general one first. What one of
/// `existing` shows is not proposed, nor are their slugs and numbers.
pub fn suggest(library: &[Asset], existing: &[Existing]) -> Vec<Suggestion> {
    let programmes: Vec<&Asset> = library.iter().filter(|asset| is_shown(asset)).collect();
    let spots = Spots::of(library);
    let mut slugs: BTreeSet<String> = existing.iter().map(|channel| channel.slug.clone()).collect();
    let mut numbers: BTreeSet<String> = existing.iter().filter_map(|channel| channel.number.clone()).collect();
    let mut suggestions = Vec::new();
    for draft in network(&programmes) {
        let filling = spots.fill(&draft);
        let matches = draft.matches(&filling);
        if existing.iter().any(|channel| is_known(&draft, &matches, channel)) {
            continue;
        }
        let slug = free_slug(&draft.base, &mut slugs);
        let number = free_number(draft.first_number, &mut numbers);
        let text = text::write(&draft, &filling, &slug, &number);
        suggestions.push(Suggestion { slug, number, text, reason: draft.reason() });
    }
    suggestions
}

fn is_shown(asset: &Asset) -> bool {
    asset.kind == Kind::Programme && asset.duration_ns > 0
}

/// The channels that the programmes make, what is most worth first.
fn network<'a>(programmes: &[&'a Asset]) -> Vec<Draft<'a>> {
    let mut drafts: Vec<Draft<'a>> = Vec::new();
    drafts.extend(general::draft(programmes));
    drafts.extend(sets::wholes(programmes));
    // of each sort the best one, then of each the next
    let mut sorts = sets::parts(programmes).map(Vec::into_iter);
    loop {
        let before = drafts.len();
        drafts.extend(sorts.iter_mut().filter_map(Iterator::next));
        if drafts.len() == before {
            break;
        }
    }
    drafts.truncate(MAX_SUGGESTIONS);
    if let Some(rest) = sets::rest(programmes, &drafts) {
        drafts.truncate(MAX_SUGGESTIONS - 1);
        drafts.push(rest);
    }
    drafts
}

/// Whether `channel` is what `draft` would be.
fn is_known(draft: &Draft<'_>, matches: &[&Match], channel: &Existing) -> bool {
    let is_same = channel.matches.len() == matches.len() && channel.matches.iter().eq(matches.iter().copied());
    is_same || channel.name == draft.name || (draft.is_telling && channel.slug == draft.base)
}

/// `base`, or it with a number behind it, that is not in `taken`, which it joins.
fn free_slug(base: &str, taken: &mut BTreeSet<String>) -> String {
    // room for a hyphen and three digits within the 63 of a slug
    const LONGEST: usize = 59;
    // a slug is ASCII
    let base = base.get(..LONGEST).unwrap_or(base).trim_end_matches('-');
    let mut slug = base.to_owned();
    let mut number = 2;
    while !taken.insert(slug.clone()) {
        slug = format!("{base}-{number}");
        number += 1;
    }
    slug
}

/// The first number from `first` on that is not in `taken`, which it joins.
fn free_number(first: u32, taken: &mut BTreeSet<String>) -> String {
    let mut number = first;
    while !taken.insert(number.to_string()) {
        number += 1;
    }
    number.to_string()
}

#[cfg(test)]
mod tests;
