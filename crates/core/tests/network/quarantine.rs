//! A file over which Air dies twice is not opened a third time.

use retrovue_store::Store;
use retrovue_store::evidence::What;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::viewer::Until;
use retrovue_testkit::wait::wait_for;
use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};

use crate::station::{SOON, Station};

#[tokio::test]
async fn on_air_a_file_that_ends_air_twice_is_slate_until_it_is_another_one() {
    let station = Station::playing(vec![Clip::new(1).sized(320, 180).lasting(60)]).await;
    let asset = station.data(&["asset", "list"]).await["assets"][0].clone();
    let id = asset["id"].as_str().unwrap();
    // whoever opens it waits for ever, and dies while it waits
    let file = station.file(0);
    std::fs::remove_file(&file).unwrap();
    mkfifoat(CWD, &file, Mode::RWXU).unwrap();

    let mut viewer = station.watch().await;
    let store = Store::open(&station.site.home().join("retrovue.db")).unwrap();
    let openings = || {
        let spool = store.evidence_position().unwrap().map(|place| place.spool_id).unwrap_or_default();
        let told = store.evidence_of_spool(&spool).unwrap().into_iter();
        let of_asset = |what| matches!(what, What::Opening { segment, .. } if segment.asset_id.as_deref() == Some(id));
        told.filter(|event| of_asset(event.what.clone())).count()
    };
    for deaths in 1..=2 {
        let opens = async || (openings() == deaths).then_some(());
        wait_for("the file to be opened", SOON, opens).await.unwrap();
        let shown = station.data(&["asset", "show", id]).await;
        assert_eq!(shown["state"], "ready", "after {} deaths", deaths - 1);
        let pid = station.status().await.0["air"]["pid"].as_i64().unwrap();
        kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
        let other = async || station.status().await.0["air"]["pid"].as_i64().filter(|now| *now != 0 && *now != pid);
        wait_for("Air to be back", SOON, other).await.unwrap();
    }

    let quarantined =
        async || Some(station.data(&["asset", "show", id]).await).filter(|shown| shown["state"] == "faulty");
    let shown = wait_for("the file to be quarantined", SOON, quarantined).await.unwrap();
    assert_eq!((&shown["fault"]["code"], &shown["approved"]), (&"quarantined".into(), &false.into()), "{shown}");
    assert_eq!(store.quarantined().unwrap().len(), 1);
    let findings = station.data(&["doctor"]).await["findings"].clone();
    let named = findings.as_array().unwrap().iter().any(|found| found["code"] == "assets_quarantined");
    assert!(named, "{findings}");
    // slate is on air in its place, and goes on
    let seen = viewer.pictures().len();
    viewer.until(Until::Pictures(seen + 100), SOON).await.unwrap();
    assert_eq!(openings(), 2, "it was opened a third time");
    assert!(station.core.log().contains("quarantined: Air died 2 times while it opened"), "{}", station.core.log());

    // another file in its place is looked at, and is on air again
    std::fs::remove_file(&file).unwrap();
    Clip::new(2).sized(320, 180).lasting(60).copy_to(&file).unwrap();
    station.data(&["source", "sync", "library"]).await;
    assert_eq!(station.data(&["asset", "show", id]).await["state"], "ready");
    let opens = async || (openings() > 2).then_some(());
    wait_for("the new file to be opened", SOON, opens).await.unwrap();

    // and the operator's word counts, too
    let refused = station.site.retrovue(&["asset", "restore", id]).await.unwrap();
    assert_eq!(refused.document["error"]["code"], "asset_not_retired", "{}", refused.document);
}
