//! Why something is on, for any instant that is stored.

use retrovue_schedule::day::{self, Explanation, Question};
use retrovue_schedule::{DayStart, Plan};
use retrovue_store::schedules::StoredItem;
use retrovue_timeline::UtcTime;
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
    /// The slot that holds.
    pub slot: Option<SlotView>,
    /// What the slot chose from.
    pub pool: Option<ChosenPoolView>,
    /// What was there as well.
    pub neighbours: Vec<NeighbourView>,
    /// The layers that do not hold.
    pub layers: Vec<LayerView>,
    /// All of it in sentences.
    pub reasons: Vec<String>,
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
    /// Why the channel shows at `at` what it shows.
    ///
    /// # Errors
    /// `channel_not_found`, `nothing_stored` where the instant lies before or behind what is stored.
    pub fn explain(&self, slug: &str, at: UtcTime) -> Result<ExplanationView, Failure> {
        let desk = &self.desk;
        let channel = desk.live_channel(slug)?;
        let stored = desk.store.schedule_items(&channel.id, at, at.plus(std::time::Duration::from_nanos(1)))?;
        let Some(StoredItem { date, generation, item }) = stored.into_iter().next() else {
            let message = format!("nothing is stored of channel {slug} at {}", rfc3339(at));
            let hint = format!("retrovue channel show {slug} tells how far it is planned; the past is kept 30 days");
            return Err(Failure::not_found("nothing_stored", message).hint(hint));
        };
        let plan = desk.plan_of(&channel.id, generation)?;
        let day = desk.store.schedule_day(&channel.id, date)?;
        // the rest of a day that was rebuilt tells nothing of what came before it
        let start =
            day.as_ref().map(|day| &day.start).filter(|start| start.busy_until.is_none_or(|at| item.start >= at));
        let before = desk.kept(&channel.id, date, start.unwrap_or(&DayStart::default()), item.start)?;
        let library = desk.store.schedulable_assets()?;
        let frame = plan.format.frame_rate.frame_at(at);
        let event = desk.store.playlog_events(&channel.id, frame, frame + 1)?.pop().map(|stored| stored.event);
        let zone = plan.zone(&zone_of(&channel.time_zone));
        let question = Question {
            plan: &plan,
            zone: &zone,
            library: &library,
            date,
            start,
            before: &before,
            item: &item,
            at,
            event: event.as_ref(),
        };
        let Explanation { slot, pool, neighbours, others, reasons } = day::explain(&question);
        Ok(ExplanationView {
            channel: channel.slug,
            date: date.to_string(),
            generation,
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
            neighbours: neighbours
                .into_iter()
                .map(|day::Neighbour { asset_id, title, why }| NeighbourView { asset_id, title, why })
                .collect(),
            layers: others.into_iter().map(|day::OtherLayer { name, why }| LayerView { name, why }).collect(),
            reasons,
            item: item_view(item),
        })
    }
}

impl Desk {
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
