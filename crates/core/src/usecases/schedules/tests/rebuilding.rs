//! What is planned is planned again, and what is frozen gives way where an operator wants it.

use super::super::AT_ONCE;
use super::super::views::GenerationView;
use super::*;

fn history(network: &Network) -> Vec<GenerationView> {
    network.service.channel("cheers").unwrap().generations
}

fn until(events: &[EventView], at: &str) -> Vec<EventView> {
    events.iter().take_while(|event| event.end_utc.as_str() <= at).cloned().collect()
}

#[test]
fn a_rebuild_takes_in_the_library_behind_what_is_frozen() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    network.add_episodes("taxi", 1, 22 * 60);
    let before = network.titles_ahead("cheers", 24);
    network.add_titles(&network.add_source("more"), &[Title::part("cheers", 11, 22 * 60)]);
    network.service.refill(network.clock.now());
    assert_eq!(network.titles_ahead("cheers", 24), before, "new episodes wait for new days");
    let new = "S01E11 cheers part 11".to_owned();

    let told = network.service.rebuild("cheers", None, false, true).unwrap();
    assert_eq!(
        (told.action.as_str(), told.generation, history(&network).len()),
        ("rebuild", 2, 1),
        "a dry run changes nothing"
    );
    assert!(!told.days.is_empty());
    let (old, detail) = (network.playlog("cheers"), network.service.channel("cheers").unwrap());
    let mut changes = network.service.changes();
    let told = network.service.rebuild("cheers", None, false, false).unwrap();
    assert_eq!(told.changed_from, detail.locked_until);
    assert_eq!(changes.try_recv().unwrap(), super::super::ScheduleChange::Playlog { slug: "cheers".to_owned() });
    let locked = detail.locked_until.unwrap();
    assert_eq!(until(&network.playlog("cheers"), &locked), until(&old, &locked));
    assert!(network.titles_ahead("cheers", 24).contains(&new));
    let made: Vec<_> =
        history(&network).into_iter().map(|made| (made.generation, made.cause, made.frozen_from)).collect();
    assert_eq!(made, [(2, "rebuilt".to_owned(), None), (1, "applied".to_owned(), None)]);
}

#[test]
fn a_rebuild_begins_where_it_is_told_to_with_a_whole_item() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let old = network.titles_ahead("cheers", 48);
    network.add_titles(&network.add_source("more"), &[Title::part("cheers", 11, 22 * 60)]);
    let from = NOW.plus(HOUR * 20);
    let told = network.service.rebuild("cheers", Some(from), false, false).unwrap();
    let at = millis(told.changed_from.as_ref().unwrap());
    assert!(from.millis() <= at && at < from.plus(HOUR / 2).millis());
    let new = network.titles_ahead("cheers", 48);
    assert_eq!(new[..50], old[..50]);
    assert_ne!(new, old);
    // frozen: behind it
    let detail = network.service.channel("cheers").unwrap();
    let told = network.service.rebuild("cheers", Some(NOW), false, false).unwrap();
    assert_eq!(told.changed_from, detail.locked_until);
    let far = network.service.rebuild("cheers", Some(NOW.plus(HOUR * 24 * 60)), false, false).unwrap_err();
    assert_eq!(far.code, "not_planned");
    assert_eq!(network.service.rebuild("taxi", None, false, false).unwrap_err().code, "channel_not_found");
}

#[test]
fn what_is_frozen_gives_way_at_once_and_that_is_recorded() {
    let network = Network::with_series();
    network.add_episodes("taxi", 10, 22 * 60);
    network.apply(&plan("cheers", "")).unwrap();
    let other = file("one.yaml", &plan("cheers", "name: Taxi\n").replace("series: cheers", "series: taxi"));
    let before = network.titles_ahead("cheers", 1);
    let dry = network.service.apply_now(std::slice::from_ref(&other), true).unwrap();
    let at = NOW.plus(AT_ONCE);
    let lies_at = |text: &str, at: UtcTime| (at.millis() - millis(text)).abs() < 50;
    assert!(lies_at(dry.channels[0].changed_from.as_ref().unwrap(), at), "{at:?}");
    assert_eq!(network.titles_ahead("cheers", 1), before);
    network.clock.advance(HOUR / 6);
    let at = network.clock.now().plus(AT_ONCE);
    network.service.apply_now(&[other], false).unwrap();
    let on_air = &network.titles_ahead("cheers", 1);
    assert!(on_air[1..].iter().all(|title| title.contains("taxi")), "{on_air:?}");
    let events = network.playlog("cheers");
    let begun = events.iter().find(|event| event.asset.as_ref().unwrap().title.contains("taxi")).unwrap();
    assert!(lies_at(&begun.start_utc, at), "{begun:?}");
    let made = &history(&network)[0];
    assert_eq!((made.generation, made.cause.as_str()), (2, "applied"));
    assert!(made.frozen_from.is_some());

    network.clock.advance(HOUR / 6);
    network.service.rebuild("cheers", None, true, false).unwrap();
    let made = &history(&network)[0];
    assert_eq!((made.generation, made.cause.as_str(), made.frozen_from.is_some()), (3, "rebuilt", true));
    assert!(network.titles_ahead("cheers", 1)[..2].iter().all(|title| title.contains("taxi")), "nothing is broken off");
    let inside = network.clock.now().plus(HOUR / 2);
    let told = network.service.rebuild("cheers", Some(inside), true, false).unwrap();
    assert!(millis(told.changed_from.as_ref().unwrap()) < inside.plus(HOUR / 2).millis(), "within what was frozen");
    network.playlog("cheers");
}

