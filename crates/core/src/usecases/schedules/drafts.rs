//! Drafts: what a channel's future becomes under a plan, ready to be stored and not yet stored.
//!
//! A draft continues what is stored, or takes over from a cut: what lies before the cut stays as it was published,
//! what lies after it is compiled again from where the sequences stand there.

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::Date;
use retrovue_schedule::playlog::{self, Plays};
use retrovue_schedule::{Asset, DayStart, Event, Item, Kind, Problem, day};
use retrovue_store::schedules::{Channel, ChannelChange, StoredDay, StoredEvent, StoredItem};
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::subjects::Subject;
use super::{BEHIND_NOW, Desk, Library, PAST_KEPT};
use crate::failure::Failure;

/// Days compiled by one decision: more than what is kept of the past and the longest outlook together.
const MAX_DAYS: usize = 120;

/// At another rate, a line of the grid falls up to a frame beside the item that began with it.
const LONGEST_FRAME: Duration = Duration::from_millis(42);

/// The end of time, for spans without an end.
pub(super) const FOR_EVER: UtcTime = UtcTime::from_nanos(i64::MAX);

/// A change and what was found wrong while drafting it.
pub(super) struct Draft {
    pub(super) change: ChannelChange,
    pub(super) problems: Vec<Problem>,
}

/// Where a new future begins. The instant is a frame's start at the channel's new rate.
pub(super) struct Cut {
    pub(super) at: UtcTime,
    pub(super) start: DayStart,
}

