//! What the operator says of an asset.

use std::str::FromStr;

use retrovue_schedule::{Kind, MediaType};
use retrovue_store::library::{Field, Told};
use serde::{Deserialize, Serialize};

use crate::failure::{self, Failure};

/// Characters of a title or a series.
const NAME_LIMIT: usize = 200;

/// Characters of a rating, a genre or a tag.
const WORD_LIMIT: usize = 60;

/// Genres or tags of one asset.
const WORDS_LIMIT: usize = 50;

/// Years of first showing, from the first film on.
const YEARS: std::ops::RangeInclusive<u32> = 1888..=2099;

/// Fields that an operator corrects, by their words.
const FIELDS: [(&str, Field); 11] = [
    ("title", Field::Title),
    ("series", Field::Series),
    ("season", Field::Season),
    ("episode", Field::Episode),
    ("year", Field::Year),
    ("kind", Field::Kind),
    ("type", Field::Type),
    ("rating", Field::Rating),
    ("edition", Field::Edition),
    ("genres", Field::Genres),
    ("tags", Field::Tags),
];

/// Corrections of an asset; what is none stays as it is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EditAsset {
    /// As shown in guides.
    pub title: Option<String>,
    /// The series it belongs to; empty where it belongs to none.
    pub series: Option<String>,
    /// Season, 0 for specials.
    pub season: Option<u32>,
    /// Episode within the season.
    pub episode: Option<u32>,
    /// Year of first showing.
    pub year: Option<u32>,
    /// What it is for.
    pub kind: Option<String>,
    /// What sort of programme.
    pub r#type: Option<String>,
    /// Empty where it has none.
    pub rating: Option<String>,
    /// Empty where it has none.
    pub edition: Option<String>,
    /// All of them; empty where it has none.
    pub genres: Option<Vec<String>>,
    /// All of them; empty where it has none.
    pub tags: Option<Vec<String>>,
    /// Fields whose corrections are taken back.
    pub clear: Vec<String>,
}

/// Corrections that were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Correction {
    says: Told,
    clear: Vec<Field>,
}

impl Correction {
    /// Puts it over what the operator said before.
    pub(super) fn apply(self, told: &mut Told) {
        for field in self.clear {
            told.forget(field);
        }
        *told = self.says.over(std::mem::take(told));
    }
}

impl EditAsset {
    /// Checks every value.
    ///
    /// # Errors
    /// `asset_field_invalid`, or `usage` where nothing is corrected.
    pub(super) fn checked(self) -> Result<Correction, Failure> {
        let clear = self.clear.iter().map(|word| field(word)).collect::<Result<Vec<_>, _>>()?;
        let says = Told {
            title: self.title.map(|title| text("title", title, 1, NAME_LIMIT)).transpose()?,
            series: self.series.map(|series| text("series", series, 0, NAME_LIMIT)).transpose()?,
            season: self.season.map(|season| number("season", season, 0..=9999)).transpose()?,
            episode: self.episode.map(|episode| number("episode", episode, 0..=99_999)).transpose()?,
            year: self.year.map(|year| number("year", year, YEARS)).transpose()?,
            kind: self.kind.map(|kind| word("kind", &kind, &Kind::words_of_assets())).transpose()?,
            media_type: self.r#type.map(|media_type| word("type", &media_type, &MediaType::words())).transpose()?,
            rating: self.rating.map(|rating| text("rating", rating, 0, WORD_LIMIT)).transpose()?,
            edition: self.edition.map(|edition| text("edition", edition, 0, WORD_LIMIT)).transpose()?,
            genres: self.genres.map(|genres| words("genre", genres)).transpose()?,
            tags: self
                .tags
                .map(|tags| words("tag", tags.iter().map(|tag| tag.to_lowercase()).collect()))
                .transpose()?,
            ..Told::default()
        };
        if says.is_empty() && clear.is_empty() {
            let failure = Failure::new(failure::Kind::Usage, "usage", "nothing is corrected");
            return Err(failure.hint("name a field with its value, or one to clear"));
        }
        let both = says.fields().find(|field| clear.contains(field));
        match both {
            Some(both) => {
                let message = format!("{} is to be corrected and cleared at once", name(both));
                Err(Failure::new(failure::Kind::Usage, "usage", message).hint("do one of them"))
            }
            None => Ok(Correction { says, clear }),
        }
    }
}

