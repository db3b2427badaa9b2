//! A channel file is looked at, against the library, and nothing changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retrovue_schedule::playlog::{self, Plays};
use retrovue_schedule::{DayStart, Item, Plan, Problem, day};
use retrovue_store::library::{Asset, AssetState};
use retrovue_store::schedules::{Channel, ChannelState};
use retrovue_timeline::UtcTime;

use super::subjects::{Subject, zone_name, zone_of};
use super::views::{Finding, Findings};
use super::{AppliedFile, Desk, Library, ScheduleService, logos};
use crate::failure::Failure;

/// What can be told of a channel file without a library: whether it is well written, and has its logo.
pub fn check_syntax(file: &AppliedFile) -> Findings {
    check_written(file, None)
}

/// The same for a channel that was `before`.
fn check_written(file: &AppliedFile, before: Option<&Channel>) -> Findings {
    let (plan, mut problems) = Plan::read(&file.text);
    problems.extend(plan.and_then(|plan| logos::choose(&plan, file.logo.as_ref(), before).err()));
    Findings { findings: problems.iter().map(|problem| Finding::of(problem, &file.name)).collect() }
}

impl ScheduleService {
    /// Everything that is wrong with `file`; what the days ahead would lack under it, from where its channel is now; and
    /// what its channel is about to show and cannot. Errors in the file hide none of that.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn check(&self, file: &AppliedFile) -> Result<Findings, Failure> {
        let (Some(plan), _) = Plan::sketch(&file.text) else { return Ok(check_syntax(file)) };
        let desk = &self.desk;
        let before = desk.store.channel(&plan.channel)?;
        let mut found = check_written(file, before.as_ref());
        let zone = zone_of(&zone_name(&plan, before.as_ref()));
        let live = before.filter(|channel| channel.state == ChannelState::Live);
        let mut problems = desk.foresee(&plan, &zone, live.as_ref())?;
        if let Some(channel) = &live {
            problems.extend(desk.unplayable(&plan, &zone, channel)?);
        }
        found.findings.extend(problems.iter().map(|problem| Finding::of(problem, &file.name)));
        found.findings.sort_by_key(|finding| (finding.line, finding.column));
        Ok(found)
    }
}

impl Desk {
    /// What the days ahead lack: each problem of a place once, on the first of them.
    fn foresee(&self, plan: &Plan, zone: &TimeZone, live: Option<&Channel>) -> Result<Vec<Problem>, Failure> {
        let (now, library) = (self.now(), self.library());
        let today = day::date_at(plan, zone, now);
        let cut = match live {
            Some(channel) => {
                let subject = Subject { channel: channel.clone(), plan: Arc::new(plan.clone()), zone: zone.clone() };
                self.cut(&subject, None, &library, now)?
            }
            None => None,
        };
        let (mut date, mut start) =
            cut.map_or((today, DayStart::default()), |cut| (day::date_at(plan, zone, cut.at), cut.start));
        let last = today.saturating_add(jiff::Span::new().days(self.outlook().days));
        let (pools, mut problems) = day::Pools::fill(plan, library.assets()?);
        let mut items = Vec::new();
        while date <= last {
            let (compiled, next, more) = pools.compile(zone, date, &start);
            items.extend(compiled.items);
            problems.extend(more);
            (date, start) = (date.saturating_add(jiff::Span::new().days(1)), next);
        }
        problems.extend(pools.ends(zone, &items));
        problems.extend(self.foresee_breaks(plan, zone, live, &items, &library)?);
        let mut told = BTreeSet::new();
        problems.retain(|problem| {
            let of_asset = (problem.code == "no_length").then(|| problem.message.clone());
            told.insert((problem.code, problem.line, problem.column, of_asset))
        });
        Ok(problems)
    }

    /// What the breaks and holes of the next hours lack. They go on from what `live` has shown, at its own frame rate.
    fn foresee_breaks(
        &self,
        plan: &Plan,
        zone: &TimeZone,
        live: Option<&Channel>,
        items: &[Item],
        library: &Library<'_>,
    ) -> Result<Vec<Problem>, Failure> {
        let now = self.now();
        let first = items.iter().position(|item| item.end > now).unwrap_or(items.len());
        let items = &items[first..];
        let Some(begin) = items.first().map(|item| item.start).filter(|_| plan.fills()) else { return Ok(Vec::new()) };
        let reach = begin.max(now).plus(self.outlook().playlog);
        let count = items.iter().take_while(|item| item.start < reach).count();
        let plays = match live {
            Some(channel) => {
                let rate = self.plans.of(channel).map_or(plan.format.frame_rate, |plan| plan.format.frame_rate);
                self.plays_before(channel, rate, begin)?
            }
            None => Plays::default(),
        };
        let library = library.assets()?;
        let source = playlog::Source { plan, zone, library, shown: library };
        Ok(playlog::compile(&source, &items[..count], plays).1)
    }

    /// What the channel is to show in the next hours, and cannot any more: each asset once.
    fn unplayable(&self, plan: &Plan, zone: &TimeZone, channel: &Channel) -> Result<Vec<Problem>, Failure> {
        let now = self.now();
        let items = self.store.schedule_items(&channel.id, now, now.plus(self.outlook().playlog))?;
        let mut ids: Vec<String> = items.iter().filter_map(|stored| stored.item.asset_id.clone()).collect();
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        let playable = self.store.playable_assets(&ids)?;
        ids.retain(|id| !playable.contains_key(id));
        let known = self.store.assets_by_id(&ids)?;
        let problems = ids.iter().filter_map(|id| {
            let item = &items.iter().find(|stored| stored.item.asset_id.as_ref() == Some(id))?.item;
            let (why, hint) = why_not(known.iter().find(|asset| asset.id == *id));
            let at = timestamp(item.start).to_zoned(zone.clone()).strftime("%Y-%m-%d at %H:%M").to_string();
            let title = [item.title.as_str(), item.subtitle.as_str()].join(" ");
            let message = format!("{:?} is on {at}, and {why}: black is shown in its place.", title.trim_end());
            let slot = item.rule.split(' ').next();
            let slots = plan.layers.iter().flat_map(|layer| &layer.slots);
            let place = slots.into_iter().find(|other| Some(other.id.as_str()) == slot).map(|slot| slot.place);
            Some(Problem::warning("not_playable", place.unwrap_or_default(), message).with_hint(hint))
        });
        Ok(problems.collect())
    }
}

/// Why an asset cannot be shown, and what to do.
fn why_not(asset: Option<&Asset>) -> (&'static str, String) {
    let Some(asset) = asset else { return ("is not in the library any more", String::new()) };
    let look = |what: &str| format!("`retrovue asset {what} {}`", asset.id);
    match asset.state {
        AssetState::New | AssetState::Enriching => {
            ("is not ready yet", format!("{} tells how far it is.", look("show")))
        }
        AssetState::Ready => ("is not approved", format!("{} approves it.", look("approve"))),
        AssetState::Missing => ("its file is away", "It is shown again as soon as the file is back.".to_owned()),
        AssetState::Faulty => ("its file is faulty", format!("{} tells what is wrong with it.", look("show"))),
        AssetState::Retired => ("is retired", format!("{} takes it back into use.", look("restore"))),
    }
}

fn timestamp(at: UtcTime) -> Timestamp {
    Timestamp::from_millisecond(at.millis()).unwrap_or_default()
}
