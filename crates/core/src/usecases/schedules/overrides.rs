//! Overrides: an operator puts something else on air than is planned. It is recorded, then takes effect; what is planned
//! goes on underneath, and where the override ends the schedule is where it is by then.

use std::time::Duration;

use retrovue_schedule::Kind;
use retrovue_schedule::asrun::OVERRIDE;
use retrovue_store::library::{AssetState, Playable};
use retrovue_store::overrides::{Override, OverrideKind, Shown};
use retrovue_timeline::{FrameIndex, UtcTime};
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
        // what is on air is cut as it was when the override began, for as long as it is on air
        let from = segments.first().map_or(from, |first| rate.start_of(first.start_frame).min(from));
        let mut held = self.desk.store.overrides_on(from, to)?;
        held.retain(|recorded| recorded.concerns(slug));
        // the newest of the gravest covers the others
        held.sort_by_key(|recorded| recorded.kind);
        // what is planned reaches beyond the span with its last event
        let planned = segments.last().map_or(FrameIndex(0), |last| last.start_frame + last.frame_count);
        let reach = planned.max(rate.frame_at_or_after(to));
        held.into_iter().try_fold(segments, |segments, recorded| {
            let start = rate.frame_at_or_after(recorded.start);
            let end = recorded.end().map_or(reach, |end| rate.frame_at_or_after(end).min(reach));
            let span = (start, end);
            if start >= end {
                return Ok(segments);
            }
            Ok(match &recorded.shown {
                Shown::Crawl { text } => {
                    let card = card(&recorded, span, String::new(), text);
                    laying::run_over(segments, span, text, card)
                }
                Shown::Card { heading, text } => {
                    laying::cover(segments, vec![card(&recorded, span, heading.clone(), text)])
                }
                Shown::Asset { asset_id } => {
                    laying::cover(segments, self.asset_over(subject, &recorded, asset_id, span, rate.frame_at(from))?)
                }
                Shown::Guide => laying::cover(segments, self.guide_over(subject, &recorded, span, from)?),
            })
        })
    }

    /// The asset from `span`'s start on, again and again, as far as it is needed from `from` on.
    fn asset_over(
        &self,
        subject: &Subject,
        recorded: &Override,
        asset_id: &str,
        (start, end): (FrameIndex, FrameIndex),
        from: FrameIndex,
    ) -> Result<Vec<PlannedSegment>, Failure> {
        let rate = subject.plan.format.frame_rate;
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
            return Ok(vec![card(recorded, (start, end), recorded.kind.word().to_owned(), "")]);
        };
        let passed = (from - start).max(0) / frames;
        let rounds = (passed..).map(|round| start + round * frames).take_while(|at| *at < end);
        let rounds = rounds.map(|at| PlannedSegment {
            asset: Some(self.desk.planned_asset(subject, asset_id, &playable, 0)),
            ..event(recorded, (at, (at + frames).min(end)), Kind::Programme)
        });
        Ok(rounds.collect())
    }

    /// A page for each five minutes.
    fn guide_over(
        &self,
        subject: &Subject,
        recorded: &Override,
        (start, end): (FrameIndex, FrameIndex),
        from: UtcTime,
    ) -> Result<Vec<PlannedSegment>, Failure> {
        let rate = subject.plan.format.frame_rate;
        let page = i64::try_from(GUIDE_PAGE.as_nanos()).unwrap_or(i64::MAX);
        let first = from.max(rate.start_of(start)).nanos().div_euclid(page);
        let mut pages = Vec::new();
        for number in first..=rate.start_of(end).nanos().div_euclid(page) {
            let at = UtcTime::from_nanos(number * page);
            let span = (
                rate.frame_at_or_after(at).max(start),
                rate.frame_at_or_after(UtcTime::from_nanos((number + 1) * page)).min(end),
            );
            if span.0 < span.1 {
                let shown = self.guide_page(subject, rate.start_of(span.0))?;
                pages.push(PlannedSegment { page: Some(shown), ..event(recorded, span, Kind::Card) });
            }
        }
        Ok(pages)
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

fn card(recorded: &Override, span: (FrameIndex, FrameIndex), heading: String, text: &str) -> PlannedSegment {
    let page = PlannedPage { heading, lines: text.lines().map(str::to_owned).collect() };
    PlannedSegment { page: Some(page), ..event(recorded, span, Kind::Card) }
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
