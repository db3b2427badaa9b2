//! What scheduling knows of an asset.

use std::fmt;
use std::str::FromStr;

/// What an asset is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words of the channel file")]
pub enum Kind {
    Programme,
    Commercial,
    Promo,
    Bumper,
    StationId,
    Psa,
    Filler,
    Card,
    /// Nothing to show: black and silence. No asset has this kind.
    Slate,
}

impl Kind {
    const WORDS: [(Kind, &'static str); 9] = [
        (Kind::Programme, "programme"),
        (Kind::Commercial, "commercial"),
        (Kind::Promo, "promo"),
        (Kind::Bumper, "bumper"),
        (Kind::StationId, "station_id"),
        (Kind::Psa, "psa"),
        (Kind::Filler, "filler"),
        (Kind::Card, "card"),
        (Kind::Slate, "slate"),
    ];

    /// Its word in files and JSON.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("slate", |(_, word)| word)
    }

    /// The words of the kinds that an asset can have.
    pub fn words_of_assets() -> [&'static str; 8] {
        std::array::from_fn(|at| Self::WORDS[at].1)
    }
}

/// What sort of programme an asset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words of the channel file")]
pub enum MediaType {
    Movie,
    Episode,
    MusicVideo,
    Other,
}

impl MediaType {
    const WORDS: [(MediaType, &'static str); 4] = [
        (MediaType::Movie, "movie"),
        (MediaType::Episode, "episode"),
        (MediaType::MusicVideo, "music_video"),
        (MediaType::Other, "other"),
    ];

    /// Its word in files and JSON.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("other", |(_, word)| word)
    }

    /// All words.
    pub fn words() -> [&'static str; 4] {
        Self::WORDS.map(|(_, word)| word)
    }
}

/// A word that names no kind or type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not known here")]
pub struct UnknownWord(pub String);

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::WORDS.iter().find(|(_, word)| *word == text);
        found.map(|(kind, _)| *kind).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl FromStr for MediaType {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::WORDS.iter().find(|(_, word)| *word == text);
        found.map(|(kind, _)| *kind).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where an asset could be interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// In the asset's own time.
    pub at_ns: i64,
    /// How sure that is, in percent.
    pub confidence: u8,
}

/// A ready and approved asset, as scheduling sees it. Whoever calls passes only such ones, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Stable.
    pub id: String,
    /// What it is for.
    pub kind: Kind,
    /// What sort of programme.
    pub media_type: MediaType,
    /// As shown in guides.
    pub title: String,
    /// The series it belongs to.
    pub series: Option<String>,
    /// Season, 0 for specials.
    pub season: Option<u32>,
    /// Episode within the season.
    pub episode: Option<u32>,
    /// Year of first showing.
    pub year: Option<u32>,
    /// Day of first showing, `2024-05-01`.
    pub aired: Option<String>,
    /// In any case: `Comedy`.
    pub genres: Vec<String>,
    /// As its country writes it: `PG-13`.
    pub rating: Option<String>,
    /// From folders and files, lower case.
    pub tags: Vec<String>,
    /// From its first picture to the end of the last one.
    pub duration_ns: i64,
    /// Where its chapters begin, in order, in nanoseconds of its own time.
    pub chapters: Vec<i64>,
    /// Where it could be interrupted, in order: found by black and silence.
    pub breaks: Vec<Break>,
    /// The path, for an order that people expect where nothing else tells: compared as natural text.
    pub path: String,
}
