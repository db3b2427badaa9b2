//! What holds for every plan, library, zone and date: days are contiguous, sequences lose and repeat nothing.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::{DayStart, ScheduleDay, after, bounds, compile, date_at, local};
use crate::fixtures::episode;
use crate::plan::{
    Branding, Breaks, Days, Layer, Match, NightShow, OffAir, Order, Overrun, Play, Pool, ProgramFormat, Slot, SlotEnd,
    Traffic,
};
use crate::playlog::{Plays, Source};
use crate::problem::Position;
use crate::{Asset, Kind, Plan, playlog};

/// Whole hours, halves and quarters, shifts of thirty minutes and of two hours, a winter that is the summer's opposite, a
/// date line crossed, a change at midnight, rules that were given up.
pub(super) const ZONES: [&str; 15] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Europe/Dublin",
    "Antarctica/Troll",
    "America/Havana",
    "UTC",
];

pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() }
}

/// Three pools, of which the last has no assets.
fn library() -> impl Strategy<Value = Vec<Asset>> {
    let show = |name: &'static str| {
        proptest::collection::btree_map((0u32..4, 1u32..30), 1i64..9000, 1..25).prop_map(move |episodes| {
            episodes.into_iter().map(move |((s, e), seconds)| episode(name, s, e, seconds)).collect::<Vec<_>>()
        })
    };
    (show("a"), show("b")).prop_map(|(a, b)| [a, b].concat()).prop_shuffle()
}

fn pool(series: &str) -> (String, Pool) {
    let matches = Match { kinds: vec![Kind::Programme], series: vec![series.to_owned()], ..Match::default() };
    (series.to_owned(), Pool { matches, place: Position::default() })
}

/// How a slot chooses, and what becomes of what is too long.
type Ways = (Order, Overrun);

fn plain() -> impl Strategy<Value = Ways> {
    any::<bool>().prop_map(|trim| (Order::Sequential, if trim { Overrun::Trim } else { Overrun::Bleed }))
}

fn any_way() -> impl Strategy<Value = Ways> {
    let orders = [
        Order::Sequential,
        Order::Shuffle,
        Order::Random(1),
        Order::Random(9),
        Order::Weighted(vec![3, 1]),
        Order::Rotate,
        Order::Marathon,
        Order::Newest,
    ];
    let overruns = [Overrun::Bleed, Overrun::Trim, Overrun::Join, Overrun::Drop];
    (proptest::sample::select(orders.to_vec()), proptest::sample::select(overruns.to_vec()))
}

fn quarter(n: u32) -> Time {
    Time::midnight().wrapping_add(SignedDuration::from_secs(i64::from(n % 96) * 900))
}

/// Slots as `Plan::read` makes them: in the day's order, apart on the clock.
fn slots(day_start: u32, ways: impl Strategy<Value = Ways>) -> impl Strategy<Value = Vec<Slot>> {
    let slot = (1u32..96, 0usize..3, 0u8..3, ways);
    proptest::collection::vec(slot, 0..8).prop_map(move |slots| {
        let mut starts: Vec<_> = slots.into_iter().map(|(at, pool, end, ways)| (at % 95, pool, end, ways)).collect();
        starts.sort_by_key(|slot| slot.0);
        starts.dedup_by_key(|slot| slot.0);
        let ends: Vec<u32> = starts.iter().skip(1).map(|slot| slot.0).chain([96]).collect();
        let slots =
            starts.into_iter().zip(ends).enumerate().map(|(index, ((at, pool, end, (order, overrun)), next))| {
                let end = match end {
                    0 => SlotEnd::Open,
                    1 => SlotEnd::For(Duration::from_secs(u64::from(next - at) * 900)),
                    _ => SlotEnd::Until(quarter(day_start + at + (next - at).div_ceil(2))),
                };
                let pools = match order {
                    Order::Weighted(_) | Order::Rotate => vec![pool, (pool + 1) % 3],
                    _ => vec![pool],
                };
                let play = Play::Pools(pools.into_iter().map(|pool| ["a", "b", "none"][pool].to_owned()).collect());
                Slot {
                    index,
                    id: format!("all@{index}"),
                    at: quarter(day_start + at),
                    end,
                    play,
                    order,
                    overrun,
                    title: None,
                    breaks: None,
                    traffic: None,
                    place: Position::default(),
                }
            });
        slots.collect()
    })
}

fn layered(days: Days, slots: Vec<Slot>) -> Layer {
    Layer { name: format!("{days:?}").replace(' ', ""), days, slots, place: Position::default() }
}

fn plan_of(day_start: u32, grid: Option<u64>, rate: FrameRate, layers: Vec<Layer>) -> Plan {
    Plan {
        channel: "c".to_owned(),
        number: None,
        name: "C".to_owned(),
        timezone: None,
        day_start: quarter(day_start),
        grid: grid.map(Duration::from_secs),
        format: ProgramFormat { frame_rate: rate, ..ProgramFormat::default() },
        languages: Vec::new(),
        branding: Branding::default(),
        pools: [pool("a"), pool("b"), pool("none")].into(),
        layers,
        breaks: Breaks::default(),
        traffic: Traffic::default(),
        fallback: Vec::new(),
        seed: 1989,
        keep_warm: false,
    }
}

