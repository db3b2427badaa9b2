//! The library changed: dead air ahead is filled where something can be shown now.
//!
//! A future is only compiled again where less of it is dead air then, or something stands in for most of what has
//! vanished; where that is spots alone, the playlog is cut again. So new episodes join where days are compiled anyway, a
//! vanished file is replaced, and a disk that is away for an hour does not cost the guide.

use std::collections::HashSet;
use std::time::Duration;

use retrovue_schedule::{Asset, Event, Kind};
use retrovue_store::schedules::{Cause, Channel, StoredEvent, StoredItem};
use retrovue_timeline::{FrameIndex, UtcTime};

use super::drafts::{Draft, FOR_EVER};
use super::subjects::Subject;
use super::{Desk, Library, ScheduleChange, ScheduleService};
use crate::failure::Failure;

impl ScheduleService {
    /// Compiles the unlocked future of every channel again where that leaves less dead air; where all that is locked
    /// is dead air, too, from `now` on. What goes wrong with one channel is logged once and touches no other.
    pub fn refill(&self, now: UtcTime) {
        let desk = &self.desk;
        desk.each_channel("filled", |channel, library| desk.refill(channel, library, now));
    }
}

impl Desk {
    fn refill(&self, channel: Channel, library: &Library<'_>, now: UtcTime) -> Result<(), Failure> {
        let Some(locked) = self.locked_until(&channel.id, now)? else { return Ok(()) };
        let end = self.store.schedule_end(&channel.id)?.unwrap_or(locked);
        let mut subject = self.subject_of(channel)?;
        subject.channel.generation += 1;
        subject.channel.updated_ms = now.millis();
        let better = match self.is_dead(&subject.channel.id, now, locked)? {
            true => self.better(&subject, now, locked, library, now)?,
            false => None,
        };
        let better = match better {
            Some(draft) => Some(draft),
            None => self.better(&subject, locked, end, library, now)?,
        };
        let better = match better {
            Some(draft) => Some(draft),
            None => self.better_breaks(&subject, locked, library, now)?,
        };
        let Some(mut draft) = better else { return Ok(()) };
        draft.change.cause = Some(Cause::Library);
        self.store.change_channels(std::slice::from_ref(&draft.change))?;
        tracing::info!(
            channel = subject.channel.slug,
            generation = subject.channel.generation,
            frozen_part_changed = draft.change.items_from.is_some_and(|from| from < locked),
            "dead air ahead is filled from the changed library"
        );
        self.announce(ScheduleChange::Playlog { slug: subject.channel.slug });
        Ok(())
    }

    /// The future from `from` on, if up to `until` it is better than what is stored.
    fn better(
        &self,
        subject: &Subject,
        from: UtcTime,
        until: UtcTime,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<Option<Draft>, Failure> {
        let stored = self.store.schedule_items(&subject.channel.id, from, until)?;
        let assets = library.assets()?;
        let grid = subject.plan.grid.unwrap_or_default();
        let published = Shown::of(&stored, grid, assets);
        if published.dead.is_empty()
            || (assets.is_empty() && stored.iter().all(|stored| stored.item.kind == Kind::Slate))
        {
            return Ok(None);
        }
        let cut = self.cut_at(subject, from, library)?;
        let draft = self.draft(subject, Some(cut), None, library, now)?;
        // the last item of either may run on for longer
        let until = draft.change.items.last().map_or(from, |last| last.item.end).min(until);
        let span = [(from, until)];
        let drafted = Shown::of(&draft.change.items, grid, assets);
        let is_fuller = overlap(&drafted.dead, &span) < overlap(&published.dead, &span);
        let stands_in = overlap(&drafted.alive, &published.lost);
        let is_replaced = stands_in * 2 > overlap(&published.lost, &span);
        Ok((is_fuller || is_replaced).then_some(draft))
    }

    /// The playlog from `from` on, where spots of it have vanished and there are others.
    fn better_breaks(
        &self,
        subject: &Subject,
        from: UtcTime,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<Option<Draft>, Failure> {
        if !subject.plan.fills() {
            return Ok(None);
        }
        let stored = self.events(subject, from, FOR_EVER)?;
        let assets = library.assets()?;
        let available: HashSet<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
        let is_dark = |event: &Event| event.asset_id.as_deref().is_none_or(|id| !available.contains(id));
        let end = stored.last().map_or(FrameIndex(0), |last| last.event.start_frame + last.event.frame_count);
        let dark = |events: &[StoredEvent]| -> i64 {
            let dark = events.iter().map(|stored| &stored.event).filter(|event| is_dark(event));
            dark.filter(|event| event.start_frame < end).map(|event| event.frame_count).sum()
        };
        if !stored.iter().any(|stored| stored.event.asset_id.is_some() && is_dark(&stored.event)) {
            return Ok(None);
        }
        let draft = self.draft_breaks(subject, from, library, now)?;
        Ok((dark(&draft.change.events) < dark(&stored)).then_some(draft))
    }
}

/// Stretches of time, in order and apart.
type Stretches = Vec<(UtcTime, UtcTime)>;

/// What is to be seen of items.
#[derive(Default)]
struct Shown {
    /// There is something.
    alive: Stretches,
    /// There is nothing. What only fills the grid after an item does not count.
    dead: Stretches,
    /// The part of it where there was something before it vanished.
    lost: Stretches,
}

impl Shown {
    fn of(items: &[StoredItem], grid: Duration, library: &[Asset]) -> Self {
        let available: HashSet<&str> = library.iter().map(|asset| asset.id.as_str()).collect();
        let mut shown = Self::default();
        for item in items.iter().map(|stored| &stored.item) {
            let stretch = (item.start, item.end);
            match item.asset_id.as_deref() {
                Some(id) if available.contains(id) => shown.alive.push(stretch),
                Some(_) => {
                    shown.lost.push(stretch);
                    shown.dead.push(stretch);
                }
                None if !item.is_off_air() && item.end.since(item.start) >= grid => shown.dead.push(stretch),
                None => {}
            }
        }
        shown
    }
}

/// How long both are, together.
fn overlap(a: &[(UtcTime, UtcTime)], b: &[(UtcTime, UtcTime)]) -> Duration {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut both = Duration::ZERO;
    while let (Some((start, end)), Some((other, other_end))) = (a.peek(), b.peek()) {
        both += (*end).min(*other_end).since((*start).max(*other));
        if end < other_end {
            a.next()
        } else {
            b.next()
        };
    }
    both
}
