//! Channels, operated as people and scripts do: the daemon's binary, the CLI's, and nothing between.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use retrovue_schedule::{Kind, MediaType};
use retrovue_store::Store;
use retrovue_store::library::{
    AssetFilter, Change, Collection, FileFacts, Layers, Media, NewSource, Origin, Place, Told,
};
use retrovue_timeline::UtcTime;
use serde_json::Value;

const FILE: &str = "# Cheers, round the clock\nchannel: cheers-24-7\nnumber: \"2.1\"\nname: Cheers 24/7\n\
    timezone: America/New_York\ngrid: off\npools: { cheers: { match: { series: Cheers } } }\n\
    schedule: { all: [ { at: \"06:00\", play: cheers } ] }\n\n";

/// A Core with a home of its own and no Air.
struct Core {
    home: tempfile::TempDir,
    daemon: Option<Child>,
}

impl Core {
    fn stopped() -> Self {
        let home = tempfile::tempdir().unwrap();
        add_episodes(&Store::open(&home.path().join("retrovue.db")).unwrap());
        std::fs::write(home.path().join("cheers.yaml"), FILE).unwrap();
        Self { home, daemon: None }
    }

    fn started() -> Self {
        let mut core = Self::stopped();
        let mut command = Command::new(env!("CARGO_BIN_EXE_retrovue-core"));
        let mut daemon = core.settings(&mut command).arg("serve").stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(daemon.stderr.take().unwrap()).lines();
        core.daemon = Some(daemon);
        let serves = |line: &Result<String, _>| line.as_ref().is_ok_and(|line| line.contains("viewers are served"));
        assert!(log.by_ref().any(|line| serves(&line)), "Core ended before it served");
        std::thread::spawn(move || log.for_each(drop));
        core
    }

    fn settings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("RETROVUE_HOME", self.home.path())
            .env("RETROVUE_HTTP", "127.0.0.1:0")
            .env("RETROVUE_AIR__MANAGE", "false")
            .current_dir(self.home.path())
    }

    fn run(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retrovue"));
        self.settings(&mut command).args(line.split(' ')).stdin(Stdio::null()).output().unwrap()
    }

    /// The one JSON document that `line` prints, which ends with `code`.
    fn json(&self, line: &str, code: i32) -> Value {
        let output = self.run(&format!("{line} --json"));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    fn data(&self, line: &str) -> Value {
        self.json(line, 0)["data"].clone()
    }

    fn error(&self, line: &str, code: i32) -> String {
        let document = self.json(line, code);
        assert_eq!(document["status"], "error");
        document["error"]["code"].as_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }
}

fn add_episodes(store: &Store) {
    let now = UtcTime::from_millis(1_700_000_000_000);
    let new =
        NewSource { name: "tv".to_owned(), place: Place::Folder(Path::new("/media/tv").to_owned()), review: false };
    let source = store.add_source(&new, now).unwrap();
    let change = |change: Change| store.change_assets(&source.id, &[change], now).unwrap();
    for episode in 1..=3 {
        let file = FileFacts {
            path: PathBuf::from(format!("Cheers {episode}.mkv")),
            size: 1,
            mtime_ns: 1,
            fingerprint: Some(u64::from(episode)),
        };
        let told = Told {
            media_type: Some(MediaType::Episode),
            title: Some(format!("Part {episode}")),
            series: Some("Cheers".to_owned()),
            season: Some(1),
            episode: Some(episode),
            ..Told::default()
        };
        let layers = Layers::from((Origin::FileName, told));
        let collection = Collection { name: ".".to_owned(), kind: Kind::Programme };
        change(Change::Add { file: file.clone(), collection, layers });
        let found = store.assets(&AssetFilter::default()).unwrap();
        let id = found.into_iter().find(|asset| asset.file.path == file.path).unwrap().id;
        store.begin_enriching(&source.id, std::slice::from_ref(&id), now).unwrap();
        let media = Media {
            duration_ns: 1_500_000_000_000,
            container: "video/x-matroska".to_owned(),
            streams: Vec::new(),
            ..Media::default()
        };
        change(Change::Ready { id, media, told: Box::default() });
    }
}

