//! What servers write, brought into the form in which it is kept.

use crate::ingest::nfo::{self, MAX_LIST, MAX_PLOT, MAX_TEXT};

/// One line; none where nothing is written.
pub(super) fn line(text: Option<String>) -> Option<String> {
    Some(nfo::line(&text?, MAX_TEXT)).filter(|text| !text.is_empty())
}

pub(super) fn plot(text: Option<String>) -> Option<String> {
    Some(nfo::line(&text?, MAX_PLOT)).filter(|text| !text.is_empty())
}

/// A season or an episode.
pub(super) fn number(number: i64) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number < 100_000)
}

pub(super) fn year(year: Option<i64>) -> Option<u32> {
    year.and_then(|year| u32::try_from(year).ok()).filter(|year| (1..=9999).contains(year))
}

/// `1979-05-25` of `1979-05-25T00:00:00.0000000Z`.
pub(super) fn day(text: Option<String>) -> Option<String> {
    let day: jiff::civil::Date = text?.get(..10)?.parse().ok()?;
    Some(day.to_string())
}

pub(super) fn rating(text: Option<String>) -> Option<String> {
    nfo::rating(&text?)
}

/// Each once; none where there is none.
pub(super) fn list(all: Vec<String>) -> Option<Vec<String>> {
    let mut kept: Vec<String> = Vec::new();
    for text in all.into_iter().filter_map(|text| line(Some(text))) {
        if kept.len() < MAX_LIST && !kept.contains(&text) {
            kept.push(text);
        }
    }
    Some(kept).filter(|kept| !kept.is_empty())
}
