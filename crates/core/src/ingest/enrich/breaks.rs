//! Where a file could be interrupted, as a pure function of where its pictures are black and its sound is silent:
//! between acts both happen at once, and last.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use retrovue_store::library::{Break, EnricherKind, Interval};

use super::settings;

/// From this length on, black or silence is as sure a sign as it can be.
const SURE_NS: i64 = 1_000_000_000;

/// Of a short file, no more than one in so many parts is spared at either end.
const SPARED_PART: i64 = 10;

/// What counts as a break, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Shorter black does not count.
    pub min_black_ns: i64,
    /// Shorter silence does not count.
    pub min_silence_ns: i64,
    /// How far black and silence may lie from each other and still be one break.
    pub apart_ns: i64,
    /// How far breaks lie from each other at least.
    pub spacing_ns: i64,
    /// How much of the start has no break.
    pub spare_start_ns: i64,
    /// How much of the end has no break.
    pub spare_end_ns: i64,
    /// Less sure ones are left out, in percent.
    pub confidence: u8,
}

impl Settings {
    /// Those that `chosen` words say, and the kind's own.
    pub fn of(chosen: &BTreeMap<String, String>) -> Self {
        let span = |name| settings::span_ns(EnricherKind::Breaks, chosen, name);
        Self {
            min_black_ns: span("min_black"),
            min_silence_ns: span("min_silence"),
            apart_ns: span("apart"),
            spacing_ns: span("spacing"),
            spare_start_ns: span("spare_start"),
            spare_end_ns: span("spare_end"),
            confidence: settings::percent(EnricherKind::Breaks, chosen, "confidence"),
        }
    }
}

/// The breaks of a file that lasts `duration_ns`, in order.
pub fn find(black: &[Interval], silence: &[Interval], duration_ns: i64, settings: &Settings) -> Vec<Break> {
    let black = lasting(black, settings.min_black_ns, duration_ns);
    let silence = lasting(silence, settings.min_silence_ns, duration_ns);
    let mut heard = vec![false; silence.len()];
    let mut found: Vec<Break> = Vec::new();
    for dark in &black {
        let first = silence.partition_point(|quiet| quiet.end_ns < dark.start_ns.saturating_sub(settings.apart_ns));
        let near =
            silence[first..].iter().take_while(|quiet| quiet.start_ns <= dark.end_ns.saturating_add(settings.apart_ns));
        let best = near.enumerate().max_by_key(|(at, quiet)| {
            heard[first + at] = true;
            (overlap_ns(dark, quiet), Reverse(*at))
        });
        found.push(match best {
            Some((_, quiet)) => both(dark, quiet),
            None => Break { at_ns: middle(dark), confidence: 20 + grade(dark) },
        });
    }
    let alone = silence.iter().zip(&heard).filter(|(_, heard)| !**heard);
    found.extend(alone.map(|(quiet, _)| Break { at_ns: middle(quiet), confidence: 10 + grade(quiet) }));
    let part = duration_ns / SPARED_PART;
    let from = settings.spare_start_ns.min(part).max(1);
    let to = duration_ns.saturating_sub(settings.spare_end_ns.min(part).max(1));
    found.retain(|one| (from..=to).contains(&one.at_ns) && one.confidence >= settings.confidence);
    spaced(found, settings.spacing_ns)
}

/// Stretches that last, in order, none of them touching another.
fn lasting(intervals: &[Interval], least_ns: i64, duration_ns: i64) -> Vec<Interval> {
    let mut sorted: Vec<Interval> = intervals
        .iter()
        .map(|one| Interval { start_ns: one.start_ns.max(0), end_ns: one.end_ns.min(duration_ns) })
        .filter(|one| one.start_ns < one.end_ns)
        .collect();
    sorted.sort_by_key(|one| (one.start_ns, one.end_ns));
    let mut joined: Vec<Interval> = Vec::with_capacity(sorted.len());
    for one in sorted {
        match joined.last_mut() {
            Some(last) if one.start_ns <= last.end_ns => last.end_ns = last.end_ns.max(one.end_ns),
            _ => joined.push(one),
        }
    }
    joined.retain(|one| length_ns(one) >= least_ns);
    joined
}

fn both(dark: &Interval, quiet: &Interval) -> Break {
    let sure = grade(dark) + grade(quiet);
    let shared = Interval { start_ns: dark.start_ns.max(quiet.start_ns), end_ns: dark.end_ns.min(quiet.end_ns) };
    match shared.start_ns < shared.end_ns {
        true => Break { at_ns: middle(&shared), confidence: 60 + sure },
        false => Break { at_ns: middle(dark), confidence: 40 + sure },
    }
}

/// Keeps the surest ones, and of those that are as sure the first, that lie far enough from each other.
fn spaced(mut found: Vec<Break>, spacing_ns: i64) -> Vec<Break> {
    found.sort_by_key(|one| (Reverse(one.confidence), one.at_ns));
    let mut taken = BTreeSet::new();
    found.retain(|one| {
        let after_last = taken.range(..=one.at_ns).next_back().is_none_or(|last| one.at_ns - last >= spacing_ns);
        let before_next = taken.range(one.at_ns..).next().is_none_or(|next| next - one.at_ns >= spacing_ns);
        after_last && before_next && taken.insert(one.at_ns)
    });
    found.sort_by_key(|one| one.at_ns);
    found
}

/// How sure a sign of this length is, of 20.
fn grade(one: &Interval) -> u8 {
    u8::try_from(length_ns(one).min(SURE_NS) * 20 / SURE_NS).unwrap_or(20)
}

fn overlap_ns(one: &Interval, other: &Interval) -> i64 {
    one.end_ns.min(other.end_ns) - one.start_ns.max(other.start_ns)
}

fn length_ns(one: &Interval) -> i64 {
    one.end_ns - one.start_ns
}

fn middle(one: &Interval) -> i64 {
    one.start_ns + length_ns(one) / 2
}

#[cfg(test)]
mod tests;
