//! What the names of a file and its folders tell: `Show (1999)/Season 01/Show - S01E02 - Title.mkv`,
//! `Movies/Title (1984).mp4`, `commercials/toys/…`. Pure; any name gives something.

mod dates;
mod edition;
mod episode;
mod folders;
mod series;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;

use retrovue_schedule::{Kind, MediaType};
use retrovue_store::library::{Collection, Layers, Origin};

use words::{clean, notes, split_year, title_words, year};

/// What to call the collection of files that lie in the source's folder itself.
const TOP: &str = ".";

/// Whether a file of that name belongs to another one: an extra or a trailer.
pub fn is_beside(stem: &str) -> bool {
    EXTRA_ENDINGS.iter().chain(&["-trailer"]).any(|ending| without_ending(stem, ending).is_some())
}

/// Endings of extras beside a film.
const EXTRA_ENDINGS: &[&str] =
    &["-behindthescenes", "-deleted", "-deletedscene", "-featurette", "-interview", "-scene", "-extra", "-sample"];

/// What the names in `path`, which is relative to its source, tell of the file.
pub fn read(path: &Path) -> Layers {
    let names = Names::of(path);
    interstitial(&names)
        .or_else(|| trailer(&names))
        .or_else(|| extra(&names))
        .or_else(|| series::read(&names))
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
    Collection { name: top.clone(), kind: kind_of(top) }
}

/// What a folder or a library of that name holds its files for.
pub fn kind_of(name: &str) -> Kind {
    folders::interstitial(name).map_or(Kind::Programme, |(kind, _)| kind)
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
        let mut folders: Vec<String> =
            folders.map(|folder| folder.as_os_str().to_string_lossy().into_owned()).collect();
        let mut stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let above_disc = folders.iter().rposition(|folder| !folders::is_disc(folder)).map_or(0, |at| at + 1);
        if (1..folders.len()).contains(&above_disc) {
            folders.truncate(above_disc);
            stem.clone_from(&folders[above_disc - 1]);
        }
        Self { folders, stem }
    }

    /// The file's name as a title; never empty.
    fn title(&self) -> String {
        let title = clean(&self.stem);
        if title.is_empty() { self.stem.clone() } else { title }
    }

    fn parent(&self) -> Option<&str> {
        self.folders.last().map(String::as_str)
    }

    fn any_folder(&self, is_meant: impl Fn(&str) -> bool) -> bool {
        self.folders.iter().any(|folder| is_meant(folder))
    }
}

fn titled(title: String) -> Layers {
    let mut layers = Layers::default();
    layers.of(Origin::FileName).title = Some(title);
    layers
}

/// By the innermost folder that says what it holds; those below it are tags.
fn interstitial(names: &Names) -> Option<Layers> {
    let (at, (kind, mut tags)) =
        names.folders.iter().enumerate().rev().find_map(|(at, folder)| Some((at, folders::interstitial(folder)?)))?;
    tags.extend(names.folders[at + 1..].iter().map(|folder| words::plain(folder)).filter(|tag| !tag.is_empty()));
    tags.sort();
    tags.dedup();
    let mut layers = with_year(names);
    let folder = layers.of(Origin::Folder);
    folder.kind = Some(kind);
    folder.tags = Some(tags).filter(|tags| !tags.is_empty());
    Some(layers)
}

/// `Film (1984)-trailer.mkv`, beside the film.
fn trailer(names: &Names) -> Option<Layers> {
    let stem = without_ending(&names.stem, "-trailer")?.to_owned();
    let mut layers = with_year(&Names { folders: Vec::new(), stem });
    let file = layers.of(Origin::FileName);
    file.kind = Some(Kind::Promo);
    file.title = file.title.take().map(|title| format!("{title} (trailer)"));
    Some(layers)
}

/// What belongs to a film or a series and is none: it is not to be aired in its place.
fn extra(names: &Names) -> Option<Layers> {
    let ending = EXTRA_ENDINGS.iter().find_map(|ending| without_ending(&names.stem, ending));
    // a series may be called so
    let below_season = |at: usize| names.folders[at + 1..].iter().any(|below| episode::season_folder(below).is_some());
    let mut extras = names.folders.iter().enumerate().filter(|(_, folder)| folders::is_extras(folder));
    let folder = extras.rfind(|(at, _)| !below_season(*at));
    if ending.is_none() && folder.is_none() {
        return None;
    }
    let mut layers = titled(ending.map(clean).filter(|title| !title.is_empty()).unwrap_or_else(|| names.title()));
    let origin = if folder.is_some() { Origin::Folder } else { Origin::FileName };
    layers.of(origin).media_type = Some(MediaType::Other);
    layers.of(origin).tags = Some(vec!["extras".to_owned()]);
    Some(layers)
}

fn without_ending<'a>(stem: &'a str, ending: &str) -> Option<&'a str> {
    let end = stem.len().checked_sub(ending.len())?;
    stem.get(end..)?.eq_ignore_ascii_case(ending).then(|| &stem[..end])
}

