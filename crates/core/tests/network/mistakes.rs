//! Mistakes as people make them: a sentence, the right exit code, and all that stands stays.

use std::os::unix::fs::FileExt;
use std::time::Duration;

use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Answer, Site};
use retrovue_testkit::http;
use serde_json::{Value, json};

use crate::station::{CHANNEL, SOON, Station};

/// A second channel.
const SECOND: &str = "channel: second
number: \"3\"
name: Second
timezone: Europe/Vienna
grid: off
pools: { show: { match: { series: Show } } }
schedule:
  all:
    - { at: \"19:30\", for: 2h, play: show }
";

/// A key, a value, and a name that fits no other: mistakes of three sorts.
const MISTAKES: [(&str, &str); 3] =
    [("name: Second", "nmae: Second"), ("Europe/Vienna", "Mars/Olympus"), ("play: show", "play: shows")];

#[tokio::test]
async fn what_is_wrong_is_told_and_what_stands_stays() {
    let station = Station::playing(vec![Clip::new(1), Clip::new(2)]).await;
    let (channels, plan) = (station.data(&["channel", "list"]).await, station.plan_shown().await);

    let gone = station.refused(&["source", "add", "gone", "--path", "/nowhere/at/all"], 3).await;
    assert!(says(&gone, "/nowhere/at/all"), "{gone}");
    let gone = station.refused(&["channel", "apply", "/nowhere/at/all.yaml"], 3).await;
    assert!(says(&gone, "/nowhere/at/all.yaml"), "{gone}");

    let mistaken = MISTAKES.iter().fold(SECOND.to_owned(), |text, (right, wrong)| text.replace(right, wrong));
    let (mistaken, good) = (station.write("mistaken.yaml", &mistaken), station.write("good.yaml", SECOND));
    for also in [&[][..], &[&*good]] {
        let refused = station.refused(&[&["channel", "apply", &mistaken], also].concat(), 4).await;
        assert_eq!(refused["code"], "channel_file_invalid");
        let problems = refused["details"]["problems"].as_array().unwrap();
        let errors = problems.iter().filter(|problem| problem["severity"] == "error");
        let places = errors.map(|found| json!([found["file"], found["code"], found["line"], found["column"]]));
        let expected = [("unknown_key", 3, 1), ("bad_zone", 4, 11), ("unknown_pool", 9, 37)];
        let expected = expected.map(|(code, line, column)| json!([mistaken, code, line, column]));
        assert_eq!(places.collect::<Vec<_>>(), expected);
        assert!(problems.iter().all(|problem| is_sentence(&problem["message"])), "{problems:?}");
    }
    let twin = station.write("twin.yaml", &SECOND.replace("\"3\"", "\"2.1\""));
    let refused = station.refused(&["channel", "apply", &twin], 4).await;
    assert_eq!(refused["code"], "number_taken");
    assert!(says(&refused, "2.1") && says(&refused, CHANNEL), "{refused}");

    let nothing = http::get(station.site.url("/channel/nothing.ts")).await.unwrap();
    assert_eq!(nothing.status().as_u16(), 404);
    assert_eq!(nothing.headers()["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_slice(&nothing.bytes().await.unwrap()).unwrap();
    assert_eq!((&problem["code"], &problem["status"]), (&"channel_not_found".into(), &404.into()));

    assert_eq!(station.data(&["channel", "list"]).await, channels);
    assert_eq!(station.plan_shown().await, plan);
}

#[tokio::test]
async fn a_file_that_is_no_video_is_told_apart() {
    let station = Station::playing(vec![Clip::new(1), Clip::new(2)]).await;
    let library = station.site.home().join("library");
    std::fs::write(library.join("Show - S01E03 - text.mp4"), "once upon a time\n".repeat(1000)).unwrap();
    std::fs::write(library.join("Show - S01E04 - empty.mkv"), "").unwrap();
    let huge = std::fs::File::create(library.join("Show - S01E05 - huge.mp4")).unwrap();
    huge.write_all_at(&b"once upon a time\n".repeat(1000), 0).unwrap();
    huge.set_len(4 << 30).unwrap();
    station.data(&["source", "sync", "library"]).await;
    let listed = station.data(&["asset", "list"]).await;
    let state = |word: &str| {
        let assets = listed["assets"].as_array().unwrap().iter();
        assets.filter(|asset| asset["state"] == word).cloned().collect::<Vec<Value>>()
    };
    assert_eq!((state("ready").len(), state("faulty").len()), (2, 3), "{listed}");
    for asset in state("faulty") {
        assert!(is_sentence(&asset["fault"]["message"]), "{asset}");
    }
}

#[tokio::test]
async fn a_daemon_that_cannot_serve_says_why() {
    let station = Station::playing(vec![Clip::new(1)]).await;
    let taken = station.site.http().to_string();
    let second = Site::new().unwrap().with("RETROVUE_HTTP", &taken);
    let mut core = second.core().unwrap().start().unwrap();
    let ended = retrovue_testkit::wait::wait_for("the second Core to end", SOON, async || core.ended()).await.unwrap();
    assert_eq!(ended.code(), Some(1));
    let last = core.log().lines().last().unwrap().to_owned();
    assert!(last.contains(&taken) && last.contains("RETROVUE_HTTP"), "{last}");

    let unreachable = second.retrovue(&["channel", "list"]).await.unwrap();
    assert_eq!((unreachable.code, error(&unreachable)["code"].as_str()), (5, Some("core_unreachable")));
    assert!(is_sentence(&error(&unreachable)["message"]) && is_sentence(&error(&unreachable)["hint"]));
}

#[tokio::test]
async fn what_is_stored_outlives_every_core() {
    let mut station = Station::playing(vec![Clip::new(1), Clip::new(2).lasting(3)]).await;
    let before = station.stored().await;
    let ended = station.core.terminate(Duration::from_secs(30)).await.unwrap();
    assert_eq!(ended.code(), Some(0));
    station.core = station.site.start_core().await.unwrap();
    station.assert_still(&before).await;
    station.core.crash().unwrap();
    station.core = station.site.start_core().await.unwrap();
    station.assert_still(&before).await;
}

impl Station {
    /// The error of a command that has to end with `code`.
    async fn refused(&self, arguments: &[&str], code: i32) -> Value {
        let answer = self.site.retrovue(arguments).await.unwrap();
        assert_eq!(answer.code, code, "{arguments:?}: {}", answer.document);
        let error = error(&answer).clone();
        assert!(is_sentence(&error["message"]), "{error}");
        error
    }

    /// The plan as it is printed, up to the end of the hours that are planned.
    async fn plan_shown(&self) -> Value {
        let span = ["--from", "2026-11-22T20:00:00Z", "--to", "2026-11-22T21:30:00Z"];
        self.data(&[&["playlog", "show", CHANNEL], &span[..]].concat()).await
    }

    async fn stored(&self) -> [Value; 4] {
        [
            self.plan_shown().await,
            self.data(&["channel", "list"]).await,
            self.data(&["asset", "list"]).await,
            self.data(&["source", "list"]).await,
        ]
    }

    async fn assert_still(&self, before: &[Value; 4]) {
        for (now, before) in self.stored().await.iter().zip(before) {
            assert!(now == before, "was {before}\n\nis {now}");
        }
    }
}

fn error(answer: &Answer) -> &Value {
    assert_eq!(answer.document["status"], "error", "{}", answer.document);
    &answer.document["error"]
}

/// Several words, for people.
pub(crate) fn is_sentence(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.split(' ').count() > 3)
}

fn says(error: &Value, what: &str) -> bool {
    error["message"].as_str().is_some_and(|message| message.contains(what))
}
