//! Files beside media that tell of it: NFO files and artwork.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use retrovue_schedule::{Kind, MediaType};
use retrovue_store::library::{Description, Layers, Origin, Told};

use super::discover::FoundFile;
use super::nfo::{self, Of};
use super::{hashed, naming};

const IMAGES: &[&str] = &["jpg", "jpeg", "png", "webp", "tbn"];

/// Artwork of all that lies in a folder, by its name, the better one first.
const POSTERS: &[&str] = &["poster", "folder", "cover", "movie"];

/// Endings of a file's own artwork, the better one first.
const OWN_POSTERS: &[&str] = &["-poster", "-thumb", "-cover", ""];

/// Whether a file beside media may tell of it.
pub fn is_sidecar(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| extension == "nfo" || IMAGES.contains(&&*extension))
}

/// All sidecars of a source, by folder.
#[derive(Default)]
pub struct Sidecars {
    folders: HashMap<PathBuf, Folder>,
}

#[derive(Default)]
struct Folder {
    /// By their names in lower case.
    files: HashMap<String, FoundFile>,
    /// Media that are no extras.
    media: usize,
    /// What tells apart those files that tell of all that lies here and below.
    shared: u64,
}

/// What is wanted of names and of files beside media, as their enrichers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether names tell anything.
    pub names: bool,
    /// NFO files.
    pub nfo: WantedNfo,
    /// Whether pictures count, and backdrops among them.
    pub artwork: Option<WantedArtwork>,
}

/// What is wanted of NFO files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedNfo {
    /// Nothing.
    Nothing,
    /// What they tell; those of a series, too, or not.
    Read {
        /// Whether `tvshow.nfo` counts.
        series: bool,
    },
    /// They are as they were, and told this.
    Known(Box<Told>),
}

/// What is wanted of artwork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedArtwork {
    /// Whether backdrops count.
    pub fanart: bool,
}

/// What went wrong with a sidecar: its path, relative to the source's folder, and a sentence's end.
pub type Unread = (PathBuf, String);

/// What was read so far: every NFO file is read once.
#[derive(Default)]
pub struct Reading {
    read: HashMap<PathBuf, Option<(Of, Told)>>,
    /// Files that the disk would not give.
    away: HashSet<PathBuf>,
    unread: Vec<Unread>,
}

impl Reading {
    /// What could not be read.
    pub fn into_unread(self) -> Vec<Unread> {
        self.unread
    }
}

/// Reads what is told of files.
pub struct Reader<'a> {
    sidecars: &'a Sidecars,
    root: &'a Path,
    reading: Reading,
    is_whole: bool,
}

impl Sidecars {
    /// Sorts what was found in a source's folder.
    pub fn new(media: &[FoundFile], sidecars: &[FoundFile]) -> Self {
        let mut folders: HashMap<PathBuf, Folder> = HashMap::new();
        for file in media {
            // extras do not count as what a folder holds
            folders.entry(folder_of(&file.path)).or_default().media += usize::from(!is_beside(&file.path));
        }
        for file in sidecars {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            let folder = folders.entry(folder_of(&file.path)).or_default();
            if is_shared(&name) {
                // In no order: folders list their files as they like.
                folder.shared ^= stamp_of(file);
            }
            folder.files.insert(name, file.clone());
        }
        Self { folders }
    }

    /// Goes on reading, in the source's folder `root`.
    pub fn reader<'a>(&'a self, root: &'a Path, reading: Reading) -> Reader<'a> {
        Reader { sidecars: self, root, reading, is_whole: true }
    }

    /// What tells apart a media file's name and all that is beside it from what they are after any change.
    pub fn stamp(&self, media: &Path) -> u64 {
        let own = self.own(media).map(stamp_of).fold(0, |all, one| all ^ one);
        let shared = media.ancestors().skip(1).filter_map(|folder| self.folders.get(folder));
        let shared = shared.flat_map(|folder| folder.shared.to_le_bytes());
        let alone = [u8::from(self.is_alone(media))];
        hashed(
            alone
                .into_iter()
                .chain(own.to_le_bytes())
                .chain(shared)
                .chain(media.as_os_str().as_bytes().iter().copied()),
        )
    }

