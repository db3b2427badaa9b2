//! As-run tells what viewers got: held against the pictures of those who watched.

use retrovue_store::Store;
use retrovue_testkit::clips;
use retrovue_testkit::marks::Shows;
use retrovue_testkit::metrics::Metrics;
use retrovue_testkit::viewer::Until;
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::FrameIndex;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::station::{CHANNEL, DAY, RATE, SOON, Station};

#[tokio::test]
async fn on_air_as_run_is_what_viewers_got() {
    let clips = clips::mixed().into_iter().take(6).map(|clip| clip.lasting(4)).collect();
    let mut station = Station::playing(clips).await;
    let none = station.data(&["asrun", "show", CHANNEL, "--date", DAY]).await;
    assert_eq!(none["events"], Value::Array(vec![]), "nobody watched");

    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(1), SOON).await.unwrap();
    let now = RATE.frame_at(station.now().await);
    let plan = station.playlog().await;
    // far enough ahead that nothing has opened it yet
    let vanishes = plan.iter().position(|event| event.start > now + 14 * 30).unwrap();
    let (gone, next) = (plan[vanishes], plan[vanishes + 1]);
    let gone_id = station.event_id_at(gone.start).await;
    std::fs::remove_file(station.file(usize::from(gone.clip.unwrap().id) - 1)).unwrap();
    // Air dies in the middle of the one behind
    viewer.until(Until::Reached(RATE.pts(next.start + 60)), SOON).await.unwrap();
    let air = station.status().await.0["air"]["pid"].as_i64().unwrap();
    kill_process(Pid::from_raw(i32::try_from(air).unwrap()).unwrap(), Signal::KILL).unwrap();
    let last = plan[vanishes + 3];
    viewer.until(Until::Reached(RATE.pts(last.start + 60)), SOON).await.unwrap();
    let capture = viewer.capture().unwrap();
    let seen: Vec<(i64, bool)> = capture
        .pictures()
        .unwrap()
        .iter()
        .map(|picture| (RATE.frame_with_pts(picture.pts, now).unwrap().0, picture.shows == Shows::Slate))
        .collect();
    drop(viewer);
    let idle = async || (station.status().await.1["state"] == "idle").then_some(());
    wait_for("the session to end", SOON, idle).await.unwrap();
    let rows = async || {
        let told = station.data(&["asrun", "show", CHANNEL, "--date", DAY]).await;
        let rows = told["events"].as_array().unwrap().clone();
        rows.last().is_some_and(|row| row["cause"] == "left").then_some(rows)
    };
    let rows = wait_for("the last row", SOON, rows).await.unwrap();

    // what a viewer saw of each event that was sent whole is what its row says
    let number = |row: &Value, field: &str| row[field].as_i64().unwrap();
    let mut compared = 0;
    for row in &rows {
        let sent = number(row, "aired_frames") + number(row, "slate_frames");
        assert_eq!(sent + number(row, "unsent_frames"), number(row, "planned_frames"), "{row}");
        let from = number(row, "actual_start_frame");
        let (first, end) = (seen[0].0, seen[seen.len() - 1].0 + 1);
        if from >= first && from + sent <= end && row["cause"] != "air_lost" {
            let pictures = |wanted: bool| {
                let of_row = seen.iter().filter(|(frame, _)| (from..from + sent).contains(frame));
                of_row.filter(|(_, slate)| *slate == wanted).count() as i64
            };
            let told = (number(row, "aired_frames"), number(row, "slate_frames"));
            assert_eq!((pictures(false), pictures(true)), told, "{row}");
            compared += 1;
        }
    }
    assert!(compared >= 4, "{compared} of {rows:?}");
    let told =
        |row: &Value| (row["result"].as_str().unwrap().to_owned(), row["cause"].as_str().unwrap_or("").to_owned());
    assert!(rows[0]["cause"] == "joined" || number(&rows[0], "planned_start_frame") >= seen[0].0, "{}", rows[0]);
    let of = |id: &str| rows.iter().filter(|row| row["event_id"] == id).map(told).collect::<Vec<_>>();
    let missing = of(&gone_id);
    assert_eq!((missing.len(), &*missing[0].0), (1, "missed"), "{missing:?}");
    let killed: Vec<_> = rows.iter().filter(|row| row["cause"] == "air_lost").collect();
    assert!(killed.len() >= 2, "one that Air died in and one that goes on: {killed:?}");
    assert_ne!(killed[0]["session_id"], killed[1]["session_id"]);

    let verified = station.site.retrovue(&["asrun", "verify", CHANNEL, "--date", DAY]).await.unwrap();
    assert_eq!(verified.code, 4, "what was missed is an error");
    let found = verified.document["data"]["findings"].as_array().unwrap().clone();
    let count = |code: &str| found.iter().filter(|finding| finding["code"] == code).count();
    assert!(found.iter().any(|finding| finding["code"] == "missed" && finding["event_id"] == gone_id.as_str()));
    assert_eq!(count("interrupted"), 1, "{found:?}");
    // a busy machine may show slate; nothing else went wrong
    let slate = count("slate") + count("missed");
    assert_eq!(slate + 1, found.len(), "{found:?}");
    for (format, lines) in [("text", rows.len() + 8), ("jsonl", rows.len()), ("csv", rows.len() + 1)] {
        let file = station.data(&["asrun", "export", CHANNEL, "--date", DAY, "--format", format]).await;
        let text = file["text"].as_str().unwrap();
        assert_eq!(text.lines().count(), lines, "{text}");
        println!("{text}");
    }
    let metrics = Metrics::fetch(&station.site.url("/metrics")).await.unwrap();
    assert_eq!(metrics.of_channel(CHANNEL, "retrovue_asrun_deviation_seconds_count"), rows.len() as f64);

    // who watches while Core ends is told of before it has ended
    let mut viewer = station.watch().await;
    viewer.until(Until::Seconds(3.0), SOON).await.unwrap();
    let session = station.status().await.1["session_id"].as_str().unwrap().to_owned();
    station.core.terminate(SOON).await.unwrap();
    let store = Store::open(&station.site.home().join("retrovue.db")).unwrap();
    let rows = store.asrun(CHANNEL, DAY.parse().unwrap()).unwrap();
    let last = rows.iter().rfind(|stored| stored.row.session_id == session).unwrap();
    assert!(last.row.actual_start > FrameIndex(0) && last.row.sent_frames() > 0);
}
