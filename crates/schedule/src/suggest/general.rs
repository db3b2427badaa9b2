//! The general channel: a day of television out of everything that there is.

use std::collections::BTreeSet;
use std::time::Duration;

use super::draft::{Draft, HOUR, Layer, Order, Set, Slot, hours};
use super::sets;
use crate::asset::{Asset, MediaType};
use crate::plan::{Match, Range, slug_of};

/// A sort of programme is worth a part of the day from so many hours on.
const LEAST_HOURS: i64 = 8;

/// A day has at least so many hours of programmes behind it.
const LEAST_IN_ALL: i64 = 24;

/// With less than that behind it, the channel is off air at night rather than that it repeats itself.
const ENOUGH_FOR_NIGHTS: i64 = 72;

/// Before films called classics.
const CLASSIC: Range = Range { first: 0, last: 1969 };

/// A film every night for this long, and another one by day.
const ENOUGH_FOR_A_MATINEE: usize = 30;

/// So many make a night of them each week.
const ENOUGH_FOR_A_FRIGHT: usize = 8;

/// From so many minutes to so many. What is shorter is no programme of its own, and what is longer could run through the
/// whole of the slot that follows it.
const CHILDRENS: (u64, u64) = (5, 60);
const HALF_HOURS: (u64, u64) = (15, 35);
const HOURS: (u64, u64) = (35, 120);
const FILMS: (u64, u64) = (45, 180);

/// Series that take turns in a part of the day.
const TURNS: usize = 4;

const MORNING: usize = 0;
const DAYTIME: usize = 1;
const EVENING: usize = 3;
const NIGHT: usize = 4;

/// Pools that lie between programmes.
const BETWEEN: [&str; 5] = ["spots", "promos", "bumpers", "idents", "filler"];

/// Parts of the day, and what suits each of them best, as places in [`sorts`].
const PARTS: [(u8, u8, &[usize]); 5] = [
    (6, 10, &[CHILDREN, HALF, FULL, FILM]),
    (10, 16, &[FULL, HALF, FILM, CHILDREN]),
    (16, 20, &[HALF, FULL, CHILDREN, FILM]),
    (20, 23, &[FILM, FULL, HALF]),
    (23, 6, &[OLD, FILM, FULL, HALF]),
];

const CHILDREN: usize = 0;
const HALF: usize = 1;
const FULL: usize = 2;
const FILM: usize = 3;
const OLD: usize = 4;

/// A sort of programme.
#[derive(Clone)]
struct Sort<'a> {
    /// For people, in lower case.
    label: &'static str,
    set: Set<'a>,
}

/// The general channel, where the library has several sorts of programmes.
pub(super) fn draft<'a>(programmes: &[&'a Asset]) -> Option<Draft<'a>> {
    let sorts = sorts(programmes);
    let is_night_worth = in_all(&sorts) >= ENOUGH_FOR_NIGHTS * HOUR;
    let mut parts = PARTS.to_vec();
    if !is_night_worth {
        parts.truncate(NIGHT);
        parts[EVENING].1 = 1;
    }
    let chosen = choose(&parts, &sorts)?;
    // classics are films, too
    let sorts_of_it: BTreeSet<usize> = chosen.iter().map(|of| (*of).min(FILM)).collect();
    if sorts_of_it.len() < 2 || in_all(&sorts) < LEAST_IN_ALL * HOUR {
        return None;
    }
    let mut day = Day { programmes, sorts, pools: Vec::new() };
    let mut slots: Vec<Slot> = Vec::new();
    for (at, (from, to, _)) in parts.iter().enumerate() {
        // the evening's films have a title of their own
        let is_apart = at >= EVENING && chosen[at] == FILM;
        if at > MORNING && chosen[at] == chosen[at - 1] && !is_apart {
            slots.last_mut()?.to = *to;
            continue;
        }
        let hours_a_day = |of: usize| {
            let of_it = chosen.iter().zip(&parts).filter(|(chosen, _)| **chosen == of);
            of_it.map(|(_, (from, to, _))| hours(*from, *to)).sum()
        };
        slots.push(day.slot(*from, *to, chosen[at], hours_a_day(chosen[at]))?);
    }
    if let Some(evening) = slots.iter_mut().find(|slot| slot.from == parts[EVENING].0 && chosen[EVENING] == FILM) {
        evening.title = Some("Movie Night");
    }
    let parts_of_it: Vec<String> = slots.iter().map(|slot| format!("{} from {:02}:00", slot.what, slot.from)).collect();
    let what = format!("a day of television: {}", parts_of_it.join(", "));
    let is_marathon = slots.iter().any(|slot| slot.from == PARTS[DAYTIME].0 && slot.order == Order::Marathon);
    let mut layers = vec![Layer::all(slots)];
    layers.extend(day.weekends(&chosen, is_marathon));
    if is_night_worth {
        layers.extend(day.fridays());
    }
    let night = (!is_night_worth).then_some((1, 6));
    let draft = Draft::new("Channel One", "Channel One", "", 1);
    Some(Draft { what, pools: day.pools, layers, night, ..draft })
}

