//! `retrovue source` and `retrovue asset`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::client::Client;
use super::output::{Answer, Output, table};
use crate::failure::{Failure, Kind};
use crate::usecases::library::{EditAsset, file_uri};

/// Often enough for a bar that moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// In logs, and for scripts that keep standard error.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Slots shown to people of a file that is away; scripts get more.
const SLOTS_SHOWN: usize = 5;

/// Verbs of `retrovue source`.
#[derive(clap::Subcommand)]
pub enum Source {
    /// Add a folder.
    Add {
        /// How the source is called from now on.
        name: String,
        /// The folder.
        #[arg(long, value_name = "DIR")]
        path: PathBuf,
        /// Hold back what it holds until it is approved.
        #[arg(long)]
        review: bool,
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

/// Verbs of `retrovue asset`.
#[derive(clap::Subcommand)]
pub enum Asset {
    /// List assets.
    List {
        /// Only those in this state.
        #[arg(long, value_parser = ["new", "enriching", "ready", "retired", "missing", "faulty"])]
        state: Option<String>,
        /// Only those of this source.
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
        /// Only those that a pool with this match would hold: `series=Cheers,year=1982..1984`.
        #[arg(long, value_name = "EXPR")]
        r#match: Option<String>,
    },
    /// Show everything known of an asset.
    Show {
        /// The asset.
        id: String,
    },
    /// Correct what is known of an asset; corrections outlive every sync.
    Edit {
        /// The asset.
        id: String,
        /// What it is instead.
        #[command(flatten)]
        fields: Fields,
        /// Take back the correction of a field.
        #[arg(long, value_name = "FIELD")]
        clear: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Measure an asset now: how loud it is, where it is black and silent.
    Probe {
        /// The asset.
        id: String,
    },
    /// Let assets go on air, all or none.
    Approve {
        /// The assets.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Take assets out of use for good, all or none.
    Retire {
        /// The assets.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Corrections of an asset. An empty text says that there is none.
#[derive(clap::Args)]
pub struct Fields {
    /// As shown in guides.
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// The series it belongs to.
    #[arg(long, value_name = "SERIES")]
    series: Option<String>,
    /// Season, 0 for specials.
    #[arg(long, value_name = "N")]
    season: Option<u32>,
    /// Episode within the season.
    #[arg(long, value_name = "N")]
    episode: Option<u32>,
    /// Year of first showing.
    #[arg(long, value_name = "YEAR")]
    year: Option<u32>,
    /// programme, commercial, promo, bumper, station_id, psa, filler or card.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// movie, episode, music_video or other.
    #[arg(long, value_name = "TYPE")]
    r#type: Option<String>,
    /// As its country writes it: PG-13.
    #[arg(long, value_name = "RATING")]
    rating: Option<String>,
    /// Director's Cut, …
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
    /// A genre; those named here replace all others.
    #[arg(long = "genre", value_name = "GENRE")]
    genres: Vec<String>,
    /// A tag; those named here replace all others.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

/// Runs a verb of `retrovue source`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn source(verb: Source, client: Result<Client, Failure>, output: &Output) -> Result<Answer, Failure> {
    let client = client?;
    match verb {
        Source::Add { name, path, review, dry_run } => {
            let path = std::path::absolute(&path)
                .map_err(|error| Failure::new(Kind::Usage, "usage", format!("{}: {error}", path.display())))?;
            let body = json!({"name": name, "path": file_uri(&path), "review": review});
            let data = client.post(&change("/sources", dry_run), &body).await?;
            let text =
                format!("Source {name} is {}.\nTake it in with: retrovue source sync {name}", text(&data, "path"));
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

/// Runs a verb of `retrovue asset`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn asset(verb: Asset, client: Result<Client, Failure>) -> Result<Answer, Failure> {
    let client = client?;
    match verb {
        Asset::List { state, source, r#match } => {
            let query: Vec<String> = [("state", state), ("source", source), ("match", r#match)]
                .into_iter()
                .filter_map(|(key, value)| Some(format!("{key}={}", encoded(&value?))))
                .collect();
            let data = client.get(&format!("/assets?{}", query.join("&"))).await?;
            Ok(Answer::new(data.clone(), asset_table(&data)))
        }
        Asset::Show { id } => {
            let data = client.get(&format!("/assets/{}", encoded(&id))).await?;
            let text = serde_json::to_string_pretty(&data).unwrap_or_default();
            Ok(Answer::new(data, text))
        }
        Asset::Edit { id, fields, clear, dry_run } => {
            let path = format!("/assets/{}/edit", encoded(&id));
            let data = client.post(&change(&path, dry_run), &json!(fields.edit(clear))).await?;
            let text = described_text(&data);
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
        Asset::Probe { id } => {
            let path = format!("/assets/{}/probe", encoded(&id));
            let data = watched(&client, &path, &path, &PROBE).await?;
            let text = measured_text(&data);
            Ok(Answer::new(data, text))
        }
        Asset::Approve { ids, dry_run } => {
            let data = client.post(&change("/assets/approve", dry_run), &json!({"ids": ids})).await?;
            {
                let text = asset_table(&data);
                Ok(Answer::new(data, text).dry_run(dry_run))
            }
        }
        Asset::Retire { ids, dry_run } => {
            let data = client.post(&change("/assets/retire", dry_run), &json!({"ids": ids})).await?;
            {
                let text = asset_table(&data);
                Ok(Answer::new(data, text).dry_run(dry_run))
            }
        }
    }
}

/// Asks before something is destroyed: on a terminal, and only there.
///
/// # Errors
/// `confirmation_needed` where there is nobody to ask, `not_confirmed` where the answer is no.
pub(super) fn confirm(question: &str, yes: bool, output: &Output) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if output.is_json() || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::new(
            Kind::Usage,
            "confirmation_needed",
            "this cannot be undone and nobody can be asked here",
        )
        .hint("repeat it with --yes"));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    let asked = std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
    if asked.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::refused("not_confirmed", "nothing was changed"))
}

/// How a piece of work is shown while it lasts.
struct Shown {
    /// To people at a terminal.
    draw: fn(&ProgressBar, &Value),
    /// To logs; empty where there is nothing to say yet.
    say: fn(&Value) -> String,
}

const SYNC: Shown = Shown { draw: draw_sync, say: say_sync };
const PROBE: Shown = Shown { draw: draw_probe, say: say_probe };

/// Waits for what `asked` begins and shows how far it is, as `told` tells: a bar on a terminal, elsewhere a line now and
/// then.
async fn watched(client: &Client, asked: &str, told: &str, shown: &Shown) -> Result<Value, Failure> {
    let nothing = json!({});
    let done = client.post(asked, &nothing);
    let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
    let watch = async {
        let period = if bar.is_some() { PROGRESS_EVERY } else { LINE_EVERY };
        let mut ticks = tokio::time::interval(period);
        let mut said = String::new();
        ticks.tick().await;
        loop {
            ticks.tick().await;
            // The answer to what was asked tells what is wrong; a bar that stands still is no failure.
            let Ok(progress) = client.get(told).await else { continue };
            let line = (shown.say)(&progress);
            match &bar {
                Some(bar) => (shown.draw)(bar, &progress),
                None if line != said && !line.is_empty() => eprintln!("{line}"),
                None => {}
            }
            said = line;
        }
    };
    let answer = tokio::select! {
        answer = done => answer,
        () = watch => unreachable!("the watch ends with the answer"),
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    answer
}

fn say_sync(progress: &Value) -> String {
    let number = |key: &str| progress.get(key).and_then(Value::as_u64).unwrap_or_default();
    match (number("found"), number("to_inspect")) {
        (0, 0) => String::new(),
        (found, 0) => format!("{found} files found"),
        (_, all) => format!("{} of {all} files looked at", number("inspected")),
    }
}

fn say_probe(progress: &Value) -> String {
    let part = progress.get("fraction").and_then(Value::as_f64).unwrap_or_default();
    format!("{:.0} % measured", part * 100.0)
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

impl Fields {
    fn edit(self, clear: Vec<String>) -> EditAsset {
        let Self { title, series, season, episode, year, kind, r#type, rating, edition, genres, tags } = self;
        let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
        let (genres, tags) = (some(genres), some(tags));
        EditAsset { title, series, season, episode, year, kind, r#type, rating, edition, genres, tags, clear }
    }
}

/// What an asset is, and who says so.
fn described_text(asset: &Value) -> String {
    let fields =
        ["title", "kind", "type", "series", "season", "episode", "year", "edition", "rating", "genres", "tags"];
    let rows = fields.into_iter().filter_map(|field| {
        let value = match &asset[field] {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        Some([field.to_owned(), value, text(&asset["origins"], field)])
    });
    table(["FIELD", "VALUE", "SAID BY"], rows)
}

fn draw_probe(bar: &ProgressBar, progress: &Value) {
    if bar.length().is_none() {
        let style = ProgressStyle::with_template("{wide_bar} {percent} % measured, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_length(1000);
    }
    let part = progress.get("fraction").and_then(Value::as_f64).unwrap_or_default();
    bar.set_position((part * 1000.0) as u64);
}

fn measured_text(asset: &Value) -> String {
    let level = |track: &Value, key: &str, unit: &str| {
        track[key].as_f64().map_or_else(|| "silence".to_owned(), |level| format!("{level:.1} {unit}"))
    };
    let measured = &asset["measured"];
    let rows = list(measured, "tracks").iter().map(|track| {
        [
            text(track, "language"),
            level(track, "integrated_lufs", "LUFS"),
            level(track, "true_peak_dbtp", "dBTP"),
            level(track, "range_lu", "LU"),
        ]
    });
    let tracks = table(["LANGUAGE", "LOUDNESS", "TRUE PEAK", "RANGE"], rows);
    let stretches = |key: &str| list(measured, key).len();
    format!(
        "{tracks}\n{}: {} chapters, {} black and {} silent stretches",
        text(asset, "title"),
        list(asset, "chapters").len(),
        stretches("black"),
        stretches("silence")
    )
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
    lines
        .extend(faulty.iter().chain(unread).map(|file| format!("  {}: {}", text(file, "path"), text(file, "message"))));
    for gone in list(report, "vanished") {
        lines.push(format!("  {} is away", text(gone, "path")));
        let (slots, more) = split_at_most(list(gone, "slots"), SLOTS_SHOWN);
        let missed = |slot: &Value| ["start_utc", "channel", "title"].map(|key| text(slot, key)).join("  ");
        lines.extend(slots.iter().map(|slot| format!("    was to be on air {}", missed(slot))));
        if !more.is_empty() {
            lines.push(format!("    and {} more times", more.len()));
        }
    }
    let unfinished = report.get("unfinished").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    lines.extend(unfinished.map(|path| format!("  {path} is still being written; it is taken in later")));
    lines.join("\n")
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
            text(source, "path"),
            review.to_owned(),
            count("ready"),
            source["measured"].to_string(),
            count("missing"),
            count("faulty"),
        ]
    });
    table(["NAME", "FOLDER", "REVIEW", "READY", "MEASURED", "MISSING", "FAULTY"], rows)
}

fn asset_table(data: &Value) -> String {
    let rows = list(data, "assets").iter().map(|asset| {
        let state = match asset["approved"] == Value::Bool(true) || asset["state"] != "ready" {
            true => text(asset, "state"),
            false => "ready, not approved".to_owned(),
        };
        let duration = asset["duration_ms"].as_i64().map_or_else(String::new, clock_face);
        [
            text(asset, "id"),
            text(asset, "kind"),
            text(asset, "type"),
            state,
            duration,
            text(asset, "series"),
            text(asset, "title"),
        ]
    });
    table(["ID", "KIND", "TYPE", "STATE", "DURATION", "SERIES", "TITLE"], rows)
}

/// `1:02:03`
fn clock_face(duration_ms: i64) -> String {
    let seconds = duration_ms / 1000;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

pub(super) fn list<'a>(data: &'a Value, key: &str) -> &'a [Value] {
    data.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn text(data: &Value, key: &str) -> String {
    data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn change(path: &str, dry_run: bool) -> String {
    format!("{path}?dry_run={dry_run}")
}

fn source_path(name: &str) -> String {
    format!("/sources/{}", encoded(name))
}

pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
