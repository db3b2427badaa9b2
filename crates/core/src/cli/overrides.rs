//! `retrovue override`.

use serde_json::{Value, json};

use super::client::{Client, change};
use super::output::{Answer, list, text};
use super::table::{cut, spare, table, whole};
use crate::failure::Failure;

/// Verbs of `retrovue override`.
#[derive(clap::Subcommand)]
pub enum Override {
    /// Put something else on air than is planned, at once. The schedule goes on underneath.
    Start {
        /// A card, a crawl or an asset for everybody; the guide of the network; or a card that says to come back.
        kind: Kind,
        /// The channels; default all. The guide needs some.
        #[arg(long = "channel", value_name = "CHANNEL")]
        channels: Vec<String>,
        /// RFC 3339; when it ends by itself. Default never.
        #[arg(long, value_name = "INSTANT")]
        until: Option<String>,
        /// The card's first line.
        #[arg(long)]
        heading: Option<String>,
        /// The card's other lines, or the crawl.
        #[arg(long)]
        text: Option<String>,
        /// Emergencies: run the text over what is planned, and show no card.
        #[arg(long)]
        crawl: bool,
        /// Emergencies: show this asset again and again, and no card.
        #[arg(long = "asset", value_name = "ID")]
        asset_id: Option<String>,
        /// Why, for the log.
        #[arg(long, default_value = "")]
        reason: String,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// End an override: the schedule is back where it is by now.
    Stop {
        /// Which; needed where several are on air.
        id: Option<String>,
        /// End all that are on air.
        #[arg(long, conflicts_with = "id")]
        all: bool,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// List overrides, the newest first.
    List,
}

/// What an override is for.
#[derive(Clone, Copy, clap::ValueEnum)]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum Kind {
    Emergency,
    Guide,
    Maintenance,
}

/// Runs a verb of `retrovue override`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn overrides(verb: Override, client: Result<Client, Failure>) -> Result<Answer, Failure> {
    let client = client?;
    match verb {
        Override::Start { kind, channels, until, heading, text: lines, crawl, asset_id, reason, dry_run } => {
            let kind = match kind {
                Kind::Emergency => "emergency",
                Kind::Guide => "guide",
                Kind::Maintenance => "maintenance",
            };
            let request = json!({
                "kind": kind, "channels": channels, "until": until, "heading": heading, "text": lines, "crawl": crawl,
                "asset_id": asset_id, "reason": reason, "by": operator(),
            });
            let data = client.post(&change("/overrides", dry_run), &request).await?;
            let verb = if dry_run { "would be on air" } else { "is on air" };
            let said =
                format!("{} {verb} on {}; retrovue override stop ends it.", text(&data, "kind"), channels_of(&data));
            Ok(Answer::new(data, said).dry_run(dry_run))
        }
        Override::Stop { id, all, dry_run } => {
            let request = json!({ "id": id, "all": all, "by": operator() });
            let data = client.post(&change("/overrides/stop", dry_run), &request).await?;
            let verb = if dry_run { "would end" } else { "has ended" };
            let lines = list(&data, "overrides").iter();
            let lines = lines.map(|ended| format!("{} {verb} on {}.", text(ended, "kind"), channels_of(ended)));
            let said = lines.collect::<Vec<_>>().join("\n");
            Ok(Answer::new(data, said).dry_run(dry_run))
        }
        Override::List => {
            let data = client.get("/overrides").await?;
            let rows = list(&data, "overrides").iter().map(|one| {
                let until = if one["on_air"] == true { "on air".to_owned() } else { text(one, "ended_utc") };
                [
                    text(one, "id"),
                    text(one, "kind"),
                    text(one, "start_utc"),
                    until,
                    channels_of(one),
                    text(one, "by"),
                    text(one, "reason"),
                ]
            });
            let columns =
                [whole("ID"), cut("KIND"), spare("START"), spare("END"), cut("CHANNELS"), spare("BY"), spare("WHY")];
            Ok(Answer::new(data.clone(), table(columns, rows)))
        }
    }
}

fn channels_of(data: &Value) -> String {
    let slugs: Vec<&str> = list(data, "channels").iter().filter_map(Value::as_str).collect();
    if slugs.is_empty() { "all channels".to_owned() } else { slugs.join(", ") }
}

/// Who types this, as the system knows it.
fn operator() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}
