//! Evidence outlives the daemons: Air is killed and stopped, and Core killed and told to leave, at random moments, one
//! after the other, and in the end Core's database holds each event once and agrees with what viewers got.
//!
//! `CHAOS_KILLS` and `CHAOS_SEED` choose how many and when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use retrovue_store::Store;
use retrovue_store::evidence::{Aired, Evidence, Planned, What};
use retrovue_testkit::viewer::{Until, Viewer};
use retrovue_testkit::wait::wait_for;
use retrovue_testkit::{clips, http};
use retrovue_timeline::FrameIndex;
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::station::{CHANNEL, CHANNEL_FILE, DAY, RATE, SOON, Station};

/// More channels than the station's own.
const OTHERS: [(&str, &str); 2] = [("second", "2.2"), ("third", "2.3")];

/// Longer than the whole test.
const LONG: Duration = Duration::from_secs(600);

/// A player that lost its stream asks again after this long.
const AGAIN: Duration = Duration::from_millis(50);

/// Core starts an Air that did not live for 2 s again after 100 ms, and twice as long each further time.
const AIR_IN_A_ROW: u32 = 3;

/// A mark is a second old at most, in frames; and one for the slot that was just being sent.
const MARK: i64 = 31;

/// What the opening burst holds: it may lie in Air's queue when Air dies.
const BURST: i64 = 45;

/// Random numbers that can be had again (an LCG of Knuth's).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