fn grid() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(proptest::sample::select(vec![300u64, 1800, 2700, 3600, 7200]))
}

/// One layer whose pools play in sequence.
fn plan() -> impl Strategy<Value = Plan> {
    let rate = proptest::sample::select(FrameRate::HOUSE.to_vec());
    (0u32..96, grid(), rate).prop_flat_map(|(day_start, grid, rate)| {
        slots(day_start, plain()).prop_map(move |slots| plan_of(day_start, grid, rate, vec![layered(Days::All, slots)]))
    })
}

/// Several layers, all orders, all policies.
fn rich_plan() -> impl Strategy<Value = Plan> {
    let rate = proptest::sample::select(FrameRate::HOUSE.to_vec());
    let days = [
        Days::Weekdays,
        Days::Weekends,
        Days::Weekday(Weekday::Saturday),
        Days::Yearly((10, 30), (11, 2)),
        Days::Dates(date(2026, 10, 31), date(2026, 10, 31)),
    ];
    (0u32..96, grid(), rate, proptest::sample::subsequence(days.to_vec(), 0..3)).prop_flat_map(
        |(day_start, grid, rate, days)| {
            let days = std::iter::once(Days::All).chain(days);
            let layers: Vec<_> =
                days.map(|days| slots(day_start, any_way()).prop_map(move |slots| layered(days, slots))).collect();
            (layers, proptest::option::of(night(day_start))).prop_map(move |(layers, night)| {
                plan_of(day_start, grid, rate, layers.into_iter().chain(night).collect())
            })
        },
    )
}

/// A stretch of each day in which the channel is off air.
fn night(day_start: u32) -> impl Strategy<Value = Layer> {
    let pool = || proptest::option::of(proptest::sample::select(vec!["a".to_owned(), "none".to_owned()]));
    let show = pool().prop_flat_map(|pool| {
        let of_pool = pool.map_or(NightShow::Card, NightShow::Pool);
        let of_asset = ["a-0-1", "a-1-1", "lost"].map(|id| NightShow::Asset(id.to_owned()));
        proptest::sample::select([&[of_pool][..], &of_asset].concat())
    });
    (0u32..96, 1u32..96, pool(), show).prop_map(move |(from, length, sign_off, show)| {
        let slot = Slot {
            index: 0,
            id: "off_air@0".to_owned(),
            at: quarter(day_start + from),
            end: SlotEnd::Until(quarter(day_start + from + length)),
            play: Play::OffAir(OffAir { sign_off, show }),
            order: Order::Sequential,
            overrun: Overrun::Trim,
            title: Some("Off air".to_owned()),
            breaks: None,
            traffic: None,
            place: Position::default(),
        };
        layered(Days::Always, vec![slot])
    })
}

