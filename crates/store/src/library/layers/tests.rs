//! Who wins, field by field.

use super::*;

fn titled(title: &str) -> Told {
    Told { title: Some(title.to_owned()), ..Told::default() }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_most_trusted_origin_tells_each_field() {
    use Origin::{Container, FileName, Folder, Nfo, Operator};
    let all = [Container, Folder, FileName, Nfo, Operator];
    for (at, most_trusted) in all.into_iter().enumerate() {
        let layers: Layers = all[..=at].iter().map(|origin| (*origin, titled(&format!("{origin:?}")))).collect();
        let merged = layers.merged();
        assert_eq!(merged.title, format!("{most_trusted:?}"));
        assert_eq!(merged.origins, BTreeMap::from([(Field::Title, most_trusted)]));
    }
}

#[test]
fn what_one_origin_leaves_open_another_one_fills() {
    let layers = Layers::from_iter([
        (Origin::Operator, Told { year: Some(1983), ..Told::default() }),
        (Origin::FileName, Told { season: Some(1), episode: Some(2), ..Told::default() }),
        (Origin::Folder, Told { series: some("Cheers"), year: Some(1982), ..Told::default() }),
        (Origin::Container, Told { genres: Some(vec!["Comedy".to_owned()]), ..titled("Sam's Women") }),
    ]);
    let merged = layers.merged();
    assert_eq!((merged.series, merged.season, merged.episode), (some("Cheers"), Some(1), Some(2)));
    assert_eq!((merged.title.as_str(), merged.year), ("Sam's Women", Some(1983)));
    assert_eq!(merged.genres, ["Comedy"]);
    assert_eq!(merged.origins[&Field::Year], Origin::Operator);
    assert_eq!(merged.origins[&Field::Genres], Origin::Container);
}

#[test]
fn an_empty_text_says_that_there_is_none() {
    let layers = Layers::from_iter([
        (Origin::Operator, Told { series: some(""), rating: some(""), genres: Some(Vec::new()), ..Told::default() }),
        (Origin::Nfo, Told { rating: some("R"), genres: Some(vec!["War".to_owned()]), ..titled("Dunkirk") }),
        (Origin::Folder, Told { series: some("Films"), ..Told::default() }),
    ]);
    let merged = layers.merged();
    assert_eq!((merged.series, merged.rating, merged.genres), (None, None, Vec::new()));
    assert_eq!(merged.origins[&Field::Series], Origin::Operator);
}

#[test]
fn episodes_of_one_file_are_told_by_one_origin() {
    let layers = Layers::from_iter([
        (Origin::Operator, Told { episode: Some(7), ..Told::default() }),
        (Origin::FileName, Told { episode: Some(1), last_episode: Some(2), ..Told::default() }),
    ]);
    assert_eq!((layers.merged().episode, layers.merged().last_episode), (Some(7), None));
}

#[test]
fn there_is_always_a_title() {
    let check = |told: Told, expected: &str| {
        let merged = Layers::from((Origin::FileName, told)).merged();
        assert_eq!((merged.title.as_str(), merged.origins[&Field::Title]), (expected, Origin::Inferred));
    };
    check(Told { episode: Some(2), ..Told::default() }, "Episode 2");
    check(Told { episode: Some(2), last_episode: Some(3), ..Told::default() }, "Episodes 2–3");
    check(Told { aired: some("2024-05-01"), series: some("News"), ..Told::default() }, "2024-05-01");
    check(Told { series: some("News"), ..Told::default() }, "News");
    check(Told::default(), "Untitled");
    check(titled(""), "Untitled");
}

#[test]
fn a_rescan_leaves_the_operator_and_the_container_alone() {
    let mut layers: Layers =
        Origin::TELLING.iter().map(|(origin, word)| (*origin, titled(&format!("old {word}")))).collect();
    layers.rescan(&Layers::from_iter([(Origin::FileName, titled("new")), (Origin::Operator, titled("forged"))]));
    let titles: Vec<_> = layers.iter().map(|(_, told)| told.title.as_deref().unwrap()).collect();
    assert_eq!(titles, ["old operator", "new", "old container"]);
}

#[test]
fn a_layer_reads_back_from_its_text() {
    let told = Told {
        kind: Some(Kind::StationId),
        media_type: Some(MediaType::Other),
        tags: Some(vec!["night".to_owned()]),
        ..titled("Tonight")
    };
    let text = serde_json::to_string(&told).unwrap();
    assert_eq!(text, r#"{"kind":"station_id","type":"other","title":"Tonight","tags":["night"]}"#);
    assert_eq!(serde_json::from_str::<Told>(&text).unwrap(), told);
    assert_eq!(serde_json::from_str::<Told>(r#"{"kind":null,"of":"a later version"}"#).unwrap(), Told::default());
}

#[test]
fn every_field_can_be_told_and_forgotten() {
    let mut told = Told {
        kind: Some(Kind::Promo),
        media_type: Some(MediaType::Movie),
        series: some("s"),
        season: Some(1),
        episode: Some(1),
        last_episode: Some(2),
        year: Some(1),
        aired: some("a"),
        edition: some("e"),
        plot: some("p"),
        rating: some("r"),
        genres: Some(Vec::new()),
        tags: Some(Vec::new()),
        artwork: some("a"),
        fanart: some("f"),
        ..titled("t")
    };
    let fields: Vec<_> = told.fields().collect();
    assert_eq!(fields.len(), 15);
    for field in fields {
        told.forget(field);
        assert!(!told.fields().any(|told| told == field));
    }
    assert!(told.is_empty());
}