pub(crate) fn chosen(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// Watches `url` until told otherwise, whatever dies meanwhile. Returns the viewers in turn.
fn keep_watching(url: String, enough: CancellationToken) -> JoinHandle<Vec<Viewer>> {
    tokio::spawn(async move {
        let mut viewers = Vec::new();
        while !enough.is_cancelled() {
            let Ok(mut viewer) = Viewer::connect(&url).await else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            // it breaks where Core is killed
            let _ = enough.run_until_cancelled(viewer.until(Until::Ended, LONG)).await;
            viewers.push(viewer);
        }
        viewers
    })
}

#[tokio::test]
async fn on_air_no_event_is_lost_or_doubled_over_twenty_kills() {
    let (kills, seed) = (chosen("CHAOS_KILLS", 20), chosen("CHAOS_SEED", 8));
    println!("{kills} kills, seed {seed}");
    let mut dice = Dice(seed);
    let clips = clips::mixed().into_iter().take(4).map(|clip| clip.lasting(2)).collect();
    let mut station = Station::playing(clips).await;
    for (slug, number) in OTHERS {
        let text = CHANNEL_FILE.replace("channel: marked", &format!("channel: {slug}")).replace("2.1", number);
        let file = station.write(&format!("{slug}.yaml"), &text);
        station.data(&["channel", "apply", &file]).await;
    }
    let near = RATE.frame_at(station.now().await);
    let enough = CancellationToken::new();
    let slugs = [CHANNEL, OTHERS[0].0, OTHERS[1].0];
    let url = |slug: &str| station.site.url(&format!("/channel/{slug}.ts"));
    let watching: Vec<_> = slugs.iter().map(|slug| keep_watching(url(slug), enough.clone())).collect();

    let (mut in_a_row, mut killed) = (0, None);
    for _ in 0..kills {
        // the random moment is what is tested
        tokio::time::sleep(Duration::from_millis(50 + dice.roll(1500))).await;
        if in_a_row < AIR_IN_A_ROW && dice.roll(3) > 0 {
            let alive = async || Some(station.status().await.0["air"]["pid"].as_i64()?).filter(|pid| *pid > 0);
            let other = async || alive().await.filter(|pid| killed != Some(*pid));
            let pid = wait_for("Air to be back", SOON, other).await.unwrap();
            let signal = if dice.roll(5) == 0 { Signal::STOP } else { Signal::KILL };
            // it may just have died by itself, as a Core's does that was killed
            let _ = kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal);
            (in_a_row, killed) = (in_a_row + 1, Some(pid));
        } else {
            if dice.roll(2) == 0 {
                station.core.crash().unwrap();
            } else {
                station.core.terminate(SOON).await.unwrap();
            }
            station.core = station.site.start_core().await.unwrap();
            (in_a_row, killed) = (0, None);
        }
    }
    let on_air = async || station.status().await.0["channels"].as_array()?.iter().all(is_on_air).then_some(());
    wait_for("all channels to be on air again", SOON, on_air).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50 + dice.roll(1500))).await;
    enough.cancel();
    let mut seen: BTreeMap<&str, Vec<Vec<i64>>> = BTreeMap::new();
    for (slug, watching) in slugs.iter().zip(watching) {
        seen.insert(slug, watching.await.unwrap().iter().map(|viewer| frames(viewer, near)).collect());
    }
    let idle = async || station.status().await.0["channels"].as_array()?.iter().all(is_idle).then_some(());
    wait_for("all channels to be idle", SOON, idle).await.unwrap();
    let store = Store::open(&station.site.home().join("retrovue.db")).unwrap();
    let told = || store.evidence_of_spool(&store.evidence_position().unwrap().unwrap().spool_id).unwrap();
    // a channel is idle as soon as nobody watches it; Air ends its session then
    let ended = async || (open_sessions(&told()) == 0).then_some(());
    wait_for("all sessions to have ended", SOON, ended).await.unwrap();
    let page = station.site.air_metrics();
    let metrics = async || http::get(&page).await.ok()?.text().await.ok();
    let stored = async || metrics().await.filter(|text| text.contains("\nretrovue_air_spool_events 0\n"));
    let metrics = wait_for("all evidence to be stored", SOON, stored).await.unwrap();
    metrics.lines().filter(|line| line.starts_with("retrovue_air_spool_sync")).for_each(|line| println!("{line}"));
    station.core.terminate(SOON).await.unwrap();

    let (position, told) = (store.evidence_position().unwrap().unwrap(), told());
    let sequences: Vec<_> = told.iter().map(|event| event.place.sequence).collect();
    assert_eq!(sequences, (1..=position.sequence).collect::<Vec<_>>(), "an event is missing or doubled");
    let day = DAY.parse().unwrap();
    let rows: Vec<_> = slugs.iter().flat_map(|slug| store.asrun(slug, day).unwrap()).collect();
    let mut places: Vec<_> = rows.into_iter().map(|stored| stored.place).collect();
    places.sort();
    let sent = |what: &What| matches!(what, What::Ended { aired, .. } if aired.aired + aired.slate > 0);
    let ended = told.iter().filter(|event| sent(&event.what)).map(|event| event.place.clone());
    assert_eq!(places, ended.collect::<Vec<_>>(), "a row of as-run is missing or doubled");
    println!("{} rows of as-run", places.len());
    let mut lost = 0;
    for (slug, seen) in seen {
        let of_channel: Vec<_> = told.iter().filter(|event| event.channel == slug).collect();
        lost += judge(&of_channel, &seen);
    }
    println!("{} events, {lost} sessions ended by the death of Air", told.len());
    // what was being opened at two kills, which was chance here
    println!("{} assets were quarantined", store.quarantined().unwrap().len());
    assert!(lost > 0, "no session was on air when Air was killed");
}

/// Sessions that began and did not end.
fn open_sessions(told: &[Evidence]) -> i64 {
    told.iter().fold(0, |open, event| match event.what {
        What::SessionStarted { .. } => open + 1,
        What::SessionEnded { .. } => open - 1,
        _ => open,
    })
}

fn is_on_air(channel: &serde_json::Value) -> bool {
    channel["state"] == "on_air"
}

fn is_idle(channel: &serde_json::Value) -> bool {
    channel["state"] == "idle"
}

fn frames(viewer: &Viewer, near: FrameIndex) -> Vec<i64> {
    viewer.pictures().iter().map(|picture| RATE.frame_with_pts(picture.pts, near).unwrap().0).collect()
}

/// A segment as its session aired it.
struct Row<'a> {
    segment: &'a Planned,
    aired: &'a Aired,
}

