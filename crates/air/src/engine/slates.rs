//! Slates, encoded once per house format and kept for the process.

use std::sync::{Arc, Mutex, PoisonError};

use retrovue_pipeline::{HouseFormat, Slate, SlateError};

/// Formats whose slate is kept: more than a network has. Each is a second of black, some 20 kB.
const KEPT: usize = 16;

/// The slates that were needed so far.
#[derive(Default)]
pub(crate) struct Slates(Mutex<Vec<(HouseFormat, Arc<Slate>)>>);

impl Slates {
    /// The slate of `format`. Blocks for some tens of milliseconds where it is the first of its format.
    ///
    /// # Errors
    /// Where the encoder refuses the format.
    pub(crate) fn of(&self, format: &HouseFormat) -> Result<Arc<Slate>, SlateError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slate)) = kept.iter().find(|(known, _)| known == format) {
            return Ok(Arc::clone(slate));
        }
        let slate = Arc::new(Slate::encode(format)?);
        if slate.video.is_empty() {
            return Err(SlateError("the encoder made no picture".to_owned()));
        }
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((*format, Arc::clone(&slate)));
        Ok(slate)
    }
}
