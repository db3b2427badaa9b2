//! Why it is this slot, and why the item begins and ends when it does.

use jiff::civil::Date;

use super::{Explanation, HeldSlot, OtherLayer, Question};
use crate::day::rule::Rule;
use crate::day::span::Span;
use crate::day::{Item, local};
use crate::plan::{Days, Layer, Overrun, Play, show_duration, show_time};

/// The slot that holds, what interrupts it, and the layers that do not hold.
pub(super) fn tell(question: &Question<'_>, span: &Span<'_>, all: &[Span<'_>], explanation: &mut Explanation) {
    let Question { zone, at, .. } = *question;
    let (slot, layer) = (span.slot, span.layer);
    explanation.slot = Some(HeldSlot {
        layer: layer.name.clone(),
        index: slot.index,
        line: slot.place.line,
        start: span.whole.0,
        end: span.whole.1,
    });
    let clock = |at| local::clock(zone, at);
    let reasons = &mut explanation.reasons;
    let days = [span.start, span.end].map(|at| local::date(zone, at));
    let end_of_it = if days[0] == days[1] { clock(span.end) } else { local::moment(zone, span.end) };
    reasons.push(format!(
        "The slot at {} of the layer `{}` (line {}) holds here, from {} to {end_of_it}.",
        show_time(slot.at),
        layer.name,
        slot.place.line,
        clock(span.start)
    ));
    let (begin, end) = span.whole;
    for other in all.iter().filter(|other| other.slot.id != slot.id && begin < other.end && other.start < end) {
        let (from, to) = (clock(other.start), clock(other.end));
        reasons.push(format!("The layer `{}` interrupts that slot from {from} to {to}.", other.layer.name));
    }
    let calendar = [0, 1].map(|days| local::days_after(span.date, days));
    if let Some(date) = calendar.into_iter().find(|date| is_skipped(question, span, *date)) {
        let (at, from) = (show_time(slot.at), clock(begin));
        reasons.push(format!("On {date} clocks jump over {at}, so the slot begins as they do, at {from}."));
    }
    if local::is_repeated(zone, at) {
        let shown = clock(at);
        reasons.push(format!("Clocks were put back and show {shown} for the second time: what held before holds on."));
    }
    reasons.extend(explanation.others.iter().map(|other| format!("The layer `{}` {}.", other.name, other.why)));
}

/// Whether `span` begins where clocks jump over its slot's time on `date`.
fn is_skipped(question: &Question<'_>, span: &Span<'_>, date: Date) -> bool {
    let zone = question.zone;
    local::is_skipped(zone, date, span.slot.at) && local::instant(zone, date, span.slot.at) == span.whole.0
}

/// Why the item begins later than its slot or before it, and why it ends when it does.
pub(super) fn tell_of_length(question: &Question<'_>, span: &Span<'_>, explanation: &mut Explanation) {
    let Question { plan, zone, item, at, .. } = *question;
    let rate = plan.format.frame_rate;
    let reasons = &mut explanation.reasons;
    let clock = |at| local::clock(zone, at);
    if let Some(before) = runs_into(question, span) {
        let (ran, until) = (&before.title, clock(before.end));
        if item.in_offset_frames > 0 {
            let ahead = rate.millis_in(item.in_offset_frames);
            let ahead = std::time::Duration::from_millis(ahead.unsigned_abs() / 1000 * 1000);
            let ahead = show_duration(ahead);
            reasons.push(format!(
                "{ran:?} ran on until {until}, so this is joined {ahead} after its beginning (`overrun: join`)."
            ));
        } else {
            reasons.push(format!("{ran:?} ran on until {until}, so this begins then and not with its slot."));
        }
    }
    let Some(asset) = question.shown.iter().find(|asset| Some(&asset.id) == item.asset_id.as_ref()) else { return };
    let frames = rate.slots_within(asset.duration_ns) - item.in_offset_frames;
    let end = rate.frame_at_or_after(item.start) + frames;
    // what is one frame too long for its lines ends on the line
    if end > rate.frame_at_or_after(item.end) + 1 {
        let why = match (&span.slot.play, span.slot.overrun) {
            (Play::OffAir(_), _) => "as the night ends",
            (_, Overrun::Trim) => "with its slot (`overrun: trim`)",
            _ => "where the plan was changed",
        };
        reasons.push(format!("It is longer than that, and cut at {}, {why}.", clock(item.end)));
    } else if end > rate.frame_at_or_after(span.end) + 1 {
        let since = if at >= span.end { "runs on since" } else { "will run on from" };
        let overrun = if span.slot.overrun == Overrun::Join { "join" } else { "bleed" };
        let ended = clock(span.end);
        reasons
            .push(format!("It is longer than what was left of the slot, and {since} {ended} (`overrun: {overrun}`)."));
    }
}

/// The item that ran into `span`, where the one that is asked about is the first of it.
fn runs_into<'a>(question: &Question<'a>, span: &Span<'_>) -> Option<&'a Item> {
    let last = question.before.last().filter(|last| last.end == question.item.start)?;
    let rate = question.plan.format.frame_rate;
    let runs_in = last.start < span.start && last.end > rate.start_of(rate.frame_at_or_after(span.start));
    Rule::parse(&question.item.rule).filter(|_| runs_in)?;
    Some(last)
}

/// The layers whose slots do not hold, and why.
pub(super) fn others(question: &Question<'_>, held: Option<&Span<'_>>, all: &[Span<'_>]) -> Vec<OtherLayer> {
    let Question { plan, zone, date, at, .. } = *question;
    let layers = plan.layers.iter().filter(|layer| held.is_none_or(|held| held.layer.name != layer.name));
    let waiting = all.iter().find(|span| span.start <= at && at < span.end);
    let why = |layer: &Layer| {
        if let Some(span) = waiting.filter(|span| span.layer.name == layer.name) {
            return format!("has a slot from {}, which waits until this is over", local::clock(zone, span.start));
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
