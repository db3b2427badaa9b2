//! What is new in a folder since last time, as a pure function of what was known and what is found.
//!
//! A file is known by its path, size and time. What differs in any of them is compared by content: the same content at
//! another path is the same asset, moved.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::Arc;

use retrovue_store::library::{AssetState, Change, FileFacts, KnownFile};

use super::batches::{Moved, batches};
use super::discover::FoundFile;
use super::provider::Telling;

/// How many files fared how. A file counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Never seen before.
    pub added: u64,
    /// With other content than before, or not looked at to the end.
    pub updated: u64,
    /// As they were.
    pub unchanged: u64,
    /// Away since last time.
    pub missing: u64,
    /// Back where they were.
    pub restored: u64,
    /// At another path than before.
    pub moved: u64,
}

/// Known and found files, those that are plainly the same set aside.
pub struct Comparison {
    /// Known files that were not found as they were.
    known: Vec<KnownFile>,
    /// Found files whose content must tell what they are.
    unsettled: Vec<FoundFile>,
    telling: Arc<dyn Telling>,
    vanished: Vec<Change>,
    moved: Vec<Moved>,
    changes: Vec<Change>,
    counts: Counts,
}

impl Comparison {
    /// Sets aside what has path, size and time of a known file. `telling` tells of the found ones.
    pub fn new(known: Vec<KnownFile>, found: Vec<FoundFile>, telling: Arc<dyn Telling>) -> Self {
        let mut by_path = group(known, |known| known.file.path.clone());
        let mut comparison = Self {
            known: Vec::new(),
            unsettled: Vec::new(),
            telling,
            vanished: Vec::new(),
            moved: Vec::new(),
            changes: Vec::new(),
            counts: Counts::default(),
        };
        for file in found {
            let candidates = by_path.get_mut(&file.path);
            let same = candidates.and_then(|candidates| {
                let is_same = |known: &KnownFile| {
                    (known.file.size, known.file.mtime_ns) == (file.size, file.mtime_ns) && !was_unreadable(known)
                };
                let at = best(candidates, is_same)?;
                Some(candidates.remove(at))
            });
            match same {
                Some(known) => comparison.settle(known),
                None => comparison.unsettled.push(file),
            }
        }
        comparison.known = ungroup(by_path);
        comparison
    }

    /// The files whose fingerprints decide, in the order in which [`Comparison::finish`] takes them.
    pub fn unsettled(&self) -> &[FoundFile] {
        &self.unsettled
    }

    /// Leaves out what is not whole yet: of `unfinished`, nothing is decided.
    pub fn leave_out(&mut self, unfinished: &HashSet<PathBuf>) {
        self.unsettled.retain(|file| !unfinished.contains(&file.path));
        self.known.retain(|known| !unfinished.contains(&known.file.path));
    }

    fn settle(&mut self, known: KnownFile) {
        match known.state {
            AssetState::Missing => {
                self.counts.restored += 1;
                let file = known.file.clone();
                self.moves(known, file, Vec::new());
            }
            AssetState::New | AssetState::Enriching => self.counts.updated += 1,
            AssetState::Ready | AssetState::Retired | AssetState::Faulty => self.counts.unchanged += 1,
        }
    }

    /// Decides what became of every file, given the fingerprints of the unsettled ones. Known files below `unreadable`
    /// folders, and those that lost their map, are left as they are, for nobody knows.
    ///
    /// Each list of changes is one transaction; they are to be carried out one after the other.
    pub fn finish(mut self, fingerprints: &[Option<u64>], unreadable: &[PathBuf]) -> (Vec<Vec<Change>>, Counts) {
        let unsettled = std::mem::take(&mut self.unsettled);
        let files: Vec<FileFacts> = unsettled
            .into_iter()
            .zip(fingerprints)
            .map(|(FoundFile { path, size, mtime_ns, .. }, fingerprint)| FileFacts {
                path,
                size,
                mtime_ns,
                fingerprint: *fingerprint,
            })
            .collect();
        let telling = self.telling.clone();
        let is_same_item = |known: &KnownFile, file: &FileFacts| {
            known.item.is_some() && known.item.as_deref() == telling.item(&file.path)
        };
        let files = self.take_unreadable(files);
        let files = self.take_same_content(files, |known, file| known.file.path == file.path);
        let files = self.take_same_content(files, is_same_item);
        let files = self.take_same_content(files, |known, file| known.file.path.file_name() == file.path.file_name());
        let files = self.take_same_content(files, |_, _| true);
        let files = self.take_same_item(files);
        self.take_by_path(files);
        for known in std::mem::take(&mut self.known) {
            self.give_up(known, unreadable);
        }
        (batches(self.vanished, self.moved, self.changes), self.counts)
    }