    /// Sidecars of this file alone.
    fn own(&self, media: &Path) -> impl Iterator<Item = &FoundFile> {
        let endings = OWN_POSTERS.iter().chain(&["-fanart"]);
        let images = endings.filter_map(|ending| self.image(&folder_of(media), &format!("{}{ending}", stem(media))));
        self.file(&folder_of(media), &format!("{}.nfo", stem(media))).into_iter().chain(images)
    }

    fn file(&self, folder: &Path, name: &str) -> Option<&FoundFile> {
        self.folders.get(folder)?.files.get(name)
    }

    fn image(&self, folder: &Path, stem: &str) -> Option<&FoundFile> {
        let files = &self.folders.get(folder)?.files;
        IMAGES.iter().find_map(|extension| files.get(&format!("{stem}.{extension}")))
    }

    /// Whether what tells of a folder tells of this file alone.
    fn is_alone(&self, media: &Path) -> bool {
        !is_beside(media) && self.folders.get(&folder_of(media)).is_some_and(|folder| folder.media == 1)
    }

    /// The poster or still of a file, and whether its own name or its folder tells it.
    fn artwork(&self, media: &Path, season: Option<u32>, is_episode: bool) -> Option<(Origin, &FoundFile)> {
        let folder = folder_of(media);
        let own = OWN_POSTERS.iter().find_map(|ending| self.image(&folder, &format!("{}{ending}", stem(media))));
        let of_season = || {
            let name = season.map(|season| match season {
                0 => "season-specials-poster".to_owned(),
                season => format!("season{season:02}-poster"),
            })?;
            self.around(media).find_map(|folder| self.image(folder, &name))
        };
        let shared = || match is_episode {
            true => of_season().or_else(|| self.around(media).find_map(|folder| self.first(folder, POSTERS))),
            false => self.first(&folder, POSTERS).filter(|_| self.is_alone(media)),
        };
        own.map(|file| (Origin::FileName, file)).or_else(|| shared().map(|file| (Origin::Folder, file)))
    }

    fn fanart(&self, media: &Path, is_episode: bool) -> Option<(Origin, &FoundFile)> {
        let own = self.image(&folder_of(media), &format!("{}-fanart", stem(media)));
        let shared = || match is_episode {
            true => self.around(media).find_map(|folder| self.image(folder, "fanart")),
            false => self.image(&folder_of(media), "fanart").filter(|_| self.is_alone(media)),
        };
        own.map(|file| (Origin::FileName, file)).or_else(|| shared().map(|file| (Origin::Folder, file)))
    }

    fn first(&self, folder: &Path, stems: &[&str]) -> Option<&FoundFile> {
        stems.iter().find_map(|stem| self.image(folder, stem))
    }

    /// An episode's folder and the one above it, which is its series', but not the source's own.
    fn around<'p>(&self, media: &'p Path) -> impl Iterator<Item = &'p Path> {
        media.ancestors().skip(1).take(2).filter(|folder| !folder.as_os_str().is_empty())
    }
}

fn is_beside(media: &Path) -> bool {
    naming::is_beside(&media.file_stem().unwrap_or_default().to_string_lossy())
}

