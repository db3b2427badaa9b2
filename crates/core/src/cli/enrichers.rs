//! `retrovue enricher`.

use serde_json::{Map, Value, json};

use super::client::{Client, change, encoded};
use super::output::{Answer, Output, confirm, list, text};
use super::table::{cut, spare, table, whole};
use crate::failure::{Failure, Kind};

/// Collections shown to people; scripts get all.
const SHOWN: usize = 3;

/// Verbs of `retrovue enricher`.
#[derive(clap::Subcommand)]
pub enum Enricher {
    /// List enrichers, where they are attached, and how many assets wait for them.
    List,
    /// Add an enricher, which is attached to nothing yet.
    Add {
        /// How it is called from now on.
        name: String,
        /// filename, nfo, artwork, probe, chapters, loudness or breaks.
        #[arg(long, value_name = "KIND")]
        kind: String,
        /// A setting that is not the kind's own: min_black=300ms.
        #[arg(long = "set", value_name = "SETTING=VALUE", value_parser = setting)]
        settings: Vec<(String, String)>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Change an enricher's settings: what it made by others is made again.
    Set {
        /// The enricher.
        name: String,
        /// A setting: min_black=300ms.
        #[arg(long = "set", value_name = "SETTING=VALUE", value_parser = setting)]
        settings: Vec<(String, String)>,
        /// A setting that is the kind's own again.
        #[arg(long, value_name = "SETTING")]
        clear: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Put an enricher in the place of the one of its kind, in collections or in all of a source.
    Attach(At),
    /// Take an enricher off collections, or off all of a source: what it told is taken away.
    Detach(At),
    /// Remove an enricher that is in no use.
    Remove {
        /// The enricher.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// An enricher, and where.
#[derive(clap::Args)]
pub struct At {
    /// The enricher.
    name: String,
    /// Collections, each by its id or as `SOURCE/NAME`.
    #[arg(value_name = "COLLECTION", required_unless_present = "source", conflicts_with = "source")]
    collections: Vec<String>,
    /// All collections of this source, and those to come.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only tell what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// Runs a verb of `retrovue enricher`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn enricher(verb: Enricher, client: Result<Client, Failure>, output: &Output) -> Result<Answer, Failure> {
    let client = client?;
    let path = |name: &str, verb: &str| format!("/enrichers/{}{verb}", encoded(name));
    let (data, dry_run) = match verb {
        Enricher::List => {
            let data = client.get("/enrichers").await?;
            return Ok(Answer::new(data.clone(), enricher_table(list(&data, "enrichers"))));
        }
        Enricher::Add { name, kind, settings, dry_run } => {
            let body = json!({ "name": name, "kind": kind, "settings": named(settings)? });
            (client.post(&change("/enrichers", dry_run), &body).await?, dry_run)
        }
        Enricher::Set { name, settings, clear, dry_run } => {
            let body = json!({ "settings": named(settings)?, "clear": clear });
            (client.post(&change(&path(&name, "/settings"), dry_run), &body).await?, dry_run)
        }
        Enricher::Attach(at) => at.send(&client, "/attach").await?,
        Enricher::Detach(at) => at.send(&client, "/detach").await?,
        Enricher::Remove { name, yes, dry_run } => {
            if !dry_run {
                confirm(&format!("Remove enricher {name}?"), yes, output)?;
            }
            (client.delete(&change(&path(&name, ""), dry_run)).await?, dry_run)
        }
    };
    let text = enricher_table(std::slice::from_ref(&data));
    Ok(Answer::new(data, text).dry_run(dry_run))
}

impl At {
    async fn send(self, client: &Client, verb: &str) -> Result<(Value, bool), Failure> {
        let path = format!("/enrichers/{}{verb}", encoded(&self.name));
        let body = json!({ "collections": self.collections, "source": self.source });
        Ok((client.post(&change(&path, self.dry_run), &body).await?, self.dry_run))
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or_else(|| "write a setting and its value, as min_black=300ms".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

/// # Errors
/// `usage` for a setting that is named twice.
fn named(settings: Vec<(String, String)>) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    for (name, value) in settings {
        if fields.insert(name.clone(), Value::from(value)).is_some() {
            return Err(Failure::new(Kind::Usage, "usage", format!("{name} is set twice")).hint("set it once"));
        }
    }
    Ok(fields)
}

fn enricher_table(enrichers: &[Value]) -> String {
    let rows = enrichers.iter().map(|enricher| {
        let settings = enricher["settings"].as_object().into_iter().flatten();
        let settings: Vec<String> = settings
            .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let all = list(enricher, "collections");
        let mut collections: Vec<&str> = all.iter().filter_map(Value::as_str).take(SHOWN).collect();
        let more = format!("and {} more", all.len().saturating_sub(SHOWN));
        if all.len() > SHOWN {
            collections.push(&more);
        }
        [
            text(enricher, "name"),
            text(enricher, "kind"),
            text(enricher, "scope"),
            settings.join(" "),
            collections.join(", "),
            enricher["waiting"].to_string(),
        ]
    });
    let columns = [whole("NAME"), spare("KIND"), spare("SCOPE"), cut("SETTINGS"), cut("COLLECTIONS"), whole("WAITING")];
    table(columns, rows)
}
