//! What was sent: a channel's broadcast day as it really was, and where that is not what was planned.

use jiff::civil::Date;
use retrovue_schedule::asrun::{Difference, Row, Told, verify};
use retrovue_store::Store;
use retrovue_timeline::UtcTime;
use serde::Deserialize;

use super::schedules::{BroadcastDay, ScheduleService};
use crate::failure::Failure;
use crate::instants::rfc3339;

mod export;
mod views;

pub use views::{AsRunFile, AsRunView, DifferenceView, DifferencesView, EventView};

/// How a day is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A log for people, in columns of fixed width.
    Text,
    /// A JSON object on each line.
    Jsonl,
    /// For spreadsheets (RFC 4180).
    Csv,
}

/// What was sent, told from the store. Every call blocks.
#[derive(Clone)]
pub struct AsRun {
    /// Where it is kept.
    pub store: Store,
    /// What was planned.
    pub schedules: ScheduleService,
}

impl AsRun {
    /// What was sent of `slug` on `date`, today's where there is none.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn show(&self, slug: &str, date: Option<Date>) -> Result<AsRunView, Failure> {
        let (day, rows) = self.day(slug, date)?;
        Ok(AsRunView {
            channel: day.slug.clone(),
            date: day.date.to_string(),
            timezone: day.zone_name.clone(),
            start_utc: rfc3339(day.start),
            end_utc: rfc3339(day.end),
            events: rows.iter().map(EventView::of).collect(),
        })
    }

    /// The same as a file.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn export(&self, slug: &str, date: Option<Date>, format: Format) -> Result<AsRunFile, Failure> {
        let (day, rows) = self.day(slug, date)?;
        let text = match format {
            Format::Text => export::text(&day, &rows),
            Format::Jsonl => export::jsonl(&rows)?,
            Format::Csv => export::csv(&rows)?,
        };
        Ok(AsRunFile { channel: day.slug, date: day.date.to_string(), text })
    }

    /// Every difference between plan, guide and air, of what is over.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn verify(&self, slug: &str, date: Option<Date>) -> Result<DifferencesView, Failure> {
        let (day, rows) = self.day(slug, date)?;
        let plan = self.schedules.planned_in(&day)?;
        let sessions = self.store.air_sessions(&day.slug, day.start, day.end)?;
        let told = Told {
            guide: &plan.guide,
            plan: &plan.events,
            frame_rate: plan.frame_rate,
            rows: &rows,
            sessions: &sessions,
        };
        let findings = verify(told).into_iter().map(|found| DifferenceView::of(found, &day)).collect();
        Ok(DifferencesView { findings })
    }

    fn day(&self, slug: &str, date: Option<Date>) -> Result<(BroadcastDay, Vec<Row>), Failure> {
        let day = self.schedules.broadcast_day(slug, date)?;
        let rows = self.store.asrun(&day.slug, day.date)?.into_iter().map(|stored| stored.row).collect();
        Ok((day, rows))
    }
}

/// What to do about a difference.
fn hint(found: &Difference) -> &'static str {
    match (found.code, found.cause.as_deref()) {
        ("guide_differs" | "guide_not_planned", _) => {
            "the plan was changed after this was published: retrovue channel show tells its generations"
        }
        ("not_planned" | "early" | "overran", _) => {
            "the plan was changed while this was on air: retrovue channel show tells its generations"
        }
        ("interrupted", Some("air_lost")) => "Air ended by itself: its last lines in the log tell why",
        ("interrupted", _) => "Core ended or lost Air: its lines in the log tell why",
        ("untold" | "doubled", _) => "Air's evidence is not whole: the log tells whether its disk was full or failed",
        (_, Some("late" | "slate")) => "the file opened or decoded too slowly: the disk or the machine was busy",
        (_, Some("missing" | "file_missing")) => "bring the file back, or sync its source",
        _ => "retrovue asset show tells what is known of the file",
    }
}

/// The instant in the zone of `day`, with milliseconds.
fn local(day: &BroadcastDay, at: UtcTime) -> jiff::Zoned {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    at.to_zoned(day.zone.clone())
}