impl Desk {
    /// Drafts what `subject` shows up to the horizons, after `cut` or else after all that is stored. `old_rate` is the
    /// frame rate of the stored playlog where the plan has another: then all of it is moved to the new frames.
    pub(super) fn draft(
        &self,
        subject: &Subject,
        cut: Option<Cut>,
        old_rate: Option<FrameRate>,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<Draft, Failure> {
        let mut draft = Draft { change: ChannelChange::of(subject.channel.clone()), problems: Vec::new() };
        draft.change.items_from = cut.as_ref().map(|cut| cut.at);
        let locked = self.locked_until(&subject.channel.id, now)?;
        let rate = subject.plan.format.frame_rate;
        let locked = locked.map(|locked| rate.start_of(rate.frame_at(locked)));
        draft.change.frozen_from = draft.change.items_from.filter(|at| locked.is_some_and(|locked| *at < locked));
        self.draft_days(&mut draft, subject, cut, library, now)?;
        self.draft_events(&mut draft, subject, old_rate, library, now)?;
        draft
            .problems
            .sort_by(|a, b| (a.line, a.column, a.code, &a.message).cmp(&(b.line, b.column, b.code, &b.message)));
        // a day tells of a slot what the day before told
        draft.problems.dedup_by(|a, b| (a.code, a.line, a.column) == (b.code, b.line, b.column));
        Ok(draft)
    }

    /// Drafts the playlog of `subject` anew from `from` on, where an item begins, and leaves the items as they are.
    pub(super) fn draft_breaks(
        &self,
        subject: &Subject,
        from: UtcTime,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<Draft, Failure> {
        let mut draft = Draft { change: ChannelChange::of(subject.channel.clone()), problems: Vec::new() };
        draft.change.events_from = Some(subject.plan.format.frame_rate.frame_at_or_after(from));
        self.draft_events(&mut draft, subject, None, library, now)?;
        Ok(draft)
    }

    fn draft_days(
        &self,
        draft: &mut Draft,
        subject: &Subject,
        cut: Option<Cut>,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<(), Failure> {
        let Subject { channel, plan, zone } = subject;
        let today = day::date_at(plan, zone, now);
        let last = today.saturating_add(jiff::Span::new().days(self.outlook().days));
        let reach = now.plus(self.outlook().playlog.max(self.outlook().locked));
        let published = self.published_from(&channel.id, cut.as_ref())?;
        let (mut date, mut start, mut end) = match cut {
            Some(cut) => (day::date_at(plan, zone, cut.at), cut.start, cut.at),
            None => match self.store.last_schedule_day(&channel.id)? {
                Some(stored) => {
                    let end = self.store.schedule_end(&channel.id)?.unwrap_or(UtcTime::EPOCH);
                    if end >= now.minus(PAST_KEPT) {
                        (stored.date.saturating_add(jiff::Span::new().days(1)), stored.end, end)
                    } else {
                        // after so long a pause nothing between is worth compiling; the sequences go on
                        let start = DayStart { cursors: stored.end.cursors, busy_until: None };
                        (day::date_at(plan, zone, now.minus(BEHIND_NOW)), start, UtcTime::EPOCH)
                    }
                }
                None => (day::date_at(plan, zone, now.minus(BEHIND_NOW)), DayStart::default(), UtcTime::EPOCH),
            },
        };
        if date > last && end >= reach {
            return Ok(());
        }
        let (pools, problems) = day::Pools::fill(plan, library.assets()?);
        draft.problems.extend(problems);
        for _ in 0..MAX_DAYS {
            if date > last && end >= reach {
                break;
            }
            let (compiled, next, problems) = pools.compile(zone, date, &start);
            end = compiled.items.last().map_or(end, |item| item.end);
            let generation = channel.generation;
            draft.change.items.extend(compiled.items.into_iter().map(|mut item| {
                item.item_id = match published.get(&item.start).filter(|published| is_same(published, &item)) {
                    Some(published) => published.item_id.clone(),
                    // an id never means something else than it once did
                    None => named(item.item_id, generation),
                };
                StoredItem { date, generation, item }
            }));
            draft.change.days.push(StoredDay { date, generation, start, end: next.clone() });
            draft.problems.extend(problems);
            (date, start) = (date.saturating_add(jiff::Span::new().days(1)), next);
        }
        Ok(())
    }

    fn draft_events(
        &self,
        draft: &mut Draft,
        subject: &Subject,
        old_rate: Option<FrameRate>,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<(), Failure> {
        let id = &subject.channel.id;
        let rate = subject.plan.format.frame_rate;
        let span = self.store.playlog_span(id)?;
        let breaks_from = draft.change.events_from;
        let cut = breaks_from.or_else(|| draft.change.items_from.map(|at| rate.frame_at_or_after(at)));
        // where the new events begin; a fresh playlog begins with whole items
        let begin = match (old_rate, span) {
            (Some(old_rate), Some((first, end))) => {
                let stored = self.store.playlog_events(id, first, end)?;
                let (moved, end) = moved(&stored, old_rate, rate, cut);
                draft.change.events_from = Some(FrameIndex(i64::MIN));
                draft.change.events = moved;
                Some(end)
            }
            (_, Some((_, end))) => {
                draft.change.events_from = cut.filter(|cut| *cut < end);
                Some(draft.change.events_from.unwrap_or(end))
            }
            (_, None) => None,
        };
        let target = now.plus(self.outlook().playlog);
        let from = begin.map_or_else(|| now.minus(BEHIND_NOW), |begin| rate.start_of(begin));
        if from >= target {
            return Ok(());
        }
        let items_from = draft.change.items_from;
        let mut items = self.store.schedule_items(id, from, items_from.map_or(target, |at| at.min(target)))?;
        if let (Some(at), Some(last)) = (items_from, items.last_mut()) {
            last.item.end = last.item.end.min(at);
        }
        items.extend(draft.change.items.iter().cloned());
        items.retain(|StoredItem { item, .. }| {
            let continues = begin.map_or(item.end > from, |begin| rate.frame_at_or_after(item.start) >= begin);
            item.start < target && continues
        });
        let generations: HashMap<_, _> =
            items.iter().map(|stored| (stored.item.item_id.clone(), stored.generation)).collect();
        let items: Vec<Item> = items.into_iter().map(|stored| stored.item).collect();
        let known = |block_id: &str| generations.get(block_id).copied().filter(|_| breaks_from.is_none());
        let of = |block_id: &str| known(block_id).unwrap_or(subject.channel.generation);
        let (events, problems) = self.cut_to_events(subject, &items, &draft.change.events, library)?;
        draft.problems.extend(problems);
        draft.change.events.extend(events.into_iter().map(|mut event| {
            let generation = of(&event.block_id);
            // an item that stayed the same may have been cut otherwise
            if !event.block_id.ends_with(&named(String::new(), generation)) {
                event.event_id = named(event.event_id, generation);
            }
            StoredEvent { generation, event }
        }));
        Ok(())
    }

    /// The events of `items`, whose breaks and holes go by what was shown in those before them: what is stored, or
    /// `moved` in its place.
    fn cut_to_events(
        &self,
        subject: &Subject,
        items: &[Item],
        moved: &[StoredEvent],
        library: &Library<'_>,
    ) -> Result<(Vec<Event>, Vec<Problem>), Failure> {
        let Subject { channel, plan, zone } = subject;
        let rate = plan.format.frame_rate;
        let Some(first) = items.first() else { return Ok(Default::default()) };
        let ids: Vec<String> = items.iter().filter_map(|item| item.asset_id.clone()).collect();
        let shown = self.store.shown_assets(&ids)?;
        let (mut plays, mut spots): (Plays, &[Asset]) = Default::default();
        if plan.fills() {
            spots = library.assets()?;
            plays = if moved.is_empty() {
                self.plays_before(channel, rate, first.start)?
            } else {
                let spots = moved.iter().map(|stored| &stored.event).filter(|event| event.kind != Kind::Programme);
                spots.filter_map(|spot| Some((spot.asset_id.clone()?, rate.start_of(spot.start_frame)))).collect()
            };
        }
        let source = playlog::Source { plan, zone, library: spots, shown: &shown };
        Ok(playlog::compile(&source, items, plays))
    }

    /// What breaks and holes have shown before `to`, as far back as rules reach.
    pub(super) fn plays_before(&self, channel: &Channel, rate: FrameRate, to: UtcTime) -> Result<Plays, Failure> {
        let from = to.minus(playlog::REMEMBERED);
        let frames = [from, to].map(|at| rate.frame_at_or_after(at));
        let spots = self.store.spots_shown(channel, frames[0], frames[1], from)?;
        Ok(spots.into_iter().map(|(asset_id, frame)| (asset_id, rate.start_of(frame))).collect())
    }

    /// The items that a cut drops, by when they start: what is planned again as it was published is still the same.
    fn published_from(&self, channel_id: &str, cut: Option<&Cut>) -> Result<HashMap<UtcTime, Item>, Failure> {
        let Some(cut) = cut else { return Ok(HashMap::new()) };
        let items = self.store.schedule_items(channel_id, cut.at, FOR_EVER)?.into_iter().map(|stored| stored.item);
        Ok(items.filter(|item| item.start >= cut.at).map(|item| (item.start, item)).collect())
    }

    /// The first item boundary at least the locked time ahead: nothing before it changes. `None` where nothing is
    /// stored beyond now.
    pub(super) fn locked_until(&self, channel_id: &str, now: UtcTime) -> Result<Option<UtcTime>, Failure> {
        match self.boundary(channel_id, now.plus(self.outlook().locked))? {
            Some(boundary) => Ok(Some(boundary)),
            None => Ok(self.store.schedule_end(channel_id)?.filter(|end| *end > now)),
        }
    }

    /// The first item boundary at `edge` or later. `None` where nothing is stored at `edge`.
    pub(super) fn boundary(&self, channel_id: &str, edge: UtcTime) -> Result<Option<UtcTime>, Failure> {
        let on_air = self.store.schedule_items(channel_id, edge, edge.plus(Duration::from_nanos(1)))?;
        Ok(on_air.first().map(|stored| if stored.item.start == edge { edge } else { stored.item.end }))
    }

    /// The cut at which a changed `subject` takes over: the locked point; with a `lead` the first line of its grid so far
    /// ahead; now where the locked part is dead air that nobody misses; where nothing is stored beyond now, the end of
    /// what is stored.
    pub(super) fn cut(
        &self,
        subject: &Subject,
        lead: Option<Duration>,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<Option<Cut>, Failure> {
        let id = &subject.channel.id;
        if let Some(locked) = self.locked_until(id, now)? {
            let at = match lead {
                Some(lead) => {
                    let line = day::line_at_or_after(&subject.plan, &subject.zone, now.plus(lead));
                    let near = self.store.schedule_items(id, line.minus(LONGEST_FRAME), line.plus(LONGEST_FRAME))?;
                    let mut starts = near.iter().map(|stored| stored.item.start);
                    let start = starts.find(|start| start.max(&line).since(*start.min(&line)) < LONGEST_FRAME);
                    start.unwrap_or(line).min(locked)
                }
                None if self.is_dead(id, now, locked)? => now,
                None => locked,
            };
            return self.cut_at(subject, at, library).map(Some);
        }
        match self.store.schedule_end(id)? {
            Some(end) if end >= now.minus(PAST_KEPT) => self.cut_at(subject, end, library).map(Some),
            _ => Ok(None),
        }
    }

    /// The cut at `at`, or at the frame that is shown then.
    pub(super) fn cut_at(&self, subject: &Subject, at: UtcTime, library: &Library<'_>) -> Result<Cut, Failure> {
        let id = &subject.channel.id;
        let rate = subject.plan.format.frame_rate;
        let (boundary, at) = (at, rate.start_of(rate.frame_at(at)));
        let before = self.store.schedule_items(id, at.minus(Duration::from_nanos(1)), at)?;
        let Some(date) = before.first().map(|stored| stored.date) else {
            return Ok(Cut { at, start: DayStart { busy_until: Some(at), ..DayStart::default() } });
        };
        let (start, mut kept) = self.shown_before(&subject.channel, date, at)?.unwrap_or_default();
        // what is broken off was not shown, and comes again
        kept.retain(|item| item.end <= boundary);
        // what has vanished was shown all the same
        let shown: Vec<String> = kept.iter().filter_map(|item| item.asset_id.clone()).collect();
        let shown = self.store.shown_assets(&shown)?;
        let mut start = day::after(subject.plan.seed, &start, &kept, library.assets()?.iter().chain(&shown));
        start.busy_until = Some(at);
        Ok(Cut { at, start })
    }

    /// Where the sequences stood at the beginning of the day `date`, and what was shown from then on before `at`. The rest of
    /// a day that was compiled again in its midst, or under another zone or start of the day, begins after what was
    /// shown before: then both are of an earlier day. None where that is not known any more.
    pub(super) fn shown_before(
        &self,
        channel: &Channel,
        date: Date,
        at: UtcTime,
    ) -> Result<Option<(DayStart, Vec<Item>)>, Failure> {
        let id = &channel.id;
        let shown = |from: UtcTime| -> Result<Vec<Item>, Failure> {
            let items = self.store.schedule_items(id, from, at)?.into_iter().map(|stored| stored.item);
            Ok(items.filter(|item| from <= item.start).collect())
        };
        let mut day = self.store.schedule_day_before(id, date.saturating_add(jiff::Span::new().days(1)))?;
        while let Some(found) = day {
            if let Some(begin) = self.begin_of(id, &found)?.filter(|begin| *begin <= at) {
                return Ok(Some((found.start, shown(begin)?)));
            }
            day = self.store.schedule_day_before(id, found.date)?;
        }
        // or all of it is of the channel's first day
        let created = UtcTime::from_millis(channel.created_ms);
        let all = self.store.schedule_items(id, UtcTime::EPOCH, at.plus(Duration::from_nanos(1)))?;
        let is_first = all.first().is_some_and(|first| first.generation == 1 && first.item.start <= created);
        let before = all.into_iter().map(|stored| stored.item).filter(|item| item.start < at);
        Ok(is_first.then(|| (DayStart::default(), before.collect())))
    }

    /// When the first item of `day` starts. What another zone or start of the day has left under the same date lies apart
    /// from it.
    fn begin_of(&self, channel_id: &str, day: &StoredDay) -> Result<Option<UtcTime>, Failure> {
        let items = self.store.schedule_items_of(channel_id, day.date)?.into_iter().map(|stored| stored.item);
        let items: Vec<Item> =
            items.filter(|item| day.start.busy_until.is_none_or(|begin| item.start >= begin)).collect();
        let seam = items.windows(2).rposition(|pair| pair[0].end < pair[1].start);
        Ok(items.get(seam.map_or(0, |seam| seam + 1)).map(|first| first.start))
    }

    /// Whether nothing but slate is stored from `from` to `to`, and the channel is not off air.
    pub(super) fn is_dead(&self, channel_id: &str, from: UtcTime, to: UtcTime) -> Result<bool, Failure> {
        let items = self.store.schedule_items(channel_id, from, to)?;
        Ok(items.iter().all(|stored| stored.item.kind == Kind::Slate && !stored.item.is_off_air()))
    }
}

/// A stored playlog at another rate, up to `cut`, and its end.
fn moved(
    stored: &[StoredEvent],
    old_rate: FrameRate,
    rate: FrameRate,
    cut: Option<FrameIndex>,
) -> (Vec<StoredEvent>, FrameIndex) {
    let mut all = Vec::new();
    for StoredEvent { generation, event } in stored {
        let event = playlog::at_rate(event, old_rate, rate);
        all.extend(event.map(|event| StoredEvent { generation: *generation, event }));
    }
    if let Some(cut) = cut {
        all.retain(|stored| stored.event.start_frame < cut);
        if let Some(StoredEvent { event, .. }) = all.last_mut() {
            event.frame_count = event.frame_count.min(cut - event.start_frame);
            event.fade_in_frames = event.fade_in_frames.min(event.frame_count);
            event.fade_out_frames = event.fade_out_frames.min(event.frame_count - event.fade_in_frames);
        }
    }
    let end = all.last().map(|stored| stored.event.start_frame + stored.event.frame_count);
    (all, end.or(cut).unwrap_or(FrameIndex(0)))
}

/// Whether viewers would tell no difference.
fn is_same(a: &Item, b: &Item) -> bool {
    let seen = |item: &Item| (item.start, item.end, item.kind, item.in_offset_frames);
    seen(a) == seen(b) && a.asset_id == b.asset_id && a.title == b.title && a.subtitle == b.subtitle
}

/// `id` as a later generation has it.
fn named(id: String, generation: u64) -> String {
    if generation > 1 { format!("{id}.g{generation}") } else { id }
}
