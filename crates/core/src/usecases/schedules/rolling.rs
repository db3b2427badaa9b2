//! Time goes on: days and playlogs are extended, and the past is forgotten.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Duration;

use retrovue_schedule::day;
use retrovue_store::schedules::Channel;
use retrovue_timeline::UtcTime;
use tokio_util::sync::CancellationToken;

use super::{BEHIND_NOW, Desk, Library, PAST_KEPT, ScheduleChange, ScheduleService, aside};
use crate::failure::{Failure, Kind};

/// Between two looks at what has to be extended: small beside the hours that are kept ahead.
const EVERY: Duration = Duration::from_secs(60);

/// Causes remembered as told; at this many, all are forgotten and may be told again.
const MAX_TOLD: usize = 4096;

impl ScheduleService {
    /// Keeps every channel planned until `ended`: rolls on at once and every minute, and fills at once what can be
    /// filled since the last time.
    pub async fn run(self, ended: CancellationToken) {
        self.roll_on().await;
        self.library_changed().await;
        while ended.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            self.roll_on().await;
        }
    }

    /// Rolls on to now, whatever day that is: after a step of the clock, too.
    pub async fn roll_on(&self) {
        let service = self.clone();
        in_background(move || service.roll(service.desk.now())).await;
    }

    /// Assets came or went: fills dead air ahead where it can be filled now, and returns when that is stored.
    pub async fn library_changed(&self) {
        let service = self.clone();
        in_background(move || service.refill(service.desk.now())).await;
    }

    /// Extends every channel to its horizons from `now` and forgets what is long over. What goes wrong with one
    /// channel is logged once and touches no other.
    pub fn roll(&self, now: UtcTime) {
        let desk = &self.desk;
        if let Err(error) = desk.store.prune_evidence(now.minus(PAST_KEPT)) {
            desk.tell_once("", &format!("old evidence cannot be forgotten: {error}"));
        }
        if let Err(error) = desk.store.prune_asrun(now.minus(desk.outlook().asrun_kept)) {
            desk.tell_once("", &format!("old as-run cannot be forgotten: {error}"));
        }
        desk.each_channel("extended", |channel, library| {
            desk.extend(channel.clone(), library, now)?;
            desk.prune(&channel, now)
        });
    }
}

impl Desk {
    /// Does `work` for every live channel, each on its own turn.
    pub(super) fn each_channel(&self, deed: &str, work: impl Fn(Channel, &Library<'_>) -> Result<(), Failure>) {
        let channels = match self.live_channels() {
            Ok(channels) => channels,
            Err(failure) => return self.tell_once("", &format!("channels cannot be read: {failure}")),
        };
        let library = self.library();
        for listed in channels {
            let slug = listed.slug.clone();
            let done = catch_unwind(AssertUnwindSafe(|| {
                let _turn = self.decide();
                // It may have been changed or removed since the list was made.
                match self.live_channel(&slug) {
                    Ok(channel) => work(channel, &library),
                    Err(failure) if failure.kind == Kind::NotFound => Ok(()),
                    Err(failure) => Err(failure),
                }
            }));
            match done {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => self.tell_once(&slug, &format!("the channel cannot be {deed}: {failure}")),
                Err(_) => self.tell_once(&slug, &format!("the channel cannot be {deed}: planning panicked")),
            }
        }
    }

    fn extend(&self, channel: Channel, library: &Library<'_>, now: UtcTime) -> Result<(), Failure> {
        let subject = self.subject_of(channel)?;
        let id = &subject.channel.id;
        let rate = subject.plan.format.frame_rate;
        let last =
            day::date_at(&subject.plan, &subject.zone, now).saturating_add(jiff::Span::new().days(self.outlook().days));
        let days_reach = self.store.last_schedule_day(id)?.is_some_and(|stored| stored.date >= last);
        let target = rate.frame_at_or_after(now.plus(self.outlook().playlog));
        let span = self.store.playlog_span(id)?;
        let playlog_reaches = span.is_some_and(|(_, end)| end >= target);
        // what begins only later was planned while the clock ran ahead, and would keep the channel dark until then
        let lies_ahead = span.is_some_and(|(first, _)| first > rate.frame_at_or_after(now));
        if days_reach && playlog_reaches && !lies_ahead {
            return Ok(());
        }
        let cut = lies_ahead.then(|| self.cut_at(&subject, now.minus(BEHIND_NOW), library)).transpose()?;
        let draft = self.draft(&subject, cut, None, library, now)?;
        for problem in &draft.problems {
            self.tell_once(&subject.channel.slug, &problem.message);
        }
        self.store.change_channels(std::slice::from_ref(&draft.change))?;
        self.announce(ScheduleChange::Playlog { slug: subject.channel.slug });
        Ok(())
    }

    fn prune(&self, channel: &Channel, now: UtcTime) -> Result<(), Failure> {
        let rate = self.subject_of(channel.clone())?.plan.format.frame_rate;
        let before = now.minus(PAST_KEPT);
        let edge = rate.frame_at(before);
        // Nearly always there is nothing to forget, and a look delays no writer.
        if self.store.playlog_span(&channel.id)?.is_some_and(|(first, _)| first < edge) {
            let pruned = self.store.prune_schedule(&channel.id, before, edge)?;
            tracing::debug!(channel = channel.slug, rows = pruned, "forgot what was over 30 days ago");
        }
        Ok(())
    }

    /// Logs a cause of trouble the first time.
    pub(super) fn tell_once(&self, slug: &str, message: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MAX_TOLD {
            told.clear();
        }
        if told.insert(format!("{slug}: {message}")) {
            tracing::warn!(channel = slug, "{message}");
        }
    }
}

/// What goes wrong is tried again with the next look.
async fn in_background(work: impl FnOnce() + Send + 'static) {
    if let Err(failure) = aside(work).await {
        tracing::error!("{failure}; it is tried again in a minute");
    }
}