fn in_all(sorts: &[Option<Sort<'_>>; 5]) -> i64 {
    sorts[..OLD].iter().flatten().map(|sort| sort.set.seconds()).sum()
}

/// The sorts of programmes of which there is enough.
fn sorts<'a>(programmes: &[&'a Asset]) -> [Option<Sort<'a>>; 5] {
    let of = |media_type, (least, most): (u64, u64)| Match {
        types: vec![media_type],
        min_duration: Some(Duration::from_secs(least * 60)),
        max_duration: Some(Duration::from_secs(most * 60)),
        ..Match::default()
    };
    let enough =
        |label, set: Set<'a>| Some(Sort { label, set }).filter(|sort| sort.set.seconds() >= LEAST_HOURS * HOUR);
    let episodes = of(MediaType::Episode, CHILDRENS);
    let children = sets::children(programmes, episodes).and_then(|set| enough("children's programmes", set));
    // what is for children has the morning
    let not = children.as_ref().map(|sort| {
        let Match { genres, tags, .. } = sort.set.matches.clone();
        Match { genres, tags, ..Match::default() }
    });
    let grown_up = |matches: Match| Match { not: not.iter().cloned().collect(), ..matches };
    let is_comic = |word: &str| word == "comedy" || word == "sitcom";
    let comic = Match {
        genres: sets::words(programmes, |asset| &asset.genres, is_comic),
        ..grown_up(of(MediaType::Episode, HALF_HOURS))
    };
    let half_hours = Match { genres: Vec::new(), ..comic.clone() };
    let half_hours = Set::of("half_hours", half_hours, programmes);
    let sitcoms = Some(comic).filter(|comic| !comic.genres.is_empty());
    let sitcoms = sitcoms.map(|comic| Set::of("sitcoms", comic, programmes));
    // where genres are known of a few series alone, they tell nothing of the others
    let sitcoms = sitcoms.filter(|sitcoms| sitcoms.seconds() * 2 >= half_hours.seconds());
    let sitcoms = sitcoms.and_then(|sitcoms| enough("sitcoms", sitcoms));
    let films = of(MediaType::Movie, FILMS);
    let classics = Match { years: vec![CLASSIC], ..films.clone() };
    [
        children,
        sitcoms.or_else(|| enough("half-hour series", half_hours)),
        enough("hour-long series", Set::of("hours", grown_up(of(MediaType::Episode, HOURS)), programmes)),
        enough("films", Set::of("films", films, programmes)),
        enough("classic films", Set::of("classics", classics, programmes)),
    ]
}

/// What each part shows: what suits it best and does not come again within two days, else what lasts longest.
fn choose(parts: &[(u8, u8, &[usize])], sorts: &[Option<Sort<'_>>; 5]) -> Option<Vec<usize>> {
    let mut given = [0; 5];
    let mut chosen = vec![0; parts.len()];
    // those that most people see have the first choice
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| [3, 4, 1, 0, 2].get(*at).copied());
    for at in order {
        let (from, to, suits) = parts[at];
        let takes = hours(from, to) * HOUR;
        let held = suits.iter().filter_map(|of| Some((*of, sorts[*of].as_ref()?.set.seconds())));
        let lasts = held.clone().find(|(of, seconds)| *seconds >= 2 * (given[*of] + takes));
        let (of, _) = lasts.or_else(|| held.max_by_key(|(of, seconds)| (seconds / (given[*of] + takes), 5 - of)))?;
        given[of] += takes;
        chosen[at] = of;
    }
    Some(chosen)
}

/// The pools of the day, as its slots come to need them.
struct Day<'p, 'a> {
    programmes: &'p [&'a Asset],
    sorts: [Option<Sort<'a>>; 5],
    pools: Vec<Set<'a>>,
}

