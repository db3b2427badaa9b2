//! The words of the language: the keys of each mapping.

use super::MAX_PROBLEMS;
use super::fields::named;
use crate::problem::Problem;

/// The keys of one mapping.
pub(super) struct Words {
    /// What the mapping is, for people.
    pub(super) noun: &'static str,
    pub(super) known: &'static [&'static str],
}

pub(super) const FILE: Words = Words {
    noun: "a channel file",
    known: &[
        "channel",
        "number",
        "name",
        "timezone",
        "day_start",
        "grid",
        "format",
        "audio",
        "keep_warm",
        "seed",
        "pools",
        "templates",
        "schedule",
        "branding",
        "breaks",
        "traffic",
        "fallback",
        "off_air",
    ],
};

pub(super) const FORMAT: Words = Words { noun: "`format`", known: &["size", "frame_rate", "video_kbps", "audio_kbps"] };

pub(super) const AUDIO: Words = Words { noun: "`audio`", known: &["languages"] };

pub(super) const BRANDING: Words = Words { noun: "`branding`", known: &["logo", "bug", "crawl"] };

pub(super) const BUG: Words = Words { noun: "`bug`", known: &["at", "opacity"] };

pub(super) const CRAWL: Words = Words { noun: "`crawl`", known: &["text", "at"] };

pub(super) const POOL: Words = Words { noun: "a pool", known: &["match"] };

pub(super) const MATCH: Words = Words {
    noun: "`match`",
    known: &[
        "kind",
        "type",
        "series",
        "season",
        "episode",
        "year",
        "genres",
        "rating",
        "tags",
        "title",
        "min_duration",
        "max_duration",
        "not",
    ],
};

pub(super) const SLOT: Words = Words {
    noun: "a slot",
    known: &["at", "for", "until", "play", "order", "no_repeat", "weights", "overrun", "title", "breaks", "traffic"],
};

pub(super) const PLAY: Words = Words { noun: "an asset by its id", known: &["asset"] };

pub(super) const OFF_AIR: Words = Words { noun: "`off_air`", known: &["from", "to", "show", "sign_off"] };

pub(super) const BREAKS: Words = Words { noun: "`breaks`", known: &["at", "pod", "fade", "after"] };

pub(super) const TRAFFIC: Words = Words { noun: "`traffic`", known: &["cooldown", "per_day", "dayparts"] };

/// How to mend `word`: the one of `known` that is meant, else all of them. Nothing where more was told before than
/// anybody reads: to look for what is near is costly.
pub(super) fn hint<'w>(word: &str, known: impl IntoIterator<Item = &'w str>, told: &[Problem]) -> String {
    if told.len() >= MAX_PROBLEMS {
        return String::new();
    }
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(word, known.iter().copied()) {
        return format!("Did you mean {}?", named(near));
    }
    let mut listed: Vec<String> = known.iter().take(LISTED).map(|word| named(word)).collect();
    if known.len() > LISTED {
        listed.push("…".to_owned());
    }
    if listed.is_empty() { String::new() } else { format!("Known here: {}.", listed.join(", ")) }
}

/// The word of `known` that `word` is a slip of.
pub(super) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    if word.chars().count() > LONGEST_SLIP {
        return None;
    }
    let word = word.to_lowercase();
    let scored = known.into_iter().map(|known| (strsim::damerau_levenshtein(&word, &known.to_lowercase()), known));
    let (distance, nearest) = scored.min_by_key(|(distance, _)| *distance)?;
    let length = nearest.chars().count();
    (distance <= 1 + length / 4 && distance < length).then_some(nearest)
}

/// A hint lists no more words than a line holds.
const LISTED: usize = 16;

/// No word of the language and no zone is as long; the distance of longer ones is costly and says nothing.
const LONGEST_SLIP: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let check = |word, expect| assert_eq!(nearest(word, FILE.known.iter().copied()), expect, "{word:?}");
        check("chanel", Some("channel"));
        check("gird", Some("grid"));
        check("Pools", Some("pools"));
        check("wallpaper", None);
        check("", None);
    }
}
