//! The system's clock is stepped under the real daemons, and nobody who watches notices. The machine's own clock stays as
//! it is: the daemons are given another one.

use std::ops::Range;
use std::time::Duration;

use retrovue_testkit::clips;
use retrovue_testkit::daemon::{Site, SystemClock};
use retrovue_testkit::viewer::{Arrival, Until, Viewer};
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::{TICKS_PER_SECOND, UtcTime};
use serde_json::Value;

use crate::station::{CHANNEL_FILE, RATE, SOON, Station, instant};

const HOUR_MS: i64 = 3_600_000;

/// In seconds: less than the smallest step here, and more than even the most punctual of sixty pictures is late.
const PACED: f64 = 1.0;

/// Pictures after which the opening burst is over.
const BURST: usize = 100;

/// A home whose daemons take `clock` for the system's.
fn site() -> (Site, SystemClock) {
    let site = Site::new().unwrap();
    let clock = SystemClock::new(site.home()).unwrap();
    let site = clock.environment().into_iter().fold(site, |site, (name, value)| site.with(name, &value));
    (site, clock)
}

async fn station() -> (Station, SystemClock) {
    let (site, clock) = site();
    let clips = clips::mixed().into_iter().take(3).map(|clip| clip.lasting(4)).collect();
    (Station::at(site, clips, 0, CHANNEL_FILE).await, clock)
}

/// What `clock show` tells, once it is `wanted`.
async fn shown(site: &Site, wanted: impl Fn(&Value) -> bool) -> Value {
    let asked = async || {
        let shown = site.retrovue(&["clock", "show"]).await.ok()?.data().ok()?.clone();
        wanted(&shown).then_some(shown)
    };
    wait_for("the clock to be as wanted", SOON, asked).await.unwrap()
}

fn has_adopted(clock: &Value) -> bool {
    clock["state"] == "in_step" && clock["adoptions"] != Value::Array(vec![])
}

/// Waits for something, and receives all that comes meanwhile.
async fn while_watching<T>(viewer: &mut Viewer, wanted: impl Future<Output = T>) -> T {
    tokio::select! {
        found = wanted => found,
        ended = viewer.until(Until::Ended, SOON) => panic!("the stream ended: {ended:?}"),
    }
}

/// How long after the request, and beside its stamp, the most punctual of these pictures came: what a busy machine
/// adds to the others is not the clock's doing.
fn comes_at(viewer: &Viewer, pictures: Range<usize>) -> f64 {
    let first = viewer.pictures()[0].pts;
    let late = |picture: &Arrival| {
        picture.after.as_secs_f64() - picture.pts.ticks_since(first) as f64 / TICKS_PER_SECOND as f64
    };
    viewer.pictures()[pictures].iter().map(late).fold(f64::INFINITY, f64::min)
}

#[tokio::test]
async fn on_air_no_step_of_the_systems_clock_is_seen() {
    let (station, clock) = station().await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(BURST + 60), SOON).await.unwrap();
    let paced = comes_at(&viewer, BURST..BURST + 60);
    let steps = [
        (1500, "slewing"),
        (0, "in_step"),
        (-1500, "slewing"),
        (HOUR_MS, "step_waits"),
        (-HOUR_MS / 2, "step_waits"),
        (-2 * HOUR_MS, "step_back_waits"),
        (HOUR_MS, "step_waits"),
    ];
    for (ahead_ms, state) in steps {
        clock.show_ahead_by(ahead_ms).unwrap();
        let is_seen = |clock: &Value| (clock["offset_ms"].as_f64().unwrap() - ahead_ms as f64).abs() < 100.0;
        let now = shown(&station.site, |clock| is_seen(clock) && clock["state"] == state);
        let now = while_watching(&mut viewer, now).await;
        assert_eq!(now["adoptions"], Value::Array(vec![]), "{now}");
        let seen = viewer.pictures().len();
        viewer.until(Until::Pictures(seen + 60), SOON).await.unwrap();
        let moved = comes_at(&viewer, seen..seen + 60) - paced;
        assert!(moved.abs() < PACED, "{ahead_ms} ms have moved what is on air by {moved} s");
    }
    let verdict = station.judge(&viewer).await;
    assert_eq!(verdict.report.seams, [], "one session");
    assert!(verdict.frames.windows(2).all(|pair| pair[1] - pair[0] == 1), "every frame, once");
    verdict.assert_little_slate();

    // a doctor tells while it waits; nobody watches, and it is taken over and recorded
    let answer = station.site.retrovue(&["doctor"]).await.unwrap();
    let finding = answer.data().unwrap()["findings"][0].clone();
    assert_eq!((answer.code, &finding["code"]), (0, &"clock_step_waits".into()), "{finding}");
    let before = station.now().await;
    drop(viewer);
    let now = shown(&station.site, has_adopted).await;
    let adoption = &now["adoptions"][0];
    assert_eq!(adoption["cause"], "idle");
    assert!((adoption["step_ms"].as_i64().unwrap() - HOUR_MS).abs() < 1000, "{now}");
    assert!(station.now().await >= before.plus(Duration::from_secs(3600)));
}

