//! Names as they are found in real libraries, and what they tell.

use std::path::Path;

use retrovue_store::library::Field;

use super::*;

/// A file name and, indented below it, what it tells; `#` begins a comment.
const NAMES: &str = include_str!("names.txt");

/// `kind type "title" of "series" SxEy-z year [edition] day #tags`, without what is not there or a programme's.
fn summary(path: &str) -> String {
    let told = read(Path::new(path)).merged();
    let mut text = match told.kind {
        Kind::Programme => format!("{} {:?}", told.media_type, told.title),
        kind => format!("{kind} {} {:?}", told.media_type, told.title),
    };
    if let Some(series) = &told.series {
        text.push_str(&format!(" of {series:?}"));
    }
    if told.season.is_some() || told.episode.is_some() {
        let number = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        text.push_str(&format!(" S{}E{}", number(told.season), number(told.episode)));
    }
    let more = [
        told.last_episode.map(|last| format!("-{last}")),
        told.year.map(|year| format!(" {year}")),
        told.edition.map(|edition| format!(" [{edition}]")),
        told.aired.map(|day| format!(" {day}")),
    ];
    text.extend(more.into_iter().flatten());
    text.extend(told.tags.iter().map(|tag| format!(" #{tag}")));
    text
}

#[test]
fn names_tell_what_they_tell() {
    let lines: Vec<&str> = NAMES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let (pairs, rest) = lines.as_chunks::<2>();
    assert!(rest.is_empty() && pairs.len() >= 300, "{} names", pairs.len());
    let wrong: Vec<String> = pairs
        .iter()
        .filter(|[path, expected]| summary(path) != expected.trim_start())
        .map(|[path, expected]| format!("{path}\n    {}\n  not {}", summary(path), expected.trim_start()))
        .collect();
    assert!(wrong.is_empty(), "{} of {} names:\n{}", wrong.len(), pairs.len(), wrong.join("\n"));
}

#[test]
fn every_field_remembers_its_source() {
    let told = read(Path::new("Cheers (1982)/Season 01/Cheers - S01E02.mkv")).merged();
    let origins: Vec<_> = told.origins.into_iter().collect();
    assert_eq!(
        origins,
        [
            (Field::Type, Origin::FileName),
            (Field::Title, Origin::Inferred),
            (Field::Series, Origin::Folder),
            (Field::Season, Origin::FileName),
            (Field::Episode, Origin::FileName),
            (Field::Year, Origin::Folder),
        ]
    );
}

#[test]
fn collections_are_the_top_level_folders() {
    let check = |path: &str, name: &str, kind: Kind| {
        assert_eq!(collection(Path::new(path)), Collection { name: name.to_owned(), kind });
    };
    check("Cheers/Season 1/x.mkv", "Cheers", Kind::Programme);
    check("Commercials/toys/x.mkv", "Commercials", Kind::Commercial);
    check("x.mkv", ".", Kind::Programme);
}
