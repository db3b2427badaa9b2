//! What traffic promises, held against the spots that were shown.

use std::collections::BTreeMap;

use retrovue_schedule::{Event, day};
use retrovue_store::schedules::StoredEvent;

use super::super::super::subjects::Subject;
use super::super::*;
use super::watch::FRAME;

/// The spots of a channel that have begun.
#[derive(Default)]
pub(super) struct Spots {
    /// By asset, when each play began.
    plays: BTreeMap<String, Vec<UtcTime>>,
    /// The last spot: its block and break, and what that break has shown.
    pod: (String, String, Vec<String>),
    /// The event that was shown last: at another rate it may begin a moment later than it did.
    last: String,
    pub(super) count: usize,
    /// Plays against a rule, which said so.
    pub(super) broken: usize,
}

impl Spots {
    /// Takes down a spot that `subject` shows at `start`, and holds it against the rules that it was planned by.
    pub(super) fn show(&mut self, subject: &Subject, stored: &StoredEvent, start: UtcTime) {
        let event = &stored.event;
        let is_new = std::mem::replace(&mut self.last, event.event_id.clone()) != event.event_id;
        let Some(asset) = event.asset_id.as_ref().filter(|_| event.kind != Kind::Programme && is_new) else { return };
        if let Some(place) = event.rule.strip_prefix("break ") {
            self.not_twice(asset, event, place);
            // what was planned before an edit goes by the rules of then
            if stored.generation == subject.channel.generation {
                self.by_the_rules(subject, asset, event, start);
            }
        }
        self.plays.entry(asset.clone()).or_default().push(start);
        self.count += 1;
    }

    fn not_twice(&mut self, asset: &str, event: &Event, place: &str) {
        let number = place.split(' ').next().unwrap();
        if (self.pod.0.as_str(), self.pod.1.as_str()) != (event.block_id.as_str(), number) {
            self.pod = (event.block_id.clone(), number.to_owned(), Vec::new());
        }
        assert!(!self.pod.2.iter().any(|shown| shown == asset), "twice in a break: {event:#?}");
        self.pod.2.push(asset.to_owned());
    }

    fn by_the_rules(&mut self, subject: &Subject, asset: &str, event: &Event, start: UtcTime) {
        let (slug, traffic) = (&subject.channel.slug, &subject.plan.traffic);
        let is_toy = event.title.starts_with("Toy");
        let holds = |key: &str| key == event.kind.word() || key == "toys" && is_toy;
        for (_, parts) in traffic.dayparts.iter().filter(|(key, _)| holds(key)) {
            let at = jiff::Timestamp::from_nanosecond(start.nanos().into()).unwrap();
            let at = at.to_zoned(subject.zone.clone()).time();
            assert!(parts.iter().any(|(from, to)| *from <= at && at < *to), "{slug}: at {at}: {event:#?}");
        }
        if event.rule.contains(", ") {
            self.broken += 1;
            return;
        }
        let plays = self.plays.get(asset).map_or(&[][..], Vec::as_slice);
        for (_, cooldown) in traffic.cooldown.iter().filter(|(key, _)| holds(key)) {
            let since = plays.last().map(|last| start.since(*last) + FRAME);
            assert!(since.is_none_or(|since| since >= *cooldown), "{slug}: {since:?} after the last: {event:#?}");
        }
        let date = day::date_at(&subject.plan, &subject.zone, start);
        let begin = day::bounds(&subject.plan, &subject.zone, date).0;
        for (_, most) in traffic.per_day.iter().filter(|(key, _)| holds(key)) {
            let today = plays.iter().filter(|at| **at >= begin).count();
            assert!(today < *most as usize, "{slug}: {today} times before on {date}: {event:#?}");
        }
    }
}
