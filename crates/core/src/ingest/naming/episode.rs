//! Season and episode numbers in file and folder names.

use super::words::{letters, plain, words, year};

/// A file holds at most so many episodes: what lies further apart is no range.
const EPISODES_AT_ONCE: u32 = 20;

/// Words for a season, as libraries of several languages have them.
const SEASON_WORDS: &[&str] = &[
    "season",
    "series",
    "staffel",
    "saison",
    "temporada",
    "stagione",
    "seizoen",
    "säsong",
    "sæson",
    "sesong",
    "kausi",
    "sezon",
    "évad",
    "сезон",
];

/// Words for an episode, the longer one before what it begins with.
const EPISODE_WORDS: &[&str] = &[
    "episode",
    "épisode",
    "episodio",
    "episódio",
    "aflevering",
    "avsnitt",
    "capitulo",
    "capítulo",
    "odcinek",
    "folge",
    "jakso",
    "серия",
    "эпизод",
    "ep",
    "e",
];

/// Words for what stands outside of the seasons.
const SPECIAL_WORDS: &[&str] = &["specials", "special", "ova", "oav", "ona", "sp"];

/// Where a name tells its episode, in bytes, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) season: Option<u32>,
    pub(super) episode: u32,
    pub(super) last_episode: Option<u32>,
}

/// `S01E02`, `S01E01E02`, `S01E01-E02`, `s1.e2`, `1x02`, `Season 1 Episode 2`.
pub(super) fn find(stem: &str) -> Option<Numbered> {
    starts(stem).find_map(|at| {
        let mut seasoned = season_and_episode(stem, at).or_else(|| cross(stem, at))?;
        // `S01E01a` is a part of an episode.
        let mut after = stem[seasoned.end..].chars();
        if after.next().is_some_and(|c| c.is_ascii_alphabetic()) && !after.next().is_some_and(char::is_alphanumeric) {
            seasoned.end += 1;
        }
        (!stem[seasoned.end..].starts_with(|c: char| c.is_ascii_digit())).then_some(seasoned)
    })
}

/// What says an episode only within a season's folder, behind `from`, where the series' name ends: `E05`, `Ep 5`,
/// `Episode 5`, or what begins with a number; in season 1, `105` is 5.
pub(super) fn find_in_season(stem: &str, from: usize, season: u32) -> Option<Numbered> {
    let named = starts(stem).find_map(|start| {
        let mut scan = Scan { text: stem, at: start };
        if !scan.any_word(EPISODE_WORDS) {
            return None;
        }
        scan.gap();
        scan.number(4).map(|episode| scan.numbered(start, None, episode))
    });
    let first = || {
        let start = from + starts(&stem[from..]).next()?;
        let mut scan = Scan { text: stem, at: start };
        let number = scan.number(3)?;
        let within = number.checked_sub(season * 100).filter(|within| season > 0 && (1..100).contains(within));
        let numbered = scan.numbered(start, None, within.unwrap_or(number));
        stem[numbered.end..].chars().next().is_none_or(|c| " ._-".contains(c)).then_some(numbered)
    };
    named.or_else(first)
}

/// What counts through a whole series, behind `from`: ` - 012`, `#12`, ` - 05v2`, ` - OVA 1`, and with `anywhere` what
/// stands before a bracket or the end, or follows `from` at once.
pub(super) fn find_absolute(stem: &str, from: usize, anywhere: bool) -> Option<Numbered> {
    let mut begins = starts(stem).skip_while(|start| *start < from).enumerate();
    begins.find_map(|(nth, start)| {
        let before = stem[..start].trim_end_matches([' ', '_']);
        let is_marked = before.len() > from && before.ends_with(['-', '–', '#']);
        let mut scan = Scan { text: stem, at: start };
        let is_special = scan.any_word(SPECIAL_WORDS);
        let is_named = !is_special && scan.any_word(EPISODE_WORDS);
        if is_special || is_named {
            scan.gap();
        }
        let digits = scan.at;
        let number = scan.number(4)?;
        if scan.at - digits == 4 && year(&stem[digits..scan.at]).is_some() {
            return None;
        }
        let is_counted = scan.at - digits >= 2;
        // `05v2` is the second version of 5.
        let version = scan.at;
        if !(scan.word("v") && scan.number(1).is_some()) {
            scan.at = version;
        }
        let season = is_special.then_some(0);
        let numbered = scan.numbered(start, season, number);
        let after = &stem[numbered.end..];
        let ends = after.chars().next().is_none_or(|c| " ._-[(".contains(c));
        let closes = after.trim_start_matches([' ', '_']).chars().next().is_none_or(|c| "[(".contains(c));
        let is_placed = is_marked || (anywhere && (is_counted || is_named) && (closes || nth == 0));
        (ends && is_placed).then_some(numbered)
    })
}

