//! Channels of one sort of programme.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use super::draft::{Draft, HOUR, Layer, Order, Set, Slot, seconds};
use super::{MAX_SUGGESTIONS, text};
use crate::asset::{Asset, MediaType};
use crate::natural;
use crate::plan::{Match, Range};

/// What a channel needs so that nothing comes again too soon.
const CINEMA: Least = Least { count: 10, hours: 15 };
const THEME: Least = Least { count: 20, hours: 30 };
const SERIES: Least = Least { count: 20, hours: 20 };
const MUSIC: Least = Least { count: 15, hours: 1 };
const TAG: Least = Least { count: 4, hours: 2 };

/// Ratings of films that are not for everybody.
const MATURE: [&str; 8] = ["R", "NC-17", "X", "TV-MA", "18", "R18", "FSK-18", "FSK 18"];

/// Genres and tags of what is made for children.
const CHILDRENS: [&str; 8] =
    ["cartoon", "cartoons", "children", "children's", "childrens", "family", "kids", "kids & family"];

/// Longer ones would run through the slot that follows them.
const LONGEST_EPISODE: i64 = 90 * 60;

/// What a channel needs.
struct Least {
    count: usize,
    hours: i64,
}

impl Least {
    fn is_met_by(&self, set: &Set<'_>) -> bool {
        set.assets.len() >= self.count && set.seconds() >= self.hours * HOUR
    }
}

/// The channels of all films, all children's programmes, all series and all music.
pub(super) fn wholes<'a>(programmes: &[&'a Asset]) -> Vec<Draft<'a>> {
    let mut drafts = Vec::new();
    let films = all_of(MediaType::Movie, "films", programmes);
    if CINEMA.is_met_by(&films) {
        drafts.push(cinema(films));
    }
    let childrens =
        children(programmes, Match { max_duration: Some(Duration::from_secs(3 * 3600)), ..Match::default() });
    if let Some(set) = childrens.filter(|set| SERIES.is_met_by(set)) {
        drafts.push(junior(set));
    }
    let episodes = all_of(MediaType::Episode, "episodes", programmes);
    let series: BTreeSet<String> = episodes.assets.iter().filter_map(|asset| series_of(asset)).collect();
    if series.len() > 1 && SERIES.is_met_by(&episodes) {
        drafts.push(Draft::new("Reruns", "Reruns", "", 2).around_the_clock("every series", episodes, Order::Shuffle));
    }
    let videos = all_of(MediaType::MusicVideo, "videos", programmes);
    if MUSIC.is_met_by(&videos) {
        drafts.push(music(videos));
    }
    drafts
}

/// Channels of one series, of one genre, of one decade, and of what has one tag: of each sort the best first.
pub(super) fn parts<'a>(programmes: &[&'a Asset]) -> [Vec<Draft<'a>>; 4] {
    let films: Vec<&Asset> = of_type(MediaType::Movie, programmes);
    let series = all_series(programmes).into_iter().filter(|set| SERIES.is_met_by(set)).map(one_series);
    [series.collect(), genres(&films), decades(&films), tags(programmes)]
}

/// The channel of what no other shows. Where there is no other, it may be of a sort of its own.
pub(super) fn rest<'a>(programmes: &[&'a Asset], drafts: &[Draft<'a>]) -> Option<Draft<'a>> {
    let shown: HashSet<&str> = drafts.iter().flat_map(Draft::assets).map(|asset| asset.id.as_str()).collect();
    if programmes.iter().all(|asset| shown.contains(asset.id.as_str())) {
        return None;
    }
    let is_all = |set: &Set<'_>| set.assets.len() == programmes.len();
    let films = all_of(MediaType::Movie, "films", programmes);
    let videos = all_of(MediaType::MusicVideo, "videos", programmes);
    let series = all_series(programmes).into_iter().next();
    Some(match (is_all(&films), is_all(&videos), series.filter(is_all)) {
        (true, _, _) => cinema(films),
        (_, true, _) => music(videos),
        (_, _, Some(series)) => one_series(series),
        _ => {
            let everything = Set::of("everything", Match::default(), programmes);
            let draft = Draft::new("Lucky Dip", "Lucky Dip", "", 9);
            draft.around_the_clock("everything in the library", everything, Order::Shuffle)
        }
    })
}

/// What is made for children, as its genres tell, or its tags where no genre does.
pub(super) fn children<'a>(programmes: &[&'a Asset], rest: Match) -> Option<Set<'a>> {
    let is_childrens = |word: &str| CHILDRENS.contains(&word);
    let genres = words(programmes, |asset| &asset.genres, is_childrens);
    if !genres.is_empty() {
        return Some(Set::of("children", Match { genres, ..rest }, programmes));
    }
    let tags = words(programmes, |asset| &asset.tags, is_childrens);
    (!tags.is_empty()).then(|| Set::of("children", Match { tags, ..rest }, programmes))
}

