//! What breaks have shown so far.

use std::collections::BTreeMap;
use std::time::Duration;

use retrovue_timeline::UtcTime;

use crate::plan::LONGEST_COOLDOWN;

/// How far back rules reach.
pub const REMEMBERED: Duration = LONGEST_COOLDOWN;

/// When each asset was shown in a break or a hole, as far back as is [remembered](REMEMBERED).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plays(BTreeMap<String, Vec<UtcTime>>);

impl Plays {
    /// When it was shown last.
    pub(super) fn last(&self, asset_id: &str) -> Option<UtcTime> {
        self.0.get(asset_id)?.last().copied()
    }

    /// How often it was shown from `from` on.
    pub(super) fn since(&self, asset_id: &str, from: UtcTime) -> usize {
        let plays = self.0.get(asset_id).map_or(&[][..], Vec::as_slice);
        plays.iter().rev().take_while(|at| **at >= from).count()
    }

    /// Notes that it is shown at `at`, after all that is noted.
    pub(super) fn note(&mut self, asset_id: &str, at: UtcTime) {
        match self.0.get_mut(asset_id) {
            Some(plays) => plays.push(at),
            None => {
                self.0.insert(asset_id.to_owned(), vec![at]);
            }
        }
    }
}

impl FromIterator<(String, UtcTime)> for Plays {
    fn from_iter<T: IntoIterator<Item = (String, UtcTime)>>(plays: T) -> Self {
        let mut all = Self::default();
        for (asset_id, at) in plays {
            all.0.entry(asset_id).or_default().push(at);
        }
        all.0.values_mut().for_each(|plays| plays.sort_unstable());
        all
    }
}
