use retrovue_kit::clock::Course;
use retrovue_store::schedules::StoredItem;

use super::super::drafts::FOR_EVER;
use super::*;
use crate::channels::source::{GuideSource, PlaylogSource};

#[test]
fn a_restart_finds_the_same_schedule() {
    let mut network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let (events, items) = (network.playlog("cheers"), network.titles_ahead("cheers", 72));
    network.restart();
    network.service.refill(network.clock.now());
    network.service.roll(network.clock.now());
    assert_eq!((network.playlog("cheers"), network.titles_ahead("cheers", 72)), (events, items));
}

#[test]
fn days_roll_on_without_a_seam_and_what_was_published_stays() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let mut seen = network.playlog("cheers");
    for _ in 0..5 * 24 {
        network.pass(1);
        let events = network.playlog("cheers");
        assert_eq!(events[..seen.len()], seen);
        let end = millis(&events.last().unwrap().end_utc);
        assert!(end >= network.clock.now().plus(HOUR * 6).millis());
        seen = events;
    }
    // Ten episodes in order, over and over, whatever days and rolls lie between.
    let titles: Vec<_> = seen.iter().map(|event| event.asset.clone().unwrap().title).collect();
    let part = |title: &str| title.rsplit(' ').next().unwrap().parse::<u32>().unwrap();
    assert!(titles.windows(2).all(|pair| part(&pair[1]) == part(&pair[0]) % 10 + 1), "{titles:?}");
}

#[test]
fn a_network_that_slept_wakes_up_in_the_middle_of_its_schedule() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    network.pass(24 * 9);
    network.playlog("cheers");
    network.pass(24 * 100);
    let events = network.service.playlog("cheers", None, None).unwrap().events;
    assert!(millis(&events[0].start_utc) <= network.clock.now().millis());
    assert!(millis(&events.last().unwrap().end_utc) >= network.clock.now().plus(HOUR * 6).millis());
    assert!(network.playlog("cheers").len() < 200);
}

#[test]
fn a_clock_that_ran_years_ahead_and_was_set_right_leaves_no_dark_years() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    network.pass(24 * 365 * 4);
    network.apply(&plan("later", "number: \"9\"\n")).unwrap();
    let all = |slug: &str| network.service.playlog(slug, Some(UtcTime::EPOCH), None).unwrap().events;
    let right = NOW.plus(HOUR);
    network.clock.steer(|_, now_ns| Some(Course::steady(right, now_ns)));
    network.service.roll(right);
    for slug in ["cheers", "later"] {
        let events = network.playlog(slug);
        assert!(millis(&events[0].start_utc) <= right.millis(), "{slug}");
        assert!(millis(&events.last().unwrap().end_utc) >= right.plus(HOUR * 6).millis(), "{slug}");
        assert!(millis(&events.last().unwrap().end_utc) < right.plus(HOUR * 24 * 2).millis(), "{slug}");
        assert!(network.titles_ahead(slug, 6).iter().all(|title| title != "-"), "{slug}");
        network.service.roll(right);
        assert_eq!(all(slug), events, "{slug}");
    }
    for _ in 0..48 {
        network.pass(1);
        network.playlog("cheers");
        network.playlog("later");
    }
}

#[test]
fn the_past_is_kept_for_thirty_days() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    for _ in 0..40 {
        network.pass(24);
    }
    let oldest = millis(&network.playlog("cheers")[0].end_utc);
    let kept = network.clock.now().minus(HOUR * 24 * 30).millis();
    assert!(oldest > kept && oldest < kept + 3_600_000);
}

#[test]
fn a_shuffled_round_goes_on_where_a_day_comes_twice() {
    let network = Network::with_series();
    let shuffled = plan("cheers", "").replace("play: shows", "play: shows, order: shuffle").replace("off", "30m");
    let begun = |zone: &str, day_start: &str| {
        let extra = format!("timezone: {zone}\nday_start: \"{day_start}\"\n");
        shuffled.replace("timezone: Europe/Berlin\n", &extra)
    };
    // the day of the first zone comes again in the second
    for turn in 0..30 {
        let zone = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Pago_Pago"][turn % 3];
        network
            .apply(&begun(zone, "06:00").replace("pools:", &format!("seed: 7\nname: Edition {turn}\npools:")))
            .unwrap();
        network.pass([3, 4, 4, 4, 5, 3, 4][turn % 7]);
        network.pass([3, 4, 4, 4, 5, 3, 4][turn % 7]);
    }
    let shown: Vec<_> =
        network.playlog("cheers").into_iter().filter_map(|event| event.asset).map(|asset| asset.title).collect();
    let mut times = BTreeMap::new();
    for title in &shown {
        *times.entry(title).or_insert(0) += 1;
        let least = if times.len() < 10 { 0 } else { *times.values().min().unwrap() };
        assert!(times[title] <= least + 2, "{title}: {times:?}");
    }
}

