//! One item cut to events: the acts of a programme, the breaks between them, and what covers the rest.

use jiff::tz::TimeZone;
use retrovue_timeline::{FrameIndex, UtcTime};

use super::Event;
use super::acts::{self, Point};
use super::pod::{self, Chosen, Making, Strictness};
use super::rules::{Broken, Rules};
use super::stock::{Spot, Stock};
use crate::asset::{Asset, Kind};
use crate::day::{self, CARD, Item};
use crate::plan::{Breaks, Plan, Traffic};
use crate::problem::Problem;

/// What is left is not worth a cut filler below this many milliseconds, nor worth telling that nothing fills it.
const WORTH_MILLIS: i64 = 1000;

/// A programme is not broken for less than so many usual pods.
const USUAL_PODS: i64 = 2;

/// Cuts one item after another.
pub(super) struct Cutting<'c, 'a> {
    pub(super) plan: &'a Plan,
    pub(super) zone: &'a TimeZone,
    pub(super) stock: Stock<'a>,
    pub(super) problems: Vec<Problem>,
    pub(super) events: &'c mut Vec<Event>,
}

/// The item that is being cut.
struct Block<'i, 'a> {
    item: &'i Item,
    breaks: &'a Breaks,
    traffic: &'a Traffic,
    /// The first frame that nothing covers yet.
    at: FrameIndex,
    end: FrameIndex,
    /// House frames of the programme that were shown.
    shown: i64,
    /// Its breaks so far.
    count: usize,
    /// How many frames of it fade in next.
    fade_in: i64,
}

