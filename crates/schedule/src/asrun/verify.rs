//! What was sent, held against what was planned and what the guide promised.

use std::collections::HashMap;

use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use super::{OVERRIDE, Outcome, Row};
use crate::asset::Kind;
use crate::day::Item;
use crate::playlog::Event;

/// A channel that is lost comes back within this, or its viewers have given up.
const COMES_BACK: i64 = 60_000_000_000;

/// A session whose first picture is late begins so much later than it was told.
const BEGINS_WITHIN: i64 = 2_000_000_000;

/// What is as long as this is more than an accident of a busy machine.
const GRAVE: i64 = 1_000_000_000;

/// A stretch in which a channel was on air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Core's name for it.
    pub session_id: String,
    /// What its frames count in.
    pub frame_rate: FrameRate,
    /// Its first frame.
    pub first: FrameIndex,
    /// The first frame that was not sent, and why; `None` while it goes on.
    pub end: Option<(FrameIndex, String)>,
}

/// What is held against each other: a stretch of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What the guide shows, in order.
    pub guide: &'a [Item],
    /// What is planned, in order; it reaches at least as far as the guide's items.
    pub plan: &'a [Event],
    /// What the plan's frames count in.
    pub frame_rate: FrameRate,
    /// What was sent, in order.
    pub rows: &'a [Row],
    /// When the channel was on air, in order.
    pub sessions: &'a [Session],
}

/// Something that was not as it was to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Stable.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// When it began.
    pub at: UtcTime,
    /// How much of air, or of the guide, differs, in nanoseconds.
    pub nanos: i64,
    /// Why, as as-run names it.
    pub cause: Option<String>,
    /// The event that it concerns.
    pub event_id: Option<String>,
}

impl Difference {
    /// Whether it is more than a busy machine does.
    pub fn is_grave(&self) -> bool {
        let is_wanted = self.code == "overridden";
        !is_wanted && (self.nanos >= GRAVE || matches!(self.code, "missed" | "substituted" | "doubled" | "not_planned"))
    }

    fn new(code: &'static str, message: String, (from, to): (UtcTime, UtcTime)) -> Self {
        Self { code, message, at: from, nanos: to.nanos() - from.nanos(), cause: None, event_id: None }
    }

    fn of(self, row: &Row) -> Self {
        Self { event_id: Some(row.event_id.clone()), ..self }
    }

    fn because(self, cause: Option<&str>) -> Self {
        Self { cause: cause.map(str::to_owned), ..self }
    }
}

/// Every difference between plan, guide and air, by time. Where nobody watched there is none.
pub fn verify(told: Told<'_>) -> Vec<Difference> {
    let mut found = of_guide(told);
    let planned: HashMap<&str, &Event> = told.plan.iter().map(|event| (event.event_id.as_str(), event)).collect();
    let of_row = |row: &Row| of_row(told.frame_rate, planned.get(row.event_id.as_str()).copied(), row);
    found.extend(told.rows.iter().flat_map(of_row));
    found.extend(told.sessions.iter().flat_map(|session| of_session(told, session)));
    found.extend(interruptions(told.sessions));
    found.sort_by_key(|difference| difference.at);
    found
}

/// Where the playlog is not what the guide shows.
fn of_guide(told: Told<'_>) -> Vec<Difference> {
    let mut blocks: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in told.plan {
        blocks.entry(&event.block_id).or_default().push(event);
    }
    // before the playlog begins nothing was ever planned to the frame
    let begins =
        told.plan.first().map_or(UtcTime::from_nanos(i64::MAX), |event| told.frame_rate.start_of(event.start_frame));
    let programmes = told.guide.iter().filter(|item| item.kind == Kind::Programme && item.start >= begins);
    let differs = |item: &Item| {
        let Some(block) = blocks.get(item.item_id.as_str()) else {
            let message = format!("the guide shows {:?}, which is not planned", item.title);
            return Some(Difference::new("guide_not_planned", message, (item.start, item.end)));
        };
        let starts = told.frame_rate.start_of(block[0].start_frame);
        if starts != item.start {
            let between = (starts.min(item.start), starts.max(item.start));
            let late = if starts > item.start { "after" } else { "before" };
            let message = format!(
                "{:?} is planned {} {late} the guide shows it",
                item.title,
                seconds(between.1.nanos() - between.0.nanos())
            );
            return Some(Difference::new("guide_differs", message, between));
        }
        let shown = block.iter().any(|event| event.asset_id == item.asset_id);
        let message = || format!("the guide shows {:?}, and something else is planned", item.title);
        (!shown).then(|| Difference::new("guide_differs", message(), (item.start, item.end)))
    };
    programmes.filter_map(differs).collect()
}

