//! A station for a test: a library of marked clips, one channel that plays them in order, and the judge of what it sends.

use std::path::PathBuf;
use std::time::Duration;

use retrovue_mpegts::conformance::Report;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Daemon, Site};
use retrovue_testkit::expect::{Planned, mismatches};
use retrovue_testkit::marks::Shows;
use retrovue_testkit::viewer::Viewer;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};
use serde_json::Value;

/// The channel of every station here.
pub(crate) const CHANNEL: &str = "marked";

/// The channel's frame rate, which few of the clips share.
pub(crate) const RATE: FrameRate = FrameRate::HOUSE[3];

/// Longer than anything that a busy machine does to a test.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// When stations start, so that the schedule below is the same on every day of the year.
const CLOCK_START: &str = "2026-11-22T20:00:00Z";

/// Its broadcast day.
pub(crate) const DAY: &str = "2026-11-22";

/// A small picture, for machines that build at the same time. Only some hours are planned: clips of a few seconds are
/// ten thousand items in a whole day.
pub(crate) const CHANNEL_FILE: &str = "channel: marked
number: \"2.1\"
name: Marked
timezone: UTC
grid: off
format: { size: 320x180, frame_rate: 30000/1001, video_kbps: 600 }
pools: { show: { match: { series: Show } } }
schedule: { all: [ { at: \"19:30\", for: 2h, play: show } ] }
";

/// A Core with its Air, a source with clips, and [`CHANNEL`].
pub(crate) struct Station {
    /// Dropped before its home, so that a test that fails can show its log.
    pub(crate) core: Daemon,
    pub(crate) site: Site,
    clips: Vec<Clip>,
    commercials: usize,
}

impl Station {
    /// On air with `clips`, in this order for ever.
    pub(crate) async fn playing(clips: Vec<Clip>) -> Self {
        Self::broken_by(clips, 0, CHANNEL_FILE).await
    }

    /// On air by this channel file, with `clips`, the last of which are so many commercials.
    pub(crate) async fn broken_by(clips: Vec<Clip>, commercials: usize, file: &str) -> Self {
        Self::at(Site::new().unwrap(), clips, commercials, file).await
    }

    /// The same, in a home that was prepared in some way.
    pub(crate) async fn at(site: Site, clips: Vec<Clip>, commercials: usize, file: &str) -> Self {
        let site = site
            .with("RETROVUE_CLOCK_START", CLOCK_START)
            .with("RETROVUE_SCHEDULE__DAYS", "3")
            .with("RETROVUE_VIEWERS__LINGER", "3s");
        let library = site.home().join("library");
        std::fs::create_dir(&library).unwrap();
        let core = site.start_core().await.unwrap();
        std::fs::create_dir(library.join("commercials")).unwrap();
        let station = Self { core, site, clips, commercials };
        for (at, clip) in station.clips.iter().enumerate() {
            clip.copy_to(&station.file(at)).unwrap();
        }
        station.data(&["source", "add", "library", "--path", library.to_str().unwrap()]).await;
        station.data(&["source", "sync", "library"]).await;
        let file = station.write("marked.yaml", file);
        station.data(&["channel", "apply", &file]).await;
        station
    }

    /// Where the clip in this place lies.
    pub(crate) fn file(&self, at: usize) -> PathBuf {
        let extension = self.clips[at].container.extension();
        let folder = if at < self.clips.len() - self.commercials { "library" } else { "library/commercials" };
        self.site.home().join(folder).join(format!("Show - S01E{:02} - clip.{extension}", at + 1))
    }

    /// Writes a file into the home and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.site.home().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What a command answers that has to succeed.
    pub(crate) async fn data(&self, arguments: &[&str]) -> Value {
        self.site.retrovue(arguments).await.unwrap().data().unwrap().clone()
    }

    /// What `status` says of Core and Air, and of the channel.
    pub(crate) async fn status(&self) -> (Value, Value) {
        let status = self.data(&["status"]).await;
        let channel = status["channels"][0].clone();
        (status, channel)
    }

    /// What MasterClock shows.
    pub(crate) async fn now(&self) -> UtcTime {
        let (status, _) = self.status().await;
        instant(&status["core"]["now_utc"])
    }

    /// The address of the channel.
    pub(crate) fn url(&self) -> String {
        self.site.url(&format!("/channel/{CHANNEL}.ts"))
    }

    /// One more viewer.
    pub(crate) async fn watch(&self) -> Viewer {
        Viewer::connect(&self.url()).await.unwrap()
    }

    /// The plan, from an hour ago on, as far as it is stored.
    pub(crate) async fn playlog(&self) -> Vec<Planned<'_>> {
        let shown = self.data(&["playlog", "show", CHANNEL, "--from", "2026-11-22T19:00:00Z"]).await;
        shown["events"].as_array().unwrap().iter().map(|event| self.planned(event)).collect()
    }

    /// The event that begins at this frame.
    pub(crate) async fn event_id_at(&self, start: FrameIndex) -> String {
        let shown = self.data(&["playlog", "show", CHANNEL, "--from", "2026-11-22T19:00:00Z"]).await;
        let found = shown["events"].as_array().unwrap().iter().find(|event| event["start_frame"] == start.0);
        found.unwrap()["event_id"].as_str().unwrap().to_owned()
    }

    /// How far sound lies after its picture, in milliseconds: the middle one of all beeps that a viewer got.
    pub(crate) fn audio_late_ms(&self, viewer: &Viewer) -> f64 {
        let rate_of = |id: u8| self.clips.iter().find(|clip| clip.id == id).map(|clip| clip.rate);
        let beeps = viewer.capture().unwrap().lip_sync(rate_of).unwrap();
        let mut late: Vec<f64> = beeps.iter().map(|beep| beep.audio_late_ms).collect();
        late.sort_by(f64::total_cmp);
        late[late.len() / 2]
    }

    fn planned(&self, event: &Value) -> Planned<'_> {
        let frames = |field: &str| event[field].as_i64().unwrap();
        let place = event["asset"]["uri"].as_str().map(|uri| {
            let (_, number) = uri.split_once("S01E").unwrap();
            number[..2].parse::<usize>().unwrap() - 1
        });
        Planned {
            clip: place.map(|place| &self.clips[place]),
            start: FrameIndex(frames("start_frame")),
            frames: frames("frame_count"),
            in_offset: frames("in_offset_frames"),
        }
    }

    /// Judges all that a viewer got: the stream is clean, ffmpeg decodes it without a word, and each picture is the one
    /// that the playlog says for its stamp. A machine without time to spare may show slate instead of some, and nothing
    /// else.
    pub(crate) async fn judge(&self, viewer: &Viewer) -> Verdict {
        let plan = self.playlog().await;
        let capture = viewer.capture().unwrap();
        let report = capture.check(RATE, plan[0].start).unwrap();
        assert!(report.is_clean(), "{}", report.summary());
        assert_eq!(capture.decode_errors().unwrap(), Vec::<String>::new());
        let pictures = capture.pictures().unwrap();
        assert_eq!(pictures.len(), report.video.len());
        let differs = mismatches(&pictures, RATE, &plan);
        let (slate, wrong): (Vec<_>, Vec<_>) = differs.into_iter().partition(|picture| picture.shows == Shows::Slate);
        assert!(wrong.is_empty(), "{} wrong pictures, first: {}", wrong.len(), wrong[0]);
        let frames: Vec<FrameIndex> = report.video.iter().map(|unit| unit.frame.unwrap()).collect();
        let seen = frames[0]..=frames[frames.len() - 1];
        let boundaries = plan.iter().filter(|event| event.start > *seen.start() && seen.contains(&event.start)).count();
        slate.iter().take(3).for_each(|picture| println!("{picture}"));
        let slate = slate.into_iter().filter_map(|picture| picture.frame).collect();
        Verdict { report, frames, slate, boundaries }
    }
}

/// What was seen in a capture that holds nothing wrong.
pub(crate) struct Verdict {
    pub(crate) report: Report,
    /// Each picture's frame.
    pub(crate) frames: Vec<FrameIndex>,
    /// The frames that show slate where a clip is planned.
    pub(crate) slate: Vec<FrameIndex>,
    /// Starts of events after the first picture.
    pub(crate) boundaries: usize,
}

impl Verdict {
    /// At most one picture in twenty was lost to a busy machine.
    pub(crate) fn assert_little_slate(&self) {
        assert!(self.slate.len() * 20 <= self.frames.len(), "{} of {} are slate", self.slate.len(), self.frames.len());
    }
}

/// RFC 3339, as all documents have it.
pub(crate) fn instant(value: &Value) -> UtcTime {
    let instant: jiff::Timestamp = value.as_str().unwrap().parse().unwrap();
    UtcTime::from_millis(instant.as_millisecond())
}