/// Judges a channel's evidence alone, and against what its viewers got. Returns how many sessions died with Air.
fn judge(told: &[&Evidence], seen: &[Vec<i64>]) -> usize {
    let sessions: BTreeSet<&str> = told.iter().map(|event| event.session_id.as_str()).collect();
    let mut rows = Vec::new();
    let mut lost = Vec::new();
    for session in sessions {
        let events: Vec<&What> =
            told.iter().filter(|event| event.session_id == session).map(|event| &event.what).collect();
        let count = |wanted: fn(&What) -> bool| events.iter().filter(|what| wanted(what)).count();
        assert!(matches!(events[0], What::SessionStarted { .. }), "{session}: {:?}", events[0]);
        assert_eq!(count(|what| matches!(what, What::SessionStarted { .. })), 1, "{session}");
        assert_eq!(count(|what| matches!(what, What::SessionEnded { .. })), 1, "{session}");
        lost.extend(events.iter().filter_map(|what| match what {
            What::SessionEnded { end, cause } if cause == "air_lost" => Some(end.0),
            _ => None,
        }));
        rows.extend(segments(session, &events));
    }
    for run in seen.iter().flat_map(|frames| frames.chunk_by(|one, next| next - one == 1)) {
        compare(&rows, &lost, run);
    }
    lost.len()
}

/// The segments of a session: each is opened, starts and ends once, and one follows the other.
fn segments<'a>(session: &str, events: &[&'a What]) -> Vec<Row<'a>> {
    let (mut opened, mut started, mut rows) = (BTreeSet::new(), Vec::new(), Vec::<Row<'a>>::new());
    for what in events {
        match what {
            What::Opening { segment, .. } => {
                assert!(opened.insert(&segment.event_id), "{session}: {} was opened twice", segment.event_id);
            }
            What::Started { segment, frame } => {
                assert_eq!(started.len(), rows.len(), "{session}: the segment before {} never ended", segment.event_id);
                assert!(rows.last().is_none_or(|row| row.aired.end == *frame), "{session}: a gap before {frame:?}");
                started.push((&segment.event_id, *frame));
            }
            What::Ended { segment, aired } => {
                assert_eq!(started.last(), Some(&(&segment.event_id, aired.started)), "{session}: another one ended");
                let shown = aired.aired > 0;
                assert!(!shown || opened.contains(&segment.event_id), "{session}: {} never opened", segment.event_id);
                assert_eq!(started.len(), rows.len() + 1, "{session}: {} ended twice", segment.event_id);
                assert_eq!(
                    aired.aired + aired.slate + aired.unsent,
                    segment.frames,
                    "{session}: {segment:?} {aired:?}"
                );
                assert_eq!(aired.aired + aired.slate, aired.end - aired.started, "{session}: {segment:?} {aired:?}");
                rows.push(Row { segment, aired });
            }
            _ => {}
        }
    }
    assert_eq!(started.len(), rows.len(), "{session}: a segment never ended");
    rows
}

/// What is told near a frame, in frames from it on.
fn around(rows: &[Row<'_>], lost: &[i64], frame: i64) -> String {
    let near = |at: i64| (at - frame).abs() < 10 * MARK;
    let rows = rows
        .iter()
        .filter(|row| near(row.aired.end.0))
        .map(|Row { aired, .. }| format!("{}..{} ({})", aired.started.0 - frame, aired.end.0 - frame, aired.cause));
    let lost: Vec<i64> = lost.iter().filter(|end| near(**end)).map(|end| end - frame).collect();
    format!("segments {:?}, Air died behind {lost:?}", rows.collect::<Vec<_>>())
}

/// A stretch that a viewer got without a gap: all of it was told, but for the last second of an Air that died, and a
/// burst that left within that second.
fn compare(rows: &[Row<'_>], lost: &[i64], run: &[i64]) {
    let (first, last) = (run[0], run[run.len() - 1]);
    for frame in run {
        let told = rows.iter().any(|row| (row.aired.started.0..row.aired.end.0).contains(frame));
        let untold = lost.iter().any(|end| (*end..end + MARK + BURST).contains(frame));
        assert!(told || untold, "frame {frame} was sent, and nothing tells of it: {}", around(rows, lost, *frame));
    }
    for Row { segment, aired } in rows {
        let began = (first..=last).contains(&aired.started.0);
        let unseen = aired.end.0 - 1 - last;
        if began && aired.cause == "air_lost" {
            assert!(unseen <= BURST, "{} has {unseen} frames that nobody saw", segment.event_id);
        }
    }
}
