//! Libraries and plans for the tests of this crate.

use crate::{Asset, Kind, MediaType, Plan};

/// The plan in `text`, which has no error.
pub(crate) fn plan(text: &str) -> Plan {
    let (plan, problems) = Plan::read(text);
    plan.unwrap_or_else(|| panic!("{problems:#?}"))
}

/// An episode as `S01E02` of a show. Its id says the same.
pub(crate) fn episode(series: &str, season: u32, episode: u32, seconds: i64) -> Asset {
    Asset {
        id: format!("{series}-{season}-{episode}"),
        media_type: MediaType::Episode,
        series: Some(series.to_owned()),
        season: Some(season),
        episode: Some(episode),
        path: format!("{series}/{season}x{episode}.mkv"),
        ..film(&format!("Part {episode}"), 0, seconds)
    }
}

/// A film.
pub(crate) fn film(title: &str, year: u32, seconds: i64) -> Asset {
    Asset {
        id: title.to_lowercase(),
        kind: Kind::Programme,
        media_type: MediaType::Movie,
        title: title.to_owned(),
        series: None,
        season: None,
        episode: None,
        year: Some(year),
        aired: None,
        genres: Vec::new(),
        rating: None,
        tags: Vec::new(),
        duration_ns: seconds * 1_000_000_000,
        chapters: Vec::new(),
        breaks: Vec::new(),
        path: format!("Movies/{title}.mp4"),
    }
}
