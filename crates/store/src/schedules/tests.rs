use std::path::Path;

use retrovue_schedule::Kind;

use super::*;
use crate::evidence::{Aired, Evidence, Place, Planned, What};
use crate::{Store, StoreError};

fn store(directory: &Path) -> Store {
    Store::open(&directory.join("retrovue.db")).unwrap()
}

fn channel(slug: &str, number: &str) -> Channel {
    Channel {
        id: format!("id-{slug}"),
        slug: slug.to_owned(),
        number: number.to_owned(),
        name: slug.to_uppercase(),
        state: ChannelState::Live,
        time_zone: "Europe/Berlin".to_owned(),
        generation: 1,
        text: format!("channel: {slug}\n"),
        file_name: "file.yaml".to_owned(),
        created_ms: 1,
        updated_ms: 2,
        logo: Some("logo.png".to_owned()),
    }
}

fn item(start_s: i64, end_s: i64, date: &str) -> StoredItem {
    StoredItem {
        date: date.parse().unwrap(),
        generation: 1,
        item: Item {
            item_id: format!("item-{start_s}"),
            title: "Title".to_owned(),
            subtitle: "S1 E2".to_owned(),
            kind: Kind::Programme,
            start: UtcTime::from_millis(start_s * 1000),
            end: UtcTime::from_millis(end_s * 1000),
            asset_id: Some("asset".to_owned()),
            in_offset_frames: 0,
            rule: "all[0]".to_owned(),
        },
    }
}

fn event(start: i64, count: i64) -> StoredEvent {
    StoredEvent {
        generation: 1,
        event: Event {
            event_id: format!("event-{start}"),
            block_id: "block".to_owned(),
            kind: Kind::Programme,
            title: "Title".to_owned(),
            start_frame: FrameIndex(start),
            frame_count: count,
            asset_id: Some("asset".to_owned()),
            in_offset_frames: 7,
            fade_in_frames: 0,
            fade_out_frames: 3,
            rule: "break 1 spots".to_owned(),
        },
    }
}

fn starts(store: &Store, from: i64, to: i64) -> Vec<i64> {
    let events = store.playlog_events("id-one", FrameIndex(from), FrameIndex(to)).unwrap();
    events.iter().map(|stored| stored.event.start_frame.0).collect()
}

fn three_events() -> ChannelChange {
    ChannelChange {
        cause: Some(Cause::Applied),
        events: vec![event(100, 50), event(150, 50), event(200, 100)],
        ..ChannelChange::of(channel("one", "1"))
    }
}

#[test]
fn a_span_of_the_playlog_is_every_event_that_overlaps_it() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    store.change_channels(&[three_events()]).unwrap();
    assert_eq!(starts(&store, 0, 1000), [100, 150, 200]);
    assert_eq!(starts(&store, 0, 100), [0; 0]);
    assert_eq!(starts(&store, 149, 150), [100]);
    assert_eq!(starts(&store, 150, 151), [150]);
    assert_eq!(starts(&store, 199, 201), [150, 200]);
    assert_eq!(starts(&store, 300, 400), [0; 0]);
    assert_eq!(store.playlog_span("id-one").unwrap(), Some((FrameIndex(100), FrameIndex(300))));
    assert_eq!(store.playlog_span("id-two").unwrap(), None);
}

#[test]
fn what_is_stored_comes_back_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    let day = StoredDay {
        date: "2026-11-22".parse().unwrap(),
        generation: 1,
        start: DayStart::default(),
        end: DayStart {
            cursors: [("pool".to_owned(), "42".to_owned())].into(),
            busy_until: Some(UtcTime::from_nanos(20_000_000_001)),
        },
    };
    let change = ChannelChange {
        days: vec![day.clone()],
        items: vec![item(0, 10, "2026-11-22"), item(10, 20, "2026-11-22")],
        ..three_events()
    };
    store.change_channels(std::slice::from_ref(&change)).unwrap();
    assert_eq!(store.channel("one").unwrap(), Some(change.channel));
    assert_eq!(store.last_schedule_day("id-one").unwrap(), Some(day.clone()));
    assert_eq!(store.schedule_day("id-one", day.date).unwrap(), Some(day.clone()));
    assert_eq!(store.schedule_items_of("id-one", day.date).unwrap(), change.items);
    let spanning = store.schedule_items("id-one", UtcTime::from_millis(9_999), UtcTime::from_millis(10_000)).unwrap();
    assert_eq!(spanning, change.items[..1]);
    let events = store.playlog_events("id-one", FrameIndex(0), FrameIndex(1000)).unwrap();
    assert_eq!(events, change.events);
}