    /// Sets aside what could not be read before and cannot be now.
    fn take_unreadable(&mut self, files: Vec<FileFacts>) -> Vec<FileFacts> {
        let (unreadable, known) = std::mem::take(&mut self.known).into_iter().partition(was_unreadable);
        let facts = |file: &FileFacts| (file.path.clone(), file.size, file.mtime_ns);
        let mut unreadable = group(unreadable, |known| facts(&known.file));
        let mut left = Vec::new();
        for file in files {
            let same = if file.fingerprint.is_none() { unreadable.get_mut(&facts(&file)) } else { None };
            match same.and_then(Vec::pop) {
                Some(known) => self.settle(known),
                None => left.push(file),
            }
        }
        self.known = ungroup(unreadable);
        self.known.extend(known);
        left
    }

    /// Matches files with known ones of the same content that `fit`; answers those that stay.
    fn take_same_content(
        &mut self,
        files: Vec<FileFacts>,
        fit: impl Fn(&KnownFile, &FileFacts) -> bool,
    ) -> Vec<FileFacts> {
        let mut by_content = group(std::mem::take(&mut self.known), |known| known.file.fingerprint);
        let mut left = Vec::new();
        for file in files {
            let candidates = file.fingerprint.and_then(|content| by_content.get_mut(&Some(content)));
            let same = candidates.and_then(|candidates| {
                let at = best(candidates, |known| fit(known, &file))?;
                Some(candidates.remove(at))
            });
            match same {
                Some(known) => self.take_known(known, file),
                None => left.push(file),
            }
        }
        self.known = ungroup(by_content);
        left
    }

    /// The same content as known, at the same path or another one.
    fn take_known(&mut self, known: KnownFile, file: FileFacts) {
        let stays = known.file.path == file.path;
        match known.state {
            _ if !stays => {
                self.counts.moved += 1;
                self.moves(known, file, Vec::new());
            }
            AssetState::Missing => {
                self.counts.restored += 1;
                self.moves(known, file, Vec::new());
            }
            // Written again, so that it is looked at again.
            AssetState::Faulty => self.replace(known.id, file),
            AssetState::New | AssetState::Enriching => {
                self.counts.updated += 1;
                self.changes.push(Change::Touch { id: known.id, file });
            }
            AssetState::Ready | AssetState::Retired => {
                self.counts.unchanged += 1;
                self.changes.push(Change::Touch { id: known.id, file });
            }
        }
    }

    /// Content that was never seen, of a media server's item that is known: its file was replaced by a better one,
    /// which may be called otherwise.
    fn take_same_item(&mut self, files: Vec<FileFacts>) -> Vec<FileFacts> {
        let telling = self.telling.clone();
        let mut by_item = group(std::mem::take(&mut self.known), |known| known.item.clone());
        let mut left = Vec::new();
        for file in files {
            let candidates = telling.item(&file.path).and_then(|item| by_item.get_mut(&Some(item.to_owned())));
            let known = candidates.and_then(|candidates| Some(candidates.remove(best(candidates, |_| true)?)));
            match known {
                Some(known) => {
                    let (id, path) = (known.id.clone(), file.path.clone());
                    if known.file.path == path {
                        self.replace(id, file);
                        continue;
                    }
                    self.counts.updated += 1;
                    let replaced = self.replacing(id, file);
                    let before = FileFacts { path, ..known.file.clone() };
                    self.moves(known, before, vec![replaced]);
                }
                None => left.push(file),
            }
        }
        self.known = ungroup(by_item);
        left
    }

    /// Content that was never seen: a known asset's new content, or a new asset.
    fn take_by_path(&mut self, files: Vec<FileFacts>) {
        let mut by_path = group(std::mem::take(&mut self.known), |known| known.file.path.clone());
        for file in files {
            let candidates = by_path.get_mut(&file.path);
            let known = candidates.and_then(|candidates| Some(candidates.remove(best(candidates, |_| true)?)));
            match known {
                Some(known) => self.replace(known.id, file),
                None => {
                    self.counts.added += 1;
                    let layers = self.telling.named(&file.path);
                    let collection = self.telling.collection(&file.path);
                    self.changes.push(Change::Add { file, collection, layers });
                }
            }
        }
        self.known = ungroup(by_path);
    }

    /// A known asset is at another path, and more becomes of it there.
    fn moves(&mut self, known: KnownFile, file: FileFacts, more: Vec<Change>) {
        let KnownFile { id, file: FileFacts { path, .. }, state, .. } = known;
        let holds_its_path = !matches!(state, AssetState::Missing | AssetState::Retired);
        let (layers, collection) = (self.telling.named(&file.path), self.telling.collection(&file.path));
        let takes = file.path.clone();
        let changes = [Change::Move { id: id.clone(), file, collection, layers }].into_iter().chain(more).collect();
        self.moved.push(Moved { leaves: holds_its_path.then_some(path), takes, id, changes });
    }

