//! Six channels on air, and what their viewers see where Air dies or hangs, and where Core is restarted. How long it takes is
//! printed, and judged by `just bench recovery`.

use std::collections::BTreeSet;
use std::time::Duration;

use retrovue_proto::v1::ListChannelsRequest;
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::FrameRate;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::outages::{CHANNELS, Network, Watching, in_ms};
use crate::players::Player;
use crate::station::{RATE, SOON, instant};

/// How much longer than the product says a machine may take that builds at the same time.
const BUSY: Duration = Duration::from_secs(20);

/// Each viewer has one stream with one seam in it, on one line of time; the seam is flagged.
async fn judge(network: &Network, watching: &[Watching]) {
    let status = network.data(&["status"]).await.unwrap();
    let near = RATE.frame_at(instant(&status["core"]["now_utc"]));
    for (watching, channel) in watching.iter().zip(1..) {
        let report = watching.viewer.capture().unwrap().check(FrameRate::HOUSE[3], near).unwrap();
        assert!(report.is_clean(), "c{channel}: {}", report.summary());
        assert_eq!(report.seams.len(), 1, "c{channel}: {:?}", report.seams);
        let frames: Vec<i64> = report.video.iter().map(|picture| picture.frame.unwrap().0).collect();
        assert!(frames.is_sorted_by(|one, next| one < next), "c{channel}: a frame came twice");
    }
}

/// Each player plays three more seconds.
async fn goes_on(players: &mut [Player]) {
    for player in players {
        let name = player.name;
        let from = wait_for(&format!("{name} to play"), SOON, async || player.played().await).await.unwrap();
        let on = async || player.played().await.filter(|played| *played > from + 3.0);
        wait_for(&format!("{name} to play on from {from:.1} s"), SOON, on).await.unwrap();
    }
}

fn is_there(pid: u32) -> bool {
    test_kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()).is_ok()
}

async fn sessions_in_air(network: &Network) -> BTreeSet<String> {
    let mut air = network.site.air_client().await.unwrap();
    let listed = air.list_channels(ListChannelsRequest {}).await.unwrap().into_inner().channels;
    listed.into_iter().map(|channel| channel.session_id).collect()
}

#[tokio::test]
async fn on_air_six_channels_go_on_where_air_dies_or_hangs() {
    let network = Network::ready(true).await.unwrap();
    let (urls, told) = (network.urls(), |name: &str| network.site.home().join(name));
    let mut players = [Player::ffmpeg(&urls[0], told("ffmpeg")), Player::mpv(&urls[1], told("mpv"))];
    for (word, signal) in [("killed", Signal::KILL), ("stopped", Signal::STOP)] {
        let before = network.air_pid().await.unwrap();
        let mut watching = network.watched().await.unwrap();
        goes_on(&mut players).await;
        let without = network.signal_air(signal, &mut watching).await.unwrap();
        println!("Air {word}: new pictures after {:?} ms", in_ms(&without));
        judge(&network, &watching).await;
        assert!(without.iter().all(|time| *time < BUSY), "{without:?}");
        assert!(!is_there(before), "the Air that was {word} is still there");
        goes_on(&mut players).await;
    }
}

#[tokio::test]
async fn on_air_again_where_core_is_restarted() {
    let mut network = Network::ready(true).await.unwrap();
    let _gone = network.watched().await.unwrap();
    for (word, kill) in [("killed", true), ("told to leave", false)] {
        let before = network.air_pid().await.unwrap();
        let (first, _watching) = network.restart_core(kill).await.unwrap();
        println!("Core {word}: first pictures after {:?} ms", in_ms(&first));
        assert!(first.iter().all(|time| *time < BUSY), "{first:?}");
        let ended = async || (!is_there(before)).then_some(());
        wait_for("the Air of the Core that has gone to end", SOON, ended).await.unwrap();
    }
}

#[tokio::test]
async fn on_air_again_with_an_air_of_its_own_that_is_adopted() {
    let mut network = Network::ready(false).await.unwrap();
    let _gone = network.watched().await.unwrap();
    let (air, before) = (network.air_pid().await.unwrap(), sessions_in_air(&network).await);
    let (first, watching) = network.restart_core(true).await.unwrap();
    println!("Core killed beside its Air: first pictures after {:?} ms", in_ms(&first));
    assert!(first.iter().all(|time| *time < BUSY), "{first:?}");
    assert!(is_there(air), "an Air that Core did not start ended with it");
    let after = sessions_in_air(&network).await;
    assert_eq!((after.len() as u32, after.is_disjoint(&before)), (CHANNELS, true), "{before:?} {after:?}");
    drop(watching);

    // hung, it is nobody's to kill: viewers wait until it comes back
    let mut watching = network.watched().await.unwrap();
    let pid = Pid::from_raw(i32::try_from(air).unwrap()).unwrap();
    let goes_on = async {
        let hung = async || {
            let status = network.data(&["status"]).await.unwrap();
            let failed = status["channels"].as_array()?.iter().all(|channel| channel["state"] != "on_air");
            (status["air"]["state"] == "down" && failed).then_some(())
        };
        wait_for("Air's silence to be noticed", SOON, hung).await.unwrap();
        kill_process(pid, Signal::CONT).unwrap();
    };
    let (without, ()) = tokio::join!(network.signal_air(Signal::STOP, &mut watching), goes_on);
    println!("Air stopped and continued: new pictures after {:?} ms", in_ms(&without.unwrap()));
    judge(&network, &watching).await;
    assert_eq!(sessions_in_air(&network).await.len() as u32, CHANNELS);
}
