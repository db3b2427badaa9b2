//! `retrovue db`: looking after the database, with Core running or stopped.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use retrovue_kit::clock::system_utc;
use retrovue_kit::settings;
use retrovue_store::Defect;
use serde::Serialize;
use serde_json::{Value, json};

use super::output::{Answer, Output, confirm};
use crate::failure::{Failure, Kind};
use crate::usecases::database;

/// Verbs of `retrovue db`.
#[derive(Subcommand)]
pub enum Db {
    /// Copy the database into a file; Core may run.
    Backup {
        /// The copy, which must not be there yet.
        file: PathBuf,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Put a copy in the database's place; Core must be stopped.
    Restore {
        /// The copy.
        file: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Tell everything that is wrong with the database; Core may run.
    Check,
    /// Bring the database up to this version, as Core does when it starts.
    Migrate {
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs a verb of `retrovue db`.
///
/// # Errors
/// Settings that do not hold, and those of [`database`].
pub fn db(verb: Db, config: Option<&Path>, output: &Output) -> Result<Answer, Failure> {
    let loaded = settings::load(config, settings::process_environment()).map_err(|problems| {
        Failure::new(Kind::Usage, "settings_invalid", settings::sentence(&problems))
            .hint("retrovue config check lists every problem")
    })?;
    let settings = &loaded.settings;
    match verb {
        Db::Backup { file, dry_run } => {
            let copied = database::back_up(settings, &file, dry_run)?;
            let text = format!("{} holds what {} held.", copied.file, copied.database);
            Ok(Answer::new(json(&copied), text).dry_run(dry_run))
        }
        Db::Restore { file, yes, dry_run } => {
            if !dry_run {
                let question = format!("Replace {} by {}?", settings.database().display(), file.display());
                confirm(&question, yes, output)?;
            }
            let restored = database::restore(settings, &file, system_utc(), dry_run)?;
            let mut text = format!("{} is what {} holds.", restored.database, restored.file);
            if let Some(kept) = &restored.kept {
                text.push_str(&format!("\nWhat was there is kept as {kept}."));
            }
            Ok(Answer::new(json(&restored), text).dry_run(dry_run))
        }
        Db::Check => {
            let path = settings.database().to_string_lossy().into_owned();
            let defects = database::check(settings)?;
            let findings = defects.into_iter().map(|defect| finding(defect, &path)).collect();
            Ok(Answer::findings(findings, &format!("{path} is sound.")))
        }
        Db::Migrate { dry_run } => {
            let migrated = database::migrate(settings, dry_run)?;
            let text = match migrated.applied.as_slice() {
                [] => format!("{} is of this version.", migrated.database),
                applied => format!("{}: {}.", migrated.database, applied.join(", ")),
            };
            Ok(Answer::new(json(&migrated), text).dry_run(dry_run))
        }
    }
}

fn finding(defect: Defect, path: &str) -> Value {
    let (severity, hint) = match defect.is_mended_by_itself {
        true => ("warning", "the next start of Core mends it, or retrovue db migrate"),
        false => ("error", "stop Core, and restore a backup: retrovue db restore FILE"),
    };
    json!({
        "severity": severity, "code": defect.code, "message": defect.message, "hint": hint,
        "file": path, "line": 0, "column": 0,
    })
}

fn json(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}
