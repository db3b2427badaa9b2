//! The end of the daemons: in order, in time, and clean for those who watch.

use std::os::unix::process::ExitStatusExt;

use futures::future::join_all;
use retrovue_testkit::clips;
use retrovue_testkit::daemon::Site;
use retrovue_testkit::viewer::Until;
use retrovue_testkit::wait::wait_for;
use rustix::process::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UnixStream};

use crate::station::{SOON, Station};

/// A request whose body never comes, so that it cannot be answered.
const HALF_A_REQUEST: &[u8] =
    b"POST /api/v1/channels HTTP/1.1\r\nhost: core\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";

/// In which order the log tells of the end.
const ORDER: [&str; 8] = [
    "signal received: draining",
    "closing the doors",
    "stopping the channels",
    "answering what was asked",
    "connections take nothing and are cut off",
    "letting go of Air",
    "Air has ended",
    "drained",
];

async fn half_a_request(site: &Site) -> UnixStream {
    let mut operator = UnixStream::connect(site.home().join("run/core.sock")).await.unwrap();
    operator.write_all(HALF_A_REQUEST).await.unwrap();
    operator
}

#[tokio::test]
async fn on_air_a_drain_is_clean_for_viewers_and_waits_for_nobody_else() {
    let clips = clips::mixed().into_iter().take(2).map(|clip| clip.lasting(4)).collect();
    let mut station = Station::playing(clips).await;
    let mut viewers = vec![station.watch().await, station.watch().await];
    join_all(viewers.iter_mut().map(|viewer| viewer.until(Until::Pictures(60), SOON))).await;
    // one who asked and reads nothing, one who asks by halves
    let mut idle = TcpStream::connect(station.site.http()).await.unwrap();
    idle.write_all(b"GET /channel/marked.ts HTTP/1.1\r\nhost: core\r\n\r\n").await.unwrap();
    let three = async || (station.status().await.1["viewers"] == 3).then_some(());
    wait_for("all to watch", SOON, three).await.unwrap();
    let operator = half_a_request(&station.site).await;

    let status = station.core.terminate(SOON).await.unwrap();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
    for viewer in &mut viewers {
        // a response that breaks off is an error here
        viewer.until(Until::Ended, SOON).await.unwrap();
        assert_eq!(viewer.bytes().len() % 188, 0, "whole packets");
    }
    let log = station.core.log();
    let places: Vec<_> = ORDER.iter().map(|line| log.find(line)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} of {ORDER:?} in\n{log}");
    assert!(!log.contains("draining took too long"), "{log}");
    for left in ["core.sock", "ts.sock", "air.sock", "http.addr"] {
        assert!(!station.site.home().join("run").join(left).exists(), "{left} is left behind");
    }
    drop((idle, operator));
}

#[tokio::test]
async fn a_second_signal_aborts() {
    let site = Site::new().unwrap();
    let mut core = site.start_core().await.unwrap();
    let operator = half_a_request(&site).await;
    // two of a kind that come together count as one
    core.signal(Signal::TERM).unwrap();
    core.signal(Signal::INT).unwrap();
    let status = wait_for("Core to abort", SOON, async || core.ended()).await.unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(core.log().contains("second signal: leaving at once"), "{}", core.log());
    drop(operator);
}
