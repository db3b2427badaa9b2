//! Viewers whose lines carry less than the channel sends skip, and are let go at last; the others notice nothing.

use std::time::Duration;

use retrovue_core::fanout::ring::Limits;
use retrovue_mpegts::conformance::{Expect, check};
use retrovue_mpegts::packet::PACKET;
use retrovue_timeline::TICKS_PER_SECOND;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::station::{SLUG, Station, rate};
use crate::viewer::{contiguous, frames};

/// So much of the fake Air's 66 kB/s.
const SIP: usize = 2000;
const SIPS_EVERY: Duration = Duration::from_millis(100);

/// With a receiver that small, nearly all that waits for a viewer waits in Core and its kernel.
const RECEIVES: u32 = 16 << 10;

/// Segments as on an Ethernet: those of loopback are larger than this receiver.
const SEGMENT: u32 = 1460;

#[tokio::test]
async fn who_is_too_slow_skips_and_goes_and_nobody_else_notices() {
    // as with the whole ring, where every second counts as four
    let station = Station::within(Limits { ticks: 3 * TICKS_PER_SECOND, ..Limits::default() }).await;
    let _air = station.air();
    let mut quick = station.watch().await;
    quick.pictures(10).await;
    let (slow, stuck) = (line(&station).await, line(&station).await);
    let slow = tokio::spawn(sip_to_the_end(slow));
    let counted = |name: &str| station.metrics.text().lines().find_map(|line| line.strip_prefix(name)?.parse().ok());
    let of_channel = |name: &str| -> Option<u32> { counted(&format!("{name}{{channel=\"{SLUG}\"}} ")) };
    let both_are_gone = async {
        while station.channels.find(SLUG).unwrap().viewers() > 1 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let report = quick.during(both_are_gone).await;
    assert!(report.is_clean() && report.seams.is_empty() && contiguous(&frames(&report)), "{}", report.summary());
    let behind = rate().frame_at(station.clock.now()).0 - frames(&report).last().unwrap();
    assert!((0..50).contains(&behind), "the newest picture lies {behind} frames behind");

    let got = slow.await.unwrap();
    let report = check(&got, &Expect { frame_rate: rate(), near: rate().frame_at(station.clock.now()) });
    assert!(got.len().is_multiple_of(PACKET), "{} bytes are not whole packets", got.len());
    assert!(report.is_clean(), "{}", report.summary());
    let gaps = frames(&report).windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
    assert_eq!((report.seams.len(), gaps), (7, 7), "{}", report.summary());
    assert_eq!(of_channel("retrovue_viewer_skips_total"), Some(7));
    assert_eq!(of_channel("retrovue_viewers_disconnected_total"), Some(1));
    assert_eq!(counted("retrovue_connections_stalled_total "), Some(1));
    drop(stuck);
}

/// A connection that has asked for the channel, and has read nothing yet.
async fn line(station: &Station) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(RECEIVES).unwrap();
    SockRef::from(&socket).set_tcp_mss(SEGMENT).unwrap();
    let mut socket = socket.connect(station.address()).await.unwrap();
    socket.write_all(format!("GET /channel/{SLUG}.ts HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).await.unwrap();
    socket
}

/// The stream as it comes through, without the answer's head.
async fn sip_to_the_end(mut socket: TcpStream) -> Vec<u8> {
    let (mut got, mut sip, mut sips) = (Vec::new(), [0; SIP], tokio::time::interval(SIPS_EVERY));
    loop {
        sips.tick().await;
        match socket.read(&mut sip).await.unwrap() {
            0 => break,
            read => got.extend_from_slice(&sip[..read]),
        }
    }
    let end = got.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    got.split_off(end + 4)
}
