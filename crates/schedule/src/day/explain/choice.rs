//! Why it is this item of its pool: what the order had come to, and what comes before and after.

use super::{ChosenPool, Explanation, Neighbour, Question, called, neighbour};
use crate::asset::Asset;
use crate::day::order::{Chooser, last_chosen, note};
use crate::day::pools::{Pools, kept_out};
use crate::day::rule::{By, Choice, Rule};
use crate::day::span::Span;
use crate::day::{Cursors, after, unrepeated};
use crate::plan::{Overrun, Play};

/// So many of those are told that chance kept from coming again.
const TOLD: usize = 3;

const TOO_LONG: &str = "is too long for what is left of the slot, and waits (`overrun: drop`)";

/// The pool, its order and the neighbours of the item.
pub(super) fn tell<'a>(
    question: &Question<'a>,
    pools: &Pools<'a>,
    span: &Span<'a>,
    rule: Rule<'_>,
    (pool, by): (&str, By),
    explanation: &mut Explanation,
) {
    let Question { plan, library, shown, item, .. } = *question;
    let size = pools.pool(pool).entries.len();
    let start = question.start.map(|start| after(plan.seed, start, question.before, library.iter().chain(shown)));
    let cursors = start.map(|start| start.cursors);
    let before = cursors.as_ref().and_then(|cursors| last_chosen(cursors, rule));
    let chosen = item.asset_id.clone().unwrap_or_default();
    let known = |id: &str| library.iter().chain(shown).find(|asset| asset.id == id);
    let last =
        before.as_deref().map(|last| known(last).map_or_else(|| "what is gone from the library".to_owned(), called));

    let reasons = &mut explanation.reasons;
    let items = if size == 1 { "one item" } else { &format!("{size} items") };
    reasons.push(format!("It comes from the pool `{pool}`, which holds {items} now."));
    let kept_out = plan.pools.get(pool).map_or(0, |pool| kept_out(&pool.matches, library));
    if kept_out > 0 {
        let others = if kept_out == 1 { "other" } else { "others" };
        reasons.push(format!("Its `not` keeps {kept_out} {others} out."));
    }
    match by {
        By::Rotate(turn) => reasons.push(format!("It is the turn of this pool, number {} of its slot.", turn + 1)),
        By::Weighted => reasons.push(format!("The seed {} drew the pool by its weight.", plan.seed)),
        _ => {}
    }
    reasons.push(match (by, last) {
        (By::Sequential | By::Rotate(_) | By::Weighted, Some(last)) => {
            format!("Of the pool, {last} was shown last, and this comes next.")
        }
        (By::SignOff, Some(last)) => {
            format!("It is the sign-off, with which the night begins; of the pool, {last} was shown last.")
        }
        (By::SignOff, None) => "It is the sign-off, with which the night begins.".to_owned(),
        (By::Marathon(_), Some(last)) => format!("The marathon goes on: {last} was shown before it."),
        (By::Newest(_), Some(last)) => format!("{last} is newer and was shown before it."),
        (By::Shuffle, _) => {
            format!("In this round it had not been shown, and the seed {} puts it here.", plan.seed)
        }
        (By::Random(count), _) => format!(
            "The seed {} drew it among those that were not of the last {} shown.",
            plan.seed,
            usize::try_from(count).unwrap_or(usize::MAX).min(size.saturating_sub(1))
        ),
        (_, None) if cursors.is_none() => "What the order had come to before it is not known any more.".to_owned(),
        (By::Marathon(date), None) => format!("The marathon of {date} begins here, by the seed {}.", plan.seed),
        (By::Newest(_), None) => "It was first shown last of all in the pool.".to_owned(),
        (_, None) => "It is the first of the pool that is shown.".to_owned(),
    });
    if let Some(cursors) = &cursors {
        let beside = Beside { pools, span, rule, seed: plan.seed, chosen: &chosen };
        let last = before.as_deref().and_then(known);
        explanation.neighbours = beside.neighbours(cursors, last, known(&chosen));
    }
    explanation.pool = Some(ChosenPool {
        name: pool.to_owned(),
        size,
        order: by.to_string(),
        seed: plan.seed,
        before,
        after: Some(chosen).filter(|id| !id.is_empty()),
    });
}

