//! Editions of films: `Director's Cut`, `Extended Edition`, `{edition-Final Cut}`.

use super::words::letters;

/// How editions are written, by their letters, and shown.
const EDITIONS: &[(&[&str], &str)] = &[
    (&["directors", "cut"], "Director's Cut"),
    (&["director", "s", "cut"], "Director's Cut"),
    (&["directors", "edition"], "Director's Edition"),
    (&["producers", "cut"], "Producer's Cut"),
    (&["extended", "directors", "cut"], "Extended Director's Cut"),
    (&["extended", "cut"], "Extended Cut"),
    (&["extended", "edition"], "Extended Edition"),
    (&["extended", "version"], "Extended Version"),
    (&["extended"], "Extended"),
    (&["special", "extended", "edition"], "Special Extended Edition"),
    (&["special", "edition"], "Special Edition"),
    (&["collectors", "edition"], "Collector's Edition"),
    (&["ultimate", "edition"], "Ultimate Edition"),
    (&["ultimate", "cut"], "Ultimate Cut"),
    (&["anniversary", "edition"], "Anniversary Edition"),
    (&["restored", "edition"], "Restored Edition"),
    (&["despecialized", "edition"], "Despecialized Edition"),
    (&["despecialized"], "Despecialized"),
    (&["criterion", "collection"], "Criterion Collection"),
    (&["criterion"], "Criterion"),
    (&["theatrical", "cut"], "Theatrical Cut"),
    (&["theatrical", "version"], "Theatrical Version"),
    (&["theatrical", "edition"], "Theatrical Edition"),
    (&["theatrical"], "Theatrical"),
    (&["international", "cut"], "International Cut"),
    (&["assembly", "cut"], "Assembly Cut"),
    (&["final", "cut"], "Final Cut"),
    (&["rogue", "cut"], "Rogue Cut"),
    (&["fan", "edit"], "Fan Edit"),
    (&["unrated", "cut"], "Unrated Cut"),
    (&["unrated", "edition"], "Unrated Edition"),
    (&["unrated"], "Unrated"),
    (&["uncut"], "Uncut"),
    (&["uncensored"], "Uncensored"),
    (&["remastered"], "Remastered"),
    (&["restored"], "Restored"),
    (&["redux"], "Redux"),
    (&["open", "matte"], "Open Matte"),
    (&["imax", "edition"], "IMAX Edition"),
    (&["imax"], "IMAX"),
    (&["black", "chrome"], "Black & Chrome"),
    (&["black", "and", "chrome"], "Black & Chrome"),
    (&["workprint"], "Workprint"),
];

/// Editions that are titles as well: before a year they belong to the title.
const TITLES: &[&str] = &["Final Cut", "Uncut", "Criterion", "Redux", "Theatrical", "IMAX", "Restored"];

/// `{edition-Final Cut}`, as written there.
pub(super) fn noted(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let start = lower.find("{edition-")? + "{edition-".len();
    let end = start + name[start..].find('}')?;
    Some(name[start..end].trim().to_owned()).filter(|edition| !edition.is_empty())
}

/// The first edition that a text names which tells nothing else of a film: what follows its year, or stands in
/// brackets.
pub(super) fn find(text: &str) -> Option<String> {
    let all: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').collect();
    let all: Vec<&str> = all.into_iter().filter(|word| !word.is_empty()).collect();
    (0..all.len()).find_map(|at| {
        let (_, shown) =
            longest(|phrase| all.get(at..at + phrase.len()).is_some_and(|words| same(words.iter().copied(), phrase)))?;
        // `25th Anniversary Edition`
        let ordinal = at.checked_sub(1).map(|at| all[at]).filter(|word| is_ordinal(word));
        Some(ordinal.map_or_else(|| shown.to_owned(), |ordinal| format!("{ordinal} {shown}")))
    })
}

/// How many of a release name's words before its year make a title, and the edition that the rest is.
pub(super) fn before_year(words: &[String]) -> (usize, Option<&'static str>) {
    let found = longest(|phrase| {
        let at = words.len().checked_sub(phrase.len()).filter(|at| *at > 0);
        at.is_some_and(|at| same(words[at..].iter().map(String::as_str), phrase))
    });
    match found.filter(|(_, shown)| !TITLES.contains(shown)) {
        Some((phrase, shown)) => (words.len() - phrase.len(), Some(shown)),
        None => (words.len(), None),
    }
}

/// Whether words are an edition and nothing else: `The Final Cut`.
pub(super) fn is_edition(words: &[String]) -> bool {
    let words = words.strip_prefix(&["The".to_owned()]).unwrap_or(words);
    let words = if words.first().is_some_and(|word| is_ordinal(word)) { &words[1..] } else { words };
    longest(|phrase| same(words.iter().map(String::as_str), phrase)).is_some()
}

fn longest(fits: impl Fn(&[&str]) -> bool) -> Option<(&'static [&'static str], &'static str)> {
    let fitting = EDITIONS.iter().filter(|(phrase, _)| fits(phrase));
    fitting.max_by_key(|(phrase, _)| phrase.len()).copied()
}

fn same<'a>(words: impl ExactSizeIterator<Item = &'a str>, phrase: &[&str]) -> bool {
    words.len() == phrase.len() && words.zip(phrase).all(|(word, wanted)| letters(word) == *wanted)
}

fn is_ordinal(word: &str) -> bool {
    let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && ["st", "nd", "rd", "th"].contains(&&*word[number.len()..].to_ascii_lowercase())
}
