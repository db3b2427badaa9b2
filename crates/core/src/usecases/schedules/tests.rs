//! The service over a real store, with a clock that stands still and a library that is made up.

mod applying;
mod branding;
mod explaining;
mod over_time;

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
    service: ScheduleService,
}

impl Network {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let clock = MasterClock::manual(NOW);
        let service = service(home.path(), &clock);
        Self { home, clock, service }
    }

    /// A network with a series of ten episodes of 22 minutes.
    fn with_series() -> Self {
        let network = Self::new();
        network.add_episodes("cheers", 10, 22 * 60);
        network
    }

    fn restart(&mut self) {
        self.service = service(self.home.path(), &self.clock);
    }

    fn store(&self) -> &Store {
        &self.service.desk.store
    }

    fn add_episodes(&self, series: &str, count: u32, seconds: i64) {
        let store = self.store();
        let new = NewSource {
            name: series.to_owned(),
            place: Place::Folder(Path::new("/media").join(series)),
            review: false,
        };
        let source = store.add_source(&new, NOW).unwrap();
        let change = |change: Change| store.change_assets(&source.id, &[change], NOW).unwrap();
        for episode in 1..=count {
            let path = PathBuf::from(format!("{series} {episode:02}.mkv"));
            let file = FileFacts { path: path.clone(), size: 1, mtime_ns: 1, fingerprint: Some(u64::from(episode)) };
            let layers = describe(series, episode);
            let collection = Collection { name: ".".to_owned(), kind: Kind::Programme };
            change(Change::Add { file, collection, layers });
            let all =
                store.assets(&AssetFilter { source_id: Some(source.id.clone()), ..AssetFilter::default() }).unwrap();
            let id = all.into_iter().find(|asset| asset.file.path == path).unwrap().id;
            store.begin_enriching(&source.id, std::slice::from_ref(&id), NOW).unwrap();
            let media = Media {
                duration_ns: seconds * 1_000_000_000,
                container: "video/x-matroska".to_owned(),
                ..Media::default()
            };
            change(Change::Ready { id, media, told: Box::default() });
        }
    }

    fn lose(&self, title: &str) {
        let asset = self.store().assets(&AssetFilter::default()).unwrap().into_iter();
        let asset = asset.into_iter().find(|asset| asset.description.title == title).unwrap();
        self.store().change_assets(&asset.source_id, &[Change::Vanish { id: asset.id }], NOW).unwrap();
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

fn service(home: &Path, clock: &MasterClock) -> ScheduleService {
    let store = Store::open(&home.join("retrovue.db")).unwrap();
    ScheduleService::new(store, clock.clone(), &settings(home))
}

fn settings(home: &Path) -> Settings {
    let environment = vec![("RETROVUE_HOME".to_owned(), home.to_string_lossy().into_owned())];
    load(None, environment).unwrap().settings
}

fn describe(series: &str, episode: u32) -> Layers {
    Layers::from((
        Origin::FileName,
        Told {
            media_type: Some(MediaType::Episode),
            title: Some(format!("{series} part {episode}")),
            series: Some(series.to_owned()),
            season: Some(1),
            episode: Some(episode),
            ..Told::default()
        },
    ))
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
