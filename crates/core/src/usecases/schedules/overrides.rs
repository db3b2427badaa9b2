//! Overrides: an operator puts something else on air than is planned. It is recorded, then takes effect; what is planned
//! goes on underneath, and where the override ends the schedule is where it is by then.

use std::time::Duration;

use retrovue_schedule::Kind;
use retrovue_schedule::asrun::OVERRIDE;
use retrovue_store::library::{AssetState, Playable};
use retrovue_store::overrides::{Override, OverrideKind, Shown};
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};
use uuid::Uuid;

use super::gain::gain_db;
use super::subjects::Subject;
use super::{Desk, ScheduleChange, ScheduleService};
use crate::channels::source::{GuideSource, PlannedAsset, PlannedPage, PlannedSegment};
use crate::failure::{Failure, Kind as FailureKind};

mod laying;
mod views;

pub use views::{OverrideRequest, OverrideView, OverridesView, StopRequest};

/// Overrides that are listed.
const LISTED: u32 = 50;

/// Overrides at once: nobody means more, and each is looked at with every plan.
const MOST: usize = 32;

/// Letters of a card, and of a crawl: what Air takes of each.
const CARD_LINES: usize = 40;
const LINE: usize = 200;
const CRAWL: usize = 2000;

/// Lines of a page: what Air takes.
const PAGE_LINES: usize = 500;

/// A card is one event for so long.
const CARD: Duration = Duration::from_secs(3600);

/// What is shorter is no film to be shown again and again.
const SHORTEST_ASSET_NS: i64 = 1_000_000_000;

/// Where an override begins and ends, and from where on it is needed.
type Span = (FrameIndex, FrameIndex, FrameIndex);

/// A page of the guide is as of its beginning, and shown for so long.
const GUIDE_PAGE: Duration = Duration::from_secs(300);

/// How far the guide looks ahead for what follows.
const GUIDE_AHEAD: Duration = Duration::from_secs(6 * 3600);

impl ScheduleService {
    /// Puts something else on air, from now on. Recorded before anybody is told.
    ///
    /// # Errors
    /// `channel_not_found`, `asset_not_found`, `asset_not_playable`, `override_invalid`, `overrides_too_many`.
    pub fn start_override(&self, request: &OverrideRequest, dry_run: bool) -> Result<OverrideView, Failure> {
        let desk = &self.desk;
        let _turn = desk.decide();
        let now = desk.now();
        let recorded = desk.override_of(request, now)?;
        if !dry_run {
            let held = desk.store.overrides_on(now, now.plus(Duration::from_nanos(1)))?.len();
            if held >= MOST {
                return Err(Failure::refused("overrides_too_many", format!("{held} overrides are on air"))
                    .hint("retrovue override stop ends those that are not needed"));
            }
            desk.store.keep_override(&recorded)?;
            let channels = recorded.channels.join(",");
            let (id, kind) = (&recorded.id, recorded.kind.word());
            tracing::warn!(id, kind, channels, by = recorded.by, reason = recorded.reason, "an override was started");
            desk.announce_to_concerned(&recorded)?;
        }
        Ok(OverrideView::of(recorded, now))
    }

    /// Ends an override, or the only one that is on air. The schedule goes on where it is by now.
    ///
    /// # Errors
    /// `override_not_found`; `override_ambiguous` where several are on air and none is named.
    pub fn stop_overrides(&self, request: &StopRequest, dry_run: bool) -> Result<OverridesView, Failure> {
        let desk = &self.desk;
        let _turn = desk.decide();
        let now = desk.now();
        let mut held = desk.store.overrides_on(now, now.plus(Duration::from_nanos(1)))?;
        if let Some(id) = &request.id {
            held.retain(|recorded| recorded.id == *id);
        }
        if held.is_empty() {
            let what = request
                .id
                .as_ref()
                .map_or("no override is on air".to_owned(), |id| format!("no override {id} is on air"));
            return Err(Failure::not_found("override_not_found", what).hint("retrovue override list shows them"));
        }
        if held.len() > 1 && !request.all {
            let message = format!("{} overrides are on air, and none was named", held.len());
            return Err(Failure::refused("override_ambiguous", message).hint("name one, or end all with --all"));
        }
        if !dry_run {
            let ids: Vec<String> = held.iter().map(|recorded| recorded.id.clone()).collect();
            desk.store.stop_overrides(&ids, now, &request.by)?;
            for recorded in &mut held {
                recorded.stopped = Some((now, request.by.clone()));
                tracing::warn!(id = recorded.id, kind = recorded.kind.word(), by = request.by, "an override was ended");
                desk.announce_to_concerned(recorded)?;
            }
        }
        Ok(OverridesView { overrides: held.into_iter().map(|recorded| OverrideView::of(recorded, now)).collect() })
    }

