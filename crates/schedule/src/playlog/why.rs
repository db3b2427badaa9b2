//! Why a spot is where it is: what else its break could have held.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::plays::{Plays, REMEMBERED};
use super::rules::{Broken, Rules};
use super::stock::{Spot, Stock};
use super::{Aired, Event};
use crate::asset::{Asset, Kind};
use crate::day::{self, Item};
use crate::plan::{Plan, show_duration};

/// So many are told of that had waited longer, and of those that had not.
const TOLD: usize = 2;

/// What is told of a spot.
pub(crate) struct Why<'a> {
    /// In sentences.
    pub(crate) reasons: Vec<String>,
    /// What else there was, and why it was not chosen.
    pub(crate) others: Vec<(&'a Asset, String)>,
}

/// Why the event of `aired` is in its break, or covers what is left of `item`. `None` where it is no spot.
pub(crate) fn why<'a>(
    plan: &'a Plan,
    zone: &TimeZone,
    library: &'a [Asset],
    item: &Item,
    aired: &Aired<'_>,
) -> Option<Why<'a>> {
    let (rate, event) = (plan.format.frame_rate, aired.event);
    let (number, pool, broken) = read(&event.rule)?;
    let with_it: Vec<&Event> = match number {
        Some(number) => {
            aired.block.iter().filter(|other| read(&other.rule).is_some_and(|(n, ..)| n == Some(number))).collect()
        }
        None => vec![event],
    };
    let begin = with_it.iter().map(|other| other.start_frame).min().unwrap_or(event.start_frame);
    let end = with_it.iter().map(|other| other.start_frame + other.frame_count).max().unwrap_or(begin);
    let mut plays: Plays = aired.plays.clone();
    let before = aired.block.iter().filter(|other| other.start_frame < begin && other.kind != Kind::Programme);
    for other in before {
        if let Some(id) = &other.asset_id {
            plays.note(id, rate.start_of(other.start_frame));
        }
    }
    let (stock, _) = Stock::fill(plan, library, plays);
    let (from, until) = (rate.start_of(begin), rate.start_of(end));
    let traffic = day::slot_of(plan, item).and_then(|slot| slot.traffic.as_ref()).unwrap_or(&plan.traffic);
    let day_start = day::bounds(plan, zone, day::date_at(plan, zone, from)).0;
    let rules = Rules { traffic, zone, from, until, day_start };
    let used: BTreeSet<&str> = with_it.iter().filter_map(|other| other.asset_id.as_deref()).collect();
    let due: Vec<Spot<'a>> = stock.due(pool).collect();
    let place = due.iter().position(|spot| Some(&spot.asset.id) == event.asset_id.as_ref());
    let last = |spot: &Spot<'_>| stock.plays().last(&spot.asset.id).map(|at| day::moment(zone, at));
    let kept_away = |spot: &Spot<'_>| match rules.broken(spot.asset, stock.plays(), from) {
        _ if used.contains(spot.asset.id.as_str()) => Some("is in this break, too".to_owned()),
        None => Some("may not be shown at this time of the day (`dayparts`)".to_owned()),
        Some(Some(Broken::Cooldown(cooldown))) => {
            Some(format!("was shown less than {} before (`cooldown`)", show_duration(cooldown)))
        }
        Some(Some(Broken::PerDay(most))) => Some(format!("has been shown {most} times that day (`per_day`)")),
        Some(None) => None,
    };
    let passed_over = |spot: &Spot<'_>| {
        let is_long = spot.frames > event.frame_count;
        let why = if is_long { "is too long for what was left" } else { "would have filled less" };
        kept_away(spot).unwrap_or_else(|| format!("has waited longer, and {why}"))
    };
    let ahead = &due[..place.unwrap_or(0)];
    let behind = due.get(place.map_or(due.len(), |place| place + 1)..).unwrap_or_default();
    let mut others: Vec<(&Asset, String)> =
        ahead.iter().take(TOLD).map(|spot| (spot.asset, passed_over(spot))).collect();
    others.extend(behind.iter().take(TOLD).map(|spot| {
        let later =
            || last(spot).map_or("has its turn after this one".to_owned(), |at| format!("was shown later, on {at}"));
        (spot.asset, kept_away(spot).unwrap_or_else(later))
    }));

    let place_in_it = match number {
        Some(number) => format!("This is its break {number}: {:?} comes", event.title),
        None => format!("It is over, and what is left of its time is covered: {:?} comes", event.title),
    };
    let items = if due.len() == 1 { "one item" } else { &format!("{} items", due.len()) };
    let mut reasons = vec![format!("{place_in_it} from the pool `{pool}`, which holds {items} now.")];
    let has_waited = match place.map(|place| last(&due[place])) {
        Some(Some(at)) => Some(format!("It was shown last on {at}")),
        Some(None) => Some(format!("It was not shown in the {} before", show_duration(REMEMBERED))),
        None => None,
    };
    let would_fit = |spot: &Spot<'_>| kept_away(spot).is_none() && spot.frames <= event.frame_count;
    reasons.extend(has_waited.map(|waited| {
        let by = if due.len() == 1 {
            "and there is no other"
        } else if broken.is_some() {
            "and nothing else is left"
        } else if ahead.iter().any(would_fit) {
            "and with it the break is filled best"
        } else {
            "and has waited longest of those that may be shown and fit"
        };
        format!("{waited}, {by}.")
    }));
    if let Some(broken) = broken {
        reasons.push(format!("Nothing that keeps to the rules fits ({broken})."));
    }
    let asset = library.iter().find(|asset| Some(&asset.id) == event.asset_id.as_ref());
    if asset.is_some_and(|asset| rate.slots_within(asset.duration_ns) > event.frame_count) {
        reasons.push("It is cut where the next programme begins.".to_owned());
    }
    Some(Why { reasons, others })
}

/// The break's number, the pool and the rule that is broken, of `break 2 spots, cooldown of 1h broken` or `fallback filler`.
fn read(rule: &str) -> Option<(Option<usize>, &str, Option<&str>)> {
    if let Some(pool) = rule.strip_prefix("fallback ") {
        return (rule != day::CARD).then_some((None, pool, None));
    }
    let (number, pool) = rule.strip_prefix("break ")?.split_once(' ')?;
    let (pool, broken) = pool.split_once(", ").map_or((pool, None), |(pool, broken)| (pool, Some(broken)));
    Some((Some(number.parse().ok()?), pool, broken))
}
