//! Media servers as sources, and the items that their files are.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use diesel::prelude::*;
use retrovue_schedule::Kind;
use retrovue_schedule::asset::UnknownWord;
use serde::{Deserialize, Serialize};

use super::Collection;
use crate::StoreError;
use crate::schema::server_item;

/// Where a source's media come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder. Absolute; its bytes need not be UTF-8.
    Folder(PathBuf),
    /// A media server, whose files are read from disk.
    Server(MediaServer),
}

impl Place {
    /// The folder that paths of its files are relative to. Those of a media server are absolute.
    pub fn root(&self) -> &Path {
        match self {
            Place::Folder(path) => path,
            Place::Server(_) => Path::new("/"),
        }
    }

    /// The media server, where it is one.
    pub fn server(&self) -> Option<&MediaServer> {
        match self {
            Place::Folder(_) => None,
            Place::Server(server) => Some(server),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Folder(path) => write!(f, "the folder {}", path.display()),
            Place::Server(server) => write!(f, "the server {}", server.url),
        }
    }
}

/// A media server that tells what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaServer {
    /// What it speaks.
    pub kind: ServerKind,
    /// `http://host:8096`, without a slash at its end, and without any secret.
    pub url: String,
    /// Which of its paths is which one here.
    pub maps: Vec<PathMap>,
    /// What a library's files are for, by the library's name, where its name does not say it.
    pub library_kinds: BTreeMap<String, Kind>,
}

/// A path of a media server, and what it is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathMap {
    /// As the server calls it: `/data/films`, `D:\Films`, `\\nas\films`.
    pub server: String,
    /// Absolute.
    pub local: String,
}

/// The media servers that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names of products")]
pub enum ServerKind {
    Jellyfin,
    Emby,
    Plex,
}

impl ServerKind {
    const WORDS: [(ServerKind, &'static str, &'static str); 3] = [
        (ServerKind::Jellyfin, "jellyfin", "Jellyfin"),
        (ServerKind::Emby, "emby", "Emby"),
        (ServerKind::Plex, "plex", "Plex"),
    ];

    /// Its word in the database and in JSON.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, ..)| *kind == self).map_or("jellyfin", |(_, word, _)| word)
    }

    /// As it calls itself.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, ..)| *kind == self).map_or("Jellyfin", |(.., name)| name)
    }
}

impl FromStr for ServerKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::WORDS.iter().find(|(_, word, _)| *word == text).map(|(kind, ..)| *kind);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What a media server calls the file of an asset, and where it keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedItem {
    /// Its id there; stays when the file is renamed or moved.
    pub item: String,
    /// The library.
    pub collection: Collection,
}

/// Remembers that the asset `id` is that item, and no other asset is.
pub(super) fn keep(connection: &mut SqliteConnection, source_id: &str, id: &str, item: &str) -> Result<(), StoreError> {
    let same = server_item::source_id.eq(source_id).and(server_item::item.eq(item));
    diesel::delete(server_item::table.filter(server_item::asset_id.eq(id).or(same))).execute(connection)?;
    let row = (server_item::source_id.eq(source_id), server_item::item.eq(item), server_item::asset_id.eq(id));
    diesel::insert_into(server_item::table).values(row).execute(connection)?;
    Ok(())
}
