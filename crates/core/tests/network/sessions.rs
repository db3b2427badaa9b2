//! Sessions: only while somebody watches, and on the same line of time where Air is killed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::join_all;
use retrovue_proto::v1::ListChannelsRequest;
use retrovue_testkit::viewer::Until;
use retrovue_testkit::wait::wait_for;
use retrovue_testkit::{clips, http};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::station::{CHANNEL, CHANNEL_FILE, SOON, Station};

/// Over which an idle system is measured.
const SPAN: Duration = Duration::from_secs(10);

/// What the kernel counts in, `USER_HZ`, is 100 on all of Linux's platforms.
const TICKS_PER_SECOND: f64 = 100.0;

#[tokio::test]
async fn on_air_only_while_somebody_watches() {
    let clips = clips::mixed().into_iter().take(3).map(|clip| clip.lasting(4)).collect();
    let station = Station::playing(clips).await;
    let (status, channel) = station.status().await;
    assert_eq!((&channel["state"], &channel["session_id"]), (&"idle".into(), &Value::Null));
    let head = http::client().head(station.url()).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["content-type"]), (200, &"video/mp2t".parse().unwrap()));
    let air = status["air"]["pid"].as_u64().unwrap();
    let processes = [u64::from(station.core.pid()), air];
    let cpu = idle_share(processes).await;
    assert!(cpu < 0.03, "idle daemons take {:.2} % of a core", cpu * 100.0);
    assert_eq!(station.metric("retrovue_sessions_started_total").await, 0.0);
    let threads_before = threads(air);

    let mut viewers = join_all((0..50).map(|_| station.watch())).await;
    join_all(viewers.iter_mut().map(|viewer| viewer.until(Until::Seconds(3.0), SOON))).await;
    assert!(viewers.iter().all(|viewer| viewer.pictures().len() > 60));
    let (_, channel) = station.status().await;
    assert_eq!((&channel["state"], &channel["viewers"]), (&"on_air".into(), &50.into()));
    assert_eq!(station.metric("retrovue_sessions_started_total").await, 1.0);
    station.judge(&viewers[49]).await;

    // those who zap away and come back within the linger keep the session
    let last = viewers.pop();
    drop(viewers);
    let session = station.status().await.1["session_id"].clone();
    assert!(session.is_string());
    drop(last);
    let mut back = station.watch().await;
    back.until(Until::Pictures(1), SOON).await.unwrap();
    assert_eq!(station.status().await.1["session_id"], session);
    drop(back);

    let idle = async || Some(station.status().await.1).filter(|channel| channel["state"] == "idle");
    let channel = wait_for("the session to end", SOON, idle).await.unwrap();
    assert_eq!((&channel["viewers"], &channel["session_id"]), (&0.into(), &Value::Null));
    let mut asked = station.site.air_client().await.unwrap();
    let mut none = async || asked.list_channels(ListChannelsRequest {}).await.unwrap().get_ref().channels.is_empty();
    wait_for("Air to end its session", SOON, async || none().await.then_some(())).await.unwrap();
    // one thread takes pipelines down and stays for the next ones
    let ended = async || threads(air).difference(&threads_before).all(|name| name == "reaper").then_some(());
    let all_ended = wait_for("the session's threads to end", SOON, ended).await;
    assert!(all_ended.is_ok(), "{:?} are left of a session", threads(air));
}

#[tokio::test]
async fn on_air_goes_on_where_air_is_killed() {
    let clips = clips::mixed().into_iter().take(3).map(|clip| clip.lasting(4)).collect();
    let station = Station::playing(clips).await;
    let mut viewer = station.watch().await;
    viewer.until(Until::Seconds(3.0), SOON).await.unwrap();
    let (before, _) = station.status().await;
    let air = i32::try_from(before["air"]["pid"].as_i64().unwrap()).unwrap();
    let seen = viewer.pictures().len();
    kill_process(Pid::from_raw(air).unwrap(), Signal::KILL).unwrap();

    // well over a programme's length after the seam
    viewer.until(Until::Pictures(seen + 200), SOON).await.unwrap();
    let (after, channel) = station.status().await;
    assert_ne!(after["air"]["pid"], before["air"]["pid"]);
    assert_ne!(channel["session_id"], before["channels"][0]["session_id"]);
    // judging holds the seam to the rules, too: no frame twice, none earlier than the last
    let verdict = station.judge(&viewer).await;
    assert_eq!(verdict.report.seams.len(), 1, "{:?}", verdict.report.seams);
    assert!(verdict.frames.is_sorted_by(|one, next| one < next));
    let gaps = verdict.frames.windows(2).filter(|pair| pair[1] - pair[0] > 1).map(|pair| pair[1] - pair[0]);
    println!("frames lost with Air: {:?}; slate: {}", gaps.collect::<Vec<_>>(), verdict.slate.len());
    verdict.assert_little_slate();
}

