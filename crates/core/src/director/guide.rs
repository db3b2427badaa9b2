//! The guide: a page for people, which works without scripts, and the same as JSON.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::tz::TimeZone;
use retrovue_kit::clock::parse_utc;
use retrovue_timeline::UtcTime;
use serde::{Deserialize, Serialize};

use super::{Director, look_up, playlist};
use crate::channels::source::{GuideChannel, Programme};
use crate::failure::{Failure, Kind};
use crate::instants::rfc3339;

/// The page looks this far ahead for what comes next: longer than any programme but a marathon.
const AHEAD: Duration = Duration::from_secs(6 * 3600);

/// Programmes after the one that is on.
const NEXT: usize = 3;

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
    look_up(move || guide.guide(from, to)).await
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
    }
}

#[derive(Template)]
#[template(path = "guide.html")]
struct Page {
    base: String,
    clock: String,
    channels: Vec<Row>,
}

struct Row {
    slug: String,
    number: String,
    name: String,
    now: Option<Show>,
    next: Vec<Show>,
}

struct Show {
    title: String,
    subtitle: String,
    starts: String,
    ends: String,
    /// How much of it has been on, of 1000.
    permille: i64,
}

/// `GET /`: what is on now, and what comes next.
pub(super) async fn page(State(director): State<Director>, headers: HeaderMap) -> Result<Response, Failure> {
    let now = director.clock.now();
    let channels = listing(&director, now, now.plus(AHEAD)).await?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let html = render(channels, now, playlist::base(host), &TimeZone::system())?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Html(html)).into_response())
}

/// `GET /guide.css`.
pub(super) async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("../../templates/guide.css")).into_response()
}

fn render(channels: Vec<GuideChannel>, now: UtcTime, base: String, zone: &TimeZone) -> Result<String, Failure> {
    let channels = channels.into_iter().map(|channel| row(channel, now, zone)).collect();
    let page = Page { base, clock: time_of_day(now, zone), channels };
    page.render().map_err(|error| Failure::new(Kind::Failed, "page_failed", error.to_string()))
}

fn row(channel: GuideChannel, now: UtcTime, zone: &TimeZone) -> Row {
    let mut shows = channel.programmes.into_iter().filter(|programme| programme.end > now).peekable();
    let current = shows.next_if(|programme| programme.start <= now);
    Row {
        now: current.map(|programme| show(programme, now, zone)),
        next: shows.take(NEXT).map(|programme| show(programme, now, zone)).collect(),
        slug: channel.info.slug,
        number: channel.info.number,
        name: channel.info.name,
    }
}

fn show(programme: Programme, now: UtcTime, zone: &TimeZone) -> Show {
    let length = programme.end.since(programme.start).as_millis().max(1);
    let shown = now.since(programme.start).as_millis().min(length);
    Show {
        title: programme.title,
        subtitle: programme.subtitle,
        starts: time_of_day(programme.start, zone),
        ends: time_of_day(programme.end, zone),
        permille: i64::try_from(1000 * shown / length).unwrap_or(1000),
    }
}

fn time_of_day(at: UtcTime, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::source::ChannelInfo;

    const NOW: UtcTime = UtcTime::from_millis(1_795_377_600_000);

    fn minutes(from_now: i64) -> UtcTime {
        UtcTime::from_millis(NOW.millis() + from_now * 60_000)
    }

    fn programme(title: &str, from: i64, to: i64) -> Programme {
        let (id, subtitle) = (format!("{title}-{from}"), String::new());
        Programme { id, title: title.to_owned(), subtitle, start: minutes(from), end: minutes(to) }
    }

    fn channel(programmes: Vec<Programme>) -> GuideChannel {
        let info = ChannelInfo {
            id: "id".to_owned(),
            slug: "classics".to_owned(),
            number: "2".to_owned(),
            name: "Classics".to_owned(),
        };
        GuideChannel { info, programmes }
    }

    fn html(channels: Vec<GuideChannel>) -> String {
        render(channels, NOW, "http://tv.lan".to_owned(), &TimeZone::UTC).unwrap()
    }

    #[test]
    fn a_row_shows_what_is_on_and_what_comes_next() {
        let row = row(
            channel(vec![
                programme("Over", -60, 0),
                programme("Cheers", -15, 15),
                programme("Taxi", 15, 45),
                programme("Film", 45, 160),
            ]),
            NOW,
            &TimeZone::UTC,
        );
        let now = row.now.unwrap();
        assert_eq!(
            (now.title.as_str(), now.starts.as_str(), now.ends.as_str(), now.permille),
            ("Cheers", "19:45", "20:15", 500)
        );
        assert_eq!(row.next.iter().map(|show| show.title.as_str()).collect::<Vec<_>>(), ["Taxi", "Film"]);
    }

    #[test]
    fn hostile_titles_stay_text() {
        let page = html(vec![channel(vec![programme("<script>alert(1)</script>\" onload=\"x", -1, 1)])]);
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"), "{page}");
    }

    #[test]
    fn gaps_and_emptiness_are_told() {
        let page = html(vec![channel(vec![programme("Later", 10, 20)])]);
        assert!(page.contains("Nothing is scheduled now") && page.contains("Later"), "{page}");
        let page = html(vec![]);
        assert!(page.contains("retrovue channel suggest --apply"), "{page}");
    }
}
