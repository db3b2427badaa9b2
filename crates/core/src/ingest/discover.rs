//! Walking a source's folder: which files may be media, and what tells their contents apart.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use retrovue_timeline::UtcTime;
use rustix::fs::OFlags;
use walkdir::WalkDir;

use super::hashed;
use super::progress::Progress;
use super::sidecars::is_sidecar;

/// Extensions of files that may hold video. What Air cannot play of them becomes faulty, with a sentence.
const MEDIA: &[&str] = &[
    "3g2", "3gp", "amv", "asf", "avi", "divx", "dv", "dvr-ms", "evo", "f4v", "flv", "gxf", "m1v", "m2t", "m2ts", "m2v",
    "m4v", "mjpeg", "mjpg", "mk3d", "mkv", "mod", "mov", "mp4", "mp4v", "mpe", "mpeg", "mpg", "mpv", "mts", "mxf",
    "nsv", "nut", "ogm", "ogv", "ogx", "qt", "rm", "rmvb", "tod", "ts", "vob", "webm", "wmv", "wtv", "y4m",
];

/// Folders that systems keep for themselves.
const SYSTEM_FOLDERS: &[&str] = &["@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"];

/// Head and tail of a file that count for its fingerprint: headers, and what muxers write last.
const FINGERPRINT_SPAN: u64 = 64 * 1024;

/// A file that may be media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Relative to the source's folder.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since the Unix epoch, as whoever wrote it likes.
    pub mtime_ns: i64,
    /// When anything of it changed last, by the system's clock, in nanoseconds since the Unix epoch.
    pub changed_ns: i64,
}

