//! Whatever happens to another channel and to the library, and however often the guide is asked for: who watches a
//! channel sees none of it.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use retrovue_kit::clock::monotonic_ns;
use retrovue_proto::v1::StopChannelRequest;
use retrovue_testkit::clips::{self, Clip};
use retrovue_testkit::http;
use retrovue_testkit::viewer::{Until, Viewer};
use retrovue_testkit::wait::wait_for;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::kills::chosen;
use crate::station::{SOON, Station};
use crate::stock::stock;

/// In the guide, apart from the two that are watched.
const CHANNELS: u32 = 500;

/// What these channels play is not on any disk.
const STOCK: u32 = 2000;

/// Files of the source that is synced.
const FILES: u32 = 20_000;

/// Between two requests for the guide.
const GUIDE_EVERY: Duration = Duration::from_millis(20);

/// Of the other channel, where `ISOLATION_ROUNDS` says nothing else.
const ROUNDS: u64 = 3;

/// That are seen meanwhile, at least: some ten programmes.
const SECONDS: f64 = 40.0;

/// Debug builds on busy machines.
const LONG: Duration = Duration::from_secs(240);

/// The other channel, to which everything happens.
struct Beside<'a> {
    station: &'a Station,
    folder: PathBuf,
}

impl<'a> Beside<'a> {
    async fn of(station: &'a Station) -> Self {
        let folder = station.site.home().join("beside");
        std::fs::create_dir(&folder).unwrap();
        let beside = Self { station, folder };
        beside.restore();
        station.data(&["source", "add", "beside", "--path", beside.folder.to_str().unwrap()]).await;
        station.data(&["source", "sync", "beside"]).await;
        beside
    }

    fn files(&self) -> [PathBuf; 2] {
        [1, 2].map(|number| self.folder.join(format!("Beside - S01E0{number} - clip.mp4")))
    }

    fn restore(&self) {
        for (file, id) in self.files().iter().zip([101, 102]) {
            Clip::new(id).lasting(6).copy_to(file).unwrap();
        }
    }

    async fn apply(&self, name: &str) -> Value {
        let file = format!(
            "channel: beside\nname: {name}\ntimezone: UTC\ngrid: off\n\
             format: {{ size: 320x180, frame_rate: 30000/1001, video_kbps: 600 }}\n\
             pools: {{ show: {{ match: {{ series: Beside }} }} }}\n\
             schedule: {{ all: [ {{ at: \"19:30\", for: 2h, play: show }} ] }}\n"
        );
        let file = self.station.write("beside.yaml", &file);
        self.station.data(&["channel", "apply", "--now", &file]).await
    }

    async fn watch(&self) -> Viewer {
        let mut viewer = Viewer::connect(&self.station.site.url("/channel/beside.ts")).await.unwrap();
        viewer.until(Until::Pictures(30), SOON).await.unwrap();
        viewer
    }

    /// Edited, planned again, without its files and with broken ones, its session killed, removed and put back.
    async fn suffer(&self, round: u64) {
        self.apply(&format!("Edited {round}")).await;
        let mut viewer = self.watch().await;
        self.station.data(&["schedule", "rebuild", "beside", "--now"]).await;
        for file in self.files() {
            std::fs::write(file, "no media any more").unwrap();
        }
        more(&mut viewer, 60).await;
        for file in self.files() {
            std::fs::remove_file(file).unwrap();
        }
        more(&mut viewer, 60).await;
        let stop = StopChannelRequest { channel: "beside".to_owned(), session_id: String::new() };
        self.station.site.air_client().await.unwrap().stop_channel(stop).await.unwrap();
        more(&mut viewer, 30).await;
        self.station.data(&["channel", "remove", "beside", "--yes"]).await;
        viewer.until(Until::Ended, SOON).await.unwrap();
        self.restore();
        self.station.data(&["source", "sync", "beside"]).await;
        self.apply(&format!("Back {round}")).await;
        self.watch().await;
    }
}

async fn more(viewer: &mut Viewer, pictures: usize) {
    viewer.until(Until::Pictures(viewer.pictures().len() + pictures), SOON).await.unwrap();
}

/// How long each answer took.
#[derive(Default)]
struct Guides(Vec<Duration>);

impl Guides {
    /// Asks for the guides in turn, whether or not answers have come, until it is over.
    async fn fetch(urls: [String; 2], over: CancellationToken) -> Self {
        let (client, mut asked, mut pace) = (http::client(), JoinSet::new(), tokio::time::interval(GUIDE_EVERY));
        let mut guides = Self::default();
        for url in urls.iter().cycle() {
            tokio::select! {
                _ = pace.tick() => {}
                () = over.cancelled() => break,
            }
            let (request, begun) = (client.get(url).send(), monotonic_ns());
            asked.spawn(async move {
                let answer = request.await.unwrap().error_for_status().unwrap();
                let length = answer.bytes().await.unwrap().len();
                assert!(length > 100 * CHANNELS as usize, "a guide of {length} bytes");
                Duration::from_nanos((monotonic_ns() - begun).unsigned_abs())
            });
            while let Some(took) = asked.try_join_next() {
                guides.0.push(took.unwrap());
            }
        }
        guides.0.extend(asked.join_all().await);
        guides.0.sort();
        guides
    }

