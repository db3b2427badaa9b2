//! What the orders promise, held against what was shown.
//!
//! Only what was in the library all along counts: whatever else came and went, of these none is lost, doubled or out of
//! its turn.

use std::collections::BTreeMap;

use retrovue_schedule::Item;

use super::super::*;
use super::{FRAGILE, network};

/// What a pool's rules go by: its titles in order that were there all along, by the ids of their assets.
pub(super) struct Lasting(pub(super) BTreeMap<&'static str, Vec<(String, Title)>>);

/// An item that a rule chose.
struct Chosen<'a> {
    /// With its detail.
    by: &'a str,
    /// The whole rule.
    rule: &'a str,
    /// Its place in the pool.
    place: usize,
    at: UtcTime,
    is_later_part: bool,
}

/// Holds `aired` against every order by which `pool` was played.
pub(super) fn hold(slug: &str, aired: &[Item], pool: &str, lasting: &Lasting) {
    let titles = &lasting.0[pool];
    let chosen: Vec<Chosen<'_>> = aired.iter().filter_map(|item| chosen(item, pool, titles)).collect();
    let by = |words: &'static [&'static str]| {
        chosen.iter().filter(move |chosen| words.iter().any(|word| chosen.by.starts_with(word)))
    };
    let shared: Vec<&Chosen<'_>> = by(&["sequential", "rotate", "weighted"]).collect();
    for pair in shared.windows(2) {
        assert_eq!(
            pair[1].place,
            (pair[0].place + 1) % titles.len(),
            "{slug}: {pool}: {} at {:?} behind {} at {:?}",
            titles[pair[1].place].1.title,
            pair[1].at,
            titles[pair[0].place].1.title,
            pair[0].at,
        );
    }
    rounds(slug, pool, &by(&["shuffle"]).map(|chosen| chosen.place).collect::<Vec<_>>(), titles.len());
    let shuffled = aired.iter().filter(|item| item.rule.ends_with(&format!(" {pool} shuffle")));
    let shuffled: Vec<_> = shuffled.map(|item| &item.asset_id).collect();
    assert!(shuffled.windows(2).all(|pair| pair[0] != pair[1]), "{slug}: {pool}: twice in a row");
    unrepeated(slug, pool, &by(&["random"]).filter(|chosen| !chosen.is_later_part).collect::<Vec<_>>(), titles);
    // a slot begins anew each day, though a change of zone may bring back a date
    let mut slots: BTreeMap<&str, &Chosen<'_>> = BTreeMap::new();
    for chosen in by(&["marathon", "newest"]) {
        let step = if chosen.by.starts_with("newest") { titles.len() - 1 } else { 1 };
        let slot = chosen.rule.split(' ').next().unwrap();
        if let Some(before) = slots.insert(slot, chosen).filter(|before| before.rule == chosen.rule) {
            let place = (before.place + step) % titles.len();
            assert_eq!(chosen.place, place, "{slug}: {} at {:?} behind {:?}", chosen.rule, chosen.at, before.at);
        }
    }
}

/// Pools that rotate have their turns one after the other, but for what belongs together.
pub(super) fn take_turns(slug: &str, aired: &[Item]) {
    let mut turns: BTreeMap<&str, &str> = BTreeMap::new();
    for item in aired.iter().filter(|item| item.rule.contains(" rotate ")) {
        let (slot, turn) = (item.rule.split(' ').next().unwrap(), item.rule.rsplit(' ').next().unwrap());
        if let Some(before) = turns.insert(slot, turn) {
            let is_later_part = network::is_later_part(&item.subtitle);
            assert!(before != turn || is_later_part, "{slug}: {} twice at {:?}", item.rule, item.start);
        }
    }
}

fn chosen<'a>(item: &'a Item, pool: &str, titles: &[(String, Title)]) -> Option<Chosen<'a>> {
    let mut words = item.rule.splitn(3, ' ');
    let (_, of, by) = (words.next()?, words.next()?, words.next()?);
    let place = titles.iter().position(|(id, _)| item.asset_id.as_ref() == Some(id)).filter(|_| of == pool)?;
    Some(Chosen {
        by,
        rule: &item.rule,
        place,
        at: item.start,
        is_later_part: network::is_later_part(&titles[place].1.title),
    })
}

/// Everything once before anything again: at no time has anything been shown twice as often as anything else.
fn rounds(slug: &str, pool: &str, places: &[usize], count: usize) {
    let mut shown = vec![0u32; count];
    for place in places {
        shown[*place] += 1;
        let least = shown.iter().min().unwrap();
        assert!(shown[*place] <= least + 1, "{slug}: {pool}: {place} again before all were shown: {shown:?}");
    }
}

fn unrepeated(slug: &str, pool: &str, chosen: &[&Chosen<'_>], titles: &[(String, Title)]) {
    let heads = titles.iter().filter(|(_, title)| !network::is_later_part(&title.title)).count();
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, chosen) in chosen.iter().enumerate() {
        let kept: usize = chosen.by.rsplit(' ').next().unwrap().parse().unwrap();
        if let Some(before) = last.insert(chosen.place, at) {
            // what is not counted here may have been among those that are kept apart
            let apart = kept.min(heads - 1).saturating_sub(FRAGILE);
            assert!(at - before > apart, "{slug}: {pool}: {} after {}", chosen.rule, at - before - 1);
        }
    }
}
