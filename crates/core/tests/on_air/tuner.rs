//! Core as the tuner that media servers know, asked as each of them asks.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use retrovue_testkit::http;
use serde_json::{Value, json};

use crate::station::{SLUG, Station, rate};
use crate::viewer::Viewer;

async fn station() -> Station {
    Station::open(Duration::from_secs(600)).await
}

impl Station {
    fn asks(&self, agent: &str, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address());
        http::client().request(method, url).header("user-agent", agent)
    }

    async fn document(&self, agent: &str, path: &str) -> Value {
        let response = self.asks(agent, Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{agent} {path}");
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/json"), "{path}");
        response.json().await.unwrap()
    }

    async fn shows_pictures(&self, response: Response) {
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"video/mp2t".parse().unwrap())
        );
        Viewer::new(response, rate(), self.clock.now()).pictures(5).await;
    }
}

#[tokio::test]
async fn the_device_tells_what_it_is_and_what_it_has() {
    let station = station().await;
    let base = format!("http://{}", station.address());
    let device = station.document("", "/discover.json").await;
    let id = device["DeviceID"].as_str().unwrap();
    assert!(id.len() == 8 && id.starts_with("10") && id.bytes().all(|c| c.is_ascii_hexdigit()), "{id}");
    assert_eq!(
        device,
        json!({
            "FriendlyName": "RetroVue", "ModelNumber": "HDHR5-4US", "FirmwareName": "hdhomerun5_atsc",
            "FirmwareVersion": "20250815", "DeviceID": id, "DeviceAuth": "retrovue", "BaseURL": base,
            "LineupURL": format!("{base}/lineup.json"), "TunerCount": 1,
        })
    );
    station.add("late", "10.1").await;
    assert_eq!(station.document("", "/discover.json").await["TunerCount"], 2);
    let lineup = station.document("", "/lineup.json").await;
    let channel = |number: &str, name: &str| {
        json!({
            "GuideNumber": number, "GuideName": name, "VideoCodec": "H264", "AudioCodec": "AAC", "HD": 1,
            "URL": format!("{base}/auto/v{number}"),
        })
    };
    assert_eq!(lineup, json!([channel("2.1", "Classics"), channel("10.1", "late")]));
    let description = station.get("/device.xml").await.text().await.unwrap();
    for part in [
        "<deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>",
        "<friendlyName>RetroVue</friendlyName>",
        &format!("<serialNumber>{id}</serialNumber>"),
        &format!("<URLBase>{base}</URLBase>"),
        "<UDN>uuid:",
    ] {
        assert!(description.contains(part), "{part} is not in\n{description}");
    }
}

#[tokio::test]
async fn the_lineup_comes_in_three_shapes() {
    let station = station().await;
    station.add("a-b", "3").await;
    station.programming.channels.lock().unwrap()[1].name = "A & <B>".to_owned();
    station.channels.reload().await.unwrap();
    let xml = station.get("/lineup.xml").await;
    assert_eq!(xml.headers()["content-type"], "application/xml; charset=utf-8");
    let xml = xml.text().await.unwrap();
    assert!(xml.contains("<GuideNumber>3</GuideNumber><GuideName>A &#38; &#60;B&#62;</GuideName>"), "{xml}");
    assert!(xml.contains(&format!("<URL>http://{}/auto/v2.1</URL>", station.address())), "{xml}");
    let lists = [station.get("/lineup.m3u").await, station.get("/channels.m3u").await];
    let [lineup, channels] = lists.map(|list| list.text());
    assert_eq!(lineup.await.unwrap(), channels.await.unwrap());
    station.programming.channels.lock().unwrap().clear();
    station.channels.reload().await.unwrap();
    assert_eq!(station.document("", "/lineup.json").await, json!([]));
    assert_eq!(station.document("", "/discover.json").await["TunerCount"], 1);
}

