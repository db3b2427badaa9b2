//! Folders whose names say what they hold.

use retrovue_schedule::Kind;

use super::words::{plain, year};

/// What an interstitial's folder is called, with its words apart by blanks.
const INTERSTITIALS: &[(&str, Kind)] = &[
    ("commercial", Kind::Commercial),
    ("commercials", Kind::Commercial),
    ("advert", Kind::Commercial),
    ("adverts", Kind::Commercial),
    ("advertisement", Kind::Commercial),
    ("advertisements", Kind::Commercial),
    ("ad", Kind::Commercial),
    ("ads", Kind::Commercial),
    ("spots", Kind::Commercial),
    ("tv spots", Kind::Commercial),
    ("tv commercials", Kind::Commercial),
    ("tv ads", Kind::Commercial),
    ("infomercials", Kind::Commercial),
    ("werbung", Kind::Commercial),
    ("promo", Kind::Promo),
    ("promos", Kind::Promo),
    ("promotions", Kind::Promo),
    ("tv promos", Kind::Promo),
    ("trailer", Kind::Promo),
    ("trailers", Kind::Promo),
    ("bumper", Kind::Bumper),
    ("bumpers", Kind::Bumper),
    ("bumps", Kind::Bumper),
    ("commercial bumpers", Kind::Bumper),
    ("ident", Kind::StationId),
    ("idents", Kind::StationId),
    ("station id", Kind::StationId),
    ("station ids", Kind::StationId),
    ("station identification", Kind::StationId),
    ("channel idents", Kind::StationId),
    ("logos", Kind::StationId),
    ("stationid", Kind::StationId),
    ("stationids", Kind::StationId),
    ("station idents", Kind::StationId),
    ("psa", Kind::Psa),
    ("psas", Kind::Psa),
    ("psa s", Kind::Psa),
    ("public service announcement", Kind::Psa),
    ("public service announcements", Kind::Psa),
    ("public information films", Kind::Psa),
    ("filler", Kind::Filler),
    ("fillers", Kind::Filler),
    ("interlude", Kind::Filler),
    ("interludes", Kind::Filler),
    ("card", Kind::Card),
    ("cards", Kind::Card),
];

/// Folders that hold series and name none.
const SERIES: &[&str] = &[
    "tv",
    "tv shows",
    "tvshows",
    "tv series",
    "television",
    "shows",
    "series",
    "anime",
    "cartoons",
    "sitcoms",
    "talk shows",
    "miniseries",
    "documentaries",
    "serien",
    "séries",
    "сериалы",
];

/// Other folders that sort a library and name nothing.
const SHELVES: &[&str] = &[
    "kids",
    "media",
    "video",
    "videos",
    "library",
    "downloads",
    "complete",
    "programmes",
    "programs",
    "recordings",
    "dvr",
    "home videos",
    "home movies",
    "clips",
];

/// Folders beside a film or a series for what belongs to it and is none.
const EXTRAS: &[&str] = &[
    "extras",
    "extra",
    "featurettes",
    "featurette",
    "behind the scenes",
    "deleted scenes",
    "interviews",
    "bonus",
    "bonus features",
    "special features",
    "samples",
    "sample",
];

/// Folders of discs, which are not named by people.
const DISC: &[&str] = &["video ts", "audio ts", "bdmv", "stream"];

const FILMS: &[&str] = &["movie", "movies", "film", "films", "feature films", "cinema", "filme", "películas", "фильмы"];

const MUSIC_VIDEOS: &[&str] = &["music videos", "music video", "musicvideos", "videoclips"];

/// What the files of an interstitial's folder are for, and the years and decades in its name:
/// `80s Commercials` are commercials of the `80s`.
pub(super) fn interstitial(folder: &str) -> Option<(Kind, Vec<String>)> {
    let name = plain(folder);
    let (times, rest): (Vec<&str>, Vec<&str>) = name.split(' ').partition(|word| is_time(word));
    let rest = rest.join(" ");
    let (_, kind) = INTERSTITIALS.iter().find(|(word, _)| *word == rest)?;
    Some((*kind, times.into_iter().map(str::to_owned).collect()))
}

/// Whether a folder only sorts.
pub(super) fn is_shelf(folder: &str) -> bool {
    SHELVES.contains(&plain(folder).as_str()) || is_series(folder) || is_films(folder)
}

/// Whether a folder holds series.
pub(super) fn is_series(folder: &str) -> bool {
    SERIES.contains(&plain(folder).as_str())
}

/// Whether a folder holds what belongs to a film or a series and is none.
pub(super) fn is_extras(folder: &str) -> bool {
    EXTRAS.contains(&plain(folder).as_str())
}

/// Whether a folder is part of a disc.
pub(super) fn is_disc(folder: &str) -> bool {
    DISC.contains(&plain(folder).as_str())
}

/// Whether a folder holds films.
pub(super) fn is_films(folder: &str) -> bool {
    FILMS.contains(&plain(folder).as_str())
}

/// Whether a folder holds music videos.
pub(super) fn is_music_videos(folder: &str) -> bool {
    MUSIC_VIDEOS.contains(&plain(folder).as_str())
}

/// `1985`, `80s`, `1980s`.
fn is_time(word: &str) -> bool {
    let decade = word.strip_suffix('s').is_some_and(|digits| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())) || year(digits).is_some()
    });
    decade || year(word).is_some()
}
