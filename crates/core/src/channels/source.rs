//! What channels need to know from scheduling: who they are, and what they show when.

use jiff::tz::TimeZone;
use retrovue_schedule::Kind;
use retrovue_schedule::plan::{Corner, Crawl, ProgramFormat};
use retrovue_store::library::FirstPicture;
use retrovue_timeline::{FrameIndex, UtcTime};

use crate::failure::Failure;

/// The channels and their playlogs. Calls block, so they are made off the async threads.
pub trait PlaylogSource: Send + Sync {
    /// All channels, ordered by number.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn channels(&self) -> Result<Vec<ChannelInfo>, Failure>;

    /// What `channel` shows from `from` to `to`: contiguous segments in order, those that overlap the span whole.
    /// Assets that may not or cannot be shown, and times that no schedule covers, come as slate or not at all.
    ///
    /// # Errors
    /// `channel_not_found`, and where the store cannot be read.
    fn segments(&self, channel: &str, from: UtcTime, to: UtcTime) -> Result<ChannelPlan, Failure>;
}

/// What guides show. Calls block, but for [`GuideSource::edition`].
pub trait GuideSource: Send + Sync {
    /// Another number whenever something may have changed that guides show.
    fn edition(&self) -> u64;

    /// Every channel, ordered by number, with its programmes that overlap the span, in order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn guide(&self, from: UtcTime, to: UtcTime) -> Result<Vec<GuideChannel>, Failure>;

    /// Looks whether the store can be read.
    ///
    /// # Errors
    /// Where it cannot.
    fn readable(&self) -> Result<(), Failure>;
}

/// Who a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelInfo {
    /// Opaque, stable over renaming and renumbering: the identity that players keep.
    pub id: String,
    /// In URLs and files.
    pub slug: String,
    /// `2.1`.
    pub number: String,
    /// Shown to viewers.
    pub name: String,
    /// Whether it is on air even unwatched.
    pub keep_warm: bool,
    /// On the wire.
    pub format: ProgramFormat,
}

/// A span of a channel's playlog, with all that Air needs to air it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelPlan {
    /// Shown to players.
    pub name: String,
    /// On the wire.
    pub format: ProgramFormat,
    /// What lies over its programmes, and over nothing else: what interrupts them has its own.
    pub branding: PlannedBranding,
    /// Contiguous and in order; may be empty.
    pub segments: Vec<PlannedSegment>,
}

impl ChannelPlan {
    /// Keeps the gain of what `held` has on air or opened before `frame`: what is measured meanwhile counts from the
    /// next event on, for no programme changes its level in the middle.
    pub(super) fn keep_gains(&mut self, held: &ChannelPlan, frame: FrameIndex) {
        for segment in self.segments.iter_mut().take_while(|segment| segment.start_frame < frame) {
            let before = held.segments.iter().find(|before| before.event_id == segment.event_id);
            if let (Some(asset), Some(before)) = (&mut segment.asset, before.and_then(|before| before.asset.as_ref()))
                && asset.asset_id == before.asset_id
            {
                asset.gain_db = before.gain_db;
            }
        }
    }
}

/// What lies over a channel's programmes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlannedBranding {
    /// In a corner.
    pub logo: Option<PlannedLogo>,
    /// Along an edge.
    pub crawl: Option<Crawl>,
}

/// A channel's logo.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedLogo {
    /// A file in the home.
    pub path: std::path::PathBuf,
    /// Where it stands.
    pub at: Corner,
    /// 1 is opaque.
    pub opacity: f64,
}

/// One event of the playlog.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSegment {
    /// Stable: evidence names it.
    pub event_id: String,
    /// House frames since the epoch.
    pub start_frame: FrameIndex,
    /// House frames.
    pub frame_count: i64,
    /// What it is.
    pub kind: Kind,
    /// As shown.
    pub title: String,
    /// House frames in which it comes out of black and silence.
    pub fade_in_frames: i64,
    /// House frames in which it goes into black and silence.
    pub fade_out_frames: i64,
    /// `None` is slate, or a page.
    pub asset: Option<PlannedAsset>,
    /// What Air draws where there is no asset.
    pub page: Option<PlannedPage>,
    /// A line that everybody has to read, which runs over it.
    pub notice: Option<String>,
}

/// A page of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedPage {
    /// A line above the others; may be empty.
    pub heading: String,
    /// The others.
    pub lines: Vec<String>,
}

/// The media of a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedAsset {
    /// Stable.
    pub asset_id: String,
    /// Raw bytes: file names need not be UTF-8.
    pub path: std::path::PathBuf,
    /// House frames of the asset's own time.
    pub in_offset_frames: i64,
    /// Loudness correction.
    pub gain_db: f64,
    /// Preferred audio languages.
    pub languages: Vec<String>,
    /// Where the file's lines of time begin, where that is known.
    pub first_picture: Option<FirstPicture>,
    /// Of the file of which that is known, in bytes.
    pub size: u64,
    /// When that was last written, in nanoseconds since the Unix epoch.
    pub mtime_ns: i64,
}

/// One channel of a guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideChannel {
    /// Who it is.
    pub info: ChannelInfo,
    /// Whose time its programmes follow.
    pub zone: TimeZone,
    /// In order.
    pub programmes: Vec<Programme>,
    /// What is shown in place of them now.
    pub overridden: Option<Overridden>,
}

/// What is shown in place of a channel's programmes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overridden {
    /// `emergency`, `guide` or `maintenance`.
    pub kind: &'static str,
    /// Since when.
    pub since: UtcTime,
    /// Until when, where that is known.
    pub until: Option<UtcTime>,
}

/// One programme of a guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// Stable.
    pub id: String,
    /// As shown.
    pub title: String,
    /// Season, episode and its title; may be empty.
    pub subtitle: String,
    /// When it starts.
    pub start: UtcTime,
    /// When it ends.
    pub end: UtcTime,
}