/// As Plex adds a tuner, scans it and tunes.
#[tokio::test]
async fn plex_scans_and_watches() {
    let station = station().await;
    let _air = station.air();
    let agent = "PlexMediaServer/1.43.0.10492-121068a07";
    station.document(agent, "/discover.json").await;
    station.document(agent, "/lineup_status.json").await;
    station.asks(agent, Method::GET, "/device.xml").send().await.unwrap().error_for_status().unwrap();
    station.document(agent, "/lineup.json").await;
    let scan = station.asks(agent, Method::POST, "/lineup.post?scan=start&source=Cable");
    let scan = scan.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    assert_eq!(scan.status(), 200);
    assert!(!scan.text().await.unwrap().is_empty());
    let status = json!({ "ScanInProgress": 0, "ScanPossible": 1, "Source": "Cable", "SourceList": ["Cable"] });
    assert_eq!(station.document(agent, "/lineup_status.json").await, status);
    let lineup = station.document(agent, "/lineup.json").await;
    let stream = http::client().get(lineup[0]["URL"].as_str().unwrap()).header("user-agent", "Lavf/60.16.100");
    let stream = stream.header("range", "bytes=0-").header("icy-metadata", "1").header("connection", "close");
    station.shows_pictures(stream.send().await.unwrap()).await;
}

/// As Jellyfin and Emby take the lineup's address from the device, and add to a stream's what they want of it.
#[tokio::test]
async fn jellyfin_and_emby_watch_with_a_profile() {
    let station = station().await;
    let _air = station.air();
    for (agent, asks_for) in
        [("Jellyfin-Server/10.11.0", "?transcode=heavy"), ("Emby/4.9", "?transcode=mobile&duration=60")]
    {
        let device = station.document(agent, "/discover.json").await;
        let lineup: Value = http::get(device["LineupURL"].as_str().unwrap()).await.unwrap().json().await.unwrap();
        let url = format!("{}{asks_for}", lineup[0]["URL"].as_str().unwrap());
        let look = http::client().head(&url).send().await.unwrap();
        assert_eq!((look.status().as_u16(), &look.headers()["content-type"]), (200, &"video/mp2t".parse().unwrap()));
        station.shows_pictures(http::get(url).await.unwrap()).await;
    }
}

/// As Channels DVR, Kodi's add-ons and small recorders ask.
#[tokio::test]
async fn what_clients_add_to_addresses_changes_nothing() {
    let station = station().await;
    let _air = station.air();
    for query in ["", "?show=all", "?show=found", "?tuning", "?tuning&show=found", "?DeviceAuth=retrovue", "?%ff=&&="] {
        let lineup = station.document("", &format!("/lineup.json{query}")).await;
        assert_eq!(lineup[0]["GuideNumber"], "2.1", "{query}");
        for path in ["/discover.json", "/lineup_status.json"] {
            station.document("", &format!("{path}{query}")).await;
        }
    }
    for request in ["scan=abort", "scan=start&source=Antenna", "favorite=%2B2.1"] {
        let answer = station.request(Method::POST, &format!("/lineup.post?{request}")).await;
        assert_eq!(answer.status(), 200, "{request}");
    }
    for path in
        ["/auto/v2.1", "/auto/v2.1?duration=10", "/auto/v2.1?clientid=0f&sessionid=1", "/auto/v2.1?transcode=none"]
    {
        assert_eq!(station.request(Method::HEAD, path).await.status(), 200, "{path}");
    }
    assert!(station.channels.find(SLUG).unwrap().viewers() == 0, "looking starts nothing");
    let first = station.get("/auto/v2.1?clientid=0f&sessionid=1").await;
    let again = station.get("/auto/v2.1?clientid=0f&sessionid=2").await;
    station.shows_pictures(first).await;
    station.shows_pictures(again).await;
}

#[tokio::test]
async fn a_tuner_says_why_there_is_no_stream() {
    let station = station().await;
    for (method, path) in
        [(Method::GET, "/auto/v99"), (Method::HEAD, "/auto/v99"), (Method::GET, "/auto/ch473000000-3")]
    {
        let response = station.request(method.clone(), path).await;
        assert_eq!(response.status(), 404, "{method} {path}");
        assert_eq!(response.headers()["x-hdhomerun-error"], "801 Unknown Channel", "{method} {path}");
    }
    let closed = Station::open_to(Duration::from_secs(1), &["192.168.0.0/16"]).await;
    for path in ["/discover.json", "/lineup.json", "/lineup.xml", "/lineup_status.json", "/device.xml", "/auto/v2.1"] {
        assert_eq!(closed.get(path).await.status(), 403, "{path}");
    }
    assert_eq!(closed.request(Method::POST, "/lineup.post?scan=start").await.status(), 403);
}
