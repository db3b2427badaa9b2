//! Whether Air answers, and is of Core's version.

use serde_json::Value;

use super::{Finding, Patient};
use crate::cli::output::text;

pub(super) fn check(patient: &Patient) -> Option<Finding> {
    found(patient.status.as_ref().ok()?)
}

fn found(status: &Value) -> Option<Finding> {
    let (core, air) = (&status["core"], &status["air"]);
    if text(air, "state") != "up" {
        let hint = "its log says more; where air.manage is false, start retrovue-air";
        return Some(Finding::error("air_down", format!("Air is down: {}", text(air, "reason")), hint));
    }
    let (ours, theirs) = (text(core, "version"), text(air, "version"));
    let message = format!("Core is of version {ours}, and Air of {theirs}");
    (ours != theirs).then(|| Finding::warning("air_version", message, "install both of one version, and restart them"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_air_that_is_away_or_of_another_version_is_told() {
        let code = |air: Value| found(&json!({"core": {"version": "2"}, "air": air})).map(|found| found.code);
        assert_eq!(code(json!({"state": "up", "version": "2"})), None);
        assert_eq!(code(json!({"state": "up", "version": "1"})), Some("air_version"));
        assert_eq!(code(json!({"state": "down", "reason": "it hangs"})), Some("air_down"));
    }
}
