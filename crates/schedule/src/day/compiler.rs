//! Filling a day: slots in order, items from their pools, slate between them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::pools::Pools;
use super::rule::Rule;
use super::sequence::{Entry, Sequence};
use super::span::{Span, spans};
use super::{Cursors, DayStart, Item, ScheduleDay, bounds, local};
use crate::asset::{Asset, Kind};
use crate::plan::{Overrun, Plan, Play, show_time};
use crate::problem::{Position, Problem};

/// More than one item every two seconds is no schedule, and its playlog would not fit anywhere.
const MAX_ITEMS: usize = 50_000;

pub(super) struct Compiler<'a> {
    pools: &'a Pools<'a>,
    plan: &'a Plan,
    zone: &'a TimeZone,
    date: Date,
    rate: FrameRate,
    /// Nanoseconds between grid lines.
    grid: Option<i64>,
    /// The end of the last item: the first frame that is still free.
    at: FrameIndex,
    day_end: FrameIndex,
    sequences: BTreeMap<&'a str, Sequence<'a>>,
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
            grid: plan.grid.map(|grid| i64::try_from(grid.as_nanos()).unwrap_or(i64::MAX).max(1)),
            at: rate.frame_at_or_after(begin),
            day_end: rate.frame_at_or_after(day_end),
            sequences: BTreeMap::new(),
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
                Play::Pool(pool) => self.play_pool(&span, pool),
                Play::Asset(id) => self.play_asset(&span, id),
            }
        }
        self.slate_until(self.day_end);
        let busy_until = (self.at > self.day_end).then(|| self.rate.start_of(self.at));
        let next = DayStart { cursors: self.cursors, busy_until };
        (ScheduleDay { date: self.date, items: self.items }, next, self.problems)
    }

    fn play_pool(&mut self, span: &Span<'a>, pool: &'a str) {
        let rule = Rule::Pool { slot: span.slot.index, pool };
        if self.pools.pool(pool).is_empty() {
            return;
        }
        let Some((mut start, end)) = self.room(span) else { return };
        while start < end && self.has_room_for_an_item(span.slot.place) {
            let pools = self.pools;
            let begin = || Sequence::new(pools.pool(pool), self.cursors.get(pool).map(String::as_str));
            let Some((entry, cursor)) = self.sequences.entry(pool).or_insert_with(begin).advance() else { return };
            self.cursors.insert(pool.to_owned(), cursor);
            start = self.push(span, start, entry, rule);
        }
    }

    fn play_asset(&mut self, span: &Span<'a>, id: &'a str) {
        let rule = Rule::Asset { slot: span.slot.index, id };
        let key = rule.cursor_key().unwrap_or_default();
        // a slot that reaches over the day's start may have played its asset before it
        if self.cursors.get(&key).and_then(|played| played.parse().ok()) >= Some(span.start.nanos()) {
            return;
        }
        let Some(entry) = self.pools.asset(id) else { return };
        if let Some((start, _)) = self.room(span)
            && self.has_room_for_an_item(span.slot.place)
        {
            self.cursors.insert(key, self.rate.start_of(start).nanos().to_string());
            self.push(span, start, entry, rule);
        }
    }

    /// The frames at which items of `span` may start, where there are any.
    fn room(&mut self, span: &Span<'_>) -> Option<(FrameIndex, FrameIndex)> {
        let start = self.first_start(span);
        let end = self.rate.frame_at_or_after(span.end);
        if start < end.min(self.day_end) {
            return Some((start, end.min(self.day_end)));
        }
        // without an item of this day before it, it is over because the rest of a day is compiled
        if end <= self.day_end && !self.items.is_empty() {
            let message = format!(
                "On {} the slot at {} shows nothing: what runs before it lasts until it is over.",
                span.date,
                show_time(span.slot.at)
            );
            let hint = "Let it last longer, or set `overrun: trim` on the slot before.";
            self.problems.push(Problem::warning("crowded_out", span.slot.place, message).with_hint(hint));
        }
        None
    }

    /// Where the first item of `span` starts: with the slot, or on the next line where something runs into it.
    fn first_start(&self, span: &Span<'_>) -> FrameIndex {
        let start = self.rate.frame_at_or_after(span.start);
        if self.at <= start { start } else { self.line_at_or_after(self.at) }
    }

    /// Appends an item, and tells where the one after it starts.
    fn push(&mut self, span: &Span<'_>, start: FrameIndex, entry: Entry<'_>, rule: Rule<'_>) -> FrameIndex {
        self.slate_until(start);
        let mut end = start + entry.frames;
        if span.slot.overrun == Overrun::Trim {
            end = end.min(self.rate.frame_at_or_after(span.end));
        }
        let next = self.line_at_or_after(end - 1);
        // lines are whole frames apart only on average: what is one frame too long for its lines ends on the line
        if self.grid.is_some() && next == end - 1 && next > start {
            end = next;
        }
        let next = if next < end { self.line_at_or_after(end) } else { next };
        let (title, subtitle) = titles(entry.asset, span.slot.title.as_deref());
        self.append(end, (title, subtitle), entry.asset.kind, Some(entry.asset.id.clone()), rule);
        next
    }

    fn slate_until(&mut self, end: FrameIndex) {
        if self.at < end {
            self.append(end, (self.plan.name.clone(), String::new()), Kind::Slate, None, Rule::Fallback);
        }
    }

    fn append(
        &mut self,
        end: FrameIndex,
        (title, subtitle): (String, String),
        kind: Kind,
        asset_id: Option<String>,
        rule: Rule<'_>,
    ) {
        self.items.push(Item {
            item_id: format!("{}.{}.{}", self.plan.channel, self.date, self.at.0),
            title,
            subtitle,
            kind,
            start: self.rate.start_of(self.at),
            end: self.rate.start_of(end),
            asset_id,
            in_offset_frames: 0,
            rule: rule.to_string(),
        });
        self.at = end;
    }

    /// The first frame at `frame` or later that a grid line falls to; `frame` itself where there is no grid.
    fn line_at_or_after(&self, frame: FrameIndex) -> FrameIndex {
        let Some(grid) = self.grid else { return frame };
        // a line belongs to the frame that starts at it or next after it
        let after_the_frame_before = UtcTime::from_nanos(self.rate.start_of(frame - 1).nanos().saturating_add(1));
        self.rate.frame_at_or_after(local::line_at_or_after(self.zone, grid, after_the_frame_before)).max(frame)
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

    /// Cursors of pools that the plan no longer has do not pile up.
    fn forget_what_the_plan_does_not_play(&mut self) {
        let plays = self.plan.slots.iter().filter_map(|slot| match &slot.play {
            Play::Pool(_) => None,
            Play::Asset(id) => Rule::Asset { slot: slot.index, id }.cursor_key(),
        });
        let plays: BTreeSet<String> = plays.collect();
        self.cursors.retain(|key, _| plays.contains(key) || self.plan.pools.contains_key(key));
    }
}

/// Title and subtitle for guides: the series and `S01E02 Pilot`; the slot's own title stands before the item's.
fn titles(asset: &Asset, slot: Option<&str>) -> (String, String) {
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