#[test]
fn what_is_stored_does_not_grow_however_often_files_come_and_go() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let rows = |network: &Network| {
        let store = network.store();
        let channel = store.channel("cheers").unwrap().unwrap();
        let items = store.schedule_items(&channel.id, UtcTime::EPOCH, UtcTime::from_nanos(i64::MAX)).unwrap();
        let date: jiff::civil::Date = "2026-11-01".parse().unwrap();
        let days = date.series(jiff::Span::new().days(1)).take(200);
        let days = days.filter(|date| store.schedule_day(&channel.id, *date).unwrap().is_some()).count();
        let made = (1..=channel.generation).filter(|made| store.plan_text(&channel.id, *made).unwrap().is_some());
        [items.len(), days, made.count(), network.playlog("cheers").len()]
    };
    let part = Title::part("cheers", 3, 22 * 60);
    let mut after = Vec::new();
    for day in 0..100 {
        if day % 2 == 0 {
            network.lose(&part.title);
        } else {
            network.find(&part);
        }
        network.service.refill(network.clock.now());
        network.pass(24);
        if [50, 99].contains(&day) {
            after.push(rows(&network));
        }
    }
    assert!(network.service.channel("cheers").unwrap().channel.generation > 40);
    let (early, late) = (after[0], after[1]);
    assert!(early.iter().zip(late).all(|(early, late)| late <= early + early / 20 + 1), "{early:?} {late:?}");
    assert!(late[1] <= 30 + 14 + 3 && late[2] <= 60, "{late:?}");
}

#[test]
fn a_channel_that_came_before_its_library_is_filled_at_once() {
    let network = Network::new();
    let applied = network.service.apply(&[file("one.yaml", &plan("cheers", ""))], false).unwrap();
    assert!(applied.warnings.iter().any(|found| found.code == "empty_pool" && found.severity == "warning"));
    assert!(network.playlog("cheers").iter().all(|event| event.kind == "slate" && event.asset.is_none()));
    network.clock.advance(HOUR / 2);
    network.service.refill(network.clock.now());
    assert_eq!(network.service.channel("cheers").unwrap().channel.generation, 1);
    let mut changes = network.service.changes();
    network.add_episodes("cheers", 10, 22 * 60);
    network.service.refill(network.clock.now());
    assert_eq!(network.service.channel("cheers").unwrap().channel.generation, 2);
    assert_eq!(changes.try_recv().unwrap(), super::super::ScheduleChange::Playlog { slug: "cheers".to_owned() });
    let events = network.playlog("cheers");
    assert_eq!(events[0].kind, "slate");
    assert!(millis(&events[0].end_utc) <= network.clock.now().millis());
    assert!(events[1..].iter().all(|event| event.kind == "programme"));
    let now_next = network.service.now_next("cheers", network.clock.now()).unwrap();
    assert_eq!(now_next.now.unwrap().subtitle, "S01E01 cheers part 1");
    assert_eq!(now_next.next.unwrap().subtitle, "S01E02 cheers part 2");
}

