//! A library that is only told of: assets without files, put straight into the store; and channels that play them.

use std::path::{Path, PathBuf};

use anyhow::Result;
use retrovue_schedule::{Kind, MediaType};
use retrovue_store::Store;
use retrovue_store::library::{
    AssetFilter, Change, Collection, FileFacts, Layers, Media, NewSource, Origin, Place, Told,
};
use retrovue_timeline::UtcTime;

/// Stored in one go.
const AT_ONCE: usize = 2000;

/// Adds so many programmes to the store at `database`, ready and approved: of 400 series, and one in ten is a film.
pub(crate) fn stock(database: &Path, count: u32, now: UtcTime) -> Result<()> {
    let store = Store::open(database)?;
    let place = Place::Folder(PathBuf::from("/nowhere"));
    let source = store.add_source(&NewSource { name: "stock".to_owned(), place, review: false }, now)?.id;
    let add = |number| {
        let told = told(number);
        let seconds = if told.media_type == Some(MediaType::Movie) { 5700 } else { 1320 };
        let path = PathBuf::from(format!("{seconds}/{number}.mkv"));
        let file = FileFacts { path, size: 1, mtime_ns: 1, fingerprint: Some(u64::from(number)) };
        let collection = Collection { name: ".".to_owned(), kind: Kind::Programme };
        Change::Add { file, collection, layers: Layers::from((Origin::FileName, told)) }
    };
    for changes in (0..count).map(add).collect::<Vec<_>>().chunks(AT_ONCE) {
        store.change_assets(&source, changes, now)?;
    }
    let assets = store.assets(&AssetFilter { source_id: Some(source.clone()), ..AssetFilter::default() })?;
    for assets in assets.chunks(AT_ONCE) {
        let ids: Vec<String> = assets.iter().map(|asset| asset.id.clone()).collect();
        store.begin_enriching(&source, &ids, now)?;
        let ready = assets.iter().map(|asset| {
            let duration_ns = if asset.file.path.starts_with("5700") { 5_700_000_000_000 } else { 1_320_000_000_000 };
            Change::Ready {
                id: asset.id.clone(),
                media: Media { duration_ns, ..Media::default() },
                told: Box::default(),
            }
        });
        store.change_assets(&source, &ready.collect::<Vec<_>>(), now)?;
    }
    Ok(())
}

fn told(number: u32) -> Told {
    let (series, episode, is_film) = (number % 400, number / 400, number % 10 == 9);
    Told {
        kind: Some(Kind::Programme),
        media_type: Some(if is_film { MediaType::Movie } else { MediaType::Episode }),
        title: Some(format!("Title {number}")),
        series: (!is_film).then(|| format!("Series {series}")),
        season: (!is_film).then_some(episode / 25 + 1),
        episode: (!is_film).then_some(episode % 25 + 1),
        year: Some(1950 + number % 75),
        genres: Some(vec![["Comedy", "Drama", "Crime", "Western"][number as usize % 4].to_owned()]),
        ..Told::default()
    }
}

/// A channel that plays the stock: series by day, comedies in the evening, films at night.
pub(crate) fn channel_file(number: u32) -> String {
    let series = |at: u32| format!("\"Series {}\"", (number * 7 + at) % 400);
    let first_year = 1950 + number % 60;
    let years = format!("{first_year}..{}", first_year + 15);
    format!(
        "channel: channel-{number}
timezone: UTC
pools:
  day: {{ match: {{ series: [{}, {}, {}] }} }}
  films: {{ match: {{ type: movie, year: {years} }} }}
  comedy: {{ match: {{ genres: Comedy, type: episode, year: {years} }} }}
schedule:
  all:
    - {{ at: \"06:00\", until: \"18:00\", play: day }}
    - {{ at: \"18:00\", until: \"20:00\", play: comedy, order: shuffle }}
    - {{ at: \"20:00\", until: \"00:00\", play: films, order: shuffle }}
    - {{ at: \"00:00\", until: \"06:00\", play: [day, comedy], order: rotate }}
",
        series(0),
        series(1),
        series(2)
    )
}
