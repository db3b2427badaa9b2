//! How long a sync takes of a library of 100,000 files: at first, when nothing changed, and when one in a hundred was
//! renamed. Files are sparse and looking into them costs nothing, so that only walking, comparing and storing is
//! measured.
//!
//! `just bench library [FILES]`

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use retrovue_core::ingest::inspect::{InspectFailure, Inspection, Inspector};
use retrovue_core::ingest::progress::Syncs;
use retrovue_core::ingest::provider::Folder;
use retrovue_core::ingest::sync::{Sync, SyncReport};
use retrovue_kit::MasterClock;
use retrovue_kit::clock::monotonic_ns;
use retrovue_store::Store;
use retrovue_store::library::{Media, NewSource, Place, Source};

/// What the product is designed for.
const FILES: u64 = 100_000;

/// Episodes in a folder.
const IN_A_FOLDER: u64 = 25;

/// Each file has a size of its own, and with it content of its own.
const LEAST_BYTES: u64 = 1_000_000;

struct EveryFilePlays;

impl Inspector for EveryFilePlays {
    async fn inspect(&self, _: &Path) -> Result<Inspection, InspectFailure> {
        let media =
            Media { duration_ns: 1_500_000_000_000, container: "video/x-matroska".to_owned(), ..Media::default() };
        Ok(Inspection { media, tags: Default::default() })
    }
}

struct Library {
    store: Store,
    source: Source,
    clock: MasterClock,
    syncs: Syncs,
}

#[tokio::main]
async fn main() -> Result<()> {
    // cargo bench hands on its own options as well
    let files = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(FILES);
    let (home, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    for number in 0..files {
        let path = folder.path().join(name(number, "mkv"));
        std::fs::create_dir_all(path.parent().context("files lie in folders")?)?;
        File::create(path)?.set_len(LEAST_BYTES + number)?;
    }
    let store = Store::open(&home.path().join("retrovue.db"))?;
    let clock = MasterClock::system();
    let new =
        NewSource { name: "library".to_owned(), place: Place::Folder(folder.path().canonicalize()?), review: false };
    let source = store.add_source(&new, clock.now())?;
    let library = Library { store, source, clock, syncs: Syncs::default() };
    println!("{files} files");
    library.sync("first sync").await?;
    for _ in 0..5 {
        library.sync("nothing changed").await?;
    }
    for number in (0..files).step_by(100) {
        std::fs::rename(folder.path().join(name(number, "mkv")), folder.path().join(name(number, "mp4")))?;
    }
    library.sync("one in a hundred renamed").await?;
    Ok(())
}

fn name(number: u64, extension: &str) -> String {
    let (series, episode) = (number / IN_A_FOLDER, number % IN_A_FOLDER + 1);
    format!("Show {series:04} (1999)/Season 01/Show {series:04} - S01E{episode:02} - Title.{extension}")
}

impl Library {
    async fn sync(&self, what: &str) -> Result<SyncReport> {
        let Self { store, source, clock, syncs } = self;
        let folder = Folder::new(source.place.root());
        let claim = Arc::new(syncs.running.claim(&source.id).context("a sync runs")?);
        let sync = Sync { store, clock, inspector: &EveryFilePlays, source, claim, syncs, provider: &folder };
        let begun = monotonic_ns();
        let report = sync.run().await?;
        let took = Duration::from_nanos((monotonic_ns() - begun).unsigned_abs());
        let SyncReport { added, unchanged, moved, missing, .. } = report;
        println!(
            "{what:<26} {:>7.2} s  {added} added, {unchanged} unchanged, {moved} moved, {missing} missing",
            took.as_secs_f64()
        );
        Ok(report)
    }
}
