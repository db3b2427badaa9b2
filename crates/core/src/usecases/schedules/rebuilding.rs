//! A channel's future is planned again by the file that it has.

use retrovue_store::schedules::Cause;
use retrovue_timeline::UtcTime;

use super::drafts::Draft;
use super::views::AppliedChannel;
use super::{AT_ONCE, Desk, ScheduleChange, ScheduleService};
use crate::failure::Failure;
use crate::instants::rfc3339;

impl ScheduleService {
    /// Plans `slug` again, with the library as it is now: from the first item on that begins at `from` or later and is not
    /// frozen. With `at_once` what is frozen gives way, too, and that is recorded.
    ///
    /// # Errors
    /// `channel_not_found`, `not_planned`
    pub fn rebuild(
        &self,
        slug: &str,
        from: Option<UtcTime>,
        at_once: bool,
        dry_run: bool,
    ) -> Result<AppliedChannel, Failure> {
        let desk = &self.desk;
        let _turn = desk.decide();
        let library = desk.library();
        library.assets()?;
        let now = desk.now();
        let mut subject = desk.subject(slug)?;
        let at = desk.rebuilt_from(&subject.channel.id, slug, from, at_once, now)?;
        subject.channel.generation += 1;
        subject.channel.updated_ms = now.millis();
        let cut = desk.cut_at(&subject, at, &library)?;
        let Draft { mut change, problems } = desk.draft(&subject, Some(cut), None, &library, now)?;
        change.cause = Some(Cause::Rebuilt);
        let told = desk.days_of(&change)?.view(&change.channel, "rebuild", change.items_from);
        if !dry_run {
            for problem in &problems {
                desk.tell_once(slug, &problem.message);
            }
            let frozen_part_changed = change.frozen_from.is_some();
            desk.store.change_channels(&[change])?;
            tracing::info!(channel = slug, generation = told.generation, frozen_part_changed, "channel planned again");
            desk.announce(ScheduleChange::Playlog { slug: slug.to_owned() });
        }
        Ok(told)
    }
}

impl Desk {
    fn rebuilt_from(
        &self,
        id: &str,
        slug: &str,
        from: Option<UtcTime>,
        at_once: bool,
        now: UtcTime,
    ) -> Result<UtcTime, Failure> {
        let locked = self.locked_until(id, now)?;
        let soon = if at_once { self.boundary(id, now.plus(AT_ONCE))? } else { None };
        let first = soon.filter(|soon| locked.is_some_and(|locked| *soon < locked)).or(locked);
        let at = match from {
            Some(from) if first.is_some_and(|first| from > first) => self.boundary(id, from)?,
            _ => first,
        };
        if let Some(at) = at {
            return Ok(at);
        }
        let message = match self.store.schedule_end(id)? {
            Some(end) => format!("channel {slug} is planned until {} only", rfc3339(end)),
            None => format!("channel {slug} is not planned yet"),
        };
        Err(Failure::refused("not_planned", message)
            .hint("what comes later is planned with the library of then anyway"))
    }
}
