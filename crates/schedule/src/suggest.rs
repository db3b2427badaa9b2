//! Channels proposed from what a library holds.

use crate::asset::Asset;

/// A channel file that could be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The channel's slug.
    pub slug: String,
    /// The file, with comments that teach the language.
    pub text: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// Proposes channels for `library`: at least one wherever there is a programme. Slugs avoid those in `taken`.
pub fn suggest(library: &[Asset], taken: &[String]) -> Vec<Suggestion> {
    let _ = (library, taken);
    Vec::new()
}
