//! `docs/reference/cli.md` is what the programs take.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::verbs;

/// Of every verb; told once, above all of them.
const COMMON: [&str; 4] = ["--json", "--config", "--help", "--version"];

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
    std::fs::read_to_string(file).unwrap()
}

/// The synopsis of each `### heading`: the lines that are indented.
fn synopses(page: &str) -> BTreeMap<String, String> {
    let sections = page.split("\n### ").skip(1).map(|section| {
        let (heading, body) = section.split_once('\n').unwrap();
        let is_synopsis = |line: &&str| line.starts_with("    ");
        let lines = body.lines().skip_while(|line| !is_synopsis(line)).take_while(is_synopsis);
        let synopsis: Vec<&str> = lines.map(str::trim).collect();
        assert!(!synopsis.is_empty(), "{heading} has no synopsis");
        (heading.to_owned(), synopsis.join(" "))
    });
    sections.collect()
}

fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| word.starts_with("--") && word.len() > 2).map(ToOwned::to_owned).collect()
}

#[test]
fn every_verb_has_a_section_that_names_what_it_takes() {
    let (page, found) = (page(), verbs());
    let mut synopses = synopses(&page);
    synopses.retain(|heading, _| !heading.starts_with("retrovue-"));
    let names: Vec<&String> = found.iter().map(|(path, _)| path).collect();
    assert_eq!(synopses.keys().collect::<BTreeSet<_>>(), names.into_iter().collect(), "sections and verbs");
    for (path, verb) in &found {
        let synopsis = &synopses[path];
        assert!(synopsis.starts_with(&format!("retrovue {path}")), "{synopsis}");
        let takes: BTreeSet<String> =
            verb.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?))).collect();
        assert_eq!(options(synopsis), &takes - &COMMON.map(ToOwned::to_owned).into(), "options of {path}");
        let wants = verb.get_positionals().count();
        let words = synopsis.split(' ').skip(1 + path.split(' ').count());
        let bare = words.take_while(|word| !word.starts_with("--") && !word.starts_with("[-")).count();
        assert_eq!(bare, wants, "what {path} is given: {synopsis}");
    }
    assert!(COMMON.iter().all(|option| page.contains(&format!("`{option}"))), "the common options");
}

#[test]
fn the_daemons_verbs_are_there() {
    let synopses = synopses(&page());
    let mut found = BTreeSet::new();
    for name in ["retrovue-core", "retrovue-air"] {
        let program = retrovue_testkit::daemon::binary(name).unwrap();
        let help = |arguments: &[&str]| {
            let output = Command::new(&program).args(arguments).arg("--help").output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let all = help(&[]);
        let commands = all.split("Commands:").nth(1).unwrap().lines().skip(1).take_while(|line| !line.is_empty());
        for verb in commands.filter_map(|line| line.split_whitespace().next()).filter(|verb| *verb != "help") {
            let path = format!("{name} {verb}");
            let takes = &options(&help(&[verb])) - &["--help", "--version"].map(ToOwned::to_owned).into();
            assert_eq!(options(&synopses[&path]), takes, "options of {path}");
            found.insert(path);
        }
    }
    let told: BTreeSet<String> = synopses.into_keys().filter(|heading| heading.starts_with("retrovue-")).collect();
    assert_eq!(told, found);
}
