//! Why something is on: which slot holds, what its order had come to, what else there was.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::order::last_chosen;
use super::pools::{Pools, kept_out};
use super::rule::{By, CARD, Choice, Rule};
use super::span::{Span, spans};
use super::{DayStart, Item, after, local};
use crate::asset::Asset;
use crate::plan::{Days, Layer, Overrun, Plan, Play, show_duration, show_time};
use crate::playlog::Event;

/// An item of a stored day, with what came before it.
pub struct Question<'a> {
    /// The plan that chose it.
    pub plan: &'a Plan,
    /// The channel's zone.
    pub zone: &'a TimeZone,
    /// What there is now; what there was is not kept.
    pub library: &'a [Asset],
    /// The item's broadcast day.
    pub date: Date,
    /// What the day began with. None where that is not known for this item any more.
    pub start: Option<&'a DayStart>,
    /// The day's items before it, as far as `start` tells of them.
    pub before: &'a [Item],
    /// The item.
    pub item: &'a Item,
    /// The instant at which it is on that is asked about.
    pub at: UtcTime,
    /// The event of the playlog at that instant, where there is one by now.
    pub event: Option<&'a Event>,
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
    let mut explanation = Explanation { others: others(question, span, &all), ..Explanation::default() };
    let Some(span) = span else {
        let told = explanation.others.iter().map(|other| format!("The layer `{}` {}.", other.name, other.why));
        explanation.reasons = told.collect();
        explanation.reasons.push("No layer has a slot at this time, so the fallback is shown.".to_owned());
        return explanation;
    };
    let slot = span.slot;
    explanation.slot = Some(HeldSlot {
        layer: span.layer.name.clone(),
        index: slot.index,
        line: slot.place.line,
        start: span.whole.0,
        end: span.whole.1,
    });
    explanation.reasons.push(format!(
        "The slot at {} of the layer `{}` (line {}) holds here, from {} to {}.",
        show_time(slot.at),
        span.layer.name,
        slot.place.line,
        clock(zone, span.start),
        clock(zone, span.end)
    ));
    if question.at >= span.end {
        let ended = clock(zone, span.end);
        explanation.reasons.push(format!("It is longer than what was left of the slot, and runs on since {ended}."));
    }
    explanation
        .reasons
        .extend(explanation.others.iter().map(|other| format!("The layer `{}` {}.", other.name, other.why)));
    match Rule::parse(&item.rule).map(|rule| (rule, rule.choice)) {
        Some((_, Choice::Asset(_))) => explanation.reasons.push("The slot names this asset and no other.".to_owned()),
        Some((rule, Choice::Pool(pool, by))) => explain_choice(question, rule, pool, by, &mut explanation),
        None => explanation.reasons.push(why_nothing(question, span)),
    }
    if item.asset_id.is_some() {
        explanation.reasons.extend(question.event.and_then(why_no_programme));
    }
    if item.in_offset_frames > 0 {
        let ahead = plan.format.frame_rate.millis_in(item.in_offset_frames);
        let ahead = std::time::Duration::from_millis(ahead.unsigned_abs() / 1000 * 1000);
        explanation.reasons.push(format!(
            "It is joined {} after its beginning, since what ran before it lasted so long (`overrun: join`).",
            show_duration(ahead)
        ));
    }
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

