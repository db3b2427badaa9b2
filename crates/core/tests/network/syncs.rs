//! A sync may be cut off at any moment: Core is killed or the client goes away, files come, go and change names in
//! between, and still each file is one asset, the same for ever.
//!
//! `CHAOS_KILLS` and `CHAOS_SEED` choose how often and when.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::Site;
use retrovue_testkit::http;
use serde_json::{Value, json};

use crate::kills::{Dice, chosen};
use crate::station::SOON;

/// Files at first, and new ones before each sync.
const FILES: usize = 40;
const MORE: usize = 4;

/// Two seconds pass until files are taken in that were written just now, and some more until all are looked at.
const CUT_OFF_MS: u64 = 4500;

struct Library {
    site: Site,
    folder: PathBuf,
    /// Where each file is now; files are called by their number for ever.
    files: Vec<PathBuf>,
    /// The asset that each file was found to be.
    ids: BTreeMap<usize, String>,
}

impl Library {
    fn add(&mut self) {
        let number = self.files.len();
        let path = self.folder.join(format!("F{number:04} new.mp4"));
        match number {
            0 => Clip::new(1).copy_to(&path).unwrap(),
            _ => std::fs::write(&path, format!("file {number}\n")).unwrap(),
        }
        self.files.push(path);
    }

    /// Another name, away, or back.
    fn stir(&mut self, dice: &mut Dice) {
        let at = usize::try_from(dice.roll(self.files.len() as u64)).unwrap();
        let is_away = !self.files[at].starts_with(&self.folder);
        let folder = if is_away || dice.roll(3) > 0 { self.folder.clone() } else { self.site.home().join("outside") };
        let to = folder.join(format!("F{at:04} {}.mp4", dice.roll(1_000_000)));
        std::fs::rename(&self.files[at], &to).unwrap();
        self.files[at] = to;
    }

    async fn data(&self, arguments: &[&str]) -> Value {
        self.site.retrovue(arguments).await.unwrap().data().unwrap().clone()
    }

    /// Begins a sync, which is left alone after a while.
    async fn begin_sync(&self, patience: Duration) {
        let core = http::builder().unix_socket(self.site.home().join("run/core.sock")).build().unwrap();
        let sync = core.post("http://core/api/v1/sources/library/sync?dry_run=false").send();
        // it may have ended already
        let _ = tokio::time::timeout(patience, sync).await;
    }

    /// The database is sound, and each file is one asset at most, the one that it always was. Returns the states.
    async fn judge(&mut self) -> Vec<String> {
        assert_eq!(self.data(&["db", "check"]).await, json!({"findings": []}));
        let listed = self.data(&["asset", "list"]).await["assets"].clone();
        let mut seen = BTreeSet::new();
        let mut states = Vec::new();
        for asset in listed.as_array().unwrap() {
            let uri = asset["uri"].as_str().unwrap();
            let number: usize = uri.rsplit("/F").next().unwrap()[..4].parse().unwrap();
            assert!(seen.insert(number), "file {number} is two assets: {listed}");
            let id = asset["id"].as_str().unwrap();
            let known = self.ids.entry(number).or_insert_with(|| id.to_owned());
            assert_eq!(known, id, "file {number} is another asset now");
            states.push(asset["state"].as_str().unwrap().to_owned());
        }
        assert!(self.ids.keys().all(|number| seen.contains(number)), "an asset is lost");
        states
    }
}

#[tokio::test]
async fn no_asset_is_lost_or_doubled_whenever_a_sync_is_cut_off() {
    let (kills, seed) = (chosen("CHAOS_KILLS", 5), chosen("CHAOS_SEED", 8));
    println!("{kills} syncs are cut off, seed {seed}");
    let (mut dice, site) = (Dice(seed), Site::new().unwrap());
    let folder = site.home().join("library");
    std::fs::create_dir(&folder).unwrap();
    std::fs::create_dir(site.home().join("outside")).unwrap();
    let mut library = Library { site, folder, files: Vec::new(), ids: BTreeMap::new() };
    (0..FILES).for_each(|_| library.add());
    let mut core = library.site.start_core().await.unwrap();
    library.data(&["source", "add", "library", "--path", library.folder.to_str().unwrap()]).await;
    let mut killed = 0;
    for _ in 0..kills {
        library.begin_sync(Duration::from_millis(dice.roll(CUT_OFF_MS))).await;
        // now and then it is only the client who leaves
        if dice.roll(5) > 0 {
            core.crash().unwrap();
            core = library.site.start_core().await.unwrap();
            killed += 1;
        }
        library.judge().await;
        (0..MORE).for_each(|_| library.add());
        (0..MORE).for_each(|_| library.stir(&mut dice));
    }
    let report = library.data(&["source", "sync", "library"]).await;
    assert_eq!(report["unfinished"], json!([]), "{report}");
    let states = library.judge().await;
    let count = |wanted: &str| states.iter().filter(|state| *state == wanted).count();
    let there = library.files.iter().filter(|path| path.starts_with(&library.folder)).count();
    assert_eq!(count("ready") + count("faulty"), there, "{states:?}");
    assert_eq!(count("missing"), states.len() - there);
    println!("Core was killed {killed} times; {} assets, {} of them missing", states.len(), count("missing"));
    core.terminate(SOON).await.unwrap();
}
