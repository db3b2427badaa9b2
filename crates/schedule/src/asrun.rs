//! As-run: what was really sent, event by event, made from evidence; and how it differs from plan and guide.

#[cfg(test)]
mod tests;
mod verify;

use std::ops::Range;
use std::str::FromStr;

use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use crate::asset::Kind;

pub use verify::{Difference, Session, Told, is_loss, verify};

/// One event in one session: `planned_frames = aired + slate + unsent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Core's name for the session.
    pub session_id: String,
    /// The event of the playlog.
    pub event_id: String,
    /// What it was planned as.
    pub kind: Kind,
    /// For people.
    pub title: String,
    /// What was shown; where nothing was, what was planned.
    pub asset_id: Option<String>,
    /// What was planned, where another asset was shown.
    pub in_place_of: Option<String>,
    /// What the frames count in.
    pub frame_rate: FrameRate,
    /// House frames since the epoch.
    pub planned_start: FrameIndex,
    /// House frames.
    pub planned_frames: i64,
    /// The first frame that was sent of it.
    pub actual_start: FrameIndex,
    /// Frames that showed it.
    pub aired_frames: i64,
    /// Frames that showed slate.
    pub slate_frames: i64,
    /// Frames that were not sent in this session.
    pub unsent_frames: i64,
    /// How it went.
    pub outcome: Outcome,
    /// Why it did not air whole.
    pub cause: Option<String>,
    /// Why there was slate first, as Air names it.
    pub fault: Option<String>,
}

/// How an event went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// All of it was shown.
    Aired,
    /// Some of it was shown.
    Partial,
    /// Something else was shown in its place.
    Substituted,
    /// Slate was shown in its place.
    Missed,
}

impl Outcome {
    /// Each of them.
    pub const ALL: [Outcome; 4] = [Outcome::Aired, Outcome::Partial, Outcome::Substituted, Outcome::Missed];

    const WORDS: [(Outcome, &'static str); 4] = [
        (Outcome::Aired, "aired"),
        (Outcome::Partial, "partial"),
        (Outcome::Substituted, "substituted"),
        (Outcome::Missed, "missed"),
    ];

    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(outcome, _)| *outcome == self).map_or("missed", |(_, word)| word)
    }
}

impl FromStr for Outcome {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::WORDS.iter().find(|(_, word)| *word == text).map(|(outcome, _)| *outcome).ok_or(())
    }
}

/// What Air tells of an event when it ends in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Core's name for the session.
    pub session_id: String,
    /// The event of the playlog.
    pub event_id: String,
    /// As Air was told.
    pub kind: String,
    /// As Air was told.
    pub title: String,
    /// What Air was told to show; `None` is slate.
    pub asset_id: Option<String>,
    /// As Air was told last.
    pub planned_start: FrameIndex,
    /// As Air was told last.
    pub planned_frames: i64,
    /// Its first frame in this session.
    pub started: FrameIndex,
    /// Frames that showed it.
    pub aired: i64,
    /// Frames that showed slate.
    pub slate: i64,
    /// Frames that were not sent.
    pub unsent: i64,
    /// `boundary`, `replanned`, or why its session ended.
    pub cause: String,
    /// Why there was slate; empty where there was none.
    pub fault: String,
}

/// Why an event ended that was shown to its end.
const BOUNDARY: &str = "boundary";

/// Why an event ended that another plan ended.
const REPLANNED: &str = "replanned";

/// Why an event was not shown while an override was.
const OVERRIDDEN: &str = "overridden";

/// How an event began in its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With its session: a viewer came.
    Joined,
    /// With its session, which went on where another was lost: why that was.
    Resumed(String),
    /// Another event was on air before it.
    Followed,
}

/// Events of overrides begin with this, and are in no playlog.
pub const OVERRIDE: &str = "override.";

/// What the playlog says of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// What it shows; `None` is slate.
    pub asset_id: Option<String>,
    /// Why that cannot be shown, where it cannot: the word of its state.
    pub unusable: Option<String>,
    /// All of its frames, where an override was on air in some of them.
    pub overridden: Option<Range<FrameIndex>>,
}

