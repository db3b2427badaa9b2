//! Why something is on, for any instant that is stored.

use std::collections::BTreeSet;

use retrovue_schedule::day::{self, Explanation, Question};
use retrovue_schedule::playlog::Aired;
use retrovue_schedule::{Event, Item, Plan};
use retrovue_store::schedules::{Channel, StoredItem};
use retrovue_timeline::{FrameRate, UtcTime};
use serde::{Deserialize, Serialize};

use super::queries::item_view;
use super::subjects::zone_of;
use super::views::ItemView;
use super::{Desk, ScheduleService};
use crate::failure::{Failure, Kind};
use crate::instants::rfc3339;

/// Why an item is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplanationView {
    /// The channel's slug.
    pub channel: String,
    /// The broadcast day.
    pub date: String,
    /// The generation that chose it.
    pub generation: u64,
    /// What is on.
    pub item: ItemView,
    /// What the playlog has there, where it reaches so far.
    pub event: Option<AiredView>,
    /// The slot that holds.
    pub slot: Option<SlotView>,
    /// What the slot chose from.
    pub pool: Option<ChosenPoolView>,
    /// What was there as well.
    pub neighbours: Vec<NeighbourView>,
    /// Where a spot is on, what its break could have held as well.
    pub spots: Vec<NeighbourView>,
    /// The layers that do not hold.
    pub layers: Vec<LayerView>,
    /// All of it in sentences.
    pub reasons: Vec<String>,
}

/// What the playlog has at the instant: the item itself, or a spot in one of its breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct AiredView {
    pub event_id: String,
    pub kind: String,
    pub title: String,
    pub asset_id: Option<String>,
    pub rule: String,
}

/// A slot, with all of its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct SlotView {
    pub layer: String,
    /// From 0.
    pub index: usize,
    /// In the channel file, from 1.
    pub line: u32,
    pub start_utc: String,
    pub end_utc: String,
}

/// A pool and where its order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct ChosenPoolView {
    pub name: String,
    pub size: usize,
    pub order: String,
    pub seed: u64,
    /// The id of the asset that the order had come to.
    pub cursor_before: Option<String>,
    /// The id of the asset that it has come to.
    pub cursor_after: Option<String>,
}

/// An asset that was not chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct NeighbourView {
    pub asset_id: String,
    pub title: String,
    pub why: String,
}

/// A layer that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct LayerView {
    pub name: String,
    pub why: String,
}

impl ScheduleService {
    /// Why the channel shows what it shows in the first frame from `at` on.
    ///
    /// # Errors
    /// `channel_not_found`, `nothing_stored` where the instant lies before or behind what is stored.
    pub fn explain(&self, slug: &str, at: UtcTime) -> Result<ExplanationView, Failure> {
        let desk = &self.desk;
        let subject = desk.subject(slug)?;
        // the stored playlog is in these frames, whichever generation it is of
        let rate = subject.plan.format.frame_rate;
        let frame = rate.frame_at_or_after(at);
        let at = rate.start_of(frame);
        let channel = subject.channel;
        let stored = desk.store.schedule_items(&channel.id, at, at.plus(std::time::Duration::from_nanos(1)))?;
        let Some(StoredItem { date, generation, item }) = stored.into_iter().next() else {
            return Err(desk.nothing_stored(&channel, at)?);
        };
        let plan = desk.plan_of(&channel.id, generation)?;
        let (start, before) = desk.shown_before(&channel, date, item.start)?.unzip();
        let before = before.unwrap_or_default();
        let library = desk.store.schedulable_assets()?;
        let ids: BTreeSet<String> = before.iter().chain([&item]).filter_map(|item| item.asset_id.clone()).collect();
        let shown = desk.store.shown_assets(&ids.into_iter().collect::<Vec<_>>())?;
        let block = desk.block(&channel, &item, rate)?;
        let event =
            block.iter().find(|event| (event.start_frame..event.start_frame + event.frame_count).contains(&frame));
        let plays = desk.plays_before(&channel, rate, item.start)?;
        let zone = plan.zone(&zone_of(&channel.time_zone));
        let question = Question {
            plan: &plan,
            zone: &zone,
            library: &library,
            shown: &shown,
            date,
            start: start.as_ref(),
            before: &before,
            item: &item,
            at,
            aired: event.map(|event| Aired { event, block: &block, plays: &plays }),
        };
        let Explanation { slot, pool, neighbours, spots, others, reasons } = day::explain(&question);
        let views = |neighbours: Vec<day::Neighbour>| {
            let view = |day::Neighbour { asset_id, title, why }| NeighbourView { asset_id, title, why };
            neighbours.into_iter().map(view).collect()
        };
        Ok(ExplanationView {
            channel: channel.slug,
            date: date.to_string(),
            generation,
            event: event.map(|event| AiredView {
                event_id: event.event_id.clone(),
                kind: event.kind.word().to_owned(),
                title: event.title.clone(),
                asset_id: event.asset_id.clone(),
                rule: event.rule.clone(),
            }),
            slot: slot.map(|slot| SlotView {
                layer: slot.layer,
                index: slot.index,
                line: slot.line,
                start_utc: rfc3339(slot.start),
                end_utc: rfc3339(slot.end),
            }),
            pool: pool.map(|pool| ChosenPoolView {
                name: pool.name,
                size: pool.size,
                order: pool.order,
                seed: pool.seed,
                cursor_before: pool.before,
                cursor_after: pool.after,
            }),
            neighbours: views(neighbours),
            spots: views(spots),
            layers: others.into_iter().map(|day::OtherLayer { name, why }| LayerView { name, why }).collect(),
            reasons,
            item: item_view(item),
        })
    }
}

impl Desk {
    /// The events of `item`, as far as the playlog reaches.
    fn block(&self, channel: &Channel, item: &Item, rate: FrameRate) -> Result<Vec<Event>, Failure> {
        let frames = [item.start, item.end].map(|at| rate.frame_at_or_after(at));
        let events = self.store.playlog_events(&channel.id, frames[0], frames[1])?;
        Ok(events.into_iter().map(|stored| stored.event).filter(|event| event.block_id == item.item_id).collect())
    }

    fn nothing_stored(&self, channel: &Channel, at: UtcTime) -> Result<Failure, Failure> {
        let slug = &channel.slug;
        let message = match self.store.schedule_end(&channel.id)?.filter(|end| *end <= at) {
            Some(end) => format!("channel {slug} is planned until {}, and not for {} yet", rfc3339(end), rfc3339(at)),
            None => format!("nothing is stored of channel {slug} at {}", rfc3339(at)),
        };
        let hint = format!("retrovue channel show {slug} tells how far it is planned; the past is kept 30 days");
        Ok(Failure::not_found("nothing_stored", message).hint(hint))
    }

    /// The plan of a generation, as it was applied.
    fn plan_of(&self, channel_id: &str, generation: u64) -> Result<Plan, Failure> {
        let text = self.store.plan_text(channel_id, generation)?;
        text.and_then(|text| Plan::read(&text).0).ok_or_else(|| {
            let message = format!("the channel file of generation {generation} cannot be read any more");
            Failure::new(Kind::Failed, "plan_unreadable", message)
                .hint("it was written for another version; what is planned from now on can be explained")
        })
    }
}
