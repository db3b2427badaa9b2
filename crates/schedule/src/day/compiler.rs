//! Filling a day: slots in order, items from their pools, slate between them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::{FrameIndex, FrameRate};

use super::last::{self, Last};
use super::lines::{Lines, grid_ns};
use super::order::{self, Chooser};
use super::pools::Pools;
use super::rule::{By, CARD, Choice, Rule};
use super::sequence::Entry;
use super::span::{Span, spans};
use super::{Cursors, DayStart, Item, ScheduleDay, bounds, local};
use crate::asset::{Asset, Kind};
use crate::plan::{NightShow, OffAir, Overrun, Plan, Play, show_time};
use crate::problem::{Position, Problem};

/// More than one item every two seconds is no schedule, and its playlog would not fit anywhere.
const MAX_ITEMS: usize = 50_000;

pub(super) struct Compiler<'a> {
    pools: &'a Pools<'a>,
    plan: &'a Plan,
    zone: &'a TimeZone,
    date: Date,
    rate: FrameRate,
    lines: Lines<'a>,
    /// The last item that was no fallback.
    last: Option<Last>,
    /// The end of the last item: the first frame that is still free.
    at: FrameIndex,
    day_end: FrameIndex,
    chooser: Chooser<'a, 'a>,
    cursors: Cursors,
    items: Vec<Item>,
    full: bool,
    problems: Vec<Problem>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(pools: &'a Pools<'a>, zone: &'a TimeZone, date: Date, start: &DayStart) -> Compiler<'a> {
        let plan = pools.plan;
        let rate = plan.format.frame_rate;
        let (day_start, day_end) = bounds(plan, zone, date);
        let begin = start.busy_until.map_or(day_start, |busy| busy.max(day_start));
        Compiler {
            pools,
            plan,
            zone,
            date,
            rate,
            lines: Lines { zone, rate, grid: grid_ns(plan) },
            last: Last::recall(&start.cursors),
            at: rate.frame_at_or_after(begin),
            day_end: rate.frame_at_or_after(day_end),
            chooser: Chooser::new(pools),
            cursors: start.cursors.clone(),
            items: Vec::new(),
            full: false,
            problems: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> (ScheduleDay, DayStart, Vec<Problem>) {
        self.forget_what_the_plan_does_not_play();
        for span in spans(self.plan, self.zone, self.date) {
            match &span.slot.play {
                Play::Pools(_) => self.play_pools(&span),
                Play::Asset(id) => self.play_asset(&span, id),
                Play::OffAir(off_air) => self.be_off_air(&span, off_air),
            }
        }
        self.slate_until(self.day_end);
        self.rest_over_the_day_end();
        let busy_until = (self.at > self.day_end).then(|| self.rate.start_of(self.at));
        if let Some(last) = &self.last {
            last.note(&mut self.cursors);
        }
        let next = DayStart { cursors: self.cursors, busy_until };
        (ScheduleDay { date: self.date, items: self.items }, next, self.problems)
    }

    fn play_pools(&mut self, span: &Span<'a>) {
        let Some((mut start, end)) = self.room(span) else { return };
        let slot_end = self.rate.frame_at_or_after(span.end);
        // where nothing may run over, a slot begins with what fits: what never does would keep it empty for ever
        let mut begins = self.last.as_ref().is_none_or(|last| last.start < span.start);
        while start < end && self.has_room_for_an_item(span.slot.place) {
            let (lines, at, chooses) = (self.lines, self.at, begins && span.slot.overrun == Overrun::Drop);
            let fits = |entry: &Entry<'_>| {
                let begin = lines.begin(start, entry.frames, at);
                !chooses || lines.end(begin, entry.frames, at, None).0 <= slot_end
            };
            let Some((entry, rule)) = self.chooser.next(span, &self.cursors, &fits) else {
                self.tell_that_nothing_fits(span);
                return;
            };
            start = lines.begin(start, entry.frames, at);
            if start >= end || self.waits(span, start, entry) {
                return;
            }
            let pools = self.pools;
            order::note(&mut self.cursors, self.plan.seed, rule, entry.asset, |id| pools.known(id));
            start = self.push(span, start, entry, rule);
            begins = false;
        }
    }

    fn play_asset(&mut self, span: &Span<'a>, id: &'a str) {
        let rule = Rule { slot: &span.slot.id, choice: Choice::Asset(id) };
        let key = rule.slot_key(&format!("asset {id}"));
        // a slot that reaches over the day's start, or was interrupted, may have played its asset before
        if self.cursors.get(&key).and_then(|played| played.parse().ok()) >= Some(span.whole.0.nanos()) {
            return;
        }
        let Some(entry) = self.pools.asset(id) else { return };
        if let Some((start, end)) = self.room(span)
            && self.has_room_for_an_item(span.slot.place)
        {
            let start = self.lines.begin(start, entry.frames, self.at);
            if span.slot.overrun == Overrun::Drop && self.runs_over(span, start, entry) {
                self.tell_that_nothing_fits(span);
            } else if start < end {
                self.push(span, start, entry, rule);
                self.cursors.extend(self.items.last().map(|item| (key, item.start.nanos().to_string())));
            }
        }
    }

    /// A night begins at its time, or with the end of what runs into it, and ends at its time.
    fn be_off_air(&mut self, span: &Span<'a>, off_air: &'a OffAir) {
        let [start, end] = [span.start, span.end].map(|at| self.rate.frame_at_or_after(at));
        if start.max(self.at) >= end.min(self.day_end) {
            return;
        }
        let runs_into_it = |last: &Last| last.start < span.start && last.end == self.rate.start_of(self.at);
        let begins = self.at <= start || self.last.as_ref().is_some_and(runs_into_it);
        self.slate_until(start);
        if let Some(pool) = off_air.sign_off.as_deref().filter(|_| begins) {
            self.show_off_air(span, Choice::Pool(pool, By::SignOff));
        }
        let show = match &off_air.show {
            NightShow::Card => None,
            NightShow::Pool(pool) => Some(Choice::Pool(pool, By::Sequential)),
            NightShow::Asset(id) => Some(Choice::Asset(id)),
        };
        if let Some(choice) = show {
            while self.at < end.min(self.day_end)
                && self.has_room_for_an_item(span.slot.place)
                && self.show_off_air(span, choice)
            {}
        }
        if self.at < end.min(self.day_end) {
            let shown = Shown {
                title: span.slot.title.clone().unwrap_or_default(),
                subtitle: String::new(),
                kind: Kind::Slate,
                asset_id: None,
                in_offset_frames: 0,
            };
            self.append(end, shown, format!("{} card", span.slot.id));
        }
    }

    /// Appends the asset, or the next item of the pool, which ends with the night. False where there is none.
    fn show_off_air(&mut self, span: &Span<'a>, choice: Choice<'a>) -> bool {
        let entry = match choice {
            Choice::Pool(pool, _) => self.chooser.in_sequence(pool, &self.cursors, &|_| true),
            Choice::Asset(id) => self.pools.asset(id),
        };
        let Some(entry) = entry else { return false };
        let rule = Rule { slot: &span.slot.id, choice };
        let pools = self.pools;
        order::note(&mut self.cursors, self.plan.seed, rule, entry.asset, |id| pools.known(id));
        let end = (self.at + entry.frames).min(self.rate.frame_at_or_after(span.end));
        let (title, subtitle) = titles(entry.asset, span.slot.title.as_deref());
        let (kind, asset_id) = (entry.asset.kind, Some(entry.asset.id.clone()));
        self.append(end, Shown { title, subtitle, kind, asset_id, in_offset_frames: 0 }, rule.to_string());
        self.last = self.items.last().and_then(Last::of);
        true
    }

    /// The frames at which items of `span` may start, where there are any.
    fn room(&mut self, span: &Span<'_>) -> Option<(FrameIndex, FrameIndex)> {
        let start = self.first_start(span);
        let end = self.rate.frame_at_or_after(span.end);
        if start.max(self.at) < end.min(self.day_end) {
            return Some((start, end.min(self.day_end)));
        }
        // else it is over because the rest of a day is compiled
        let is_crowded_out = self.last.as_ref().is_some_and(|last| last.start < span.start && last.end > span.start);
        if end <= self.day_end && is_crowded_out {
            let message = format!(
                "On {} the slot at {} shows nothing from {} to {}: what runs before it lasts longer.",
                span.date,
                show_time(span.slot.at),
                local::clock(self.zone, span.start),
                local::clock(self.zone, span.end)
            );
            let hint = "Let it last longer, or set `overrun: trim` on the slot before.";
            self.tell(Problem::warning("crowded_out", span.slot.place, message).with_hint(hint));
        }
        None
    }

    /// Where the first item of `span` starts: with the slot, or on the next line where something runs into it. An item
    /// that is joined starts with the slot, before what is free.
    fn first_start(&self, span: &Span<'_>) -> FrameIndex {
        let start = self.rate.frame_at_or_after(span.start);
        if self.at <= start || self.is_joined(span) { start } else { self.lines.at_or_after(self.at) }
    }

    /// Whether an item has run into `span` from a slot after which things are joined.
    fn is_joined(&self, span: &Span<'_>) -> bool {
        let Some(last) = self.last.as_ref().filter(|last| last.start < span.start && last.end > span.start) else {
            return false;
        };
        let mut slots = self.plan.layers.iter().flat_map(|layer| &layer.slots);
        slots.any(|slot| slot.id == last.slot && slot.overrun == Overrun::Join)
    }

    /// Appends an item, and tells where the one after it starts.
    fn push(&mut self, span: &Span<'_>, start: FrameIndex, entry: Entry<'_>, rule: Rule<'_>) -> FrameIndex {
        self.slate_until(start);
        let limit = (span.slot.overrun == Overrun::Trim).then(|| self.rate.frame_at_or_after(span.end));
        let (end, next) = self.lines.end(start, entry.frames, self.at, limit);
        let (title, subtitle) = titles(entry.asset, span.slot.title.as_deref());
        let shown = Shown {
            title,
            subtitle,
            kind: entry.asset.kind,
            asset_id: Some(entry.asset.id.clone()),
            in_offset_frames: self.at - start,
        };
        self.append(end, shown, rule.to_string());
        self.last = self.items.last().and_then(Last::of);
        next
    }

    /// The time up to the next grid line is the last item's own, as far as nothing else takes it: there its breaks are.
    fn rest_until(&mut self, end: FrameIndex) {
        let line = self.lines.at_or_after(self.at).min(end);
        if let Some(item) = self.items.last_mut().filter(|item| item.asset_id.is_some())
            && line > self.at
        {
            item.end = self.rate.start_of(line);
            self.at = line;
            self.last = Last::of(item).or(self.last.take());
        }
    }

    /// The same for an item that runs over the day's end, by what the next day shows.
    fn rest_over_the_day_end(&mut self) {
        if self.at <= self.day_end {
            return;
        }
        let next_day = spans(self.plan, self.zone, local::days_after(self.date, 1));
        let frame = |at| self.rate.frame_at_or_after(at);
        let mut here = next_day.iter().filter(|span| frame(span.start) <= self.at && self.at < frame(span.end));
        if here.any(|span| matches!(span.slot.play, Play::OffAir(_)) || self.is_joined(span)) {
            return;
        }
        let next = next_day.iter().map(|span| frame(span.start)).find(|start| *start >= self.at);
        self.rest_until(next.unwrap_or(FrameIndex(i64::MAX)));
    }

    fn slate_until(&mut self, end: FrameIndex) {
        if self.at < end {
            self.rest_until(end);
        }
        if self.at < end {
            let shown = Shown {
                title: self.plan.name.clone(),
                subtitle: String::new(),
                kind: Kind::Slate,
                asset_id: None,
                in_offset_frames: 0,
            };
            self.append(end, shown, CARD.to_owned());
        }
    }

    fn append(&mut self, end: FrameIndex, shown: Shown, rule: String) {
        let Shown { title, subtitle, kind, asset_id, in_offset_frames } = shown;
        self.items.push(Item {
            item_id: format!("{}.{}.{}", self.plan.channel, self.date, self.at.0),
            title,
            subtitle,
            kind,
            start: self.rate.start_of(self.at),
            end: self.rate.start_of(end),
            asset_id,
            in_offset_frames,
            rule,
        });
        self.at = end;
    }

    fn has_room_for_an_item(&mut self, place: Position) -> bool {
        // an item may need slate before it, and the day slate at its end
        let full = self.items.len() + 3 > MAX_ITEMS;
        if full && !self.full {
            let message = format!("The day has more than {MAX_ITEMS} items; the rest of it is slate.");
            let hint = "Set `min_duration` in the pool's match, or a grid.";
            self.problems.push(Problem::warning("too_many_items", place, message).with_hint(hint));
        }
        self.full = full;
        !full
    }

    /// Tells a problem, each kind of a place once.
    fn tell(&mut self, problem: Problem) {
        let same = |told: &Problem| (told.code, told.line, told.column) == (problem.code, problem.line, problem.column);
        if !self.problems.iter().any(same) {
            self.problems.push(problem);
        }
    }

    fn tell_that_nothing_fits(&mut self, span: &Span<'_>) {
        if let Play::Pools(pools) = &span.slot.play
            && pools.iter().all(|pool| self.pools.pool(pool).entries.is_empty())
        {
            return;
        }
        let message = format!("On {} nothing is short enough for the slot at {}.", span.date, show_time(span.slot.at));
        let hint = "Let it last longer, play something shorter, or let items run over with `overrun: bleed`.";
        self.tell(Problem::warning("nothing_fits", span.slot.place, message).with_hint(hint));
    }

    fn runs_over(&self, span: &Span<'_>, start: FrameIndex, entry: Entry<'_>) -> bool {
        self.lines.end(start, entry.frames, self.at, None).0 > self.rate.frame_at_or_after(span.end)
    }

    /// Whether `entry` is not begun at `start`, since it would run over and may not. That is told.
    fn waits(&mut self, span: &Span<'_>, start: FrameIndex, entry: Entry<'_>) -> bool {
        if span.slot.overrun != Overrun::Drop || !self.runs_over(span, start, entry) {
            return false;
        }
        let message = format!(
            "On {} {:?} is too long for what is left of the slot at {}, and has its turn the next time.",
            span.date,
            entry.asset.title,
            show_time(span.slot.at)
        );
        let hint = "The fallback covers the rest; `overrun: bleed` would let it run over.";
        self.tell(Problem::warning("dropped", span.slot.place, message).with_hint(hint));
        true
    }

    /// What is remembered of what the plan no longer has does not pile up.
    fn forget_what_the_plan_does_not_play(&mut self) {
        let slots = self.plan.layers.iter().flat_map(|layer| &layer.slots);
        let played: BTreeSet<String> = slots.flat_map(order::keys).collect();
        self.cursors.retain(|key, _| key == last::KEY || played.contains(key) || self.plan.pools.contains_key(key));
    }
}

/// What an item shows.
struct Shown {
    title: String,
    subtitle: String,
    kind: Kind,
    asset_id: Option<String>,
    in_offset_frames: i64,
}

/// Title and subtitle for guides: the series and `S01E02 Pilot`; the slot's own title stands before the item's.
pub(super) fn titles(asset: &Asset, slot: Option<&str>) -> (String, String) {
    let season = asset.season.map(|season| format!("S{season:02}"));
    let episode = asset.episode.map(|episode| format!("E{episode:02}"));
    let number = season.filter(|_| episode.is_some()).unwrap_or_default() + &episode.unwrap_or_default();
    let series = asset.series.as_deref().filter(|series| !series.is_empty());
    let own = Some(asset.title.as_str()).filter(|title| series.is_none_or(|series| series != *title));
    let title = slot.or(series).unwrap_or(&asset.title);
    let series = series.filter(|_| slot.is_some());
    let own = own.filter(|_| slot.is_some() || asset.series.is_some());
    let parts = [series, Some(number.as_str()), own].into_iter().flatten().filter(|part| !part.is_empty());
    (title.to_owned(), parts.collect::<Vec<_>>().join(" "))
}