    fn replace(&mut self, id: String, file: FileFacts) {
        self.counts.updated += 1;
        let replaced = self.replacing(id, file);
        self.changes.push(replaced);
    }

    fn replacing(&self, id: String, file: FileFacts) -> Change {
        let layers = self.telling.named(&file.path);
        Change::Replace { id, file, layers }
    }

    fn give_up(&mut self, known: KnownFile, unreadable: &[PathBuf]) {
        let is_away = matches!(known.state, AssetState::Missing | AssetState::Retired);
        let is_hidden = unreadable.iter().any(|folder| known.file.path.starts_with(folder))
            || known.item.as_ref().is_some_and(|item| self.telling.is_unmapped(item));
        if !is_away && !is_hidden {
            self.counts.missing += 1;
            self.vanished.push(Change::Vanish { id: known.id });
        }
    }
}

/// Whether a file was given up that nobody has read: where it can be read now, it is looked at.
fn was_unreadable(known: &KnownFile) -> bool {
    known.state == AssetState::Faulty && known.file.fingerprint.is_none()
}

fn group<K: Hash + Eq>(known: Vec<KnownFile>, key: impl Fn(&KnownFile) -> K) -> HashMap<K, Vec<KnownFile>> {
    let mut groups: HashMap<K, Vec<KnownFile>> = HashMap::new();
    for known in known {
        groups.entry(key(&known)).or_default().push(known);
    }
    groups
}

/// All of them, in an order that does not hang on the map's.
fn ungroup<K>(groups: HashMap<K, Vec<KnownFile>>) -> Vec<KnownFile> {
    let mut known: Vec<KnownFile> = groups.into_values().flatten().collect();
    known.sort_by(|a, b| (&a.file.path, &a.id).cmp(&(&b.file.path, &b.id)));
    known
}

