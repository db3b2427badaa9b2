//! The service over a real store, with a clock that stands still and a library that is made up.

mod applying;
mod asrun;
mod branding;
mod checking;
mod explaining;
mod listings;
mod over_time;
mod overrides;
mod rebuilding;
mod simulation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_kit::settings::{Settings, load};
use retrovue_schedule::{Kind, MediaType};
use retrovue_store::Store;
use retrovue_store::library::{
    AssetFilter, Change, Collection, FileFacts, Layers, Media, NewSource, Origin, Place, Told,
};
use retrovue_timeline::UtcTime;

use super::views::{AppliedChannel, EventView};
use super::{AppliedFile, ScheduleService};
use crate::failure::Failure;

/// 2026-11-22T20:10:00Z, a Sunday.
const NOW: UtcTime = UtcTime::from_millis(1_795_378_200_000);

const HOUR: Duration = Duration::from_secs(3600);

/// A network in a temporary folder.
struct Network {
    home: tempfile::TempDir,
    clock: MasterClock,
    days_ahead: Option<u32>,
    service: ScheduleService,
}

impl Network {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let clock = MasterClock::manual(NOW);
        let service = service(home.path(), &clock, None);
        Self { home, clock, days_ahead: None, service }
    }

    /// A network with a series of ten episodes of 22 minutes.
    fn with_series() -> Self {
        let network = Self::new();
        network.add_episodes("cheers", 10, 22 * 60);
        network
    }

    fn restart(&mut self) {
        self.service = service(self.home.path(), &self.clock, self.days_ahead);
    }

    fn store(&self) -> &Store {
        &self.service.desk.store
    }

    /// A network that is planned so many days ahead.
    fn looking_ahead(days: u32) -> Self {
        let mut network = Self::new();
        network.days_ahead = Some(days);
        network.restart();
        network
    }

    fn add_episodes(&self, series: &str, count: u32, seconds: i64) {
        let titles: Vec<Title> = (1..=count).map(|episode| Title::part(series, episode, seconds)).collect();
        self.add_titles(&self.add_source(series), &titles);
    }

    /// An empty folder as a source; its id.
    fn add_source(&self, name: &str) -> String {
        let new =
            NewSource { name: name.to_owned(), place: Place::Folder(Path::new("/media").join(name)), review: false };
        self.store().add_source(&new, self.clock.now()).unwrap().id
    }

    /// Makes `titles` ready, and tells their ids.
    fn add_titles(&self, source: &str, titles: &[Title]) -> BTreeMap<PathBuf, String> {
        let (store, now) = (self.store(), self.clock.now());
        let added = titles.iter().map(|title| Change::Add {
            file: title.file(),
            collection: everything(),
            layers: title.layers(),
        });
        store.change_assets(source, &added.collect::<Vec<_>>(), now).unwrap();
        let all = store.assets(&AssetFilter { source_id: Some(source.to_owned()), ..AssetFilter::default() }).unwrap();
        let ids: BTreeMap<_, _> = all.into_iter().map(|asset| (asset.file.path, asset.id)).collect();
        let new: Vec<String> = titles.iter().map(|title| ids[&title.path].clone()).collect();
        store.begin_enriching(source, &new, now).unwrap();
        let ready = titles.iter().map(|title| Change::Ready {
            id: ids[&title.path].clone(),
            media: Media {
                duration_ns: title.seconds * 1_000_000_000,
                container: "video/x-matroska".to_owned(),
                ..Media::default()
            },
            told: Box::default(),
        });
        store.change_assets(source, &ready.collect::<Vec<_>>(), now).unwrap();
        ids
    }

    fn lose(&self, title: &str) {
        let asset = self.store().assets(&AssetFilter::default()).unwrap().into_iter();
        let asset = asset.into_iter().find(|asset| asset.description.title == title).unwrap();
        self.store().change_assets(&asset.source_id, &[Change::Vanish { id: asset.id }], NOW).unwrap();
    }

    /// The file that was lost is back.
    fn find(&self, title: &Title) {
        let asset = self.store().assets(&AssetFilter::default()).unwrap().into_iter();
        let asset = asset.into_iter().find(|asset| asset.file.path == title.path).unwrap();
        let change =
            Change::Move { id: asset.id, file: title.file(), collection: everything(), layers: title.layers() };
        self.store().change_assets(&asset.source_id, &[change], self.clock.now()).unwrap();
    }

    fn apply(&self, text: &str) -> Result<AppliedChannel, Failure> {
        let applied = self.service.apply(&[file("one.yaml", text)], false)?;
        Ok(applied.channels.into_iter().next().unwrap())
    }

    fn playlog(&self, slug: &str) -> Vec<EventView> {
        let playlog = self.service.playlog(slug, Some(UtcTime::EPOCH), None).unwrap();
        for pair in playlog.events.windows(2) {
            assert_eq!(pair[0].start_frame + pair[0].frame_count, pair[1].start_frame, "{pair:?}");
            assert_eq!(pair[0].end_utc, pair[1].start_utc);
        }
        playlog.events
    }

    /// The titles of what is on air from now on, `-` for slate.
    fn titles_ahead(&self, slug: &str, hours: u32) -> Vec<String> {
        let schedule = self.service.schedule(slug, self.clock.now(), hours).unwrap();
        let items = schedule.days.into_iter().flat_map(|day| day.items);
        items.map(|item| if item.kind == "slate" { "-".to_owned() } else { item.subtitle }).collect()
    }

    fn pass(&self, hours: u32) {
        self.clock.advance(HOUR * hours);
        self.service.roll(self.clock.now());
    }
}