    /// The newest overrides, the newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn overrides(&self) -> Result<OverridesView, Failure> {
        let now = self.desk.now();
        let listed = self.desk.store.overrides(LISTED)?;
        Ok(OverridesView { overrides: listed.into_iter().map(|recorded| OverrideView::of(recorded, now)).collect() })
    }

    /// `segments` of `subject` between two instants, with the overrides that hold there laid over them.
    pub(super) fn lay_overrides(
        &self,
        subject: &Subject,
        segments: Vec<PlannedSegment>,
        (from, to): (UtcTime, UtcTime),
    ) -> Result<Vec<PlannedSegment>, Failure> {
        let slug = &subject.channel.slug;
        let rate = subject.plan.format.frame_rate;
        let mut held = self.desk.store.overrides_on(from, to)?;
        held.retain(|recorded| recorded.concerns(slug));
        // the newest of the gravest covers the others
        held.sort_by_key(|recorded| recorded.kind);
        if held.is_empty() {
            return Ok(segments);
        }
        // what is planned reaches beyond the span with its last event, and the override would end before it
        let reach = rate.frame_at_or_after(to);
        let segments = segments.iter().filter_map(|segment| laying::before(segment, reach)).collect();
        held.into_iter().try_fold(segments, |segments, recorded| {
            let start = rate.frame_at_or_after(recorded.start);
            let end = recorded.end().map_or(reach, |end| rate.frame_at_or_after(end).min(reach));
            // what is over is over
            let span = (start, end, rate.frame_at(from).max(start));
            if span.2 >= end {
                return Ok(segments);
            }
            Ok(match &recorded.shown {
                Shown::Crawl { text } => {
                    laying::run_over(segments, (span.2, end), text, cards(&recorded, span, rate, "", text))
                }
                Shown::Card { heading, text } => laying::cover(segments, cards(&recorded, span, rate, heading, text)),
                Shown::Asset { asset_id } => {
                    laying::cover(segments, self.asset_over(subject, &recorded, asset_id, span)?)
                }
                Shown::Guide => laying::cover(segments, self.guide_over(subject, &recorded, span)?),
            })
        })
    }

    /// The asset from the start on, again and again.
    fn asset_over(
        &self,
        subject: &Subject,
        recorded: &Override,
        asset_id: &str,
        span: Span,
    ) -> Result<Vec<PlannedSegment>, Failure> {
        let (rate, (start, end, from)) = (subject.plan.format.frame_rate, span);
        let ids = [asset_id.to_owned()];
        let playable = self.desk.store.playable_assets(&ids)?.remove(asset_id);
        let duration =
            self.desk.store.assets_by_id(&ids)?.pop().and_then(|asset| asset.media).map(|media| media.duration_ns);
        let frames = duration.map_or(0, |nanos| rate.slots_within(nanos));
        let Some(playable) = playable.filter(|_| frames > 0) else {
            self.desk.tell_once(
                &subject.channel.slug,
                &format!("override {}: asset {asset_id} cannot be played", recorded.id),
            );
            return Ok(cards(recorded, span, rate, recorded.kind.word(), ""));
        };
        let passed = (from - start) / frames;
        let rounds = (passed..).map(|round| start + round * frames).take_while(|at| *at < end);
        let rounds = rounds.map(|at| PlannedSegment {
            asset: Some(self.desk.planned_asset(subject, asset_id, &playable, 0)),
            ..event(recorded, (at, (at + frames).min(end)), Kind::Programme)
        });
        Ok(rounds.collect())
    }

    /// A page for each five minutes.
    fn guide_over(&self, subject: &Subject, recorded: &Override, span: Span) -> Result<Vec<PlannedSegment>, Failure> {
        let rate = subject.plan.format.frame_rate;
        let pages = pieces(span, rate, GUIDE_PAGE).into_iter().map(|(start, end)| {
            let page = Some(self.guide_page(subject, rate.start_of(start))?);
            Ok(PlannedSegment { page, ..event(recorded, (start, end), Kind::Card) })
        });
        pages.collect()
    }

    /// What is on at `at` and what follows, on every other channel.
    fn guide_page(&self, subject: &Subject, at: UtcTime) -> Result<PlannedPage, Failure> {
        let time = |at: UtcTime| {
            let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
            at.to_zoned(subject.zone.clone()).strftime("%H:%M").to_string()
        };
        let mut lines = Vec::new();
        for channel in self.guide(at, at.plus(GUIDE_AHEAD))? {
            if channel.info.slug == subject.channel.slug {
                continue;
            }
            lines.push(line(&format!("{}  {}", channel.info.number, channel.info.name)));
            for programme in channel.programmes.iter().take(2) {
                lines.push(line(&format!("   {}  {}", time(programme.start), programme.title)));
            }
        }
        lines.truncate(PAGE_LINES);
        Ok(PlannedPage { heading: line(&subject.channel.name), lines })
    }
}

