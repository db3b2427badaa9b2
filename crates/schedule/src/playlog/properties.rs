//! What holds for playlogs of any plan and library.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::{Time, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use retrovue_timeline::FrameRate;

use super::{Event, Plays, Source, compile};
use crate::asset::Break;
use crate::fixtures::{episode, film, plan};
use crate::{Asset, DayStart, Item, Kind, MediaType, Plan, day};

fn assets() -> impl Strategy<Value = Vec<Asset>> {
    let programme = (60i64..5000, proptest::collection::vec((0i64..5000, 0u8..101), 0..30), any::<bool>());
    let programmes = proptest::collection::vec(programme, 1..12).prop_map(|programmes| {
        let assets = programmes.into_iter().zip(1..).map(|((seconds, points, chapters), n)| {
            let at_ns = |at: i64| at * 1_000_000_000 + 40_000_000 * (at % 7);
            let mut points: Vec<Break> =
                points.into_iter().map(|(at, confidence)| Break { at_ns: at_ns(at), confidence }).collect();
            points.sort_by_key(|point| point.at_ns);
            let chapters = if chapters { points.iter().map(|point| point.at_ns).collect() } else { Vec::new() };
            Asset { chapters, breaks: points, ..episode("show", 1, n, seconds) }
        });
        assets.collect::<Vec<_>>()
    });
    let kinds = vec![Kind::Commercial, Kind::Promo, Kind::StationId, Kind::Filler];
    let spot = (proptest::sample::select(kinds), 1i64..4000, any::<bool>());
    let spots = proptest::collection::vec(spot, 0..40).prop_map(|spots| {
        let assets = spots.into_iter().enumerate().map(|(n, (kind, frames, is_toy))| Asset {
            kind,
            media_type: MediaType::Other,
            duration_ns: frames * 33_366_667,
            tags: if is_toy { vec!["toys".to_owned()] } else { Vec::new() },
            ..film(&format!("{kind}{n}"), 0, 1)
        });
        assets.collect::<Vec<_>>()
    });
    (programmes, spots).prop_map(|(programmes, spots)| [programmes, spots].concat())
}

fn plans() -> impl Strategy<Value = Plan> {
    let at = proptest::sample::select(vec!["chapters", "detected", "every 4m", "[ chapters ]", "none"]);
    let pod = proptest::sample::select(vec!["[ ids, ads…, ids ]", "[ ads…, promos… ]", "[ ids ]", "[ promos, ads… ]"]);
    let rate = proptest::sample::select(FrameRate::HOUSE.to_vec());
    let grid = proptest::sample::select(vec!["5m", "30m", "1h", "off"]);
    let after = any::<bool>();
    let fallback = proptest::sample::select(vec!["card", "[ filler, card ]"]);
    (at, pod, rate, grid, after, fallback).prop_map(|(at, pod, rate, grid, after, fallback)| {
        plan(&format!(
            "channel: test\ntimezone: UTC\nformat: {{ frame_rate: {rate} }}\ngrid: {grid}\nfallback: {fallback}\n\
             pools: {{ show: {{ match: {{}} }}, ads: {{ match: {{ kind: commercial }} }}, \
             ids: {{ match: {{ kind: station_id }} }}, promos: {{ match: {{ kind: promo }} }}, \
             filler: {{ match: {{ kind: filler }} }} }}\n\
             schedule: {{ all: [{{ at: \"06:00\", for: 9h, play: show }}, \
             {{ at: \"16:00\", for: 3h, play: show, order: shuffle, overrun: trim }} ] }}\n\
             breaks: {{ at: {at}, pod: {pod}, after: {after} }}\n\
             traffic: {{ cooldown: {{ commercial: 20m, promo: 40m }}, per_day: {{ promo: 5 }}, dayparts: {{ toys: \"06:00..11:00\" }} }}"
        ))
    })
}