#[tokio::test]
async fn on_air_unwatched_where_it_is_kept_warm() {
    let clips = clips::mixed().into_iter().take(2).map(|clip| clip.lasting(4)).collect();
    let mut station = Station::playing(clips).await;
    let warm = station.write("warm.yaml", &format!("{CHANNEL_FILE}keep_warm: true\n"));
    station.data(&["channel", "apply", &warm]).await;
    let (before, channel) = station.on_air().await;
    assert_eq!((&channel["viewers"], &channel["keep_warm"]), (&0.into(), &true.into()));

    let air = i32::try_from(before["air"]["pid"].as_i64().unwrap()).unwrap();
    kill_process(Pid::from_raw(air).unwrap(), Signal::KILL).unwrap();
    let other = async || Some(station.on_air().await).filter(|(_, now)| now["session_id"] != channel["session_id"]);
    wait_for("another session", SOON, other).await.unwrap();
    station.core.crash().unwrap();
    station.core = station.site.start_core().await.unwrap();
    let (_, channel) = station.on_air().await;

    // a viewer finds what runs, and takes nothing along when leaving
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(1), SOON).await.unwrap();
    drop(viewer);
    let unwatched = async || Some(station.status().await.1).filter(|channel| channel["viewers"] == 0);
    let left = wait_for("the viewer to be gone", SOON, unwatched).await.unwrap();
    assert_eq!((&left["state"], &left["session_id"]), (&"on_air".into(), &channel["session_id"]));

    let cold = station.write("cold.yaml", CHANNEL_FILE);
    station.data(&["channel", "apply", &cold]).await;
    let idle = async || Some(station.status().await.1).filter(|now| now["state"] == "idle");
    assert_eq!(wait_for("the session to end", SOON, idle).await.unwrap()["keep_warm"], false);
}

impl Station {
    /// Waits until the channel is on air, and tells what `status` says then.
    async fn on_air(&self) -> (Value, Value) {
        let on_air = async || Some(self.status().await).filter(|(_, channel)| channel["state"] == "on_air");
        wait_for("the channel to be on air", SOON, on_air).await.unwrap()
    }

    /// A counter or gauge of the channel, or of Core.
    async fn metric(&self, name: &str) -> f64 {
        let all = http::get(self.site.url("/metrics")).await.unwrap().text().await.unwrap();
        let of_channel = format!("{name}{{channel=\"{CHANNEL}\"}} ");
        let value = all.lines().find_map(|line| line.strip_prefix(&of_channel));
        value.map_or(0.0, |value| value.parse().unwrap())
    }
}

/// The part of one core that these processes take, while nothing is asked of them.
async fn idle_share(processes: [u64; 2]) -> f64 {
    let mut shares = Vec::new();
    // planning may still be at work the first time; what an idle system takes, it takes every time
    for _ in 0..3 {
        let before: f64 = processes.iter().map(|pid| cpu_seconds(*pid)).sum();
        tokio::time::sleep(SPAN).await;
        let after: f64 = processes.iter().map(|pid| cpu_seconds(*pid)).sum();
        shares.push((after - before) / SPAN.as_secs_f64());
        println!("idle: {:.2} % of a core", shares[shares.len() - 1] * 100.0);
        if shares[shares.len() - 1] < 0.01 {
            break;
        }
    }
    shares.into_iter().fold(f64::INFINITY, f64::min)
}

fn cpu_seconds(pid: u64) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // the second field is the program's name in brackets, which may hold anything
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    ticks as f64 / TICKS_PER_SECOND
}

/// The names of a process's threads.
fn threads(pid: u64) -> BTreeSet<String> {
    let tasks: Vec<PathBuf> =
        std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|task| task.unwrap().path()).collect();
    // a thread may end in between
    let name = |task: PathBuf| std::fs::read_to_string(task.join("comm")).ok();
    tasks.into_iter().filter_map(name).map(|name| name.trim_end().to_owned()).collect()
}
