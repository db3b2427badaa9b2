//! Media servers as sources: Jellyfin, Emby and Plex tell what there is and what it is; the files themselves are read
//! from disk, where maps say where that is.

mod catalogue;
mod client;
mod holding;
pub mod mapping;
mod media_browser;
mod plex;
mod text;
pub mod token;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;
use retrovue_store::library::{MediaServer, Source};

use super::blocking::off_runtime;
use super::progress::Progress;
use super::provider::{DiskWork, Provider};
use crate::failure::{Failure, Kind};

use catalogue::Catalogue;
pub use catalogue::{About, Library};
pub(crate) use client::checked_url;
use holding::Listing;
use mapping::Mapping;
use token::{Token, Tokens};

/// Entries asked for at once: a few megabytes of JSON, which slow servers put together in seconds.
const PAGE: usize = 500;

/// A media server that is a source.
#[derive(Clone, Debug)]
pub struct Server {
    /// The source's id.
    pub source_id: String,
    /// The source's name.
    pub name: String,
    /// The server.
    pub server: MediaServer,
    /// What its libraries were called before, by their ids.
    pub libraries: BTreeMap<String, String>,
    /// Where its token is kept.
    pub tokens: Tokens,
    /// How long it may take for anything.
    pub patience: Duration,
    /// Entries asked for at once.
    pub page: usize,
}

impl Server {
    /// The server that `source` is.
    pub fn new(source: &Source, server: &MediaServer, tokens: &Tokens, patience: Duration) -> Self {
        let Source { id, name, libraries, .. } = source.clone();
        Self { source_id: id, name, server: server.clone(), libraries, tokens: tokens.clone(), patience, page: PAGE }
    }
}

impl Provider for Server {
    fn ask<'a>(&'a self, progress: &'a Progress) -> BoxFuture<'a, Result<DiskWork, Failure>> {
        Box::pin(async {
            let mapping = Mapping::new(&self.server.maps)?;
            let (tokens, id, name) = (self.tokens.clone(), self.source_id.clone(), self.name.clone());
            let url = self.server.url.clone();
            let token = off_runtime(move || tokens.read(&id, &name, &url)).await??;
            let catalogue = Catalogue::new(&self.server, &token, self.patience, self.page)?;
            let libraries = catalogue.all(progress).await?;
            let kinds = self.server.library_kinds.clone();
            let before = self.libraries.clone();
            let listing = Listing { name: self.name.clone(), libraries, before, mapping, kinds };
            Ok(Box::new(move |progress: &Progress| listing.look(progress)) as DiskWork)
        })
    }

    fn emptied(&self) -> Failure {
        // more likely a server whose disk is not mounted than a library that was thrown away
        let message = format!("{} has nothing any more, and had something before", self.server.url);
        Failure::new(Kind::Failed, "server_empty", message)
            .hint("see what it shows; or, if its media are gone for good, run: retrovue source sync")
    }
}

/// The folder of the map that holds `file`, or of the first one.
pub(super) fn disk(server: &MediaServer, file: Option<&Path>) -> PathBuf {
    let locals = server.maps.iter().map(|map| Path::new(&map.local));
    let holding =
        |file: &Path| locals.clone().filter(|local| file.starts_with(local)).max_by_key(|local| local.iter().count());
    file.and_then(holding).or_else(|| locals.clone().next()).unwrap_or(Path::new("/")).to_owned()
}

/// What a server says of itself, and each of its libraries with how many entries it has.
///
/// # Errors
/// `url_invalid`, `server_unreachable`, `server_timeout`, `server_refused`, `server_redirects`, `server_failed`,
/// `server_answer_invalid`
pub async fn visit(
    server: &MediaServer,
    token: &Token,
    patience: Duration,
) -> Result<(About, Vec<(Library, usize)>), Failure> {
    let catalogue = Catalogue::new(server, token, patience, PAGE)?;
    let (about, libraries) = catalogue.libraries().await?;
    let mut counted = Vec::with_capacity(libraries.len());
    for library in libraries {
        let count = catalogue.count(&library).await?;
        counted.push((library, count));
    }
    Ok((about, counted))
}
