//! `retrovue clock`.

use serde_json::Value;

use super::client::{Client, change};
use super::output::{Answer, list, text};
use super::table::{spare, table, whole};
use crate::failure::Failure;

/// Verbs of `retrovue clock`.
#[derive(clap::Subcommand)]
pub enum Clock {
    /// Tell how MasterClock and the system's clock stand to each other.
    Show,
    /// Take over a step of the system's clock now; what is on air begins again at the new time.
    Adopt {
        /// Only tell what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs a verb of `retrovue clock`.
///
/// # Errors
/// What Core answered, or that it cannot be reached.
pub async fn clock(verb: Clock, client: Result<Client, Failure>) -> Result<Answer, Failure> {
    let client = client?;
    match verb {
        Clock::Show => {
            let data = client.get("/clock").await?;
            let text = shown(&data);
            Ok(Answer::new(data, text))
        }
        Clock::Adopt { dry_run } => {
            let data = client.post(&change("/clock/adopt", dry_run), &Value::Null).await?;
            let text = match data["adopted"].as_object() {
                Some(_) => {
                    let adopted = &data["adopted"];
                    format!("{} is now {}.", text(adopted, "before_utc"), text(adopted, "after_utc"))
                }
                None => "No step waits: nothing was changed.".to_owned(),
            };
            Ok(Answer::new(data, text).dry_run(dry_run))
        }
    }
}

fn shown(data: &Value) -> String {
    let mut shown = format!("MasterClock  {}\nSystem       {}\n", text(data, "now_utc"), text(data, "system_utc"));
    if let Some(ahead) = data["rehearsal_ms"].as_i64() {
        shown.push_str(&format!("Rehearsal    {} s ahead\n", ahead / 1000));
    }
    shown.push_str(&format!("Offset       {} ms\n", data["offset_ms"]));
    shown.push_str(&format!("Drift        {} ppm, slewing by {} ppm\n\n", data["drift_ppm"], data["slew_ppm"]));
    let (sentence, hint) = told(&text(data, "state"));
    shown.push_str(sentence);
    if !hint.is_empty() {
        shown.push_str(&format!("\nTo mend it: {hint}."));
    }
    let adoptions = list(data, "adoptions");
    if !adoptions.is_empty() {
        let rows = adoptions.iter().map(|one| {
            let step = one["step_ms"].as_f64().unwrap_or_default() / 1000.0;
            [text(one, "before_utc"), text(one, "after_utc"), format!("{step:+.3} s"), text(one, "cause")]
        });
        shown.push_str("\n\nSteps that were taken over:\n");
        shown.push_str(&table([spare("BEFORE"), whole("AFTER"), whole("STEP"), spare("CAUSE")], rows));
    }
    shown
}

/// What a state means, and how to mend it; empty where there is nothing to mend.
pub(super) fn told(state: &str) -> (&'static str, &'static str) {
    match state {
        "slewing" => ("The system's clock was stepped by up to 2 s; MasterClock follows at 500 ppm.", ""),
        "waiting" => (
            "The system's clock was set back; nothing is on air, and MasterClock goes at half speed until they meet.",
            "retrovue clock adopt, where that takes too long",
        ),
        "step_waits" => (
            "The system's clock was stepped by more than 2 s; MasterClock follows when nothing is on air.",
            "retrovue clock adopt, where that takes too long; viewers see a jump",
        ),
        "step_back_waits" => (
            "The system's clock was set back by more than an hour, and MasterClock never goes back by itself.",
            "see that the system's clock is right, then retrovue clock adopt; viewers see a jump",
        ),
        "unset" => (
            "The system's clock was never set; MasterClock goes on from where this home had come to.",
            "set it, or let NTP do so: timedatectl shows how it is kept",
        ),
        _ => ("MasterClock is in step with the system's clock.", ""),
    }
}
