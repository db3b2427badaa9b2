//! Plex: `/identity`, `/library/sections` and what they hold, as JSON.

use retrovue_schedule::MediaType;
use retrovue_store::library::Told;
use serde::{Deserialize, Deserializer};

use super::catalogue::{About, Item, Library, Page};
use super::client::Asker;
use super::text;
use crate::failure::Failure;

/// Plex's numbers of what is listed.
const FILMS: &str = "1";
const EPISODES: &str = "4";

#[derive(Deserialize)]
struct Answer<T> {
    #[serde(rename = "MediaContainer")]
    container: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    #[serde(default)]
    friendly_name: String,
    version: String,
}

#[derive(Deserialize)]
struct Sections {
    #[serde(rename = "Directory", default)]
    directories: Vec<Section>,
}

#[derive(Deserialize)]
struct Section {
    key: String,
    r#type: String,
    title: String,
    #[serde(rename = "Location", default)]
    locations: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entries {
    size: Option<usize>,
    total_size: Option<usize>,
    #[serde(rename = "Metadata", default)]
    metadata: Vec<Metadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(deserialize_with = "key")]
    rating_key: String,
    r#type: String,
    title: Option<String>,
    grandparent_title: Option<String>,
    parent_index: Option<i64>,
    index: Option<i64>,
    year: Option<i64>,
    originally_available_at: Option<String>,
    content_rating: Option<String>,
    summary: Option<String>,
    edition_title: Option<String>,
    #[serde(rename = "Genre", default)]
    genres: Vec<Tag>,
    #[serde(rename = "Label", default)]
    labels: Vec<Tag>,
    #[serde(rename = "Media", default)]
    media: Vec<Media>,
}

#[derive(Deserialize)]
struct Tag {
    tag: String,
}

#[derive(Deserialize)]
struct Media {
    #[serde(rename = "Part", default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(deserialize_with = "key")]
    id: String,
    file: Option<String>,
}

/// Numbers and texts both name things.
fn key<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Key {
        Text(String),
        Number(i64),
    }
    Ok(match Key::deserialize(from)? {
        Key::Text(text) => text,
        Key::Number(number) => number.to_string(),
    })
}

pub(super) async fn about(asker: &Asker) -> Result<About, Failure> {
    // Unlike /identity, this wants the token.
    let Answer { container: Root { friendly_name, version } } = asker.get("/", &[]).await?;
    Ok(About { name: friendly_name, version })
}

pub(super) async fn libraries(asker: &Asker) -> Result<Vec<Library>, Failure> {
    let Answer { container: Sections { directories } } = asker.get("/library/sections", &[]).await?;
    let videos = directories.into_iter().filter(|section| matches!(section.r#type.as_str(), "movie" | "show"));
    let libraries = videos.map(|section| Library {
        id: section.key,
        name: section.title,
        content: section.r#type,
        folders: section.locations.into_iter().map(|location| location.path).collect(),
    });
    Ok(libraries.collect())
}

pub(super) async fn page(asker: &Asker, library: &Library, start: usize, most: usize) -> Result<Page, Failure> {
    let wanted = if library.content == "show" { EPISODES } else { FILMS };
    let (start, most) = (start.to_string(), most.to_string());
    // What is added meanwhile comes at the end.
    let query = [
        ("type", wanted),
        ("sort", "addedAt:asc"),
        ("X-Plex-Container-Start", start.as_str()),
        ("X-Plex-Container-Size", most.as_str()),
    ];
    let path = format!("/library/sections/{}/all", library.id);
    let Answer { container: Entries { size, total_size, metadata } } = asker.get(&path, &query).await?;
    let entries = metadata.len();
    // Where all is told at once, the size is the total.
    let total = total_size.or(size).unwrap_or(entries);
    Ok(Page { total, entries, items: metadata.into_iter().flat_map(items).collect() })
}

/// One for each file: versions of a film, and parts of it, are several.
fn items(metadata: Metadata) -> Vec<Item> {
    let media_type = match metadata.r#type.as_str() {
        "movie" => MediaType::Movie,
        "episode" => MediaType::Episode,
        _ => MediaType::Other,
    };
    let is_episode = media_type == MediaType::Episode;
    let number = |number: Option<i64>| number.filter(|_| is_episode).and_then(text::number);
    let tags = |tags: Vec<Tag>| tags.into_iter().map(|tag| tag.tag).collect::<Vec<_>>();
    let labels = tags(metadata.labels).into_iter().map(|label| label.to_lowercase()).collect();
    let told = Told {
        media_type: Some(media_type),
        title: text::line(metadata.title),
        series: text::line(metadata.grandparent_title).filter(|_| is_episode),
        season: number(metadata.parent_index),
        episode: number(metadata.index),
        year: text::year(metadata.year),
        aired: text::day(metadata.originally_available_at),
        edition: text::line(metadata.edition_title),
        plot: text::plot(metadata.summary),
        rating: text::rating(metadata.content_rating),
        genres: text::list(tags(metadata.genres)),
        tags: text::list(labels),
        ..Told::default()
    };
    let parts: Vec<Part> = metadata.media.into_iter().flat_map(|media| media.parts).collect();
    let is_one = parts.len() == 1;
    let item = |part: Part| {
        let id = if is_one { metadata.rating_key.clone() } else { format!("{}/{}", metadata.rating_key, part.id) };
        Item { id, path: part.file.unwrap_or_default(), told: told.clone() }
    };
    parts.into_iter().map(item).collect()
}
