//! Breaks as they are found in real files: a clip that is black and silent in its middle, read by Air.

use std::path::Path;
use std::process::Command;

use retrovue_testkit::daemon::Site;
use retrovue_testkit::wait::wait_for;
use serde_json::{Value, json};

use crate::station::SOON;

/// Forty seconds of pictures and noise; from 19 s on both rest for a second and a half, from 9 s on pictures alone.
fn film(path: &Path) {
    let made = Command::new("ffmpeg")
        .args("-y -v error -nostdin -f lavfi -i testsrc2=s=320x180:r=25:d=40 -f lavfi -i".split(' '))
        .arg("anoisesrc=c=pink:r=48000:d=40:seed=1,volume=-20dB,volume=0:enable='between(t,19,20.5)'")
        .args(["-vf", "drawbox=c=black:t=fill:enable='between(t,19,20.5)+between(t,9,10)'"])
        .args("-c:v libx264 -preset ultrafast -c:a flac".split(' '))
        .arg(path)
        .output()
        .expect("ffmpeg is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

async fn data(site: &Site, line: &str) -> Value {
    let words: Vec<&str> = line.split(' ').collect();
    site.retrovue(&words).await.unwrap().data().unwrap().clone()
}

/// What is known of the one asset, as soon as no enricher waits.
async fn enriched(site: &Site) -> Value {
    let is_done = async || {
        let all = data(site, "enricher list").await["enrichers"].clone();
        all.as_array().unwrap().iter().all(|enricher| enricher["waiting"] == 0).then_some(())
    };
    wait_for("enrichers to be done", SOON, is_done).await.unwrap();
    let id = data(site, "asset list").await["assets"][0]["id"].as_str().unwrap().to_owned();
    data(site, &format!("asset show {id}")).await
}

#[tokio::test]
async fn a_film_is_broken_where_it_is_black_and_silent() {
    let site = Site::new().unwrap().with("RETROVUE_LIBRARY__MEASURE", "true").with("RETROVUE_LIBRARY__WATCH", "off");
    let library = site.home().join("library");
    std::fs::create_dir(&library).unwrap();
    film(&library.join("film.mkv"));
    std::fs::write(library.join("film.nfo"), "<movie><title>Pauses</title></movie>").unwrap();
    let mut core = site.start_core().await.unwrap();
    data(&site, &format!("source add library --path {}", library.display())).await;
    data(&site, "source sync library").await;
    // whatever it was doing then, the next one goes on with
    core.crash().unwrap();
    core = site.start_core().await.unwrap();
    let film = enriched(&site).await;
    let breaks = film["breaks"].as_array().unwrap();
    let at_ms = breaks[0]["at_ms"].as_i64().unwrap();
    assert!(breaks.len() == 1 && (19_600..=19_900).contains(&at_ms), "{film}");
    assert!(breaks[0]["confidence"].as_u64().unwrap() >= 90, "{film}");
    let measured = film["measured"]["measured_utc"].clone();

    data(&site, "enricher set breaks --set confidence=30 --set spacing=5s").await;
    let film = enriched(&site).await;
    let breaks = film["breaks"].as_array().unwrap();
    assert!(breaks.len() == 2 && (9_300..=9_700).contains(&breaks[0]["at_ms"].as_i64().unwrap()), "{film}");
    assert_eq!(film["measured"]["measured_utc"], measured, "it was not read again");

    data(&site, "enricher detach loudness --source library").await;
    data(&site, "enricher detach nfo --source library").await;
    let taken = async || {
        let film = enriched(&site).await;
        (film["title"] == "film" && film["loudness"].is_null()).then_some(())
    };
    wait_for("what was told to be taken away", SOON, taken).await.unwrap();
    data(&site, "enricher attach loudness --source library").await;
    data(&site, "enricher attach nfo --source library").await;
    let back = async || {
        let film = enriched(&site).await;
        (film["title"] == "Pauses" && !film["loudness"].is_null()).then(|| film["measured"]["measured_utc"].clone())
    };
    assert_eq!(wait_for("it to come back", SOON, back).await.unwrap(), json!(measured), "it was not read again");
    core.terminate(SOON).await.unwrap();
}
