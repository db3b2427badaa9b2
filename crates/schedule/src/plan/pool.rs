//! Pools: which assets a name stands for.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use super::expression;
use super::fields::{Fields, entries, entries_up_to, is_name, list, named, parsed, quoted, text};
use super::scalar;
use super::tree::Node;
use super::words;
use crate::asset::{Asset, Kind, MediaType};
use crate::problem::{Position, Problem};

/// Each is held against the whole library.
pub(super) const MOST_POOLS: usize = 1000;

/// A named set of assets, told by what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What an asset has to be.
    pub matches: Match,
    /// Where the file says so.
    pub place: Position,
}

/// What an asset has to be: every field that is not empty has to hold, by any one of its values. Texts are compared
/// without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the channel file")]
pub struct Match {
    /// A pool's is never empty: one that names none means programmes.
    pub kinds: Vec<Kind>,
    pub types: Vec<MediaType>,
    pub series: Vec<String>,
    pub seasons: Vec<Range>,
    pub episodes: Vec<Range>,
    pub years: Vec<Range>,
    pub genres: Vec<String>,
    pub ratings: Vec<String>,
    pub tags: Vec<String>,
    pub titles: Vec<String>,
    pub min_duration: Option<Duration>,
    pub max_duration: Option<Duration>,
    /// None of these may hold. They mean all kinds where they name none.
    pub not: Vec<Match>,
}

/// Whole numbers from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "said above")]
pub struct Range {
    pub first: u32,
    pub last: u32,
}

impl Match {
    /// A match on one line: `series=Cheers,year=1982..1984,rating=PG,PG-13`, with the words of the channel file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its column.
    pub fn parse(expression: &str) -> Result<Self, Vec<Problem>> {
        let node = expression::tree(expression).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let found = read_match(&node, &mut problems).map(of_programmes);
        found.filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// Whether `asset` is one of those meant.
    pub fn holds(&self, asset: &Asset) -> bool {
        self.would_hold(asset) && !self.not.iter().any(|not| not.holds(asset))
    }

    /// Whether it holds but for what it says under `not`.
    pub(crate) fn would_hold(&self, asset: &Asset) -> bool {
        // what costs least goes first: most assets are none of those meant
        let duration = Duration::from_nanos(u64::try_from(asset.duration_ns).unwrap_or(0));
        (self.kinds.is_empty() || self.kinds.contains(&asset.kind))
            && (self.types.is_empty() || self.types.contains(&asset.media_type))
            && any_number(&self.years, asset.year)
            && any_number(&self.seasons, asset.season)
            && any_number(&self.episodes, asset.episode)
            && self.min_duration.is_none_or(|least| duration >= least)
            && self.max_duration.is_none_or(|most| duration <= most)
            && any_text(&self.series, asset.series.iter())
            && any_text(&self.genres, asset.genres.iter())
            && any_text(&self.ratings, asset.rating.iter())
            && any_text(&self.tags, asset.tags.iter())
            && any_text(&self.titles, std::iter::once(&asset.title))
    }
}

fn any_text<'a>(wanted: &[String], mut has: impl Iterator<Item = &'a String>) -> bool {
    wanted.is_empty() || has.any(|text| wanted.iter().any(|wanted| is_same(wanted, text)))
}

/// Without regard to case.
fn is_same(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase))
}

fn any_number(wanted: &[Range], has: Option<u32>) -> bool {
    wanted.is_empty() || has.is_some_and(|n| wanted.iter().any(|range| (range.first..=range.last).contains(&n)))
}

pub(super) fn read_pools(node: &Node, problems: &mut Vec<Problem>) -> BTreeMap<String, Pool> {
    let mut pools = BTreeMap::new();
    for entry in entries_up_to(MOST_POOLS, "`pools`", node, problems) {
        if !is_name(&entry.key) {
            let message = format!("{} is no name for a pool.", quoted(&entry.key));
            let hint = "Use letters a–z, digits, hyphens and underscores, at most 63.";
            problems.push(Problem::error("bad_value", entry.place, message).with_hint(hint));
        }
        let matches = Fields::of(&entry.value, &words::POOL, problems).and_then(|fields| {
            if fields.get("match").is_none() && !has_match(&entry.value) {
                let message = format!("The pool {} does not say what it holds.", named(&entry.key));
                let hint = "Write `match: { series: … }`, or `match: {}` for all programmes.";
                problems.push(Problem::error("missing_key", entry.place, message).with_hint(hint));
            }
            fields.get("match").and_then(|node| read_match(node, problems))
        });
        let matches = of_programmes(matches.unwrap_or_default());
        pools.insert(entry.key.clone(), Pool { matches, place: entry.place });
    }
    pools
}