/// Where an event did not go as planned.
fn of_row(frame_rate: FrameRate, planned: Option<&Event>, row: &Row) -> Vec<Difference> {
    let mut found = Vec::new();
    if row.event_id.starts_with(OVERRIDE) {
        let message = format!("an override was shown for {}", lasting((row.starts(), row.ends())));
        found.push(Difference::new("overridden", message, (row.starts(), row.ends())).because(Some("override")));
    } else if let Some(event) = planned {
        found.extend(beside_plan(frame_rate, event, row));
    } else {
        let message = format!("{:?} was sent, which is not planned any more", row.title);
        found.push(Difference::new("not_planned", message, (row.starts(), row.ends())).because(Some("replanned")));
    }
    let nanos = row.frame_rate.nanos_in(row.deviating_frames());
    let stretch = (row.starts(), UtcTime::from_nanos(row.starts().nanos() + nanos));
    let cause = row.fault.as_deref().or(row.cause.as_deref());
    match row.outcome {
        Outcome::Missed => {
            let message = format!("{:?} was slate for all of the {} that were sent of it", row.title, seconds(nanos));
            found.push(Difference::new("missed", message, stretch).because(row.cause.as_deref()));
        }
        Outcome::Substituted => {
            let message = format!("something else was shown for the {} of {:?}", seconds(nanos), row.title);
            found.push(Difference::new("substituted", message, stretch).because(row.cause.as_deref()));
        }
        _ if nanos > 0 => {
            let message = format!("{:?} was slate for {}", row.title, seconds(nanos));
            found.push(Difference::new("slate", message, stretch).because(cause));
        }
        _ => {}
    }
    found.into_iter().map(|difference| difference.of(row)).collect()
}

/// Where an event was sent before or after it is planned.
fn beside_plan(frame_rate: FrameRate, event: &Event, row: &Row) -> Vec<Difference> {
    let (starts, ends) =
        (frame_rate.start_of(event.start_frame), frame_rate.start_of(event.start_frame + event.frame_count));
    // after a change of rate neither falls on a frame of the other
    let a_frame = frame_rate.nanos_in(1).max(row.frame_rate.nanos_in(1));
    let outside = [
        ("early", "before it begins", (row.starts(), starts.min(row.ends()))),
        ("overran", "after it ends", (ends.max(row.starts()), row.ends())),
    ];
    let outside = outside.into_iter().filter(|(_, _, (from, to))| to.nanos() - from.nanos() > a_frame);
    let told = outside.map(|(code, when, stretch)| {
        let message = format!("{:?} was sent for {} {when} by plan", row.title, lasting(stretch));
        Difference::new(code, message, stretch).because(Some("replanned"))
    });
    told.collect()
}

/// Where a session was on air and nothing is told of what was planned then, or something is told twice.
fn of_session(told: Told<'_>, session: &Session) -> Vec<Difference> {
    let mut found = Vec::new();
    let at = |frame| session.frame_rate.start_of(frame);
    let mut rows = told.rows.iter().filter(|row| row.session_id == session.session_id).peekable();
    let mut reached = at(session.first);
    if let Some(first) = rows.peek().filter(|first| first.starts().nanos() - reached.nanos() <= BEGINS_WITHIN) {
        reached = first.starts();
    }
    for row in rows {
        found.extend(untold(told, (reached, row.starts())));
        if row.starts() < reached {
            let stretch = (row.starts(), reached.min(row.ends()));
            let message = format!("{:?} is told of for {} in which something else is", row.title, lasting(stretch));
            found.push(Difference::new("doubled", message, stretch).of(row));
        }
        reached = reached.max(row.ends());
    }
    // what is on air now has no row yet
    if let Some((end, _)) = &session.end {
        found.extend(untold(told, (reached, at(*end))));
    }
    found
}

fn untold(told: Told<'_>, (from, to): (UtcTime, UtcTime)) -> Option<Difference> {
    let (first, last) = (told.plan.first()?, told.plan.last()?);
    let starts = told.frame_rate.start_of(first.start_frame);
    let ends = told.frame_rate.start_of(last.start_frame + last.frame_count);
    let stretch = (from.max(starts), to.min(ends));
    (stretch.0 < stretch.1).then(|| {
        let message = format!("nothing is told of {} in which the channel was on air", lasting(stretch));
        Difference::new("untold", message, stretch).because(Some("evidence_lost"))
    })
}

/// Where a channel was lost, up to its return.
fn interruptions(sessions: &[Session]) -> Vec<Difference> {
    let pairs = sessions.iter().zip(sessions.iter().skip(1).map(Some).chain([None]));
    let lost = pairs.filter_map(|(session, next)| {
        let (end, cause) = session.end.as_ref().filter(|(_, cause)| is_loss(cause))?;
        let end = session.frame_rate.start_of(*end);
        let back = next.map(|next| next.frame_rate.start_of(next.first));
        let back = back.filter(|back| back.nanos() - end.nanos() <= COMES_BACK);
        let stretch = (end, back.unwrap_or(end).max(end));
        let message = match back {
            Some(_) => format!("the channel was off air for {}", lasting(stretch)),
            None => "the channel went off air and was not watched again".to_owned(),
        };
        Some(Difference::new("interrupted", message, stretch).because(Some(cause)))
    });
    lost.collect()
}

/// Whether a session ended though somebody watched.
pub fn is_loss(cause: &str) -> bool {
    matches!(cause, "air_lost" | "endpoint_closed" | "failed")
}

fn lasting((from, to): (UtcTime, UtcTime)) -> String {
    seconds(to.nanos() - from.nanos())
}

/// `1.234 s`
fn seconds(nanos: i64) -> String {
    let millis = (nanos + 500_000).div_euclid(1_000_000);
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}
