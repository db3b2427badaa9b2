//! Channels proposed for what the library holds.

use retrovue_schedule::suggest::suggest;

use super::views::{SuggestionView, Suggestions};
use super::{AppliedFile, ScheduleService};
use crate::failure::Failure;

impl ScheduleService {
    /// Channels that the library could fill, beside those there are.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn suggest(&self) -> Result<Suggestions, Failure> {
        let desk = &self.desk;
        let taken: Vec<String> = desk.store.channels()?.into_iter().map(|channel| channel.slug).collect();
        let suggestions = suggest(&desk.store.schedulable_assets()?, &taken)
            .into_iter()
            .map(|found| SuggestionView { slug: found.slug, text: found.text, reason: found.reason })
            .collect();
        Ok(Suggestions { suggestions, applied: Vec::new() })
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
            .map(|found| AppliedFile { name: format!("{}.yaml", found.slug), text: found.text.clone() })
            .collect();
        suggested.applied = self.apply(&files, dry_run)?.channels;
        Ok(suggested)
    }
}
