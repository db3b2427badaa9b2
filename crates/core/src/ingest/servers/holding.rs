//! What a media server tells of, looked for on disk, and what is told of it: by the server, and below it by names, NFO
//! files and artwork, as of any folder.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use retrovue_schedule::{Kind as AssetKind, MediaType};
use retrovue_store::library::{Collection, Layers, Origin, Told};
use serde_json::json;

use super::catalogue::{Item, Library};
use super::mapping::{Located, Mapping, is_below, parent};
use crate::failure::{Failure, Kind};
use crate::ingest::discover::{Discovery, FoundFile, is_hidden, is_media};
use crate::ingest::progress::Progress;
use crate::ingest::provider::{FolderTelling, Holding, Read, Telling, Unmapped, UnmappedItem};
use crate::ingest::sidecars::{Sidecars, Wanted, is_sidecar};
use crate::ingest::{hashed, naming, nfo};

/// Folders that a failure names.
const NAMED: usize = 20;

/// All that a server has, and where its paths are here.
pub(super) struct Listing {
    /// The source's name.
    pub(super) name: String,
    pub(super) libraries: Vec<(Library, Vec<Item>)>,
    /// What libraries were called before, by their ids: what they are for is kept by these names.
    pub(super) before: BTreeMap<String, String>,
    pub(super) mapping: Mapping,
    /// What the operator says that libraries are for.
    pub(super) kinds: BTreeMap<String, AssetKind>,
}

/// A file that is here.
struct Served {
    located: Located,
    item: String,
    collection: Collection,
    told: Told,
}

/// How the files of one folder of the server's fared.
#[derive(Default)]
struct Fared {
    told: u64,
    found: u64,
}

impl Listing {
    /// Looks for every file on disk, until the sync is left. Blocks.
    ///
    /// # Errors
    /// `mapping_needed` where not one is there.
    pub(super) fn look(self, progress: &Progress) -> Result<Holding, Failure> {
        let Self { name, libraries, before, mapping, kinds } = self;
        let named = libraries.iter().map(|(library, _)| (library.id.clone(), library.name.clone())).collect();
        let (mut discovery, mut unmapped) = (Discovery::default(), Unmapped::default());
        let (mut files, mut unmapped_items) = (HashMap::<PathBuf, Served>::new(), HashSet::new());
        let mut fared: BTreeMap<PathBuf, Fared> = BTreeMap::new();
        let mut told = 0;
        for (library, items) in libraries {
            let is_new_name = || !before.values().any(|name| *name == library.name);
            let said = before.get(&library.id).and_then(|name| kinds.get(name));
            let said = said.or_else(|| kinds.get(&library.name).filter(|_| is_new_name()));
            let kind = said.copied().unwrap_or_else(|| naming::kind_of(&library.name));
            let collection = Collection { name: library.name.clone(), kind };
            let folders: Vec<PathBuf> =
                library.folders.iter().filter_map(|folder| Some(mapping.locate(folder)?.path())).collect();
            for item in items {
                if !progress.goes_on() {
                    break;
                }
                if !is_media(Path::new(&item.path)) {
                    discovery.ignored += 1;
                    continue;
                }
                told += 1;
                let Some(located) = mapping.locate(&item.path) else {
                    unmapped.add(missing(&library, &item, None, "no_mapping"));
                    unmapped_items.insert(item.id);
                    continue;
                };
                let path = located.path();
                if let Some(same) = files.get_mut(&path) {
                    same.also(item.told);
                    continue;
                }
                // A library's folder is what disks are mounted at; a map may hold many of them.
                let folder = folders.iter().find(|folder| path.starts_with(folder)).unwrap_or(&located.root);
                let fared = fared.entry(folder.clone()).or_default();
                fared.told += 1;
                match path.metadata() {
                    Ok(metadata) if metadata.is_file() => {
                        fared.found += 1;
                        discovery.files.push(FoundFile::of(path.clone(), &metadata));
                        let told = Told { kind: Some(kind), ..item.told };
                        files.insert(path, Served { located, item: item.id, collection: collection.clone(), told });
                    }
                    Ok(_) => unmapped.add(missing(&library, &item, Some(&path), "no_file")),
                    Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                        unmapped.add(missing(&library, &item, Some(&path), "not_there"));
                    }
                    Err(error) => discovery.unreadable.push((path, error.to_string())),
                }
            }
        }
        if told > 0 && files.is_empty() && discovery.unreadable.is_empty() {
            return Err(mapping_needed(&name, told, &unmapped));
        }
        for (folder, Fared { told, .. }) in fared.into_iter().filter(|(_, fared)| fared.found == 0) {
            let cause =
                format!("none of the {told} files is there that the server tells of; its disk may not be mounted");
            discovery.unreadable.push((folder, cause));
        }
        discovery.files.sort_by(|a, b| a.path.cmp(&b.path));
        let folders = folders_of(&files, progress);
        let telling = Arc::new(ServerTelling { folders, files, unmapped_items });
        Ok(Holding { discovery, telling, unmapped, libraries: named })
    }
}

impl Served {
    /// The same file is another item, too: a double episode, or a film of two libraries, of which the first one counts.
    fn also(&mut self, told: Told) {
        let (ours, theirs) = (&self.told, &told);
        let is_double = ours.media_type == Some(MediaType::Episode)
            && theirs.media_type == ours.media_type
            && (&ours.series, ours.season) == (&theirs.series, theirs.season)
            && ours.episode.is_some()
            && theirs.episode.is_some()
            && ours.episode != theirs.episode;
        if !is_double {
            return;
        }
        let (first, next) = match theirs.episode < ours.episode {
            true => (told, self.told.clone()),
            false => (self.told.clone(), told),
        };
        let kind = self.told.kind;
        self.told = Told { kind, ..nfo::joined(first, next) };
    }
}