#[tokio::test]
async fn on_air_a_step_back_is_taken_over_by_command() {
    let (station, clock) = station().await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(60), SOON).await.unwrap();
    let session = station.status().await.1["session_id"].clone();
    clock.show_ahead_by(-HOUR_MS / 4).unwrap();
    shown(&station.site, |clock| clock["state"] == "step_waits").await;

    let tried = station.data(&["clock", "adopt", "--dry-run"]).await;
    assert!((tried["adopted"]["step_ms"].as_i64().unwrap() + HOUR_MS / 4).abs() < 1000, "{tried}");
    assert_eq!(station.status().await.1["session_id"], session, "nothing was done");
    let before = station.now().await;
    let adopted = station.data(&["clock", "adopt"]).await["adopted"].clone();
    assert!(instant(&adopted["after_utc"]) < before, "{adopted}");
    assert_eq!(station.data(&["clock", "adopt"]).await["adopted"], Value::Null, "once");

    // the response goes on, at the new time
    let seen = viewer.pictures().len();
    viewer.until(Until::Pictures(seen + 90), SOON).await.unwrap();
    let now = station.now().await;
    assert!(now < before);
    let last = viewer.pictures()[viewer.pictures().len() - 1].pts;
    let frame = RATE.frame_with_pts(last, RATE.frame_at(now)).unwrap();
    assert!(RATE.start_of(frame) <= now && now.since(RATE.start_of(frame)) < Duration::from_secs(20));
    let (_, channel) = station.status().await;
    assert_eq!(channel["state"], "on_air");
    assert_ne!(channel["session_id"], session);
    let shown = shown(&station.site, |_| true).await;
    assert_eq!((&shown["state"], &shown["adoptions"][0]["cause"]), (&"in_step".into(), &"command".into()));
}

#[tokio::test]
async fn a_box_that_boots_in_1970_finds_its_way() {
    let (site, clock) = site();
    let real = retrovue_kit::clock::system_utc();
    let in_1970 = -(real.millis() - 10_000);
    clock.show_ahead_by(in_1970).unwrap();
    let mut core = site.start_core().await.unwrap();
    let first = shown(&site, |clock| clock["state"] == "unset").await;
    assert!(instant(&first["now_utc"]).millis() >= 1_767_225_600_000, "{first}");
    let answer = site.retrovue(&["doctor"]).await.unwrap();
    let codes: Vec<&str> =
        answer.data().unwrap()["findings"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect();
    assert_eq!((answer.code, codes.contains(&"clock_not_set")), (4, true), "{codes:?}");
    let refused = site.retrovue(&["clock", "adopt"]).await.unwrap();
    assert_eq!((refused.code, &refused.document["error"]["code"]), (4, &"clock_not_set".into()));

    // NTP comes
    clock.show_ahead_by(0).unwrap();
    let found = shown(&site, has_adopted).await;
    assert_eq!(found["adoptions"][0]["cause"], "idle");
    assert!(instant(&found["now_utc"]) >= real);
    core.terminate(SOON).await.unwrap();

    // the next boot begins in 1970 again, and goes on from where it was
    clock.show_ahead_by(in_1970).unwrap();
    let core = site.start_core().await.unwrap();
    let again = shown(&site, |clock| clock["state"] == "unset").await;
    assert!(instant(&again["now_utc"]) >= UtcTime::from_millis(instant(&found["now_utc"]).millis()), "{again}");
    drop(core);
    let stopped = site.retrovue(&["doctor"]).await.unwrap();
    let codes: Vec<Value> =
        stopped.data().unwrap()["findings"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
    assert_eq!((stopped.code, codes), (4, vec!["core_unreachable".into(), "clock_not_set".into()]));
}

#[tokio::test]
async fn a_core_that_is_killed_while_it_is_ahead_keeps_its_lead() {
    let (site, clock) = site();
    let mut core = site.start_core().await.unwrap();
    let before = shown(&site, |_| true).await;
    clock.show_ahead_by(-HOUR_MS / 4).unwrap();
    shown(&site, |clock| clock["state"] == "waiting").await;
    core.crash().unwrap();
    let _core = site.start_core().await.unwrap();
    let after = shown(&site, |_| true).await;
    assert!(instant(&after["now_utc"]) >= instant(&before["now_utc"]), "{before}, then {after}");
}