fn is_spot(event: &Event) -> bool {
    event.rule.starts_with("break ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn events_sum_up_to_their_items_and_keep_every_rule(plan in plans(), library in assets()) {
        let zone = TimeZone::UTC;
        let rate = plan.format.frame_rate;
        let (day, _, _) = day::compile(&plan, &zone, &library, date(2026, 11, 22), &DayStart::default());
        let source = Source { plan: &plan, zone: &zone, library: &library, shown: &library };
        let (events, problems) = compile(&source, &day.items, Plays::default());
        let by_id: BTreeMap<&str, &Asset> = library.iter().map(|asset| (asset.id.as_str(), asset)).collect();
        let mut of_item: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in &events {
            of_item.entry(&event.block_id).or_default().push(event);
        }
        for item in &day.items {
            check_item(rate, item, &of_item[item.item_id.as_str()], &by_id)?;
        }
        let mut last: BTreeMap<&str, i64> = BTreeMap::new();
        let mut count: BTreeMap<&str, u32> = BTreeMap::new();
        let is_thin = problems.iter().any(|problem| problem.code == "rule_broken");
        for event in events.iter().filter(|event| event.kind != Kind::Programme) {
            let Some(id) = event.asset_id.as_deref() else { continue };
            let start = rate.start_of(event.start_frame);
            let asset = by_id[id];
            if is_spot(event) {
                if asset.tags.contains(&"toys".to_owned()) {
                    let (from, to) = (day::time_of_day(&zone, start), day::time_of_day(&zone, rate.start_of(event.start_frame + event.frame_count)));
                    prop_assert!(from >= Time::constant(6, 0, 0, 0) && to <= Time::constant(11, 0, 0, 0), "{}", from);
                }
                let cooldown = match asset.kind { Kind::Commercial => 20, Kind::Promo => 40, _ => 0 };
                let waited = last.get(id).is_none_or(|last| start.nanos() - last >= cooldown * 60_000_000_000);
                prop_assert!(waited || event.rule.contains(", ") && is_thin, "{event:?}");
                *count.entry(id).or_default() += 1;
                prop_assert!(asset.kind != Kind::Promo || count[id] <= 5 || event.rule.ends_with("a day"), "{event:?}");
            }
            last.insert(id, start.nanos());
        }
        prop_assert_eq!(compile(&source, &day.items, Plays::default()), (events, problems));
    }

    #[test]
    fn a_playlog_cut_in_two_is_the_same(plan in plans(), library in assets(), at in any::<prop::sample::Index>()) {
        let zone = TimeZone::UTC;
        let (day, _, _) = day::compile(&plan, &zone, &library, date(2026, 11, 22), &DayStart::default());
        let source = Source { plan: &plan, zone: &zone, library: &library, shown: &library };
        let (whole, _) = compile(&source, &day.items, Plays::default());
        let (first, second) = day.items.split_at(at.index(day.items.len()));
        let (mut events, _) = compile(&source, first, Plays::default());
        let rate = plan.format.frame_rate;
        let shown = events.iter().filter(|event| event.kind != Kind::Programme).filter_map(|event| {
            Some((event.asset_id.clone()?, rate.start_of(event.start_frame)))
        });
        let plays: Plays = shown.collect();
        events.extend(compile(&source, second, plays).0);
        prop_assert_eq!(whole, events);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn over_a_week_every_spot_has_its_turns(
        lengths in proptest::collection::vec(150i64..1800, 8..60),
        shows in proptest::collection::vec(1200i64..1620, 1..6),
    ) {
        let shows = shows.into_iter().zip(1..).map(|(seconds, number)| episode("show", 1, number, seconds));
        let spots = lengths.iter().enumerate().map(|(at, frames)| Asset {
            kind: Kind::Commercial,
            media_type: MediaType::Other,
            duration_ns: frames * 33_366_667,
            ..film(&format!("spot{at:02}"), 0, 1)
        });
        let library: Vec<Asset> = shows.chain(spots).collect();
        let plan = plan(
            "channel: test\ntimezone: UTC\ngrid: 30m\n\
             pools: { show: { match: {} }, ads: { match: { kind: commercial } } }\n\
             schedule: { all: [{ at: \"06:00\", for: 24h, play: show }] }\n\
             breaks: { at: none, pod: [ ads… ] }",
        );
        let zone = TimeZone::UTC;
        let (mut items, mut start) = (Vec::new(), DayStart::default());
        for number in 0..7 {
            let (day, next, _) = day::compile(&plan, &zone, &library, date(2026, 11, 22 + number), &start);
            items.extend(day.items);
            start = next;
        }
        let source = Source { plan: &plan, zone: &zone, library: &library, shown: &library };
        let (events, _) = compile(&source, &items, Plays::default());
        let spots = library.iter().filter(|asset| asset.kind == Kind::Commercial);
        let mut shown: BTreeMap<&str, u32> = spots.map(|spot| (spot.id.as_str(), 0)).collect();
        for event in events.iter().filter(|event| is_spot(event)) {
            *shown.get_mut(event.asset_id.as_deref().unwrap()).unwrap() += 1;
        }
        // some fit better than others, and none much more often
        let (least, most) = (shown.values().min().unwrap(), shown.values().max().unwrap());
        prop_assert!(*least > 0 && *most <= 8 * least, "{shown:?}");
    }
}

/// The events of one item: contiguous, its programme whole and in order, nothing twice in a break.
fn check_item(
    rate: FrameRate,
    item: &Item,
    events: &[&Event],
    assets: &BTreeMap<&str, &Asset>,
) -> Result<(), TestCaseError> {
    let mut at = rate.frame_at_or_after(item.start);
    let mut shown = item.in_offset_frames;
    let mut breaks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in events {
        prop_assert_eq!(event.start_frame, at);
        prop_assert!(event.frame_count > 0);
        prop_assert!(event.fade_in_frames + event.fade_out_frames <= event.frame_count);
        at = at + event.frame_count;
        if event.kind == Kind::Programme {
            prop_assert_eq!(event.in_offset_frames, shown);
            shown += event.frame_count;
        } else if let Some(id) = event.asset_id.as_deref() {
            let length = rate.slots_within(assets[id].duration_ns);
            prop_assert!(event.frame_count == length || !is_spot(event) && event.frame_count < length);
            if is_spot(event) {
                breaks.entry(event.rule.split(' ').nth(1).unwrap_or_default()).or_default().push(id);
            }
        }
    }
    prop_assert_eq!(rate.start_of(at), item.end);
    for spots in breaks.values_mut() {
        let count = spots.len();
        spots.sort_unstable();
        spots.dedup();
        prop_assert_eq!(spots.len(), count);
    }
    if let Some(asset) = item.asset_id.as_deref().map(|id| assets[id]) {
        let room = rate.frame_at_or_after(item.end) - rate.frame_at_or_after(item.start);
        let length = rate.slots_within(asset.duration_ns);
        prop_assert_eq!(shown, item.in_offset_frames + room.min(length - item.in_offset_frames));
        prop_assert!(item.end.since(item.start) <= Duration::from_secs(3 * 3600));
    }
    Ok(())
}
