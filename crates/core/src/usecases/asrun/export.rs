//! A day as a file: for people, for programs, for spreadsheets.

use std::collections::BTreeMap;
use std::fmt::Write;

use retrovue_schedule::asrun::{Outcome, Row};

use super::views::EventView;
use super::{BroadcastDay, local};
use crate::failure::{Failure, Kind};

/// The columns of the log and their widths: each holds what stands in it, but for titles, which come last.
const LOG: [(&str, usize); 12] = [
    ("START", 12),
    ("ZONE", 5),
    ("PLANNED", 12),
    ("LENGTH", 12),
    ("AIRED", 12),
    ("SLATE", 12),
    ("UNSENT", 12),
    ("RESULT", 11),
    ("CAUSE", 16),
    ("KIND", 10),
    ("ASSET", 36),
    ("TITLE", 0),
];

/// The log for people. Times are those of the channel's zone; lengths are hours, minutes and seconds.
pub(super) fn text(day: &BroadcastDay, rows: &[Row]) -> String {
    let bound = |at| local(day, at).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    let mut text = format!(
        "AS-RUN LOG\nChannel  {} {}, {}\nDay      {}, {} to {}\nZone     {}\n\n{}\n",
        on_one_line(&day.number),
        day.slug,
        on_one_line(&day.name),
        day.date,
        bound(day.start),
        bound(day.end),
        day.zone_name,
        line(LOG.map(|(head, _)| head.to_owned()))
    );
    let (mut shown, mut count) = ([0_i64; 3], BTreeMap::<Outcome, usize>::new());
    for row in rows {
        let nanos = |frames| row.frame_rate.nanos_in(frames);
        let parts = [row.aired_frames, row.slate_frames, row.unsent_frames].map(nanos);
        let [aired, slate, unsent] = parts.map(length);
        for (sum, part) in shown.iter_mut().zip(parts) {
            *sum += part;
        }
        *count.entry(row.outcome).or_default() += 1;
        let start = local(day, row.starts());
        let cells = [
            start.strftime("%H:%M:%S%.3f").to_string(),
            start.strftime("%z").to_string(),
            local(day, row.frame_rate.start_of(row.planned_start)).strftime("%H:%M:%S%.3f").to_string(),
            length(nanos(row.planned_frames)),
            aired,
            slate,
            unsent,
            row.outcome.word().to_owned(),
            row.cause.clone().unwrap_or_else(|| "-".to_owned()),
            row.kind.word().to_owned(),
            row.asset_id.clone().unwrap_or_else(|| "-".to_owned()),
            on_one_line(&row.title),
        ];
        let _ = writeln!(text, "{}", line(cells));
    }
    let counted = Outcome::ALL.map(|outcome| format!("{} {}", count.get(&outcome).unwrap_or(&0), outcome.word()));
    let [aired, slate, _] = shown.map(length);
    let _ = writeln!(text, "\n{} events: {}; aired {aired}, slate {slate}", rows.len(), counted.join(", "));
    text
}

