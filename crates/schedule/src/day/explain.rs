//! Why something is on: which slot holds, what its order had come to, what else there was.

mod choice;
mod place;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::pools::Pools;
use super::rule::{CARD, Choice, Rule};
use super::span::{Span, spans};
use super::{DayStart, Item, local};
use crate::asset::Asset;
use crate::plan::{NightShow, OffAir, Overrun, Plan, Play};
use crate::playlog::{self, Aired};

/// An item of a stored day, with what came before it.
pub struct Question<'a> {
    /// The plan that chose it.
    pub plan: &'a Plan,
    /// The channel's zone.
    pub zone: &'a TimeZone,
    /// What there is now; what there was is not kept.
    pub library: &'a [Asset],
    /// The assets of the day's items, whether or not they are still in the library.
    pub shown: &'a [Asset],
    /// The item's broadcast day.
    pub date: Date,
    /// What the day began with. None where that is not known any more.
    pub start: Option<&'a DayStart>,
    /// The day's items before it, as far as `start` tells of them.
    pub before: &'a [Item],
    /// The item.
    pub item: &'a Item,
    /// The instant at which it is on that is asked about.
    pub at: UtcTime,
    /// What the playlog has at that instant, where it reaches so far by now.
    pub aired: Option<Aired<'a>>,
}

/// Why an item is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The slot that holds; none where none does.
    pub slot: Option<HeldSlot>,
    /// What the slot chose from.
    pub pool: Option<ChosenPool>,
    /// What was there as well and was not chosen.
    pub neighbours: Vec<Neighbour>,
    /// Where a spot is on, what its break could have held as well.
    pub spots: Vec<Neighbour>,
    /// The layers whose slots do not hold.
    pub others: Vec<OtherLayer>,
    /// All of it in sentences.
    pub reasons: Vec<String>,
}

/// The slot that holds at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSlot {
    /// Its layer.
    pub layer: String,
    /// Its place in the layer, from 0.
    pub index: usize,
    /// Its line in the channel file, from 1.
    pub line: u32,
    /// When all of it begins.
    pub start: UtcTime,
    /// When all of it ends.
    pub end: UtcTime,
}

/// The pool that an item comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenPool {
    /// Its name.
    pub name: String,
    /// How many items it holds now.
    pub size: usize,
    /// The order, with its own numbers: `random 40`.
    pub order: String,
    /// What chance follows from.
    pub seed: u64,
    /// The asset that the order had come to, by its id.
    pub before: Option<String>,
    /// The asset that it has come to with this item.
    pub after: Option<String>,
}

/// An asset that was not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its id.
    pub asset_id: String,
    /// Its title, with series and episode.
    pub title: String,
    /// In a few words.
    pub why: String,
}

/// A layer whose slots do not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherLayer {
    /// Its name.
    pub name: String,
    /// In a few words.
    pub why: String,
}

/// Why the item is on.
pub fn explain(question: &Question<'_>) -> Explanation {
    let Question { plan, zone, date, item, .. } = *question;
    let all = spans(plan, zone, date);
    let span = all.iter().find(|span| holds(span, question));
    let mut explanation = Explanation { others: place::others(question, span, &all), ..Explanation::default() };
    if let Some(span) = span {
        place::tell(question, span, &all, &mut explanation);
        let (pools, _) = Pools::fill(plan, question.library);
        match Rule::parse(&item.rule).map(|rule| (rule, rule.choice)) {
            Some((_, Choice::Asset(_))) => explanation.reasons.push(match &span.slot.play {
                Play::OffAir(_) => "It is what the night shows, again and again until it is over.".to_owned(),
                _ => "The slot names this asset and no other.".to_owned(),
            }),
            Some((rule, Choice::Pool(pool, by))) => {
                choice::tell(question, &pools, span, rule, (pool, by), &mut explanation);
            }
            None => {
                if span.slot.overrun == Overrun::Drop {
                    explanation.neighbours.extend(choice::waiting(question, &pools, span));
                }
                explanation.reasons.push(why_nothing(question, &pools, span));
            }
        }
        place::tell_of_length(question, span, &mut explanation);
    } else {
        let told = explanation.others.iter().map(|other| format!("The layer `{}` {}.", other.name, other.why));
        explanation.reasons = told.collect();
        explanation.reasons.push("No layer has a slot at this time, so the fallback is shown.".to_owned());
    }
    tell_what_is_shown(question, &mut explanation);
    explanation
}

/// Whether the item is one of `span`: its slot's, or shown where it holds.
fn holds(span: &Span<'_>, question: &Question<'_>) -> bool {
    let Question { item, at, .. } = *question;
    match Rule::parse(&item.rule) {
        Some(rule) => span.slot.id == rule.slot && span.start <= item.start && item.start < span.end,
        None => span.start <= at && at < span.end,
    }
}

/// What the playlog shows at the instant, where that is not the item itself.
fn tell_what_is_shown(question: &Question<'_>, explanation: &mut Explanation) {
    let Question { plan, zone, library, item, aired: Some(aired), .. } = *question else { return };
    if let Some(why) = playlog::why(plan, zone, library, item, &aired) {
        explanation.reasons.extend(why.reasons);
        explanation.spots.extend(why.others.into_iter().map(|(asset, why)| neighbour(asset, why)));
    } else if aired.event.rule == CARD && item.asset_id.is_some() {
        explanation.reasons.push("It is over, or in a break that nothing else fills, so the card is shown.".to_owned());
    }
}

/// Why a slot that holds shows nothing.
fn why_nothing(question: &Question<'_>, pools: &Pools<'_>, span: &Span<'_>) -> String {
    let Question { zone, item, .. } = *question;
    let next = local::clock(zone, item.end);
    let is_empty = match &span.slot.play {
        Play::Pools(names) => names.iter().all(|pool| pools.pool(pool).entries.is_empty()),
        Play::Asset(id) => pools.asset(id).is_none(),
        Play::OffAir(OffAir { show: NightShow::Card, .. }) => {
            return format!("The channel is off air, and the card is shown until {next}.");
        }
        Play::OffAir(_) => {
            return format!(
                "The channel is off air. What it would show is not in the library: the card is, until {next}."
            );
        }
    };
    if is_empty {
        return "Nothing in the library is what the slot plays, so the fallback is shown.".to_owned();
    }
    if span.slot.overrun == Overrun::Drop && item.end >= span.end {
        return "Nothing that has its turn is short enough for what is left of the slot (`overrun: drop`).".to_owned();
    }
    match &span.slot.play {
        Play::Asset(_) => "The slot's asset was shown, and it names no other.".to_owned(),
        _ => format!("What was on before it is over, and what comes next starts at {next}."),
    }
}

fn neighbour(asset: &Asset, why: impl Into<String>) -> Neighbour {
    Neighbour { asset_id: asset.id.clone(), title: called(asset), why: why.into() }
}

/// `Cheers S01E02 Pilot`, or a film's title.
fn called(asset: &Asset) -> String {
    let (title, subtitle) = super::compiler::titles(asset, None);
    if subtitle.is_empty() { title } else { format!("{title} {subtitle}") }
}
