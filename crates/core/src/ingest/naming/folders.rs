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
    ("promo", Kind::Promo),
    ("promos", Kind::Promo),
    ("trailers", Kind::Promo),
    ("bumper", Kind::Bumper),
    ("bumpers", Kind::Bumper),
    ("bumps", Kind::Bumper),
    ("ident", Kind::StationId),
    ("idents", Kind::StationId),
    ("station id", Kind::StationId),
    ("station ids", Kind::StationId),
    ("stationid", Kind::StationId),
    ("stationids", Kind::StationId),
    ("station idents", Kind::StationId),
    ("psa", Kind::Psa),
    ("psas", Kind::Psa),
    ("public service announcements", Kind::Psa),
    ("filler", Kind::Filler),
    ("fillers", Kind::Filler),
    ("interludes", Kind::Filler),
    ("card", Kind::Card),
    ("cards", Kind::Card),
];

/// Folders that sort a library and name no series.
const SHELVES: &[&str] = &[
    "tv",
    "tv shows",
    "tvshows",
    "tv series",
    "television",
    "shows",
    "series",
    "anime",
    "cartoons",
    "kids",
    "media",
    "video",
    "videos",
    "library",
    "downloads",
    "complete",
    "documentaries",
    "programmes",
    "programs",
];

const FILMS: &[&str] = &["movie", "movies", "film", "films", "feature films", "cinema"];

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
    SHELVES.contains(&plain(folder).as_str()) || is_films(folder)
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
