//! Playlogs as an operator would read them.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use retrovue_timeline::{FrameRate, UtcTime};

use super::{Event, Plays, Source, at_rate, compile};
use crate::asset::Break;
use crate::fixtures::{episode, film, plan};
use crate::problem::Problem;
use crate::{Asset, DayStart, Kind, MediaType, Plan, day};

const SUNDAY: Date = date(2026, 11, 22);

/// A spot of so many seconds, with that tag.
fn spot(kind: Kind, id: &str, seconds: i64, tag: &str) -> Asset {
    let tags = if tag.is_empty() { Vec::new() } else { vec![tag.to_owned()] };
    Asset { kind, media_type: MediaType::Other, tags, ..film(id, 0, seconds) }
}

fn commercials(count: usize, seconds: i64) -> Vec<Asset> {
    (0..count).map(|n| spot(Kind::Commercial, &format!("ad{n}"), seconds, "")).collect()
}

/// A programme with chapters at these seconds.
fn show(seconds: i64, chapters: &[i64]) -> Asset {
    let chapters = chapters.iter().map(|at| at * 1_000_000_000).collect();
    Asset { chapters, ..episode("show", 1, 1, seconds) }
}

fn file(rest: &str) -> Plan {
    plan(&format!(
        "channel: test\ntimezone: UTC\nformat: {{ frame_rate: 25 }}\ngrid: 30m\n\
         pools: {{ show: {{ match: {{}} }}, ads: {{ match: {{ kind: commercial }} }}, ids: {{ match: {{ kind: station_id }} }}, \
         promos: {{ match: {{ kind: promo }} }}, filler: {{ match: {{ kind: filler }} }} }}\n\
         schedule: {{ all: [{{ at: \"00:00\", for: 24h, play: show }}] }}\n{rest}"
    ))
}

/// The first `blocks` half hours of a day.
fn cut(plan: &Plan, library: &[Asset], blocks: usize, plays: Plays) -> (Vec<Event>, Vec<Problem>) {
    let (day, _, _) = day::compile(plan, &TimeZone::UTC, library, SUNDAY, &DayStart::default());
    let source = Source { plan, zone: &TimeZone::UTC, library, shown: library };
    let (events, problems) = compile(&source, &day.items[..blocks], plays);
    let mut at = FrameRate::HOUSE[2].frame_at_or_after(day.items[0].start);
    for event in &events {
        assert!(event.frame_count > 0 && event.start_frame == at, "{event:?}");
        assert!(event.fade_in_frames + event.fade_out_frames <= event.frame_count, "{event:?}");
        at = at + event.frame_count;
    }
    assert_eq!(FrameRate::HOUSE[2].start_of(at), day.items[blocks - 1].end);
    (events, problems)
}

/// `asset+in_offset:seconds` of each event, `-` for slate.
fn told(events: &[Event]) -> Vec<String> {
    let seconds = |frames: i64| if frames % 25 == 0 { (frames / 25).to_string() } else { format!("{frames}/25") };
    let tell = |event: &Event| {
        let asset = event.asset_id.as_deref().unwrap_or("-");
        let offset =
            if event.in_offset_frames > 0 { format!("+{}", seconds(event.in_offset_frames)) } else { String::new() };
        format!("{asset}{offset}:{}", seconds(event.frame_count))
    };
    events.iter().map(tell).collect()
}

#[track_caller]
fn check(rest: &str, library: &[Asset], expect: &[&str]) {
    let (events, _) = cut(&file(rest), library, 1, Plays::default());
    assert_eq!(told(&events), expect);
}

#[test]
fn without_breaks_the_card_covers_what_is_left() {
    check("", &[show(1320, &[300])], &["show-1-1:1320", "-:480"]);
    check("", &[show(1800, &[])], &["show-1-1:1800"]);
}

