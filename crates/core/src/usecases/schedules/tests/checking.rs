//! Everything that is wrong with a file, in one run.

use super::*;

/// Every kind of fault that a file by itself, the library and the days ahead can have.
const FAULTS: &str = r#"channel: one
timezone: Europe/Berlin
colour: red
pools:
  shows: { match: { series: cheers } }
  none: { match: { series: nothing } }
  idle: { match: {} }
schedule:
  all:
    - { at: "06:00", until: "12:10", play: shows }
    - { at: "12:10", for: 1h, play: none }
    - { at: "13:00", for: 1h, play: shws }
    - { at: "15:00", for: 30m, play: { asset: nope } }
    - { at: "16:00", for: 10m, play: shows, overrun: drop }
    - { at: "18:00", until: "06:00", play: shows }
  friday:
    - { at: "10:00", for: 15m, play: shows, overrun: drop, order: shuffle }
"#;

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
}

#[test]
fn one_run_tells_everything() {
    let network = Network::with_series();
    let found = network.faults(FAULTS);
    let expect = [
        "3:1 unknown_key `colour` is no key of a channel file.",
        "5:3 runs_out? The pool `shows` comes to its end: on 2026-11-22 at 11:00 it begins again.",
        "6:3 empty_pool? The pool `none` is empty, so its slots show the fallback card.",
        "7:3 unused_pool? Nothing plays the pool `idle`.",
        "11:7 off_grid? 12:10 is not on the grid of 30m.",
        "12:7 overlap The slot at 13:00 of the layer `all` overlaps the one at 12:10 on line 11.",
        "12:7 gap? Nothing is scheduled for 1h before 15:00.",
        "12:37 unknown_pool There is no pool \"shws\".",
        "13:7 gap? Nothing is scheduled for 30m before 16:00.",
        "13:7 unknown_asset? The asset \"nope\" is not in the library, or not ready and approved.",
        "14:7 gap? Nothing is scheduled for 1h50m before 18:00.",
        "14:7 nothing_fits? On 2026-11-22 nothing is short enough for the slot at 16:00.",
        "17:7 nothing_fits? On 2026-11-27 nothing is short enough for the slot at 10:00.",
    ];
    assert_eq!(found, expect);
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