impl<'a> Cutting<'_, 'a> {
    /// Appends the events of `item`, which shows `asset`, where anything is known of that.
    pub(super) fn cut(&mut self, item: &Item, asset: Option<&Asset>) {
        let rate = self.plan.format.frame_rate;
        let slot = day::slot_of(self.plan, item);
        let mut block = Block {
            item,
            breaks: slot.and_then(|slot| slot.breaks.as_ref()).unwrap_or(&self.plan.breaks),
            traffic: slot.and_then(|slot| slot.traffic.as_ref()).unwrap_or(&self.plan.traffic),
            at: rate.frame_at_or_after(item.start),
            end: rate.frame_at_or_after(item.end),
            shown: 0,
            count: 0,
            fade_in: 0,
        };
        if item.asset_id.is_some() {
            let room = block.end - block.at;
            let frames = asset.map_or(room, |asset| rate.slots_within(asset.duration_ns) - item.in_offset_frames);
            let frames = if frames > 0 { frames.min(room) } else { room };
            let breaks = asset.filter(|_| item.kind == Kind::Programme && !block.breaks.pod.is_empty());
            match breaks.map(|asset| (asset, self.usual_pod(block.breaks))) {
                Some((asset, pod)) if pod > 0 => self.cut_with_breaks(&mut block, asset, frames, pod),
                _ => self.act(&mut block, frames, None),
            }
        }
        if item.is_off_air() {
            let left = block.end - block.at;
            self.append(&mut block, Kind::Slate, item.title.clone(), None, left, item.rule.clone());
        }
        self.cover(&mut block);
    }

    /// How long a break is that holds one of each part.
    fn usual_pod(&self, breaks: &Breaks) -> i64 {
        breaks.pod.iter().map(|part| self.stock.usual_frames(&part.pool)).sum()
    }

    fn cut_with_breaks(&mut self, block: &mut Block<'_, 'a>, asset: &Asset, frames: i64, pod: i64) {
        let Breaks { after, .. } = *block.breaks;
        let mut left = block.end - block.at - frames;
        let most = usize::try_from(left / (pod * USUAL_PODS)).unwrap_or(0).saturating_sub(usize::from(after));
        let rate = self.plan.format.frame_rate;
        let points = acts::points(block.breaks, asset, rate, block.item.in_offset_frames, frames, most);
        for (nth, point) in points.iter().enumerate() {
            let breaks = i64::try_from(points.len() - nth + usize::from(after)).unwrap_or(1);
            let begin = block.at + (point.frame - block.shown);
            let pod = self.make(block, begin, left / breaks, Strictness::UnlessEmpty);
            let is_worth_it = pod.iter().any(|chosen| repeats(block.breaks, chosen)) || !any_repeats(block.breaks);
            if pod.is_empty() || !is_worth_it {
                continue;
            }
            left -= pod::frames(&pod);
            self.act(block, point.frame - block.shown, Some(*point));
            self.show(block, pod);
        }
        self.act(block, frames - block.shown, None);
        if after {
            let pod = self.make(block, block.at, left, Strictness::UnlessFull);
            self.show(block, pod);
            self.tell_what_is_left(block);
        }
    }

    /// What fills a break of `room` frames from `begin` on.
    fn make(&self, block: &Block<'_, 'a>, begin: FrameIndex, room: i64, strictness: Strictness) -> Vec<Chosen<'a>> {
        let rate = self.plan.format.frame_rate;
        let from = rate.start_of(begin);
        let date = day::date_at(self.plan, self.zone, from);
        let rules = Rules {
            traffic: block.traffic,
            zone: self.zone,
            from,
            until: rate.start_of(begin + room),
            day_start: day::bounds(self.plan, self.zone, date).0,
        };
        // filler goes before a rule
        let has_filler = self.plan.fallback.iter().any(|pool| self.stock.due(pool).next().is_some());
        let strictness = if has_filler { Strictness::Strict } else { strictness };
        Making { stock: &self.stock, rules: &rules, rate, begin, strictness }.pod(&block.breaks.pod, room)
    }

    /// Appends `frames` of the programme, up to the break at `until`.
    fn act(&mut self, block: &mut Block<'_, 'a>, frames: i64, until: Option<Point>) {
        if frames <= 0 {
            return;
        }
        let item = block.item;
        let rate = self.plan.format.frame_rate;
        let fade = i64::try_from(block.breaks.fade.as_nanos()).map_or(0, |nanos| rate.slots_within(nanos));
        let fade_in_frames = block.fade_in.min(frames / 2);
        let fade_out_frames = until.filter(|point| point.is_computed).map_or(0, |_| fade.min(frames / 2));
        block.fade_in = until.filter(|point| point.is_computed).map_or(0, |_| fade);
        let event = Event {
            event_id: format!("{}.{}", item.item_id, block.at.0),
            block_id: item.item_id.clone(),
            kind: item.kind,
            title: item.title.clone(),
            start_frame: block.at,
            frame_count: frames,
            asset_id: item.asset_id.clone(),
            in_offset_frames: item.in_offset_frames + block.shown,
            fade_in_frames,
            fade_out_frames,
            rule: item.rule.clone(),
        };
        self.events.push(event);
        block.shown += frames;
        block.at = block.at + frames;
    }

    /// Appends a break.
    fn show(&mut self, block: &mut Block<'_, 'a>, pod: Vec<Chosen<'a>>) {
        block.count += usize::from(!pod.is_empty());
        for Chosen { spot, pool, broken } in pod {
            let mut rule = format!("break {} {pool}", block.count);
            if let Some(broken) = broken {
                rule = format!("{rule}, {broken}");
                self.tell_what_is_broken(block, spot, broken);
            }
            self.spot(block, spot, spot.frames, rule);
        }
    }

    /// Appends `frames` of a spot, ident or filler.
    fn spot(&mut self, block: &mut Block<'_, 'a>, spot: Spot<'a>, frames: i64, rule: String) {
        self.stock.note(spot.asset, self.plan.format.frame_rate.start_of(block.at));
        let (kind, title) = (spot.asset.kind, spot.asset.title.clone());
        self.append(block, kind, title, Some(spot.asset.id.clone()), frames, rule);
    }

    fn append(
        &mut self,
        block: &mut Block<'_, 'a>,
        kind: Kind,
        title: String,
        asset_id: Option<String>,
        frames: i64,
        rule: String,
    ) {
        if frames <= 0 {
            return;
        }
        self.events.push(Event {
            event_id: format!("{}.{}", block.item.item_id, block.at.0),
            block_id: block.item.item_id.clone(),
            kind,
            title,
            start_frame: block.at,
            frame_count: frames,
            asset_id,
            in_offset_frames: 0,
            fade_in_frames: 0,
            fade_out_frames: 0,
            rule,
        });
        block.at = block.at + frames;
    }

    /// Covers what is left with the fallback: filler one after another, the last one cut, and the card where there is
    /// none.
    fn cover(&mut self, block: &mut Block<'_, 'a>) {
        let worth = self.plan.format.frame_rate.slots_within(WORTH_MILLIS * 1_000_000);
        while block.at < block.end {
            let left = block.end - block.at;
            let whole =
                |pool: &'a String| self.stock.due(pool).find(|spot| spot.frames <= left).map(|spot| (pool, spot));
            let cut = |pool: &'a String| self.stock.due(pool).next().map(|spot| (pool, spot));
            let plan = self.plan;
            let found = plan.fallback.iter().find_map(whole).or_else(|| plan.fallback.iter().find_map(cut));
            match found.filter(|_| left >= worth) {
                Some((pool, spot)) => self.spot(block, spot, left.min(spot.frames), format!("fallback {pool}")),
                None => self.append(block, Kind::Slate, plan.name.clone(), None, left, CARD.to_owned()),
            }
        }
    }

    fn tell_what_is_left(&mut self, block: &Block<'_, 'a>) {
        let rate = self.plan.format.frame_rate;
        let millis = rate.millis_in(block.end - block.at);
        if millis < WORTH_MILLIS || !self.plan.fallback.is_empty() {
            return;
        }
        let at = rate.start_of(block.at);
        let message = format!(
            "On {} at {} the spots at hand leave {} s of a break to the card.",
            day::date_at(self.plan, self.zone, at),
            day::clock(self.zone, at),
            (millis + 500) / 1000
        );
        let hint = "Add spots of other lengths, or filler: `fallback: [ POOL, card ]`.";
        self.tell(Problem::warning("thin_pod", block.breaks.place, message).with_hint(hint));
    }

    fn tell_what_is_broken(&mut self, block: &Block<'_, 'a>, spot: Spot<'a>, broken: Broken) {
        let at: UtcTime = self.plan.format.frame_rate.start_of(block.at);
        let message = format!(
            "On {} at {} {:?} is shown for want of anything else: {broken}.",
            day::date_at(self.plan, self.zone, at),
            day::clock(self.zone, at),
            spot.asset.title
        );
        let hint = "Add spots, ease the rule, or let filler take its place: `fallback: [ POOL, card ]`.";
        self.tell(Problem::warning("rule_broken", block.breaks.place, message).with_hint(hint));
    }

    /// Tells a problem, each kind of a place once.
    fn tell(&mut self, problem: Problem) {
        let same = |told: &Problem| (told.code, told.line, told.column) == (problem.code, problem.line, problem.column);
        if !self.problems.iter().any(same) {
            self.problems.push(problem);
        }
    }
}

fn any_repeats(breaks: &Breaks) -> bool {
    breaks.pod.iter().any(|part| part.repeats)
}

/// Whether it is of a part that repeats.
fn repeats(breaks: &Breaks, chosen: &Chosen<'_>) -> bool {
    breaks.pod.iter().any(|part| part.repeats && part.pool == chosen.pool)
}