/// Days on end from `first`, each from what the one before left.
pub(super) fn days(
    plan: &Plan,
    zone: &TimeZone,
    library: &[Asset],
    first: Date,
    count: i64,
) -> Vec<(ScheduleDay, DayStart)> {
    let mut start = DayStart::default();
    let day = |n| {
        let (day, next, _) = compile(plan, zone, library, local::days_after(first, n), &start);
        start = next.clone();
        (day, next)
    };
    (0..count).map(day).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn thirty_days_are_contiguous_frames(
        plan in rich_plan(),
        library in library(),
        zone_name in proptest::sample::select(ZONES.to_vec()),
        year in 2010i16..2030,
        month in 0i64..12,
    ) {
        let zone = zone(zone_name);
        let first = local::days_after(date(year, 1, 1), month * 30);
        let rate = plan.format.frame_rate;
        let days = days(&plan, &zone, &library, first, 30);
        let mut at = rate.start_of(rate.frame_at_or_after(bounds(&plan, &zone, first).0));
        let mut ids = std::collections::BTreeSet::new();
        for (day, next) in &days {
            for item in &day.items {
                prop_assert_eq!(item.start, at);
                prop_assert!(item.end > item.start);
                prop_assert_eq!(rate.start_of(rate.frame_at_or_after(item.start)), item.start);
                prop_assert!(ids.insert(item.item_id.clone()));
                at = item.end;
            }
            let end = rate.start_of(rate.frame_at_or_after(bounds(&plan, &zone, day.date).1));
            prop_assert!(at >= end);
            prop_assert_eq!(next.busy_until, (at > end).then_some(at));
        }
        let items: Vec<_> = days.iter().flat_map(|(day, _)| day.items.clone()).collect();
        let mut frame: Option<FrameIndex> = None;
        let source = Source { plan: &plan, zone: &zone, library: &[], shown: &library };
        for event in playlog::compile(&source, &items, Plays::default()).0 {
            prop_assert!(event.frame_count > 0);
            prop_assert!(frame.is_none_or(|frame| frame == event.start_frame));
            frame = Some(event.start_frame + event.frame_count);
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_day(plan in rich_plan(), library in library().prop_shuffle(), seed in any::<prop::sample::Index>()) {
        let zone = zone("Europe/Berlin");
        let mut turned = library.clone();
        turned.rotate_left(seed.index(library.len()));
        let compiled = |library: &[Asset]| compile(&plan, &zone, library, date(2026, 3, 29), &DayStart::default());
        prop_assert_eq!(compiled(&library), compiled(&turned));
    }

    #[test]
    fn a_sequence_neither_loses_nor_repeats(plan in plan(), library in library()) {
        let zone = zone("America/New_York");
        let first = date(2026, 10, 28);
        let days = days(&plan, &zone, &library, first, 6);
        for series in ["a", "b"] {
            let mut order: Vec<&Asset> = library.iter().filter(|a| a.series.as_deref() == Some(series)).collect();
            order.sort_by_key(|a| (a.season, a.episode));
            let played = days.iter().flat_map(|(day, _)| &day.items).filter(|item| item.title == series);
            for (item, expect) in played.zip(order.iter().cycle()) {
                prop_assert_eq!(item.asset_id.as_ref(), Some(&expect.id));
            }
        }
    }

    #[test]
    fn the_rest_of_a_day_compiled_again_is_the_rest_of_the_day(plan in rich_plan(), library in library(), rebuilt_from in 0i64..6, kept in any::<prop::sample::Index>()) {
        let zone = zone("America/New_York");
        let days = days(&plan, &zone, &library, date(2026, 10, 28), 6);
        let start = if rebuilt_from == 0 { DayStart::default() } else { days[rebuilt_from as usize - 1].1.clone() };
        let (day, next) = &days[rebuilt_from as usize];
        let (kept, rest) = day.items.split_at(kept.index(day.items.len() + 1));
        let resumed = after(plan.seed, &start, kept, &library);
        let (again, end, _) = compile(&plan, &zone, &library, day.date, &resumed);
        prop_assert_eq!(&again.items, &rest);
        prop_assert_eq!(&end, next);
    }

    #[test]
    fn new_and_vanished_episodes_leave_the_others_in_order(library in library(), gone in any::<prop::sample::Index>(), season in 0u32..4) {
        let plan = Plan::read("channel: c\ngrid: off\npools: { a: { match: { series: a } } }\nschedule: { all: [{ at: \"06:00\", play: a }] }").0.unwrap();
        let zone = zone("UTC");
        let (first, next, _) = compile(&plan, &zone, &library, date(2026, 1, 1), &DayStart::default());
        let last = first.items.iter().rev().find_map(|item| item.asset_id.clone()).unwrap();
        let place = |a: &Asset| (a.season, a.episode);
        let last_place = library.iter().find(|a| a.id == last).map(place).unwrap();
        let mut changed = library.clone();
        changed.push(episode("a", season, 99, 1800));
        changed.remove(gone.index(library.len()));
        let mut left: Vec<&Asset> = changed.iter().filter(|a| a.series.as_deref() == Some("a")).collect();
        left.sort_by_key(|a| place(a));
        let expect = left.iter().find(|a| place(a) > last_place).or(left.first()).unwrap();
        let (second, ..) = compile(&plan, &zone, &changed, date(2026, 1, 2), &next);
        prop_assert_eq!(second.items[0].asset_id.as_ref(), Some(&expect.id));
    }

    #[test]
    fn every_instant_lies_in_its_broadcast_day(zone_name in proptest::sample::select(ZONES.to_vec()), at in 1_200_000_000i64..2_000_000_000, quarter in 0i64..96) {
        let zone = zone(zone_name);
        let mut plan = Plan::read("channel: c\nschedule: { all: [] }").0.unwrap();
        plan.day_start = Time::midnight().wrapping_add(SignedDuration::from_secs(quarter * 900));
        let at = UtcTime::from_millis(at * 1000);
        let (start, end) = bounds(&plan, &zone, date_at(&plan, &zone, at));
        prop_assert!(start <= at && at < end);
    }

    #[test]
    fn grid_lines_are_near_and_never_before(zone_name in proptest::sample::select(ZONES.to_vec()), at in 1_200_000_000_000i64..2_000_000_000_000, grid in 1i64..7200) {
        let zone = zone(zone_name);
        let at = UtcTime::from_millis(at);
        let grid = grid * 1_000_000_000;
        let line = local::line_at_or_after(&zone, grid, at);
        prop_assert!(line >= at);
        prop_assert!(line.since(at) <= Duration::from_nanos(grid.unsigned_abs() * 2));
        prop_assert_eq!(local::line_at_or_after(&zone, grid, line), line);
    }
}