#[test]
fn a_channel_is_applied_shown_removed_and_back() {
    let core = Core::started();
    let tried = core.json("channel apply cheers.yaml --dry-run", 0);
    assert_eq!((&tried["dry_run"], &tried["data"]["channels"][0]["action"]), (&Value::Bool(true), &"create".into()));
    assert_eq!(core.data("channel list")["channels"], Value::Array(Vec::new()));
    assert_eq!(core.data("channel apply cheers.yaml")["channels"][0]["unchanged"], false);
    assert_eq!(core.data("channel apply cheers.yaml")["channels"][0]["unchanged"], true);
    let listed = &core.data("channel list")["channels"][0];
    assert_eq!(
        (&listed["slug"], &listed["number"], &listed["state"]),
        (&"cheers-24-7".into(), &"2.1".into(), &"live".into())
    );
    assert_eq!(String::from_utf8(core.run("channel export cheers-24-7").stdout).unwrap(), FILE);

    let playlog = core.data("playlog show cheers-24-7");
    assert_eq!((&playlog["channel"], &playlog["format"]["frame_rate"]), (&"cheers-24-7".into(), &"30000/1001".into()));
    let events = playlog["events"].as_array().unwrap();
    assert!(events.windows(2).all(|pair| {
        pair[0]["start_frame"].as_i64().unwrap() + pair[0]["frame_count"].as_i64().unwrap() == pair[1]["start_frame"]
            && pair[0]["end_utc"] == pair[1]["start_utc"]
    }));
    let programme = events.iter().find(|event| event["kind"] == "programme").unwrap();
    assert!(programme["asset"]["uri"].as_str().unwrap().starts_with("file:///media/tv/Cheers%20"));
    let fields: Vec<_> = programme.as_object().unwrap().keys().map(String::as_str).collect();
    let contract = ["event_id", "block_id", "kind", "start_utc", "end_utc", "start_frame", "frame_count", "asset"];
    assert_eq!(fields, [&contract[..], &["in_offset_frames", "in_offset_ms", "rule"]].concat());
    let items = &core.data("schedule show cheers-24-7 --hours 2")["days"][0]["items"];
    assert_eq!(items[0]["kind"], "programme");
    let why = core.data("schedule explain cheers-24-7");
    assert_eq!(why["item"], items[0]);
    assert_eq!((&why["slot"]["layer"], &why["pool"]["order"]), (&"all".into(), &"sequential".into()));
    assert!(why["reasons"][0].as_str().unwrap().starts_with("The slot at "), "{why}");
    assert_eq!(core.error("schedule explain cheers-24-7 --at 1999-12-31T23:59:59Z", 3), "nothing_stored");
    assert_eq!(core.error("schedule explain cheers-24-7 --at noon", 2), "instant_invalid");

    assert_eq!(core.error("channel remove cheers-24-7", 2), "confirmation_needed");
    core.data("channel remove cheers-24-7 --yes");
    assert_eq!(core.error("playlog show cheers-24-7", 3), "channel_not_found");
    assert_eq!(core.data("channel apply cheers.yaml")["channels"][0]["action"], "restore");
    assert_eq!(core.data("playlog show cheers-24-7"), playlog);
}

#[test]
fn what_is_wrong_has_its_exit_code() {
    let core = Core::started();
    core.write("twin.yaml", &FILE.replace("channel: cheers-24-7", "channel: twin"));
    core.write("bad.yaml", &FILE.replace("name:", "nome:"));
    assert_eq!(core.error("channel apply gone.yaml", 3), "file_not_found");
    assert_eq!(core.error("channel apply cheers.yaml bad.yaml", 4), "channel_file_invalid");
    assert_eq!(core.error("channel apply cheers.yaml twin.yaml", 4), "number_taken");
    assert_eq!(core.data("channel list")["channels"], Value::Array(Vec::new()));
    core.data("channel apply cheers.yaml");
    assert_eq!(core.error("channel show chers", 3), "channel_not_found");
    assert_eq!(core.error("playlog show cheers-24-7 --from yesterday", 2), "instant_invalid");
    let finding = &core.json("schedule check bad.yaml", 4)["data"]["findings"][0];
    assert_eq!(
        (&finding["severity"], &finding["file"], &finding["line"]),
        (&"error".into(), &"bad.yaml".into(), &4.into())
    );
}

