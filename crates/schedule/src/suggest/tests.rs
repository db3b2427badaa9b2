//! Every suggestion is a file that is in order, shows something, and leaves nothing to be said against it.

use std::collections::BTreeMap;

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::fixtures::{episode, film};
use crate::playlog::{self, Plays, Source};
use crate::{DayStart, MediaType, Plan, Problem, day};

const MINUTE: i64 = 60;

fn video(media_type: MediaType, title: &str, seconds: i64, tags: &[&str]) -> Asset {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Asset { media_type, tags, ..film(title, 2000, seconds) }
}

fn spot(kind: Kind, title: &str, seconds: i64) -> Asset {
    Asset { kind, media_type: MediaType::Other, year: None, ..film(title, 0, seconds) }
}

fn of_genre(asset: Asset, genre: &str) -> Asset {
    Asset { genres: vec![genre.to_owned()], ..asset }
}

fn series<'a>(name: &'a str, count: u32, seconds: i64) -> impl Iterator<Item = Asset> + 'a {
    (0..count).map(move |n| episode(name, n / 22 + 1, n % 22 + 1, seconds))
}

fn films(count: u32, first_year: u32, genres: &[&str]) -> Vec<Asset> {
    let one = |n: u32| {
        let length = (85 + i64::from(n * 7 % 50)) * MINUTE;
        let film = film(&format!("{} {n}", genres.join(" ")), first_year + n % 60, length);
        Asset { genres: genres.iter().map(|genre| (*genre).to_owned()).collect(), ..film }
    };
    (0..count).map(one).collect()
}

/// What a person has who has collected for some years.
fn collection() -> Vec<Asset> {
    let sitcoms = [("Cheers", 270), ("Frasier", 260), ("Taxi", 114), ("Wings", 172)];
    let dramas = [("Columbo", 69), ("Hill Street Blues", 146), ("Quincy", 148)];
    let cartoons = [("DuckTales", 100), ("Inspector Gadget", 86), ("The Smurfs", 256)];
    let mut library: Vec<Asset> = Vec::new();
    for (name, count) in sitcoms {
        library.extend(series(name, count, 22 * MINUTE + 30).map(|one| of_genre(one, "Comedy")));
    }
    for (name, count) in dramas {
        library.extend(series(name, count, 47 * MINUTE).map(|one| of_genre(one, "Drama")));
    }
    for (name, count) in cartoons {
        library.extend(series(name, count, 22 * MINUTE).map(|one| of_genre(one, "Kids")));
    }
    library.extend(films(60, 1925, &["Drama"]));
    library.extend(films(45, 1955, &["Comedy", "Romance"]));
    library.extend(films(40, 1960, &["Horror"]).into_iter().map(|film| Asset { rating: Some("R".to_owned()), ..film }));
    library.extend((0..60).map(|n| video(MediaType::MusicVideo, &format!("Song {n}"), 200 + n, &[])));
    let spots = [(Kind::Commercial, 80, 30), (Kind::Psa, 6, 20), (Kind::Promo, 10, 25), (Kind::Bumper, 3, 4)];
    for (kind, count, seconds) in spots.into_iter().chain([(Kind::StationId, 4, 6), (Kind::Filler, 12, 95)]) {
        library.extend((0..count).map(|n| spot(kind, &format!("{kind} {n}"), seconds + n % 3)));
    }
    library
}

/// What `schedule check` and the playlog tell of a file.
fn problems(text: &str, library: &[Asset], days: i64) -> (Plan, Vec<Problem>) {
    let (plan, mut problems) = Plan::read(text);
    let plan = plan.unwrap_or_else(|| panic!("{problems:#?}\n{text}"));
    let (pools, more) = day::Pools::fill(&plan, library);
    problems.extend(more);
    let (zone, mut start, mut items) = (TimeZone::UTC, DayStart::default(), Vec::new());
    for nth in 0..days {
        let date = date(2026, 11, 22).saturating_add(jiff::Span::new().days(nth));
        let (day, next, more) = pools.compile(&zone, date, &start);
        items.extend(day.items);
        problems.extend(more);
        start = next;
    }
    problems.extend(pools.ends(&zone, &items));
    // a day and a night are as good as a fortnight
    items.truncate(
        items.partition_point(|item| item.start < items[0].start.plus(std::time::Duration::from_secs(48 * 3600))),
    );
    let (_, more) =
        playlog::compile(&Source { plan: &plan, zone: &zone, library, shown: library }, &items, Plays::default());
    problems.extend(more);
    assert!(items.iter().any(|item| item.asset_id.is_some()), "{text}");
    drop(pools);
    (plan, problems)
}

/// What a network has after `suggestions` were applied.
fn applied(suggestions: &[Suggestion]) -> Vec<Existing> {
    let existing = |found: &Suggestion| {
        let plan = Plan::read(&found.text).0.unwrap();
        let matches = plan.pools.into_values().map(|pool| pool.matches).collect();
        Existing { slug: plan.channel, name: plan.name, number: plan.number, matches }
    };
    suggestions.iter().map(existing).collect()
}

