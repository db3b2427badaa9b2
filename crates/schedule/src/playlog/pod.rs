//! What one break holds.

use std::collections::BTreeSet;

use retrovue_timeline::{FrameIndex, FrameRate};

use super::fit;
use super::rules::{Broken, Rules};
use super::stock::{Spot, Stock};
use crate::plan::PodPart;

/// Spots looked at together for the best fit: enough for any length, and few enough to be quick.
const LOOKED_AT: usize = 48;

/// A spot in a break.
#[derive(Clone)]
pub(super) struct Chosen<'a> {
    pub(super) spot: Spot<'a>,
    pub(super) pool: &'a str,
    /// The rule that it breaks, since nothing else fits.
    pub(super) broken: Option<Broken>,
}

/// How far rules are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strictness {
    /// All of them.
    Strict,
    /// They go before an empty break.
    UnlessEmpty,
    /// They go before anything that is left.
    UnlessFull,
}

/// A break being made.
pub(super) struct Making<'m, 'a> {
    pub(super) stock: &'m Stock<'a>,
    pub(super) rules: &'m Rules<'m>,
    pub(super) rate: FrameRate,
    /// The first frame of the break.
    pub(super) begin: FrameIndex,
    pub(super) strictness: Strictness,
}

impl<'a> Making<'_, 'a> {
    /// What fills `room` house frames best after the recipe `pod`. Nothing is in it twice. Where a part repeats and
    /// there is no room for it beside the others, the last of these go.
    pub(super) fn pod(&self, pod: &'a [PodPart], room: i64) -> Vec<Chosen<'a>> {
        let repeats = pod.iter().any(|part| part.repeats);
        let single = pod.iter().filter(|part| !part.repeats).count();
        for kept in (0..=single).rev() {
            let made = self.with(pod, kept, room);
            let has_any =
                |repeats: bool| pod.iter().zip(&made).any(|(part, of)| part.repeats == repeats && !of.is_empty());
            if !repeats || has_any(true) || !has_any(false) {
                return made.into_iter().flatten().collect();
            }
        }
        Vec::new()
    }

    /// What each part holds, of those that do not repeat the first `kept`.
    fn with(&self, pod: &'a [PodPart], kept: usize, room: i64) -> Vec<Vec<Chosen<'a>>> {
        let mut made: Vec<Vec<Chosen<'a>>> = pod.iter().map(|_| Vec::new()).collect();
        let (mut left, mut used) = (room, BTreeSet::new());
        for (at, part) in pod.iter().enumerate().filter(|(_, part)| !part.repeats).take(kept) {
            let breaking = self.strictness > Strictness::Strict;
            let chosen = self.choose(&part.pool, (begin(&made, at), left), 1, &mut used, breaking);
            left -= frames(&chosen);
            made[at] = chosen;
        }
        let parts: Vec<usize> = (0..pod.len()).filter(|at| pod[*at].repeats).collect();
        // shared out first, so that each part has some; then whatever is left goes to any
        let shares = (1..=parts.len()).rev().chain(parts.iter().map(|_| 1));
        for (at, share) in parts.iter().chain(&parts).zip(shares) {
            let room = left / i64::try_from(share).unwrap_or(1);
            let chosen = self.choose(&pod[*at].pool, (begin(&made, *at), room), usize::MAX, &mut used, false);
            left -= frames(&chosen);
            made[*at].extend(chosen);
        }
        let is_empty = parts.iter().all(|at| made[*at].is_empty());
        if self.strictness == Strictness::UnlessFull || self.strictness == Strictness::UnlessEmpty && is_empty {
            for at in parts {
                let chosen = self.choose(&pod[at].pool, (begin(&made, at), left), usize::MAX, &mut used, true);
                left -= frames(&chosen);
                made[at].extend(chosen);
            }
        }
        made
    }

    /// Up to `most` of a pool that fit into `room` house frames together, so many frames into the break or later: what
    /// has waited longest, and those which fill the rest best. With `breaking`, what keeps no rule any more comes behind all others.
    fn choose(
        &self,
        pool: &'a str,
        (into, room): (i64, i64),
        most: usize,
        used: &mut BTreeSet<&'a str>,
        breaking: bool,
    ) -> Vec<Chosen<'a>> {
        let mut all = self.allowed(pool, (into, room), most, used, |broken| broken.is_none());
        if breaking {
            for breaks in [|broken: &Broken| matches!(broken, Broken::Cooldown(_)), |_: &Broken| true] {
                let (taken, most) = (frames(&all), most - all.len());
                all.extend(self.allowed(pool, (into + taken, room - taken), most, used, |broken| {
                    broken.as_ref().is_some_and(breaks)
                }));
            }
        }
        all
    }

    fn allowed(
        &self,
        pool: &'a str,
        (into, room): (i64, i64),
        most: usize,
        used: &mut BTreeSet<&'a str>,
        holds: impl Fn(&Option<Broken>) -> bool,
    ) -> Vec<Chosen<'a>> {
        let mut all: Vec<Chosen<'a>> = Vec::new();
        while all.len() < most {
            let taken = frames(&all);
            let (at, left) = (self.rate.start_of(self.begin + into + taken), room - taken);
            let candidates: Vec<Chosen<'a>> = self
                .stock
                .due(pool)
                .filter(|spot| spot.frames <= left && !used.contains(spot.asset.id.as_str()))
                .filter_map(|spot| {
                    let broken = self.rules.broken(spot.asset, self.stock.plays(), at)?;
                    holds(&broken).then_some(Chosen { spot, pool, broken })
                })
                .take(if most == 1 { 1 } else { LOOKED_AT })
                .collect();
            let Some((first, rest)) = candidates.split_first() else { break };
            let lengths: Vec<i64> = rest.iter().map(|chosen| chosen.spot.frames).collect();
            let fitting = fit::best(&lengths, left - first.spot.frames);
            let chosen = std::iter::once(first).chain(fitting.into_iter().map(|at| &rest[at]));
            let before = all.len();
            all.extend(chosen.take(most - before).cloned());
            used.extend(all[before..].iter().map(|chosen| chosen.spot.asset.id.as_str()));
        }
        all
    }
}

/// The house frames of a break before those that its part at `at` has next.
fn begin(made: &[Vec<Chosen<'_>>], at: usize) -> i64 {
    made[..=at].iter().map(|chosen| frames(chosen)).sum()
}

/// How long these are together.
pub(super) fn frames(chosen: &[Chosen<'_>]) -> i64 {
    chosen.iter().map(|chosen| chosen.spot.frames).sum()
}