#[test]
fn filler_covers_what_is_left_and_its_last_one_is_cut() {
    let filler = |id: &str, seconds| spot(Kind::Filler, id, seconds, "");
    let plan = file("fallback: [ filler, card ]");
    let (events, problems) =
        cut(&plan, &[show(1320, &[]), filler("long", 200), filler("short", 90)], 2, Plays::default());
    let lengths: Vec<i64> = events.iter().map(|event| event.frame_count / 25).collect();
    assert_eq!(problems, []);
    assert_eq!(lengths.iter().sum::<i64>(), 3600);
    assert!(events.iter().all(|event| event.asset_id.is_some()), "{:?}", told(&events));
    assert!(events.iter().filter(|event| event.kind == Kind::Filler).all(|event| event.rule == "fallback filler"));
    // less than a second of filler is none
    let (events, _) =
        cut(&plan, &[show(1799, &[]), Asset { duration_ns: 600_000_000, ..filler("dot", 1) }], 1, Plays::default());
    assert_eq!(told(&events), ["show-1-1:1799", "dot:15/25", "-:10/25"]);
}

#[test]
fn programmes_are_broken_at_their_chapters() {
    let ads = commercials(40, 30);
    let library = [vec![show(1320, &[0, 20, 420, 840, 1315])], ads].concat();
    let breaks = "breaks: { at: chapters, pod: [ ads… ] }";
    let (events, problems) = cut(&file(breaks), &library, 1, Plays::default());
    assert_eq!(problems, []);
    let acts: Vec<String> = told(&events).into_iter().filter(|event| event.starts_with("show")).collect();
    assert_eq!(acts, ["show-1-1:420", "show-1-1+420:420", "show-1-1+840:480"]);
    let spots: Vec<&Event> = events.iter().filter(|event| event.kind == Kind::Commercial).collect();
    assert_eq!(spots.len(), 16, "480 s of 30 s each");
    let of = |nth: usize| spots.iter().filter(|event| event.rule == format!("break {nth} ads")).count();
    assert_eq!([of(1), of(2), of(3)], [5, 5, 6]);
    assert!(events.iter().all(|event| event.fade_in_frames + event.fade_out_frames == 0), "nobody made these breaks");
    // chapters are for nothing where there is no time
    check(breaks, &[show(1800, &[420, 840])], &["show-1-1:1800"]);
}

#[test]
fn what_is_not_there_is_made_of_the_next() {
    let library = |show: Asset| [vec![show], commercials(40, 30)].concat();
    let acts = |at: &str, show: Asset| {
        let plan = file(&format!("breaks: {{ at: {at}, pod: [ ads… ], fade: 1s }}"));
        let (events, _) = cut(&plan, &library(show), 1, Plays::default());
        let acts = events.iter().filter(|event| event.kind == Kind::Programme);
        acts.map(|act| (act.frame_count / 25, act.fade_in_frames, act.fade_out_frames)).collect::<Vec<_>>()
    };
    let found = |at: i64, confidence| Break { at_ns: at * 1_000_000_000, confidence };
    let detected = Asset { breaks: vec![found(400, 40), found(450, 90), found(900, 80)], ..show(1320, &[]) };
    assert_eq!(acts("chapters", detected.clone()), [(450, 0, 0), (450, 0, 0), (420, 0, 0)]);
    assert_eq!(acts("chapters", show(1320, &[])), [(480, 0, 25), (480, 25, 25), (360, 25, 0)]);
    assert_eq!(acts("[ chapters ]", detected.clone()), [(1320, 0, 0)]);
    assert_eq!(acts("every 10m", detected.clone()), [(600, 0, 25), (720, 25, 0)]);
    assert_eq!(acts("none", detected), [(1320, 0, 0)]);
}