fn service(home: &Path, clock: &MasterClock, days_ahead: Option<u32>) -> ScheduleService {
    let store = Store::open(&home.join("retrovue.db")).unwrap();
    let mut settings = settings(home);
    settings.schedule_days = days_ahead.unwrap_or(settings.schedule_days);
    ScheduleService::new(store, clock.clone(), &settings)
}

fn settings(home: &Path) -> Settings {
    let environment = vec![("RETROVUE_HOME".to_owned(), home.to_string_lossy().into_owned())];
    load(None, environment).unwrap().settings
}

/// What a file of the library holds.
#[derive(Clone)]
struct Title {
    kind: Kind,
    media_type: MediaType,
    title: String,
    series: Option<String>,
    season: Option<u32>,
    episode: Option<u32>,
    path: PathBuf,
    seconds: i64,
}

impl Title {
    fn episode(series: &str, season: u32, episode: u32, seconds: i64) -> Self {
        Self {
            kind: Kind::Programme,
            media_type: MediaType::Episode,
            title: format!("{series} {season}x{episode:02}"),
            series: Some(series.to_owned()),
            season: Some(season),
            episode: Some(episode),
            path: PathBuf::from(format!("{series} {season}x{episode:02}.mkv")),
            seconds,
        }
    }

    /// Called by its number alone.
    fn part(series: &str, episode: u32, seconds: i64) -> Self {
        Self { title: format!("{series} part {episode}"), ..Self::episode(series, 1, episode, seconds) }
    }

    fn single(media_type: MediaType, name: &str, number: u32, seconds: i64) -> Self {
        let title = format!("{name} {number:02}");
        let path = PathBuf::from(format!("{title}.mkv"));
        Self { kind: Kind::Programme, media_type, title, series: None, season: None, episode: None, path, seconds }
    }

    fn file(&self) -> FileFacts {
        FileFacts { path: self.path.clone(), size: 1, mtime_ns: 1, fingerprint: Some(1) }
    }

    fn layers(&self) -> Layers {
        Layers::from((
            Origin::FileName,
            Told {
                kind: Some(self.kind),
                media_type: Some(self.media_type),
                title: Some(self.title.clone()),
                series: self.series.clone(),
                season: self.season,
                episode: self.episode,
                tags: self.title.starts_with("Toy ").then(|| vec!["toys".to_owned()]),
                ..Told::default()
            },
        ))
    }
}

fn everything() -> Collection {
    Collection { name: ".".to_owned(), kind: Kind::Programme }
}

fn file(name: &str, text: &str) -> AppliedFile {
    AppliedFile { name: name.to_owned(), text: text.to_owned(), logo: None }
}

/// A channel that shows a series back to back.
fn plan(slug: &str, extra: &str) -> String {
    format!(
        "channel: {slug}\ntimezone: Europe/Berlin\ngrid: off\n{extra}\
         pools: {{ shows: {{ match: {{ series: cheers }} }} }}\n\
         schedule: {{ all: [{{ at: \"06:00\", play: shows }}] }}\n"
    )
}

fn millis(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}
