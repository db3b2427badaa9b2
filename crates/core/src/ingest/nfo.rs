//! NFO files, as Kodi and Jellyfin write them beside media: `movie.nfo`, `tvshow.nfo`, one per file. Pure, and safe
//! against anything: nothing that a file declares is followed, and what is broken is told.

use std::collections::HashMap;

use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::Event;
use retrovue_schedule::MediaType;
use retrovue_store::library::Told;

/// The longest NFO file that is read.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Elements within each other: more is no NFO file.
const MAX_DEPTH: usize = 64;

/// Characters of a field that are kept, and of a plot.
pub(super) const MAX_TEXT: usize = 500;
pub(super) const MAX_PLOT: usize = 4000;

/// Genres and tags that are kept.
pub(super) const MAX_LIST: usize = 50;

/// Roots of the documents that are understood.
const ROOTS: &[&str] = &["movie", "tvshow", "episodedetails", "musicvideo"];

/// What an NFO file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// One file: a film, one episode or several, a music video.
    File,
    /// A whole series.
    Series,
}

/// What an NFO file tells. One that is none, as the notes of a release group, tells nothing.
///
/// # Errors
/// A sentence's end that says what is wrong with it.
pub fn read(content: &[u8]) -> Result<Option<(Of, Told)>, String> {
    if content.len() as u64 > MAX_BYTES {
        return Err(format!("is longer than {} KiB", MAX_BYTES / 1024));
    }
    let text = decoded(content);
    if !ROOTS.iter().any(|root| text.contains(&format!("<{root}"))) {
        return Ok(None);
    }
    let mut documents = documents(&text)?.into_iter();
    let Some(first) = documents.next() else { return Ok(None) };
    Ok(match first.root.as_str() {
        "movie" => Some((Of::File, film(&first, MediaType::Movie))),
        "musicvideo" => Some((Of::File, film(&first, MediaType::MusicVideo))),
        "tvshow" => Some((Of::Series, series(&first))),
        "episodedetails" => {
            let more = documents.filter(|document| document.root == first.root);
            Some((Of::File, more.fold(episode(&first), |told, next| joined(told, episode(&next)))))
        }
        _ => None,
    })
}