    fn share(&self, share: f64) -> Duration {
        self.0[((self.0.len() - 1) as f64 * share) as usize]
    }
}

fn guide_channel(number: u32) -> String {
    let series = |at: u32| format!("\"Series {}\"", (number * 7 + at) % 400);
    format!(
        "channel: guide-{number}\ntimezone: UTC\npools: {{ day: {{ match: {{ series: [{}, {}] }} }} }}\n\
         off_air: {{ from: \"03:00\", to: \"19:00\", show: test-card }}\n\
         schedule: {{ all: [ {{ at: \"19:00\", for: 8h, play: day }} ] }}\n",
        series(0),
        series(1)
    )
}

/// Files that were there for long.
fn many(folder: &PathBuf) {
    std::fs::create_dir(folder).unwrap();
    let clip = folder.join("0.mp4");
    Clip::new(100).lasting(1).copy_to(&clip).unwrap();
    for number in 1..FILES {
        std::fs::hard_link(&clip, folder.join(format!("{number}.mp4"))).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_air_a_channel_is_not_touched_by_what_happens_beside_it() {
    let begun = monotonic_ns();
    let since = |begun: i64| (monotonic_ns() - begun) as f64 / 1e9;
    let clips = clips::mixed().into_iter().take(6).map(|clip| clip.lasting(4)).collect();
    let station = Station::playing(clips).await;
    stock(&station.site.home().join("retrovue.db"), STOCK, station.now().await).unwrap();
    let folder = station.site.home().join("many");
    many(&folder);
    station.data(&["source", "add", "many", "--path", folder.to_str().unwrap()]).await;
    let beside = Beside::of(&station).await;
    let files: Vec<String> =
        (0..CHANNELS).map(|number| station.write(&format!("{number}.yaml"), &guide_channel(number))).collect();
    for files in files.chunks(100) {
        let apply: Vec<&str> = ["channel", "apply"].into_iter().chain(files.iter().map(String::as_str)).collect();
        station.data(&apply).await;
    }
    println!("{CHANNELS} channels were there after {:.1} s", since(begun));
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(30), SOON).await.unwrap();
    let over = CancellationToken::new();
    let guides = ["/api/v1/guide", "/"].map(|path| station.site.url(path));
    let guides = tokio::spawn(Guides::fetch(guides, over.clone()));
    let core = http::builder().unix_socket(station.site.home().join("run/core.sock")).build().unwrap();
    let sync = tokio::spawn(core.post("http://core/api/v1/sources/many/sync?dry_run=false").send());
    let (load, is_done) = (monotonic_ns(), Cell::new(false));
    let trouble = async {
        for round in 0..chosen("ISOLATION_ROUNDS", ROUNDS) {
            beside.suffer(round).await;
        }
    };
    let syncing = async {
        let all = async || {
            let assets = station.data(&["source", "show", "many"]).await["assets"].clone();
            let count: u64 = assets.as_object().unwrap().values().filter_map(Value::as_u64).sum();
            (count == u64::from(FILES)).then_some(())
        };
        wait_for("all files to be known", LONG, all).await.unwrap();
        since(load)
    };
    let loading = async {
        let ((), known) = tokio::join!(trouble, syncing);
        is_done.set(true);
        known
    };
    let watching = async {
        while !is_done.get() {
            more(&mut viewer, 5).await;
        }
        viewer.until(Until::Seconds(SECONDS), LONG).await.unwrap();
    };
    let (known, ()) = tokio::join!(loading, watching);
    let seconds = since(load);
    over.cancel();
    let guides = guides.await.unwrap();
    let assets = station.data(&["source", "show", "many"]).await["assets"].clone();
    // what is left of it is looked at behind
    sync.abort();
    println!(
        "{:.0} guides a second over {seconds:.1} s, {} ms in the middle, p95 {} ms, at most {} ms",
        guides.0.len() as f64 / seconds,
        guides.share(0.5).as_millis(),
        guides.share(0.95).as_millis(),
        guides.share(1.0).as_millis()
    );
    println!("{:.0} files a second until all were known; by now they are {assets}", f64::from(FILES) / known);

    let verdict = station.judge(&viewer).await;
    let (pictures, slate) = (verdict.frames.len(), verdict.slate.len());
    println!("{pictures} pictures compared, over {} boundaries; {slate} are slate", verdict.boundaries);
    assert_eq!(verdict.report.seams, []);
    assert!(verdict.frames.windows(2).all(|pair| pair[1] - pair[0] == 1), "a frame is missing");
    // what comes too late is the machine's: a little of that, and none by `just isolation`
    let log = station.core.log();
    let faults = log.lines().filter(|line| line.contains("channel=\"marked\"") && line.contains("code=\""));
    let others: Vec<&str> = faults.filter(|line| !line.contains("code=\"late\"")).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(slate as u64 <= chosen("ISOLATION_SLATE", pictures as u64 / 20), "{slate} of {pictures} are slate");
    assert!(verdict.boundaries >= 8, "{}", verdict.boundaries);
}
