//! What the names of a file and its folders tell: `Show (1999)/Season 01/Show - S01E02 - Title.mkv`,
//! `Movies/Title (1984).mp4`, `commercials/toys/…`. Pure; any name gives something.

mod episode;
mod folders;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use retrovue_schedule::{Kind, MediaType};
use retrovue_store::library::{Collection, Description, Field, Origin};

use episode::Numbered;
use words::{clean, letters, split_year, title_words, year};

/// What to call the collection of files that lie in the source's folder itself.
const TOP: &str = ".";

/// What the names in `path`, which is relative to its source, tell of the file.
pub fn read(path: &Path) -> Description {
    let names = Names::of(path);
    interstitial(&names)
        .or_else(|| trailer(&names))
        .or_else(|| in_series(&names))
        .or_else(|| music_video(&names))
        .or_else(|| film(&names))
        .unwrap_or_else(|| other(&names))
}

/// The part of the source that `path`, which is relative to it, belongs to.
pub fn collection(path: &Path) -> Collection {
    let names = Names::of(path);
    let Some(top) = names.folders.first() else {
        return Collection { name: TOP.to_owned(), kind: Kind::Programme };
    };
    let kind = folders::interstitial(top).map_or(Kind::Programme, |(kind, _)| kind);
    Collection { name: top.clone(), kind }
}

/// A path as text. Bytes that are not UTF-8 become replacement characters.
struct Names {
    /// From the source's folder downwards.
    folders: Vec<String>,
    /// The file's name without its extension.
    stem: String,
}

impl Names {
    fn of(path: &Path) -> Self {
        let folders = path.parent().into_iter().flat_map(Path::components);
        Self {
            folders: folders.map(|folder| folder.as_os_str().to_string_lossy().into_owned()).collect(),
            stem: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// The file's name as a title; never empty.
    fn title(&self) -> String {
        let title = clean(&self.stem);
        if title.is_empty() { self.stem.clone() } else { title }
    }

    fn parent(&self) -> Option<&str> {
        self.folders.last().map(String::as_str)
    }
}

/// A programme of no sort, with a title.
fn titled(title: String, origin: Origin) -> Description {
    Description {
        kind: Kind::Programme,
        media_type: MediaType::Other,
        title,
        series: None,
        season: None,
        episode: None,
        last_episode: None,
        year: None,
        tags: Vec::new(),
        genres: Vec::new(),
        rating: None,
        origins: BTreeMap::from([(Field::Title, origin)]),
    }
}

/// By the innermost folder that says what it holds; those below it are tags.
fn interstitial(names: &Names) -> Option<Description> {
    let (at, (kind, mut tags)) =
        names.folders.iter().enumerate().rev().find_map(|(at, folder)| Some((at, folders::interstitial(folder)?)))?;
    tags.extend(names.folders[at + 1..].iter().map(|folder| words::plain(folder)).filter(|tag| !tag.is_empty()));
    tags.sort();
    tags.dedup();
    let mut description = with_year(names);
    description.kind = kind;
    description.origins.insert(Field::Kind, Origin::Folder);
    if !tags.is_empty() {
        description.tags = tags;
        description.origins.insert(Field::Tags, Origin::Folder);
    }
    Some(description)
}

/// `Film (1984)-trailer.mkv`, beside the film.
fn trailer(names: &Names) -> Option<Description> {
    let end = names.stem.len().checked_sub("-trailer".len())?;
    let is_trailer = names.stem.get(end..)?.eq_ignore_ascii_case("-trailer");
    let mut description = is_trailer.then(|| titled(clean(&names.stem), Origin::FileName))?;
    description.kind = Kind::Promo;
    description.origins.insert(Field::Kind, Origin::FileName);
    Some(description)
}

fn in_series(names: &Names) -> Option<Description> {
    let season_folder = names
        .folders
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, folder)| episode::season_folder(folder).map(|(before, season)| (at, before, season)));
    let strong = episode::find(&names.stem);
    let numbered = strong.or_else(|| season_folder.as_ref().and_then(|_| episode::find_in_season(&names.stem)));
    if numbered.is_none() && season_folder.is_none() {
        return None;
    }
    let mut description = episode_title(&names.stem, numbered);
    description.media_type = MediaType::Episode;
    description.origins.insert(Field::Type, if strong.is_some() { Origin::FileName } else { Origin::Folder });
    if let Some((_, _, season)) = season_folder {
        description.season = Some(season);
        description.origins.insert(Field::Season, Origin::Folder);
    }
    if let Some(numbered) = numbered {
        description.episode = Some(numbered.episode);
        description.last_episode = numbered.last_episode;
        description.origins.insert(Field::Episode, Origin::FileName);
        if let Some(season) = numbered.season {
            description.season = Some(season);
            description.origins.insert(Field::Season, Origin::FileName);
        }
    }
    let prefix = strong.map_or("", |numbered| &names.stem[..numbered.start]);
    name_series(&mut description, names, season_folder.as_ref().map(|(at, before, _)| (*at, before.as_str())), prefix);
    Some(description)
}

