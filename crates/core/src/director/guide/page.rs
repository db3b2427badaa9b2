//! The guide as a page, which works without scripts.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Zoned;
use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::last_full;
use crate::channels::source::{GuideChannel, Programme};
use crate::director::Director;
use crate::failure::{Failure, Kind};

/// The page looks this far ahead for what comes next: longer than any programme but a marathon.
const AHEAD: Duration = Duration::from_secs(6 * 3600);

/// A page is as of these seconds: those who ask within them get the same one.
const FRESH: Duration = Duration::from_secs(10);

/// Programmes after the one that is on: as many as stand side by side.
const NEXT: usize = 4;

#[derive(Template)]
#[template(path = "guide.html")]
struct Page {
    base: String,
    /// `Sunday 22 November`
    day: String,
    /// `20:42`
    clock: String,
    channels: Vec<Row>,
}

struct Row {
    slug: String,
    number: String,
    name: String,
    /// Whose time its clock shows, where that is not the page's.
    place: Option<String>,
    /// What is shown in place of the programmes.
    instead: Option<&'static str>,
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
    /// `12 min left`
    left: String,
}

/// `GET /`: what is on now, and what comes next.
pub(in crate::director) async fn page(
    State(director): State<Director>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let now = director.clock.now();
    let base = director.reach.asked(&headers);
    let what = format!("page {} {base}", last_full(FRESH, now).nanos());
    let make = move |channels| render(channels, now, base).map(String::into_bytes);
    let answer = director.guide.answer(&what, &headers, (now, now.plus(AHEAD)), make).await?;
    Ok(answer.respond(&headers, "text/html; charset=utf-8"))
}

/// `GET /guide.css`.
pub(in crate::director) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("../../../templates/guide.css"))
}

/// `GET /icon.svg`.
pub(in crate::director) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../../../templates/icon.svg"))
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "max-age=3600")], text).into_response()
}

/// The page's own clock is that of the first channel: viewers live by what they watch, and a server in a container
/// lives by UTC.
fn render(channels: Vec<GuideChannel>, now: UtcTime, base: String) -> Result<String, Failure> {
    let clock = zoned(now, &channels.first().map_or_else(TimeZone::system, |channel| channel.zone.clone()));
    let page = Page {
        base,
        day: clock.strftime("%A %-d %B").to_string(),
        clock: time_of_day(&clock),
        channels: channels.into_iter().map(|channel| row(channel, &clock, now)).collect(),
    };
    page.render().map_err(|error| Failure::new(Kind::Failed, "page_failed", error.to_string()))
}

fn row(channel: GuideChannel, clock: &Zoned, now: UtcTime) -> Row {
    let zone = channel.zone;
    let place = (zoned(now, &zone).offset() != clock.offset()).then(|| place(&zone));
    let mut shows = channel.programmes.into_iter().filter(|programme| programme.end > now).peekable();
    let current = shows.next_if(|programme| programme.start <= now);
    Row {
        now: current.map(|programme| show(programme, now, &zone)),
        next: shows.take(NEXT).map(|programme| show(programme, now, &zone)).collect(),
        place,
        instead: channel.overridden.map(|overridden| match overridden.kind {
            "maintenance" => "Maintenance",
            "guide" => "Guide",
            _ => "Emergency",
        }),
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
        starts: nearest_minute(programme.start, zone),
        ends: nearest_minute(programme.end, zone),
        permille: i64::try_from(1000 * shown / length).unwrap_or(1000),
        left: left(programme.end.since(now)),
    }
}

/// `1 h 05 min left`, the minute that has begun included.
fn left(rest: Duration) -> String {
    match rest.as_millis().div_ceil(60_000) {
        minutes @ 0..60 => format!("{minutes} min left"),
        minutes => format!("{} h {:02} min left", minutes / 60, minutes % 60),
    }
}

/// `New York` of `America/New_York`.
fn place(zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    name.rsplit('/').next().unwrap_or(name).replace('_', " ")
}

fn zoned(at: UtcTime, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default().to_zoned(zone.clone())
}

/// Programmes start on frames, a few milliseconds beside the minute.
fn nearest_minute(at: UtcTime, zone: &TimeZone) -> String {
    time_of_day(&zoned(at.plus(Duration::from_secs(30)), zone))
}

fn time_of_day(at: &Zoned) -> String {
    at.strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use retrovue_schedule::plan::ProgramFormat;

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
            keep_warm: false,
            format: ProgramFormat::default(),
        };
        GuideChannel { info, zone: TimeZone::UTC, programmes, overridden: None }
    }

    fn html(channels: Vec<GuideChannel>) -> String {
        render(channels, NOW, "http://tv.lan".to_owned()).unwrap()
    }

    #[test]
    fn a_row_shows_what_is_on_and_what_comes_next() {
        let programmes = vec![
            programme("Over", -60, 0),
            programme("Cheers", -15, 15),
            programme("Taxi", 15, 45),
            programme("Film", 45, 160),
        ];
        let row = row(channel(programmes), &zoned(NOW, &TimeZone::UTC), NOW);
        let now = row.now.unwrap();
        assert_eq!(
            [now.title.as_str(), now.starts.as_str(), now.ends.as_str(), now.left.as_str()],
            ["Cheers", "19:45", "20:15", "15 min left"]
        );
        assert_eq!((now.permille, row.place), (500, None));
        assert_eq!(row.next.iter().map(|show| show.title.as_str()).collect::<Vec<_>>(), ["Taxi", "Film"]);
    }

    #[test]
    fn times_are_those_of_the_nearest_minute() {
        for (millis, shown) in [(-1, "20:00"), (0, "20:00"), (29_999, "20:00"), (30_000, "20:01")] {
            assert_eq!(nearest_minute(UtcTime::from_millis(NOW.millis() + millis), &TimeZone::UTC), shown, "{millis}");
        }
    }

    #[test]
    fn a_channel_of_another_zone_says_so() {
        let far = TimeZone::get("America/New_York").unwrap();
        let page = html(vec![
            channel(vec![programme("Near", -15, 15)]),
            GuideChannel { zone: far, ..channel(vec![programme("Far", -15, 75)]) },
        ]);
        for part in ["Sunday 22 November</span> <time>20:00", "19:45", "New York time", "14:45", "1 h 15 min left"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(page.matches(" time</p>").count(), 1, "{page}");
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
        assert!(
            page.contains("Intermission") && page.contains("until <time>20:10") && page.contains("Later"),
            "{page}"
        );
        let page = html(vec![channel(vec![])]);
        assert!(page.contains("Nothing is scheduled"), "{page}");
        let page = html(vec![]);
        assert!(page.contains("retrovue channel suggest --apply"), "{page}");
    }
}
