//! Channels proposed for what the library holds.

use std::collections::BTreeMap;

use retrovue_schedule::Plan;
use retrovue_schedule::plan::Pool;
use retrovue_schedule::suggest::suggest;

use super::views::{SuggestionView, Suggestions};
use super::{AppliedFile, ScheduleService};
use crate::failure::Failure;

impl ScheduleService {
    /// Channels that the library could fill. What a channel shows already, or showed until it was removed, is not
    /// proposed again, so that asking twice is the same as asking once.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn suggest(&self) -> Result<Suggestions, Failure> {
        let desk = &self.desk;
        let channels = desk.store.channels()?;
        let taken: Vec<String> = channels.iter().map(|channel| channel.slug.clone()).collect();
        let pools = |text: &str| Plan::read(text).0.map(|plan| plan.pools);
        let shown: Vec<_> = channels.iter().filter_map(|channel| pools(&channel.text)).collect();
        let is_new =
            |text: &str| pools(text).is_some_and(|pools| shown.iter().all(|shown| !same_matches(shown, &pools)));
        let suggestions = suggest(&desk.store.schedulable_assets()?, &taken)
            .into_iter()
            .filter(|found| is_new(&found.text))
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
            .map(|found| AppliedFile { name: format!("{}.yaml", found.slug), text: found.text.clone(), logo: None })
            .collect();
        suggested.applied = self.apply(&files, dry_run)?.channels;
        Ok(suggested)
    }
}

/// Whether two plans' pools hold the same, wherever in the file they stand.
fn same_matches(a: &BTreeMap<String, Pool>, b: &BTreeMap<String, Pool>) -> bool {
    a.len() == b.len() && a.values().zip(b.values()).all(|(a, b)| a.matches == b.matches)
}
