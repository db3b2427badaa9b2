//! One segment, of one file or of a page, as coded units.

mod cadence;
mod catch_up;
mod decode;
pub(crate) mod downmix;
mod entry;
mod fades;
mod fault;
mod gate;
mod hunger;
mod lane;
mod limiter;
mod open;
mod overlay;
mod page;
mod permit;
mod press;
mod slice;
mod slicer;
mod sound;
mod stamps;
mod stopwatch;
pub(crate) mod streams;
mod supervise;
mod threshold;
mod true_peak;
mod vision;
mod witness;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use retrovue_timeline::{FrameIndex, SAMPLE_RATE, SAMPLES_PER_FRAME};

use crate::format::HouseFormat;
use crate::inspect::{FileStamp, FirstPicture};
use crate::unit::{AudioUnit, Fault, Take, VideoUnit};
pub use fades::Fades;
use hunger::Hunger;
use lane::Lane;
pub use overlay::{Corner, Crawl, Edge, Logo, Overlays};
pub use page::{Page, PageSpec};
pub use stopwatch::OpeningTimes;
use stopwatch::Stopwatch;
pub use witness::Witness;

/// What to play.
#[derive(Clone, Debug)]
pub struct SegmentSpec {
    /// The file.
    pub path: PathBuf,
    /// House frames of the asset's own time, which starts at its first picture.
    pub in_offset_frames: i64,
    /// The channel's frame on which the segment starts.
    pub start_frame: FrameIndex,
    /// House frames until its end.
    pub frame_count: i64,
    /// The first unit may be of a slot up to so many frames later, where decoding can begin there without delay.
    pub entry_frames: i64,
    /// Where the file's own lines of time stand at its first picture, which then need not be decoded to find the
    /// in-point.
    pub first_picture: Option<FirstPicture>,
    /// The file of which that was told: of another one it is not believed.
    pub inspected: Option<FileStamp>,
    /// What to turn it into.
    pub format: HouseFormat,
    /// Static gain, in decibels.
    pub gain_db: f64,
    /// Preferred audio languages, best first (ISO 639).
    pub languages: Vec<String>,
    /// From and to black and silence.
    pub fades: Fades,
    /// What is laid over its pictures.
    pub overlays: Overlays,
}

/// An isolated pipeline for one segment, working ahead of air until its bounded queues are full.
pub struct Producer {
    lanes: Arc<Lanes>,
}

/// What a producer has ready. Sound and pictures have a queue each, so that neither waits for the other.
struct Lanes {
    video: Lane<VideoUnit>,
    audio: Lane<AudioUnit>,
    stopwatch: Stopwatch,
    hunger: Hunger,
    /// Pictures with which it is over.
    enough: usize,
    /// Slots before it are gone.
    gone: AtomicI64,
    /// What is wrong with the segment and costs it no picture: one for each overlay at most.
    remarks: Mutex<Vec<Fault>>,
}

/// Work ahead: enough for a disk that sleeps or a machine that is busy, and little memory since it is coded.
const WORK_AHEAD_SECONDS: i64 = 10;

impl Producer {
    /// Begins to open the segment on a thread of its own, and returns at once.
    pub fn open(spec: SegmentSpec) -> Self {
        Self::open_witnessed(spec, Arc::new(()))
    }

    /// The same, with a witness that the file waits for.
    pub fn open_witnessed(spec: SegmentSpec, witness: Arc<dyn Witness>) -> Self {
        let lanes = Arc::new(Lanes::new(&spec.format));
        supervise::start(spec, Arc::clone(&lanes), witness);
        Self { lanes }
    }

    /// Begins to draw a page on a thread of its own, and returns at once. It has no sound: that ends at once.
    pub fn open_page(spec: PageSpec) -> Self {
        let lanes = Arc::new(Lanes::new(&spec.format));
        supervise::start_page(spec, Arc::clone(&lanes));
        Self { lanes }
    }

    /// The next coded picture, waiting up to `wait` for it.
    pub fn take_video(&self, wait: Duration) -> Take<VideoUnit> {
        self.lanes.video.take(wait)
    }

    /// The next coded audio frame, waiting up to `wait` for it. A file without sound gives silence.
    pub fn take_audio(&self, wait: Duration) -> Take<AudioUnit> {
        self.lanes.audio.take(wait)
    }

    /// Coded pictures that are ready.
    pub fn ready_frames(&self) -> u32 {
        u32::try_from(self.lanes.video.len()).unwrap_or(u32::MAX)
    }

    /// The slots before `index` are gone: no time is spent on their pictures any more, and the first unit behind them is
    /// an IDR.
    pub fn skip_to(&self, index: i64) {
        self.lanes.gone.fetch_max(index, Ordering::Relaxed);
    }

    /// Where the time went until the first coded picture; `None` until there is one.
    pub fn opening_times(&self) -> Option<OpeningTimes> {
        self.lanes.stopwatch.times()
    }

    /// Something that is wrong with the segment, though it plays. Each is given once.
    pub fn take_remark(&self) -> Option<Fault> {
        self.lanes.remarks.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Ends the pipeline on the reaper's thread, and returns at once. Dropping does the same.
    pub fn close(self) {}
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.lanes.close();
    }
}

impl Lanes {
    fn new(format: &HouseFormat) -> Self {
        let seconds = usize::try_from(WORK_AHEAD_SECONDS).unwrap_or(1);
        let audio_frames = usize::try_from(WORK_AHEAD_SECONDS * SAMPLE_RATE / SAMPLES_PER_FRAME).unwrap_or(1);
        let video_frames = seconds * format.gop_frames() as usize;
        Self {
            video: Lane::new(video_frames),
            audio: Lane::new(audio_frames),
            stopwatch: Stopwatch::start(),
            hunger: Hunger::begin(),
            enough: hunger::ENOUGH_SECONDS * format.gop_frames() as usize,
            gone: AtomicI64::new(0),
            remarks: Mutex::default(),
        }
    }

    fn close(&self) {
        self.video.close();
        self.audio.close();
        self.hunger.end();
    }

    /// Lets those go first that hold less ready.
    fn give_way(&self) {
        if !self.holds_enough() {
            return;
        }
        self.hunger.end();
        while self.holds_enough() && !self.is_closed() && !hunger::give_way(supervise::POLL) {}
    }

    fn holds_enough(&self) -> bool {
        self.video.len() >= self.enough
    }

    /// The first slot that is not gone.
    fn first_wanted(&self) -> i64 {
        self.gone.load(Ordering::Relaxed)
    }

    fn remark(&self, fault: Fault) {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    fn is_closed(&self) -> bool {
        self.video.is_closed()
    }
}