/// The words that programmes have and that are wanted, each once, without regard to case.
pub(super) fn words(
    programmes: &[&Asset],
    of: impl Fn(&Asset) -> &[String],
    wanted: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    for word in programmes.iter().flat_map(|asset| of(asset)) {
        let lower = word.to_lowercase();
        if wanted(&lower) {
            // the spelling does not depend on the library's order
            found.entry(lower).and_modify(|known| *known = (*known).min(word)).or_insert(word);
        }
    }
    found.into_values().map(str::to_owned).collect()
}

fn all_of<'a>(media_type: MediaType, name: &str, programmes: &[&'a Asset]) -> Set<'a> {
    Set::of(name, Match { types: vec![media_type], ..Match::default() }, programmes)
}

fn of_type<'a>(media_type: MediaType, programmes: &[&'a Asset]) -> Vec<&'a Asset> {
    programmes.iter().copied().filter(|asset| asset.media_type == media_type).collect()
}

fn series_of(asset: &Asset) -> Option<String> {
    asset.series.as_ref().filter(|series| !series.trim().is_empty()).map(|series| series.to_lowercase())
}

/// Those of `films` that are not rated for grown-ups.
pub(super) fn for_everybody<'a>(name: &str, films: &Set<'a>) -> Set<'a> {
    let is_mature = |rating: &&String| MATURE.iter().any(|mature| mature.eq_ignore_ascii_case(rating));
    let ratings: BTreeSet<&String> =
        films.assets.iter().filter_map(|film| film.rating.as_ref()).filter(is_mature).collect();
    let not = Match { ratings: ratings.into_iter().cloned().collect(), ..Match::default() };
    let not = if not.ratings.is_empty() { Vec::new() } else { vec![not] };
    Set::of(name, Match { not, ..films.matches.clone() }, &films.assets)
}

/// All films, by day those for everybody where these are enough.
fn cinema(films: Set<'_>) -> Draft<'_> {
    let draft = Draft::new("Cinema", "Cinema", "", 10);
    let by_day = for_everybody("by_day", &films);
    if by_day.matches == films.matches || !CINEMA.is_met_by(&by_day) {
        return draft.around_the_clock("all films", films, Order::Shuffle);
    }
    let slots = vec![
        Slot::new(6, 20, &by_day, Order::Shuffle, "films for everybody"),
        Slot::new(20, 6, &films, Order::Shuffle, "all films"),
    ];
    let what = "all films, by day those for everybody".to_owned();
    Draft { what, pools: vec![by_day, films], layers: vec![Layer::all(slots)], ..draft }
}

/// What is for children, who are in bed at night.
fn junior(set: Set<'_>) -> Draft<'_> {
    let slot = Slot::new(6, 20, &set, Order::Shuffle, "children's programmes");
    let what = "children's programmes from six in the morning to eight in the evening".to_owned();
    let draft = Draft::new("Junior", "Junior", "", 3);
    Draft { what, pools: vec![set], layers: vec![Layer::all(vec![slot])], night: Some((20, 6)), ..draft }
}

fn music(videos: Set<'_>) -> Draft<'_> {
    Draft::new("Music Box", "Music Box", "", 40).around_the_clock("all music videos", videos, Order::Shuffle)
}

/// The episodes of each series, of the longest one first: no more of them than are proposed.
fn all_series<'a>(programmes: &[&'a Asset]) -> Vec<Set<'a>> {
    let episodes = of_type(MediaType::Episode, programmes);
    let set = |series: String| {
        let matches = Match { types: vec![MediaType::Episode], series: vec![series], ..Match::default() };
        Set::of("episodes", matches, &episodes)
    };
    longest_series(&episodes).into_iter().take(MAX_SUGGESTIONS).map(set).collect()
}

/// The names of all series, of the longest one first.
pub(super) fn longest_series(episodes: &[&Asset]) -> Vec<String> {
    let mut by_name: BTreeMap<String, (&str, i64)> = BTreeMap::new();
    for asset in episodes {
        let Some((key, series)) = series_of(asset).zip(asset.series.as_deref()) else { continue };
        let entry = by_name.entry(key).or_insert((series, 0));
        // the spelling does not depend on the library's order
        *entry = (entry.0.min(series), entry.1.saturating_add(seconds(asset)));
    }
    let mut longest: Vec<(&str, i64)> = by_name.into_values().collect();
    longest.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| natural::compare(a, b)));
    longest.into_iter().map(|(series, _)| series.to_owned()).collect()
}

