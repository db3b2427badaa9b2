//! `retrovue asset`.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::client::{Client, change, encoded};
use super::output::{Answer, list, text};
use super::table::{cut, spare, table, whole};
use super::waiting::{Shown, watched};
use crate::failure::Failure;
use crate::usecases::library::EditAsset;

const PROBE: Shown = Shown { draw: draw_probe, say: say_probe };

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
    /// Take assets out of use, all or none.
    Retire {
        /// The assets.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Take retired assets back into use, all or none.
    Restore {
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
            let text = described_text(&data);
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
        Asset::Approve { ids, dry_run } => decide(&client, "approve", &ids, dry_run).await,
        Asset::Retire { ids, dry_run } => decide(&client, "retire", &ids, dry_run).await,
        Asset::Restore { ids, dry_run } => decide(&client, "restore", &ids, dry_run).await,
    }
}

async fn decide(client: &Client, decision: &str, ids: &[String], dry_run: bool) -> Result<Answer, Failure> {
    let data = client.post(&change(&format!("/assets/{decision}"), dry_run), &json!({"ids": ids})).await?;
    let text = asset_table(&data);
    Ok(Answer::new(data, text).dry_run(dry_run))
}

fn say_probe(progress: &Value) -> String {
    let part = progress.get("fraction").and_then(Value::as_f64).unwrap_or_default();
    format!("{:.0} % measured", part * 100.0)
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
    let fields = [
        "id",
        "state",
        "uri",
        "container",
        "collection",
        "title",
        "kind",
        "type",
        "series",
        "season",
        "episode",
        "year",
        "aired",
        "edition",
        "rating",
        "genres",
        "tags",
        "plot",
    ];
    let rows = fields.into_iter().filter_map(|field| {
        let value = match &asset[field] {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        Some([field.to_owned(), value, text(&asset["origins"], field)])
    });
    table([whole("FIELD"), cut("VALUE"), spare("SAID BY")], rows)
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
    let tracks = table([whole("LANGUAGE"), whole("LOUDNESS"), spare("TRUE PEAK"), spare("RANGE")], rows);
    let stretches = |key: &str| list(measured, key).len();
    format!(
        "{tracks}\n{}: {} chapters, {} black and {} silent stretches",
        text(asset, "title"),
        list(asset, "chapters").len(),
        stretches("black"),
        stretches("silence")
    )
}

fn asset_table(data: &Value) -> String {
    let rows = list(data, "assets").iter().map(|asset| {
        let state = match asset["approved"] == Value::Bool(true) || asset["state"] != "ready" {
            true => text(asset, "state"),
            false => "held back".to_owned(),
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
    let columns =
        [whole("ID"), spare("KIND"), spare("TYPE"), whole("STATE"), spare("DURATION"), cut("SERIES"), cut("TITLE")];
    table(columns, rows)
}

/// `1:02:03`
fn clock_face(duration_ms: i64) -> String {
    let seconds = duration_ms / 1000;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
