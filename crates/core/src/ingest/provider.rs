//! What every kind of source tells of what it holds. A folder is walked; a media server is asked, and its files are
//! looked for on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use retrovue_store::library::{Collection, Layers};
use serde::Serialize;

use super::blame::became_empty;
use super::discover::{Discovery, discover};
use super::naming;
use super::progress::Progress;
use super::sidecars::{Reading, Sidecars, Wanted};
use crate::failure::{Failure, Kind};

/// What is asked of a disk, which may never answer. Blocks.
pub type DiskWork = Box<dyn FnOnce(&Progress) -> Result<Holding, Failure> + Send>;

/// What tells of media.
pub trait Provider: Send + Sync {
    /// Asks whoever keeps the media what there is. What is left is to look at the disk.
    fn ask<'a>(&'a self, progress: &'a Progress) -> BoxFuture<'a, Result<DiskWork, Failure>>;

    /// What is told where nothing is there, and something was. Nobody asked for that sync.
    fn emptied(&self) -> Failure;
}

/// What a source holds.
pub struct Holding {
    /// Its files as the disk shows them. Their paths are as assets' are.
    pub discovery: Discovery,
    /// What is told of them.
    pub telling: Arc<dyn Telling>,
    /// What a server tells of and the disk does not hold.
    pub unmapped: Unmapped,
    /// What a server calls its libraries, by their ids there.
    pub libraries: BTreeMap<String, String>,
}

/// What is told of files, by their paths as assets have them.
pub trait Telling: Send + Sync {
    /// What the names of a file tell.
    fn named(&self, path: &Path) -> Layers;

    /// The part of the source that a file belongs to.
    fn collection(&self, path: &Path) -> Collection;

    /// What a media server calls a file.
    fn item<'a>(&'a self, path: &'a Path) -> Option<&'a str>;

    /// Whether a media server has that item, and no map holds its file: nobody knows whether that is there.
    fn is_unmapped(&self, item: &str) -> bool;

    /// What tells apart all that is told of a file from what it is after any change.
    fn stamp(&self, path: &Path) -> u64;

    /// All that is told of a file but by the file itself, as far as it is wanted, and whether the disk gave all of it.
    /// Blocks.
    fn describe(&self, path: &Path, wanted: &Wanted, read: &mut Read) -> (Layers, bool);
}

/// What was read beside files so far, by the folders that paths are relative to.
#[derive(Default)]
pub struct Read(BTreeMap<PathBuf, Reading>);

impl Read {
    /// What could not be read: absolute paths, each with a sentence's end.
    pub fn into_unread(self) -> impl Iterator<Item = (PathBuf, String)> {
        self.0.into_iter().flat_map(|(root, reading)| {
            reading.into_unread().into_iter().map(move |(path, cause)| (root.join(path), cause))
        })
    }
}

/// Items of a media server whose files are not at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmapped {
    /// How many there are.
    pub count: u64,
    /// The first ones; [`Unmapped::TOLD`] at most.
    pub items: Vec<UnmappedItem>,
}

impl Unmapped {
    /// As many are told by name.
    pub const TOLD: usize = 1000;

    /// One more.
    pub fn add(&mut self, item: UnmappedItem) {
        self.count += 1;
        if self.items.len() < Self::TOLD {
            self.items.push(item);
        }
    }
}

/// An item of a media server whose file is not at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnmappedItem {
    /// As the server calls it.
    pub title: String,
    /// The library it is in.
    pub library: String,
    /// Where the server keeps it.
    pub server_path: String,
    /// Where it should be here; none where no map holds it.
    pub path: Option<String>,
    /// Stable: `no_mapping`, `not_there`, `no_file`.
    pub cause: &'static str,
    /// The server's folder that a map is needed for; none where there is one.
    pub needs: Option<String>,
}

/// A folder.
#[derive(Clone, Debug)]
pub struct Folder {
    /// It.
    pub root: PathBuf,
    /// What finds out what it holds.
    pub walk: fn(&Path, &Progress) -> Discovery,
}

impl Folder {
    /// The folder `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), walk: discover }
    }
}

impl Provider for Folder {
    fn ask<'a>(&'a self, _: &'a Progress) -> BoxFuture<'a, Result<DiskWork, Failure>> {
        let Self { root, walk } = self.clone();
        let work = move |progress: &Progress| {
            is_folder(&root)?;
            let mut discovery = walk(&root, progress);
            if let Some((_, cause)) = discovery.unreadable.iter().find(|(path, _)| path.as_os_str().is_empty()) {
                let message = format!("the folder {} cannot be read: {cause}", root.display());
                return Err(Failure::new(Kind::Failed, "folder_unreadable", message)
                    .hint("let the user that Core runs as read it; nothing was changed"));
            }
            let sidecars = std::mem::take(&mut discovery.sidecars);
            let telling = Arc::new(FolderTelling::new(root, Sidecars::new(&discovery.files, &sidecars)));
            Ok(Holding { discovery, telling, unmapped: Unmapped::default(), libraries: BTreeMap::new() })
        };
        Box::pin(async { Ok(Box::new(work) as DiskWork) })
    }

    fn emptied(&self) -> Failure {
        // more likely a disk that is not mounted than a library that was thrown away
        became_empty(&self.root)
    }
}

/// What names, NFO files and artwork tell. Paths are relative to the folder.
#[derive(Default)]
pub struct FolderTelling {
    root: PathBuf,
    sidecars: Sidecars,
}

impl FolderTelling {
    /// Of what lies in the folder `root`.
    pub fn new(root: PathBuf, sidecars: Sidecars) -> Self {
        Self { root, sidecars }
    }
}

impl Telling for FolderTelling {
    fn named(&self, path: &Path) -> Layers {
        naming::read(path)
    }

    fn collection(&self, path: &Path) -> Collection {
        naming::collection(path)
    }

    fn item<'a>(&'a self, _: &'a Path) -> Option<&'a str> {
        None
    }

    fn is_unmapped(&self, _: &str) -> bool {
        false
    }

    fn stamp(&self, path: &Path) -> u64 {
        self.sidecars.stamp(path)
    }

    fn describe(&self, path: &Path, wanted: &Wanted, read: &mut Read) -> (Layers, bool) {
        let reading = read.0.entry(self.root.clone()).or_default();
        let mut reader = self.sidecars.reader(&self.root, std::mem::take(reading));
        let described = reader.describe(path, wanted);
        *reading = reader.into_reading();
        described
    }
}

/// Tells whether `path` is a folder.
///
/// # Errors
/// `folder_not_found`, `not_a_folder`
pub(crate) fn is_folder(path: &Path) -> Result<(), Failure> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Failure::refused("not_a_folder", format!("{} is not a folder", path.display()))
            .hint("a source is a folder; give the one that holds the files")),
        Err(error) => {
            let message = format!("the folder {} cannot be found: {error}", path.display());
            Err(Failure::not_found("folder_not_found", message)
                .hint("see that its disk is there, and that the user that Core runs as may read it"))
        }
    }
}