/// What has its turn where nothing was short enough.
pub(super) fn waiting<'a>(question: &Question<'a>, pools: &Pools<'a>, span: &Span<'a>) -> Option<Neighbour> {
    let Question { plan, library, shown, .. } = *question;
    let start = after(plan.seed, question.start?, question.before, library.iter().chain(shown));
    let next = Chooser::new(pools).next(span, &start.cursors, &|_| true)?.0.asset;
    Some(neighbour(next, TOO_LONG))
}

/// What lies beside the chosen item.
struct Beside<'q, 'a> {
    pools: &'q Pools<'a>,
    span: &'q Span<'a>,
    rule: Rule<'q>,
    seed: u64,
    chosen: &'q str,
}

impl<'a> Beside<'_, 'a> {
    /// What came before the item, what could have come in its place, and what comes next, each once.
    fn neighbours(&self, cursors: &Cursors, last: Option<&Asset>, chosen: Option<&Asset>) -> Vec<Neighbour> {
        let mut found: Vec<Neighbour> = last.map(|last| neighbour(last, "has had its turn")).into_iter().collect();
        found.extend(self.in_its_place(cursors));
        found.extend(chosen.and_then(|chosen| self.next(cursors, chosen)));
        let mut told = vec![self.chosen.to_owned()];
        found.retain(|neighbour| {
            let is_new = !told.contains(&neighbour.asset_id);
            told.push(neighbour.asset_id.clone());
            is_new
        });
        found
    }

    /// What else the order, or another one, would have come to.
    fn in_its_place(&self, cursors: &Cursors) -> Vec<Neighbour> {
        let Choice::Pool(own, by) = self.rule.choice else { return Vec::new() };
        let mut chooser = Chooser::new(self.pools);
        let mut found = Vec::new();
        if self.span.slot.overrun == Overrun::Drop {
            let next = chooser.next(self.span, cursors, &|_| true).map(|(entry, _)| entry.asset);
            found.extend(next.map(|next| neighbour(next, TOO_LONG)));
        }
        if let By::Random(count) = by {
            let memory = cursors.get(&unrepeated::key(own)).map(String::as_str).unwrap_or_default();
            let pool = self.pools.pool(own);
            let recent = unrepeated::recent(memory, usize::try_from(count).unwrap_or(usize::MAX));
            let recent = recent.filter_map(|id| Some(pool.entries[pool.position(id)?].asset));
            let why = format!("was of the last {count} shown, and is kept from coming again");
            found.extend(recent.take(TOLD).map(|asset| neighbour(asset, why.clone())));
        }
        if let (By::Rotate(_) | By::Weighted, Play::Pools(names)) = (by, &self.span.slot.play) {
            let others = names.iter().filter(|name| *name != own);
            found.extend(others.filter_map(|name| {
                let next = chooser.in_sequence(name, cursors, &|_| true)?.asset;
                let why = if by == By::Weighted { "which was not drawn" } else { "whose turn it is not" };
                Some(neighbour(next, format!("is the next of the pool `{name}`, {why}")))
            }));
        }
        found
    }

    /// What has its turn once `chosen` was shown.
    fn next(&self, cursors: &Cursors, chosen: &Asset) -> Option<Neighbour> {
        let mut cursors = cursors.clone();
        note(&mut cursors, self.seed, self.rule, chosen, |id| self.pools.known(id));
        let mut chooser = Chooser::new(self.pools);
        let next = match (self.rule.choice, &self.span.slot.play) {
            (Choice::Pool(pool, _), Play::OffAir(_)) => chooser.in_sequence(pool, &cursors, &|_| true)?,
            _ => chooser.next(self.span, &cursors, &|_| true)?.0,
        };
        Some(neighbour(next.asset, "has its turn after this one"))
    }
}
