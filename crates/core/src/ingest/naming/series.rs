//! Names of episodes: by season and number, by day, by a number that counts through the whole series.

use retrovue_schedule::MediaType;
use retrovue_store::library::{Layers, Origin};

use super::episode::{self, Numbered};
use super::words::{clean, is_release, letters, split_year, title_words, without_notes, words, year};
use super::{Names, dates, folders};

/// What cameras put before the day.
const CAMERAS: &[&str] = &["IMG", "VID", "PXL", "MVI", "DSC", "MOV", "video"];

/// Where a name tells its episode, in bytes, and what it tells.
struct Marked {
    start: usize,
    end: usize,
    tells: Tells,
}

enum Tells {
    Number(Numbered),
    Day(String),
}

/// A season's folder among those that a file lies in.
struct SeasonFolder<'a> {
    season: u32,
    /// What names the series: the words before the season, or the folder above.
    series: Option<&'a str>,
    words_before: String,
}

/// An episode, where names tell one.
pub(super) fn read(names: &Names) -> Option<Layers> {
    let folder = season_folder(names);
    let marked = by_number(&names.stem)
        .or_else(|| by_day(names))
        .map(|marked| (marked, Origin::FileName))
        .or_else(|| weakly(names, folder.as_ref()).map(|marked| (marked, Origin::Folder)));
    if marked.is_none() && folder.is_none() {
        return None;
    }
    let mut layers = Layers::default();
    if let Some(folder) = &folder {
        layers.of(Origin::Folder).season = Some(folder.season);
    }
    let Some((marked, by)) = marked else {
        layers.of(Origin::Folder).media_type = Some(MediaType::Episode);
        layers.of(Origin::FileName).title = Some(names.title());
        name_series(&mut layers, names, folder.as_ref(), "");
        return Some(layers);
    };
    layers.of(by).media_type = Some(MediaType::Episode);
    let mut rest = &names.stem[marked.end..];
    match marked.tells {
        Tells::Number(numbered) => {
            let told = layers.of(Origin::FileName);
            told.season = numbered.season;
            (told.episode, told.last_episode) = (Some(numbered.episode), numbered.last_episode);
            // `Show - S2024E120 - 2024-05-01 - Title`
            let behind = rest.trim_start_matches([' ', '.', '_', '-']);
            if let Some((length, day)) = dates::read(behind) {
                told.aired = Some(day.to_string());
                rest = &behind[length..];
            }
        }
        Tells::Day(day) => {
            let told = layers.of(Origin::FileName);
            told.year = day.get(..4).and_then(|year| year.parse().ok());
            told.aired = Some(day);
        }
    }
    layers.of(Origin::FileName).title = title(&names.stem, rest);
    let prefix = names.stem[..marked.start].trim_end_matches(['[', '(', ' ']);
    name_series(&mut layers, names, folder.as_ref(), prefix);
    Some(layers)
}

fn by_number(stem: &str) -> Option<Marked> {
    episode::find(stem).map(Marked::from)
}

/// A day makes an episode where something names the series.
fn by_day(names: &Names) -> Option<Marked> {
    let dated = dates::find(&names.stem)?;
    let before = clean(&names.stem[..dated.start]);
    let named = !before.is_empty() && !CAMERAS.contains(&before.as_str());
    let in_series = names.parent().is_some_and(|folder| !folders::is_shelf(folder));
    (named || in_series).then(|| Marked {
        start: dated.start,
        end: dated.end,
        tells: Tells::Day(dated.day.to_string()),
    })
}

/// What is an episode's number only by where the file lies, or by the manner of its name.
fn weakly(names: &Names, folder: Option<&SeasonFolder<'_>>) -> Option<Marked> {
    let stem = &names.stem;
    if let Some(folder) = folder {
        let from = folder.series.and_then(|series| after_series(stem, series)).unwrap_or(0);
        let in_season = episode::find_in_season(stem, from, folder.season);
        let numbered = in_season.or_else(|| episode::find_absolute(stem, from, false));
        return numbered.map(|numbered| Marked::within(numbered, from));
    }
    let among_series = names.any_folder(folders::is_series);
    let parent = names.parent().filter(|folder| !folders::is_shelf(folder));
    let group = stem.starts_with('[').then(|| stem.find(']').map_or(0, |end| end + 1));
    let series = parent.and_then(|folder| after_series(stem, folder));
    let (from, anywhere) = match (group, series) {
        (Some(end), _) => (end, true),
        (None, Some(end)) => (end, !names.any_folder(folders::is_films)),
        (None, None) => (0, among_series && parent.is_some()),
    };
    if group.is_none() && series.is_none() && !among_series {
        return None;
    }
    let numbered = episode::find_absolute(stem, from, anywhere)?;
    // `Rocky/Rocky 02 (1979)` is a film.
    let is_film = split_year(stem).is_some_and(|(before, _, _)| before.len() >= numbered.end);
    (!is_film).then(|| Marked::from(numbered))
}