impl Reader<'_> {
    /// What names, NFO files and artwork tell of a media file, as far as that is wanted, and whether the disk gave all of
    /// them. Blocks.
    pub fn describe(&mut self, media: &Path, wanted: &Wanted) -> (Layers, bool) {
        self.is_whole = true;
        let mut layers = if wanted.names { naming::read(media) } else { Layers::default() };
        let by_name = layers.merged();
        let told = match &wanted.nfo {
            WantedNfo::Nothing => Told::default(),
            WantedNfo::Read { series } => self.notes(media, &by_name, *series),
            WantedNfo::Known(told) => (**told).clone(),
        };
        let is_episode = told.media_type.unwrap_or(by_name.media_type) == MediaType::Episode;
        let season = told.season.or(by_name.season);
        *layers.of(Origin::Nfo) = told;
        if let Some(WantedArtwork { fanart }) = wanted.artwork {
            if let Some((origin, path)) = self.sidecars.artwork(media, season, is_episode).and_then(text) {
                layers.of(origin).artwork = Some(path);
            }
            if let Some((origin, path)) = self.sidecars.fanart(media, is_episode).filter(|_| fanart).and_then(text) {
                layers.of(origin).fanart = Some(path);
            }
        }
        (layers, self.is_whole)
    }

    /// What NFO files tell of a media file.
    fn notes(&mut self, media: &Path, by_name: &Description, of_series: bool) -> Told {
        let folder = folder_of(media);
        let own = self.sidecars.file(&folder, &format!("{}.nfo", stem(media)));
        let own = own.and_then(|file| self.nfo(&file.path)).or_else(|| {
            let alone = self.sidecars.is_alone(media) && by_name.kind == Kind::Programme;
            let file = self.sidecars.file(&folder, "movie.nfo").filter(|_| alone)?;
            self.nfo(&file.path)
        });
        let mut told = own.filter(|(of, _)| *of == Of::File).map(|(_, told)| told).unwrap_or_default();
        if by_name.kind != Kind::Programme {
            told.media_type = None;
        }
        let is_episode = told.media_type.unwrap_or(by_name.media_type) == MediaType::Episode;
        if of_series && is_episode && by_name.kind == Kind::Programme {
            told = told.over(self.series(media));
        }
        told
    }

    /// What was read, for the next reader.
    pub fn into_reading(self) -> Reading {
        self.reading
    }

    /// What the nearest `tvshow.nfo` tells.
    fn series(&mut self, media: &Path) -> Told {
        let sidecars = self.sidecars;
        let file = media.ancestors().skip(1).find_map(|folder| sidecars.file(folder, "tvshow.nfo"));
        let found = file.and_then(|file| self.nfo(&file.path));
        found.filter(|(of, _)| *of == Of::Series).map(|(_, told)| told).unwrap_or_default()
    }

    fn nfo(&mut self, path: &Path) -> Option<(Of, Told)> {
        if let Some(known) = self.reading.read.get(path) {
            self.is_whole &= !self.reading.away.contains(path);
            return known.clone();
        }
        let read = content(&self.root.join(path)).map_err(|error| {
            self.is_whole = false;
            self.reading.away.insert(path.to_owned());
            format!("cannot be read: {error}")
        });
        let found = read.and_then(|content| nfo::read(&content)).unwrap_or_else(|cause| {
            self.reading.unread.push((path.to_owned(), cause));
            None
        });
        self.reading.read.insert(path.to_owned(), found.clone());
        found
    }
}