/// The first of `candidates` that fits, one in use before one that is away or retired.
fn best(candidates: &[KnownFile], fits: impl Fn(&KnownFile) -> bool) -> Option<usize> {
    let rank = |known: &KnownFile| match known.state {
        AssetState::Missing => 1,
        AssetState::Retired => 2,
        _ => 0,
    };
    let fitting = candidates.iter().enumerate().filter(|(_, known)| fits(known));
    fitting.min_by_key(|(at, known)| (rank(known), *at)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use retrovue_schedule::Kind::Programme;
    use retrovue_store::library::{Collection, Layers};

    use super::*;
    use crate::ingest::provider::Read;
    use crate::ingest::sidecars::Wanted;

    /// Files of which a server tells: what comes before a dash is the item.
    struct Items;

    impl Telling for Items {
        fn named(&self, _: &Path) -> Layers {
            Layers::default()
        }

        fn collection(&self, _: &Path) -> Collection {
            Collection { name: ".".to_owned(), kind: Programme }
        }

        fn item<'a>(&'a self, path: &'a Path) -> Option<&'a str> {
            path.to_str()?.split_once('-').map(|(item, _)| item)
        }

        fn is_unmapped(&self, _: &str) -> bool {
            false
        }

        fn stamp(&self, _: &Path) -> u64 {
            0
        }

        fn describe(&self, _: &Path, _: &Wanted, _: &mut Read) -> (Layers, bool) {
            (Layers::default(), true)
        }
    }

    fn known(id: &str, path: &str, mtime_ns: i64, content: u64, state: AssetState) -> KnownFile {
        let file = FileFacts { path: path.into(), size: 10, mtime_ns, fingerprint: Some(content) };
        let item = Items.item(Path::new(path)).map(str::to_owned);
        KnownFile { id: id.to_owned(), file, state, item, collection_id: String::new() }
    }

    /// Compares what was known with files of `(path, mtime, content)`, and tells the changes in words.
    fn compare(known: Vec<KnownFile>, files: &[(&str, i64, u64)]) -> Vec<String> {
        let found = files.iter().map(|(path, mtime_ns, _)| FoundFile {
            path: path.into(),
            size: 10,
            mtime_ns: *mtime_ns,
            changed_ns: *mtime_ns,
        });
        let comparison = Comparison::new(known, found.collect(), Arc::new(Items));
        let content = |file: &FoundFile| {
            files.iter().find(|(path, ..)| file.path == std::path::Path::new(path)).map(|(_, _, content)| *content)
        };
        // 0 cannot be read
        let fingerprints: Vec<_> =
            comparison.unsettled().iter().map(|file| content(file).filter(|content| *content > 0)).collect();
        let (changes, _) = comparison.finish(&fingerprints, &["sealed".into()]);
        changes.iter().flatten().map(word).collect()
    }

    fn word(change: &Change) -> String {
        match change {
            Change::Add { file, .. } => format!("add {}", file.path.display()),
            Change::Move { id, file, .. } => format!("move {id} {}", file.path.display()),
            Change::Touch { id, .. } => format!("touch {id}"),
            Change::Replace { id, .. } => format!("replace {id}"),
            Change::Vanish { id } => format!("vanish {id}"),
            Change::Describe { .. } | Change::Ready { .. } | Change::Fault { .. } => "not a comparison's".to_owned(),
        }
    }

    #[test]
    fn what_became_of_files() {
        use AssetState::{Faulty, Missing, Ready, Retired};
        let a = |state| known("A", "a", 1, 100, state);
        let b = |state| known("B", "b", 1, 200, state);
        let check = |known: Vec<KnownFile>, files: &[(&str, i64, u64)], expected: &[&str]| {
            assert_eq!(compare(known, files), expected, "{files:?}");
        };
        check(vec![], &[("a", 1, 100)], &["add a"]);
        check(vec![a(Ready)], &[("a", 1, 100)], &[]);
        check(vec![a(Ready)], &[("a", 2, 100)], &["touch A"]);
        check(vec![a(Ready)], &[("a", 2, 101)], &["replace A"]);
        check(vec![a(Faulty)], &[("a", 1, 100)], &[]);
        check(vec![a(Faulty)], &[("a", 2, 100)], &["replace A"]);
        check(vec![a(Ready)], &[], &["vanish A"]);
        let locked = || KnownFile {
            file: FileFacts { path: "a".into(), size: 10, mtime_ns: 1, fingerprint: None },
            ..a(Faulty)
        };
        check(vec![locked()], &[("a", 1, 0)], &[]);
        check(vec![locked()], &[("a", 1, 100)], &["replace A"]);
        check(vec![locked()], &[("a", 2, 0)], &["replace A"]);
        check(vec![locked()], &[], &["vanish A"]);
        check(vec![a(Missing), b(Retired)], &[], &[]);
        check(vec![a(Missing)], &[("a", 1, 100)], &["move A a"]);
        check(vec![a(Missing)], &[("c", 3, 100)], &["move A c"]);
        check(vec![a(Missing)], &[("a", 3, 300)], &["replace A"]);
        // Renamed, swapped, moved over another one, in a row.
        check(vec![a(Ready)], &[("c", 1, 100)], &["move A c"]);
        check(vec![a(Ready), b(Ready)], &[("a", 9, 200), ("b", 9, 100)], &["move A b", "move B a"]);
        check(vec![a(Ready), b(Ready)], &[("b", 9, 100)], &["vanish B", "move A b"]);
        check(vec![a(Ready), b(Missing)], &[("b", 9, 100)], &["move A b"]);
        check(vec![a(Ready), b(Ready)], &[("b", 9, 100), ("c", 9, 200)], &["move B c", "move A b"]);
        check(vec![a(Ready)], &[("a", 9, 300), ("b", 1, 100)], &["move A b", "add a"]);
        // A copy is another asset; of several copies, the one of the same name is the one that moved.
        check(vec![a(Ready)], &[("a", 1, 100), ("c", 1, 100)], &["add c"]);
        check(vec![a(Ready)], &[("b", 1, 100), ("x/a", 1, 100)], &["move A x/a", "add b"]);
        // A server's item is the same asset, whatever becomes of its file.
        let item = |id: &str, path: &str, content| known(id, path, 1, content, Ready);
        check(vec![item("A", "1-a", 100)], &[("1-b", 9, 101)], &["move A 1-b", "replace A"]);
        check(vec![item("A", "1-a", 100)], &[("1-a", 9, 101)], &["replace A"]);
        check(vec![item("A", "1-a", 100)], &[("2-a", 9, 101)], &["vanish A", "add 2-a"]);
        check(vec![item("A", "1-a", 100)], &[("2-b", 9, 100)], &["move A 2-b"]);
        check(
            vec![item("A", "1-a", 100), item("B", "2-a", 100)],
            &[("2-b", 9, 100), ("1-b", 9, 100)],
            &["move B 2-b", "move A 1-b"],
        );
        check(
            vec![item("A", "1-a", 100), item("B", "2-a", 200)],
            &[("1-b", 9, 101), ("2-b", 9, 201)],
            &["move A 1-b", "replace A", "move B 2-b", "replace B"],
        );
        // What lies below a folder that cannot be read is not away.
        check(vec![known("S", "sealed/s", 1, 1, Ready)], &[], &[]);
    }
}
