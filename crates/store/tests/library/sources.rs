//! Sources, and whose files they are.

use super::*;

#[test]
fn a_source_has_its_name_and_folder_alone() {
    let library = Library::new();
    let source = library.source("tv", false);
    assert_eq!(library.store.source("tv").unwrap(), source);
    assert_eq!(library.store.sources().unwrap(), [source]);
    for (name, path) in [("tv", "/elsewhere"), ("other", "/media/tv")] {
        let new = NewSource { name: name.to_owned(), place: Place::Folder(path.into()), review: false };
        assert!(matches!(library.store.check_source(&new), Err(StoreError::Duplicate(_))));
        assert!(matches!(library.store.add_source(&new, NOW), Err(StoreError::Duplicate(_))));
    }
    assert!(matches!(library.store.source("films"), Err(StoreError::NotFound(_))));
}

#[test]
fn a_removed_source_leaves_its_assets_readable_and_is_the_same_when_added_again() {
    let library = Library::new();
    let source = library.source("tv", false);
    let asset = library.ready(&source, "a.mkv", 1);
    library.store.remove_source("tv", LATER).unwrap();
    assert!(matches!(library.store.remove_source("tv", LATER), Err(StoreError::NotFound(_))));
    assert!(library.store.sources().unwrap().is_empty());
    assert!(library.schedulable().is_empty());
    assert!(library.store.assets(&AssetFilter::default()).unwrap().is_empty());
    assert_eq!(library.store.assets_by_id(std::slice::from_ref(&asset.id)).unwrap().len(), 1);
    assert!(matches!(library.change(&source, add("b.mkv", 2)), Err(StoreError::NotFound(_))));

    let new = NewSource { name: "telly".to_owned(), place: source.place.clone(), review: false };
    assert_eq!(library.store.add_source(&new, LATER).unwrap().id, source.id);
    assert_eq!(library.at("a.mkv").id, asset.id);
}

#[test]
fn a_place_is_free_once_its_source_is_removed() {
    let library = Library::new();
    let server = |port: u16| MediaServer {
        kind: ServerKind::Jellyfin,
        url: format!("http://box:{port}"),
        maps: Vec::new(),
        library_kinds: BTreeMap::new(),
    };
    let add = |name: &str, port| {
        let new = NewSource { name: name.to_owned(), place: Place::Server(server(port)), review: false };
        library.store.add_source(&new, NOW).map(|source| source.id)
    };
    let (old, new) = (add("old", 1).unwrap(), add("new", 2).unwrap());
    assert!(matches!(library.store.change_server("new", &server(1), false), Err(StoreError::Duplicate(_))));
    library.store.remove_source("old", NOW).unwrap();
    library.store.change_server("new", &server(1), false).unwrap();
    assert!(matches!(add("old", 1), Err(StoreError::Duplicate(_))));

    library.store.remove_source("new", LATER).unwrap();
    assert_eq!(add("again", 1).unwrap(), new, "who was there last");
    assert_ne!(add("other", 2).unwrap(), old, "nobody was there last");
}

#[test]
fn a_servers_item_is_one_asset_at_an_absolute_path() {
    let library = Library::new();
    let map = PathMap { server: "/data".to_owned(), local: "/media".to_owned() };
    let server = MediaServer {
        kind: ServerKind::Jellyfin,
        url: "http://box:8096".to_owned(),
        maps: vec![map],
        library_kinds: [("Ads".to_owned(), Kind::Commercial)].into(),
    };
    let place = Place::Server(server.clone());
    let new = NewSource { name: "box".to_owned(), place: place.clone(), review: false };
    let source = library.store.add_source(&new, NOW).unwrap();
    assert_eq!(library.store.source("box").unwrap(), source);
    assert_eq!((source.place, source.review), (place, false));
    let again = NewSource { name: "again".to_owned(), ..new };
    assert!(matches!(library.store.add_source(&again, NOW), Err(StoreError::Duplicate(_))));

    let source = library.store.source("box").unwrap();
    let id = library.ready(&source, "/media/ads/soap.mkv", 1).id;
    assert_eq!(library.schedulable(), ["/media/ads/soap.mkv"]);
    assert_eq!(library.store.asset(&id).unwrap().path(), Path::new("/media/ads/soap.mkv"));
    let other = library.ready(&source, "/media/ads/tea.mkv", 2).id;
    let item_of = |id: &str| {
        let known = library.store.known_files(&source.id).unwrap();
        known.into_iter().find(|known| known.id == id).unwrap().item
    };
    let describe = |id: &str, kind| {
        let layers = Layers::from((Origin::Server, Told { title: Some("Soap".to_owned()), ..Told::default() }));
        let collection = Collection { name: "Ads".to_owned(), kind };
        let served = Some(ServedItem { item: "i1".to_owned(), collection });
        let change = Change::Describe { id: id.to_owned(), layers, reading: Some(reading(1)), served };
        library.change(&source, change).unwrap();
    };
    describe(&id, Kind::Programme);
    assert_eq!((item_of(&id).as_deref(), item_of(&other)), (Some("i1"), None));
    let asset = library.store.asset(&id).unwrap();
    assert_eq!((asset.collection.as_str(), asset.description.title.as_str()), ("Ads", "Soap"));
    assert_eq!(asset.description.origins[&Field::Title], Origin::Server);
    describe(&other, Kind::Commercial);
    assert_eq!((item_of(&id), item_of(&other).as_deref()), (None, Some("i1")), "an item is one asset");
    let ads = library.store.collections().unwrap().into_iter().find(|found| found.name == "Ads").unwrap();
    assert_eq!(ads.kind, Kind::Commercial, "a library's kind follows its server's source");

    let moved = MediaServer { url: "https://box".to_owned(), ..server };
    let changed = library.store.change_server("box", &moved, true).unwrap();
    assert_eq!(changed.place, Place::Server(moved.clone()));
    assert_ne!(library.store.source("box").unwrap(), changed, "only told");
    library.store.change_server("box", &moved, false).unwrap();
    assert_eq!(library.store.source("box").unwrap(), changed);
}
