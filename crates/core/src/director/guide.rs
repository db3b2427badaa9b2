//! The guide: as JSON for machines, and in [`page`] for people.

use std::sync::Arc;
use std::time::Duration;

use answers::{Answer, Answers, Asked, takes_gzip};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use retrovue_kit::clock::parse_utc;
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use super::Director;
use crate::channels::source::{GuideChannel, GuideSource};
use crate::failure::{Failure, Kind};
use crate::instants::rfc3339;

mod answers;
pub(super) mod page;

/// A guide's span where nothing is asked for, and the longest: a week has a bounded size.
const HOURS: u32 = 6;
const LONGEST_HOURS: u32 = 168;

/// Guides begin with a full one where nothing is asked for.
const MINUTE: Duration = Duration::from_secs(60);

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

/// What guides are made from, with those that were made. Cheap to clone.
#[derive(Clone)]
pub struct Guide {
    source: Arc<dyn GuideSource>,
    answers: Arc<Answers>,
}

impl Guide {
    /// The guide of what `source` tells.
    pub fn of(source: Arc<dyn GuideSource>) -> Self {
        Self { source, answers: Arc::default() }
    }

    /// What tells what is on.
    pub fn source(&self) -> Arc<dyn GuideSource> {
        Arc::clone(&self.source)
    }

    /// The answer to `what`, by `make` of the channels between two instants.
    async fn answer(
        &self,
        what: &str,
        headers: &HeaderMap,
        (from, to): (UtcTime, UtcTime),
        make: impl FnOnce(Vec<GuideChannel>) -> Result<Vec<u8>, Failure> + Send + 'static,
    ) -> Result<Answer, Failure> {
        let gzip = takes_gzip(headers);
        let asked = || Asked { edition: self.source.edition(), what: what.to_owned(), gzip };
        let source = self.source();
        self.answers.answer(asked, move || make(source.guide(from, to)?)).await
    }
}

/// `GET /api/v1/guide`.
pub(super) async fn json(
    State(director): State<Director>,
    span: Result<Query<Span>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let usage = |message: String| {
        Failure::new(Kind::Usage, "usage", message).hint("?from=2026-03-08T02:00:00Z&hours=6&channel=SLUG")
    };
    let Query(span) = span.map_err(|error| usage(error.body_text()))?;
    let minute = last_full(MINUTE, director.clock.now());
    let from = match &span.from {
        Some(from) => parse_utc(from).map_err(|wants| usage(format!("from has to be {wants}")))?,
        None => minute,
    };
    let hours = span.hours.unwrap_or(HOURS);
    if !(1..=LONGEST_HOURS).contains(&hours) {
        return Err(usage(format!("hours has to lie between 1 and {LONGEST_HOURS}")));
    }
    let to = from.plus(Duration::from_secs(u64::from(hours) * 3600));
    // overrides end by themselves, within a span that stays the same
    let what = format!("json {} {} {hours} {:?}", minute.nanos(), from.nanos(), span.channel);
    let make = move |mut channels: Vec<GuideChannel>| {
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
        serde_json::to_vec(&view).map_err(|error| Failure::new(Kind::Failed, "guide_failed", error.to_string()))
    };
    let answer = director.guide.answer(&what, &headers, (from, to), make).await?;
    Ok(answer.respond(&headers, "application/json"))
}

/// The end of the last full `span` before `at`: those who ask within the same one get the same answer.
fn last_full(span: Duration, at: UtcTime) -> UtcTime {
    let nanos = i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    UtcTime::from_nanos(at.nanos() - at.nanos().rem_euclid(nanos))
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