#[test]
fn a_file_is_taken_from_standard_input_and_checked_without_core() {
    let core = Core::stopped();
    assert_eq!(core.data("schedule check cheers.yaml")["findings"], Value::Array(Vec::new()));
    assert_eq!(core.error("channel list", 5), "core_unreachable");
    let mut command = Command::new(env!("CARGO_BIN_EXE_retrovue"));
    let command = core.settings(&mut command).args(["schedule", "check", "-"]);
    let mut check = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    check.stdin.take().unwrap().write_all(b"colour: red\n").unwrap();
    let output = check.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("-:1:"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_retrovue"));
    let command = command.args(["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_retrovue"));
    let output = command.args(["completions", "zsh"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn channels_are_suggested_for_the_library_and_applied_once() {
    let core = Core::started();
    let suggested = core.data("channel suggest");
    assert!(!suggested["suggestions"].as_array().unwrap().is_empty());
    assert_eq!(suggested["applied"], Value::Array(Vec::new()));
    let applied = core.data("channel suggest --apply");
    assert_eq!(applied["applied"].as_array().unwrap().len(), suggested["suggestions"].as_array().unwrap().len());
    assert_eq!(core.data("channel suggest --apply")["applied"], Value::Array(Vec::new()));
}

#[test]
fn an_asset_is_corrected_by_the_operator() {
    let core = Core::started();
    let matching = |expression: &str| {
        let found = core.data(&format!("asset list --match {expression}"));
        found["assets"].as_array().unwrap().clone()
    };
    let id = matching("series=cheers,episode=2")[0]["id"].as_str().unwrap().to_owned();
    let preview = core.json(&format!("asset edit {id} --series Frasier --year 1993 --tag Spin-Off --dry-run"), 0);
    assert_eq!((&preview["dry_run"], &preview["data"]["series"]), (&Value::Bool(true), &"Frasier".into()));
    assert_eq!(matching("series=Frasier").len(), 0);
    let edited = core.data(&format!("asset edit {id} --series Frasier --year 1993 --tag Spin-Off"));
    assert_eq!((&edited["year"], &edited["tags"][0]), (&1993.into(), &"spin-off".into()));
    assert_eq!(matching("series=Frasier,year=1990..1999").len(), 1);
    let shown = core.data(&format!("asset show {id}"));
    assert_eq!((&shown["origins"]["series"], &shown["origins"]["episode"]), (&"operator".into(), &"file_name".into()));
    let check = core.data("channel apply cheers.yaml");
    assert_eq!(check["channels"][0]["action"], "create");
    let days = core.data("schedule show cheers-24-7");
    let items = days["days"].as_array().unwrap().iter().flat_map(|day| day["items"].as_array().unwrap());
    assert!(items.clone().count() > 0 && items.clone().all(|item| item["asset_id"] != id.as_str()));

    core.data(&format!("asset edit {id} --clear series"));
    assert_eq!(matching("series=Cheers").len(), 3);
    for (line, code, expected) in [
        ("asset edit nobody --year 1984", 3, "asset_not_found"),
        (&format!("asset edit {id} --year 84"), 4, "asset_field_invalid"),
        (&format!("asset edit {id} --kind film"), 4, "asset_field_invalid"),
        (&format!("asset edit {id} --clear colour"), 4, "asset_field_invalid"),
        (&format!("asset edit {id}"), 2, "usage"),
        (&format!("asset edit {id} --year soon"), 2, "usage"),
        ("asset list --match colour=red", 2, "match_invalid"),
    ] {
        assert_eq!(core.error(line, code), expected, "{line}");
    }
}
