//! What two schedules of a day have that differs, as a listing would tell it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use retrovue_schedule::{Item, Kind};
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use crate::instants::rfc3339;

/// A day that differs from what was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedDay {
    /// The broadcast day.
    pub date: String,
    /// Programmes that go.
    pub removed: usize,
    /// Programmes that come.
    pub added: usize,
    /// Programmes that are on at another time.
    pub moved: usize,
    /// Programmes that give way to another at the same time, or end or are called otherwise.
    pub changed: usize,
    /// All of these, by their time.
    pub programmes: Vec<Difference>,
}

/// A programme that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// `removed`, `added`, `moved` or `changed`.
    pub change: String,
    /// As it was published; `None` where it comes.
    pub before: Option<Listed>,
    /// As it will be; `None` where it goes.
    pub after: Option<Listed>,
}

/// A programme of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct Listed {
    pub title: String,
    pub subtitle: String,
    pub start_utc: String,
    pub end_utc: String,
    pub asset_id: Option<String>,
}

/// The programmes of the day `date` that differ; `None` where all are the same.
pub(super) fn of_day(date: &str, before: &[Item], after: &[Item]) -> Option<ChangedDay> {
    let programmes = |items: &[Item]| -> BTreeMap<UtcTime, Item> {
        let programmes = items.iter().filter(|item| item.kind == Kind::Programme);
        programmes.map(|item| (item.start, item.clone())).collect()
    };
    let (mut before, mut after) = (programmes(before), programmes(after));
    let mut pairs: Vec<(&str, Option<Item>, Option<Item>)> = Vec::new();
    // what has another end or title comes before what has moved, and that before what takes another's place
    before.retain(|start, old| match after.remove(start) {
        Some(new) if is_same(old, &new) => false,
        Some(new) if new.asset_id == old.asset_id => {
            pairs.push(("changed", Some(old.clone()), Some(new)));
            false
        }
        other => {
            after.extend(other.map(|new| (*start, new)));
            true
        }
    });
    let mut airings: HashMap<Option<String>, VecDeque<UtcTime>> = HashMap::new();
    for (start, new) in &after {
        airings.entry(new.asset_id.clone()).or_default().push_back(*start);
    }
    before.retain(|_, old| match airings.get_mut(&old.asset_id).and_then(VecDeque::pop_front) {
        Some(start) => {
            pairs.push(("moved", Some(old.clone()), after.remove(&start)));
            false
        }
        None => true,
    });
    for (start, old) in before {
        match after.remove(&start) {
            Some(new) => pairs.push(("changed", Some(old), Some(new))),
            None => pairs.push(("removed", Some(old), None)),
        }
    }
    pairs.extend(after.into_values().map(|new| ("added", None, Some(new))));
    pairs.sort_by_key(|(_, old, new)| new.as_ref().or(old.as_ref()).map(|item| item.start));
    if pairs.is_empty() {
        return None;
    }
    let count = |change: &str| pairs.iter().filter(|pair| pair.0 == change).count();
    Some(ChangedDay {
        date: date.to_owned(),
        removed: count("removed"),
        added: count("added"),
        moved: count("moved"),
        changed: count("changed"),
        programmes: pairs
            .into_iter()
            .map(|(change, before, after)| Difference {
                change: change.to_owned(),
                before: before.map(listed),
                after: after.map(listed),
            })
            .collect(),
    })
}

fn is_same(a: &Item, b: &Item) -> bool {
    let seen = |item: &Item| (item.start, item.end, item.in_offset_frames);
    seen(a) == seen(b) && a.asset_id == b.asset_id && a.title == b.title && a.subtitle == b.subtitle
}

fn listed(item: Item) -> Listed {
    Listed {
        title: item.title,
        subtitle: item.subtitle,
        start_utc: rfc3339(item.start),
        end_utc: rfc3339(item.end),
        asset_id: item.asset_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(asset: &str, from: i64, to: i64) -> Item {
        let at = |minutes: i64| UtcTime::from_millis(minutes * 60_000);
        Item {
            item_id: format!("{asset}-{from}"),
            title: asset.to_owned(),
            subtitle: String::new(),
            kind: if asset == "-" { Kind::Slate } else { Kind::Programme },
            start: at(from),
            end: at(to),
            asset_id: Some(asset.to_owned()),
            in_offset_frames: 0,
            rule: String::new(),
        }
    }

    fn check(before: &[(&str, i64, i64)], after: &[(&str, i64, i64)], expect: &[&str]) {
        let items = |of: &[(&str, i64, i64)]| of.iter().map(|(a, from, to)| item(a, *from, *to)).collect::<Vec<_>>();
        let found = of_day("2026-11-22", &items(before), &items(after));
        let told = found.iter().flat_map(|day| &day.programmes).map(|found| {
            let name = |listed: &Option<Listed>| listed.as_ref().map_or("", |listed| listed.title.as_str()).to_owned();
            format!("{} {}>{}", found.change, name(&found.before), name(&found.after))
        });
        assert_eq!(told.collect::<Vec<_>>(), expect);
        if let Some(day) = found {
            assert_eq!(day.removed + day.added + day.moved + day.changed, day.programmes.len());
        }
    }

    #[test]
    fn a_listing_tells_what_differs() {
        check(&[("a", 0, 30), ("-", 30, 60)], &[("a", 0, 30), ("-", 30, 45)], &[]);
        check(&[], &[("a", 0, 30)], &["added >a"]);
        check(&[("a", 0, 30)], &[], &["removed a>"]);
        check(&[("a", 0, 30)], &[("a", 0, 25)], &["changed a>a"]);
        check(&[("a", 0, 30)], &[("b", 0, 30)], &["changed a>b"]);
        let shifted = ["moved b>b", "removed a>", "added >c"];
        check(&[("a", 0, 30), ("b", 30, 60)], &[("b", 0, 30), ("c", 30, 60)], &shifted);
        check(&[("a", 0, 30), ("a", 30, 60)], &[("a", 30, 60), ("a", 60, 90)], &["moved a>a"]);
    }
}
