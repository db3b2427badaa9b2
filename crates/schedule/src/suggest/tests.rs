//! Every suggestion is a file that is in order and shows something.

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::fixtures::{episode, film};
use crate::{DayStart, Plan, day};

fn video(title: &str, tags: &[&str]) -> Asset {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Asset { media_type: MediaType::Other, tags, ..film(title, 2000, 60) }
}

#[track_caller]
fn check(library: &[Asset], taken: &[&str], expect: &[&str]) {
    let taken: Vec<String> = taken.iter().map(|slug| (*slug).to_owned()).collect();
    let slugs: Vec<String> = suggest(library, &taken).into_iter().map(|suggestion| suggestion.slug).collect();
    assert_eq!(slugs, expect);
}

#[test]
fn a_library_gives_its_series_its_films_and_everything() {
    let shows = ["Cheers", "cheers", "ALF", "ALF", "ALF", "Pilot Only"];
    let mut library: Vec<Asset> = shows.iter().zip(1..).map(|(show, n)| episode(show, 1, n, 1500)).collect();
    library.extend([film("Alien", 1979, 7000), film("Aliens", 1986, 8000)]);
    check(&library, &[], &["films", "alf", "cheers", "everything"]);
    check(&library, &["films", "alf", "alf-2"], &["films-2", "alf-3", "cheers", "everything"]);
}

#[test]
fn folders_of_other_videos_are_channels() {
    let library = [
        video("a", &["holidays", "2024"]),
        video("b", &["holidays", "2024"]),
        video("c", &["garden"]),
        video("d", &["Garden"]),
    ];
    check(&library, &[], &["2024", "garden", "everything"]);
}

#[test]
fn a_single_set_is_a_single_channel() {
    check(&[film("Alien", 1979, 7000), film("Aliens", 1986, 8000)], &[], &["films"]);
    check(&[video("a", &[])], &[], &["everything"]);
    check(&[], &[], &[]);
    check(&[Asset { kind: Kind::Commercial, ..film("Soap", 1980, 30) }, film("Nothing", 1980, 0)], &[], &[]);
}

#[test]
fn names_of_any_script_make_slugs() {
    let library: Vec<Asset> =
        ["日本", "Bob's Burgers"].iter().flat_map(|s| [episode(s, 1, 1, 60), episode(s, 1, 2, 60)]).collect();
    check(&library, &[], &["bobs-burgers", "channel", "everything"]);
}

#[test]
fn the_file_explains_itself() {
    let suggestions = suggest(&[episode("Cheers", 1, 1, 1500), episode("Cheers", 1, 2, 1530)], &[]);
    assert_eq!(suggestions[0].reason, "Shows Cheers around the clock: 2 items, 50m in all.");
    insta::assert_snapshot!(suggestions[0].text, @r#"
    # yaml-language-server: $schema=https://github.com/retrovue/retrovue/raw/main/docs/reference/channel.schema.json
    # A channel that shows Cheers around the clock.
    # `retrovue schedule check FILE` tells what is wrong with it, `retrovue channel apply FILE` puts it on the air.

    channel: cheers    # its address, /channel/cheers.ts; another slug is another channel
    name: "Cheers"    # shown in guides
    # number: "2.1"    # the next free one where it is left out
    # timezone: America/New_York    # the system's where it is left out
    grid: off    # programmes follow one another; 30m starts each on the hour or the half hour

    pools:    # sets of media, told by what they are: series, type, year, genres, tags, max_duration …
      episodes:
        match: { series: "Cheers", type: episode }    # new files that match join by themselves

    schedule:
      all:    # every day
        # In order, continued from day to day, and from the start again after the last one.
        - { at: "06:00", for: 24h, play: episodes }
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_suggestion_is_in_order(
        shows in prop::collection::vec(("[ -~]{1,12}|\\PC{1,8}|(?s).{1,6}", 1u32..4), 0..30),
        tags in prop::collection::vec("[ -~]{1,12}|\\PC{1,8}", 0..20),
        films in 0u32..4,
        taken in prop::collection::vec("films|everything|channel(-2)?|[a-z]{1,2}", 0..4),
    ) {
        let mut library: Vec<Asset> =
            shows.iter().flat_map(|(show, count)| (0..*count).map(move |n| episode(show, 1, n, 600))).collect();
        library.extend(tags.iter().enumerate().map(|(n, tag)| video(&format!("video {n}"), &[tag, &tags[n / 2]])));
        library.extend((0..films).map(|n| film(&format!("Film {n}"), 1980, 600)));
        let suggestions = suggest(&library, &taken);
        prop_assert!(suggestions.len() <= MAX_SUGGESTIONS);
        prop_assert_eq!(suggestions.is_empty(), library.is_empty());
        let mut slugs: BTreeSet<String> = taken.into_iter().collect();
        for suggestion in suggestions {
            let (plan, problems) = Plan::read(&suggestion.text);
            prop_assert_eq!(&problems, &[], "{}", suggestion.text);
            let plan = plan.unwrap();
            prop_assert_eq!(&plan.channel, &suggestion.slug);
            prop_assert!(slugs.insert(suggestion.slug));
            let (_, _, problems) = day::compile(&plan, &TimeZone::UTC, &library, date(2026, 11, 22), &DayStart::default());
            prop_assert_eq!(&problems, &[], "{}", suggestion.text);
        }
    }
}
