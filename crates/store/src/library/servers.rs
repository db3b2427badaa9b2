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
use super::rows::{from_json, to_json};
use crate::schema::{collection, server_item, source};
use crate::{Store, StoreError};

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

impl Store {
    /// Remembers what a media server's libraries are called, by their ids there. One that is called otherwise than
    /// before keeps its collection and what the operator says it is for.
    pub fn follow_libraries(&self, source_id: &str, listed: &BTreeMap<String, String>) -> Result<(), StoreError> {
        self.write(|connection| {
            let columns = (source::libraries, source::library_kinds);
            let found =
                source::table.find(source_id).select(columns).first::<(String, String)>(connection).optional()?;
            let (known, kinds) = found.ok_or_else(|| StoreError::NotFound("its source".to_owned()))?;
            let known: BTreeMap<String, String> = from_json(&known)?;
            if known == *listed {
                return Ok(());
            }
            let kinds: BTreeMap<String, String> = from_json(&kinds)?;
            let renamed = renamed(&known, listed);
            rename_collections(connection, source_id, &renamed)?;
            let said_anew = kinds.iter().filter(|(library, _)| !renamed.contains_key(library.as_str()));
            let said_before = renamed.iter().filter_map(|(old, new)| Some((*new, kinds.get(*old)?)));
            let kinds: BTreeMap<&str, &String> =
                said_before.chain(said_anew.map(|(library, kind)| (library.as_str(), kind))).collect();
            diesel::update(source::table.find(source_id))
                .set((source::libraries.eq(to_json(listed)), source::library_kinds.eq(to_json(&kinds))))
                .execute(connection)?;
            Ok(())
        })
    }
}

/// The new names of libraries by their old ones. A name that was several libraries' stays theirs who keep it.
fn renamed<'a>(
    known: &'a BTreeMap<String, String>,
    listed: &'a BTreeMap<String, String>,
) -> BTreeMap<&'a str, &'a str> {
    let stays =
        |old: &str| listed.iter().any(|(id, name)| name == old && known.get(id).is_some_and(|name| name == old));
    let both = listed.iter().filter_map(|(id, new)| Some((known.get(id)?.as_str(), new.as_str())));
    both.filter(|(old, new)| old != new && !stays(old)).collect()
}

/// Renames collections, which may swap names. One whose new name another one has that keeps it stays as it is.
fn rename_collections(
    connection: &mut SqliteConnection,
    source_id: &str,
    renamed: &BTreeMap<&str, &str>,
) -> Result<(), StoreError> {
    let there: BTreeMap<String, String> = collection::table
        .filter(collection::source_id.eq(source_id))
        .select((collection::name, collection::id))
        .load(connection)?
        .into_iter()
        .collect();
    let is_free = |name: &str| !there.contains_key(name) || renamed.contains_key(name);
    let moving = renamed.iter().filter(|(_, new)| is_free(new));
    let moving: Vec<(&String, &str)> = moving.filter_map(|(old, new)| Some((there.get(*old)?, *new))).collect();
    for (id, _) in &moving {
        diesel::update(collection::table.find(id)).set(collection::name.eq(*id)).execute(connection)?;
    }
    for (id, new) in moving {
        diesel::update(collection::table.find(id)).set(collection::name.eq(new)).execute(connection)?;
    }
    Ok(())
}
