//! Requests for tuners, by datagrams.

use std::net::Ipv4Addr;
use std::time::Duration;

use retrovue_core::director::hdhomerun::discovery;
use tokio::net::UdpSocket;

use crate::station::Station;

/// As Jellyfin and Emby send it.
const REQUEST: [u8; 20] = [0, 2, 0, 12, 1, 4, 255, 255, 255, 255, 2, 4, 255, 255, 255, 255, 0x73, 0xCC, 0x7D, 0x8F];

/// Longer than anything that a busy machine does to a test.
const PATIENCE: Duration = Duration::from_secs(20);

async fn socket() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

/// A client of `station`, which answers it.
async fn client(station: &Station) -> UdpSocket {
    let (socket, client) = (socket().await, socket().await);
    client.connect(socket.local_addr().unwrap()).await.unwrap();
    tokio::spawn(discovery::answer(station.director.clone(), socket));
    client
}

#[tokio::test]
async fn a_request_is_answered_and_what_is_malformed_is_dropped() {
    let station = Station::open(PATIENCE).await;
    let client = client(&station).await;
    let mut broken = REQUEST;
    broken[9] ^= 1;
    for datagram in [&broken[..], &REQUEST[..19], b"", b"M-SEARCH * HTTP/1.1\r\n\r\n", &[0; 1400], &REQUEST] {
        client.send(datagram).await.unwrap();
    }
    let mut reply = [0; 1500];
    let length = tokio::time::timeout(PATIENCE, client.recv(&mut reply)).await.unwrap().unwrap();
    let device: serde_json::Value = station.get("/discover.json").await.json().await.unwrap();
    let id = u32::from_str_radix(device["DeviceID"].as_str().unwrap(), 16).unwrap();
    assert_eq!((&reply[..2], &reply[4..10]), (&[0, 3][..], &[1, 4, 0, 0, 0, 1][..]));
    assert_eq!((&reply[10..12], &reply[12..16]), (&[2, 4][..], &id.to_be_bytes()[..]));
    let told = String::from_utf8_lossy(&reply[..length]);
    assert!(told.contains(device["LineupURL"].as_str().unwrap()), "{told}");
    for line in [
        "retrovue_discovery_requests_total{protocol=\"hdhomerun\",result=\"malformed\"} 5",
        "retrovue_discovery_requests_total{protocol=\"hdhomerun\",result=\"answered\"} 1",
    ] {
        station.until_metric(line).await;
    }
    assert!(client.try_recv(&mut reply).is_err(), "one answer to one request");
}

#[tokio::test]
async fn who_may_not_watch_is_told_nothing() {
    let station = Station::open_to(PATIENCE, &["192.168.0.0/16"]).await;
    let client = client(&station).await;
    client.send(&REQUEST).await.unwrap();
    station.until_metric("retrovue_discovery_requests_total{protocol=\"hdhomerun\",result=\"refused\"} 1").await;
    assert!(client.try_recv(&mut [0; 1500]).is_err());
}
