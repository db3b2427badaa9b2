//! Which path of a media server is which one here. Pure.
//!
//! Paths are compared by whole components, so `/data/films` holds nothing of `/data/films2`. A server on Windows tells
//! `D:\Films\Alien.mkv` or `\\nas\films\Alien.mkv`, where neither case nor the kind of slash counts.

use std::path::{Path, PathBuf};

use retrovue_store::library::PathMap;

use crate::failure::{Failure, Kind};

/// Maps that are kept for one source.
const MOST: usize = 200;

/// A path as a server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ServerPath {
    is_windows: bool,
    /// Of a share, its host and its name are the first two.
    is_share: bool,
    components: Vec<String>,
}

impl ServerPath {
    /// None of what is not absolute, of an address, and of what climbs.
    fn read(text: &str) -> Option<Self> {
        let drive = matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
        let is_drive_alone = matches!(text.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic());
        let is_share = text.starts_with(r"\\");
        let is_windows = drive || is_drive_alone || is_share;
        if !is_windows && !text.starts_with('/') {
            return None;
        }
        let parts = text.split(|c| c == '/' || (is_windows && c == '\\')).filter(|part| !part.is_empty());
        let components: Vec<String> = parts.filter(|part| *part != ".").map(str::to_owned).collect();
        let climbs = components.iter().any(|part| part == ".." || part.contains('\0'));
        (!climbs).then_some(Self { is_windows, is_share, components })
    }

    /// What comes below `self` in `path`; none where it is not below.
    fn below<'p>(&self, path: &'p ServerPath) -> Option<&'p [String]> {
        let same_kind = (self.is_windows, self.is_share) == (path.is_windows, path.is_share);
        let (above, below) = path.components.split_at_checked(self.components.len()).filter(|_| same_kind)?;
        let is_same = |(ours, theirs): (&String, &String)| match self.is_windows {
            true => ours.to_lowercase() == theirs.to_lowercase(),
            false => ours == theirs,
        };
        self.components.iter().zip(above).all(is_same).then_some(below)
    }
}

/// The maps of one source.
#[derive(Clone, Debug)]
pub struct Mapping {
    maps: Vec<(ServerPath, PathBuf)>,
}

/// Where a file is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The local folder of the map that was used.
    pub root: PathBuf,
    /// The file, below it.
    pub below: PathBuf,
}

impl Located {
    /// The file, absolute.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.below)
    }
}

impl Mapping {
    /// # Errors
    /// `mapping_invalid`, where a path is not absolute, or one is mapped twice.
    pub fn new(maps: &[PathMap]) -> Result<Self, Failure> {
        let invalid = |message: String| {
            Failure::new(Kind::Usage, "mapping_invalid", message)
                .hint("write SERVER=LOCAL with two absolute paths: /data/films=/mnt/films")
        };
        if maps.len() > MOST {
            return Err(invalid(format!("a source has at most {MOST} maps")));
        }
        let mut read: Vec<(ServerPath, PathBuf)> = Vec::new();
        for PathMap { server, local } in maps {
            let path = ServerPath::read(server)
                .ok_or_else(|| invalid(format!("{server:?} is not an absolute path of a server")))?;
            if !local.starts_with('/') || local.contains('\0') || Path::new(local).iter().any(|part| part == "..") {
                return Err(invalid(format!("{local:?} is not an absolute path")));
            }
            let is_same = |(other, _): &(ServerPath, PathBuf)| other.below(&path).is_some_and(<[String]>::is_empty);
            if read.iter().any(is_same) {
                return Err(invalid(format!("{server:?} is mapped twice")));
            }
            read.push((path, Path::new(local).components().collect()));
        }
        // The longest one is found first.
        read.sort_by_key(|(path, _)| std::cmp::Reverse(path.components.len()));
        Ok(Self { maps: read })
    }

    /// Where a path of the server is here, by the map with the longest prefix. None where no map holds it.
    pub fn locate(&self, path: &str) -> Option<Located> {
        let path = ServerPath::read(path)?;
        self.maps.iter().find_map(|(prefix, local)| {
            let below = prefix.below(&path)?.iter().collect();
            Some(Located { root: local.clone(), below })
        })
    }
}

/// Whether `path` lies in `folder`, both as a server tells them.
pub fn is_below(path: &str, folder: &str) -> bool {
    let read = || Some((ServerPath::read(folder)?, ServerPath::read(path)?));
    read().is_some_and(|(folder, path)| folder.below(&path).is_some())
}

/// Whether both are the same folder of a server.
pub fn is_same(one: &str, other: &str) -> bool {
    is_below(one, other) && is_below(other, one)
}

