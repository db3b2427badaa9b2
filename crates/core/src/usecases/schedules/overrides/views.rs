//! What the API and the CLI show of overrides, and ask for.

use retrovue_kit::clock::parse_utc;
use retrovue_store::overrides::{Override, OverrideKind, Shown};
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};
use crate::instants::rfc3339;

/// What is to be put on air.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OverrideRequest {
    /// `emergency`, `guide` or `maintenance`.
    pub kind: String,
    /// Slugs; none is all channels.
    pub channels: Vec<String>,
    /// RFC 3339: when it ends by itself.
    pub until: Option<String>,
    /// The first line of the card.
    pub heading: Option<String>,
    /// The other lines of the card, or the crawl.
    pub text: Option<String>,
    /// The text runs over what is planned.
    pub crawl: bool,
    /// The asset to show in place of a card.
    pub asset_id: Option<String>,
    /// Who wants it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What is to end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StopRequest {
    /// Which; the only one where none is named.
    pub id: Option<String>,
    /// Every one, where none is named.
    pub all: bool,
    /// Who wants it.
    pub by: String,
}

/// An override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct OverrideView {
    pub id: String,
    pub kind: String,
    /// None is all channels.
    pub channels: Vec<String>,
    /// `card`, `crawl`, `asset` or `guide`.
    pub shows: String,
    pub heading: Option<String>,
    pub text: Option<String>,
    pub asset_id: Option<String>,
    /// Whether it is on air.
    pub on_air: bool,
    pub start_utc: String,
    pub until_utc: Option<String>,
    /// When it ended, where it has.
    pub ended_utc: Option<String>,
    pub by: String,
    pub reason: String,
    pub ended_by: Option<String>,
}

/// Overrides, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the contract")]
pub struct OverridesView {
    pub overrides: Vec<OverrideView>,
}

impl OverrideRequest {
    pub(super) fn kind(&self) -> Result<OverrideKind, Failure> {
        OverrideKind::ALL.into_iter().find(|kind| kind.word() == self.kind).ok_or_else(|| {
            Failure::new(Kind::Usage, "override_invalid", format!("there is no override {:?}", self.kind))
                .hint("emergency, guide or maintenance")
        })
    }

    pub(super) fn until(&self) -> Result<Option<UtcTime>, Failure> {
        let read = |text: &String| {
            parse_utc(text).map_err(|wants| {
                Failure::new(Kind::Usage, "instant_invalid", format!("until: {text:?} is not {wants}"))
                    .hint("write it as 2026-11-22T20:00:00Z or with an offset, 2026-11-22T21:00:00+01:00")
            })
        };
        self.until.as_ref().map(read).transpose()
    }

    pub(super) fn usual_heading(&self, kind: OverrideKind) -> &'static str {
        match kind {
            OverrideKind::Emergency => "Please stand by",
            OverrideKind::Guide => "",
            OverrideKind::Maintenance => "We will be back soon",
        }
    }
}

impl OverrideView {
    pub(super) fn of(recorded: Override, now: UtcTime) -> Self {
        let on_air = recorded.holds_at(now);
        let ended_utc = recorded.end().filter(|end| *end <= now).map(rfc3339);
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let (shows, heading, text, asset_id) = match recorded.shown {
            Shown::Card { heading, text } => ("card", some(heading), some(text), None),
            Shown::Crawl { text } => ("crawl", None, some(text), None),
            Shown::Asset { asset_id } => ("asset", None, None, Some(asset_id)),
            Shown::Guide => ("guide", None, None, None),
        };
        Self {
            id: recorded.id,
            kind: recorded.kind.word().to_owned(),
            channels: recorded.channels,
            shows: shows.to_owned(),
            heading,
            text,
            asset_id,
            on_air,
            start_utc: rfc3339(recorded.start),
            until_utc: recorded.until.map(rfc3339),
            ended_utc,
            by: recorded.by,
            reason: recorded.reason,
            ended_by: recorded.stopped.map(|(_, by)| by),
        }
    }
}