impl<'a> Day<'_, 'a> {
    fn slot(&mut self, from: u8, to: u8, of: usize, hours_a_day: i64) -> Option<Slot> {
        let Sort { label, set } = self.sorts[of].clone()?;
        let series = if of == HALF || of == FULL { turns(&set, self.programmes, hours_a_day) } else { Vec::new() };
        if !series.is_empty() {
            let order = if series.len() > 1 { Order::Rotate } else { Order::Sequential };
            let play = series.into_iter().map(|set| self.pool(set)).collect();
            return Some(Slot { from, to, play, order, title: None, what: label.to_owned() });
        }
        // stories are followed, jokes are not
        let order = if of == FULL { Order::Marathon } else { Order::Shuffle };
        Some(self.slot_of(from, to, set, order, label))
    }

    fn slot_of(&mut self, from: u8, to: u8, set: Set<'a>, order: Order, what: &str) -> Slot {
        Slot { from, to, play: vec![self.pool(set)], order, title: None, what: what.to_owned() }
    }

    /// The name of the pool that `set` is.
    fn pool(&mut self, set: Set<'a>) -> String {
        if let Some(known) = self.pools.iter().find(|known| known.matches == set.matches) {
            return known.name.clone();
        }
        let (base, mut number) = (set.name.clone(), 2);
        let mut name = base.clone();
        while self.pools.iter().any(|known| known.name == name) {
            name = format!("{base}-{number}");
            number += 1;
        }
        self.pools.push(Set { name: name.clone(), ..set });
        name
    }

    /// Something else by day: a film where there are many, else one series after another.
    fn weekends(&mut self, chosen: &[usize], is_marathon: bool) -> Option<Layer> {
        let (from, to, _) = PARTS[DAYTIME];
        let films = self.sorts[FILM].as_ref().filter(|_| !chosen[..EVENING].contains(&FILM));
        let films = films.map(|films| sets::for_everybody("matinees", &films.set));
        let slot = if let Some(films) = films.filter(|films| films.assets.len() >= ENOUGH_FOR_A_MATINEE) {
            Slot { title: Some("Matinee"), ..self.slot_of(from, to, films, Order::Shuffle, "films for everybody") }
        } else if [HALF, FULL].contains(&chosen[DAYTIME]) && !is_marathon {
            let set = self.sorts[chosen[DAYTIME]].clone()?.set;
            self.slot_of(from, to, set, Order::Marathon, "a marathon")
        } else {
            return None;
        };
        let note = "a layer for some days goes before `all` where it has a slot";
        Some(Layer { name: "weekends", note, slots: vec![slot] })
    }

    /// Horror, late on Friday.
    fn fridays(&mut self) -> Option<Layer> {
        let films = &self.sorts[FILM].as_ref()?.set;
        let genres = sets::words(&films.assets, |film| &film.genres, |word| word == "horror");
        let horror = Set::of("horror", Match { genres, ..films.matches.clone() }, &films.assets);
        if horror.matches.genres.is_empty() || horror.assets.len() < ENOUGH_FOR_A_FRIGHT {
            return None;
        }
        // late enough that the film before it cannot be all that is shown of it
        let slot = self.slot_of(PARTS[NIGHT].0, 3, horror, Order::Shuffle, "horror");
        let slots = vec![Slot { title: Some("Fright Night"), ..slot }];
        Some(Layer { name: "friday", note: "and a single day goes before these", slots })
    }
}

/// The longest series of `set` as pools of their own, as many as can take turns without beginning again too soon. None
/// where that would be too few.
fn turns<'a>(set: &Set<'a>, programmes: &[&'a Asset], hours_a_day: i64) -> Vec<Set<'a>> {
    let names = sets::longest_series(&set.assets);
    // one alone is the whole part of the day only where there is no other
    let fewest = names.len().min(2);
    let Match { types, max_duration, .. } = set.matches.clone();
    let pool = |series: String| {
        let matches = Match { types: types.clone(), max_duration, series: vec![series.clone()], ..Match::default() };
        Set::of(&pool_name(&series), matches, programmes)
    };
    let mut series: Vec<Set<'a>> = names.into_iter().take(TURNS).map(pool).collect();
    while series.len() >= fewest.max(1) {
        let usual = |set: &Set<'_>| set.seconds() / i64::try_from(set.assets.len()).unwrap_or(1).max(1);
        let shortest = series.iter().map(usual).min().unwrap_or(HOUR).max(60);
        // each slot may begin one more
        let a_day = hours_a_day * HOUR / shortest + 2;
        let count = i64::try_from(series.len()).unwrap_or(1);
        if series.iter().all(|set| set.has_for((a_day + count - 1) / count)) {
            return series;
        }
        series.pop();
    }
    Vec::new()
}

/// What a pool of a series is called: text where it is not quoted, and no word of the language.
fn pool_name(series: &str) -> String {
    const WORDS: [&str; 6] = ["card", "false", "no", "null", "off", "true"];
    let mut slug = slug_of(series);
    slug.truncate(40);
    let slug = slug.trim_end_matches('-');
    let is_text = slug.starts_with(|c: char| c.is_ascii_alphabetic()) && !WORDS.contains(&slug);
    match slug {
        "" => "series".to_owned(),
        slug if is_text && !BETWEEN.contains(&slug) => slug.to_owned(),
        slug => format!("series-{slug}"),
    }
}
