//! Pools that are shown in order and come to their end, from where on viewers see again what they have seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::rule::{By, Choice, Rule};
use super::{Item, Pools, local};
use crate::problem::{Position, Problem};

/// Where each pool that `items` show in sequence begins again: `runs_out`. A pool of one is meant to.
pub(super) fn tell(pools: &Pools<'_>, zone: &TimeZone, items: &[Item]) -> Vec<Problem> {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ended = BTreeSet::new();
    let mut problems = Vec::new();
    for item in items.iter().filter(|item| !item.is_off_air()) {
        let Some(Rule { choice: Choice::Pool(name, By::Sequential | By::Weighted | By::Rotate(_)), .. }) =
            Rule::parse(&item.rule)
        else {
            continue;
        };
        let pool = pools.pool(name);
        let Some(place) = item.asset_id.as_deref().and_then(|id| pool.position(id)) else { continue };
        let before = last.insert(name, place);
        if pool.entries.len() > 1 && before.is_some_and(|before| place <= before) && ended.insert(name) {
            let message = format!(
                "The pool `{name}` comes to its end: on {} at {} it begins again.",
                local::date(zone, item.start),
                local::clock(zone, item.start)
            );
            let place = pools.plan.pools.get(name).map_or(Position::default(), |pool| pool.place);
            let hint = "Add media that match, or play it less often.";
            problems.push(Problem::warning("runs_out", place, message).with_hint(hint));
        }
    }
    problems
}