#[test]
fn a_vanished_file_is_replaced_where_nothing_is_locked_and_slate_where_it_is() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let before = network.playlog("cheers");
    for part in [1, 2, 3, 4, 5] {
        network.lose(&format!("cheers part {part}"));
    }
    network.service.refill(network.clock.now());
    let detail = network.service.channel("cheers").unwrap();
    assert_eq!(detail.channel.generation, 2);
    let locked = millis(&detail.locked_until.unwrap());
    let lost = |event: &&EventView| {
        let title = event.asset.clone().unwrap().title;
        (1..=5).any(|part| title == format!("cheers part {part}"))
    };
    let after = network.playlog("cheers");
    assert!(after.iter().filter(|event| millis(&event.start_utc) >= locked).all(|event| !lost(&event)));
    let frozen = after.iter().filter(|event| millis(&event.start_utc) < locked).count();
    assert_eq!(after[..frozen], before[..frozen]);
    let on_air = network.service.segments("cheers", NOW, NOW.plus(HOUR * 6)).unwrap();
    let lost_segments: Vec<_> = on_air.segments.iter().filter(|segment| segment.asset.is_none()).collect();
    assert_eq!(
        lost_segments.len(),
        after[..frozen].iter().filter(lost).filter(|event| millis(&event.end_utc) > NOW.millis()).count()
    );
    assert!(lost_segments.iter().all(|segment| segment.kind == Kind::Slate));
    // A library that is away as a whole costs nothing that is planned.
    for part in [6, 7, 8, 9, 10] {
        network.lose(&format!("cheers part {part}"));
    }
    network.service.refill(network.clock.now());
    assert_eq!(network.playlog("cheers"), after);
}

#[test]
fn a_vanished_spot_is_replaced_in_its_breaks_and_nothing_else_is_planned_anew() {
    let network = Network::with_series();
    let spot = |number| Title { kind: Kind::Commercial, ..Title::single(MediaType::Other, "Spot", number, 30) };
    let spots: Vec<Title> = (1..=20).map(spot).collect();
    network.add_titles(&network.add_source("spots"), &spots);
    let breaks = "breaks: { at: none, pod: [spots…] }\n";
    let text = plan("cheers", breaks).replace("grid: off", "grid: 30m");
    network.apply(&text.replace("pools: { ", "pools: { spots: { match: { kind: commercial } }, ")).unwrap();
    let items = || network.service.schedule("cheers", NOW, 48).unwrap();
    let (before, planned) = (network.playlog("cheers"), items());
    let lost = |event: &&EventView| event.asset.as_ref().is_some_and(|asset| asset.title == "Spot 07");
    assert!(before.iter().filter(lost).count() > 3, "{before:#?}");
    network.lose("Spot 07");
    network.service.refill(network.clock.now());
    let detail = network.service.channel("cheers").unwrap();
    let locked = millis(&detail.locked_until.unwrap());
    let after = network.playlog("cheers");
    let frozen = after.iter().filter(|event| millis(&event.start_utc) < locked).count();
    assert_eq!(after[..frozen], before[..frozen]);
    assert_eq!(after[frozen..].iter().find(lost), None);
    let dark = after[frozen..].iter().find(|event| event.kind == "slate" && event.frame_count > 30);
    assert_eq!(dark, None, "others fill the time");
    assert_eq!(items(), planned);
    let ids: std::collections::BTreeSet<_> =
        before.iter().chain(&after[frozen..]).map(|event| &event.event_id).collect();
    let same = before[frozen..].iter().filter(|event| after.contains(event)).count();
    assert_eq!((same, ids.len()), (0, before.len() + after.len() - frozen), "an id never means something else");
    // where all are away, nothing is gained
    spots.iter().filter(|spot| spot.title != "Spot 07").for_each(|spot| network.lose(&spot.title));
    network.service.refill(network.clock.now());
    assert_eq!(network.playlog("cheers"), after);
}

#[test]
fn the_guide_shows_programmes_alone() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "name: Cheers 24/7\n").replace("grid: off", "grid: 30m")).unwrap();
    let guide = network.service.guide(NOW, NOW.plus(HOUR * 3)).unwrap();
    assert_eq!((guide.len(), guide[0].info.name.as_str()), (1, "Cheers 24/7"));
    assert!(guide[0].programmes.iter().all(|programme| programme.title == "cheers"));
    let guided = guide[0].programmes.windows(2);
    assert!(guided.clone().count() > 3 && guided.into_iter().all(|pair| pair[0].end == pair[1].start), "it has holes");
    assert!(network.playlog("cheers").iter().any(|event| event.kind == "slate"), "nothing has the time up to the line");
}