fn field(word: &str) -> Result<Field, Failure> {
    let plural = format!("{word}s");
    let found = FIELDS.iter().find(|(known, _)| *known == word || *known == plural);
    found.map(|(_, field)| *field).ok_or_else(|| {
        let known: Vec<&str> = FIELDS.iter().map(|(word, _)| *word).collect();
        invalid(format!("{word:?} is no field that can be corrected"), format!("fields are {}", known.join(", ")))
    })
}

fn name(field: Field) -> &'static str {
    FIELDS.iter().find(|(_, known)| *known == field).map_or("a field", |(word, _)| word)
}

fn text(name: &str, value: String, least: usize, most: usize) -> Result<String, Failure> {
    let value = value.trim().to_owned();
    let fits = (least..=most).contains(&value.chars().count()) && !value.chars().any(char::is_control);
    if fits {
        return Ok(value);
    }
    Err(invalid(
        format!("{value:?} is no {name} of an asset"),
        format!("write {least} to {most} characters, on one line"),
    ))
}

fn number(name: &str, value: u32, range: std::ops::RangeInclusive<u32>) -> Result<u32, Failure> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(invalid(
        format!("{value} is no {name} of an asset"),
        format!("write a number from {} to {}", range.start(), range.end()),
    ))
}

fn word<T: FromStr>(name: &str, value: &str, known: &[&str]) -> Result<T, Failure> {
    let parsed = value.parse().ok().filter(|_| known.contains(&value));
    parsed.ok_or_else(|| {
        invalid(format!("{value:?} is no {name} of an asset"), format!("write one of {}", known.join(", ")))
    })
}

fn words(name: &str, values: Vec<String>) -> Result<Vec<String>, Failure> {
    let mut kept: Vec<String> = Vec::new();
    for value in values {
        let value = text(name, value, 0, WORD_LIMIT)?;
        if !value.is_empty() && !kept.contains(&value) {
            kept.push(value);
        }
    }
    if kept.len() > WORDS_LIMIT {
        return Err(invalid(
            format!("{} are too many for one asset", kept.len()),
            format!("write at most {WORDS_LIMIT}"),
        ));
    }
    Ok(kept)
}

fn invalid(message: String, hint: String) -> Failure {
    Failure::refused("asset_field_invalid", message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_are_checked_field_by_field() {
        let check = |edit: EditAsset, expected: (u8, &str, &str)| {
            let failure = edit.checked().unwrap_err();
            assert_eq!((failure.kind.exit_code(), failure.code.as_str()), (expected.0, expected.1));
            assert!(failure.hint.contains(expected.2), "{}", failure.hint);
        };
        let some = |text: &str| Some(text.to_owned());
        let invalid = "asset_field_invalid";
        let none = EditAsset::default;
        check(none(), (2, "usage", "name a field"));
        check(EditAsset { title: some("  "), ..none() }, (4, invalid, "1 to 200"));
        check(EditAsset { title: some("a\nb"), ..none() }, (4, invalid, "on one line"));
        check(EditAsset { year: Some(84), ..none() }, (4, invalid, "1888 to 2099"));
        check(EditAsset { kind: some("slate"), ..none() }, (4, invalid, "programme, commercial"));
        check(EditAsset { r#type: some("film"), ..none() }, (4, invalid, "movie, episode"));
        check(EditAsset { tags: Some(vec!["x".repeat(61)]), ..none() }, (4, invalid, "60 characters"));
        check(EditAsset { clear: vec!["colour".to_owned()], ..none() }, (4, invalid, "title, series"));
        let both = EditAsset { year: Some(1984), clear: vec!["year".to_owned()], ..none() };
        check(both, (2, "usage", "one of them"));
    }

    #[test]
    fn a_correction_goes_over_what_was_said_before() {
        let mut told = Told { year: Some(1982), title: Some("Old".to_owned()), ..Told::default() };
        let edit = EditAsset {
            title: Some(" New ".to_owned()),
            tags: Some(vec!["Toys".to_owned(), "toys".to_owned()]),
            genres: Some(vec![String::new()]),
            clear: vec!["year".to_owned()],
            ..EditAsset::default()
        };
        edit.checked().unwrap().apply(&mut told);
        let expected = Told {
            title: Some("New".to_owned()),
            tags: Some(vec!["toys".to_owned()]),
            genres: Some(Vec::new()),
            ..Told::default()
        };
        assert_eq!(told, expected);
    }
}