/// Text in the encoding that its first bytes show; what is no UTF-8 is taken for Latin-1, whatever it claims.
fn decoded(content: &[u8]) -> String {
    let wide = |content: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, _) = content.as_chunks::<2>();
        String::from_utf16_lossy(&units.iter().map(|bytes| unit(*bytes)).collect::<Vec<_>>())
    };
    match content {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => match std::str::from_utf8(content) {
            Ok(text) => text.to_owned(),
            Err(_) => content.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

/// A root element and the texts of its children, by their names.
#[derive(Default)]
struct Document {
    root: String,
    fields: HashMap<String, Vec<String>>,
}

impl Document {
    fn text(&self, field: &str) -> Option<String> {
        self.fields.get(field)?.iter().map(|text| line(text, MAX_TEXT)).find(|text| !text.is_empty())
    }

    fn number(&self, field: &str) -> Option<u32> {
        self.text(field)?.parse().ok().filter(|number| *number < 100_000)
    }

    fn day(&self, field: &str) -> Option<Date> {
        self.text(field)?.get(..10)?.parse().ok()
    }

    fn list(&self, field: &str) -> Option<Vec<String>> {
        let all = self.fields.get(field)?.iter().flat_map(|text| text.split(['/', '|', ',', ';']));
        let mut kept: Vec<String> = Vec::new();
        for text in all.map(|text| line(text, MAX_TEXT)).filter(|text| !text.is_empty()) {
            if kept.len() < MAX_LIST && !kept.contains(&text) {
                kept.push(text);
            }
        }
        Some(kept).filter(|kept| !kept.is_empty())
    }

    /// What all kinds of documents have in common.
    fn told(&self) -> Told {
        let plot = ["plot", "outline"].iter().find_map(|field| {
            let text = self.fields.get(*field)?.first()?;
            Some(line(text, MAX_PLOT)).filter(|text| !text.is_empty())
        });
        let day = self.day("aired").or_else(|| self.day("premiered")).or_else(|| self.day("releasedate"));
        let day_year = || day.and_then(|day| u32::try_from(day.year()).ok());
        let lower = |tags: Vec<String>| tags.into_iter().map(|tag| tag.to_lowercase()).collect();
        Told {
            title: self.text("title"),
            year: self
                .number("year")
                .filter(|year| (1..=9999).contains(year))
                .or_else(day_year)
                .filter(|year| *year > 0),
            aired: day.map(|day| day.to_string()),
            edition: self.text("edition"),
            plot,
            rating: self.text("mpaa").and_then(|text| rating(&text)),
            genres: self.list("genre"),
            tags: self.list("tag").map(lower),
            ..Told::default()
        }
    }
}

/// The documents of a file, one behind the other. What stands around them does not count.
fn documents(text: &str) -> Result<Vec<Document>, String> {
    let mut reader = Reader::from_str(text);
    // Kodi's addresses behind a document, and titles that somebody wrote by hand
    reader.config_mut().allow_dangling_amp = true;
    let mut found = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut document = Document::default();
    let mut value = String::new();
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| format!("is broken at byte {at}: {error}"))?;
        match event {
            Event::Start(element) => {
                let name = element.local_name().as_ref().to_ascii_lowercase();
                if open.len() >= MAX_DEPTH {
                    return Err(format!("is broken at byte {at}: elements lie more than {MAX_DEPTH} deep"));
                }
                if open.is_empty() {
                    document = Document { root: name.clone(), ..Document::default() };
                }
                open.push(name);
                if open.len() <= 2 {
                    value.clear();
                }
            }
            Event::Text(text) if open.len() == 2 => value.push_str(&text),
            Event::CData(text) if open.len() == 2 => value.push_str(&text),
            // Only what XML itself knows: an entity that the file declares stays out.
            Event::GeneralRef(reference) if open.len() == 2 => {
                let known = match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                value.extend(known);
            }
            Event::End(_) => {
                let name = open.pop().unwrap_or_default();
                match open.len() {
                    0 => found.push(std::mem::take(&mut document)),
                    1 => document.fields.entry(name).or_default().push(std::mem::take(&mut value)),
                    _ => {}
                }
            }
            Event::DocType(_) => return Err("declares entities of its own, which no NFO file needs".to_owned()),
            Event::Eof if open.is_empty() => return Ok(found),
            Event::Eof => return Err(format!("ends within <{}>", open.join("><"))),
            _ => {}
        }
    }
}

fn film(document: &Document, media_type: MediaType) -> Told {
    Told { media_type: Some(media_type), ..document.told() }
}

/// What a series tells of each of its episodes. Its own plot and first day are none of theirs.
fn series(document: &Document) -> Told {
    let Told { title, year, rating, genres, tags, .. } = document.told();
    Told { series: title, year, rating, genres, tags, ..Told::default() }
}

fn episode(document: &Document) -> Told {
    Told {
        media_type: Some(MediaType::Episode),
        series: document.text("showtitle"),
        season: document.number("season"),
        episode: document.number("episode"),
        ..document.told()
    }
}

/// Two episodes of one file, the first one first.
pub(super) fn joined(first: Told, next: Told) -> Told {
    let both = |first: Option<String>, next: Option<String>, between: &str, limit: usize| match (first, next) {
        (Some(first), Some(next)) if first != next && first.len() < limit => Some(format!("{first}{between}{next}")),
        (first, next) => first.or(next),
    };
    let last = next.episode.filter(|last| Some(*last) > first.last_episode.or(first.episode));
    Told {
        last_episode: last.filter(|_| first.episode.is_some() && first.season == next.season).or(first.last_episode),
        title: both(first.title.clone(), next.title.clone(), " / ", MAX_TEXT),
        plot: both(first.plot.clone(), next.plot.clone(), " ", MAX_PLOT),
        ..first.over(next)
    }
}

/// `PG-13` of `Rated PG-13`, `US:PG-13 / DE:FSK 12`.
pub(super) fn rating(text: &str) -> Option<String> {
    let first = text.split(" / ").next().unwrap_or(text);
    let first = first.split_once(':').filter(|(country, _)| country.len() <= 3).map_or(first, |(_, rating)| rating);
    let first = first.trim().strip_prefix("Rated ").unwrap_or(first.trim());
    let first = first.split_once(" for ").map_or(first, |(rating, _)| rating);
    Some(first.trim().to_owned()).filter(|rating| !rating.is_empty() && rating.len() <= 20)
}

/// Text on one line, of at most so many characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}

#[cfg(test)]
mod tests;
