//! Assets that cannot be aired.

use serde_json::Value;

use super::{Finding, Patient};
use crate::cli::output::{list, text};

/// Assets that are named; the rest is counted.
const NAMED: usize = 3;

pub(super) async fn check(patient: &Patient) -> Vec<Finding> {
    match patient.client.get("/assets?state=faulty").await {
        Ok(faulty) => found(list(&faulty, "assets")),
        Err(_) => Vec::new(),
    }
}

fn found(faulty: &[Value]) -> Vec<Finding> {
    let (deadly, unfit): (Vec<&Value>, Vec<&Value>) =
        faulty.iter().partition(|asset| asset["fault"]["code"] == "quarantined");
    let unfit = named(&unfit).map(|names| {
        let message = format!("assets that cannot be aired: {names}");
        Finding::warning("assets_faulty", message, "retrovue asset list --state faulty tells why")
    });
    let deadly = named(&deadly).map(|names| {
        let message = format!("assets over which Air has died twice, and which are not aired any more: {names}");
        let hint = "replace their files, or take one back into use: retrovue asset restore ID";
        Finding::warning("assets_quarantined", message, hint)
    });
    unfit.into_iter().chain(deadly).collect()
}

/// Their titles, where there are any.
fn named(assets: &[&Value]) -> Option<String> {
    let mut names: Vec<String> = assets.iter().take(NAMED).map(|asset| text(asset, "title")).collect();
    if assets.len() > NAMED {
        names.push(format!("{} more", assets.len() - NAMED));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_ones_are_named() {
        let titled = |count: usize| (1..=count).map(|at| json!({"title": format!("F{at}")})).collect::<Vec<_>>();
        assert_eq!(found(&titled(0)), []);
        assert!(found(&titled(3))[0].message.ends_with(": F1, F2, F3"));
        assert!(found(&titled(5))[0].message.ends_with(": F1, F2, F3, 2 more"));
    }

    #[test]
    fn those_in_quarantine_are_told_by_themselves() {
        let asset = |title: &str, code: &str| json!({"title": title, "fault": {"code": code}});
        let found = found(&[asset("F1", "quarantined"), asset("F2", "no_picture")]);
        let told: Vec<_> = found.iter().map(|found| (found.code, found.message.rsplit(' ').next())).collect();
        assert_eq!(told, [("assets_faulty", Some("F2")), ("assets_quarantined", Some("F1"))]);
    }
}
