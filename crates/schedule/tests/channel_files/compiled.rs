//! What holds for the days and playlogs of any plan that was read, and of any that was not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use retrovue_schedule::asset::Break;
use retrovue_schedule::day::{self, Pools};
use retrovue_schedule::playlog::{self, Plays, Source};
use retrovue_schedule::{Asset, DayStart, Event, Item, Kind, MediaType, Plan};
use retrovue_timeline::UtcTime;

/// Clocks change on some of them.
const DAYS: [Date; 8] = [
    date(2024, 2, 28),
    date(2026, 3, 7),
    date(2026, 3, 28),
    date(2026, 4, 4),
    date(2026, 10, 24),
    date(2026, 10, 31),
    date(2026, 12, 24),
    date(2011, 12, 29),
];

/// Two days and their playlog, from one of the dates on, held to what is promised.
pub(crate) fn check(plan: &Plan, library: &[Asset], case: usize) {
    let zone = plan.zone(&TimeZone::UTC);
    let (pools, _) = Pools::fill(plan, library);
    let rate = plan.format.frame_rate;
    let first = DAYS[case % DAYS.len()];
    let mut at = rate.start_of(rate.frame_at_or_after(day::bounds(plan, &zone, first).0));
    let (mut start, mut items, mut ids) = (DayStart::default(), Vec::new(), BTreeSet::new());
    let known: BTreeMap<&str, &Asset> = library.iter().map(|asset| (asset.id.as_str(), asset)).collect();
    for date in [first, first.tomorrow().unwrap()] {
        let (compiled, next, _) = pools.compile(&zone, date, &start);
        for item in &compiled.items {
            assert_eq!(item.start, at, "items are contiguous: {item:?}");
            assert!(item.end > item.start, "{item:?}");
            assert!(ids.insert(item.item_id.clone()), "twice {}", item.item_id);
            check_item(plan, item, &known);
            at = item.end;
        }
        let end = rate.start_of(rate.frame_at_or_after(day::bounds(plan, &zone, date).1));
        assert!(at >= end, "{date} ends at {at:?}, before {end:?}");
        assert_eq!(next.busy_until, (at > end).then_some(at));
        items.extend(compiled.items);
        start = next;
    }
    pools.ends(&zone, &items);
    let source = Source { plan, zone: &zone, library, shown: library };
    let (events, _) = playlog::compile(&source, &items, Plays::default());
    check_events(plan, &items, &events, &known);
}

fn check_item(plan: &Plan, item: &Item, known: &BTreeMap<&str, &Asset>) {
    assert!(item.in_offset_frames >= 0, "{item:?}");
    let Some(id) = item.asset_id.as_deref() else { return };
    let frames = plan.format.frame_rate.slots_within(known[id].duration_ns);
    assert!(item.in_offset_frames < frames, "the in-point lies beyond {frames} frames: {item:?}");
}

fn check_events(plan: &Plan, items: &[Item], events: &[Event], known: &BTreeMap<&str, &Asset>) {
    let rate = plan.format.frame_rate;
    let frame = |at: UtcTime| rate.frame_at_or_after(at);
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return assert!(events.is_empty()) };
    let (mut at, mut ids) = (frame(first.start), BTreeSet::new());
    for event in events {
        assert_eq!(event.start_frame, at, "events are contiguous: {event:?}");
        assert!(event.frame_count > 0 && event.in_offset_frames >= 0, "{event:?}");
        assert!(event.fade_in_frames + event.fade_out_frames <= event.frame_count, "{event:?}");
        assert!(ids.insert(&event.event_id), "twice {}", event.event_id);
        assert_eq!(event.asset_id.is_none(), event.kind == Kind::Slate, "{event:?}");
        if let Some(id) = event.asset_id.as_deref() {
            let frames = rate.slots_within(known[id].duration_ns);
            assert!(event.in_offset_frames + event.frame_count <= frames, "{frames} frames hold no {event:?}");
        }
        at = at + event.frame_count;
    }
    assert_eq!(at, frame(last.end), "events are as long as their items");
}

/// Some of everything, with a few files that no one would wish for.
pub(crate) fn library() -> Vec<Asset> {
    let mut all = Vec::new();
    for (series, seconds) in [("Cheers", 1330), ("Taxi", 1500), ("Soap", 3333)] {
        for number in 1..=7 {
            let mut episode = asset(
                &format!("{}-{}-{}", series.to_lowercase(), number / 4 + 1, number),
                Kind::Programme,
                seconds + i64::from(number),
            );
            episode.media_type = MediaType::Episode;
            episode.series = Some(series.to_owned());
            (episode.season, episode.episode) = (Some(number / 4 + 1), Some(number));
            episode.title = if number >= 6 { format!("The End ({})", number - 5) } else { format!("Part {number}") };
            episode.chapters = vec![0, 400_000_000_000, 401_000_000_000, 900_000_000_000, 99_000_000_000_000];
            all.push(episode);
        }
    }
    for (year, seconds) in [(1975, 5400), (1984, 7201), (1985, 11_000), (1999, 290)] {
        let mut film = asset(&format!("film-{year}"), Kind::Programme, seconds);
        film.media_type = MediaType::Movie;
        film.year = Some(year);
        film.rating = Some("PG".to_owned());
        film.breaks =
            vec![Break { at_ns: 900_000_000_000, confidence: 90 }, Break { at_ns: 2_000_000_000_000, confidence: 40 }];
        all.push(film);
    }
    all.push(asset("long", Kind::Programme, 40 * 3600));
    all.push(asset("empty", Kind::Programme, 0));
    for (kind, lengths) in [
        (Kind::Commercial, [45, 60, 61, 120]),
        (Kind::Promo, [40, 50, 60, 70]),
        (Kind::StationId, [20, 25, 31, 0]),
        (Kind::Filler, [61, 180, 600, 13]),
        (Kind::Psa, [60, 60, 60, 60]),
        (Kind::Bumper, [40, 41, 80, 7]),
    ] {
        for (nth, seconds) in lengths.into_iter().enumerate() {
            let mut spot = asset(&format!("{kind}-{nth}"), kind, seconds);
            spot.tags.extend((nth % 2 == 0).then(|| "toys".to_owned()));
            all.push(spot);
        }
    }
    all
}

fn asset(id: &str, kind: Kind, seconds: i64) -> Asset {
    Asset {
        id: id.to_owned(),
        kind,
        media_type: MediaType::Other,
        title: format!("Title of {id}"),
        series: None,
        season: None,
        episode: None,
        year: None,
        aired: None,
        genres: Vec::new(),
        rating: None,
        tags: Vec::new(),
        duration_ns: seconds * 1_000_000_000 + 7_654_321,
        chapters: Vec::new(),
        breaks: Vec::new(),
        path: format!("{id}.mkv"),
    }
}
