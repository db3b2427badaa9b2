//! What is known of an asset, and who said it: what each origin tells is kept apart, and an asset's description is
//! their merge. So an origin can be read again without losing what others told.

use std::collections::BTreeMap;
use std::path::Path;

use retrovue_schedule::{Kind, MediaType};
use serde::{Deserialize, Serialize};

/// What has no title at all.
const UNTITLED: &str = "Untitled";

/// Where a field comes from, the most trusted one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The operator's correction.
    Operator,
    /// The media server that keeps it, where operators have chosen what it is.
    Server,
    /// An NFO file beside it.
    Nfo,
    /// The file's own name.
    FileName,
    /// The name of a folder it lies in.
    Folder,
    /// Tags in the file.
    Container,
    /// Nothing says it; it is made from other fields so that there is something to show.
    Inferred,
}

impl Origin {
    /// Those that tell something.
    const TELLING: [(Origin, &'static str); 6] = [
        (Origin::Operator, "operator"),
        (Origin::Server, "server"),
        (Origin::Nfo, "nfo"),
        (Origin::FileName, "file_name"),
        (Origin::Folder, "folder"),
        (Origin::Container, "container"),
    ];

    /// Its word in the database; none for what is inferred, which is never kept.
    pub(super) fn word(self) -> Option<&'static str> {
        Self::TELLING.iter().find(|(origin, _)| *origin == self).map(|(_, word)| *word)
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::TELLING.iter().find(|(_, known)| *known == word).map(|(origin, _)| *origin)
    }

    /// Whether a sync reads it without looking into the file: from the server, or from the folder.
    fn is_scanned(self) -> bool {
        matches!(self, Origin::Server | Origin::Nfo | Origin::FileName | Origin::Folder)
    }
}

/// A field whose origin is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields of a description")]
pub enum Field {
    Kind,
    Type,
    Title,
    Series,
    Season,
    Episode,
    Year,
    Aired,
    Edition,
    Plot,
    Rating,
    Tags,
    Genres,
    Artwork,
    Fanart,
}

/// What one origin tells of an asset. An empty text says that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "as in Description; none where the origin tells nothing of it")]
pub struct Told {
    #[serde(with = "word", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(with = "word", rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_episode: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aired: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genres: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artwork: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fanart: Option<String>,
}

impl Told {
    /// Whether it tells nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// This, and what `lower` tells beyond it. Episode and last episode are one.
    #[must_use]
    pub fn over(self, lower: Told) -> Told {
        Told {
            last_episode: if self.episode.is_some() { self.last_episode } else { lower.last_episode },
            kind: self.kind.or(lower.kind),
            media_type: self.media_type.or(lower.media_type),
            title: self.title.or(lower.title),
            series: self.series.or(lower.series),
            season: self.season.or(lower.season),
            episode: self.episode.or(lower.episode),
            year: self.year.or(lower.year),
            aired: self.aired.or(lower.aired),
            edition: self.edition.or(lower.edition),
            plot: self.plot.or(lower.plot),
            rating: self.rating.or(lower.rating),
            genres: self.genres.or(lower.genres),
            tags: self.tags.or(lower.tags),
            artwork: self.artwork.or(lower.artwork),
            fanart: self.fanart.or(lower.fanart),
        }
    }

    /// No longer tells `field`.
    pub fn forget(&mut self, field: Field) {
        match field {
            Field::Kind => self.kind = None,
            Field::Type => self.media_type = None,
            Field::Title => self.title = None,
            Field::Series => self.series = None,
            Field::Season => self.season = None,
            Field::Episode => (self.episode, self.last_episode) = (None, None),
            Field::Year => self.year = None,
            Field::Aired => self.aired = None,
            Field::Edition => self.edition = None,
            Field::Plot => self.plot = None,
            Field::Rating => self.rating = None,
            Field::Tags => self.tags = None,
            Field::Genres => self.genres = None,
            Field::Artwork => self.artwork = None,
            Field::Fanart => self.fanart = None,
        }
    }

    /// The fields that it tells.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        [
            (Field::Kind, self.kind.is_some()),
            (Field::Type, self.media_type.is_some()),
            (Field::Title, self.title.is_some()),
            (Field::Series, self.series.is_some()),
            (Field::Season, self.season.is_some()),
            (Field::Episode, self.episode.is_some()),
            (Field::Year, self.year.is_some()),
            (Field::Aired, self.aired.is_some()),
            (Field::Edition, self.edition.is_some()),
            (Field::Plot, self.plot.is_some()),
            (Field::Rating, self.rating.is_some()),
            (Field::Tags, self.tags.is_some()),
            (Field::Genres, self.genres.is_some()),
            (Field::Artwork, self.artwork.is_some()),
            (Field::Fanart, self.fanart.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, is_told)| is_told.then_some(field))
    }
}

