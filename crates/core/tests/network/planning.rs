//! A whole network is planned while a channel is on air, by a thread that yields to it.

use std::cell::Cell;
use std::time::Duration;

use retrovue_testkit::clips;
use retrovue_testkit::daemon::{Thread, threads};
use retrovue_testkit::viewer::Until;
use retrovue_testkit::wait::wait_for;

use crate::station::{SOON, Station};
use crate::stock::{channel_file, stock};

/// Of the library, which has no files.
const ASSETS: u32 = 10_000;

/// Applied at once.
const CHANNELS: u32 = 100;

/// More than a look at what is planned already takes.
const MUCH: Duration = Duration::from_millis(100);

/// Debug builds on busy machines.
const LONG: Duration = Duration::from_secs(240);

#[tokio::test]
async fn on_air_a_channel_goes_on_while_a_network_is_planned() {
    let clips = clips::mixed().into_iter().take(6).map(|clip| clip.lasting(4)).collect();
    let station = Station::playing(clips).await;
    stock(&station.site.home().join("retrovue.db"), ASSETS, station.now().await).unwrap();
    let files: Vec<String> =
        (0..CHANNELS).map(|number| station.write(&format!("{number}.yaml"), &channel_file(number))).collect();
    let apply: Vec<&str> = ["channel", "apply"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let mut viewer = station.watch().await;
    viewer.until(Until::Pictures(1), SOON).await.unwrap();

    let is_planned = Cell::new(false);
    let planning = async {
        let applied = station.data(&apply).await;
        is_planned.set(true);
        applied
    };
    let watching = async {
        while !is_planned.get() {
            viewer.until(Until::Pictures(viewer.pictures().len() + 5), SOON).await.unwrap();
        }
        // and beyond it
        viewer.until(Until::Pictures(viewer.pictures().len() + 60), SOON).await.unwrap();
    };
    let pid = station.core.pid();
    let works = |thread: &Thread| thread.name == "planning" && thread.cpu >= MUCH;
    let at_work = wait_for("a thread that plans", LONG, async || threads(pid).unwrap().into_iter().find(works));
    let (applied, (), at_work) = tokio::join!(planning, watching, at_work);

    assert_eq!(applied["channels"].as_array().unwrap().len(), CHANNELS as usize);
    let first = &threads(pid).unwrap()[0];
    assert_eq!(at_work.unwrap().niceness, (first.niceness + 10).min(19), "planning yields to what is on air");
    // how much of it is late, or slate, is the machine's: `just bench planning` tells
    let verdict = station.judge(&viewer).await;
    assert_eq!(verdict.report.seams, []);
}
