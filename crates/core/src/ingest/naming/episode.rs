//! Season and episode numbers in file and folder names.

use super::words::{plain, words};

/// A file holds at most so many episodes: what lies further apart is no range.
const EPISODES_AT_ONCE: u32 = 20;

/// Words for a season, as libraries of several languages have them.
const SEASON_WORDS: &[&str] = &["season", "series", "staffel", "saison", "temporada", "stagione"];

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
        let seasoned = season_and_episode(stem, at).or_else(|| cross(stem, at))?;
        (!stem[seasoned.end..].starts_with(|c: char| c.is_ascii_digit())).then_some(seasoned)
    })
}

/// What says an episode only within a season's folder: `E05`, `Ep 5`, `Episode 5`, or a name that begins with a number.
pub(super) fn find_in_season(stem: &str) -> Option<Numbered> {
    let named = starts(stem).find_map(|start| {
        let mut scan = Scan { text: stem, at: start };
        if !(scan.word("episode") || scan.word("ep") || scan.word("e")) {
            return None;
        }
        scan.gap();
        scan.number(4).map(|episode| scan.numbered(start, None, episode))
    });
    named.or_else(|| {
        let mut scan = Scan { text: stem, at: 0 };
        let episode = scan.number(3)?;
        let ends = stem[scan.at..].chars().next().is_none_or(|c| " ._-".contains(c));
        ends.then(|| scan.numbered(0, None, episode))
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
        season.or_else(short).map(|season| (before, season))
    })
}

fn small_number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Where words begin.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        let begins = c.is_ascii_alphanumeric() && !before.is_alphanumeric();
        before = c;
        begins.then_some(at)
    })
}

fn season_and_episode(stem: &str, start: usize) -> Option<Numbered> {
    let mut scan = Scan { text: stem, at: start };
    if !(SEASON_WORDS.iter().any(|word| scan.word(word)) || scan.word("s")) {
        return None;
    }
    scan.gap();
    let season = scan.number(4)?;
    scan.gap();
    if !(scan.word("episode") || scan.word("ep") || scan.word("e")) {
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

/// A reader over a name, for what is ASCII in it.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    fn rest(&self) -> &[u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.rest().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
        self.at += if found { word.len() } else { 0 };
        found
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

    /// The episode, with those that follow it in the same file: `E02`, `-E02`, `-02`, `x02`.
    fn numbered(mut self, start: usize, season: Option<u32>, episode: u32) -> Numbered {
        let mut last = episode;
        loop {
            let before = self.at;
            let dash = self.word("-");
            let marked = self.word("e") || (!dash && self.word("x"));
            let next = if dash || marked { self.number(3) } else { None };
            let follows = next.filter(|next| *next > last && next - last < EPISODES_AT_ONCE);
            let ends = self.text[self.at..].chars().next().is_none_or(|c| !c.is_alphanumeric() || "eExX".contains(c));
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
}
