//! Assets that cannot be aired.

use serde_json::Value;

use super::{Finding, Patient};
use crate::cli::output::{list, text};

/// Assets that are named; the rest is counted.
const NAMED: usize = 3;

pub(super) async fn check(patient: &Patient) -> Option<Finding> {
    let faulty = patient.client.get("/assets?state=faulty").await.ok()?;
    found(list(&faulty, "assets"))
}

fn found(faulty: &[Value]) -> Option<Finding> {
    if faulty.is_empty() {
        return None;
    }
    let mut names: Vec<String> = faulty.iter().take(NAMED).map(|asset| text(asset, "title")).collect();
    if faulty.len() > NAMED {
        names.push(format!("{} more", faulty.len() - NAMED));
    }
    let message = format!("assets that cannot be aired: {}", names.join(", "));
    Some(Finding::warning("assets_faulty", message, "retrovue asset list --state faulty tells why"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_ones_are_named() {
        let titled = |count: usize| (1..=count).map(|at| json!({"title": format!("F{at}")})).collect::<Vec<_>>();
        assert_eq!(found(&titled(0)), None);
        assert!(found(&titled(3)).unwrap().message.ends_with(": F1, F2, F3"));
        assert!(found(&titled(5)).unwrap().message.ends_with(": F1, F2, F3, 2 more"));
    }
}