/// The folder that a server's path lies in, as it tells it.
pub fn parent(path: &str) -> &str {
    let is_slash = |c: char| c == '/' || c == '\\';
    path.rfind(is_slash).map_or(path, |at| &path[..at.max(1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(maps: &[(&str, &str)]) -> Result<Mapping, Failure> {
        let maps = maps.iter().map(|(server, local)| PathMap { server: (*server).into(), local: (*local).into() });
        Mapping::new(&maps.collect::<Vec<_>>())
    }

    #[test]
    fn the_longest_prefix_of_whole_components_wins() {
        let maps = mapping(&[
            ("/data", "/mnt/all"),
            ("/data/films/", "/mnt/films/"),
            ("/data/films/old", "/tape"),
            (r"D:\Films", "/mnt/d"),
            (r"D:\", "/mnt/rest"),
            (r"\\nas\films", "/mnt/nas"),
        ]);
        let maps = maps.unwrap();
        let check = |path: &str, expected: Option<&str>| {
            let located = maps.locate(path).map(|found| found.path().to_str().unwrap().to_owned());
            assert_eq!(located.as_deref(), expected, "{path}");
        };
        check("/data/shows/a.mkv", Some("/mnt/all/shows/a.mkv"));
        check("/data/films/a.mkv", Some("/mnt/films/a.mkv"));
        check("/data//films/./a.mkv", Some("/mnt/films/a.mkv"));
        check("/data/films2/a.mkv", Some("/mnt/all/films2/a.mkv"));
        check("/data/films/old/a.mkv", Some("/tape/a.mkv"));
        check("/data/films/older/a.mkv", Some("/mnt/films/older/a.mkv"));
        check("/Data/films/a.mkv", None);
        check("/database/a.mkv", None);
        check(r"D:\Films\Alien (1979)\a.mkv", Some("/mnt/d/Alien (1979)/a.mkv"));
        check(r"d:\FILMS\a.mkv", Some("/mnt/d/a.mkv"));
        check("D:/Films/a.mkv", Some("/mnt/d/a.mkv"));
        check(r"D:\Filme\a.mkv", Some("/mnt/rest/Filme/a.mkv"));
        check(r"\\NAS\Films\a.mkv", Some("/mnt/nas/a.mkv"));
        check(r"\\nas\shows\a.mkv", None);
        check("/nas/films/a.mkv", None);
        check(r"/data/back\slash.mkv", Some(r"/mnt/all/back\slash.mkv"));
        check("/data/../etc/passwd", None);
        check("http://example.org/data/a.mkv", None);
        check("a.mkv", None);
        check("", None);
    }

    #[test]
    fn the_root_maps_all_there_is() {
        let maps = mapping(&[("/", "/")]).unwrap();
        let located = maps.locate("/media/films/a.mkv").unwrap();
        assert_eq!(
            (located.root.as_path(), located.path().as_path()),
            (Path::new("/"), Path::new("/media/films/a.mkv"))
        );
    }

    #[test]
    fn what_is_no_map_is_refused() {
        for maps in [
            &[("data", "/mnt")][..],
            &[("/data", "mnt")],
            &[("/data", "/mnt/../etc")],
            &[("/data/..", "/mnt")],
            &[("/data", "/a"), ("/data/", "/b")],
            &[(r"D:\Films", "/a"), ("d:/films", "/b")],
        ] {
            assert_eq!(mapping(maps).unwrap_err().code, "mapping_invalid", "{maps:?}");
        }
    }

    #[test]
    fn folders_of_paths() {
        assert_eq!(parent("/data/a.mkv"), "/data");
        assert_eq!(parent("/a.mkv"), "/");
        assert_eq!(parent(r"D:\Films\a.mkv"), r"D:\Films");
        assert!(is_below("/data/films/a.mkv", "/data/films/"));
        assert!(!is_below("/data/films2/a.mkv", "/data/films"));
        assert!(is_same(r"D:\Films\", "d:/films") && !is_same("/data", "/data/films"));
    }

    #[test]
    fn properties() {
        use proptest::prelude::*;
        let part = "[a-cA-C .]{1,4}".prop_filter("a folder's name", |part| !matches!(part.as_str(), "." | ".."));
        let parts = |range| proptest::collection::vec(part.clone(), range);
        let check = (proptest::collection::vec(parts(0..4), 0..6), parts(1..6), parts(0..3));
        proptest!(|((prefixes, path, more) in check)| {
            let mut prefixes = prefixes;
            prefixes.sort();
            prefixes.dedup();
            let maps: Vec<_> = prefixes.iter().enumerate().map(|(at, prefix)| PathMap {
                server: format!("/{}", prefix.join("/")),
                local: format!("/local/{at}"),
            }).collect();
            let mapping = Mapping::new(&maps).unwrap();
            // as the definition says it: of all prefixes, the longest one
            let longest = prefixes.iter().enumerate().filter(|(_, prefix)| path.starts_with(prefix));
            let expected = longest.max_by_key(|(_, prefix)| prefix.len()).map(|(at, prefix)| {
                Path::new(&format!("/local/{at}")).join(path[prefix.len()..].iter().collect::<PathBuf>())
            });
            let told = format!("/{}", path.join("/"));
            let located = mapping.locate(&told);
            prop_assert_eq!(located.as_ref().map(Located::path), expected);
            // what lies below a located folder is located, in a map that is as long or longer
            let below = mapping.locate(&format!("{told}/{}", more.join("/")));
            prop_assert!(located.is_none() || below.is_some());
            // and never outside of a map
            prop_assert!(below.is_none_or(|found| found.path().starts_with("/local")));
        });
    }
}
