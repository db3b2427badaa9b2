//! What applying a file would change, day by day, as a listing.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::cli::output::{list, text};

/// Programmes shown of a day: what is changed by hand shows whole, and a day that is all new does not fill the screen.
const SHOWN: usize = 8;

/// The days of a channel in order, each that differs with what does, and those between in one line.
pub(super) fn lines(channel: &Value) -> Vec<String> {
    let zone = TimeZone::get(&text(channel, "timezone")).unwrap_or(TimeZone::UTC);
    let mut stretches: Vec<(String, Vec<String>)> = Vec::new();
    for day in list(channel, "days") {
        stretches.push((text(day, "date"), day_lines(day, &zone)));
    }
    let unchanged: Vec<String> =
        list(channel, "unchanged_days").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    stretches.extend(runs(&unchanged).into_iter().map(|(first, last)| {
        let days = if first == last { first.clone() } else { format!("{first} to {last}") };
        (first, vec![format!("  {days}: unchanged")])
    }));
    stretches.sort();
    stretches.into_iter().flat_map(|(_, lines)| lines).collect()
}

/// Days that follow one another, as first and last.
fn runs(dates: &[String]) -> Vec<(String, String)> {
    let mut runs: Vec<(String, String)> = Vec::new();
    for date in dates {
        let follows = |last: &str| {
            let next = last.parse::<Date>().and_then(|last| last.tomorrow());
            next.is_ok_and(|next| next.to_string() == *date)
        };
        match runs.last_mut().filter(|(_, last)| follows(last)) {
            Some((_, last)) => last.clone_from(date),
            None => runs.push((date.clone(), date.clone())),
        }
    }
    runs
}

fn day_lines(day: &Value, zone: &TimeZone) -> Vec<String> {
    let counts = ["added", "removed", "moved", "changed"].into_iter().filter_map(|change| {
        let count = day[change].as_u64().filter(|count| *count > 0)?;
        Some(format!("{count} {change}"))
    });
    let head = format!("  {}: {}", text(day, "date"), counts.collect::<Vec<_>>().join(", "));
    let programmes = list(day, "programmes");
    let shown = programmes.iter().take(SHOWN).map(|found| programme_line(found, zone));
    let rest = programmes.len().saturating_sub(SHOWN);
    let rest = (rest > 0).then(|| format!("    … and {rest} more; --json tells all"));
    std::iter::once(head).chain(shown).chain(rest).collect()
}

/// `+ 20:00 Taxi · S01E02`, `- 20:00 …`, `> 20:30 …, was at 20:00`, `~ 20:00 …, was …`.
fn programme_line(found: &Value, zone: &TimeZone) -> String {
    let (before, after) = (&found["before"], &found["after"]);
    let (at, until) = (|item: &Value| clock(&item["start_utc"], zone), |item: &Value| clock(&item["end_utc"], zone));
    match text(found, "change").as_str() {
        "added" => format!("    + {} {}", at(after), title(after)),
        "removed" => format!("    - {} {}", at(before), title(before)),
        "moved" => format!("    > {} {}, was at {}", at(after), title(after), at(before)),
        _ if title(before) != title(after) => format!("    ~ {} {}, was {}", at(after), title(after), title(before)),
        _ => format!("    ~ {} {} until {}, was until {}", at(after), title(after), until(after), until(before)),
    }
}

fn title(item: &Value) -> String {
    let titles = [text(item, "title"), text(item, "subtitle")];
    titles.into_iter().filter(|title| !title.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What clocks of `zone` show at the nearest second, `20:00` or `20:00:30`: items start on frames, a little beside it.
fn clock(instant: &Value, zone: &TimeZone) -> String {
    let Some(at) = instant.as_str().and_then(|instant| instant.parse::<Timestamp>().ok()) else { return String::new() };
    let second = Timestamp::from_second((at.as_millisecond() + 500).div_euclid(1000)).unwrap_or(at);
    let time = second.to_zoned(zone.clone());
    time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn days_read_as_a_listing_and_unchanged_ones_are_folded() {
        let item = |title: &str, start: &str, end: &str| json!({ "title": title, "subtitle": "", "start_utc": start, "end_utc": end, "asset_id": "a" });
        let (eight, half, nine) = ("2026-11-22T19:00:00.008Z", "2026-11-22T19:30:00.001Z", "2026-11-22T20:00:10.000Z");
        let programmes = [
            json!({ "change": "added", "before": null, "after": item("Taxi", eight, half) }),
            json!({ "change": "removed", "before": item("Cheers", half, nine), "after": null }),
            json!({ "change": "moved", "before": item("Film", eight, nine), "after": item("Film", half, nine) }),
            json!({ "change": "changed", "before": item("M", nine, nine), "after": item("N", nine, nine) }),
            json!({ "change": "changed", "before": item("O", eight, nine), "after": item("O", eight, half) }),
        ];
        let day = json!({
            "date": "2026-11-22", "added": 1, "removed": 1, "moved": 1, "changed": 2, "programmes": programmes,
        });
        let long = vec![programmes[0].clone(); 10];
        let full =
            json!({ "date": "2026-11-26", "added": 10, "removed": 0, "moved": 0, "changed": 0, "programmes": long });
        let channel = json!({
            "timezone": "Europe/Berlin",
            "days": [day, full],
            "unchanged_days": ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27"],
        });
        let told = lines(&channel);
        let expect = "  2026-11-22: 1 added, 1 removed, 1 moved, 2 changed
    + 20:00 Taxi
    - 20:30 Cheers
    > 20:30 Film, was at 20:00
    ~ 21:00:10 N, was M
    ~ 20:00 O until 20:30, was until 21:00:10
  2026-11-23 to 2026-11-25: unchanged
  2026-11-26: 10 added";
        assert_eq!(told[..8].join("\n"), expect);
        assert_eq!(told[16..], ["    … and 2 more; --json tells all", "  2026-11-27: unchanged"]);
    }
}
