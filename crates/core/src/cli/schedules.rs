//! `retrovue channel`, `retrovue schedule` and `retrovue playlog`.

use serde_json::{Value, json};

use super::client::{Client, change, encoded};
use super::output::{Answer, Output, confirm, list, problem_line, text};
use super::table::{cut, spare, table, whole};
use crate::failure::{Failure, Kind};
use crate::usecases::schedules::{AppliedFile, check_syntax};

mod days;
mod files;

/// Verbs of `retrovue channel`.
#[derive(clap::Subcommand)]
pub enum Channel {
    /// Apply channel files: all or none. Applying twice changes nothing.
    Apply {
        /// The files; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
        /// Change what is frozen, too, from the grid's next line on. It is recorded.
        #[arg(long)]
        now: bool,
        /// Only tell what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Propose channels for what the library holds.
    Suggest {
        /// Apply them, too.
        #[arg(long)]
        apply: bool,
        /// Only tell what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// List all channels.
    List,
    /// Show a channel and how far it is planned.
    Show {
        /// The channel.
        slug: String,
    },
    /// Print a channel's file as it was applied.
    Export {
        /// The channel.
        slug: String,
    },
    /// Take a channel off the network. Its file applied again is the same channel again.
    Remove {
        /// The channel.
        slug: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Verbs of `retrovue schedule`.
#[derive(clap::Subcommand)]
pub enum Schedule {
    /// Tell everything that is wrong with a channel file. Without Core only how it is written.
    Check {
        /// The file; `-` is standard input.
        file: String,
    },
    /// Show what a channel's days hold.
    Show {
        /// The channel.
        channel: String,
        /// RFC 3339; default now.
        #[arg(long, value_name = "INSTANT")]
        from: Option<String>,
        /// How much.
        #[arg(long, default_value_t = 24)]
        hours: u32,
    },
    /// Tell why something is on: layer, slot, pool, order, and what was not chosen.
    Explain {
        /// The channel.
        channel: String,
        /// RFC 3339; default now.
        #[arg(long, value_name = "INSTANT")]
        at: Option<String>,
    },
    /// Plan a channel again by the file that it has, with the library as it is now.
    Rebuild {
        /// The channel.
        channel: String,
        /// RFC 3339; default as soon as nothing is frozen any more.
        #[arg(long, value_name = "INSTANT")]
        from: Option<String>,
        /// Change what is frozen, too; without --from from the next item on. It is recorded.
        #[arg(long)]
        now: bool,
        /// Only tell what would change.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Verbs of `retrovue playlog`.
#[derive(clap::Subcommand)]
pub enum Playlog {
    /// Show the events that overlap a span, whole.
    Show {
        /// The channel.
        channel: String,
        /// RFC 3339; default now.
        #[arg(long, value_name = "INSTANT")]
        from: Option<String>,
        /// RFC 3339; default the end of what is stored.
        #[arg(long, value_name = "INSTANT")]
        to: Option<String>,
    },
}

/// Runs a verb of `retrovue channel`.
///
/// # Errors
/// What Core answered, that it cannot be reached, or that a file cannot be read.
pub async fn channel(verb: Channel, client: Result<Client, Failure>, output: &Output) -> Result<Answer, Failure> {
    match verb {
        Channel::Apply { files, now, dry_run } => {
            let files = files.iter().map(|name| files::read(name)).collect::<Result<Vec<_>, _>>()?;
            let path = format!("{}&now={now}", change("/channels", dry_run));
            let data = client?.post(&path, &json!({ "files": files })).await?;
            let text = applied_text(&data, dry_run);
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
        Channel::Suggest { apply: false, dry_run } => {
            let data = client?.get("/suggestions").await?;
            let text = suggestions_text(&data);
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
        Channel::Suggest { apply: true, dry_run } => {
            let data = client?.post(&change("/suggestions", dry_run), &json!({})).await?;
            let applied = json!({ "channels": data["applied"] });
            let text = match list(&data, "applied") {
                [] => text(&data, "note"),
                _ => applied_text(&applied, dry_run),
            };
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
        Channel::List => {
            let data = client?.get("/channels").await?;
            let rows = list(&data, "channels").iter().map(|channel| {
                [text(channel, "number"), text(channel, "slug"), text(channel, "name"), text(channel, "timezone")]
            });
            Ok(Answer::new(
                data.clone(),
                table([whole("NUMBER"), whole("CHANNEL"), cut("NAME"), spare("TIME ZONE")], rows),
            ))
        }
        Channel::Show { slug } => {
            let data = client?.get(&channel_path(&slug, "")).await?;
            Ok(Answer::new(data.clone(), detail_text(&data)))
        }
        Channel::Export { slug } => {
            let data = client?.get(&channel_path(&slug, "/file")).await?;
            Ok(Answer::file(data.clone(), text(&data, "text")))
        }
        Channel::Remove { slug, yes, dry_run } => {
            let client = client?;
            if !dry_run {
                confirm(&format!("Remove channel {slug}? Its viewers are cut off."), yes, output)?;
            }
            let data = client.delete(&change(&channel_path(&slug, ""), dry_run)).await?;
            let verb = if dry_run { "would be removed" } else { "is removed" };
            Ok(Answer::new(data, format!("Channel {slug} {verb}.")).dry_run(dry_run))
        }
    }
}

/// Runs a verb of `retrovue schedule`.
///
/// # Errors
/// What Core answered, that it cannot be reached, or that a file cannot be read.
pub async fn schedule(verb: Schedule, client: Result<Client, Failure>, output: &Output) -> Result<Answer, Failure> {
    match verb {
        Schedule::Check { file } => {
            let file = files::read(&file)?;
            let data = check(&file, client, output).await?;
            let findings = list(&data, "findings").to_vec();
            Ok(Answer::findings(findings, &format!("{} is fine.", file.name)))
        }
        Schedule::Show { channel, from, hours } => {
            let query = span([("from", from), ("hours", Some(hours.to_string()))]);
            let data = client?.get(&channel_path(&channel, &format!("/schedule?{query}"))).await?;
            Ok(Answer::new(data.clone(), schedule_text(&data)))
        }
        Schedule::Explain { channel, at } => {
            let query = span([("at", at)]);
            let data = client?.get(&channel_path(&channel, &format!("/explanation?{query}"))).await?;
            Ok(Answer::new(data.clone(), explanation_text(&data)))
        }
        Schedule::Rebuild { channel, from, now, dry_run } => {
            let query = span([("from", from), ("now", Some(now.to_string())), ("dry_run", Some(dry_run.to_string()))]);
            let path = channel_path(&channel, &format!("/schedule/rebuild?{query}"));
            let data = client?.post(&path, &json!({})).await?;
            let text = applied_text(&json!({ "channels": [data] }), dry_run);
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
    }
}

/// Runs a verb of `retrovue playlog`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn playlog(verb: Playlog, client: Result<Client, Failure>, _: &Output) -> Result<Answer, Failure> {
    let Playlog::Show { channel, from, to } = verb;
    let query = span([("from", from), ("to", to)]);
    let data = client?.get(&channel_path(&channel, &format!("/playlog?{query}"))).await?;
    let rows = list(&data, "events").iter().map(|event| {
        [
            text(event, "start_utc"),
            text(event, "end_utc"),
            event["start_frame"].to_string(),
            event["frame_count"].to_string(),
            text(event, "kind"),
            text(&event["asset"], "title"),
        ]
    });
    Ok(Answer::new(
        data.clone(),
        table([whole("START"), spare("END"), spare("FRAME"), spare("FRAMES"), spare("KIND"), cut("TITLE")], rows),
    ))
}

/// Core's check against the library; without Core, what the text alone tells.
async fn check(file: &AppliedFile, client: Result<Client, Failure>, output: &Output) -> Result<Value, Failure> {
    let answer = match client {
        Ok(client) => client.post("/schedule/check", &json!(file)).await,
        Err(failure) => Err(failure),
    };
    match answer {
        Err(failure) if matches!(failure.kind, Kind::Unreachable | Kind::Usage) => {
            if !output.is_json() {
                eprintln!("note: only how the file is written was checked: {failure}");
            }
            Ok(json!(check_syntax(file)))
        }
        answer => answer,
    }
}

fn channel_path(slug: &str, rest: &str) -> String {
    format!("/channels/{}{rest}", encoded(slug))
}

fn span<const N: usize>(fields: [(&str, Option<String>); N]) -> String {
    let given = fields.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(&value?))));
    given.collect::<Vec<_>>().join("&")
}

fn applied_text(data: &Value, dry_run: bool) -> String {
    let mut lines = Vec::new();
    for channel in list(data, "channels") {
        let done = match (text(channel, "action").as_str(), dry_run) {
            ("create", false) => "is on the network",
            ("create", true) => "would come to the network",
            ("restore", false) => "is back",
            ("restore", true) => "would come back",
            ("update", false) => "is changed",
            ("update", true) => "would be changed",
            ("rebuild", false) => "is planned again",
            ("rebuild", true) => "would be planned again",
            _ => "is unchanged",
        };
        let from = match channel["changed_from"].as_str() {
            Some(from) => format!(" from {from} on"),
            None => String::new(),
        };
        lines.push(format!(
            "{} {} ({}) {done}{from}",
            text(channel, "number"),
            text(channel, "slug"),
            text(channel, "name")
        ));
        if dry_run {
            lines.extend(days::lines(channel));
        }
    }
    lines.extend(list(data, "warnings").iter().map(problem_line));
    lines.join("\n")
}

fn suggestions_text(data: &Value) -> String {
    let files = list(data, "suggestions").iter().map(|found| {
        format!("# {}.yaml: {}\n{}", text(found, "slug"), text(found, "reason"), text(found, "text").trim_end())
    });
    let files: Vec<String> = files.collect();
    if files.is_empty() { text(data, "note") } else { files.join("\n\n---\n") }
}

fn detail_text(data: &Value) -> String {
    let format = &data["format"];
    let rows = [
        ("channel", text(data, "slug")),
        ("number", text(data, "number")),
        ("name", text(data, "name")),
        ("time zone", text(data, "timezone")),
        (
            "format",
            format!(
                "{}x{} at {} frames/s, {} + {} kbit/s",
                format["width"],
                format["height"],
                text(format, "frame_rate"),
                format["video_kbps"],
                format["audio_kbps"]
            ),
        ),
        ("file", text(data, "file")),
        ("generation", generation_text(data)),
        ("locked until", text(data, "locked_until")),
        ("playlog until", text(data, "playlog_until")),
        ("schedule until", text(data, "schedule_until")),
    ];
    rows.map(|(name, value)| format!("{name:<15} {value}")).join("\n")
}

/// `3, applied 2026-11-22T20:10:00.000Z, at once`
fn generation_text(data: &Value) -> String {
    let Some(made) = list(data, "generations").first() else { return data["generation"].to_string() };
    let at_once = if made["frozen_from"].is_null() { "" } else { ", at once" };
    format!("{}, {} {}{at_once}", made["generation"], text(made, "cause"), text(made, "made_utc"))
}

fn schedule_text(data: &Value) -> String {
    let days = list(data, "days").iter().map(|day| {
        let rows = list(day, "items").iter().map(|item| {
            [
                text(item, "start_utc"),
                text(item, "end_utc"),
                text(item, "kind"),
                text(item, "title"),
                text(item, "subtitle"),
            ]
        });
        let locked = if day["locked"] == Value::Bool(true) { ", locked" } else { "" };
        let items = table([whole("START"), spare("END"), spare("KIND"), cut("TITLE"), cut("")], rows);
        format!("{} (generation {}{locked})\n{items}", text(day, "date"), day["generation"])
    });
    days.collect::<Vec<_>>().join("\n\n")
}

/// Why something is on, for people.
pub(crate) fn explanation_text(data: &Value) -> String {
    let item = &data["item"];
    let titles = [text(item, "title"), text(item, "subtitle")];
    let title = titles.iter().filter(|title| !title.is_empty()).cloned().collect::<Vec<_>>().join(" · ");
    let head = format!("{title}\n{} to {}, {}", text(item, "start_utc"), text(item, "end_utc"), text(item, "rule"));
    let event = Some(&data["event"]).filter(|event| event.is_object() && event["rule"] != item["rule"]);
    let event = event.map(|event| format!("on air: {}, {}", text(event, "title"), text(event, "rule")));
    let reasons = list(data, "reasons").iter().filter_map(Value::as_str).map(|reason| format!("- {reason}"));
    let others = list(data, "neighbours").iter().chain(list(data, "spots"));
    let others = others.map(|other| format!("- {} {}.", text(other, "title"), text(other, "why")));
    std::iter::once(head).chain(event).chain(reasons).chain(others).collect::<Vec<_>>().join("\n")
}