fn missing(library: &Library, item: &Item, path: Option<&Path>, cause: &'static str) -> UnmappedItem {
    let above = || library.folders.iter().find(|folder| is_below(&item.path, folder));
    let needs = || above().map_or_else(|| parent(&item.path).to_owned(), Clone::clone);
    UnmappedItem {
        title: item.told.title.clone().unwrap_or_default(),
        library: library.name.clone(),
        server_path: item.path.clone(),
        path: path.map(|path| path.to_string_lossy().into_owned()),
        cause,
        needs: path.is_none().then(needs),
    }
}

fn mapping_needed(name: &str, told: u64, unmapped: &Unmapped) -> Failure {
    let needed: BTreeSet<&str> = unmapped.items.iter().filter_map(|item| item.needs.as_deref()).collect();
    let (message, hint) = match (needed.first(), unmapped.items.first()) {
        (Some(first), _) => (
            format!("the server keeps {told} files in {first:?} and the like, and no map says where that is here"),
            format!("say where: retrovue source edit {name} --map '{first}=/where/it/is/here'"),
        ),
        (None, first) => {
            let path = first.and_then(|first| first.path.as_deref()).unwrap_or_default();
            (
                format!("none of the {told} files is there that the server tells of: {path} and the like"),
                format!("see that the disk is mounted, or mend the maps: retrovue source edit {name} --map FROM=TO"),
            )
        }
    };
    let needed: Vec<&str> = needed.into_iter().take(NAMED).collect();
    Failure::new(Kind::Failed, "mapping_needed", message).hint(hint).details(json!({ "needs": needed }))
}

/// What lies beside the files that are here, by the maps' folders. Blocks.
fn folders_of(files: &HashMap<PathBuf, Served>, progress: &Progress) -> BTreeMap<PathBuf, FolderTelling> {
    let mut media: BTreeMap<&Path, Vec<FoundFile>> = BTreeMap::new();
    for served in files.values() {
        let file = FoundFile { path: served.located.below.clone(), size: 0, mtime_ns: 0, changed_ns: 0 };
        media.entry(&served.located.root).or_default().push(file);
    }
    let telling = media.into_iter().map(|(root, media)| {
        let above = media.iter().flat_map(|file| file.path.ancestors().skip(1).map(Path::to_owned));
        let folders: BTreeSet<PathBuf> = above.collect();
        let beside = folders.iter().take_while(|_| progress.goes_on()).flat_map(|folder| sidecars(root, folder));
        let sidecars = Sidecars::new(&media, &beside.collect::<Vec<_>>());
        (root.to_owned(), FolderTelling::new(root.to_owned(), sidecars))
    });
    telling.collect()
}

/// What may tell of media in one folder. What cannot be read is not there. Blocks.
fn sidecars(root: &Path, folder: &Path) -> Vec<FoundFile> {
    let Ok(entries) = root.join(folder).read_dir() else { return Vec::new() };
    let found = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name();
        let path = folder.join(&name);
        let metadata = Some(()).filter(|()| !is_hidden(name.as_encoded_bytes()) && is_sidecar(&path));
        let metadata = metadata.and_then(|()| entry.metadata().ok()).filter(std::fs::Metadata::is_file)?;
        Some(FoundFile::of(path, &metadata))
    });
    let mut found: Vec<FoundFile> = found.collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What a server tells of files, and below it what they and what is beside them tell. Paths are absolute.
struct ServerTelling {
    /// By the maps' folders.
    folders: BTreeMap<PathBuf, FolderTelling>,
    files: HashMap<PathBuf, Served>,
    unmapped_items: HashSet<String>,
}

impl ServerTelling {
    fn folder(&self, served: &Served) -> Option<&FolderTelling> {
        self.folders.get(&served.located.root)
    }
}

impl Telling for ServerTelling {
    fn named(&self, path: &Path) -> Layers {
        let Some(served) = self.files.get(path) else { return naming::read(path) };
        let mut layers = naming::read(&served.located.below);
        *layers.of(Origin::Server) = served.told.clone();
        layers
    }

    fn collection(&self, path: &Path) -> Collection {
        match self.files.get(path) {
            Some(served) => served.collection.clone(),
            None => naming::collection(path),
        }
    }

    fn item<'a>(&'a self, path: &'a Path) -> Option<&'a str> {
        self.files.get(path).map(|served| served.item.as_str())
    }

    fn is_unmapped(&self, item: &str) -> bool {
        self.unmapped_items.contains(item)
    }

    fn stamp(&self, path: &Path) -> u64 {
        let Some(served) = self.files.get(path) else { return 0 };
        let beside = self.folder(served).map(|folder| folder.stamp(&served.located.below)).unwrap_or_default();
        let Collection { name, kind } = &served.collection;
        let told = json!([served.item, name, kind.word(), served.told]).to_string();
        hashed(told.into_bytes().into_iter().chain(beside.to_le_bytes()))
    }

    fn describe(&self, path: &Path, wanted: &Wanted, read: &mut Read) -> (Layers, bool) {
        let Some(served) = self.files.get(path) else { return (naming::read(path), true) };
        let Located { root, below } = &served.located;
        let (mut layers, is_whole) = match self.folder(served) {
            Some(folder) => folder.describe(below, wanted, read),
            None => (naming::read(below), true),
        };
        for origin in [Origin::FileName, Origin::Folder] {
            let told = layers.of(origin);
            for picture in [&mut told.artwork, &mut told.fanart].into_iter().flatten() {
                *picture = root.join(&*picture).to_string_lossy().into_owned();
            }
        }
        *layers.of(Origin::Server) = served.told.clone();
        (layers, is_whole)
    }
}