fn music_video(names: &Names) -> Option<Layers> {
    names.any_folder(folders::is_music_videos).then(|| {
        let mut layers = with_year(names);
        layers.of(Origin::Folder).media_type = Some(MediaType::MusicVideo);
        layers
    })
}

fn film(names: &Names) -> Option<Layers> {
    let on_shelf = names.any_folder(folders::is_films);
    let folder_edition = || names.parent().and_then(edition::noted);
    let (same, above) = match film_folder(names) {
        Some((film, true)) => (Some(film), None),
        above => (None, above.map(|(film, _)| film)),
    };
    let (mut layers, origin) = if let Some(film) = year_in_brackets(&names.stem) {
        (film.told(Origin::FileName), Origin::FileName)
    } else if let Some(film) = same {
        (film.told(Origin::Folder), Origin::Folder)
    } else if let Some(film) = release_year(&names.stem, on_shelf) {
        (film.told(Origin::FileName), Origin::FileName)
    } else if let Some(film) = above.filter(|_| on_shelf) {
        (film.told(Origin::Folder), Origin::Folder)
    } else if on_shelf {
        (bare_film(names), Origin::Folder)
    } else {
        return None;
    };
    layers.of(if on_shelf { Origin::Folder } else { origin }).media_type = Some(MediaType::Movie);
    let told = layers.of(Origin::FileName);
    told.edition = edition::noted(&names.stem).or(told.edition.take()).or_else(|| bracketed_edition(&names.stem));
    layers.of(Origin::Folder).edition = folder_edition();
    Some(layers)
}

/// A film's title and year, and what its name says of its edition.
struct Film {
    title: String,
    year: u32,
    edition: Option<String>,
}

impl Film {
    fn told(self, origin: Origin) -> Layers {
        let mut layers = Layers::default();
        let told = layers.of(origin);
        (told.title, told.year) = (Some(self.title), Some(self.year));
        layers.of(Origin::FileName).edition = self.edition;
        layers
    }
}

/// `Title (1984) - Director's Cut`
fn year_in_brackets(name: &str) -> Option<Film> {
    let (before, year, after) = split_year(name)?;
    let (title, rest) = if clean(before).is_empty() { (clean(after), "") } else { (clean(before), after) };
    (!title.is_empty()).then(|| Film { title, year, edition: edition::find(rest) })
}

/// A folder of a film's own, and whether the file's name begins as it: `Title (1984)/title.mkv`.
fn film_folder(names: &Names) -> Option<(Film, bool)> {
    let mut film = year_in_brackets(names.parent()?)?;
    let after = episode::after_name(&names.stem, &film.title);
    if let Some(rest) = after.and_then(|after| names.stem.get(after..)) {
        film.edition = film.edition.or_else(|| edition::find(rest));
    }
    Some((film, after.is_some()))
}

/// `Title.1984.Uncut.1080p.BluRay`: the last year, where an edition, release words or nothing follow.
fn release_year(stem: &str, on_shelf: bool) -> Option<Film> {
    let all = words::words(stem);
    let kept = title_words(stem);
    let at = kept.iter().rposition(|word| year(word).is_some()).filter(|at| *at > 0)?;
    if at + 1 < kept.len() && !edition::is_edition(&kept[at + 1..]) {
        return None;
    }
    let (length, before) = edition::before_year(&kept[..at]);
    let title = clean(&kept[..length].join(" "));
    let is_release_name = kept.len() < all.len() || !stem.trim().contains(' ') || on_shelf;
    let edition = before.map(str::to_owned).or_else(|| edition::find(&all[at + 1..].join(" ")));
    year(&kept[at]).filter(|_| is_release_name && !title.is_empty()).map(|year| Film { title, year, edition })
}

/// A film that only its shelf tells: `Movies/Brazil - Director's Cut.mkv`.
fn bare_film(names: &Names) -> Layers {
    let suffix = names.stem.rsplit_once(" - ").filter(|(_, suffix)| edition::is_edition(&words::words(suffix)));
    match suffix {
        Some((title, suffix)) if !clean(title).is_empty() => {
            let mut layers = titled(clean(title));
            layers.of(Origin::FileName).edition = edition::find(suffix);
            layers
        }
        _ => titled(names.title()),
    }
}

/// `[Uncut]`
fn bracketed_edition(stem: &str) -> Option<String> {
    notes(stem).find_map(edition::find)
}

/// The title of the file's name, and its year where that stands in brackets.
fn with_year(names: &Names) -> Layers {
    match year_in_brackets(&names.stem) {
        Some(film) => Film { edition: None, ..film }.told(Origin::FileName),
        None => titled(names.title()),
    }
}

fn other(names: &Names) -> Layers {
    let mut layers = titled(names.title());
    if let Some(dated) = dates::find(&names.stem) {
        let told = layers.of(Origin::FileName);
        (told.aired, told.year) = (Some(dated.day.to_string()), u32::try_from(dated.day.year()).ok());
    }
    layers
}
