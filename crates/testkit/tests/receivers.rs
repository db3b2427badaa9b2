//! Viewers keep what they get, and daemons go with the test.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use retrovue_mpegts::mux::{Mux, MuxConfig, Slot};
use retrovue_testkit::daemon::{Launch, binary};
use retrovue_testkit::viewer::{TsEndpoint, Until, Viewer};
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::{FrameIndex, FrameRate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

const RATE: FrameRate = FrameRate::HOUSE[2];
const DEADLINE: Duration = Duration::from_secs(20);

/// Fifty slots, two seconds.
fn stream() -> Vec<u8> {
    let mut mux = Mux::new(&MuxConfig::default());
    let mut out = Vec::new();
    for at in 0..50 {
        let video = [0, 0, 0, 1, 9, 0xF0, 0, 0, 1, 0x41];
        let slot =
            Slot { pts: RATE.pts(FrameIndex(at)), duration_ticks: 3600, keyframe: at == 0, video: &video, audio: &[] };
        mux.slot(&slot, &mut out);
    }
    out
}

/// Answers one request with `head` and the stream, then closes.
async fn serve(head: &'static str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await?;
        connection.read_buf(&mut Vec::with_capacity(4096)).await?;
        connection.write_all(head.as_bytes()).await?;
        connection.write_all(&stream()).await
    });
    Ok(format!("http://{address}/x.ts"))
}

#[tokio::test]
async fn a_viewer_waits_for_pictures_and_for_the_end() -> Result<()> {
    let url = serve("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n").await?;
    let mut viewer = Viewer::connect(&url).await?;
    assert_eq!(viewer.headers()["content-type"], "video/mp2t");
    viewer.until(Until::Pictures(10), DEADLINE).await?;
    viewer.until(Until::Seconds(1.9), DEADLINE).await?;
    viewer.until(Until::Reached(RATE.pts(FrameIndex(49))), DEADLINE).await?;
    viewer.until(Until::Ended, DEADLINE).await?;
    assert_eq!(viewer.bytes(), stream());
    assert!(viewer.pictures()[0].keyframe && viewer.first_byte_after().is_some());
    assert!(viewer.until(Until::Pictures(51), DEADLINE).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_told_with_its_text() -> Result<()> {
    let url = serve("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull").await?;
    let error = Viewer::connect(&url).await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("503") && error.ends_with("full"), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_endpoint_takes_a_stream_with_its_token_only() -> Result<()> {
    let endpoint = TsEndpoint::open()?;
    let path = endpoint.endpoint().trim_start_matches("unix:").to_owned();

    let mut air = UnixStream::connect(&path).await?;
    air.write_all(&[endpoint.token(), stream()].concat()).await?;
    let mut received = endpoint.accept(DEADLINE).await?;
    received.until(Until::Pictures(50), DEADLINE).await?;
    drop(air);
    received.until(Until::Ended, DEADLINE).await?;
    assert_eq!(received.bytes(), stream());

    let mut stranger = UnixStream::connect(&path).await?;
    stranger.write_all(&[7; 32]).await?;
    assert!(endpoint.accept(DEADLINE).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_dropped_daemon_takes_its_children_along() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let launch = Launch::new(Path::new("/bin/sh"), &directory.path().join("log"))
        .arg("-c")
        .arg("sleep 300 & echo child $!; wait");
    let mut daemon = launch.start()?;
    let log = directory.path().join("log");
    let child = daemon.wait_for("its child", DEADLINE, async || child_in(&log)).await?;
    assert!(!is_gone(child));
    drop(daemon);
    wait_for("the child to be gone", DEADLINE, async || is_gone(child).then_some(())).await
}

fn child_in(log: &Path) -> Option<u32> {
    let log = std::fs::read_to_string(log).ok()?;
    // a line is whole once it has ended
    let line = log.split_inclusive('\n').find(|line| line.ends_with('\n'))?;
    line.trim().strip_prefix("child ")?.parse().ok()
}

/// Gone, or dead and not yet collected by whoever inherited it.
fn is_gone(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}

#[tokio::test]
async fn a_daemon_that_ends_is_not_awaited() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let launch =
        Launch::new(Path::new("/bin/sh"), &directory.path().join("log")).arg("-c").arg("echo no such file; exit 3");
    let mut daemon = launch.start()?;
    let error = daemon.wait_for("it to serve", DEADLINE, async || None::<()>).await.err();
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("exit status: 3") && error.contains("no such file"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_daemon_can_be_terminated() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let launch = Launch::new(Path::new("/bin/sleep"), &directory.path().join("log")).arg("300");
    let status = launch.start()?.terminate(DEADLINE).await?;
    assert!(!status.success());
    Ok(())
}

#[test]
fn a_program_that_is_not_built_says_how() {
    let error = binary("retrovue-nothing").err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.ends_with("build it first: cargo build --workspace"), "{error}");
}
