//! The demo library: series, films, adverts and idents, made here, the same every time.

mod canvas;
mod catalogue;
mod encode;
mod lettering;
mod looks;
mod sound;
mod sprites;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

use self::catalogue::Item;

/// Files at a time: each one keeps a drawing and an encoding thread busy, and small machines have two cores.
const WORKERS: usize = 2;

/// Makes the demo library under `dir`; files that are there already are kept. `progress` is told each file's name as
/// it is finished, with how many are done and how many there are.
///
/// # Errors
/// Where a file cannot be written or encoded.
pub fn make(dir: &Path, progress: &(dyn Fn(&str, usize, usize) + Sync)) -> anyhow::Result<()> {
    make_all(dir, &catalogue::items(), progress)
}

fn make_all(dir: &Path, items: &[Item], progress: &(dyn Fn(&str, usize, usize) + Sync)) -> anyhow::Result<()> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failure = Mutex::new(None);
    let work = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = make_one(dir, item) {
                // One is enough: a full disk fails them all.
                next.store(items.len(), Ordering::Relaxed);
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                return;
            }
            progress(&item.path, done.fetch_add(1, Ordering::Relaxed) + 1, items.len());
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(work);
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Writes under a name that no library scan takes for media, so that what has its final name is whole.
fn make_one(dir: &Path, item: &Item) -> anyhow::Result<()> {
    let path = dir.join(&item.path);
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(dir);
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made; choose a folder that you may write to", folder.display()))?;
    let part = unfinished(&path);
    let made = encode::write(item, &part).and_then(|()| Ok(std::fs::rename(&part, &path)?));
    made.map_err(|error| {
        // What is left of it is of no use, and the disk may be full of it.
        let _ = std::fs::remove_file(&part);
        error.context(format!("{} could not be made; see whether the disk has 200 MB free", path.display()))
    })
}

fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}
