//! Channels proposed for what the library holds.

use retrovue_schedule::plan::Plan;
use retrovue_schedule::suggest::{Existing, suggest};
use retrovue_schedule::{Asset, Kind};
use retrovue_store::schedules::{Channel, ChannelState};

use super::views::{SuggestionView, Suggestions};
use super::{AppliedFile, ScheduleService};
use crate::failure::Failure;

impl ScheduleService {
    /// A network that the library could fill. What a channel shows already, or showed until it was removed, is not
    /// proposed again, so that asking twice is the same as asking once.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn suggest(&self) -> Result<Suggestions, Failure> {
        let desk = &self.desk;
        let existing: Vec<Existing> = desk.store.channels()?.iter().map(existing).collect();
        let library = desk.store.schedulable_assets()?;
        let suggestions: Vec<SuggestionView> = suggest(&library, &existing)
            .into_iter()
            .map(|found| SuggestionView {
                slug: found.slug,
                number: found.number,
                text: found.text,
                reason: found.reason,
            })
            .collect();
        let note = suggestions.is_empty().then(|| why_nothing(&library));
        Ok(Suggestions { suggestions, applied: Vec::new(), note })
    }

    /// Proposes channels and applies them all.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_suggestions(&self, dry_run: bool) -> Result<Suggestions, Failure> {
        let mut suggested = self.suggest()?;
        let files: Vec<AppliedFile> = suggested
            .suggestions
            .iter()
            .map(|found| AppliedFile { name: format!("{}.yaml", found.slug), text: found.text.clone(), logo: None })
            .collect();
        suggested.applied = self.apply(&files, dry_run)?.channels;
        Ok(suggested)
    }
}

fn existing(channel: &Channel) -> Existing {
    let plan = Plan::read(&channel.text).0;
    Existing {
        slug: channel.slug.clone(),
        name: channel.name.clone(),
        number: Some(channel.number.clone()).filter(|_| channel.state == ChannelState::Live),
        matches: plan.into_iter().flat_map(|plan| plan.pools.into_values()).map(|pool| pool.matches).collect(),
    }
}

/// Why no channel is proposed.
fn why_nothing(library: &[Asset]) -> String {
    if library.is_empty() {
        return "The library holds nothing that is ready and approved. `retrovue source add` tells RetroVue of a folder."
            .to_owned();
    }
    if library.iter().all(|asset| asset.kind != Kind::Programme || asset.duration_ns == 0) {
        return "The library holds only what runs between programmes: spots, idents, filler. A channel needs a programme."
            .to_owned();
    }
    "Nothing new to suggest: what the library is enough for is on a channel, or was.".to_owned()
}