fn episode_title(stem: &str, numbered: Option<Numbered>) -> Description {
    let Some(numbered) = numbered else {
        return titled(clean(stem), Origin::FileName);
    };
    // Whether dots separate words shows in the whole name: `Show.S01E02.Pilot`.
    let after =
        if stem.contains(' ') { stem[numbered.end..].to_owned() } else { stem[numbered.end..].replace('.', " ") };
    let after = after.trim_start_matches(|c: char| " ._-–—)]".contains(c));
    let title = if words::words(after).first().is_some_and(|word| words::is_release(word)) {
        String::new()
    } else {
        clean(after)
    };
    if !title.is_empty() {
        return titled(title, Origin::FileName);
    }
    let inferred = match numbered.last_episode {
        Some(last) => format!("Episodes {}–{last}", numbered.episode),
        None => format!("Episode {}", numbered.episode),
    };
    titled(inferred, Origin::Inferred)
}

/// The series is the folder that holds the season's, or what stands before the episode's number in the file's name,
/// or the folder that the file lies in.
fn name_series(description: &mut Description, names: &Names, season_folder: Option<(usize, &str)>, prefix: &str) {
    let above = match season_folder {
        Some((_, before)) if !before.is_empty() => Some(before),
        Some((at, _)) => names.folders[..at].last().map(String::as_str),
        None => None,
    };
    let above = above.filter(|folder| !folders::is_shelf(folder));
    let from_file = clean(prefix);
    let parent = names.parent().filter(|folder| season_folder.is_none() && !folders::is_shelf(folder));
    let same = |folder: &&str| {
        let title = letters(split_year(folder).map_or(*folder, |(before, _, _)| before));
        !title.is_empty() && letters(&from_file).starts_with(&title)
    };
    let (name, origin) = match (above, parent.filter(same), from_file.is_empty(), parent) {
        (Some(folder), _, _, _) | (None, Some(folder), _, _) | (None, None, true, Some(folder)) => {
            (folder, Origin::Folder)
        }
        (None, None, false, _) => (prefix, Origin::FileName),
        (None, None, true, None) => return,
    };
    let (series, found) = series_and_year(name);
    if series.is_empty() {
        return;
    }
    description.series = Some(series);
    description.origins.insert(Field::Series, origin);
    if let Some(found) = found {
        description.year = Some(found);
        description.origins.insert(Field::Year, origin);
    }
}

/// `Show (1999)` and `Show.1999`, without and with its year.
fn series_and_year(name: &str) -> (String, Option<u32>) {
    if let Some((before, year, _)) = split_year(name) {
        return (clean(before), Some(year));
    }
    let kept = title_words(name.trim_end_matches(|c: char| " ._-–".contains(c)));
    match kept.split_last() {
        Some((last, before)) if !before.is_empty() && !name.trim().contains(' ') && year(last).is_some() => {
            (clean(&before.join(" ")), year(last))
        }
        _ => (clean(name), None),
    }
}

fn music_video(names: &Names) -> Option<Description> {
    names.folders.iter().any(|folder| folders::is_music_videos(folder)).then(|| {
        let mut description = with_year(names);
        description.media_type = MediaType::MusicVideo;
        description.origins.insert(Field::Type, Origin::Folder);
        description
    })
}

fn film(names: &Names) -> Option<Description> {
    let on_shelf = names.folders.iter().any(|folder| folders::is_films(folder));
    let shelf = on_shelf.then_some(Origin::Folder);
    let from_file = with_year(names);
    let (mut description, origin) = if from_file.year.is_some() {
        (from_file, Origin::FileName)
    } else if let Some((title, year)) = release_year(&names.stem, on_shelf) {
        (dated(title, year, Origin::FileName), Origin::FileName)
    } else if let Some((title, year)) = film_folder(names, on_shelf) {
        (dated(title, year, Origin::Folder), Origin::Folder)
    } else {
        (from_file, shelf?)
    };
    description.media_type = MediaType::Movie;
    description.origins.insert(Field::Type, shelf.unwrap_or(origin));
    Some(description)
}

/// A folder of a film's own: `Title (1984)/title.mkv`.
fn film_folder(names: &Names, on_shelf: bool) -> Option<(String, u32)> {
    let (before, year, _) = split_year(names.parent()?)?;
    let title = clean(before);
    let same = letters(&names.stem).starts_with(&letters(&title));
    (!title.is_empty() && (on_shelf || same)).then_some((title, year))
}

/// `Title.1984.1080p.BluRay`: the last year, where release words or nothing follow.
fn release_year(stem: &str, on_shelf: bool) -> Option<(String, u32)> {
    let all = words::words(stem);
    let kept = title_words(stem);
    let (last, before) = kept.split_last()?;
    let is_release_name = kept.len() < all.len() || !stem.trim().contains(' ') || on_shelf;
    let title = clean(&before.join(" "));
    year(last).filter(|_| is_release_name && !title.is_empty()).map(|year| (title, year))
}

/// The title of the file's name, and its year where that stands in brackets.
fn with_year(names: &Names) -> Description {
    match split_year(&names.stem) {
        Some((before, year, after)) => {
            let title = Some(clean(before)).filter(|title| !title.is_empty()).unwrap_or_else(|| clean(after));
            if title.is_empty() {
                titled(names.title(), Origin::FileName)
            } else {
                dated(title, year, Origin::FileName)
            }
        }
        None => titled(names.title(), Origin::FileName),
    }
}

fn dated(title: String, year: u32, origin: Origin) -> Description {
    let mut description = titled(title, origin);
    description.year = Some(year);
    description.origins.insert(Field::Year, origin);
    description
}

fn other(names: &Names) -> Description {
    titled(names.title(), Origin::FileName)
}
