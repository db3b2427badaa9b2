//! The guide: as JSON for machines, and in [`page`] for people.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use retrovue_kit::clock::parse_utc;
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use super::Director;
use crate::channels::source::GuideChannel;
use crate::failure::{Failure, Kind};
use crate::ingest::blocking::off_runtime;
use crate::instants::rfc3339;

pub(super) mod page;

/// A guide's span where nothing is asked for, and the longest: a week has a bounded size.
const HOURS: u32 = 6;
const LONGEST_HOURS: u32 = 168;

/// `?from=&hours=&channel=` of the JSON guide.
#[derive(Deserialize)]
pub(super) struct Span {
    from: Option<String>,
    hours: Option<u32>,
    channel: Option<String>,
}

#[derive(Serialize)]
struct GuideView {
    from_utc: String,
    to_utc: String,
    channels: Vec<ChannelView>,
}

#[derive(Serialize)]
struct ChannelView {
    id: String,
    slug: String,
    number: String,
    name: String,
    programmes: Vec<ProgrammeView>,
    /// What is shown now in place of the programmes.
    #[serde(rename = "override")]
    overridden: Option<OverriddenView>,
}

#[derive(Serialize)]
struct OverriddenView {
    kind: &'static str,
    since_utc: String,
    until_utc: Option<String>,
}

#[derive(Serialize)]
struct ProgrammeView {
    id: String,
    title: String,
    subtitle: String,
    start_utc: String,
    end_utc: String,
}

/// `GET /api/v1/guide`.
pub(super) async fn json(
    State(director): State<Director>,
    span: Result<Query<Span>, QueryRejection>,
) -> Result<Response, Failure> {
    let usage = |message: String| {
        Failure::new(Kind::Usage, "usage", message).hint("?from=2026-03-08T02:00:00Z&hours=6&channel=SLUG")
    };
    let Query(span) = span.map_err(|error| usage(error.body_text()))?;
    let from = match &span.from {
        Some(from) => parse_utc(from).map_err(|wants| usage(format!("from has to be {wants}")))?,
        None => director.clock.now(),
    };
    let hours = span.hours.unwrap_or(HOURS);
    if !(1..=LONGEST_HOURS).contains(&hours) {
        return Err(usage(format!("hours has to lie between 1 and {LONGEST_HOURS}")));
    }
    let to = from.plus(Duration::from_secs(u64::from(hours) * 3600));
    let mut channels = listing(&director, from, to).await?;
    if let Some(slug) = span.channel {
        channels.retain(|channel| channel.info.slug == slug);
        if channels.is_empty() {
            return Err(Failure::not_found("channel_not_found", format!("there is no channel {slug:?}")));
        }
    }
    let view = GuideView {
        from_utc: rfc3339(from),
        to_utc: rfc3339(to),
        channels: channels.into_iter().map(channel_view).collect(),
    };
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(view)).into_response())
}

async fn listing(director: &Director, from: UtcTime, to: UtcTime) -> Result<Vec<GuideChannel>, Failure> {
    let guide = Arc::clone(&director.guide);
    off_runtime(move || guide.guide(from, to)).await?
}

fn channel_view(channel: GuideChannel) -> ChannelView {
    let programmes = channel.programmes.into_iter().map(|programme| ProgrammeView {
        start_utc: rfc3339(programme.start),
        end_utc: rfc3339(programme.end),
        id: programme.id,
        title: programme.title,
        subtitle: programme.subtitle,
    });
    ChannelView {
        programmes: programmes.collect(),
        id: channel.info.id,
        slug: channel.info.slug,
        number: channel.info.number,
        name: channel.info.name,
        overridden: channel.overridden.map(|overridden| OverriddenView {
            kind: overridden.kind,
            since_utc: rfc3339(overridden.since),
            until_utc: overridden.until.map(rfc3339),
        }),
    }
}
