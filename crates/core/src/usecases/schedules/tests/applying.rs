use super::*;
use crate::failure::Kind as FailureKind;

#[test]
fn a_fresh_channel_is_planned_from_a_minute_ago_to_its_horizons() {
    let network = Network::with_series();
    let applied = network.apply(&plan("cheers", "")).unwrap();
    assert_eq!((applied.action.as_str(), applied.number.as_str(), applied.generation), ("create", "1", 1));
    let events = network.playlog("cheers");
    assert!(millis(&events[0].start_utc) <= NOW.millis() - 60_000);
    assert!(millis(&events[0].end_utc) > NOW.millis() - 60_000);
    assert!(millis(&events.last().unwrap().end_utc) >= NOW.plus(HOUR * 6).millis());
    assert!(events.iter().all(|event| event.kind == "programme" && event.in_offset_frames == 0));
    let asset = events[0].asset.clone().unwrap();
    assert!(asset.uri.starts_with("file:///media/cheers/cheers%20"), "{}", asset.uri);
    let ahead = network.service.channel("cheers").unwrap();
    assert!(millis(&ahead.schedule_until.unwrap()) >= NOW.plus(HOUR * 24 * 3).millis());
    let from_now = network.service.playlog("cheers", None, None).unwrap();
    assert!(
        millis(&from_now.events[0].start_utc) <= NOW.millis() && millis(&from_now.events[0].end_utc) > NOW.millis()
    );
    assert_eq!(from_now.format.frame_rate, "30000/1001");
}

#[test]
fn applying_twice_changes_nothing() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let (before, events) = (network.service.list().unwrap(), network.playlog("cheers"));
    network.clock.advance(HOUR);
    let again = network.apply(&plan("cheers", "")).unwrap();
    assert!(again.unchanged);
    assert_eq!((again.action.as_str(), again.generation), ("unchanged", 1));
    assert_eq!((network.service.list().unwrap(), network.playlog("cheers")), (before, events));
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let network = Network::with_series();
    let files = [file("one.yaml", &plan("cheers", ""))];
    let told = network.service.apply(&files, true).unwrap();
    assert_eq!((told.channels[0].action.as_str(), told.channels[0].days.is_empty()), ("create", false));
    assert!(network.service.list().unwrap().channels.is_empty());
    let done = network.service.apply(&files, false).unwrap();
    assert_eq!(told, done);
}

#[test]
fn a_removed_channel_comes_back_as_itself() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "number: 7\n")).unwrap();
    let (before, events) = (network.service.list().unwrap().channels, network.playlog("cheers"));
    network.service.remove("cheers", false).unwrap();
    assert!(network.service.list().unwrap().channels.is_empty());
    let gone = network.service.playlog("cheers", None, None).unwrap_err();
    assert_eq!((gone.kind, gone.code.as_str()), (FailureKind::NotFound, "channel_not_found"));
    let back = network.apply(&plan("cheers", "number: 7\n")).unwrap();
    assert_eq!((back.action.as_str(), back.generation), ("restore", 1));
    assert_eq!(network.service.list().unwrap().channels, before);
    assert_eq!(network.playlog("cheers"), events);
}

#[test]
fn what_is_locked_stays_and_the_rest_goes_on_in_order() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let (before, titles) = (network.playlog("cheers"), network.titles_ahead("cheers", 12));
    let applied = network.apply(&plan("cheers", "name: Cheers for ever\n")).unwrap();
    assert_eq!((applied.action.as_str(), applied.generation), ("update", 2));
    let locked = millis(&applied.changed_from.unwrap());
    assert!(locked >= NOW.plus(HOUR * 2).millis() && locked < NOW.plus(HOUR * 2 + HOUR / 2).millis());
    let after = network.playlog("cheers");
    let frozen = |events: &[EventView]| -> Vec<EventView> {
        events.iter().filter(|event| millis(&event.start_utc) < locked).cloned().collect()
    };
    assert_eq!(frozen(&before), frozen(&after));
    assert!(
        after.iter().filter(|event| millis(&event.start_utc) >= locked).all(|event| event.event_id.contains(".g2"))
    );
    assert_eq!(network.titles_ahead("cheers", 12), titles);
}

#[test]
fn another_frame_rate_cuts_the_same_items_to_other_frames() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let before = network.playlog("cheers");
    network.apply(&plan("cheers", "format: { frame_rate: 25 }\n")).unwrap();
    let after = network.playlog("cheers");
    assert_eq!(after[0].block_id, before[0].block_id);
    assert!((millis(&after[0].start_utc) - millis(&before[0].start_utc)).abs() <= 40);
    assert_eq!(millis(&after[0].start_utc), after[0].start_frame * 40);
    network.pass(12);
    network.playlog("cheers");
}

