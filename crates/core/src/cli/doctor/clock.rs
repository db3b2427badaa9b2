//! Whether MasterClock and the system's clock agree.

use retrovue_kit::clock::discipline::NEVER_BEFORE;
use retrovue_kit::clock::system_utc;
use serde_json::Value;

use super::{Finding, Patient};
use crate::cli::clock::told;
use crate::cli::output::text;

pub(super) async fn check(patient: &Patient) -> Option<Finding> {
    match patient.client.get("/clock").await {
        Ok(clock) => found(&clock),
        Err(_) if system_utc() < NEVER_BEFORE => finding("unset"),
        Err(_) => None,
    }
}

fn found(clock: &Value) -> Option<Finding> {
    let mut finding = finding(&text(clock, "state"))?;
    finding.message.push_str(&format!(" It is {} ms behind.", clock["offset_ms"]));
    Some(finding)
}

fn finding(state: &str) -> Option<Finding> {
    let (message, hint) = told(state);
    match state {
        "unset" => Some(Finding::error("clock_not_set", message, hint)),
        "step_back_waits" => Some(Finding::error("clock_step_back_waits", message, hint)),
        "step_waits" => Some(Finding::warning("clock_step_waits", message, hint)),
        "waiting" => Some(Finding::warning("clock_waiting", message, hint)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_waits_is_told_and_what_mends_itself_is_no_error() {
        let told = |state: &str| found(&json!({"state": state, "offset_ms": 7200.5})).map(|f| (f.severity, f.message));
        assert_eq!((told("in_step"), told("slewing")), (None, None));
        let (severity, message) = told("step_waits").unwrap();
        assert!(severity == "warning" && message.ends_with("It is 7200.5 ms behind."), "{message}");
        assert_eq!(told("unset").unwrap().0, "error");
        assert_eq!(told("step_back_waits").unwrap().0, "error");
    }
}
