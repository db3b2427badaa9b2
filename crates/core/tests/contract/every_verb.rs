//! Every row of the table against the real programs.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::shape::differences;
use crate::table::{ROWS, Row};
use crate::verbs;
use crate::world::World;

/// Works with Core stopped.
const WITHOUT_CORE: [&str; 9] = [
    "config show",
    "config check",
    "completions",
    "doctor",
    "schedule check",
    "db backup",
    "db restore",
    "db check",
    "db migrate",
];

#[test]
fn every_verb_has_a_row() {
    let named: BTreeSet<String> = ROWS.iter().map(|row| row.verb.to_owned()).collect();
    let all: BTreeSet<String> = verbs().into_iter().map(|(verb, _)| verb).collect();
    assert_eq!(named, all, "tests/contract/table.rs has a row for each verb; CONTRIBUTING.md tells how to write one");
}

#[tokio::test]
async fn every_verb_does_what_the_contract_says() {
    let mut world = World::new().await;
    for row in ROWS {
        if row.wants_core_stopped {
            world.stop().await;
        }
        let takes = |option: &str| takes(row.verb, option);
        usage(&world, row).await;
        if takes("yes") {
            unconfirmed(&world, row).await;
        }
        if takes("dry-run") {
            tried(&world, row).await;
            seen_by_people(&world, row, &format!("{} --dry-run", row.works)).await;
        }
        let line = if takes("yes") { format!("{} --yes", row.works) } else { row.works.to_owned() };
        let answer = world.json(&line).await;
        assert_eq!((answer.code, &answer.document["status"]), (0, &"ok".into()), "{line}: {}", answer.document);
        assert_eq!(keys(&answer.document), ["status", "data"], "{line}");
        assert_eq!(differences(row.data, &answer.document["data"]), Vec::<String>::new(), "{line}");
        if !takes("dry-run") {
            seen_by_people(&world, row, row.works).await;
        }
        for (line, code, wanted) in row.refused {
            refused(&world, line, *code, wanted).await;
        }
    }
}

#[tokio::test]
async fn without_core_every_verb_says_so() {
    let mut world = World::new().await;
    world.stop().await;
    let world = world.stopped();
    for row in ROWS.iter().filter(|row| !WITHOUT_CORE.contains(&row.verb)) {
        let line = if takes(row.verb, "yes") { format!("{} --yes", row.works) } else { row.works.to_owned() };
        refused(&world, &line, 5, "core_unreachable").await;
    }
}

fn takes(wanted: &str, option: &str) -> bool {
    let (_, verb) = verbs().into_iter().find(|(verb, _)| verb == wanted).unwrap();
    verb.get_arguments().any(|argument| argument.get_long() == Some(option))
}

/// A word that the verb does not know: told in JSON where that is wanted, and never on standard output else.
async fn usage(world: &World, row: &Row) {
    refused(world, &format!("{} --nonsense", row.verb), 2, "usage").await;
    let printed = world.printed(&format!("{} --nonsense", row.verb), 80).await;
    assert_eq!((printed.code, printed.stdout.as_str()), (2, ""), "{}", row.verb);
    assert!(!printed.stderr.is_empty());
}

async fn unconfirmed(world: &World, row: &Row) {
    let before = world.snapshot().await;
    refused(world, row.works, 2, "confirmation_needed").await;
    assert_eq!(world.printed(row.works, 80).await.code, 2, "{}", row.works);
    assert_eq!(world.snapshot().await, before, "{}", row.works);
}

async fn tried(world: &World, row: &Row) {
    let (line, before) = (format!("{} --dry-run", row.works), world.snapshot().await);
    let answer = world.json(&line).await;
    assert_eq!(answer.code, 0, "{line}: {}", answer.document);
    assert_eq!(keys(&answer.document), ["status", "dry_run", "data"], "{line}");
    assert_eq!(answer.document["dry_run"], true, "{line}");
    assert_eq!(differences(row.data, &answer.document["data"]), Vec::<String>::new(), "{line}");
    assert_eq!(world.snapshot().await, before, "{line} has changed something");
}

async fn refused(world: &World, line: &str, code: i32, wanted: &str) {
    let answer = world.json(line).await;
    let (document, error) = (&answer.document, &answer.document["error"]);
    assert_eq!((answer.code, &document["status"]), (code, &"error".into()), "{line}: {document}");
    assert_eq!(error["code"], wanted, "{line}: {document}");
    assert_eq!((keys(document), keys(error)), (vec!["status", "error"], vec!["code", "message", "hint", "details"]));
    assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{line}: {document}");
}

/// No line is wider than the terminal where it is a table, and nothing but letters reaches it.
async fn seen_by_people(world: &World, row: &Row, line: &str) {
    for columns in [80, 40] {
        let printed = world.printed(line, columns).await;
        assert_eq!(printed.code, 0, "{line}: {}", printed.stderr);
        let shown = [printed.stdout.as_str(), printed.stderr.as_str()].concat();
        assert!(!printed.stdout.trim().is_empty(), "{line} says nothing");
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{line}: {shown:?}");
        let width =
            |line: &str| line.chars().map(|c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0)).sum::<usize>();
        let widest = printed.stdout.lines().map(width).max().unwrap_or_default();
        assert!(!row.is_table || widest <= usize::from(columns), "{line} on {columns} columns:\n{}", printed.stdout);
    }
}

fn keys(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}
