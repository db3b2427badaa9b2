//! Why something is on, from what is stored. `UPDATE_REFERENCE=1` writes the golden files in `explaining/`.

use super::super::views::ItemView;
use super::*;
use crate::usecases::schedules::ExplanationView;

/// Every item of the days around now, with what `explain` tells of it.
fn explained(network: &Network, slug: &str) -> Vec<(ItemView, ExplanationView)> {
    let schedule = network.service.schedule(slug, NOW.minus(HOUR * 24), 96).unwrap();
    let items = schedule.days.into_iter().flat_map(|day| day.items);
    let explained = items.map(|item| {
        let why = network.service.explain(slug, instant(&item.start_utc).plus(Duration::from_secs(1))).unwrap();
        (item, why)
    });
    explained.collect()
}

fn instant(text: &str) -> UtcTime {
    UtcTime::from_millis(millis(text))
}

#[test]
fn every_instant_that_is_stored_can_be_explained() {
    let network = Network::with_series();
    network.apply(&plan("one", "")).unwrap();
    network.pass(3);
    network.apply(&plan("one", "name: Another\n")).unwrap();
    network.pass(20);
    network.apply(&plan("one", "name: A Third\n")).unwrap();
    network.lose("cheers part 4");
    network.pass(4);
    let items = explained(&network, "one");
    assert!(items.len() > 100);
    let mut before: Option<String> = None;
    let mut generations = std::collections::BTreeSet::new();
    for (item, why) in items {
        assert_eq!(why.item, item);
        assert_eq!(why.slot.unwrap().layer, "all");
        let pool = why.pool.unwrap();
        assert_eq!((&pool.cursor_before, &pool.cursor_after), (&before, &item.asset_id), "{item:?} {:?}", why.reasons);
        assert!(why.reasons.len() >= 3, "{:?}", why.reasons);
        assert!(!why.neighbours.is_empty());
        generations.insert(why.generation);
        before = item.asset_id;
    }
    assert!(generations.len() > 2, "{generations:?}");
}

#[test]
fn what_is_not_stored_cannot_be_explained() {
    let network = Network::with_series();
    network.apply(&plan("one", "")).unwrap();
    let failed = |slug: &str, at| network.service.explain(slug, at).unwrap_err();
    assert_eq!(failed("two", NOW).code, "channel_not_found");
    assert_eq!(failed("one", UtcTime::EPOCH).code, "nothing_stored");
    let beyond = failed("one", NOW.plus(HOUR * 24 * 60));
    assert_eq!(beyond.code, "nothing_stored");
    assert!(beyond.message.starts_with("channel one is planned until 2026-12-07T05:"), "{}", beyond.message);
}

#[test]
fn a_slot_is_asked_about_by_the_time_that_it_has() {
    let network = Network::with_series();
    let slots = "[{ at: \"06:00\", until: \"23:00\", play: shows }, { at: \"23:00\", play: shows, order: shuffle }]";
    network
        .apply(&plan("one", "").replace("grid: off", "grid: 30m").replace("[{ at: \"06:00\", play: shows }]", slots))
        .unwrap();
    // its first frame begins some milliseconds later
    let why = network.service.explain("one", instant("2026-11-22T22:00:00Z")).unwrap();
    assert_eq!(why.pool.unwrap().order, "shuffle");
}

/// The answer as people and as scripts see it, with assets called by their titles.
fn page(network: &Network, at: &str) -> String {
    let why = network.service.explain("one", instant(at)).unwrap();
    let data = serde_json::to_value(&why).unwrap();
    let json = serde_json::to_string_pretty(&data).unwrap();
    let mut page =
        format!("$ retrovue schedule explain one --at {at}\n{}\n\n", crate::cli::schedules::explanation_text(&data));
    page += &format!("$ retrovue schedule explain one --at {at} --json | jq .data\n{json}\n");
    for asset in network.store().assets(&AssetFilter::default()).unwrap() {
        page = page.replace(&asset.id, &format!("<{}>", asset.description.title));
    }
    page
}

#[track_caller]
fn golden(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/usecases/schedules/tests/explaining").join(name);
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, page, "run with UPDATE_REFERENCE=1 to write {}", path.display());
}

#[test]
fn the_past_is_explained_by_the_plan_that_it_had() {
    let network = Network::with_series();
    let first = plan("one", "").replace("grid: off", "grid: 30m");
    network.apply(&first).unwrap();
    network.pass(6);
    let format = "format: { frame_rate: 25 }\n";
    network.apply(&plan("one", format).replace("play: shows", "play: shows, order: shuffle")).unwrap();
    network.pass(6);
    golden("older_generation.txt", &page(&network, "2026-11-22T22:10:00Z"));
}

#[test]
fn a_spot_is_explained_with_its_programme() {
    let network = Network::with_series();
    let soap = Title { kind: Kind::Commercial, ..Title::single(MediaType::Other, "Soap", 1, 30) };
    let sea = Title { kind: Kind::Filler, ..Title::single(MediaType::Other, "Sea", 1, 90) };
    network.add_titles(&network.add_source("between"), &[soap, sea]);
    let extra = "breaks: { pod: spots… }\nfallback: [ filler, card ]\n";
    let pools = "{ shows: { match: { series: cheers } }, spots: { match: { kind: commercial } }, filler: { match: { kind: filler } }";
    let text =
        plan("one", extra).replace("grid: off", "grid: 30m").replace("{ shows: { match: { series: cheers } }", pools);
    network.apply(&text).unwrap();
    let spot = network.playlog("one").into_iter().find(|event| event.rule.starts_with("break "));
    golden("spot.txt", &page(&network, &spot.unwrap().start_utc));
    golden("filler.txt", &page(&network, "2026-11-22T20:29:00Z"));
}
