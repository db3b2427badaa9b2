//! A channel under watch: what was promised of it, and what it showed.

use std::collections::{BTreeMap, BTreeSet};

use retrovue_schedule::{Event, Item, day};
use retrovue_timeline::FrameRate;

use super::super::super::drafts::FOR_EVER;
use super::super::super::subjects::Subject;
use super::super::*;
use super::spots::Spots;

/// An instant moved to the frame beside it, where a channel changes its rate.
pub(super) const FRAME: Duration = Duration::from_millis(50);

/// How far a playlog may reach beyond what is asked for: its last item, or hole, runs to its end.
const LONGEST_ITEM: Duration = Duration::from_secs(24 * 3600);

pub(super) struct Watch {
    slug: String,
    /// What nothing may change any more, by when it starts.
    frozen: BTreeMap<i64, Item>,
    frozen_events: Vec<Event>,
    rate: FrameRate,
    /// What began before now, in order.
    pub(super) aired: Vec<Item>,
    pub(super) spots: Spots,
    /// Items that gave way to another plan before their end.
    broken_off: BTreeSet<String>,
    /// When it was looked at last.
    seen: UtcTime,
}

impl Watch {
    pub(super) fn new(slug: &str, now: UtcTime) -> Self {
        Self {
            slug: slug.to_owned(),
            frozen: BTreeMap::new(),
            frozen_events: Vec::new(),
            rate: FrameRate::HOUSE[0],
            aired: Vec::new(),
            spots: Spots::default(),
            broken_off: BTreeSet::new(),
            seen: now,
        }
    }

    /// Holds what is stored against what was frozen, and takes down what has begun.
    pub(super) fn look(&mut self, service: &ScheduleService, now: UtcTime) {
        let desk = &service.desk;
        let subject = desk.subject(&self.slug).unwrap();
        let id = &subject.channel.id;
        let locked = desk.locked_until(id, now).unwrap().unwrap_or(now).max(now);
        // a day is compiled from its start, whenever its channel comes
        let from = if self.aired.is_empty() { UtcTime::EPOCH } else { self.seen };
        let items: Vec<Item> =
            desk.store.schedule_items(id, from, locked).unwrap().into_iter().map(|stored| stored.item).collect();
        self.is_contiguous(&items, self.seen, locked);
        for frozen in self.frozen.values().filter(|item| item.kind != Kind::Slate) {
            let shown = items.iter().find(|item| item.item_id == frozen.item_id);
            let same = shown.is_some_and(|item| {
                item.asset_id == frozen.asset_id
                    && item.start == frozen.start
                    && item.end.max(frozen.end).since(item.end.min(frozen.end)) < FRAME
            });
            assert!(same, "{}: {frozen:#?} became {shown:#?}", self.slug);
        }
        let last = self.aired.last().map(|item| item.start);
        self.aired.extend(
            items
                .iter()
                .filter(|item| item.start <= now && last.is_none_or(|last| item.start > last))
                .filter(|item| !self.broken_off.contains(&item.item_id))
                .cloned(),
        );
        // nobody misses what covers a hole
        let holes: BTreeSet<String> =
            items.iter().filter(|item| item.kind == Kind::Slate).map(|item| item.item_id.clone()).collect();
        self.frozen = items.into_iter().filter(|item| item.end > now).map(|item| (item.start.nanos(), item)).collect();
        self.look_at_events(&subject, service, now, locked, &holes);
        self.seen = now;
    }

