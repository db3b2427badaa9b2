//! A sync's changes as transactions of bounded size, in an order in which every path is free before it is taken: what
//! vanished, what moved, the rest.

use std::collections::HashMap;
use std::path::PathBuf;

use retrovue_store::library::Change;

/// Changes in one transaction: short enough that other writers do not wait.
pub(super) const BATCH: usize = 500;

/// A file that is at another path than before.
#[derive(Clone, Debug)]
pub(super) struct Moved {
    /// The path that its asset leaves; none where another file may have it already, as after a missing one.
    pub(super) leaves: Option<PathBuf>,
    /// The path that it takes.
    pub(super) takes: PathBuf,
    /// The asset.
    pub(super) id: String,
    /// A [`Change::Move`], and what else becomes of the asset: half of it would tell the old content at the new path.
    pub(super) changes: Vec<Change>,
}

/// What a sync found out, as transactions to be carried out one after the other.
pub(super) fn batches(vanished: Vec<Change>, moved: Vec<Moved>, rest: Vec<Change>) -> Vec<Vec<Change>> {
    let alone = |changes: Vec<Change>| changes.into_iter().map(|change| vec![change]);
    let mut batches: Vec<Vec<Change>> = Vec::new();
    for group in alone(vanished).chain(in_order(moved)).chain(alone(rest)) {
        match batches.last_mut().filter(|batch| batch.len() + group.len() <= BATCH) {
            Some(batch) => batch.extend(group),
            None => batches.push(group),
        }
    }
    batches
}

/// Whoever has a path that another one takes moves first. Files that have swapped names do so together, as the store
/// lets them; of more than one transaction takes, one counts as away for a moment and comes back as it was.
fn in_order(moved: Vec<Moved>) -> Vec<Vec<Change>> {
    let holders: HashMap<PathBuf, usize> =
        moved.iter().enumerate().filter_map(|(at, moved)| Some((moved.leaves.clone()?, at))).collect();
    let goes_first: Vec<Option<usize>> = moved.iter().map(|moved| holders.get(&moved.takes).copied()).collect();
    let mut waiting: Vec<Option<Moved>> = moved.into_iter().map(Some).collect();
    let mut groups = Vec::new();
    for first in 0..waiting.len() {
        let (mut chain, mut next) = (Vec::new(), Some(first));
        while let Some(at) = next {
            let Some(moved) = waiting[at].take() else { break };
            chain.push(moved);
            next = goes_first[at];
        }
        let is_ring = next == Some(first) && !chain.is_empty();
        let length: usize = chain.iter().map(|moved| moved.changes.len()).sum();
        let away = chain.first().filter(|_| is_ring && length > BATCH).map(|moved| moved.id.clone());
        let changes = chain.into_iter().rev().map(|moved| moved.changes);
        match (is_ring, away) {
            (true, None) => groups.push(changes.flatten().collect()),
            (_, away) => {
                let away = away.map(|id| vec![Change::Vanish { id }]);
                groups.extend(away.into_iter().chain(changes));
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use retrovue_schedule::Kind;
    use retrovue_store::library::{Collection, FileFacts, Layers};

    use super::*;

    /// Carries out batches as the store does: within one, moved files may swap names.
    fn carry_out(mut paths: HashMap<String, PathBuf>, batches: &[Vec<Change>]) -> HashMap<String, PathBuf> {
        for batch in batches {
            assert!(batch.len() <= BATCH);
            for change in batch {
                if let Change::Move { id, .. } | Change::Vanish { id } = change {
                    paths.remove(id);
                }
            }
            for change in batch {
                if let Change::Move { id, file, .. } = change {
                    assert!(paths.values().all(|path| *path != file.path), "{} is taken", file.path.display());
                    paths.insert(id.clone(), file.path.clone());
                }
            }
        }
        paths
    }

    /// Moves each file to the path that `to` tells; file 0 was missing where `is_missing`.
    fn check(count: usize, to: impl Fn(usize) -> usize, is_missing: bool) -> Vec<usize> {
        check_all(count, to, is_missing, false)
    }

    /// The same; the content of each file is replaced, too, where `is_replaced`.
    fn check_all(count: usize, to: impl Fn(usize) -> usize, is_missing: bool, is_replaced: bool) -> Vec<usize> {
        let path = |at: usize| PathBuf::from(format!("{at:06}.mkv"));
        let was_there = |at: usize| at > 0 || !is_missing;
        let moved = (0..count).filter(|at| to(*at) != *at).map(|at| {
            let file = FileFacts { path: path(to(at)), size: 1, mtime_ns: 1, fingerprint: None };
            let collection = Collection { name: ".".to_owned(), kind: Kind::Programme };
            let id = at.to_string();
            let layers = Layers::default();
            let replace = Change::Replace { id: id.clone(), file: file.clone(), layers: layers.clone() };
            let moves = Change::Move { id: id.clone(), file, collection, layers };
            let changes = [moves].into_iter().chain(is_replaced.then_some(replace)).collect();
            Moved { leaves: was_there(at).then(|| path(at)), takes: path(to(at)), id, changes }
        });
        let batches = batches(Vec::new(), moved.collect(), Vec::new());
        let before = (0..count).filter(|at| was_there(*at)).map(|at| (at.to_string(), path(at)));
        let after = carry_out(before.collect(), &batches);
        let expected = (0..count).filter(|at| was_there(*at) || to(*at) != *at);
        assert_eq!(after, expected.map(|at| (at.to_string(), path(to(at)))).collect());
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_path_is_free_before_it_is_taken() {
        check(3, |at| at + 1, false);
        check(3, |at| at + 10, false);
        check(1000, |at| 999 - at, false);
        check(1000, |at| (at * 7 + 13) % 1000, false);
        check(4, |at| at + 1, true);
    }

    #[test]
    fn however_many_files_swap_names_no_transaction_is_long() {
        // One ring, and a row in which each takes the next one's name.
        let ring = check(2 * BATCH, |at| (at + 1) % (2 * BATCH), false);
        assert_eq!(ring, [BATCH, BATCH, 1]);
        assert_eq!(check(2 * BATCH, |at| at + 1, false), [BATCH, BATCH]);
        assert_eq!(check(BATCH, |at| (at + 1) % BATCH, false), [BATCH]);
    }

    #[test]
    fn what_becomes_of_a_moved_file_is_one_transaction_with_its_move() {
        assert_eq!(check_all(1, |at| at + 10, false, true), [2]);
        assert_eq!(check_all(BATCH, |at| at + BATCH, false, true), [BATCH, BATCH]);
        assert_eq!(check_all(BATCH / 2, |at| (at + 1) % (BATCH / 2), false, true), [BATCH]);
        let ring = check_all(BATCH, |at| (at + 1) % BATCH, false, true);
        assert_eq!(ring, [BATCH - 1, BATCH, 2], "one is away for a moment");
    }
}
