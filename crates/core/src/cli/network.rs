//! `status` and `config`.

use std::path::Path;

use clap::Subcommand;
use retrovue_kit::settings::{self, SettingsProblem};
use serde_json::{Value, json};

use super::client::Client;
use super::output::{Answer, Output};
use super::table::{cut, spare, table, whole};
use crate::failure::{Failure, Kind};

/// Settings; works with Core stopped.
#[derive(Subcommand)]
pub enum Config {
    /// The effective settings, and where each comes from.
    Show,
    /// Every problem at once.
    Check,
}

/// `status`.
///
/// # Errors
/// Where Core cannot be reached.
pub async fn status(client: Result<Client, Failure>, _output: &Output) -> Result<Answer, Failure> {
    let status = client?.get("/status").await?;
    let text = status_text(&status);
    Ok(Answer::new(status, text))
}

fn status_text(status: &Value) -> String {
    let (core, air) = (&status["core"], &status["air"]);
    let mut text =
        format!("Core {}  {}  since {}\n", word(core, "version"), word(core, "http"), word(core, "started_utc"));
    text.push_str(&match word(air, "state").as_str() {
        "up" => {
            let [version, encoder, reason] = ["version", "encoder", "encoder_reason"].map(|key| word(air, key));
            format!("Air  {version}  up, encoder {encoder}: {reason}\n")
        }
        state => format!("Air  {state}: {}\n", word(air, "reason")),
    });
    if let (Some(on_air), Some(more)) = (air["room"]["channels_on_air"].as_u64(), air["room"]["more_channels"].as_u64())
    {
        text.push_str(&format!("{on_air} on air, room for {more} more\n"));
    }
    let channels = status["channels"].as_array().map(Vec::as_slice).unwrap_or_default();
    if channels.is_empty() {
        text.push_str("\nNo channels yet: retrovue channel suggest --apply");
        return text;
    }
    let rows = channels.iter().map(|channel| {
        [
            word(channel, "number"),
            word(channel, "slug"),
            word(channel, "state"),
            word(channel, "viewers"),
            word(&channel["event"], "title"),
            word(channel, "slate_frames"),
            word(channel, "late_frames"),
        ]
    });
    text.push('\n');
    let columns = [
        spare("NUMBER"),
        whole("CHANNEL"),
        whole("STATE"),
        whole("VIEWERS"),
        cut("ON AIR"),
        spare("SLATE"),
        spare("LATE"),
    ];
    text.push_str(&table(columns, rows));
    text
}

fn word(object: &Value, key: &str) -> String {
    match &object[key] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `config show` and `config check`.
///
/// # Errors
/// `show`: settings that do not hold.
pub fn config(verb: &Config, config: Option<&Path>, _output: &Output) -> Result<Answer, Failure> {
    let loaded = settings::load(config, settings::process_environment());
    match verb {
        Config::Show => show(loaded),
        Config::Check => {
            let findings = loaded.err().unwrap_or_default().into_iter().map(finding).collect();
            Ok(Answer::findings(findings, "The settings hold."))
        }
    }
}

fn show(loaded: Result<settings::Loaded, Vec<SettingsProblem>>) -> Result<Answer, Failure> {
    let loaded = loaded.map_err(|problems| {
        Failure::new(Kind::Usage, "settings_invalid", settings::sentence(&problems))
            .hint("retrovue config check lists every problem")
    })?;
    let entries = loaded.entries.iter();
    let data: Vec<Value> =
        entries.clone().map(|entry| json!({"key": entry.key, "value": entry.value, "origin": entry.origin})).collect();
    let rows = entries.map(|entry| [entry.key.to_owned(), entry.value.clone(), entry.origin.clone()]);
    Ok(Answer::new(json!({ "settings": data }), table([whole("SETTING"), cut("VALUE"), spare("FROM")], rows)))
}

/// A setting that does not hold, as checks tell it.
pub(super) fn finding(problem: SettingsProblem) -> Value {
    json!({
        "severity": "error",
        "code": "setting_invalid",
        "message": problem.message,
        "hint": problem.hint,
        "file": problem.file.map(|file| file.display().to_string()),
        "line": problem.line,
        "column": problem.column,
    })
}