#[test]
fn a_cut_drops_what_follows_and_shortens_what_spans_it() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    let items = vec![item(0, 10, "2026-11-22"), item(10, 20, "2026-11-22")];
    store.change_channels(&[ChannelChange { items, ..three_events() }]).unwrap();
    let cut = ChannelChange {
        items_from: Some(UtcTime::from_millis(5_000)),
        events_from: Some(FrameIndex(170)),
        events: vec![event(170, 30)],
        ..ChannelChange::of(channel("one", "1"))
    };
    store.change_channels(&[cut]).unwrap();
    assert_eq!(store.schedule_end("id-one").unwrap(), Some(UtcTime::from_millis(5_000)));
    let events = store.playlog_events("id-one", FrameIndex(0), FrameIndex(1000)).unwrap();
    let spans: Vec<_> = events.iter().map(|stored| (stored.event.start_frame.0, stored.event.frame_count)).collect();
    assert_eq!(spans, [(100, 50), (150, 20), (170, 30)]);
}

#[test]
fn all_changes_happen_or_none() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    let collides = ChannelChange::of(channel("two", "1"));
    let refused = store.change_channels(&[three_events(), collides]);
    assert!(matches!(refused, Err(StoreError::Duplicate(_))), "{refused:?}");
    assert!(store.channels().unwrap().is_empty());
    assert_eq!(starts(&store, 0, 1000), [0; 0]);
}

#[test]
fn numbers_can_be_swapped_and_a_removed_channel_frees_its_own() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    let of = |slug, number| ChannelChange::of(channel(slug, number));
    store.change_channels(&[of("one", "1"), of("two", "2")]).unwrap();
    store.change_channels(&[of("one", "2"), of("two", "1")]).unwrap();
    let mut gone = of("one", "2");
    gone.channel.state = ChannelState::Removed;
    store.change_channels(&[gone, of("three", "2")]).unwrap();
    let numbers: Vec<_> = store.channels().unwrap().into_iter().map(|channel| (channel.slug, channel.number)).collect();
    let expected = [("one", "2"), ("three", "2"), ("two", "1")];
    assert_eq!(numbers, expected.map(|(slug, number)| (slug.to_owned(), number.to_owned())));
}

#[test]
fn pruning_forgets_the_past_and_keeps_the_last_day() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    let day = |date: &str| StoredDay {
        date: date.parse().unwrap(),
        generation: 1,
        start: DayStart::default(),
        end: DayStart::default(),
    };
    let change = ChannelChange {
        days: vec![day("2026-11-22"), day("2026-11-23")],
        items: vec![item(0, 10, "2026-11-22"), item(10, 20, "2026-11-23")],
        ..three_events()
    };
    store.change_channels(&[change]).unwrap();
    let pruned = store.prune_schedule("id-one", UtcTime::from_millis(10_000), FrameIndex(200)).unwrap();
    assert_eq!(pruned, 4);
    assert_eq!(starts(&store, 0, 1000), [200]);
    assert_eq!(store.schedule_day("id-one", "2026-11-22".parse().unwrap()).unwrap(), None);
    store.prune_schedule("id-one", UtcTime::from_millis(99_000), FrameIndex(999)).unwrap();
    assert!(store.last_schedule_day("id-one").unwrap().is_some());
}

#[test]
fn spots_that_nobody_could_see_were_not_shown() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    let spot = |start: i64| {
        let mut spot = event(start, 50);
        spot.event.kind = Kind::Commercial;
        spot.event.asset_id = Some(format!("spot-{start}"));
        spot
    };
    let events = vec![event(100, 50), spot(150), spot(200), spot(250), spot(300)];
    store.change_channels(&[ChannelChange { events, ..three_events() }]).unwrap();
    let ended = |sequence: u64, start: i64, session: &str, aired: i64| Evidence {
        place: Place { spool_id: "spool".to_owned(), sequence },
        channel: "one".to_owned(),
        session_id: session.to_owned(),
        at: UtcTime::from_millis(10_000),
        what: What::Ended {
            segment: Planned { event_id: format!("event-{start}"), frames: 50, ..Planned::default() },
            aired: Aired { aired, slate: 50 - aired, ..Aired::default() },
        },
    };
    // one was seen, one was slate, one was slate for some and seen by others
    let told = [ended(1, 150, "a", 50), ended(2, 200, "a", 0), ended(3, 250, "a", 0), ended(4, 250, "b", 20)];
    store.keep_evidence(&told, &|_, _| jiff::civil::date(2026, 11, 22)).unwrap();
    let shown = |from_ms| {
        let told_from = UtcTime::from_millis(from_ms);
        let shown = store.spots_shown(&channel("one", "1"), FrameIndex(0), FrameIndex(300), told_from).unwrap();
        shown.into_iter().map(|(asset_id, start)| (asset_id, start.0)).collect::<Vec<_>>()
    };
    let spots = |starts: &[i64]| starts.iter().map(|start| (format!("spot-{start}"), *start)).collect::<Vec<_>>();
    assert_eq!(shown(0), spots(&[150, 250]));
    assert_eq!(shown(20_000), spots(&[150, 200, 250]), "nothing was told since");
}