#[test]
fn a_plan_with_a_grid_takes_over_with_its_next_line() {
    let network = Network::with_series();
    network.add_episodes("taxi", 10, 22 * 60);
    let film = Title::single(MediaType::Movie, "Film", 1, 100 * 60);
    let ids = network.add_titles(&network.add_source("films"), std::slice::from_ref(&film));
    let grid = |text: String| text.replace("grid: off", "grid: 30m");
    network.apply(&grid(plan("cheers", ""))).unwrap();
    // NOW is ten past nine in Berlin
    let line = NOW.plus(HOUR / 3);
    let other = file("one.yaml", &grid(plan("cheers", "name: Taxi\n").replace("series: cheers", "series: taxi")));
    let told = network.service.apply_now(&[other], false).unwrap();
    assert_eq!(millis(told.channels[0].changed_from.as_ref().unwrap()) / 1000, line.millis() / 1000);
    let ahead = network.titles_ahead("cheers", 3);
    assert!(ahead[0].contains("cheers") && ahead[1..].iter().all(|title| title.contains("taxi")), "{ahead:?}");

    // at another rate, what ended with the line was shown whole, and a frame at most lies between
    let shows = |network: &Network| {
        let days = network.service.schedule("cheers", network.clock.now(), 4).unwrap().days.into_iter();
        let items = days.flat_map(|day| day.items).filter(|item| millis(&item.end_utc) - millis(&item.start_utc) > 42);
        items.map(|item| item.subtitle).collect::<Vec<_>>()
    };
    let (before, slower) = (shows(&network), "name: Slow\nformat: { frame_rate: 24000/1001 }\n");
    let slow = file("one.yaml", &grid(plan("cheers", slower).replace("series: cheers", "series: taxi")));
    network.clock.advance(HOUR / 2);
    network.service.apply_now(&[slow], false).unwrap();
    assert_eq!(shows(&network)[..6], before[1..7]);

    // what was applied already and waits for its time is hastened; a film that is broken off begins again
    let slot = format!("schedule: {{ all: [{{ at: \"21:30\", for: 3h, play: {{ asset: {} }} }}] }}", ids[&film.path]);
    let text = grid(plan("cheers", "")).replace("schedule: { all: [{ at: \"06:00\", play: shows }] }", &slot);
    network.apply(&text).unwrap();
    assert!(network.titles_ahead("cheers", 1).iter().all(|title| !title.contains("Film")));
    for _ in 0..2 {
        let hastened = network.service.apply_now(&[file("one.yaml", &text)], false).unwrap();
        assert_eq!(hastened.channels[0].action, if hastened.channels[0].unchanged { "unchanged" } else { "update" });
    }
    network.clock.advance(HOUR / 2);
    assert_eq!(network.service.now_next("cheers", network.clock.now()).unwrap().now.unwrap().title, "Film 01");
    let other = text.replace("timezone", "name: Films\ntimezone");
    let told = network.service.apply_now(&[file("one.yaml", &other)], true).unwrap();
    let broken_off = told.channels[0].days.iter().flat_map(|day| &day.programmes).next().unwrap();
    assert_eq!(broken_off.change, "changed");
    network.service.apply_now(&[file("one.yaml", &other)], false).unwrap();
    network.clock.advance(HOUR / 2);
    assert_eq!(network.service.now_next("cheers", network.clock.now()).unwrap().now.unwrap().title, "Film 01");
}
