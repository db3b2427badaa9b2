//! `retrovue collection`.

use serde_json::{Value, json};

use super::client::{Client, change, encoded};
use super::output::{Answer, list, text};
use super::table::{cut, spare, table, whole};
use crate::failure::Failure;

/// Verbs of `retrovue collection`. A collection is named by its id, or as `SOURCE/NAME`.
#[derive(clap::Subcommand)]
pub enum Collection {
    /// List collections.
    List {
        /// Only those of this source.
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
    },
    /// Show a collection.
    Show {
        /// The collection.
        collection: String,
    },
    /// Let pools see what collections hold, all or none.
    Enable {
        /// The collections.
        #[arg(required = true, value_name = "COLLECTION")]
        collections: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Keep what collections hold out of every pool, all or none.
    Disable {
        /// The collections.
        #[arg(required = true, value_name = "COLLECTION")]
        collections: Vec<String>,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs a verb of `retrovue collection`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn collection(verb: Collection, client: Result<Client, Failure>) -> Result<Answer, Failure> {
    let client = client?;
    let (collections, enabled, dry_run) = match verb {
        Collection::List { source } => {
            let query = source.map_or_else(String::new, |name| format!("?source={}", encoded(&name)));
            let data = client.get(&format!("/collections{query}")).await?;
            return Ok(Answer::new(data.clone(), collection_table(list(&data, "collections"))));
        }
        Collection::Show { collection } => {
            let data = client.get(&format!("/collections/{}", encoded(&collection))).await?;
            return Ok(Answer::new(data.clone(), collection_table(std::slice::from_ref(&data))));
        }
        Collection::Enable { collections, dry_run } => (collections, true, dry_run),
        Collection::Disable { collections, dry_run } => (collections, false, dry_run),
    };
    let body = json!({ "collections": collections, "enabled": enabled });
    let data = client.post(&change("/collections/enabled", dry_run), &body).await?;
    let text = collection_table(list(&data, "collections"));
    Ok(Answer::new(data, text).dry_run(dry_run))
}

fn collection_table(collections: &[Value]) -> String {
    let rows = collections.iter().map(|collection| {
        let enabled = if collection["enabled"] == Value::Bool(true) { "yes" } else { "no" };
        [
            text(collection, "id"),
            text(collection, "source"),
            text(collection, "name"),
            text(collection, "kind"),
            enabled.to_owned(),
            collection["ready"].to_string(),
        ]
    });
    let columns = [spare("ID"), cut("SOURCE"), cut("NAME"), spare("KIND"), whole("ENABLED"), spare("READY")];
    table(columns, rows)
}