/// No more of a file than shows that it is too long.
fn content(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    std::fs::File::open(path)?.take(nfo::MAX_BYTES + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// A path that is text. Artwork that is not is not worth more.
fn text((origin, file): (Origin, &FoundFile)) -> Option<(Origin, String)> {
    Some((origin, file.path.to_str()?.to_owned()))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

fn stem(media: &Path) -> String {
    media.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether a sidecar tells of all that lies in its folder, or below it.
fn is_shared(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    matches!(stem, "movie" | "tvshow" | "fanart") || stem.starts_with("season") || POSTERS.contains(&stem)
}

fn stamp_of(file: &FoundFile) -> u64 {
    let facts = file.size.to_le_bytes().into_iter().chain(file.mtime_ns.to_le_bytes());
    hashed(facts.chain(file.path.as_os_str().as_bytes().iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: Wanted =
        Wanted { names: true, nfo: WantedNfo::Read { series: true }, artwork: Some(WantedArtwork { fanart: true }) };

    fn found(paths: &[&str]) -> Vec<FoundFile> {
        paths.iter().map(|path| FoundFile { path: path.into(), size: 1, mtime_ns: 1, changed_ns: 1 }).collect()
    }

    fn stamp(media: &[&str], sidecars: Vec<FoundFile>) -> u64 {
        Sidecars::new(&found(media), &sidecars).stamp(Path::new(media[0]))
    }

    #[test]
    fn a_stamp_changes_with_what_is_beside_the_file() {
        let episode = ["Cheers/Season 1/e1.mkv", "Cheers/Season 1/e2.mkv"];
        let none = stamp(&episode, Vec::new());
        for beside in ["Cheers/Season 1/e1.nfo", "Cheers/Season 1/E1-Thumb.JPG", "Cheers/tvshow.nfo", "poster.png"] {
            let one = stamp(&episode, found(&[beside]));
            assert_ne!(one, none, "{beside}");
            let changed = FoundFile { mtime_ns: 2, ..found(&[beside]).remove(0) };
            assert_ne!(stamp(&episode, vec![changed]), one, "{beside}");
        }
        for elsewhere in ["Cheers/Season 1/e2.nfo", "Cheers/Season 2/poster.jpg", "Frasier/tvshow.nfo"] {
            assert_eq!(stamp(&episode, found(&[elsewhere])), none, "{elsewhere}");
        }
        assert_ne!(stamp(&episode[..1], Vec::new()), none, "alone in its folder");
    }

    #[test]
    fn what_the_disk_does_not_give_is_to_be_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let sidecars = Sidecars::new(&found(&["a.mkv", "b.mkv"]), &found(&["a.nfo"]));
        let mut reader = sidecars.reader(folder.path(), Reading::default());
        for (media, is_whole) in [("a.mkv", false), ("a.mkv", false), ("b.mkv", true)] {
            assert_eq!(reader.describe(Path::new(media), &EVERYTHING).1, is_whole, "{media}");
        }
        let unread = reader.into_reading().into_unread();
        assert_eq!(unread.len(), 1);
        assert!(unread[0].1.starts_with("cannot be read: "), "{}", unread[0].1);
    }

    #[test]
    fn artwork_is_the_nearest_there_is() {
        let check = |media: &[&str], sidecars: &[&str], expected: Option<&str>| {
            let sidecars = Sidecars::new(&found(media), &found(sidecars));
            let mut reader = sidecars.reader(Path::new("/"), Reading::default());
            let (layers, _) = reader.describe(Path::new(media[0]), &EVERYTHING);
            assert_eq!(layers.merged().artwork.as_deref(), expected, "{media:?}");
        };
        let episode = ["TV/Cheers/Season 1/Cheers S01E01.mkv", "TV/Cheers/Season 1/Cheers S01E02.mkv"];
        let series = "TV/Cheers/poster.jpg";
        check(&episode, &[series], Some(series));
        check(&episode, &[series, "TV/Cheers/season01-poster.webp"], Some("TV/Cheers/season01-poster.webp"));
        check(&episode, &[series, "TV/Cheers/season02-poster.jpg"], Some(series));
        let own = "TV/Cheers/Season 1/Cheers S01E01.jpg";
        check(&episode, &[series, own], Some(own));
        check(
            &["Movies/Alien (1979)/alien.mkv"],
            &["Movies/Alien (1979)/folder.jpg"],
            Some("Movies/Alien (1979)/folder.jpg"),
        );
        check(&["Movies/a.mkv", "Movies/b.mkv"], &["Movies/folder.jpg"], None);
        check(&["commercials/a.mkv", "commercials/b.mkv"], &["commercials/b.jpg"], None);
    }
}
