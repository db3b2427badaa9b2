use retrovue_testkit::clips::{Clip, Container, VideoCodec};
use retrovue_testkit::expect::mismatches;
use retrovue_testkit::viewer::{TsEndpoint, Until};
use retrovue_proto::v1;
use crate::judge::planned;
use crate::stage::{LONG, RATE, Stage, plan, request};

#[tokio::test]
async fn scratch() {
    for facts in [false, true] {
    let clip = Clip::new(33).coded(VideoCodec::Hevc, Container::Mkv).lasting(6);
    let file = clip.file().unwrap();
    let mut stage = Stage::new().await;
    let start = 53_000_000_123;
    let mut sent = plan(1, start, (70..110).map(|at| (Some(&*file), at, 20)));
    if facts {
    let first = stage.site.first_picture(&file).await.unwrap();
    for s in &mut sent.segments { s.asset.as_mut().unwrap().first_picture = Some(first); }
    }
    let endpoint = TsEndpoint::open().unwrap();
    let asked = v1::StartChannelRequest { frame_limit: Some(40*20), ..request(&endpoint, sent.clone()) };
    let (_, mut viewer) = stage.start(asked, &endpoint).await;
    viewer.until(Until::Ended, LONG).await.unwrap();
    let capture = viewer.capture().unwrap();
    let wrong = mismatches(&capture.pictures().unwrap(), RATE, &planned(&sent, |_| Some(&clip)));
    println!("facts {facts}: {} wrong", wrong.len());
    let mut last = String::new();
    for w in wrong { let s = w.to_string(); if s[..30.min(s.len())] != last[..30.min(last.len())] { println!("{s}"); } last = s; }
    }
}
