//! Rows of the library's tables, and how they become domain types.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use retrovue_timeline::UtcTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Asset, Description, Fault, FileFacts, Media, MediaServer, Place, Source};
use crate::StoreError;
use crate::schema::{asset, collection, source};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = source)]
pub(super) struct SourceRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) place: Vec<u8>,
    pub(super) review: bool,
    pub(super) created_ms: i64,
    pub(super) removed_ms: Option<i64>,
    pub(super) libraries: String,
    #[diesel(embed)]
    pub(super) told: PlaceRow,
}

/// Of a place, what is not where it is.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = source)]
pub(super) struct PlaceRow {
    kind: String,
    maps: String,
    library_kinds: String,
}

const FOLDER: &str = "folder";

/// A place as its bytes and the columns beside them.
pub(super) fn place_row(place: &Place) -> (Vec<u8>, PlaceRow) {
    match place {
        Place::Folder(path) => {
            let told = PlaceRow { kind: FOLDER.to_owned(), maps: "[]".to_owned(), library_kinds: "{}".to_owned() };
            (bytes_of(path), told)
        }
        Place::Server(server) => {
            let kinds: BTreeMap<_, _> = server.library_kinds.iter().map(|(name, kind)| (name, kind.word())).collect();
            let kind = server.kind.word().to_owned();
            let told = PlaceRow { kind, maps: to_json(&server.maps), library_kinds: to_json(&kinds) };
            (server.url.clone().into_bytes(), told)
        }
    }
}

impl SourceRow {
    pub(super) fn into_source(self) -> Result<Source, StoreError> {
        let Self { id, name, place, review, created_ms, libraries, told, .. } = self;
        let place = match told.kind.as_str() {
            FOLDER => Place::Folder(path_of(place)),
            kind => {
                let kinds: BTreeMap<String, String> = from_json(&told.library_kinds)?;
                let kinds = kinds.into_iter().map(|(name, kind)| Ok((name, word(&kind)?)));
                Place::Server(MediaServer {
                    kind: word(kind)?,
                    url: String::from_utf8(place).map_err(unreadable)?,
                    maps: from_json(&told.maps)?,
                    library_kinds: kinds.collect::<Result<_, StoreError>>()?,
                })
            }
        };
        let libraries = from_json(&libraries)?;
        Ok(Source { id, name, place, review, libraries, created: UtcTime::from_millis(created_ms) })
    }
}

/// The folder that paths of a source's assets are relative to, of its place's bytes. Those of a media server are
/// absolute.
pub(super) fn root_of(kind: &str, place: Vec<u8>) -> PathBuf {
    if kind == FOLDER { path_of(place) } else { PathBuf::from("/") }
}

#[derive(Insertable)]
#[diesel(table_name = collection)]
pub(super) struct CollectionRow<'a> {
    pub(super) id: String,
    pub(super) source_id: &'a str,
    pub(super) name: &'a str,
    pub(super) kind: &'static str,
    pub(super) enabled: bool,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = asset, treat_none_as_null = true)]
pub(super) struct AssetRow {
    id: String,
    source_id: String,
    collection_id: String,
    path: Vec<u8>,
    size: i64,
    mtime_ns: i64,
    fingerprint: Option<i64>,
    state: String,
    approved: bool,
    approved_fingerprint: Option<i64>,
    kind: String,
    media_type: String,
    title: String,
    series: Option<String>,
    season: Option<i64>,
    episode: Option<i64>,
    last_episode: Option<i64>,
    year: Option<i64>,
    tags: String,
    genres: String,
    rating: Option<String>,
    duration_ns: Option<i64>,
    container: Option<String>,
    streams: Option<String>,
    fault_code: Option<String>,
    fault_message: Option<String>,
    origins: String,
    created_ms: i64,
    updated_ms: i64,
    chapters: Option<String>,
    first_picture: Option<String>,
    details: String,
}

/// Of a description, what nothing is searched by.
#[derive(Serialize, Deserialize)]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    aired: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artwork: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fanart: Option<String>,
}