#[test]
fn a_pod_is_made_after_its_recipe() {
    let id = |n: usize| spot(Kind::StationId, &format!("id{n}"), 5, "");
    let library =
        [vec![show(1320, &[660]), id(0), id(1), id(2)], commercials(30, 30), vec![spot(Kind::Promo, "promo", 20, "")]]
            .concat();
    let plan = file("breaks: { at: [ chapters ], pod: [ ids, ads…, promos, ids ] }");
    let (events, problems) = cut(&plan, &library, 1, Plays::default());
    let kinds: Vec<Kind> = events.iter().map(|event| event.kind).collect();
    let pod = [vec![Kind::StationId], vec![Kind::Commercial; 7], vec![Kind::Promo, Kind::StationId]].concat();
    let act = vec![Kind::Programme];
    // the promo was shown in the first break, and nothing keeps it from the second
    assert_eq!(kinds, [act.clone(), pod.clone(), act, pod].concat(), "{:?}", told(&events));
    assert_eq!(problems, []);
    // idents give way to the spots between them
    check(
        "breaks: { pod: [ ids, ads…, ids ] }",
        &[show(1764, &[]), id(0), commercials(1, 30)[0].clone()],
        &["show-1-1:1764", "id0:5", "ad0:30", "-:1"],
    );
}

#[test]
fn spots_take_turns_and_fit_to_the_frame() {
    let lengths = [29, 31, 20, 15, 45, 60, 10, 33, 27, 30, 14, 16];
    let ads: Vec<Asset> = lengths
        .iter()
        .enumerate()
        .map(|(n, seconds)| spot(Kind::Commercial, &format!("ad{n}"), *seconds, ""))
        .collect();
    let library = [vec![show(1710, &[])], ads].concat();
    let (events, problems) = cut(&file("breaks: { pod: [ ads… ] }"), &library, 48, Plays::default());
    assert_eq!(problems, []);
    assert!(events.iter().all(|event| event.kind != Kind::Slate), "90 s are always filled");
    let plays = |id: &str| events.iter().filter(|event| event.asset_id.as_deref() == Some(id)).count();
    let counts: Vec<usize> = (0..lengths.len()).map(|n| plays(&format!("ad{n}"))).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(*least >= 8 && most - least <= most / 2 + 1, "{counts:?}");
}

#[test]
fn rules_are_kept_and_broken_last() {
    let plan = |traffic: &str| file(&format!("breaks: {{ at: none, pod: [ ads… ] }}\ntraffic: {traffic}"));
    let library = [vec![show(1680, &[])], commercials(4, 30)].concat();
    let spots = |events: &[Event]| -> Vec<(String, i64, String)> {
        let spots = events.iter().filter(|event| event.kind == Kind::Commercial);
        spots.map(|event| (event.asset_id.clone().unwrap(), event.start_frame.0 / 25, event.rule.clone())).collect()
    };
    // each is due again when its half hour is over
    let (events, problems) = cut(&plan("{ cooldown: { commercial: 30m } }"), &library, 4, Plays::default());
    assert_eq!((spots(&events).len(), problems.len()), (16, 0));
    let (events, problems) = cut(&plan("{ cooldown: { commercial: 1h } }"), &library, 2, Plays::default());
    assert_eq!(spots(&events).len(), 8);
    assert!(spots(&events)[4..].iter().all(|(_, _, rule)| rule == "break 1 ads, cooldown of 1h broken"), "{events:#?}");
    assert_eq!(problems[0].code, "rule_broken");
    let filler = spot(Kind::Filler, "filler", 600, "");
    let with_filler = Plan { fallback: vec!["filler".to_owned()], ..plan("{ cooldown: { commercial: 1h } }") };
    let (events, problems) = cut(&with_filler, &[library.clone(), vec![filler]].concat(), 2, Plays::default());
    assert_eq!((spots(&events).len(), problems), (4, Vec::new()), "filler goes before a rule");

    let (events, _) = cut(&plan("{ per_day: { commercial: 2 } }"), &library, 3, Plays::default());
    assert!(spots(&events)[..8].iter().all(|(_, _, rule)| rule == "break 1 ads"));
    assert!(spots(&events)[8..].iter().all(|(_, _, rule)| rule == "break 1 ads, more than 2 a day"));
}

