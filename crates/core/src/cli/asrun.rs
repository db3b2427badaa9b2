//! `retrovue asrun`.

use serde_json::Value;

use super::client::{Client, encoded};
use super::output::{Answer, list, text};
use super::table::{cut, spare, table, whole};
use crate::failure::Failure;

/// Verbs of `retrovue asrun`.
#[derive(clap::Subcommand)]
pub enum AsRun {
    /// Show what was sent on a broadcast day, event by event.
    Show {
        /// The channel.
        channel: String,
        /// The broadcast day in the channel's zone; default today.
        #[arg(long)]
        date: Option<String>,
    },
    /// Tell every difference between plan, guide and air.
    Verify {
        /// The channel.
        channel: String,
        /// The broadcast day in the channel's zone; default today.
        #[arg(long)]
        date: Option<String>,
    },
    /// Print a day as a file.
    Export {
        /// The channel.
        channel: String,
        /// The broadcast day in the channel's zone; default today.
        #[arg(long)]
        date: Option<String>,
        /// A log for people, an object on each line, or a table.
        #[arg(long, default_value = "text")]
        format: Format,
    },
}

/// How a day is exported.
#[derive(Clone, Copy, clap::ValueEnum)]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum Format {
    Text,
    Jsonl,
    Csv,
}

/// Runs a verb of `retrovue asrun`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn asrun(verb: AsRun, client: Result<Client, Failure>) -> Result<Answer, Failure> {
    match verb {
        AsRun::Show { channel, date } => {
            let data = client?.get(&path(&channel, "", date, None)).await?;
            Ok(Answer::new(data.clone(), shown(&data)))
        }
        AsRun::Verify { channel, date } => {
            let data = client?.get(&path(&channel, "/differences", date, None)).await?;
            let findings = list(&data, "findings").to_vec();
            Ok(Answer::findings(findings, "What was sent is what was planned, and what the guide shows."))
        }
        AsRun::Export { channel, date, format } => {
            let format = match format {
                Format::Text => "text",
                Format::Jsonl => "jsonl",
                Format::Csv => "csv",
            };
            let data = client?.get(&path(&channel, "/export", date, Some(format))).await?;
            Ok(Answer::file(data.clone(), text(&data, "text")))
        }
    }
}

fn path(channel: &str, rest: &str, date: Option<String>, format: Option<&str>) -> String {
    let date = date.map(|date| format!("date={}", encoded(&date)));
    let format = format.map(|format| format!("format={format}"));
    let query: Vec<String> = date.into_iter().chain(format).collect();
    format!("/channels/{}/asrun{rest}?{}", encoded(channel), query.join("&"))
}

fn shown(data: &Value) -> String {
    let events = list(data, "events");
    if events.is_empty() {
        return format!("Nothing of {} was sent on {}: nobody watched.", text(data, "channel"), text(data, "date"));
    }
    let rows = events.iter().map(|event| {
        [
            text(event, "actual_start_utc"),
            event["planned_frames"].to_string(),
            event["aired_frames"].to_string(),
            event["slate_frames"].to_string(),
            event["unsent_frames"].to_string(),
            text(event, "result"),
            text(event, "cause"),
            text(event, "kind"),
            text(event, "title"),
        ]
    });
    let columns = [
        whole("START"),
        spare("PLANNED"),
        spare("AIRED"),
        spare("SLATE"),
        spare("UNSENT"),
        whole("RESULT"),
        spare("CAUSE"),
        spare("KIND"),
        cut("TITLE"),
    ];
    table(columns, rows)
}
