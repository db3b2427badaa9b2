//! A network for every verb to work on: a library with names of all sorts, and a channel file for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Answer, Daemon, Printed, Site};
use retrovue_testkit::http;
use retrovue_testkit::media_server::{Library, MediaServer, Speaks};
use serde_json::Value;

/// Longer than anything that a busy machine does to a test.
const SOON: Duration = Duration::from_secs(60);

const CHANNEL: &str = "channel: contract\nnumber: \"7\"\nname: 夏のあらし！ and everything that was ever on air in it\ntimezone: Etc/UTC\n\
    grid: 30m\npools: { all: { match: { series: Show } } }\nschedule: { all: [ { at: \"06:00\", play: all } ] }\n";

/// Of the media server.
const TOKEN: &str = "sesame";

/// Titles that tables have to bear: wide, combined, hostile and long.
const TITLES: [&str; 2] =
    ["夏のあらし Cafe\u{301} 第1話", "\u{1b}cred\u{7}\nand a tail that goes on and on and on and on and on"];

pub(crate) struct World {
    pub(crate) site: Site,
    core: Option<Daemon>,
    server: MediaServer,
    places: BTreeMap<&'static str, String>,
}

impl World {
    /// A network with a source that was synced, and nothing else.
    pub(crate) async fn new() -> Self {
        let site = Site::new().unwrap();
        let at = |name: &str| site.home().join(name).to_str().unwrap().to_owned();
        let library = site.home().join("library");
        std::fs::create_dir_all(library.join("Show")).unwrap();
        std::fs::create_dir(at("extra")).unwrap();
        for (at, title) in TITLES.iter().enumerate() {
            let clip = Clip::new(1 + u8::try_from(at).unwrap());
            let name = format!("Show - S01E0{} - {title}.{}", at + 1, clip.container.extension());
            clip.copy_to(&library.join("Show").join(name)).unwrap();
        }
        std::fs::write(library.join("gone.mkv"), "it will be away").unwrap();
        std::fs::write(library.join("broken.mkv"), "once upon a time").unwrap();
        std::fs::write(at("channel.yaml"), CHANNEL).unwrap();
        std::fs::write(at("wrong.yaml"), CHANNEL.replace("grid", "gird")).unwrap();
        std::fs::write(at("twin.yaml"), CHANNEL.replace("contract", "twin")).unwrap();
        std::fs::write(at("text.db"), "once upon a time").unwrap();
        let places =
            ["library", "extra", "channel.yaml", "wrong.yaml", "twin.yaml", "text.db", "copy.db", "token", "away"];
        let places: BTreeMap<_, _> = places.map(|name| (name, at(name))).into();
        let server = MediaServer::start(Speaks::Jellyfin, TOKEN);
        server.has(vec![Library {
            id: "7".to_owned(),
            name: "Films".to_owned(),
            folder: "/srv".to_owned(),
            ..Library::default()
        }]);
        std::fs::write(&places["token"], TOKEN).unwrap();
        let core = Some(site.start_core().await.unwrap());
        let mut world = Self { site, core, places, server };
        world.places.insert("server", world.server.url());
        world.data("source add library --path {library} --review").await;
        world.data("source add served --kind jellyfin --url {server} --token-file {token}").await;
        world.data("source sync library").await;
        std::fs::remove_file(library.join("gone.mkv")).unwrap();
        let listed = world.data("asset list").await["assets"].clone();
        let id = |state: &str| {
            let found = listed.as_array().unwrap().iter().find(|asset| asset["state"] == state);
            found.unwrap()["id"].as_str().unwrap().to_owned()
        };
        world.places.extend([("ready", id("ready")), ("faulty", id("faulty"))]);
        world
    }

    /// A home without a Core, and the same files.
    pub(crate) fn stopped(self) -> Self {
        Self { core: None, ..self }
    }

    /// Ends Core, as an operator does.
    pub(crate) async fn stop(&mut self) {
        if let Some(mut core) = self.core.take() {
            core.terminate(SOON).await.unwrap();
        }
    }

    fn words(&self, line: &str) -> Vec<String> {
        let filled =
            self.places.iter().fold(line.to_owned(), |line, (name, place)| line.replace(&format!("{{{name}}}"), place));
        filled.split(' ').map(str::to_owned).collect()
    }

    /// What `line` answers with `--json`.
    pub(crate) async fn json(&self, line: &str) -> Answer {
        let words = self.words(line);
        self.site.retrovue(&words.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap()
    }

    /// What people see of it on so many columns.
    pub(crate) async fn printed(&self, line: &str, columns: u16) -> Printed {
        let words = self.words(line);
        self.site.printed(&words.iter().map(String::as_str).collect::<Vec<_>>(), columns).await.unwrap()
    }

    async fn data(&self, line: &str) -> Value {
        self.json(line).await.data().unwrap().clone()
    }

    /// All that a verb may change: what every noun tells, and the files of the home.
    pub(crate) async fn snapshot(&self) -> Vec<String> {
        let mut seen = files(self.site.home());
        if self.core.is_none() {
            return seen;
        }
        for list in ["overrides", "sources", "collections", "channels", "assets"] {
            seen.push(self.told(list).await);
        }
        let assets: Value = serde_json::from_str(&seen[seen.len() - 1]).unwrap();
        for asset in assets["assets"].as_array().unwrap() {
            seen.push(self.told(&format!("assets/{}", asset["id"].as_str().unwrap())).await);
        }
        seen
    }

    /// What the operator API tells.
    async fn told(&self, path: &str) -> String {
        let core = http::builder().unix_socket(self.site.home().join("run/core.sock")).build().unwrap();
        core.get(format!("http://core/api/v1/{path}")).send().await.unwrap().text().await.unwrap()
    }
}

/// The files below a folder, but those that come and go with every connection to the database.
fn files(folder: &Path) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => found.extend(files(&entry)),
            false => found.push(entry.display().to_string()),
        }
    }
    found.retain(|file| !["-wal", "-shm", ".log"].iter().any(|end| file.ends_with(end)) && !file.contains("/spool/"));
    found.sort();
    found
}
