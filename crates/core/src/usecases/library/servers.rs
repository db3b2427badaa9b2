//! Media servers as sources: added, changed, and looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use retrovue_schedule::Kind as AssetKind;
use retrovue_store::Store;
use retrovue_store::library::{MediaServer, PathMap, Place, ServerKind, Source};
use serde::{Deserialize, Serialize};

use super::{AddSource, SourceView, hint_for, view_of};
use crate::failure::{Failure, Kind};
use crate::ingest::blocking::{off_runtime, on_store};
use crate::ingest::naming;
use crate::ingest::progress::Syncs;
use crate::ingest::provider::is_folder;
use crate::ingest::servers::mapping::{self, Mapping};
use crate::ingest::servers::token::{Token, Tokens};
use crate::ingest::servers::{About, Library, checked_url, visit};
use crate::ingest::stall::{PATIENCE, Stalled, not_answering, unless_stalled};

/// What changes of a media server that is a source; what is `None` stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditSource {
    /// Where it is.
    pub url: Option<String>,
    /// What it is asked with.
    pub token: Option<Token>,
    /// Maps to be added, each in place of the one of the same path of the server.
    #[serde(default)]
    pub maps: Vec<PathMap>,
    /// What libraries are for, by their names.
    #[serde(default)]
    pub library_kinds: BTreeMap<String, String>,
    /// What is taken back before that: `map`, `library-kind`.
    #[serde(default)]
    pub clear: Vec<String>,
}

/// A source that was added or changed, and what its server tells of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedSource {
    /// The source.
    #[serde(flatten)]
    pub source: SourceView,
    /// The server, where it was asked.
    pub server: Option<ServerView>,
}

/// What a media server tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerView {
    /// As its owner calls it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// By name.
    pub libraries: Vec<LibraryView>,
    /// The server's folders that no map holds.
    pub unmapped: Vec<String>,
}

/// A library of a media server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LibraryView {
    /// Its name, which is its collection's.
    pub name: String,
    /// The server's word for what it holds.
    pub content: String,
    /// What its files are for.
    pub kind: &'static str,
    /// How many entries it has.
    pub items: u64,
    /// The folders that it is made of.
    pub folders: Vec<FolderView>,
}

/// A folder of a media server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FolderView {
    /// As the server calls it.
    pub server: String,
    /// Where it is here; none where no map holds it.
    pub local: Option<String>,
}

/// Changes the address, the token, the maps or the kinds of libraries of a media server. It is asked unless only maps are
/// new.
///
/// # Errors
/// `source_not_found`, `not_a_server`, `source_exists`, and as for adding one.
pub async fn edit_source(
    store: &Store,
    tokens: &Tokens,
    syncs: &Syncs,
    name: String,
    edit: EditSource,
    dry_run: bool,
) -> Result<ChangedSource, Failure> {
    let asked = name.clone();
    let source = on_store(store, "source", move |store| store.source(&asked)).await.map_err(known_sources)?;
    let Place::Server(before) = &source.place else {
        let message = format!("source {name:?} is a folder, and has nothing that could be changed");
        return Err(Failure::refused("not_a_server", message)
            .hint("remove it, and add the other folder; what is known of its files comes back with them"));
    };
    let mut server = before.clone();
    let EditSource { url, token, maps, library_kinds, clear } = edit;
    let is_to_be_asked = url.is_some() || token.is_some() || !library_kinds.is_empty();
    if let Some(url) = url {
        server.url = address(&url)?;
    }
    for what in clear {
        match what.as_str() {
            "map" => server.maps.clear(),
            "library-kind" => server.library_kinds.clear(),
            _ => {
                let message = format!("{what:?} is nothing that could be taken back");
                return Err(Failure::new(Kind::Usage, "usage", message).hint("map and library-kind are"));
            }
        }
    }
    for map in maps {
        server.maps.retain(|other| !mapping::is_same(&other.server, &map.server));
        server.maps.push(map);
    }
    let named: Vec<String> = library_kinds.keys().cloned().collect();
    server.library_kinds.extend(checked_kinds(library_kinds)?);
    let token = token.map(|token| token.checked()).transpose()?;
    check_maps(&server).await?;
    let view = match (is_to_be_asked, &token) {
        (false, _) => None,
        (true, Some(token)) => Some(look(&server, token, &named, syncs).await?),
        (true, None) => {
            let (tokens, id, name, url) = (tokens.clone(), source.id.clone(), name.clone(), server.url.clone());
            let token = off_runtime(move || tokens.read(&id, &name, &url)).await??;
            Some(look(&server, &token, &named, syncs).await?)
        }
    };
    let (tokens, url) = (tokens.clone(), server.url.clone());
    let changed = on_store(store, "source", move |store| {
        let changed = store.change_server(&name, &server, dry_run)?;
        let counts = view_of(store, &changed)?;
        Ok((changed, counts))
    });
    let (changed, shown) = changed.await.map_err(known_sources)?;
    if let Some(token) = token.filter(|_| !dry_run) {
        off_runtime(move || tokens.keep(&changed.id, &url, &token)).await??;
    }
    Ok(ChangedSource { source: shown, server: view })
}

