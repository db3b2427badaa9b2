//! What viewers and machines get besides streams.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use reqwest::Method;
use retrovue_testkit::http;
use serde_json::Value;

use crate::station::{SLUG, Station};

async fn station() -> Station {
    Station::open(Duration::from_secs(600)).await
}

#[tokio::test]
async fn unknown_things_are_problem_documents() {
    let station = station().await;
    let cases = [
        (Method::GET, "/channel/nope.ts", 404, "channel_not_found"),
        (Method::HEAD, "/channel/nope.ts", 404, ""),
        (Method::GET, "/channel/classics", 404, "channel_not_found"),
        (Method::GET, "/channel/%ff.ts", 404, "channel_not_found"),
        (Method::GET, "/auto/v99", 404, "channel_not_found"),
        (Method::GET, "/auto/2.1", 404, "channel_not_found"),
        (Method::GET, "/nothing/here", 404, "not_found"),
        (Method::GET, "/api/v1/status", 404, "not_found"),
        (Method::POST, "/channel/classics.ts", 405, "method_not_allowed"),
        (Method::GET, "/api/v1/guide?from=yesterday", 400, "usage"),
        (Method::GET, "/api/v1/guide?hours=-1", 400, "usage"),
        (Method::GET, "/api/v1/guide?channel=nope", 404, "channel_not_found"),
    ];
    for (method, path, status, code) in cases {
        let response = station.request(method.clone(), path).await;
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{method} {path}");
        if method != Method::HEAD {
            let problem: Value = response.json().await.unwrap();
            assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_guide_is_a_page_and_json() {
    let station = station().await;
    let page = station.get("/").await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let page = page.text().await.unwrap();
    assert!(page.contains("Classics") && page.contains(&format!("/channel/{SLUG}.ts")), "{page}");
    assert!(!page.contains("<b>film"), "{page}");

    let guide: Value = station.get("/api/v1/guide?from=2026-11-22T20:00:00Z&hours=2").await.json().await.unwrap();
    let programme = &guide["channels"][0]["programmes"][0];
    assert_eq!(
        (&programme["title"], &programme["end_utc"]),
        (&"A <b>film</b>".into(), &"2026-11-22T22:10:00.000Z".into())
    );
}

#[tokio::test]
async fn who_has_the_guide_is_told_so_until_it_changes() {
    let station = station().await;
    for path in
        ["/api/v1/guide?from=2026-11-22T20:00:00Z&hours=2", "/api/v1/guide?from=2026-11-22T20:00:00Z&channel=classics"]
    {
        let ask = async |name: &'static str, value: &str| {
            let url = format!("http://{}{path}", station.address());
            http::client().get(url).header(name, value).send().await.unwrap()
        };
        let first = station.get(path).await;
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        let text = first.text().await.unwrap();
        let packed = ask("accept-encoding", "gzip").await;
        assert_eq!(
            (&packed.headers()["content-encoding"], &packed.headers()["etag"]),
            (&"gzip".parse().unwrap(), &tag.parse().unwrap())
        );
        let mut unpacked = String::new();
        GzDecoder::new(&packed.bytes().await.unwrap()[..]).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        let again = ask("if-none-match", &tag).await;
        assert_eq!((again.status(), &again.headers()["etag"]), (304.try_into().unwrap(), &tag.parse().unwrap()));
        assert_eq!(again.text().await.unwrap(), "");

        station.programming.retitle(&format!("Another of {path}"));
        let changed = ask("if-none-match", &tag).await;
        assert_eq!(changed.status(), 200);
        assert_ne!(changed.headers()["etag"], tag);
        assert!(changed.text().await.unwrap().contains("Another of"));
    }
    let page = station.get("/").await;
    assert!(page.headers().contains_key("etag") && page.headers()["content-type"] == "text/html; charset=utf-8");
}

#[tokio::test]
async fn the_playlist_leads_back_to_where_it_was_fetched() {
    let station = station().await;
    let response = station.get("/channels.m3u").await;
    let authority = response.url().authority().to_owned();
    let list = response.text().await.unwrap();
    assert!(list.contains(&format!("\nhttp://{authority}/channel/{SLUG}.ts\n")), "{list}");
}

#[tokio::test]
async fn readiness_follows_air_and_metrics_count() {
    let station = station().await;
    assert_eq!(station.get("/healthz").await.status(), 200);
    let unready = station.get("/readyz").await;
    assert_eq!(unready.status(), 503);
    assert!(unready.json::<Value>().await.unwrap()["detail"].as_str().unwrap().contains("Air is down"));
    let _air = station.air();
    let mut viewer = station.watch().await;
    viewer.pictures(5).await;
    assert_eq!(station.get("/readyz").await.status(), 200);
    let metrics = station.get("/metrics").await.text().await.unwrap();
    for line in ["retrovue_viewers{channel=\"classics\"} 1", "retrovue_sessions_started_total{channel=\"classics\"} 1"]
    {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(station.metrics.text().contains("retrovue_air_up 1") && metrics.contains("process_open_fds"));
}

#[tokio::test]
async fn only_allowed_networks_watch() {
    let station = Station::open_to(Duration::from_secs(1), &["192.168.0.0/16", "fd00::/8"]).await;
    for path in ["/", "/channels.m3u", "/channel/classics.ts", "/channel/nope.ts"] {
        let response = station.get(path).await;
        assert_eq!(response.status(), 403, "{path}");
        assert_eq!(response.json::<Value>().await.unwrap()["code"], "network_not_allowed");
    }
    assert_eq!(station.get("/healthz").await.status(), 200);
    let station = Station::open_to(Duration::from_secs(1), &["10.0.0.0/8", "127.0.0.0/8"]).await;
    assert_eq!(station.get("/channels.m3u").await.status(), 200);
}
