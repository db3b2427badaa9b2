//! Channel files are applied: all or none, and the same file twice is the same as once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use retrovue_schedule::{Item, Plan};
use retrovue_store::schedules::{Cause, Channel, ChannelChange, ChannelState, StoredItem};
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::drafts::{Draft, FOR_EVER};
use super::logos::{self, ChosenLogo, SentLogo};
use super::subjects::{Subject, zone_name};
use super::views::{Applied, AppliedChannel, ChangedDay, Finding};
use super::{AT_ONCE, Desk, Library, ScheduleChange, ScheduleService, differences};
use crate::failure::Failure;

/// What takes over at once begins so far ahead at most, however long planning takes.
const LONGEST_LEAD: Duration = Duration::from_secs(300);

/// What is nearer than this may have been sent by the time it is stored.
const SENT_AHEAD: Duration = Duration::from_secs(2);

/// A channel file as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedFile {
    /// What it is called where it comes from; `-` for standard input.
    pub name: String,
    /// The text.
    pub text: String,
    /// The logo that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<SentLogo>,
}

/// What a file does to its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Create,
    Update,
    Restore,
    Keep,
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Restore => "restore",
            Action::Keep => "unchanged",
        }
    }
}

/// A file whose plan holds, with the channel as it was and as it will be.
struct Intent<'a> {
    file: &'a AppliedFile,
    action: Action,
    before: Option<Channel>,
    subject: Subject,
}

impl Intent<'_> {
    fn view(&self, cut: Option<UtcTime>, days: Days) -> AppliedChannel {
        days.view(&self.subject.channel, self.action.word(), cut)
    }
}

impl ScheduleService {
    /// Applies `files`: all or none. Returns when the days and the playlog are stored; with `dry_run`, tells what
    /// would change and changes nothing.
    ///
    /// # Errors
    /// `channel_file_invalid` with every problem of every file in `details.problems`, `number_taken`.
    pub fn apply(&self, files: &[AppliedFile], dry_run: bool) -> Result<Applied, Failure> {
        self.take_over(files, false, dry_run)
    }

    /// Applies `files` at once: what is frozen gives way, too, and that is recorded.
    ///
    /// # Errors
    /// As [`ScheduleService::apply`].
    pub fn apply_now(&self, files: &[AppliedFile], dry_run: bool) -> Result<Applied, Failure> {
        self.take_over(files, true, dry_run)
    }

    fn take_over(&self, files: &[AppliedFile], at_once: bool, dry_run: bool) -> Result<Applied, Failure> {
        let desk = &self.desk;
        let _turn = desk.decide();
        let (plans, mut findings) = read(files);
        let channels = desk.store.channels()?;
        let logos = logos::choose_all(&plans, &channels, &mut findings);
        refuse(&findings)?;
        let mut intents = intend(plans, &logos, &channels, desk.now())?;
        let library = desk.library();
        let mut lead = None;
        if at_once {
            desk.hasten(&mut intents)?;
            library.assets()?;
            lead = Some(AT_ONCE);
        }
        let Drafted { changes, applied, findings: found } = loop {
            let drafted = desk.draft_all(&intents, lead, &library)?;
            match lead {
                // planning took as long as that: it begins later, then
                Some(short) if short < LONGEST_LEAD && drafted.begins_before(desk.now().plus(SENT_AHEAD)) => {
                    lead = Some(short * 4);
                }
                _ => break drafted,
            }
        };
        findings.extend(found);
        refuse(&findings)?;
        if !dry_run && !changes.is_empty() {
            desk.keep_logos(logos.values(), &channels)?;
            desk.store.change_channels(&changes)?;
            desk.announce(ScheduleChange::Channels);
            for change in &changes {
                tracing::info!(
                    channel = change.channel.slug,
                    generation = change.channel.generation,
                    frozen_part_changed = change.frozen_from.is_some(),
                    "channel file applied"
                );
                desk.announce(ScheduleChange::Playlog { slug: change.channel.slug.clone() });
            }
        }
        Ok(Applied { channels: applied, warnings: findings })
    }
}

/// What is to be stored, and told.
#[derive(Default)]
struct Drafted {
    changes: Vec<ChannelChange>,
    applied: Vec<AppliedChannel>,
    findings: Vec<Finding>,
}

impl Drafted {
    fn begins_before(&self, at: UtcTime) -> bool {
        self.changes.iter().any(|change| change.items_from.is_some_and(|from| from < at))
    }
}