/// A match that names no kind means programmes.
fn of_programmes(found: Match) -> Match {
    let kinds = if found.kinds.is_empty() { vec![Kind::Programme] } else { found.kinds };
    Match { kinds, ..found }
}

/// `match:` with nothing after it is a match of all programmes.
fn has_match(pool: &Node) -> bool {
    entries("", pool, &mut Vec::new()).unwrap_or_default().iter().any(|entry| entry.key == "match")
}

fn read_match(node: &Node, problems: &mut Vec<Problem>) -> Option<Match> {
    let fields = Fields::of(node, &words::MATCH, problems)?;
    let mut texts = |key: &str| -> Vec<String> {
        let nodes = fields.get(key).map(list).unwrap_or_default();
        nodes.iter().filter_map(|node| text(key, node, problems)).map(str::to_owned).collect()
    };
    let mut found = Match {
        series: texts("series"),
        genres: texts("genres"),
        ratings: texts("rating"),
        tags: texts("tags"),
        titles: texts("title"),
        ..Match::default()
    };
    found.kinds = read_words(&fields, "kind", &Kind::words_of_assets(), problems);
    found.types = read_words(&fields, "type", &MediaType::words(), problems);
    let mut ranges = |key: &str| -> Vec<Range> {
        let nodes = fields.get(key).map(list).unwrap_or_default();
        let expected = "a number as 3 or a range as 1980..1989";
        nodes.iter().filter_map(|node| parsed(key, node, "bad_value", expected, range, problems)).collect()
    };
    found.seasons = ranges("season");
    found.episodes = ranges("episode");
    found.years = ranges("year");
    let mut length = |key: &str| {
        let node = fields.get(key)?;
        parsed(key, node, "bad_duration", "a duration as 90s, 30m or 1h30m", scalar::duration, problems)
    };
    found.min_duration = length("min_duration");
    found.max_duration = length("max_duration");
    if let (Some(least), Some(most)) = (found.min_duration, found.max_duration)
        && least > most
    {
        let message = "`min_duration` is longer than `max_duration`, so nothing matches.";
        problems.push(Problem::error("bad_value", node.place, message).with_hint("Swap them."));
    }
    let not = fields.get("not").map(list).unwrap_or_default();
    found.not = not.iter().filter_map(|node| read_not(node, problems)).collect();
    Some(found)
}

/// A tree is no deeper than [`super::tree`] lets it be, and so this is not.
fn read_not(node: &Node, problems: &mut Vec<Problem>) -> Option<Match> {
    let before = problems.len();
    let found = read_match(node, problems)?;
    if found == Match::default() && problems.len() == before {
        let message = "`not: {}` leaves nothing over.";
        let hint = "Write what is left out, as `not: { genres: horror }`.";
        problems.push(Problem::error("bad_value", node.place, message).with_hint(hint));
    }
    Some(found)
}

fn read_words<T: FromStr>(fields: &Fields<'_>, key: &str, known: &[&str], problems: &mut Vec<Problem>) -> Vec<T> {
    let mut found = Vec::new();
    for node in fields.get(key).map(list).unwrap_or_default() {
        let Some(text) = text(key, node, problems) else { continue };
        match text.parse() {
            Ok(word) if known.contains(&text) => found.push(word),
            _ => {
                let message = format!("{} is no {key} of assets.", quoted(text));
                let hint = words::hint(text, known.iter().copied(), problems);
                problems.push(Problem::error("bad_value", node.place, message).with_hint(hint));
            }
        }
    }
    found
}

/// `3`, `1980..1989`, `1990..` or `..1979`.
fn range(text: &str) -> Option<Range> {
    let number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
        if plain { text.parse::<u32>().ok() } else { None }
    };
    let Some((first, last)) = text.split_once("..") else {
        return number(text).map(|n| Range { first: n, last: n });
    };
    let (first, last) = (first.trim(), last.trim());
    let range = Range {
        first: if first.is_empty() { 0 } else { number(first)? },
        last: if last.is_empty() { u32::MAX } else { number(last)? },
    };
    (range.first <= range.last && !(first.is_empty() && last.is_empty())).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_include_their_ends() {
        let check = |text, expect| assert_eq!(range(text).map(|r| (r.first, r.last)), expect, "{text:?}");
        check("3", Some((3, 3)));
        check("1980..1989", Some((1980, 1989)));
        check("1980 .. 1989", Some((1980, 1989)));
        check("1990..", Some((1990, u32::MAX)));
        check("..1979", Some((0, 1979)));
        for bad in ["", "..", "1989..1980", "1980-1989", "+3", "1..2..3", "99999999999"] {
            check(bad, None);
        }
    }
}