    fn look_at_events(
        &mut self,
        subject: &Subject,
        service: &ScheduleService,
        now: UtcTime,
        locked: UtcTime,
        holes: &BTreeSet<String>,
    ) {
        let (slug, rate) = (&self.slug, subject.plan.format.frame_rate);
        let stored = service.desk.events(subject, self.seen, FOR_EVER).unwrap();
        for event in &stored {
            let start = rate.start_of(event.event.start_frame);
            if self.seen < start && start <= now {
                self.spots.show(subject, event, start);
            }
        }
        let events: Vec<Event> = stored.into_iter().map(|stored| stored.event).collect();
        for pair in events.windows(2) {
            assert_eq!(pair[0].start_frame + pair[0].frame_count, pair[1].start_frame, "{slug}: {pair:#?}");
        }
        let (first, last) = (events.first().unwrap(), events.last().unwrap());
        assert!(rate.start_of(first.start_frame) <= self.seen, "{slug}: nothing on air at {:?}", self.seen);
        let end = rate.start_of(last.start_frame + last.frame_count);
        assert!(end >= now.plus(HOUR * 6), "{slug}: a playlog to {end:?} at {now:?}");
        assert!(end <= now.plus(HOUR * 6 + LONGEST_ITEM), "{slug}: a playlog to {end:?} at {now:?}");
        if rate == self.rate {
            for frozen in &self.frozen_events {
                let shown = events.iter().find(|event| event.start_frame == frozen.start_frame);
                assert_eq!(shown, Some(frozen), "{slug}");
            }
        }
        self.rate = rate;
        self.frozen_events = events
            .into_iter()
            .filter(|event| {
                let end = rate.start_of(event.start_frame + event.frame_count);
                end > now && end <= locked && !holes.contains(&event.block_id)
            })
            .collect();
    }

    /// Has what is frozen give way to what `change` makes of it.
    pub(super) fn give_way(&mut self, service: &ScheduleService, change: impl FnOnce(&ScheduleService)) {
        let items = || {
            let id = service.desk.subject(&self.slug).unwrap().channel.id;
            let stored = service.desk.store.schedule_items(&id, self.seen, FOR_EVER).unwrap();
            stored.into_iter().map(|stored| (stored.item.item_id, stored.item.end)).collect::<BTreeMap<_, _>>()
        };
        let before = items();
        change(service);
        let after = items();
        let is_shorter = |(id, end): &(&String, &UtcTime)| after.get(*id).is_some_and(|new| new.plus(FRAME) < **end);
        self.broken_off.extend(before.iter().filter(is_shorter).map(|(id, _)| id.clone()));
        self.aired.retain(|item| !self.broken_off.contains(&item.item_id));
        self.frozen.clear();
        self.frozen_events.clear();
    }

    /// Looks at all that is planned.
    pub(super) fn look_ahead(&self, service: &ScheduleService, now: UtcTime, days: u32) {
        let desk = &service.desk;
        let Subject { channel, plan, zone } = desk.subject(&self.slug).unwrap();
        let stored = desk.store.schedule_items(&channel.id, now, FOR_EVER).unwrap();
        let items: Vec<Item> = stored.into_iter().map(|stored| stored.item).collect();
        let last = desk.store.last_schedule_day(&channel.id).unwrap().unwrap();
        let today = day::date_at(&plan, &zone, now);
        assert_eq!(last.date, today.saturating_add(jiff::Span::new().days(days)), "{}", self.slug);
        let end = day::bounds(&plan, &zone, last.date).1;
        self.is_contiguous(&items, now, end);
        assert!(items.last().unwrap().end <= end.plus(LONGEST_ITEM), "{}", self.slug);
        let remembered: usize = last.end.cursors.values().map(String::len).sum();
        assert!(remembered < 8192, "{}: {remembered} bytes of {:#?}", self.slug, last.end.cursors);
    }

    fn is_contiguous(&self, items: &[Item], from: UtcTime, to: UtcTime) {
        for pair in items.windows(2) {
            assert_eq!(pair[0].end, pair[1].start, "{}: {pair:#?}", self.slug);
        }
        let ids: BTreeSet<&str> = items.iter().map(|item| item.item_id.as_str()).collect();
        assert_eq!(ids.len(), items.len(), "{}: an id twice", self.slug);
        assert!(items.iter().all(|item| item.start < item.end), "{}", self.slug);
        assert!(items.first().is_some_and(|first| first.start <= from), "{}: nothing at {from:?}", self.slug);
        assert!(items.last().is_some_and(|last| last.end >= to), "{}: nothing before {to:?}", self.slug);
    }
}
