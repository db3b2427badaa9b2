//! What really happened on air, as Air told it: each event once, whoever died in between. As-run is made from this.

use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use crate::asrun::StoredRow;

mod keeping;
mod rows;

#[cfg(test)]
mod tests;

/// An event of Air's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which event it is.
    pub place: Place,
    /// The channel's slug; empty where it concerns none.
    pub channel: String,
    /// Core's; empty where it concerns none.
    pub session_id: String,
    /// When it happened, by MasterClock.
    pub at: UtcTime,
    /// What happened.
    pub what: What,
}

/// Where an event stands among all that Air told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where Air kept it: one that was wiped has another id, and counts anew.
    pub spool_id: String,
    /// From 1, without gaps but for what was lost.
    pub sequence: u64,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A session is about to open its first file.
    SessionStarted {
        /// Where it begins, unless its first picture is late.
        first: FrameIndex,
        /// What its frames count in.
        frame_rate: FrameRate,
        /// Counts the starts of Air on this spool.
        air_run: u64,
    },
    /// A session has ended.
    SessionEnded {
        /// The first frame that was not sent.
        end: FrameIndex,
        /// `stopped`, `air_lost` and so on.
        cause: String,
    },
    /// A file is opened as soon as this is on Air's disk.
    Opening {
        /// What it is opened for.
        segment: Planned,
        /// The first frame that it is opened for.
        frame: FrameIndex,
    },
    /// The opening is over.
    Opened {
        /// The event of the playlog.
        event_id: String,
        /// What was opened.
        asset_id: String,
        /// Why it could not be; empty where it could.
        fault: String,
    },
    /// A segment's first slot in its session.
    Started {
        /// As it was planned.
        segment: Planned,
        /// That slot.
        frame: FrameIndex,
    },
    /// A segment's last slot in its session was the one before.
    Ended {
        /// As it was planned last.
        segment: Planned,
        /// What became of it.
        aired: Aired,
    },
    /// Slots of a segment became slate.
    Fault {
        /// The event of the playlog.
        event_id: String,
        /// What it shows.
        asset_id: String,
        /// The first of these slots.
        frame: FrameIndex,
        /// A stable word.
        code: String,
        /// A sentence.
        message: String,
    },
    /// Events that nobody will ever get.
    Lost {
        /// How many.
        events: u64,
        /// `spool_full` or `unwritable`.
        cause: String,
    },
}

/// A segment as the playlog had it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// The event of the playlog.
    pub event_id: String,
    /// Its first frame.
    pub start: FrameIndex,
    /// Its frames.
    pub frames: i64,
    /// What it shows; `None` is slate.
    pub asset_id: Option<String>,
    /// `programme`, `promo` and so on.
    pub kind: String,
    /// For people.
    pub title: String,
}

/// What became of a segment: `segment.frames = aired + slate + unsent`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aired {
    /// Its first frame in this session.
    pub started: FrameIndex,
    /// The first frame that was not its own any more.
    pub end: FrameIndex,
    /// Frames that showed it.
    pub aired: i64,
    /// Frames that showed slate.
    pub slate: i64,
    /// Frames that were not sent.
    pub unsent: i64,
    /// Why it ended there: `boundary`, `replanned`, or why its session ended.
    pub cause: String,
    /// Why there was slate; empty where there was none.
    pub fault: String,
}

/// An asset over which Air may have died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// The asset.
    pub asset_id: String,
    /// Deaths of Air while it was being opened.
    pub deaths: u64,
}

/// What was new to the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Events.
    pub events: usize,
    /// What as-run made of them.
    pub rows: Vec<StoredRow>,
}