/// The row of an event that ended in a session; `None` where none of it was sent. `entry` is what the playlog still says
/// of it.
pub fn row(ending: Ending, frame_rate: FrameRate, beginning: &Beginning, entry: Option<Entry>) -> Option<Row> {
    if ending.aired + ending.slate == 0 {
        return None;
    }
    let entry = entry.unwrap_or_else(|| Entry {
        kind: ending.kind.parse().unwrap_or(Kind::Slate),
        asset_id: ending.asset_id.clone(),
        unusable: None,
        overridden: None,
    });
    let ending = uncovered(ending, &entry);
    let (outcome, cause) = judge(&ending, beginning, &entry);
    let replaced = outcome == Outcome::Substituted;
    let (asset_id, in_place_of) =
        if replaced { (ending.asset_id, entry.asset_id) } else { (entry.asset_id.or(ending.asset_id), None) };
    Some(Row {
        session_id: ending.session_id,
        event_id: ending.event_id,
        kind: entry.kind,
        title: ending.title,
        asset_id,
        in_place_of,
        frame_rate,
        planned_start: ending.planned_start,
        planned_frames: ending.aired + ending.slate + ending.unsent,
        actual_start: ending.started,
        aired_frames: ending.aired,
        slate_frames: ending.slate,
        unsent_frames: ending.unsent,
        outcome,
        cause,
        fault: Some(ending.fault).filter(|fault| !fault.is_empty()),
    })
}

/// Air is told of what an override leaves of an event; what is planned is all of it.
fn uncovered(ending: Ending, entry: &Entry) -> Ending {
    let told = ending.planned_start..ending.planned_start + ending.planned_frames;
    let sent = ending.aired + ending.slate;
    match &entry.overridden {
        Some(all) if *all != told && all.start <= told.start && told.end <= all.end => Ending {
            planned_start: all.start,
            planned_frames: all.end - all.start,
            unsent: all.end - all.start - sent,
            cause: if ending.cause == BOUNDARY { OVERRIDDEN.to_owned() } else { ending.cause },
            ..ending
        },
        _ => ending,
    }
}

fn judge(ending: &Ending, beginning: &Beginning, entry: &Entry) -> (Outcome, Option<String>) {
    let fault = Some(&ending.fault).filter(|fault| !fault.is_empty());
    let why = |otherwise: &str| entry.unusable.clone().or(fault.cloned()).unwrap_or_else(|| otherwise.to_owned());
    let is_override = ending.event_id.starts_with(OVERRIDE);
    if (entry.asset_id.is_some() || is_override) && ending.aired == 0 {
        return (Outcome::Missed, Some(why("slate")));
    }
    if entry.asset_id.is_some() && entry.asset_id != ending.asset_id {
        return (Outcome::Substituted, Some(why("replaced")));
    }
    let slate_is_planned = entry.asset_id.is_none() && ending.asset_id.is_none() && !is_override;
    if ending.unsent == 0 && (ending.slate == 0 || slate_is_planned) {
        return (Outcome::Aired, None);
    }
    let begins_late = ending.started > ending.planned_start;
    let ends_early = ending.started + ending.aired + ending.slate < ending.planned_start + ending.planned_frames;
    let cause = match beginning {
        Beginning::Joined if begins_late => "joined",
        Beginning::Resumed(cause) if begins_late => cause,
        _ if ends_early && ending.cause == "stopped" => "left",
        _ if ends_early && ending.cause == REPLANNED && entry.overridden.is_some() => OVERRIDDEN,
        _ if ends_early => &ending.cause,
        Beginning::Followed if begins_late && entry.overridden.is_some() => OVERRIDDEN,
        Beginning::Followed if begins_late => REPLANNED,
        _ => fault.map_or("slate", String::as_str),
    };
    (Outcome::Partial, Some(cause.to_owned()))
}

impl Row {
    /// Frames that were sent of it.
    pub fn sent_frames(&self) -> i64 {
        self.aired_frames + self.slate_frames
    }

    /// When its first frame was on air.
    pub fn starts(&self) -> UtcTime {
        self.frame_rate.start_of(self.actual_start)
    }

    /// When its last frame was over.
    pub fn ends(&self) -> UtcTime {
        self.frame_rate.start_of(self.actual_start + self.sent_frames())
    }

    /// Frames that somebody watched and that showed something else than was planned.
    pub fn deviating_frames(&self) -> i64 {
        match self.outcome {
            Outcome::Substituted => self.sent_frames(),
            _ if self.asset_id.is_none() && !self.event_id.starts_with(OVERRIDE) => 0,
            _ => self.slate_frames,
        }
    }
}