/// What every origin tells of an asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers(BTreeMap<Origin, Told>);

impl Layers {
    /// What `origin` tells, to be changed.
    pub fn of(&mut self, origin: Origin) -> &mut Told {
        self.0.entry(origin).or_default()
    }

    /// Those that tell something, the most trusted one first.
    pub fn iter(&self) -> impl Iterator<Item = (Origin, &Told)> {
        self.0.iter().filter(|(_, told)| !told.is_empty()).map(|(origin, told)| (*origin, told))
    }

    /// Takes in what a sync read anew of names and of files beside it; what else is told stays.
    pub fn rescan(&mut self, scanned: &Layers) {
        self.0.retain(|origin, _| !origin.is_scanned());
        let scanned = scanned.iter().filter(|(origin, _)| origin.is_scanned());
        self.0.extend(scanned.map(|(origin, told)| (origin, told.clone())));
    }

    /// What the asset is: each field as the most trusted origin tells it.
    pub fn merged(&self) -> Description {
        let mut origins = BTreeMap::new();
        let mut merged = Told::default();
        for (origin, told) in self.iter() {
            for field in told.fields() {
                origins.entry(field).or_insert(origin);
            }
            merged = merged.over(told.clone());
        }
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        merged.series = some(merged.series);
        let title = some(merged.title).unwrap_or_else(|| {
            origins.insert(Field::Title, Origin::Inferred);
            match (merged.episode, merged.last_episode, &merged.aired) {
                (Some(first), Some(last), _) => format!("Episodes {first}–{last}"),
                (Some(first), None, _) => format!("Episode {first}"),
                (None, _, Some(aired)) => aired.clone(),
                (None, _, None) => merged.series.clone().unwrap_or_else(|| UNTITLED.to_owned()),
            }
        });
        Description {
            kind: merged.kind.unwrap_or(Kind::Programme),
            media_type: merged.media_type.unwrap_or(MediaType::Other),
            title,
            series: merged.series,
            season: merged.season,
            episode: merged.episode,
            last_episode: merged.last_episode,
            year: merged.year,
            aired: some(merged.aired),
            edition: some(merged.edition),
            plot: some(merged.plot),
            rating: some(merged.rating),
            tags: merged.tags.unwrap_or_default(),
            genres: merged.genres.unwrap_or_default(),
            artwork: merged.artwork,
            fanart: merged.fanart,
            origins,
        }
    }
}

impl Layers {
    /// What the asset of that file is. Where nothing tells a title, the file's name is one.
    pub(super) fn merged_for(&self, file: &Path) -> Description {
        let mut merged = self.merged();
        if merged.origins.get(&Field::Title) == Some(&Origin::Inferred) && merged.title == UNTITLED {
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            merged.title = stem.filter(|stem| !stem.is_empty()).unwrap_or(merged.title);
        }
        merged
    }
}

impl FromIterator<(Origin, Told)> for Layers {
    fn from_iter<T: IntoIterator<Item = (Origin, Told)>>(layers: T) -> Self {
        Self(layers.into_iter().collect())
    }
}

impl From<(Origin, Told)> for Layers {
    fn from(layer: (Origin, Told)) -> Self {
        Self::from_iter([layer])
    }
}

/// What an asset is: the merge of what all origins tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What it is for.
    pub kind: Kind,
    /// What sort of programme.
    pub media_type: MediaType,
    /// As shown in guides; never empty.
    pub title: String,
    /// The series it belongs to.
    pub series: Option<String>,
    /// Season, 0 for specials.
    pub season: Option<u32>,
    /// Episode within the season, or of the whole series where there is no season; the first one where the file holds
    /// several.
    pub episode: Option<u32>,
    /// The last episode, where the file holds several.
    pub last_episode: Option<u32>,
    /// Year of first showing.
    pub year: Option<u32>,
    /// Day of first showing, `2024-05-01`.
    pub aired: Option<String>,
    /// `Director's Cut`
    pub edition: Option<String>,
    /// In a few sentences.
    pub plot: Option<String>,
    /// `PG-13`, `TV-Y7`, …
    pub rating: Option<String>,
    /// Lower case.
    pub tags: Vec<String>,
    /// As whoever tells them writes them.
    pub genres: Vec<String>,
    /// Its poster or still, relative to the source's folder.
    pub artwork: Option<String>,
    /// Its backdrop, relative to the source's folder.
    pub fanart: Option<String>,
    /// Where each field that is not a default comes from.
    pub origins: BTreeMap<Field, Origin>,
}

/// A word of one of the enums, or nothing.
mod word {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(to)
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text: Option<String> = Option::deserialize(from)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests;