impl Desk {
    /// Has what was applied before and waits for its time taken over, too.
    fn hasten(&self, intents: &mut [Intent<'_>]) -> Result<(), Failure> {
        let now = self.now();
        for intent in intents.iter_mut().filter(|intent| intent.action == Action::Keep) {
            let channel = &mut intent.subject.channel;
            let on_air = self.store.schedule_items(&channel.id, now, now.plus(Duration::from_nanos(1)))?;
            if on_air.iter().any(|stored| stored.generation < channel.generation) {
                channel.generation += 1;
                channel.updated_ms = now.millis();
                intent.action = Action::Update;
            }
        }
        Ok(())
    }

    fn draft_all(
        &self,
        intents: &[Intent<'_>],
        lead: Option<Duration>,
        library: &Library<'_>,
    ) -> Result<Drafted, Failure> {
        let now = self.now();
        let mut drafted = Drafted::default();
        for intent in intents {
            if intent.action == Action::Keep {
                drafted.applied.push(intent.view(None, Days::default()));
                continue;
            }
            let Draft { change, problems } = self.draft_intent(intent, lead, library, now)?;
            drafted.findings.extend(problems.iter().map(|problem| Finding::of(problem, &intent.file.name)));
            drafted.applied.push(intent.view(change.items_from, self.days_of(&change)?));
            drafted.changes.push(change);
        }
        Ok(drafted)
    }

    fn draft_intent(
        &self,
        intent: &Intent<'_>,
        lead: Option<Duration>,
        library: &Library<'_>,
        now: UtcTime,
    ) -> Result<Draft, Failure> {
        let Intent { subject, before, .. } = intent;
        if intent.action != Action::Update {
            let mut draft = self.draft(subject, None, None, library, now)?;
            draft.change.cause = (intent.action == Action::Create).then_some(Cause::Applied);
            return Ok(draft);
        }
        let rate = subject.plan.format.frame_rate;
        let old_rate =
            before.as_ref().and_then(|channel| Plan::read(&channel.text).0).map(|plan| plan.format.frame_rate);
        let cut = self.cut(subject, lead, library, now)?;
        let mut draft = self.draft(subject, cut, old_rate.filter(|old| *old != rate), library, now)?;
        draft.change.cause = Some(Cause::Applied);
        Ok(draft)
    }

    /// The days of a draft, by whether they differ from what is stored.
    pub(super) fn days_of(&self, change: &ChannelChange) -> Result<Days, Failure> {
        let from = change.items_from.unwrap_or(FOR_EVER);
        let mut days: BTreeMap<Date, (Vec<Item>, Vec<Item>)> = BTreeMap::new();
        for StoredItem { date, item, .. } in self.store.schedule_items(&change.channel.id, from, FOR_EVER)? {
            let is_broken_off = item.start < from && change.frozen_from.is_some();
            if is_broken_off {
                days.entry(date).or_default().1.push(Item { end: from, ..item.clone() });
            }
            if item.start >= from || is_broken_off {
                days.entry(date).or_default().0.push(item);
            }
        }
        for StoredItem { date, item, .. } in &change.items {
            days.entry(*date).or_default().1.push(item.clone());
        }
        let mut told = Days::default();
        for (date, (before, after)) in days {
            let date = date.to_string();
            match differences::of_day(&date, &before, &after) {
                Some(day) => told.changed.push(day),
                None => told.unchanged.push(date),
            }
        }
        Ok(told)
    }
}

/// The days that are planned.
#[derive(Default)]
pub(super) struct Days {
    changed: Vec<ChangedDay>,
    unchanged: Vec<String>,
}

/// Reads all files and tells everything that is wrong with any of them.
fn read(files: &[AppliedFile]) -> (Vec<(&AppliedFile, Plan)>, Vec<Finding>) {
    let mut plans: Vec<(&AppliedFile, Plan)> = Vec::new();
    let mut findings = Vec::new();
    for file in files {
        let (plan, problems) = Plan::read(&file.text);
        findings.extend(problems.iter().map(|problem| Finding::of(problem, &file.name)));
        let Some(plan) = plan else { continue };
        match plans.iter().find(|(_, other)| other.channel == plan.channel) {
            Some((other, _)) => findings.push(Finding {
                severity: "error".to_owned(),
                code: "duplicate_channel".to_owned(),
                message: format!("{} is the file of channel {}, too", other.name, plan.channel),
                hint: "give one of them another slug".to_owned(),
                file: file.name.clone(),
                line: 0,
                column: 0,
            }),
            None => plans.push((file, plan)),
        }
    }
    (plans, findings)
}

/// Refuses where any finding is an error.
fn refuse(findings: &[Finding]) -> Result<(), Failure> {
    let errors: Vec<&Finding> = findings.iter().filter(|finding| finding.is_error()).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let message = match errors.len() {
        1 => format!("{}: {}", first.file, first.message),
        count => format!("{count} errors; the first: {}: {}", first.file, first.message),
    };
    Err(Failure::refused("channel_file_invalid", message)
        .hint("mend the files and apply them again; nothing was changed")
        .details(json!({ "problems": findings })))
}

/// Decides what each file does, and under which number its channel goes.
fn intend<'a>(
    plans: Vec<(&'a AppliedFile, Plan)>,
    logos: &BTreeMap<String, ChosenLogo>,
    channels: &[Channel],
    now: UtcTime,
) -> Result<Vec<Intent<'a>>, Failure> {
    let slugs: BTreeSet<String> = plans.iter().map(|(_, plan)| plan.channel.clone()).collect();
    let before = |slug: &str| channels.iter().find(|channel| channel.slug == slug);
    let mut holders: BTreeMap<String, String> = channels
        .iter()
        .filter(|channel| channel.state == ChannelState::Live && !slugs.contains(&channel.slug))
        .map(|channel| (channel.number.clone(), channel.slug.clone()))
        .collect();
    let mut numbers = BTreeMap::new();
    // Numbers that files name come first, then those that channels have, then new ones.
    for (file, plan) in &plans {
        let Some(number) = &plan.number else { continue };
        if let Some(holder) = holders.insert(number.clone(), plan.channel.clone()) {
            return Err(number_taken(file, number, &plan.channel, &holder));
        }
        numbers.insert(plan.channel.clone(), number.clone());
    }
    for (_, plan) in plans.iter().filter(|(_, plan)| plan.number.is_none()) {
        let kept = before(&plan.channel).map(|channel| channel.number.clone());
        if let Some(number) = kept.filter(|number| !holders.contains_key(number)) {
            holders.insert(number.clone(), plan.channel.clone());
            numbers.insert(plan.channel.clone(), number);
        }
    }
    let intents = plans.into_iter().map(|(file, plan)| {
        let number = numbers.get(&plan.channel).cloned().unwrap_or_else(|| {
            let free = (1..=u64::MAX).map(|number| number.to_string()).find(|number| !holders.contains_key(number));
            let number = free.unwrap_or_default();
            holders.insert(number.clone(), plan.channel.clone());
            number
        });
        let before = before(&plan.channel).cloned();
        let logo = logos.get(&plan.channel).map(|logo| logo.name.clone());
        let action = match &before {
            None => Action::Create,
            Some(channel) if channel.text != file.text || channel.logo != logo => Action::Update,
            Some(channel) if channel.state == ChannelState::Removed => Action::Restore,
            Some(_) => Action::Keep,
        };
        let channel = Channel {
            id: before.as_ref().map_or_else(|| uuid::Uuid::new_v4().to_string(), |channel| channel.id.clone()),
            slug: plan.channel.clone(),
            number,
            name: plan.name.clone(),
            state: ChannelState::Live,
            time_zone: zone_name(&plan, before.as_ref()),
            generation: before.as_ref().map_or(1, |channel| channel.generation + u64::from(action == Action::Update)),
            text: file.text.clone(),
            file_name: file.name.clone(),
            created_ms: before.as_ref().map_or(now.millis(), |channel| channel.created_ms),
            updated_ms: now.millis(),
            logo,
        };
        Intent { file, action, before, subject: Subject::new(channel, Arc::new(plan)) }
    });
    Ok(intents.collect())
}

fn number_taken(file: &AppliedFile, number: &str, slug: &str, holder: &str) -> Failure {
    let message = format!("{}: channel {slug} wants the number {number}, which {holder} has", file.name);
    Failure::refused("number_taken", message)
        .hint("give it another number, or leave number out for the next free one")
        .details(json!({ "file": file.name, "number": number, "channel": slug, "taken_by": holder }))
}

impl Days {
    /// What `action` did to `channel`, whose schedule changed from `cut` on.
    pub(super) fn view(self, channel: &Channel, action: &str, cut: Option<UtcTime>) -> AppliedChannel {
        AppliedChannel {
            slug: channel.slug.clone(),
            number: channel.number.clone(),
            name: channel.name.clone(),
            generation: channel.generation,
            action: action.to_owned(),
            unchanged: action == Action::Keep.word(),
            changed_from: cut.map(crate::instants::rfc3339),
            days: self.changed,
            unchanged_days: self.unchanged,
            timezone: channel.time_zone.clone(),
        }
    }
}
