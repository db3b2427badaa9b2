//! What a media server has, as it tells it page by page.

use std::collections::HashSet;
use std::time::Duration;

use retrovue_store::library::{MediaServer, ServerKind, Told};

use super::client::Asker;
use super::token::Token;
use super::{media_browser, plex};
use crate::failure::{Failure, Kind};
use crate::ingest::progress::Progress;

/// More than anybody has.
const MOST_LIBRARIES: usize = 1000;
const MOST_ITEMS: usize = 500_000;

/// How often a library is listed from its beginning, where it changes meanwhile.
const TRIES: usize = 3;

/// All of a listing.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name, as its owner calls it.
    pub name: String,
    /// `10.10.7`
    pub version: String,
}

/// A library of videos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// As the server names it to programs.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// The server's word for what it holds: `movies`, `show`.
    pub content: String,
    /// The server's folders that it is made of.
    pub folders: Vec<String>,
}

/// One file of one item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// Stays when the file is renamed or moved.
    pub(super) id: String,
    /// Where the server has it; empty where it has none.
    pub(super) path: String,
    /// What it is.
    pub(super) told: Told,
}

/// A part of a library.
pub(super) struct Page {
    /// How many entries of the library the server has.
    pub(super) total: usize,
    /// How many of them are in this page, whatever they are.
    pub(super) entries: usize,
    /// Files, in no order.
    pub(super) items: Vec<Item>,
}

/// A server that is asked.
pub(super) struct Catalogue {
    asker: Asker,
    kind: ServerKind,
    page: usize,
}

impl Catalogue {
    /// # Errors
    /// As [`Asker::new`].
    pub(super) fn new(server: &MediaServer, token: &Token, patience: Duration, page: usize) -> Result<Self, Failure> {
        Ok(Self { asker: Asker::new(server, token, patience)?, kind: server.kind, page })
    }

    /// What the server says of itself, and its libraries, by name.
    ///
    /// # Errors
    /// As [`Asker::get`].
    pub(super) async fn libraries(&self) -> Result<(About, Vec<Library>), Failure> {
        let (about, mut libraries) = match self.kind {
            ServerKind::Jellyfin | ServerKind::Emby => {
                (media_browser::about(&self.asker).await?, media_browser::libraries(&self.asker).await?)
            }
            ServerKind::Plex => (plex::about(&self.asker).await?, plex::libraries(&self.asker).await?),
        };
        if libraries.len() > MOST_LIBRARIES {
            return Err(self.too_large(&format!("more than {MOST_LIBRARIES} libraries")));
        }
        libraries.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok((about, libraries))
    }

    /// How many entries a library has.
    ///
    /// # Errors
    /// As [`Asker::get`].
    pub(super) async fn count(&self, library: &Library) -> Result<usize, Failure> {
        Ok(self.page(library, 0, 0).await?.total)
    }

    /// All there is: libraries by name, the files of each by their items' ids.
    ///
    /// # Errors
    /// As [`Asker::get`], and `server_answer_invalid` where a listing has no end or lacks something.
    pub(super) async fn all(&self, progress: &Progress) -> Result<Vec<(Library, Vec<Item>)>, Failure> {
        let listing = async {
            let (_, libraries) = self.libraries().await?;
            let (mut all, mut count) = (Vec::with_capacity(libraries.len()), 0);
            for library in libraries {
                let items = self.items(&library, count, progress).await?;
                count += items.len();
                all.push((library, items));
            }
            Ok(all)
        };
        let too_slow = |_| {
            let message = format!("listing all that the server has took more than {} minutes", LONGEST.as_secs() / 60);
            Failure::new(Kind::Failed, "server_timeout", message).hint("see that it is not overloaded")
        };
        tokio::time::timeout(LONGEST, listing).await.map_err(too_slow)?
    }

    async fn items(&self, library: &Library, before: usize, progress: &Progress) -> Result<Vec<Item>, Failure> {
        let mut why = String::new();
        for _ in 0..TRIES {
            match self.walk(library, before, progress).await? {
                Ok(mut items) => {
                    items.sort_by(|a, b| (&a.id, &a.path).cmp(&(&b.id, &b.path)));
                    return Ok(items);
                }
                Err(cause) => why = cause,
            }
        }
        Err(self.asker.not_understood(&format!("the library {:?}", library.name), &why))
    }

    /// The items of a library, or why these are not all of them: it changed while it was listed.
    async fn walk(
        &self,
        library: &Library,
        before: usize,
        progress: &Progress,
    ) -> Result<Result<Vec<Item>, String>, Failure> {
        let (mut items, mut start, mut total) = (Vec::new(), 0, None);
        loop {
            let page = self.page(library, start, self.page).await?;
            progress.beat();
            page.items.iter().for_each(|_| progress.found());
            let total = *total.get_or_insert(page.total);
            if page.total != total {
                return Ok(Err(format!("changes all the time: it told of {total} items, and then of {}", page.total)));
            }
            start += page.entries;
            items.extend(page.items);
            if before + items.len().max(start) > MOST_ITEMS {
                return Err(self.too_large(&format!("more than {MOST_ITEMS} items")));
            }
            if start > total {
                return Ok(Err(format!("does not add up: it tells of {total} items and lists {start}")));
            }
            if page.entries == 0 || start == total {
                break;
            }
        }
        let total = total.unwrap_or_default();
        if start < total {
            return Ok(Err(format!("does not add up: it tells of {total} items and lists {start}")));
        }
        let mut seen = HashSet::new();
        if items.iter().any(|item| !seen.insert((&item.id, &item.path))) {
            return Ok(Err("does not add up: an item is listed twice".to_owned()));
        }
        Ok(Ok(items))
    }

    async fn page(&self, library: &Library, start: usize, most: usize) -> Result<Page, Failure> {
        match self.kind {
            ServerKind::Jellyfin | ServerKind::Emby => {
                media_browser::page(&self.asker, self.kind, library, start, most).await
            }
            ServerKind::Plex => plex::page(&self.asker, library, start, most).await,
        }
    }

    fn too_large(&self, what: &str) -> Failure {
        Failure::new(Kind::Failed, "server_answer_invalid", format!("the server has {what}, which is too much"))
            .hint("nothing was changed")
    }
}
