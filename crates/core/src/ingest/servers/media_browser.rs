//! Jellyfin and Emby, which speak the same language: `/System/Info`, `/Library/VirtualFolders`, `/Items`.

use retrovue_schedule::MediaType;
use retrovue_store::library::{ServerKind, Told};
use serde::Deserialize;

use super::catalogue::{About, Item, Library, Page};
use super::client::Asker;
use super::text;
use crate::failure::Failure;

/// What items hold that are videos of their own.
const TYPES: &str = "Movie,Episode,MusicVideo,Video";

/// Fields that a server leaves out where they are not asked for. Emby's list is longer.
const JELLYFIN_FIELDS: &str = "Path,Overview,Genres,Tags";
const EMBY_FIELDS: &str = "Path,Overview,Genres,Tags,ProductionYear,PremiereDate,OfficialRating";

/// Libraries that hold no videos.
const OTHERS: &[&str] = &["music", "books", "photos", "boxsets", "playlists", "livetv", "audiobooks", "games"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    #[serde(default)]
    server_name: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VirtualFolder {
    name: String,
    item_id: Option<String>,
    collection_type: Option<String>,
    #[serde(default)]
    locations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Items {
    items: Vec<Dto>,
    total_record_count: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Dto {
    id: String,
    r#type: String,
    name: Option<String>,
    path: Option<String>,
    location_type: Option<String>,
    series_name: Option<String>,
    index_number: Option<i64>,
    index_number_end: Option<i64>,
    parent_index_number: Option<i64>,
    production_year: Option<i64>,
    premiere_date: Option<String>,
    official_rating: Option<String>,
    overview: Option<String>,
    genres: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    /// Emby's tags.
    tag_items: Option<Vec<TagItem>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagItem {
    name: String,
}

pub(super) async fn about(asker: &Asker) -> Result<About, Failure> {
    let Info { server_name, version } = asker.get("/System/Info", &[]).await?;
    Ok(About { name: server_name, version })
}

pub(super) async fn libraries(asker: &Asker) -> Result<Vec<Library>, Failure> {
    let folders: Vec<VirtualFolder> = asker.get("/Library/VirtualFolders", &[]).await?;
    let libraries = folders.into_iter().filter_map(|folder| {
        let content = folder.collection_type.unwrap_or_default();
        let holds_videos = !OTHERS.contains(&content.as_str());
        Some(Library { id: folder.item_id?, name: folder.name, content, folders: folder.locations })
            .filter(|_| holds_videos)
    });
    Ok(libraries.collect())
}

pub(super) async fn page(
    asker: &Asker,
    kind: ServerKind,
    library: &Library,
    start: usize,
    most: usize,
) -> Result<Page, Failure> {
    let fields = if kind == ServerKind::Emby { EMBY_FIELDS } else { JELLYFIN_FIELDS };
    let (start, most) = (start.to_string(), most.to_string());
    // What is added meanwhile comes at the end.
    let query = [
        ("ParentId", library.id.as_str()),
        ("Recursive", "true"),
        ("IncludeItemTypes", TYPES),
        ("Fields", fields),
        ("SortBy", "DateCreated,SortName"),
        ("SortOrder", "Ascending"),
        ("CollapseBoxSetItems", "false"),
        ("EnableUserData", "false"),
        ("EnableImages", "false"),
        ("StartIndex", &start),
        ("Limit", &most),
    ];
    let Items { items, total_record_count } = asker.get("/Items", &query).await?;
    let entries = items.len();
    Ok(Page { total: total_record_count, entries, items: items.into_iter().filter_map(item).collect() })
}

/// None of what the server only knows of: an episode that nobody has.
fn item(dto: Dto) -> Option<Item> {
    if dto.location_type.as_deref() == Some("Virtual") {
        return None;
    }
    let media_type = match dto.r#type.as_str() {
        "Movie" => MediaType::Movie,
        "Episode" => MediaType::Episode,
        "MusicVideo" => MediaType::MusicVideo,
        _ => MediaType::Other,
    };
    let is_episode = media_type == MediaType::Episode;
    let number = |number: Option<i64>| number.filter(|_| is_episode).and_then(text::number);
    let tags = dto.tags.or_else(|| Some(dto.tag_items?.into_iter().map(|tag| tag.name).collect()));
    let episode = number(dto.index_number);
    let told = Told {
        media_type: Some(media_type),
        title: text::line(dto.name),
        series: text::line(dto.series_name).filter(|_| is_episode),
        season: number(dto.parent_index_number),
        episode,
        last_episode: number(dto.index_number_end).filter(|last| episode.is_some_and(|first| *last > first)),
        year: text::year(dto.production_year),
        aired: text::day(dto.premiere_date),
        plot: text::plot(dto.overview),
        rating: text::rating(dto.official_rating),
        genres: text::list(dto.genres.unwrap_or_default()),
        tags: text::list(tags.unwrap_or_default().into_iter().map(|tag| tag.to_lowercase()).collect()),
        ..Told::default()
    };
    Some(Item { id: dto.id, path: dto.path.unwrap_or_default(), told })
}
