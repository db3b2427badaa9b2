//! Settings from outside: layers, places, sentences.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

use std::path::Path;
use std::time::Duration;

use retrovue_kit::settings::{Loaded, Reader, Reloader, SettingsProblem, load};

fn with(text: &str, environment: &[(&str, &str)]) -> Result<Loaded, Vec<SettingsProblem>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("retrovue.toml");
    std::fs::write(&file, text).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load(Some(&file), environment.collect())
}

#[test]
fn layers_cover_each_other() {
    let loaded = with(
        "[http]\nlisten = \"127.0.0.1:1\"\n[viewers]\nlinger = \"5s\"\nallow = [\"10.0.0.0/8\", \"::1\"]\n",
        &[("RETROVUE_HTTP", "127.0.0.1:2"), ("RETROVUE_HOME", "/srv/tv"), ("PATH", "/bin")],
    )
    .unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.http_listen.port(), 2);
    assert_eq!(settings.linger, Duration::from_secs(5));
    assert_eq!(settings.viewers_allow.len(), 2);
    assert_eq!(settings.air_socket, Path::new("/srv/tv/run/air.sock"));
    assert_eq!(settings.ts_socket(), Path::new("/srv/tv/run/ts.sock"));
    let origin = |key: &str| loaded.entries.iter().find(|entry| entry.key == key).unwrap().origin.clone();
    assert_eq!(origin("http.listen"), "environment RETROVUE_HTTP");
    assert!(origin("viewers.linger").starts_with("file "));
    assert_eq!(origin("log.level"), "default");
}

#[test]
fn homes_follow_the_machine() {
    let home = |environment: &[(&str, &str)]| with("", environment).unwrap().settings.home;
    assert_eq!(home(&[("HOME", "/home/ann")]), Path::new("/home/ann/.local/share/retrovue"));
    assert_eq!(home(&[("HOME", "/home/ann"), ("XDG_DATA_HOME", "/data")]), Path::new("/data/retrovue"));
    assert_eq!(home(&[("STATE_DIRECTORY", "/var/lib/retrovue"), ("HOME", "/")]), Path::new("/var/lib/retrovue"));
    assert_eq!(home(&[]), Path::new("/var/lib/retrovue"));
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let problems = with(
        "[http]\nlisen = \"x\"\nlisten = \"here\"\n\n[viewers]\n  linger = 20\n",
        &[("RETROVUE_LOG__FORMAT", "xml"), ("RETROVUE_SCHEDULE__DAY", "4")],
    )
    .unwrap_err();
    let told = |part: &str| problems.iter().find(|problem| problem.message.contains(part)).expect(part);
    assert_eq!((told("http.lisen").line, told("http.lisen").column), (2, 1));
    assert_eq!(told("http.lisen").hint, "did you mean http.listen?");
    assert_eq!((told("\"here\"").line, told("\"here\"").column), (3, 10));
    assert_eq!(told("viewers.linger").line, 6);
    assert!(told("log.format").message.contains("text or json"));
    assert_eq!(told("RETROVUE_SCHEDULE__DAY").hint, "did you mean RETROVUE_SCHEDULE__DAYS?");
    assert_eq!(problems.len(), 5, "{problems:#?}");
}

#[test]
fn broken_toml_and_a_missing_file_are_sentences() {
    assert_eq!(with("[http\nlisten = 3", &[]).unwrap_err()[0].line, 1);
    let problems = load(Some(Path::new("/nowhere/retrovue.toml")), Vec::new()).unwrap_err();
    assert!(problems[0].message.contains("/nowhere/retrovue.toml"));
}

#[test]
fn a_rehearsal_starts_at_an_instant() {
    let start = |text: &str| with("", &[("RETROVUE_CLOCK_START", text)]).map(|loaded| loaded.settings.clock_start);
    assert_eq!(start("1970-01-01T00:00:01.5Z").unwrap().unwrap().millis(), 1500);
    assert_eq!(start("2026-03-08T02:00:00-05:00").unwrap().unwrap().millis(), 1_772_953_200_000);
    assert!(start("tomorrow").is_err());
}

#[test]
fn the_address_for_viewers_is_one_without_a_path() {
    let base = |text: &str| with("", &[("RETROVUE_HTTP__BASE_URL", text)]).map(|loaded| loaded.settings.http_base_url);
    assert_eq!(base("").unwrap(), None);
    assert_eq!(base("https://tv.example.org:8443/").unwrap().as_deref(), Some("https://tv.example.org:8443"));
    assert_eq!(base("http://[fd00::1]").unwrap().as_deref(), Some("http://[fd00::1]"));
    for wrong in
        ["tv.lan", "http://", "http://tv.lan/tv", "ftp://tv.lan", "http://me@tv.lan", "http://tv lan", "http://a?b"]
    {
        assert!(base(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn core_is_found_where_it_serves_others() {
    let cases = [
        ("auto", "127.0.0.1:8480", false),
        ("auto", "[::1]:8480", false),
        ("auto", "0.0.0.0:8480", true),
        ("auto", "192.168.1.2:80", true),
        ("on", "127.0.0.1:8480", true),
        ("off", "0.0.0.0:8480", false),
    ];
    for (discovery, listen, is_on) in cases {
        let settings =
            with("", &[("RETROVUE_HDHOMERUN__DISCOVERY", discovery), ("RETROVUE_HTTP", listen)]).unwrap().settings;
        assert_eq!(settings.hdhomerun_discovery.is_on(settings.http_listen), is_on, "{discovery} {listen}");
    }
    for wrong in [
        ("RETROVUE_HDHOMERUN__DISCOVERY", "maybe"),
        ("RETROVUE_HDHOMERUN__NAME", "a\nb"),
        ("RETROVUE_HDHOMERUN__MODEL", ""),
    ] {
        assert!(with("", &[wrong]).is_err(), "{wrong:?}");
    }
}

#[test]
fn what_is_read_again_holds_at_once_or_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("retrovue.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write("[viewers]\nlinger = \"5s\"\n");
    let environment = vec![("RETROVUE_HTTP".to_owned(), "127.0.0.1:2".to_owned())];
    let reader = |reader| Reloader::load(reader, Some(&file), environment.clone()).unwrap();
    let (mut core, mut air) = (reader(Reader::Core), reader(Reader::Air));
    assert_eq!(core.again().unwrap(), Default::default(), "nothing has changed");

    write("[viewers]\nlinger = \"7s\"\n[air]\nencoder = \"x264\"\nmanage = false\n[http]\nlisten = \"127.0.0.1:9\"\n");
    let reloaded = core.again().unwrap();
    let told: Vec<String> = reloaded.applied.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["viewers.linger from \"5s\" to \"7s\""]);
    let keys =
        |changes: Vec<retrovue_kit::settings::Change>| changes.into_iter().map(|one| one.key).collect::<Vec<_>>();
    assert_eq!(keys(reloaded.waiting.clone()), ["air.manage", "air.encoder"], "the environment covers http.listen");
    assert_eq!((core.settings().linger, core.settings().air_manage), (Duration::from_secs(7), true));
    let again = core.again().unwrap();
    assert_eq!((again.applied.len(), again.waiting), (0, reloaded.waiting), "what waits is told each time");
    assert_eq!(keys(air.again().unwrap().waiting), ["air.encoder"], "the rest is none of Air's");

    write("[viewers]\nlinger = \"9s\"\nallow = \"home\"\n");
    let problems = core.again().unwrap_err();
    assert_eq!((problems.len(), problems[0].line), (1, 3));
    assert_eq!(core.settings().linger, Duration::from_secs(7), "all stay as they were");
}
