//! What a channel's branding and the loudness come to: steps of playout, listed beside the enrichers of the library.

use std::collections::BTreeMap;

use retrovue_schedule::plan::{Branding, Corner, Crawl, Edge, Logo};
use serde_json::{Value, json};

use super::{Desk, ScheduleService};
use crate::failure::Failure;
use crate::usecases::enrichers::EnricherView;

/// Counts the ways in which these have worked.
const VERSION: u32 = 1;

impl ScheduleService {
    /// What lies over each channel's programmes and changes their sound, by the channels' numbers.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn playout_enrichers(&self) -> Result<Vec<EnricherView>, Failure> {
        let desk = &self.desk;
        let mut found = Vec::new();
        for channel in desk.live_channels()? {
            let subject = desk.subject_of(channel)?;
            found.extend(desk.steps_of(&subject.channel.slug, &subject.plan.branding));
        }
        Ok(found)
    }
}

impl Desk {
    fn steps_of(&self, slug: &str, branding: &Branding) -> Vec<EnricherView> {
        let gain = self.outlook().loudness.map(|target| ("gain", 1, json!({ "target_lufs": target })));
        let logo = branding.logo.as_ref().map(|logo| ("logo", 2, of_logo(logo)));
        let crawl = branding.crawl.as_ref().map(|crawl| ("crawl", 3, of_crawl(crawl)));
        let steps = [gain, logo, crawl].into_iter().flatten();
        let views = steps.map(|(kind, order, settings)| EnricherView {
            name: format!("{slug}/{kind}"),
            kind,
            scope: "playout",
            order,
            version: VERSION,
            default: false,
            channel: Some(slug.to_owned()),
            settings: fields(settings),
            collections: Vec::new(),
            waiting: 0,
        });
        views.collect()
    }
}

fn of_logo(logo: &Logo) -> Value {
    let at = match logo.at {
        Corner::TopLeft => "top-left",
        Corner::TopRight => "top-right",
        Corner::BottomLeft => "bottom-left",
        Corner::BottomRight => "bottom-right",
    };
    json!({ "file": logo.file, "at": at, "opacity": logo.opacity })
}

fn of_crawl(crawl: &Crawl) -> Value {
    let at = match crawl.at {
        Edge::Top => "top",
        Edge::Bottom => "bottom",
    };
    json!({ "text": crawl.text, "at": at })
}

fn fields(settings: Value) -> BTreeMap<String, Value> {
    match settings {
        Value::Object(fields) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}