fn slugs(library: &[Asset]) -> Vec<String> {
    suggest(library, &[]).into_iter().map(|suggestion| suggestion.slug).collect()
}

#[test]
fn a_collection_is_a_network() {
    let library = collection();
    let suggestions = suggest(&library, &[]);
    let mut page = String::new();
    for Suggestion { slug, number, text, reason } in &suggestions {
        assert_eq!(problems(text, &library, 15).1, [], "{text}");
        page += &format!("---\n# {number} {slug}: {reason}\n{text}\n");
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/suggest/tests/network.yaml");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "run with UPDATE_REFERENCE=1 to write {}:\n{page}", path.display());
}

/// The slots of the general channel, without their times' brackets.
fn general(library: &[Asset]) -> String {
    let found = suggest(library, &[]).into_iter().find(|found| found.slug == "channel-one").unwrap();
    assert_eq!(problems(&found.text, library, 15).1, [], "{}", found.text);
    let slots = found.text.lines().filter_map(|line| line.trim().strip_prefix("- { ")?.strip_suffix(" }"));
    slots.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_general_channel_makes_do_with_what_there_is() {
    let taxi: Vec<Asset> = series("Taxi", 70, 22 * MINUTE).map(|one| of_genre(one, "Comedy")).collect();
    let rest = series("Wings", 70, 22 * MINUTE).chain(series("Becker", 70, 22 * MINUTE));
    let rest = rest.chain(series("Columbo", 160, 47 * MINUTE)).chain(films(60, 1970, &["Drama"]));
    let library: Vec<Asset> = taxi.into_iter().chain(rest).collect();
    // genres that are known of a few tell nothing, a single series is shown in order, and a small channel sleeps
    insta::assert_snapshot!(general(&library), @r#"
    at: "06:00", until: "10:00", play: half_hours, order: shuffle
    at: "10:00", until: "16:00", play: columbo, order: sequential
    at: "16:00", until: "20:00", play: half_hours, order: shuffle
    at: "20:00", until: "23:00", play: films, order: shuffle, title: "Movie Night"
    at: "23:00", until: "06:00", play: films, order: shuffle
    at: "10:00", until: "16:00", play: films, order: shuffle, title: "Matinee"
    "#);
    let few: Vec<Asset> = series("Columbo", 20, 47 * MINUTE).chain(films(20, 1970, &["Drama"])).collect();
    insta::assert_snapshot!(general(&few), @r#"
    at: "06:00", until: "16:00", play: films, order: shuffle
    at: "16:00", until: "20:00", play: hours, order: marathon
    at: "20:00", until: "01:00", play: films, order: shuffle, title: "Movie Night"
    "#);
}

#[test]
fn asking_again_brings_nothing_and_a_larger_library_only_what_is_new() {
    let mut library = collection();
    let existing = applied(&suggest(&library, &[]));
    assert_eq!(suggest(&library, &existing), []);
    library.extend(series("Taxi", 200, 22 * MINUTE).skip(114));
    library.extend(films(90, 2000, &["Western"]));
    let more = suggest(&library, &existing);
    let slugs: Vec<&str> = more.iter().map(|found| found.slug.as_str()).collect();
    assert!(slugs.contains(&"cinema-western"), "{slugs:?}");
    assert!(more.iter().all(|found| existing.iter().all(|one| one.slug != found.slug)));
}

#[test]
fn slugs_and_numbers_are_nobodys() {
    let taken = |slug: &str, number: &str| Existing {
        slug: slug.to_owned(),
        name: "Another".to_owned(),
        number: Some(number.to_owned()),
        matches: Vec::new(),
    };
    let library = [vec![film("夜", 1980, 7000)], films(40, 1980, &["喜劇"]), films(40, 1990, &["ホラー"])].concat();
    let found = suggest(&library, &[taken("cinema-genre", "10"), taken("other", "12")]);
    let found: Vec<(&str, &str)> = found.iter().map(|one| (one.slug.as_str(), one.number.as_str())).collect();
    assert_eq!(&found[..3], [("cinema", "11"), ("cinema-genre-2", "13"), ("cinema-2000s", "14")]);
}

#[test]
fn a_tiny_library_is_one_channel() {
    let check = |library: &[Asset], expect: &[&str]| {
        assert_eq!(slugs(library), expect);
        for found in suggest(library, &[]) {
            assert_eq!(problems(&found.text, library, 15).1, [], "{}", found.text);
        }
    };
    let three = [film("Alien", 1979, 7000), film("Aliens", 1986, 8000), film("Dune", 1984, 8200)];
    check(&three, &["cinema"]);
    check(&three[..1], &["cinema"]);
    check(&series("Cheers", 5, 1400).collect::<Vec<_>>(), &["cheers-24-7"]);
    check(&series("日本", 5, 1400).collect::<Vec<_>>(), &["series"]);
    check(&[video(MediaType::MusicVideo, "a", 200, &[]), video(MediaType::MusicVideo, "b", 190, &[])], &["music-box"]);
    check(&[video(MediaType::Other, "a", 200, &[])], &["lucky-dip"]);
    check(&[&three[..], &series("Cheers", 5, 1400).collect::<Vec<_>>()].concat(), &["lucky-dip"]);
}

#[test]
fn nothing_is_made_of_spots_alone() {
    check_none(&[]);
    check_none(&[spot(Kind::Commercial, "Soap", 30), spot(Kind::Filler, "Sea", 600), film("Nothing", 1980, 0)]);
}

fn check_none(library: &[Asset]) {
    assert_eq!(suggest(library, &[]), []);
}

#[test]
fn folders_of_other_videos_are_channels() {
    let other = |title: &str, tags: &[&str]| video(MediaType::Other, title, 50 * MINUTE, tags);
    let holidays = (0..4).map(|n| other(&format!("a{n}"), &["holidays", "2024"]));
    let garden = (0..5).map(|n| other(&format!("b{n}"), &[if n == 0 { "Garden" } else { "garden" }]));
    let library: Vec<Asset> = holidays.chain(garden).chain([other("c", &["rare"])]).collect();
    assert_eq!(slugs(&library), ["garden", "2024", "lucky-dip"]);
}

#[test]
fn a_huge_library_is_a_network_that_can_be_overlooked() {
    let mut library = collection();
    for n in 0..60 {
        library.extend(series(&format!("Show {n}"), 80 + n, 24 * MINUTE));
        library.extend(films(25, 1930 + n, &[&format!("Genre {n}")]));
    }
    let first = suggest(&library, &[]);
    assert_eq!(first.len(), MAX_SUGGESTIONS);
    assert_eq!(first[0].slug, "channel-one");
    library.reverse();
    assert_eq!(suggest(&library, &[]), first, "whatever the library's order");
}

fn programmes() -> impl Strategy<Value = Vec<Asset>> {
    let words = ["Comedy", "Kids", "horror", "Drama", "Family", "ホラー", "a \"b\": {c}"];
    let genre = proptest::sample::select(words.to_vec());
    let name = prop_oneof![
        "[ -~]{1,12}",
        "\\PC{1,8}",
        "(?s).{1,6}",
        proptest::sample::select(vec!["24", "true", "Spots", "Card", "Off", "Hours", "日本", "Ünder", "0x1f"])
            .prop_map(str::to_owned),
    ];
    let shows = prop::collection::vec((name, 1u32..200, 5i64..100, genre.clone()), 0..8).prop_map(|shows| {
        let shows = shows.into_iter().flat_map(|(name, count, minutes, genre)| {
            series(&name, count, minutes * MINUTE + 13).map(|one| of_genre(one, genre)).collect::<Vec<_>>()
        });
        shows.collect::<Vec<_>>()
    });
    let films = prop::collection::vec((0u32..80, 1900u32..2020, genre), 0..4).prop_map(|sets| {
        sets.into_iter().flat_map(|(count, year, genre)| films(count, year, &[genre])).collect::<Vec<_>>()
    });
    let others = prop::collection::vec((1i64..90, "[ -~]{1,12}|\\PC{1,8}", any::<bool>()), 0..40).prop_map(|videos| {
        let videos = videos.into_iter().enumerate().map(|(n, (minutes, tag, is_music))| {
            let media_type = if is_music { MediaType::MusicVideo } else { MediaType::Other };
            video(media_type, &format!("video {n}"), minutes * MINUTE, &[&tag, "same"])
        });
        videos.collect::<Vec<_>>()
    });
    (shows, films, others).prop_map(|(shows, films, others)| {
        let all = [shows, films, others].concat().into_iter().map(|asset| (asset.id.clone(), asset));
        all.collect::<BTreeMap<_, _>>().into_values().collect()
    })
}

fn spots() -> impl Strategy<Value = Vec<Asset>> {
    let kinds = vec![Kind::Commercial, Kind::Psa, Kind::Promo, Kind::Bumper, Kind::StationId, Kind::Filler, Kind::Card];
    let some = (proptest::sample::select(kinds), 1i64..40, 3i64..120);
    prop::collection::vec(some, 0..6).prop_map(|all| {
        let all = all.into_iter().enumerate().flat_map(|(nth, (kind, count, seconds))| {
            (0..count).map(move |n| spot(kind, &format!("{kind} {nth} {n}"), seconds + n % 7))
        });
        all.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_suggestion_is_in_order(programmes in programmes(), spots in spots()) {
        let library: Vec<Asset> = [programmes.clone(), spots].concat();
        let suggestions = suggest(&library, &[]);
        prop_assert!(suggestions.len() <= MAX_SUGGESTIONS);
        prop_assert_eq!(suggestions.is_empty(), programmes.is_empty());
        let mut taken = BTreeMap::new();
        for found in &suggestions {
            let (plan, problems) = problems(&found.text, &library, 15);
            prop_assert_eq!(&problems, &[], "{}", found.text);
            prop_assert_eq!((&plan.channel, plan.number.as_ref()), (&found.slug, Some(&found.number)));
            prop_assert!(taken.insert(found.slug.clone(), ()).is_none() && taken.insert(found.number.clone(), ()).is_none());
        }
        prop_assert_eq!(suggest(&library, &applied(&suggestions)), []);
    }
}