impl AssetRow {
    pub(super) fn of(asset: &Asset) -> Self {
        let Asset { file, description, media, fault, .. } = asset;
        let details = Details {
            aired: description.aired.clone(),
            edition: description.edition.clone(),
            plot: description.plot.clone(),
            artwork: description.artwork.clone(),
            fanart: description.fanart.clone(),
        };
        Self {
            id: asset.id.clone(),
            source_id: asset.source_id.clone(),
            collection_id: asset.collection_id.clone(),
            path: bytes_of(&file.path),
            size: i64::try_from(file.size).unwrap_or(i64::MAX),
            mtime_ns: file.mtime_ns,
            fingerprint: file.fingerprint.map(u64::cast_signed),
            state: asset.state.word().to_owned(),
            approved: asset.approved,
            approved_fingerprint: asset.approved_fingerprint.map(u64::cast_signed),
            kind: description.kind.word().to_owned(),
            media_type: description.media_type.word().to_owned(),
            title: description.title.clone(),
            series: description.series.clone(),
            season: description.season.map(i64::from),
            episode: description.episode.map(i64::from),
            last_episode: description.last_episode.map(i64::from),
            year: description.year.map(i64::from),
            tags: to_json(&description.tags),
            genres: to_json(&description.genres),
            rating: description.rating.clone(),
            duration_ns: media.as_ref().map(|media| media.duration_ns),
            container: media.as_ref().map(|media| media.container.clone()),
            streams: media.as_ref().map(|media| to_json(&media.streams)),
            fault_code: fault.as_ref().map(|fault| fault.code.clone()),
            fault_message: fault.as_ref().map(|fault| fault.message.clone()),
            origins: to_json(&description.origins),
            created_ms: asset.created.millis(),
            updated_ms: asset.updated.millis(),
            chapters: media.as_ref().map(|media| to_json(&media.chapters)),
            first_picture: media.as_ref().and_then(|media| media.first_picture).map(|first| to_json(&first)),
            details: to_json(&details),
        }
    }

    /// The asset, given its source's name and folder and its collection's name.
    pub(super) fn into_asset(self, source: String, root: PathBuf, collection: String) -> Result<Asset, StoreError> {
        let media = match (self.duration_ns, self.container, self.streams) {
            (Some(duration_ns), Some(container), Some(streams)) => Some(Media {
                duration_ns,
                container,
                streams: from_json(&streams)?,
                chapters: self.chapters.map_or(Ok(Vec::new()), |text| from_json(&text))?,
                first_picture: self.first_picture.map(|text| from_json(&text)).transpose()?,
            }),
            _ => None,
        };
        let details: Details = from_json(&self.details)?;
        let fault = self.fault_code.zip(self.fault_message).map(|(code, message)| Fault { code, message });
        Ok(Asset {
            id: self.id,
            source_id: self.source_id,
            source,
            root,
            collection,
            collection_id: self.collection_id,
            file: FileFacts {
                path: path_of(self.path),
                size: self.size.cast_unsigned(),
                mtime_ns: self.mtime_ns,
                fingerprint: self.fingerprint.map(i64::cast_unsigned),
            },
            state: word(&self.state)?,
            approved: self.approved,
            approved_fingerprint: self.approved_fingerprint.map(i64::cast_unsigned),
            description: Description {
                kind: word(&self.kind)?,
                media_type: word(&self.media_type)?,
                title: self.title,
                series: self.series,
                season: number(self.season),
                episode: number(self.episode),
                last_episode: number(self.last_episode),
                year: number(self.year),
                aired: details.aired,
                edition: details.edition,
                plot: details.plot,
                artwork: details.artwork,
                fanart: details.fanart,
                tags: from_json(&self.tags)?,
                genres: from_json(&self.genres)?,
                rating: self.rating,
                origins: from_json(&self.origins)?,
            },
            media,
            fault,
            created: UtcTime::from_millis(self.created_ms),
            updated: UtcTime::from_millis(self.updated_ms),
        })
    }
}

/// A path from its bytes.
pub(super) fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}

/// A path's bytes.
pub(super) fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// A small number from a column that holds nothing else.
pub(super) fn number(column: Option<i64>) -> Option<u32> {
    column.and_then(|value| u32::try_from(value).ok())
}

/// A word of one of the enums.
pub(super) fn word<T>(text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(unreadable)
}

/// What a JSON column holds.
pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("lists and maps of plain words always serialise")
}

/// A value from a JSON column.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(unreadable)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Query(diesel::result::Error::DeserializationError(Box::new(error)))
}