fn others(question: &Question<'_>, held: Option<&Span<'_>>, all: &[Span<'_>]) -> Vec<OtherLayer> {
    let Question { plan, zone, date, at, .. } = *question;
    let layers = plan.layers.iter().filter(|layer| held.is_none_or(|held| held.layer.name != layer.name));
    let waiting = all.iter().find(|span| span.start <= at && at < span.end);
    let why = |layer: &Layer| {
        if let Some(span) = waiting.filter(|span| span.layer.name == layer.name) {
            return format!("has a slot from {}, which waits until this is over", clock(zone, span.start));
        }
        if !layer.days.hold(date) {
            return format!("does not hold on {date}");
        }
        match held {
            Some(held) if held.layer.days.compare(layer.days).is_gt() => {
                format!("is less specific than `{}`", held.layer.name)
            }
            _ if layer.days == Days::All => "has no slot at this time".to_owned(),
            _ => format!("holds on {date}, and has no slot at this time"),
        }
    };
    layers.map(|layer| OtherLayer { name: layer.name.clone(), why: why(layer) }).collect()
}

fn explain_choice(question: &Question<'_>, rule: Rule<'_>, pool: &str, by: By, explanation: &mut Explanation) {
    let Question { plan, library, item, .. } = *question;
    let (pools, _) = Pools::fill(plan, library);
    let sequence = pools.pool(pool);
    let size = sequence.entries.len();
    let before = question.start.and_then(|start| {
        let start = after(plan.seed, start, question.before, library);
        last_chosen(&start.cursors, rule)
    });
    let chosen = item.asset_id.clone().unwrap_or_default();
    let name = |id: &str| library.iter().find(|asset| asset.id == id).map(called);
    let mut reasons = vec![format!("It comes from the pool `{pool}`, which holds {size} items now.")];
    let kept_out = plan.pools.get(pool).map_or(0, |pool| kept_out(&pool.matches, library));
    if kept_out > 0 {
        let others = if kept_out == 1 { "other" } else { "others" };
        reasons.push(format!("Its `not` keeps {kept_out} {others} out."));
    }
    let unknown = || "What the order had come to before it is not known any more.".to_owned();
    reasons.push(match (by, before.as_deref().and_then(name)) {
        (By::Sequential | By::Rotate(_) | By::Weighted, Some(last)) => {
            format!("Of the pool, {last} was shown last, and this comes next.")
        }
        (By::Marathon(_), Some(last)) => format!("The marathon goes on: {last} was shown before it."),
        (By::Marathon(_) | By::Newest(_), None) if question.start.is_none() => unknown(),
        (By::Marathon(date), None) => format!("The marathon of {date} begins here, by the seed {}.", plan.seed),
        (By::Newest(_), Some(last)) => format!("{last} is newer and was shown before it."),
        (By::Newest(_), None) => "It was first shown last of all in the pool.".to_owned(),
        (By::SignOff, _) => "It is the sign-off, with which the night begins.".to_owned(),
        (By::Shuffle, _) => {
            format!("In this round it has not been shown, and the seed {} puts it here.", plan.seed)
        }
        (By::Random(count), _) => format!(
            "The seed {} drew it among those that were not of the last {} shown.",
            plan.seed,
            usize::try_from(count).unwrap_or(usize::MAX).min(size.saturating_sub(1))
        ),
        (_, None) if question.start.is_none() => unknown(),
        (_, None) => "It is the first of the pool that is shown.".to_owned(),
    });
    match by {
        By::Rotate(turn) => reasons.push(format!("It is the turn of pool {} of the slot.", turn + 1)),
        By::Weighted => reasons.push(format!("The seed {} drew the pool by its weight.", plan.seed)),
        _ => {}
    }
    let follows = sequence.position(&chosen);
    let beside = |at: Option<usize>, why: &str| {
        let asset = sequence.entries.get(at?)?.asset;
        (asset.id != chosen).then(|| Neighbour {
            asset_id: asset.id.clone(),
            title: called(asset),
            why: why.to_owned(),
        })
    };
    if matches!(by, By::Sequential | By::Rotate(_) | By::Weighted | By::Marathon(_)) && size > 0 {
        let last = before.as_deref().and_then(|last| sequence.position(last));
        let next = follows.map(|at| (at + 1) % size);
        explanation.neighbours.extend(beside(last, "has had its turn"));
        explanation.neighbours.extend(beside(next, "has its turn after this one"));
    }
    explanation.reasons.extend(reasons);
    explanation.pool = Some(ChosenPool {
        name: pool.to_owned(),
        size,
        order: by.to_string(),
        seed: plan.seed,
        before,
        after: Some(chosen).filter(|id| !id.is_empty()),
    });
}

/// Why something else is shown at this instant of an item.
fn why_no_programme(event: &Event) -> Option<String> {
    if event.rule == CARD {
        return Some("It is over, or in a break that nothing else fills, so the card is shown.".to_owned());
    }
    if let Some(pool) = event.rule.strip_prefix("fallback ") {
        return Some(format!("It is over: {:?} of the pool `{pool}` covers what is left of its time.", event.title));
    }
    let (number, pool) = event.rule.strip_prefix("break ")?.split_once(' ')?;
    let (pool, broken) = pool.split_once(", ").map_or((pool, None), |(pool, broken)| (pool, Some(broken)));
    let mut reason = format!(
        "This is its break {number}, and {:?} of the pool `{pool}` has its turn or fits what is left of it.",
        event.title
    );
    if let Some(broken) = broken {
        reason.push_str(&format!(" Nothing that keeps to the rules fits ({broken})."));
    }
    Some(reason)
}

/// Why a slot that holds shows nothing.
fn why_nothing(question: &Question<'_>, span: &Span<'_>) -> String {
    let Question { plan, zone, library, item, .. } = *question;
    let (pools, _) = Pools::fill(plan, library);
    let next = clock(zone, item.end);
    let is_empty = match &span.slot.play {
        Play::Pools(names) => names.iter().all(|pool| pools.pool(pool).entries.is_empty()),
        Play::Asset(id) => pools.asset(id).is_none(),
        Play::OffAir(_) => return format!("The channel is off air, and the card is shown until {next}."),
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

/// `Cheers S01E02 Pilot`, or a film's title.
fn called(asset: &Asset) -> String {
    let (title, subtitle) = super::compiler::titles(asset, None);
    if subtitle.is_empty() { title } else { format!("{title} {subtitle}") }
}

fn clock(zone: &TimeZone, at: UtcTime) -> String {
    local::clock(zone, at)
}
