//! Media servers find Core on their network, which is one of its own here.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use retrovue_testkit::daemon::Site;
use retrovue_testkit::http;
use retrovue_testkit::lan::Lan;
use retrovue_testkit::wait::wait_for;
use serde_json::Value;
use tokio::net::UdpSocket;

use crate::station::SOON;

const STATION: Ipv4Addr = Ipv4Addr::new(10, 83, 0, 1);
const GUEST: Ipv4Addr = Ipv4Addr::new(10, 83, 0, 2);
const GROUP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(239, 255, 255, 250)), 1900);

/// An installation that listens on all addresses.
fn site() -> Site {
    let site = Site::new().unwrap();
    let listen = format!("0.0.0.0:{}", site.http().port());
    site.with("RETROVUE_HTTP", &listen)
}

async fn heard(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut datagram = vec![0; 2048];
    let (length, from) = tokio::time::timeout(SOON, socket.recv_from(&mut datagram)).await.unwrap().unwrap();
    datagram.truncate(length);
    (datagram, from)
}

/// What is announced next to all who listen, with this in it.
async fn announced(socket: &UdpSocket, kind: &str) -> String {
    loop {
        let (datagram, from) = heard(socket).await;
        let text = String::from_utf8(datagram).unwrap();
        if from.ip() == STATION && text.contains(kind) {
            return text;
        }
    }
}

/// What the client of libhdhomerun prints.
fn asked(arguments: &[&str]) -> String {
    let output = Command::new("hdhomerun_config").args(arguments).output();
    let output = output.expect("this test needs hdhomerun_config; install it with: apt-get install hdhomerun-config");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn media_servers_find_core_where_they_look() {
    let lan = Lan::new().await.unwrap();
    lan.guest.enter().unwrap();
    let listener = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 1900)).await.unwrap();
    listener.join_multicast_v4(Ipv4Addr::new(239, 255, 255, 250), GUEST).unwrap();
    lan.station.enter().unwrap();
    let site = site();
    let mut core = site.start_core().await.unwrap();
    let device: Value = http::get(site.url("/discover.json")).await.unwrap().json().await.unwrap();
    let id = device["DeviceID"].as_str().unwrap();
    lan.guest.enter().unwrap();
    let base = format!("http://{STATION}:{}", site.http().port());

    // it waits for less than half a second, whatever else the machine does
    let expected = format!("hdhomerun device {id} found at {STATION}\n");
    for arguments in [&["discover"][..], &["discover", "10.83.0.1"]] {
        let found = async || (asked(arguments) == expected).then_some(());
        wait_for(&format!("hdhomerun_config {arguments:?} to print {expected}"), SOON, found).await.unwrap();
    }

    let socket = UdpSocket::bind((GUEST, 0)).await.unwrap();
    socket.set_broadcast(true).unwrap();
    // Home Assistant's
    let request = b"\x00\x02\x00\x0c\x01\x04\x00\x00\x00\x01\x02\x04\xff\xff\xff\xff\x4e\x50\x7f\x35";
    socket.send_to(request, (Ipv4Addr::BROADCAST, 65001)).await.unwrap();
    let (reply, from) = heard(&socket).await;
    assert_eq!(from, (STATION, 65001).into());
    let told = String::from_utf8_lossy(&reply);
    assert!(told.contains(&base) && told.contains(&format!("{base}/lineup.json")), "{told}");

    let target = "urn:schemas-upnp-org:device:MediaServer:1";
    let search =
        format!("M-SEARCH * HTTP/1.1\r\nHOST: {GROUP}\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: {target}\r\n\r\n");
    socket.send_to(search.as_bytes(), GROUP).await.unwrap();
    let (answer, _) = heard(&socket).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(&format!("\r\nST: {target}\r\n")), "{answer}");
    let location = answer.lines().find_map(|line| line.strip_prefix("LOCATION: ")).unwrap();
    assert_eq!(location, format!("{base}/device.xml"));
    let description = http::get(location).await.unwrap().text().await.unwrap();
    assert!(description.contains(&format!("<serialNumber>{id}</serialNumber>")), "{description}");

    let alive = announced(&listener, "ssdp:alive").await;
    assert!(alive.contains("CACHE-CONTROL: max-age=1800\r\n") && alive.contains(location), "{alive}");
    assert!(core.terminate(SOON).await.unwrap().success());
    announced(&listener, "ssdp:byebye").await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_and_the_rest_goes_on() {
    let lan = Lan::new().await.unwrap();
    lan.station.enter().unwrap();
    let _other = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 65001)).await.unwrap();
    let site = site();
    let mut core = site.start_core().await.unwrap();
    let warned = async || core.log().contains("UDP port 65001 cannot be had").then_some(());
    wait_for("a warning", SOON, warned).await.unwrap();
    assert_eq!(http::get(site.url("/lineup.json")).await.unwrap().status(), 200);
    lan.guest.enter().unwrap();
    let socket = UdpSocket::bind((GUEST, 0)).await.unwrap();
    let search = format!("M-SEARCH * HTTP/1.1\r\nHOST: {GROUP}\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n");
    socket.send_to(search.as_bytes(), GROUP).await.unwrap();
    for _ in 0..3 {
        assert!(heard(&socket).await.0.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    assert!(core.terminate(SOON).await.unwrap().success());
}

#[tokio::test]
async fn a_core_for_this_machine_alone_listens_to_nobody_else() {
    let site = Site::new().unwrap();
    let mut core = site.start_core().await.unwrap();
    assert!(core.terminate(SOON).await.unwrap().success());
    assert!(!core.log().contains("media servers"), "{}", core.log());
}