/// The server that `request` describes and its token; what it tells of itself.
///
/// # Errors
/// `usage`, `url_invalid`, `token_invalid`, `mapping_invalid`, `folder_not_found`, `not_a_folder`, and whatever is
/// wrong with the server.
pub(super) async fn asked_for(
    request: &AddSource,
    kind: &str,
    syncs: &Syncs,
) -> Result<(MediaServer, Token, ServerView), Failure> {
    let usage = |message: String| Failure::new(Kind::Usage, "usage", message);
    let kind = ServerKind::from_str(kind).map_err(|_| {
        usage(format!("{kind:?} is no kind of source")).hint("kinds are folder, jellyfin, emby and plex")
    })?;
    let (Some(url), Some(token), None) = (&request.url, &request.token, &request.path) else {
        let message = format!("a source of the kind {} has a URL and a token, and no path", kind.word());
        return Err(usage(message).hint("give --url and --token-file"));
    };
    let server = MediaServer {
        kind,
        url: address(url)?,
        maps: request.maps.clone(),
        library_kinds: checked_kinds(request.library_kinds.clone())?,
    };
    let token = token.checked()?;
    check_maps(&server).await?;
    let named: Vec<String> = server.library_kinds.keys().cloned().collect();
    let view = look(&server, &token, &named, syncs).await?;
    Ok((server, token, view))
}

/// Keeps the token of a source that was just added.
pub(super) async fn keep_token(tokens: &Tokens, source: &Source, token: Token) -> Result<(), Failure> {
    let Place::Server(server) = &source.place else { return Ok(()) };
    let (tokens, id, url) = (tokens.clone(), source.id.clone(), server.url.clone());
    off_runtime(move || tokens.keep(&id, &url, &token)).await?
}

pub(super) fn known_sources(failure: Failure) -> Failure {
    let hint = "retrovue source list shows the sources there are";
    hint_for(hint_for(failure, "source_not_found", hint), "source_exists", hint)
}

/// What a server tells of itself; it is to have the libraries that are `named`.
async fn look(server: &MediaServer, token: &Token, named: &[String], syncs: &Syncs) -> Result<ServerView, Failure> {
    let (About { name, version }, libraries) = visit(server, token, syncs.pace.patience).await?;
    let names: Vec<&str> = libraries.iter().map(|(library, _)| library.name.as_str()).collect();
    if let Some(unknown) = named.iter().find(|name| !names.contains(&name.as_str())) {
        let message = format!("the server has no library of videos that is called {unknown:?}");
        return Err(Failure::not_found("library_not_found", message)
            .hint(format!("it has {}", names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "))));
    }
    let mapping = Mapping::new(&server.maps)?;
    let folder = |path: String| {
        let local = mapping.locate(&path).map(|found| found.path().to_string_lossy().into_owned());
        FolderView { server: path, local }
    };
    let libraries = libraries.into_iter().map(|(Library { name, content, folders, .. }, items)| LibraryView {
        kind: server.library_kinds.get(&name).copied().unwrap_or_else(|| naming::kind_of(&name)).word(),
        name,
        content,
        items: items as u64,
        folders: folders.into_iter().map(folder).collect(),
    });
    let libraries: Vec<LibraryView> = libraries.collect();
    let folders = libraries.iter().flat_map(|library| &library.folders);
    let mut unmapped: Vec<String> =
        folders.filter(|folder| folder.local.is_none()).map(|folder| folder.server.clone()).collect();
    unmapped.sort();
    unmapped.dedup();
    Ok(ServerView { name, version, libraries, unmapped })
}

/// A server's address as it is kept: without a slash at its end.
fn address(text: &str) -> Result<String, Failure> {
    Ok(checked_url(text)?.as_str().trim_end_matches('/').to_owned())
}

fn checked_kinds(kinds: BTreeMap<String, String>) -> Result<BTreeMap<String, AssetKind>, Failure> {
    let kinds = kinds.into_iter().map(|(library, word)| match AssetKind::from_str(&word) {
        Ok(kind) if kind != AssetKind::Slate => Ok((library, kind)),
        _ => Err(Failure::new(Kind::Usage, "usage", format!("{word:?} is no kind of asset"))
            .hint("kinds are programme, commercial, promo, bumper, station_id, psa, filler and card")),
    });
    kinds.collect()
}

/// Maps lead to folders that are there.
async fn check_maps(server: &MediaServer) -> Result<(), Failure> {
    Mapping::new(&server.maps)?;
    for PathMap { local, .. } in &server.maps {
        let (folder, asked) = (PathBuf::from(local), PathBuf::from(local));
        let answer = unless_stalled(PATIENCE, &Arc::default(), move || is_folder(&asked)).await?;
        answer.map_err(|Stalled| not_answering(&folder, PATIENCE))??;
    }
    Ok(())
}
