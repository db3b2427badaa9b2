//! The states of an asset, and which may follow which.

use std::fmt;
use std::str::FromStr;

use retrovue_schedule::asset::UnknownWord;

/// Where an asset is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssetState {
    /// Found, not yet looked at.
    New,
    /// Being looked at, or to be looked at again because its content changed.
    Enriching,
    /// Playable. Only such an asset can be approved, and only an approved one goes on air.
    Ready,
    /// Taken out of use by the operator, until he restores it.
    Retired,
    /// Its file is away. It comes back by itself.
    Missing,
    /// Its file cannot be played, or Air died over it.
    Faulty,
}

impl AssetState {
    /// Every state.
    pub const ALL: [AssetState; 6] = [
        AssetState::New,
        AssetState::Enriching,
        AssetState::Ready,
        AssetState::Retired,
        AssetState::Missing,
        AssetState::Faulty,
    ];

    /// Its word in the database and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            AssetState::New => "new",
            AssetState::Enriching => "enriching",
            AssetState::Ready => "ready",
            AssetState::Retired => "retired",
            AssetState::Missing => "missing",
            AssetState::Faulty => "faulty",
        }
    }

    /// Whether an asset may go from this state to `next`. Staying is no transition.
    pub fn may_become(self, next: AssetState) -> bool {
        use AssetState::{Enriching, Faulty, Missing, New, Ready, Retired};
        matches!(
            (self, next),
            (New, Enriching | Missing | Retired)
                | (Enriching, Ready | Faulty | Missing | Retired)
                | (Ready, Enriching | Faulty | Missing | Retired)
                | (Missing, Enriching | Ready | Retired)
                | (Faulty, Enriching | Ready | Missing | Retired)
                | (Retired, Enriching | Ready | Missing)
        )
    }
}

impl fmt::Display for AssetState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for AssetState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row per state, one column per next state, in the order of [`AssetState::ALL`].
    const TABLE: [(&str, &str); 6] = [
        // N E R T M F
        ("new", ". x . x x ."),
        ("enriching", ". . x x x x"),
        ("ready", ". x . x x x"),
        ("retired", ". x x . x ."),
        ("missing", ". x x x . ."),
        ("faulty", ". x x x x ."),
    ];

    #[test]
    fn every_pair_is_as_the_table_says() {
        for (from, row) in TABLE {
            let from: AssetState = from.parse().unwrap();
            for (next, cell) in AssetState::ALL.into_iter().zip(row.split(' ')) {
                assert_eq!(from.may_become(next), cell == "x", "{from} to {next}");
            }
        }
    }

    #[test]
    fn words_read_back() {
        for state in AssetState::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
        assert!("ok".parse::<AssetState>().is_err());
    }
}