impl From<Numbered> for Marked {
    fn from(numbered: Numbered) -> Self {
        Self { start: numbered.start, end: numbered.end, tells: Tells::Number(numbered) }
    }
}

impl Marked {
    /// What stands before a weak number within a season's folder names nothing but the series there.
    fn within(numbered: Numbered, from: usize) -> Self {
        Self { start: from.min(numbered.start), ..Self::from(numbered) }
    }
}

fn season_folder(names: &Names) -> Option<SeasonFolder<'_>> {
    let (at, words_before, season) = names
        .folders
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, folder)| episode::season_folder(folder).map(|(before, season)| (at, before, season)))?;
    let series = names.folders[..at].last().map(String::as_str).filter(|folder| !folders::is_shelf(folder));
    Some(SeasonFolder { season, series, words_before })
}

/// Where a file's name goes on after its series' name, with the year where it has one.
fn after_series(stem: &str, folder: &str) -> Option<usize> {
    let end = episode::after_name(stem, &series_and_year(folder).0)?;
    let rest = &stem[end..];
    let year = split_year(rest).filter(|(before, _, _)| before.trim().is_empty());
    Some(year.map_or(end, |(_, _, after)| stem.len() - after.len()))
}

/// An episode's title, from what follows its number.
fn title(stem: &str, rest: &str) -> Option<String> {
    let rest = without_notes(rest);
    // Whether dots separate words shows in the whole name: `Show.S01E02.Pilot`.
    let rest = if stem.trim().contains(' ') { rest } else { words(&rest).join(" ") };
    let rest = rest.trim_start_matches(|c: char| " ._-–—:)]~".contains(c));
    let all = words(rest);
    // `PROPER 1080p`: nothing but how it was made.
    let only_release = all.first().is_some_and(|word| is_release(word)) || title_words(&format!("x {rest}")).len() < 2;
    if only_release { None } else { Some(clean(rest)).filter(|title| !title.is_empty()) }
}

/// The series is the folder that holds the season's, or what stands before the episode's number in the file's name,
/// or the folder that the file lies in.
fn name_series(layers: &mut Layers, names: &Names, season_folder: Option<&SeasonFolder<'_>>, prefix: &str) {
    let above = season_folder.and_then(|folder| {
        let before = Some(folder.words_before.as_str()).filter(|before| !before.is_empty());
        before.or(folder.series).filter(|folder| !folders::is_shelf(folder))
    });
    let (prefix, season) = match episode::season_folder(prefix) {
        // `[Group] Show S2 - 05`
        Some((before, season)) if !clean(&before).is_empty() => (before, Some(season)),
        _ => (prefix.to_owned(), None),
    };
    let from_file = clean(&without_notes(&prefix));
    let parent = names.parent().filter(|folder| season_folder.is_none() && !folders::is_shelf(folder));
    let same = |folder: &&str| {
        let title = letters(&series_and_year(folder).0);
        !title.is_empty() && letters(&from_file).starts_with(&title)
    };
    let (name, origin) = match (above, parent.filter(same), from_file.is_empty(), parent) {
        (Some(folder), _, _, _) | (None, Some(folder), _, _) | (None, None, true, Some(folder)) => {
            (folder, Origin::Folder)
        }
        (None, None, false, _) => (prefix.as_str(), Origin::FileName),
        (None, None, true, None) => return,
    };
    let told = layers.of(Origin::FileName);
    told.season = told.season.or(season);
    let (series, year) = series_and_year(name);
    if !series.is_empty() {
        let told = layers.of(origin);
        told.series = Some(series);
        told.year = told.year.or(year);
    }
}

/// `Show (1999)` and `Show.1999`, without and with its year.
fn series_and_year(name: &str) -> (String, Option<u32>) {
    if let Some((before, year, _)) = split_year(name)
        && !clean(before).is_empty()
    {
        return (clean(before), Some(year));
    }
    let name = &without_notes(name);
    let mut kept = title_words(name.trim_end_matches(|c: char| " ._-–".contains(c)));
    // `Show.S01-S05`
    if kept.len() > 1 && kept.last().is_some_and(|word| is_seasons(word)) {
        kept.pop();
        return series_and_year(&kept.join(if name.trim().contains(' ') { " " } else { "." }));
    }
    match kept.split_last() {
        Some((last, before)) if !before.is_empty() && !name.trim().contains(' ') && year(last).is_some() => {
            (clean(&before.join(" ")), year(last))
        }
        _ => (clean(name), None),
    }
}

/// `S01-S05`, `S01`
fn is_seasons(word: &str) -> bool {
    let is_season = |part: &str| {
        part.strip_prefix(['S', 's'])
            .is_some_and(|digits| (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    word.split('-').all(is_season)
}