impl Desk {
    fn override_of(&self, request: &OverrideRequest, now: UtcTime) -> Result<Override, Failure> {
        let invalid = |message: &str, hint: &str| {
            Err(Failure::new(FailureKind::Usage, "override_invalid", message).hint(hint.to_owned()))
        };
        for slug in &request.channels {
            self.live_channel(slug)?;
        }
        let kind = request.kind()?;
        let until = request.until()?;
        if until.is_some_and(|until| until <= now) {
            return invalid("--until lies in the past", "it is when the override ends by itself");
        }
        let text = request.text.as_deref().unwrap_or_default();
        let heading = request.heading.clone().unwrap_or_else(|| request.usual_heading(kind).to_owned());
        let too_long = text.lines().count() > CARD_LINES || text.lines().any(|line| line.chars().count() > LINE);
        if kind != OverrideKind::Emergency && (request.crawl || request.asset_id.is_some()) {
            return invalid("only an emergency shows a crawl or an asset", "guide and maintenance are cards");
        }
        let shown = match (kind, &request.asset_id, request.crawl) {
            (OverrideKind::Guide, ..) if request.channels.is_empty() => {
                return invalid("a guide needs channels to be shown on", "name them with --channel");
            }
            (OverrideKind::Guide, ..) => Shown::Guide,
            (_, Some(_), true) => {
                return invalid("an override shows an asset or a crawl, not both", "leave out one of them");
            }
            (_, Some(asset_id), false) => Shown::Asset { asset_id: self.overriding_asset(asset_id)? },
            (_, None, true) if text.trim().is_empty() || text.lines().count() > 1 || text.chars().count() > CRAWL => {
                return invalid("a crawl needs one line of text", "give it with --text, at most 2000 letters");
            }
            (_, None, true) => Shown::Crawl { text: text.to_owned() },
            (_, None, false) if too_long || heading.chars().count() > LINE || heading.lines().count() > 1 => {
                return invalid(
                    "that is more than a card holds",
                    "at most 40 lines of 200 letters, and one as heading",
                );
            }
            (_, None, false) => Shown::Card { heading, text: text.to_owned() },
        };
        Ok(Override {
            // short, for people type it
            id: Uuid::new_v4().simple().to_string()[..8].to_owned(),
            kind,
            channels: request.channels.clone(),
            shown,
            start: now,
            until,
            stopped: None,
            by: line(&request.by),
            reason: line(&request.reason),
        })
    }

