//! Waiting for work that takes its time, and showing how far it is.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::client::Client;
use crate::failure::Failure;

/// Often enough for a bar that moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// In logs, and for scripts that keep standard error.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How a piece of work is shown while it lasts.
pub(super) struct Shown {
    /// To people at a terminal.
    pub(super) draw: fn(&ProgressBar, &Value),
    /// To logs; empty where there is nothing to say yet.
    pub(super) say: fn(&Value) -> String,
}

/// Waits for what `asked` begins and shows how far it is, as `told` tells: a bar on a terminal, elsewhere a line now and
/// then.
pub(super) async fn watched(client: &Client, asked: &str, told: &str, shown: &Shown) -> Result<Value, Failure> {
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
