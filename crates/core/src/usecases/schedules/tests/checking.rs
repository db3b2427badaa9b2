//! Everything that is wrong with a file, in one run.

use retrovue_store::library::{Asset, Decision};

use super::*;
use crate::cli::output::problem_line;

/// Every kind of fault that a file by itself, the library, the days and the breaks ahead can have.
const FAULTS: &str = include_str!("checking/faults.yaml");

/// What people see of them.
const LISTING: &str = include_str!("checking/faults.txt");

/// What scripts get.
const DOCUMENT: &str = include_str!("checking/faults.json");

impl Network {
    /// `line:column code`, with a `?` after warnings, and the message.
    fn faults(&self, text: &str) -> Vec<String> {
        let found = self.service.check(&file("one.yaml", text)).unwrap().findings;
        let faults = found.iter().map(|found| {
            assert!(!found.message.is_empty() && !found.hint.is_empty(), "{found:?}");
            let mark = if found.is_error() { "" } else { "?" };
            format!("{}:{} {}{mark} {}", found.line, found.column, found.code, found.message)
        });
        faults.collect()
    }

    /// Episodes of 22 minutes of a source that asks for review, all of them approved.
    fn add_reviewed(&self, series: &str, count: u32) {
        let place = Place::Folder(Path::new("/media").join(series));
        let new = NewSource { name: series.to_owned(), place, review: true };
        let source = self.store().add_source(&new, self.clock.now()).unwrap().id;
        let titles: Vec<_> = (1..=count).map(|episode| Title::part(series, episode, 22 * 60)).collect();
        let ids: Vec<String> = self.add_titles(&source, &titles).into_values().collect();
        self.store().decide(Decision::Approve, &ids, self.clock.now(), false).unwrap();
    }

    /// Commercials of a minute.
    fn add_spots(&self, count: u32) {
        let spot = |number| Title { kind: Kind::Commercial, ..Title::single(MediaType::Other, "spot", number, 60) };
        self.add_titles(&self.add_source("spots"), &(1..=count).map(spot).collect::<Vec<_>>());
    }

    fn asset(&self, title: &str) -> Asset {
        let mut assets = self.store().assets(&AssetFilter::default()).unwrap().into_iter();
        assets.find(|asset| asset.description.title == title).unwrap()
    }

    /// The file has another content now.
    fn replace(&self, title: &str) {
        let (store, now) = (self.store(), self.clock.now());
        let asset = self.asset(title);
        let file = FileFacts { fingerprint: Some(2), ..asset.file };
        let layers = Title::part("taxi", 1, 22 * 60).layers();
        let media = Media { duration_ns: 1_320_000_000_000, ..Media::default() };
        let ready = Change::Ready { id: asset.id.clone(), media, told: Box::default() };
        store.change_assets(&asset.source_id, &[Change::Replace { id: asset.id, file, layers }, ready], now).unwrap();
    }
}

#[test]
fn one_run_tells_everything() {
    let network = Network::with_series();
    network.add_reviewed("taxi", 2);
    network.add_spots(1);
    let published = "channel: one\ntimezone: Europe/Berlin\npools: { shows: { match: { series: [cheers, taxi] } } }\n\
                     schedule: { all: [{ at: \"18:00\", until: \"06:00\", play: shows }] }\n";
    network.apply(published).unwrap();
    network.lose("cheers part 9");
    network.replace("taxi part 1");

    let found = network.service.check(&file("one.yaml", FAULTS)).unwrap();
    // ids are other ones each time
    let text = serde_json::to_string(&found).unwrap().replace(&network.asset("taxi part 1").id, "ID");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document, serde_json::from_str::<serde_json::Value>(DOCUMENT).unwrap());
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.iter().map(|finding| problem_line(finding) + "\n").collect::<String>(), LISTING);
}

#[test]
fn the_days_ahead_go_on_from_where_the_channel_is() {
    let network = Network::with_series();
    network.add_episodes("taxi", 400, 22 * 60);
    let text = plan("one", "").replace("series: cheers", "series: taxi");
    let ends = ["4:10 runs_out? The pool `shows` comes to its end: on 2026-11-28 at 08:39:54 it begins again."];
    assert_eq!(network.faults(&text), ends);
    network.apply(&text).unwrap();
    for _ in 0..5 {
        assert_eq!(network.faults(&text), ends);
        network.pass(24);
    }
}

#[test]
fn what_is_about_to_be_shown_and_cannot_is_told() {
    let network = Network::with_series();
    let text = plan("one", "");
    network.apply(&text).unwrap();
    network.lose("cheers part 3");
    let faults = network.faults(&text);
    let lost = "5:19 not_playable? \"cheers S01E03 cheers part 3\" is on 2026-11-22 at 21:23, and its file is away: \
                black is shown in its place.";
    assert!(faults.len() == 2 && faults[1] == lost, "{faults:#?}");
}