impl FoundFile {
    /// The file at `path`.
    pub(super) fn of(path: PathBuf, metadata: &Metadata) -> Self {
        let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            path,
            size: metadata.len(),
            mtime_ns: nanos(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether somebody may still be writing it: it changed less than `quiet` before `now`, which is real time. A file
    /// from the future may be, too.
    pub fn is_fresh(&self, now: UtcTime, quiet: Duration) -> bool {
        let age_ns = i128::from(now.nanos()) - i128::from(self.changed_ns);
        age_ns < quiet.as_nanos().try_into().unwrap_or(i128::MAX)
    }

    /// Whether it is still as it was found. Blocks.
    pub fn is_still(&self, root: &Path) -> bool {
        let now = root.join(&self.path).metadata();
        now.is_ok_and(|metadata| Self::of(self.path.clone(), &metadata) == *self)
    }
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Files that may be media, by path.
    pub files: Vec<FoundFile>,
    /// Files that may tell of them, by path.
    pub sidecars: Vec<FoundFile>,
    /// How many files are something else. Hidden ones are not counted.
    pub ignored: u64,
    /// Files and folders that could not be read, relative to the source's folder, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Walks the folder `root` without following symbolic links, until the sync is left. Blocks.
pub fn discover(root: &Path, progress: &Progress) -> Discovery {
    let mut discovery = Discovery::default();
    let walk = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| !is_hidden(entry.file_name().as_bytes())) {
        if !progress.goes_on() {
            break;
        }
        let found = entry.and_then(|entry| Ok((entry.metadata()?, entry)));
        match found {
            Ok((metadata, _)) if metadata.is_dir() => {}
            Ok((metadata, entry)) if metadata.is_file() && is_media(entry.path()) => {
                progress.found();
                discovery.files.push(FoundFile::of(relative(entry.path(), root), &metadata));
            }
            Ok((metadata, entry)) if metadata.is_file() && is_sidecar(entry.path()) => {
                discovery.sidecars.push(FoundFile::of(relative(entry.path(), root), &metadata));
            }
            Ok(_) => discovery.ignored += 1,
            Err(error) => {
                // What vanishes while the folder is walked is simply not there.
                if error.io_error().is_none_or(|cause| cause.kind() != ErrorKind::NotFound)
                    || error.path() == Some(root)
                {
                    let path = error.path().map(|path| relative(path, root)).unwrap_or_default();
                    let cause = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    discovery.unreadable.push((path, cause));
                }
            }
        }
    }
    discovery
}

/// What tells a file's content from others': FNV-1a over its size, its first and its last 64 KiB. Blocks.
///
/// # Errors
/// A file that cannot be read.
pub fn fingerprint(path: &Path, size: u64) -> std::io::Result<u64> {
    let mut file = open(path)?;
    let mut content = Vec::new();
    (&mut file).take(FINGERPRINT_SPAN).read_to_end(&mut content)?;
    if size > FINGERPRINT_SPAN {
        file.seek(SeekFrom::Start(FINGERPRINT_SPAN.max(size.saturating_sub(FINGERPRINT_SPAN))))?;
        file.take(FINGERPRINT_SPAN).read_to_end(&mut content)?;
    }
    Ok(hashed(size.to_le_bytes().into_iter().chain(content)))
}

/// Opens a file to read it. One that has become a FIFO meanwhile is not waited for.
pub(super) fn open(path: &Path) -> std::io::Result<File> {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(nonblocking).open(path)
}

/// The fingerprints of files in the folder `root`, in their order; none of what cannot be read, or comes after the sync
/// is left. Two are made at once, so that one is reckoned while the disk gives the other. Blocks.
pub fn fingerprints(root: &Path, files: &[FoundFile], progress: &Progress) -> Vec<Option<u64>> {
    let every_other = |first: usize| {
        let of = |file: &FoundFile| {
            let reads = progress.goes_on();
            reads.then(|| fingerprint(&root.join(&file.path), file.size).ok()).flatten()
        };
        files.iter().skip(first).step_by(2).map(of).collect::<Vec<_>>()
    };
    let (even, odd) = std::thread::scope(|scope| {
        let odd = scope.spawn(|| every_other(1));
        (every_other(0), odd.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (mut even, mut odd) = (even.into_iter(), odd.into_iter());
    std::iter::from_fn(|| even.next().map(|one| [Some(one), odd.next()])).flatten().flatten().collect()
}

fn relative(path: &Path, root: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

/// Whether a file or folder of this name is nobody's media.
pub(crate) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") || SYSTEM_FOLDERS.iter().any(|folder| folder.as_bytes() == name)
}

/// Whether a file of this name may be media.
pub(crate) fn is_media(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| MEDIA.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, content: &[u8]) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    #[test]
    fn media_are_found_and_the_rest_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in ["b/Clip.MKV", "a.mp4", "b/clip.nfo", "notes.txt", ".hidden.mp4", ".trash/a.mp4", "@eaDir/a.mp4"] {
            write(root, path, b"x");
        }
        std::os::unix::fs::symlink(root.join("a.mp4"), root.join("link.mp4")).unwrap();
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
        let discovery = discover(root, &Progress::default());
        let paths: Vec<_> = discovery.files.iter().map(|file| file.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a.mp4", "b/Clip.MKV"]);
        let sidecars: Vec<_> = discovery.sidecars.iter().map(|file| file.path.to_str().unwrap()).collect();
        assert_eq!(sidecars, ["b/clip.nfo"]);
        assert_eq!(discovery.ignored, 3);
        assert_eq!(discovery.unreadable, []);
    }

    #[test]
    fn what_changed_just_now_may_still_be_written() {
        let quiet = Duration::from_secs(5);
        let found = |changed_ns| FoundFile { path: "a.mkv".into(), size: 1, mtime_ns: 0, changed_ns };
        let check = |changed_ns, expected| {
            assert_eq!(
                found(changed_ns).is_fresh(UtcTime::from_nanos(10_000_000_000), quiet),
                expected,
                "{changed_ns}"
            );
        };
        check(5_000_000_000, false);
        check(5_000_000_001, true);
        check(11_000_000_000, true);
        check(i64::MIN, false);
        check(i64::MAX, true);
    }

    #[test]
    fn a_folder_that_is_not_there_is_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let discovery = discover(&folder.path().join("away"), &Progress::default());
        assert_eq!(discovery.unreadable.len(), 1);
        assert_eq!(discovery.unreadable[0].0, Path::new(""));
    }

    #[test]
    fn fingerprints_are_in_the_order_of_their_files() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0, 1, 4, 5] {
            let files: Vec<FoundFile> = (0..count)
                .map(|at| {
                    let name = format!("{at}.mkv");
                    if at != 2 {
                        write(folder.path(), &name, name.as_bytes());
                    }
                    FoundFile { path: name.into(), size: 5, mtime_ns: 0, changed_ns: 0 }
                })
                .collect();
            let one_by_one: Vec<_> =
                files.iter().map(|file| fingerprint(&folder.path().join(&file.path), file.size).ok()).collect();
            assert_eq!(fingerprints(folder.path(), &files, &Progress::default()), one_by_one);
        }
    }

    #[test]
    fn a_sync_that_was_left_asks_the_disk_no_more() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.mkv", b"x");
        let progress = Progress::default();
        let files = discover(folder.path(), &progress).files;
        progress.left().cancel();
        assert_eq!(discover(folder.path(), &progress).files, []);
        assert_eq!(fingerprints(folder.path(), &files, &progress), [None]);
    }

    #[test]
    fn size_head_and_tail_make_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let of = |content: &[u8]| {
            write(folder.path(), "x", content);
            fingerprint(&folder.path().join("x"), content.len() as u64).unwrap()
        };
        let long = vec![1_u8; 300_000];
        let (mut head, mut tail) = (long.clone(), long.clone());
        head[0] = 2;
        tail[299_999] = 2;
        let all = [of(b""), of(b"a"), of(b"b"), of(&long), of(&head), of(&tail), of(&long[1..])];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(of(&long), all[3]);
    }
}