    fn overriding_asset(&self, asset_id: &str) -> Result<String, Failure> {
        let asset = self.store.assets_by_id(&[asset_id.to_owned()])?.pop();
        let asset = asset.ok_or_else(|| {
            Failure::not_found("asset_not_found", format!("there is no asset {asset_id:?}"))
                .hint("retrovue asset list shows all")
        })?;
        if asset.state != AssetState::Ready || !asset.approved {
            let message =
                format!("asset {asset_id} is {}", if asset.approved { asset.state.word() } else { "not approved" });
            return Err(
                Failure::refused("asset_not_playable", message).hint("only what is ready and approved goes on air")
            );
        }
        if asset.media.as_ref().is_none_or(|media| media.duration_ns < SHORTEST_ASSET_NS) {
            let message = format!("asset {asset_id} is shorter than a second");
            return Err(Failure::refused("asset_not_playable", message).hint("it would be shown again and again"));
        }
        Ok(asset.id)
    }

    fn announce_to_concerned(&self, recorded: &Override) -> Result<(), Failure> {
        for channel in self.live_channels()? {
            if recorded.concerns(&channel.slug) {
                self.announce(ScheduleChange::Playlog { slug: channel.slug });
            }
        }
        Ok(())
    }

    /// What Air needs to show an asset on the channel of `subject`.
    pub(super) fn planned_asset(
        &self,
        subject: &Subject,
        asset_id: &str,
        playable: &Playable,
        in_offset_frames: i64,
    ) -> PlannedAsset {
        let languages = &subject.plan.languages;
        PlannedAsset {
            asset_id: asset_id.to_owned(),
            path: playable.path.clone(),
            in_offset_frames,
            gain_db: gain_db(self.outlook().loudness, &playable.loudness, languages),
            languages: languages.clone(),
            first_picture: playable.first_picture,
            size: playable.size,
            mtime_ns: playable.mtime_ns,
        }
    }
}

/// A card for each hour, so that as-run has them in their days.
fn cards(recorded: &Override, span: Span, rate: FrameRate, heading: &str, text: &str) -> Vec<PlannedSegment> {
    let lines: Vec<String> = text.lines().flat_map(broken).take(PAGE_LINES).collect();
    let page = Some(PlannedPage { heading: heading.to_owned(), lines });
    let cards = pieces(span, rate, CARD).into_iter();
    cards.map(|piece| PlannedSegment { page: page.clone(), ..event(recorded, piece, Kind::Card) }).collect()
}

/// `span` cut at each multiple of `length` since the epoch, from the piece on in which it is needed.
fn pieces((start, end, from): Span, rate: FrameRate, length: Duration) -> Vec<(FrameIndex, FrameIndex)> {
    let nanos = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
    let line = |number: i64| rate.frame_at_or_after(UtcTime::from_nanos(number * nanos));
    let first = rate.start_of(from).nanos().div_euclid(nanos);
    let pieces = (first..).map(|number| (line(number).max(start), line(number + 1).min(end)));
    pieces.take_while(|(from, _)| *from < end).filter(|(from, to)| from < to).collect()
}

/// A line as lines that a page takes.
fn broken(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    if letters.is_empty() {
        vec![String::new()]
    } else {
        letters.chunks(LINE).map(|part| part.iter().collect()).collect()
    }
}

/// An event of the override that shows nothing yet.
fn event(recorded: &Override, (start, end): (FrameIndex, FrameIndex), kind: Kind) -> PlannedSegment {
    PlannedSegment {
        event_id: format!("{OVERRIDE}{}.{}", recorded.id, start.0),
        start_frame: start,
        frame_count: end - start,
        kind,
        title: format!("Override: {}", recorded.kind.word()),
        fade_in_frames: 0,
        fade_out_frames: 0,
        asset: None,
        page: None,
        notice: None,
    }
}

/// At most so much as a page takes, on one line.
fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LINE).collect()
}