#[test]
fn parts_of_the_day_are_never_left() {
    let plan =
        file("breaks: { pod: [ ads… ] }\ntraffic: { dayparts: { toys: \"06:00..19:00\", late: \"22:00..02:00\" } }");
    let library = [
        vec![show(1740, &[]), spot(Kind::Commercial, "toy", 30, "toys"), spot(Kind::Commercial, "wine", 30, "late")],
        commercials(1, 30),
    ]
    .concat();
    let (events, _) = cut(&plan, &library, 48, Plays::default());
    let hours = |id: &str| -> Vec<i64> {
        let plays = events.iter().filter(|event| event.asset_id.as_deref() == Some(id));
        plays.map(|event| event.start_frame.0 / 25 / 3600 % 24).collect()
    };
    assert!(hours("toy").iter().all(|hour| (6..19).contains(hour)) && hours("toy").len() > 20);
    assert!(hours("wine").iter().all(|hour| *hour >= 22 || *hour < 2) && hours("wine").len() >= 8);
}

#[test]
fn what_was_shown_before_counts() {
    let plan = file("breaks: { pod: [ ads… ] }\ntraffic: { cooldown: { commercial: 2h } }");
    let library = [vec![show(1770, &[])], commercials(3, 30)].concat();
    let (day, _, _) = day::compile(&plan, &TimeZone::UTC, &library, SUNDAY, &DayStart::default());
    let before = |minutes: u64| day.items[0].start.minus(std::time::Duration::from_secs(minutes * 60));
    let plays = |plays: [(&str, UtcTime); 3]| plays.into_iter().map(|(id, at)| (id.to_owned(), at)).collect::<Plays>();
    let (events, problems) =
        cut(&plan, &library, 1, plays([("ad0", before(10)), ("ad1", before(100)), ("ad2", before(60))]));
    // the break begins in the last half minute of the half hour
    assert_eq!((events[1].asset_id.as_deref(), problems.len()), (Some("ad1"), 0));
}

#[test]
fn a_missing_asset_has_all_of_its_time() {
    let plan = file("breaks: { pod: [ ads… ] }");
    let library = [vec![show(1320, &[])], commercials(3, 30)].concat();
    let (day, _, _) = day::compile(&plan, &TimeZone::UTC, &library, SUNDAY, &DayStart::default());
    let source = Source { plan: &plan, zone: &TimeZone::UTC, library: &library, shown: &[] };
    let (events, _) = compile(&source, &day.items[..1], Plays::default());
    assert_eq!(told(&events), ["show-1-1:1800"]);
    assert_eq!(events[0].block_id, day.items[0].item_id);
    assert_eq!(events[0].event_id, format!("{}.{}", day.items[0].item_id, events[0].start_frame.0));
}

#[test]
fn a_playlog_is_the_same_at_another_rate() {
    let library = [vec![show(1320, &[500])], commercials(40, 29)].concat();
    let (events, _) = cut(&file("breaks: { pod: [ ads… ] }"), &library, 4, Plays::default());
    for rate in FrameRate::HOUSE {
        let moved: Vec<Event> = events.iter().filter_map(|event| at_rate(event, FrameRate::HOUSE[2], rate)).collect();
        assert_eq!(moved.len(), events.len());
        assert!(moved.windows(2).all(|pair| pair[0].start_frame + pair[0].frame_count == pair[1].start_frame));
        for (event, moved) in events.iter().zip(&moved) {
            let [was, is] = [(FrameRate::HOUSE[2], event), (rate, moved)]
                .map(|(rate, event)| (rate.start_of(event.start_frame).nanos(), rate.nanos_in(event.in_offset_frames)));
            assert!((is.0 - was.0).abs() <= rate.nanos_in(1) && (is.1 - was.1).abs() <= rate.nanos_in(1), "{rate}");
        }
    }
}