#[test]
fn all_problems_of_all_files_are_told_and_nothing_is_stored() {
    let network = Network::with_series();
    let good = plan("cheers", "");
    let bad = good.replace("channel: cheers", "channel: other\ncolour: red").replace("play: shows", "play: films");
    let files = [file("good.yaml", &good), file("bad.yaml", &bad), file("twin.yaml", &good), file("torn.yaml", "{")];
    let refused = network.service.apply(&files, false).unwrap_err();
    assert_eq!((refused.kind, refused.code.as_str()), (FailureKind::Refused, "channel_file_invalid"));
    let problems = refused.details["problems"].as_array().unwrap();
    let errors: std::collections::BTreeSet<&str> = problems
        .iter()
        .filter(|found| found["severity"] == "error")
        .map(|found| found["file"].as_str().unwrap())
        .collect();
    assert_eq!(errors.into_iter().collect::<Vec<_>>(), ["bad.yaml", "torn.yaml", "twin.yaml"]);
    let of_bad = problems.iter().filter(|found| found["file"] == "bad.yaml" && found["severity"] == "error");
    assert_eq!(of_bad.count(), 2, "{problems:?}");
    assert!(network.service.list().unwrap().channels.is_empty());
}

#[test]
fn a_number_belongs_to_one_channel() {
    let network = Network::with_series();
    let apply = |files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(slug, extra)| file(slug, &plan(slug, extra))).collect();
        let applied = network.service.apply(&files, false)?;
        Ok::<_, Failure>(applied.channels.into_iter().map(|channel| channel.number).collect::<Vec<_>>())
    };
    assert_eq!(apply(&[("a", ""), ("b", "number: \"1\"\n"), ("c", "")]).unwrap(), ["2", "1", "3"]);
    for files in [&[("d", "number: \"2\"\n")][..], &[("d", "number: \"9\"\n"), ("e", "number: \"9\"\n")][..]] {
        let refused = apply(files).unwrap_err();
        assert_eq!((refused.kind, refused.code.as_str()), (FailureKind::Refused, "number_taken"));
    }
    assert_eq!(apply(&[("a", "number: \"1\"\n"), ("b", "number: \"2\"\n")]).unwrap(), ["1", "2"]);
    network.service.remove("c", false).unwrap();
    assert_eq!(apply(&[("d", "")]).unwrap(), ["3"]);
    assert_eq!(network.service.list().unwrap().channels.len(), 3);
}

#[test]
fn an_unknown_channel_is_told_with_the_nearest_name() {
    let network = Network::with_series();
    network.apply(&plan("cheers", "")).unwrap();
    let unknown = network.service.schedule("chers", NOW, 1).unwrap_err();
    assert_eq!((unknown.code.as_str(), unknown.hint.as_str()), ("channel_not_found", "did you mean cheers?"));
}

#[test]
fn suggestions_are_applied_once() {
    let network = Network::with_series();
    let suggested = network.service.apply_suggestions(false).unwrap();
    assert!(!suggested.applied.is_empty());
    assert_eq!(suggested.applied.len(), suggested.suggestions.len());
    let again = network.service.suggest().unwrap();
    assert!(again.suggestions.is_empty() && again.note.unwrap().starts_with("Nothing new"));
    let slug = &suggested.applied[0].slug;
    assert_eq!(network.service.export(slug).unwrap().text, suggested.suggestions[0].text);
}

#[test]
fn what_makes_no_channel_is_told() {
    let network = Network::new();
    let note = |expect: &str| {
        let suggested = network.service.apply_suggestions(false).unwrap();
        assert!(suggested.suggestions.is_empty() && suggested.applied.is_empty());
        assert!(suggested.note.unwrap().starts_with(expect), "{expect}");
    };
    note("The library holds nothing");
    let soap = Title { kind: Kind::Commercial, ..Title::single(MediaType::Other, "Soap", 1, 30) };
    network.add_titles(&network.add_source("ads"), &[soap]);
    note("The library holds only what runs between programmes");
}

#[test]
fn suggested_files_have_no_findings() {
    let network = Network::new();
    for (series, count, minutes) in [("Taxi", 110, 22), ("Wings", 120, 23), ("Columbo", 60, 47), ("日本", 70, 45)] {
        network.add_episodes(series, count, minutes * 60);
    }
    let films = (0..40).map(|n| Title::single(MediaType::Movie, "Film", n, (80 + i64::from(n)) * 60));
    let spots = [(Kind::Commercial, 60, 30), (Kind::StationId, 3, 5), (Kind::Filler, 8, 80)];
    let spots = spots.into_iter().flat_map(|(kind, count, seconds)| {
        (0..count).map(move |n| Title { kind, ..Title::single(MediaType::Other, kind.word(), n, seconds) })
    });
    network.add_titles(&network.add_source("rest"), &films.chain(spots).collect::<Vec<_>>());
    let suggested = network.service.suggest().unwrap().suggestions;
    let slugs: Vec<&str> = suggested.iter().map(|found| found.slug.as_str()).collect();
    assert_eq!(slugs[..3], ["channel-one", "cinema", "reruns"], "{slugs:?}");
    for found in &suggested {
        let findings = network.service.check(&file("one.yaml", &found.text)).unwrap().findings;
        assert_eq!(findings, [], "{}", found.text);
    }
    let files: Vec<_> = suggested.iter().map(|found| file(&found.slug, &found.text)).collect();
    let applied = network.service.apply(&files, false).unwrap();
    assert_eq!(applied.warnings, []);
    assert!(applied.channels.iter().zip(&suggested).all(|(channel, found)| channel.number == found.number));
}
