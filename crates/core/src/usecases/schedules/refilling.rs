//! The library changed: dead air ahead is filled where something can be shown now.
//!
//! A future is only compiled again where less of it is dead air then. So new episodes join where days are compiled
//! anyway, a vanished file is replaced, and a disk that is away for an hour does not cost the guide.

use retrovue_schedule::Kind;
use retrovue_store::schedules::{Cause, Channel};
use retrovue_timeline::UtcTime;

use super::drafts::{Draft, dead_air};
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
            true => self.better(&subject, now, locked, end, library, now)?,
            false => None,
        };
        let better = match better {
            Some(draft) => Some(draft),
            None => self.better(&subject, locked, end, end, library, now)?,
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

    /// The future from `from` on, if less of it up to `until` is dead air than of what is stored up to there. What is
    /// stored ends at `end`.
    fn better(
        &self,
        subject: &Subject,
        from: UtcTime,
        until: UtcTime,
        end: UtcTime,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<Option<Draft>, Failure> {
        let stored = self.store.schedule_items(&subject.channel.id, from, until)?;
        let dead = dead_air(&stored, from, until, library.assets()?);
        if dead == 0 || (stored.iter().all(|stored| stored.item.kind == Kind::Slate) && library.assets()?.is_empty()) {
            return Ok(None);
        }
        let cut = self.cut_at(subject, from, library)?;
        let draft = self.draft(subject, Some(cut), None, library, now)?;
        let reach = draft.change.items.last().map_or(from, |stored| stored.item.end).min(end);
        let fills = reach >= until && dead_air(&draft.change.items, from, until, library.assets()?) < dead;
        Ok(fills.then_some(draft))
    }
}