#[test]
fn a_night_off_air_is_one_programme_and_no_hole() {
    let network = Network::with_series();
    network.add_episodes("night", 3, 45 * 60);
    let pools = "pools: { nights: { match: { series: night } }, ";
    let show = |show: &str| {
        let off_air = format!("off_air: {{ from: \"22:00\", to: \"02:00\", show: {show} }}\n");
        plan("cheers", &off_air).replace("pools: { ", pools)
    };
    for what in ["nights, sign_off: nights", "test-card, sign_off: nights"] {
        network.apply(&show(what)).unwrap();
        network.pass(72);
        let from = network.clock.now();
        let guide = network.service.guide(from, from.plus(HOUR * 24)).unwrap();
        let programmes = &guide[0].programmes;
        assert!(programmes.windows(2).all(|pair| pair[0].end == pair[1].start), "{programmes:?}");
        let nights: Vec<_> = programmes.iter().filter(|programme| programme.title == "Off air").collect();
        assert_eq!((nights.len(), nights[0].subtitle.as_str()), (1, ""));
        // 01:00 UTC is 02:00 in Berlin
        assert_eq!(nights[0].end.nanos() / HOUR.as_nanos() as i64 % 24, 1);
        network.playlog("cheers");
        let before = network.titles_ahead("cheers", 24);
        network.service.refill(network.clock.now());
        assert_eq!(network.titles_ahead("cheers", 24), before, "nothing of it is dead air");
    }
}

#[test]
fn edits_of_zone_and_day_start_leave_no_seam() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let berlin = plan("cheers", "");
    for zone in ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu"] {
        for day_start in ["00:00", "18:00"] {
            let extra = format!("timezone: {zone}\nday_start: \"{day_start}\"\n");
            network.apply(&berlin.replace("timezone: Europe/Berlin\n", &extra)).unwrap();
            network.pass(7);
            network.playlog("cheers");
        }
    }
    let items = network.service.schedule("cheers", NOW, 24 * 14).unwrap();
    let mut items: Vec<_> = items.days.into_iter().flat_map(|day| day.items).collect();
    items.sort_by_key(|item| millis(&item.start_utc));
    assert!(items.windows(2).all(|pair| pair[0].end_utc == pair[1].start_utc));
}

/// The parts of a series that are on from `from` on, as numbers.
fn parts(network: &Network, from: UtcTime) -> Vec<usize> {
    let items = network.store().schedule_items(&network.store().channel("cheers").unwrap().unwrap().id, from, FOR_EVER);
    let number = |stored: &StoredItem| stored.item.subtitle.rsplit(' ').next()?.parse().ok();
    items.unwrap().iter().filter_map(number).collect()
}

fn goes_on(parts: &[usize], of: usize) -> bool {
    parts.windows(2).all(|pair| pair[1] == pair[0] % of + 1)
}

#[test]
fn a_series_goes_on_whatever_was_planned_again_before_and_where() {
    let network = Network::new();
    network.add_episodes("cheers", 97, 22 * 60);
    network.apply(&plan("cheers", "")).unwrap();
    network.pass(60);
    // under its new start of the day, the channel is in the midst of the day before; the library changes behind the cut
    network.apply(&plan("cheers", "day_start: \"23:30\"\n")).unwrap();
    network.service.rebuild("cheers", None, false, false).unwrap();
    assert!(goes_on(&parts(&network, NOW), 97), "{:?}", parts(&network, NOW));
    // before the cut, and in the midst of a day that was compiled again behind it
    network.service.rebuild("cheers", None, true, false).unwrap();
    assert!(goes_on(&parts(&network, NOW), 97), "{:?}", parts(&network, NOW));
    network.clock.advance(HOUR / 4);
    network.apply(&plan("cheers", "name: Other\nday_start: \"23:30\"\n")).unwrap();
    network.service.rebuild("cheers", None, true, false).unwrap();
    assert!(goes_on(&parts(&network, NOW), 97), "{:?}", parts(&network, NOW));
    // on its first day
    network.apply(&plan("cheers", "").replace("channel: cheers", "channel: taxi")).unwrap();
    network.service.rebuild("taxi", None, false, false).unwrap();
    network.service.rebuild("taxi", None, true, false).unwrap();
    let taxi = network.titles_ahead("taxi", 24);
    let taxi: Vec<usize> = taxi.iter().filter_map(|title| title.rsplit(' ').next()?.parse().ok()).collect();
    assert!(goes_on(&taxi, 97), "{taxi:?}");
}