fn line(cells: [String; 12]) -> String {
    let cells = cells.iter().zip(LOG).map(|(cell, (_, width))| format!("{cell:<width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// One object on each line, as `asrun show` has it.
pub(super) fn jsonl(rows: &[Row]) -> Result<String, Failure> {
    let lines: Result<Vec<String>, _> = rows.iter().map(|row| serde_json::to_string(&EventView::of(row))).collect();
    let lines = lines.map_err(|error| unwritable(&error))?;
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

/// The same fields in columns.
pub(super) fn csv(rows: &[Row]) -> Result<String, Failure> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).has_headers(false).from_writer(vec![]);
    writer.write_record(COLUMNS).map_err(|error| unwritable(&error))?;
    for row in rows {
        writer.serialize(EventView::of(row)).map_err(|error| unwritable(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| unwritable(&error))?;
    String::from_utf8(bytes).map_err(|error| unwritable(&error))
}

/// In the order of [`EventView`].
const COLUMNS: [&str; 18] = [
    "event_id",
    "session_id",
    "asset_id",
    "kind",
    "title",
    "planned_start_utc",
    "actual_start_utc",
    "frame_rate",
    "planned_start_frame",
    "actual_start_frame",
    "planned_frames",
    "aired_frames",
    "slate_frames",
    "unsent_frames",
    "result",
    "cause",
    "fault",
    "in_place_of",
];

fn unwritable(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Kind::Failed, "export_failed", format!("the export could not be written: {error}"))
}

/// `01:23:45.678`
fn length(nanos: i64) -> String {
    let millis = nanos.div_euclid(1_000_000);
    let (seconds, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A title may hold anything; a log has lines.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use retrovue_schedule::Kind;
    use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

    use super::*;

    const RATE: FrameRate = FrameRate::HOUSE[3];

    fn day() -> BroadcastDay {
        BroadcastDay {
            slug: "one".to_owned(),
            number: "2.1".to_owned(),
            name: "One".to_owned(),
            zone: TimeZone::get("America/New_York").unwrap(),
            zone_name: "America/New_York".to_owned(),
            date: date(2026, 11, 22),
            start: UtcTime::from_millis(1_795_345_200_000),
            end: UtcTime::from_millis(1_795_431_600_000),
        }
    }

    fn rows() -> Vec<Row> {
        let start = RATE.frame_at_or_after(UtcTime::from_millis(1_795_377_600_000));
        let whole = Row {
            session_id: "01a20000-0000-7000-8000-000000000001".to_owned(),
            event_id: "e1".to_owned(),
            kind: Kind::Programme,
            title: "Cheers, \"the\" bar".to_owned(),
            asset_id: Some("01a20000-0000-7000-8000-00000000000a".to_owned()),
            in_place_of: None,
            frame_rate: RATE,
            planned_start: start,
            planned_frames: 39_960,
            actual_start: start,
            aired_frames: 39_960,
            slate_frames: 0,
            unsent_frames: 0,
            outcome: Outcome::Aired,
            cause: None,
            fault: None,
        };
        let missed = Row {
            event_id: "e2".to_owned(),
            kind: Kind::StationId,
            title: "ident\none".to_owned(),
            planned_start: start + 39_960,
            planned_frames: 300,
            actual_start: start + 39_960,
            aired_frames: 0,
            slate_frames: 300,
            outcome: Outcome::Missed,
            cause: Some("file_missing".to_owned()),
            fault: Some("file_missing".to_owned()),
            ..whole.clone()
        };
        vec![whole, missed]
    }

    #[test]
    fn a_day_is_a_log_for_people() {
        insta::assert_snapshot!(text(&day(), &rows()));
    }

    #[test]
    fn columns_stand_under_their_heads() {
        let text = text(&day(), &rows());
        let line = text.lines().find(|line| line.contains("Cheers")).unwrap();
        let heads = text.lines().find(|line| line.starts_with("START")).unwrap();
        let at = |head: &str| &line[heads.find(head).unwrap()..];
        assert!(at("PLANNED").starts_with("15:00:00.016") && at("UNSENT").starts_with("00:00:00.000"), "{line}");
        assert!(at("RESULT").starts_with("aired "), "{line}");
        assert!(at("CAUSE").starts_with("- ") && at("KIND").starts_with("programme"), "{line}");
        assert!(at("ASSET").starts_with("01a2") && at("TITLE").starts_with("Cheers"), "{line}");
    }

    #[test]
    fn programs_get_the_same_rows() {
        let lines = jsonl(&rows()).unwrap();
        let read: Vec<EventView> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let text = csv(&rows()).unwrap();
        assert!(text.ends_with("\r\n") && text.contains("\"Cheers, \"\"the\"\" bar\""), "{text}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns: Vec<EventView> = reader.deserialize().map(|row| row.unwrap()).collect();
        assert_eq!(read, columns);
        assert_eq!((read.len(), &*read[1].result), (2, "missed"));
        assert_eq!(FrameIndex(read[0].planned_start_frame), rows()[0].planned_start);
    }

    #[test]
    fn a_day_on_which_nobody_watched_is_empty() {
        assert!(text(&day(), &[]).ends_with(
            "\n0 events: 0 aired, 0 partial, 0 substituted, 0 missed; aired 00:00:00.000, slate 00:00:00.000\n"
        ));
        assert_eq!(jsonl(&[]).unwrap(), "");
        assert_eq!(csv(&[]).unwrap().lines().count(), 1);
    }
}