/// A series around the clock. One that begins again too soon is shown in order in the evening alone, if at all.
fn one_series(set: Set<'_>) -> Draft<'_> {
    let series = set.matches.series.first().cloned().unwrap_or_default();
    let draft = Draft::new(&format!("{} 24/7", text::line(&series)), &series, "series", 20);
    let what = text::line(&format!("{series} around the clock"));
    let has_long_ones = set.assets.iter().any(|asset| seconds(asset) > LONGEST_EPISODE);
    if set.lasts(24) {
        return draft.around_the_clock(&what, set, Order::Sequential);
    }
    if has_long_ones || !set.lasts(2) {
        return draft.around_the_clock(&what, set, Order::Marathon);
    }
    let slots = vec![
        Slot::new(6, 20, &set, Order::Marathon, "by day"),
        Slot::new(20, 22, &set, Order::Sequential, "the story, two hours an evening"),
        Slot::new(22, 6, &set, Order::Marathon, "by night"),
    ];
    Draft { what, pools: vec![set], layers: vec![Layer::all(slots)], ..draft }
}

/// A channel for each genre that has enough films, and not nearly all of them.
fn genres<'a>(films: &[&'a Asset]) -> Vec<Draft<'a>> {
    let set = |genre: String| {
        let matches = Match { types: vec![MediaType::Movie], genres: vec![genre], ..Match::default() };
        Set::of("films", matches, films)
    };
    let of_genre = words(films, |film| &film.genres, |word| !word.trim().is_empty()).into_iter().map(set);
    let draft = |set: Set<'a>| {
        let genre = text::line(&set.matches.genres[0]);
        let name = format!("Cinema {}", text::capitalised(&genre));
        Draft::new(&name, &genre, "cinema-genre", 11).around_the_clock(&format!("{genre} films"), set, Order::Shuffle)
    };
    best(of_genre.filter(|set| is_theme(set, films))).into_iter().map(draft).collect()
}

fn decades<'a>(films: &[&'a Asset]) -> Vec<Draft<'a>> {
    let years: BTreeSet<u32> = films.iter().filter_map(|film| film.year).map(|year| year / 10 * 10).collect();
    let set = |first: u32| {
        let years = vec![Range { first, last: first + 9 }];
        Set::of("films", Match { types: vec![MediaType::Movie], years, ..Match::default() }, films)
    };
    let of_decade = years.into_iter().filter(|first| (1890..10_000).contains(first)).map(set);
    let draft = |set: Set<'a>| {
        let first = set.matches.years[0].first;
        // as everybody calls them
        let decade = if (1930..2000).contains(&first) { first % 100 } else { first };
        let draft = Draft::new(&format!("Cinema {decade}s"), "Cinema", "", 11);
        draft.around_the_clock(&format!("films of the {first}s"), set, Order::Shuffle)
    };
    best(of_decade.filter(|set| is_theme(set, films))).into_iter().map(draft).collect()
}

/// A channel for what is neither film nor episode, by its tags.
fn tags<'a>(programmes: &[&'a Asset]) -> Vec<Draft<'a>> {
    let others = of_type(MediaType::Other, programmes);
    let set = |tag: String| {
        Set::of("videos", Match { types: vec![MediaType::Other], tags: vec![tag], ..Match::default() }, &others)
    };
    let of_tag = words(&others, |asset| &asset.tags, |word| !word.trim().is_empty()).into_iter().map(set);
    let draft = |set: Set<'a>| {
        let tag = text::line(&set.matches.tags[0]);
        let draft = Draft::new(&text::capitalised(&tag), &tag, "videos", 50);
        draft.around_the_clock(&format!("everything tagged {tag}"), set, Order::Shuffle)
    };
    best(of_tag.filter(|set| TAG.is_met_by(set))).into_iter().map(draft).collect()
}

/// Whether it is a channel beside the one of all films.
fn is_theme(set: &Set<'_>, films: &[&Asset]) -> bool {
    THEME.is_met_by(set) && set.assets.len() * 5 <= films.len() * 4
}

/// The longest first, and no more than are proposed; of those that mean the same programmes one.
fn best<'a>(sets: impl Iterator<Item = Set<'a>>) -> Vec<Set<'a>> {
    let mut sets: Vec<Set<'a>> = sets.collect();
    sets.sort_by_key(|set| std::cmp::Reverse(set.seconds()));
    let mut seen = HashSet::new();
    sets.retain(|set| seen.insert(set.assets.iter().map(|asset| asset.id.as_str()).collect::<Vec<_>>()));
    sets.truncate(MAX_SUGGESTIONS);
    sets
}