/// What a folder's name says of a season: the words before it, which may name the series, and its number.
pub(super) fn season_folder(name: &str) -> Option<(String, u32)> {
    let plain_name = plain(name);
    if plain_name == "specials" {
        return Some((String::new(), 0));
    }
    let all = words(name);
    let lower: Vec<String> = all.iter().map(|word| plain(word)).collect();
    (0..all.len()).find_map(|at| {
        let before = all[..at].join(" ").trim_matches([' ', '-']).to_owned();
        let next = lower.get(at + 1).map_or("", String::as_str);
        let season = SEASON_WORDS.iter().find_map(|word| {
            // `World Series 1986` is no season.
            if *word == "series" && at > 0 {
                return None;
            }
            lower[at].strip_prefix(word).and_then(|rest| small_number(if rest.is_empty() { next } else { rest }))
        });
        let short = || lower[at].strip_prefix('s').filter(|rest| rest.len() <= 2).and_then(small_number);
        // `2nd Season`, `1. Staffel`
        let ordinal = || {
            let digits = lower[at].trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let is_ordinal = ["", "st", "nd", "rd", "th"].contains(&&lower[at][digits.len()..]);
            small_number(digits).filter(|_| is_ordinal && next != "series" && SEASON_WORDS.contains(&next))
        };
        season.or_else(short).or_else(ordinal).map(|season| (before, season))
    })
}

/// Where a name goes on after the series' name that it begins with.
pub(super) fn after_name(stem: &str, series: &str) -> Option<usize> {
    let wanted = letters(series);
    let mut wanted = wanted.chars().peekable();
    wanted.peek()?;
    for (at, c) in stem.char_indices() {
        if wanted.peek().is_none() {
            return (!c.is_alphanumeric()).then_some(at);
        }
        if c.is_alphanumeric() && !c.to_lowercase().all(|c| wanted.next() == Some(c)) {
            return None;
        }
    }
    wanted.peek().is_none().then_some(stem.len())
}

fn small_number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Where words begin.
pub(super) fn starts(text: &str) -> impl Iterator<Item = usize> {
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        let begins = c.is_alphanumeric() && !before.is_alphanumeric();
        before = c;
        begins.then_some(at)
    })
}

fn season_and_episode(stem: &str, start: usize) -> Option<Numbered> {
    let mut scan = Scan { text: stem, at: start };
    if !(scan.any_word(SEASON_WORDS) || scan.word("s") || scan.word("t")) {
        return None;
    }
    scan.gap();
    let season = scan.number(4)?;
    scan.gap();
    if !scan.any_word(EPISODE_WORDS) {
        return None;
    }
    scan.gap();
    let episode = scan.number(4)?;
    Some(scan.numbered(start, Some(season), episode))
}

fn cross(stem: &str, start: usize) -> Option<Numbered> {
    let mut scan = Scan { text: stem, at: start };
    let season = scan.number(2)?;
    if !scan.word("x") {
        return None;
    }
    let digits = scan.at;
    let episode = scan.number(3)?;
    // `16x9` is the shape of a picture.
    (scan.at - digits >= 2).then(|| scan.numbered(start, Some(season), episode))
}

/// A reader over a name.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    fn rest(&self) -> &[u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn word(&mut self, word: &str) -> bool {
        let mut rest = self.text[self.at..].chars();
        let found = word.chars().all(|wanted| rest.next().is_some_and(|c| c.to_lowercase().eq(wanted.to_lowercase())));
        if found {
            self.at = self.text.len() - rest.as_str().len();
        }
        found
    }

    fn any_word(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.word(word))
    }

    fn gap(&mut self) {
        let length = self.rest().iter().take(3).take_while(|byte| b" ._-,".contains(byte)).count();
        self.at += length;
    }

    /// A number of at most `digits` digits, where not more follow.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = self.text[self.at..self.at + length].parse().ok();
        let number = number.filter(|_| (1..=digits).contains(&length));
        self.at += if number.is_some() { length } else { 0 };
        number
    }

    /// The episode, with those that follow it in the same file: `E02`, `-E02`, `+E02`, ` - E02`, `-02`, `x02`.
    fn numbered(mut self, start: usize, season: Option<u32>, episode: u32) -> Numbered {
        let mut last = episode;
        loop {
            let before = self.at;
            let tight = self.at;
            self.blanks();
            let dash = ["-", "–", "~", "+", "&"].iter().any(|sign| self.word(sign));
            self.blanks();
            let is_apart = self.at > tight + usize::from(dash);
            if !dash {
                self.at = tight;
                self.dot();
            }
            let marked = self.word("e") || (!dash && self.word("x"));
            // A number behind a blank may be the title's: only a marked one goes on.
            let next = if marked || (dash && !is_apart) { self.number(4) } else { None };
            let follows = next.filter(|next| *next > last && next - last < EPISODES_AT_ONCE);
            let ends = self.text[self.at..].chars().next().is_none_or(|c| !c.is_alphanumeric() || "eExXvV".contains(c));
            match follows.filter(|_| ends) {
                Some(next) => last = next,
                None => {
                    self.at = before;
                    break;
                }
            }
        }
        let last_episode = (last > episode).then_some(last);
        Numbered { start, end: self.at, season, episode, last_episode }
    }

    fn blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| **byte == b' ').count();
    }

    /// `S01E01.E02`, `S01E01_E02`
    fn dot(&mut self) {
        if self.rest().first().is_some_and(|byte| b"._ ".contains(byte)) {
            self.at += 1;
        }
    }
}
