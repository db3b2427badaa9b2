//! `retrovue source`.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::client::{Client, change, encoded};
use super::output::{Answer, Output, confirm, list, text};
use super::servers::{ServerOptions, maps_table, server_text, unmapped_lines};
use super::table::{cut, on_one_line, spare, table, whole};
use super::waiting::{Shown, watched};
use crate::failure::{Failure, Kind};
use crate::usecases::library::file_uri;

/// Slots shown to people of a file that is away; scripts get more.
const SLOTS_SHOWN: usize = 5;

const SYNC: Shown = Shown { draw: draw_sync, say: say_sync };

/// Verbs of `retrovue source`.
#[derive(clap::Subcommand)]
pub enum Source {
    /// Add a folder, or a media server.
    Add {
        /// How the source is called from now on.
        name: String,
        /// What it is.
        #[arg(long, default_value = "folder", value_parser = ["folder", "jellyfin", "emby", "plex"])]
        kind: String,
        /// The folder.
        #[arg(long, value_name = "DIR", required_if_eq("kind", "folder"))]
        path: Option<PathBuf>,
        /// The server.
        #[command(flatten)]
        server: ServerOptions,
        /// Hold back what it holds until it is approved.
        #[arg(long)]
        review: bool,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Change the address, the token, the maps or the kinds of libraries of a media server.
    Edit {
        /// The source.
        name: String,
        /// What is other than before.
        #[command(flatten)]
        server: ServerOptions,
        /// Take back all of these, before what is named is added.
        #[arg(long, value_parser = ["map", "library-kind"])]
        clear: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// List all sources.
    List,
    /// Show a source.
    Show {
        /// The source.
        name: String,
    },
    /// Take in what a source's folder holds; returns when done.
    Sync {
        /// The source.
        name: String,
        /// Only tell what is new.
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove a source; its files stay where they are.
    Remove {
        /// The source.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs a verb of `retrovue source`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn source(verb: Source, client: Result<Client, Failure>, output: &Output) -> Result<Answer, Failure> {
    let client = client?;
    match verb {
        Source::Add { name, kind, path, server, review, dry_run } => {
            let mut body = server.fields()?;
            if let Some(path) = path {
                let path = std::path::absolute(&path)
                    .map_err(|error| Failure::new(Kind::Usage, "usage", format!("{}: {error}", path.display())))?;
                body["path"] = file_uri(&path).into();
            }
            (body["name"], body["kind"], body["review"]) = (json!(name), json!(kind), json!(review));
            let data = client.post(&change("/sources", dry_run), &body).await?;
            let told = server_text(&data);
            let text =
                format!("Source {name} is {}.\n{told}\nTake it in with: retrovue source sync {name}", place(&data));
            Ok(Answer::new(data, text.replace("\n\n", "\n")).dry_run(dry_run))
        }
        Source::Edit { name, server, clear, dry_run } => {
            let mut body = server.fields()?;
            body["clear"] = json!(clear);
            let data = client.post(&change(&format!("{}/edit", source_path(&name)), dry_run), &body).await?;
            let text = format!("{}\n{}", maps_table(&data), server_text(&data));
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
        Source::List => {
            let data = client.get("/sources").await?;
            Ok(Answer::new(data.clone(), source_table(list(&data, "sources"))))
        }
        Source::Show { name } => {
            let data = client.get(&source_path(&name)).await?;
            Ok(Answer::new(data.clone(), source_table(std::slice::from_ref(&data))))
        }
        Source::Sync { name, dry_run } => {
            let path = format!("{}/sync", source_path(&name));
            let data = watched(&client, &change(&path, dry_run), &path, &SYNC).await?;
            let text = sync_text(&data);
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
        Source::Remove { name, yes, dry_run } => {
            if !dry_run {
                confirm(
                    &format!("Remove source {name}? Its assets leave every schedule that is not fixed yet."),
                    yes,
                    output,
                )?;
            }
            let data = client.delete(&change(&source_path(&name), dry_run)).await?;
            let text = format!("Source {name} is removed. Its files are where they were.");
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
    }
}

fn say_sync(progress: &Value) -> String {
    let number = |key: &str| progress.get(key).and_then(Value::as_u64).unwrap_or_default();
    match (number("found"), number("to_inspect")) {
        (0, 0) => String::new(),
        (found, 0) => format!("{found} files found"),
        (_, all) => format!("{} of {all} files looked at", number("inspected")),
    }
}

fn draw_sync(bar: &ProgressBar, progress: &Value) {
    let number = |key: &str| progress.get(key).and_then(Value::as_u64).unwrap_or_default();
    let (found, all) = (number("found"), number("to_inspect"));
    if all == 0 {
        bar.set_message(format!("{found} files found"));
        bar.tick();
        return;
    }
    if bar.length() != Some(all) {
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} files looked at, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_length(all);
    }
    bar.set_position(number("inspected"));
}

fn sync_text(report: &Value) -> String {
    let number = |key: &str| report.get(key).and_then(Value::as_u64).unwrap_or_default();
    let faulty = list(report, "faulty");
    let counts: Vec<String> = ["added", "updated", "moved", "restored", "described", "missing", "unchanged", "ignored"]
        .into_iter()
        .filter(|key| number(key) > 0)
        .map(|key| format!("{} {key}", number(key)))
        .collect();
    let counts = if counts.is_empty() { "nothing there".to_owned() } else { counts.join(", ") };
    let mut lines =
        vec![format!("{}: {counts}; {} ready, {} faulty", text(report, "source"), number("ready"), faulty.len())];
    let unread = list(report, "unread");
    lines.extend(
        faulty
            .iter()
            .chain(unread)
            .map(|file| on_one_line(&format!("  {}: {}", text(file, "path"), text(file, "message")))),
    );
    for gone in list(report, "vanished") {
        lines.push(on_one_line(&format!("  {} is away", text(gone, "path"))));
        let (slots, more) = split_at_most(list(gone, "slots"), SLOTS_SHOWN);
        let missed = |slot: &Value| ["start_utc", "channel", "title"].map(|key| text(slot, key)).join("  ");
        lines.extend(slots.iter().map(|slot| on_one_line(&format!("    was to be on air {}", missed(slot)))));
        if !more.is_empty() {
            lines.push(format!("    and {} more times", more.len()));
        }
    }
    let unfinished = report.get("unfinished").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let told = unfinished.map(|path| on_one_line(&format!("  {path} is still being written; it is taken in later")));
    lines.extend(told);
    lines.extend(unmapped_lines(report).iter().map(|line| on_one_line(line)));
    lines.join("\n")
}

/// Where a source is.
fn place(source: &Value) -> String {
    source["path"].as_str().map_or_else(|| text(source, "url"), str::to_owned)
}

fn split_at_most<T>(all: &[T], most: usize) -> (&[T], &[T]) {
    all.split_at(all.len().min(most))
}

fn source_table(sources: &[Value]) -> String {
    let rows = sources.iter().map(|source| {
        let count = |state: &str| source["assets"][state].to_string();
        let review = if source["review"] == Value::Bool(true) { "yes" } else { "no" };
        [
            text(source, "name"),
            text(source, "kind"),
            place(source),
            review.to_owned(),
            count("ready"),
            source["measured"].to_string(),
            count("missing"),
            count("faulty"),
        ]
    });
    let columns = [
        whole("NAME"),
        spare("KIND"),
        cut("PLACE"),
        spare("REVIEW"),
        whole("READY"),
        spare("MEASURED"),
        spare("MISSING"),
        spare("FAULTY"),
    ];
    table(columns, rows)
}

fn source_path(name: &str) -> String {
    format!("/sources/{}", encoded(name))
}
