//! The command line as scripts and people rely on it: every verb, its data, its exit codes, and its page in the
//! reference.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

use clap::CommandFactory;
use retrovue_core::cli::Arguments;

mod every_verb;
mod reference;
mod shape;
mod table;
mod world;

/// All verbs there are, each as it is typed.
fn verbs() -> Vec<(String, clap::Command)> {
    let mut found = Vec::new();
    collect(&Arguments::command(), "", &mut found);
    found
}

fn collect(command: &clap::Command, above: &str, found: &mut Vec<(String, clap::Command)>) {
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let path = format!("{above} {}", verb.get_name()).trim().to_owned();
        match verb.has_subcommands() {
            true => collect(verb, &path, found),
            false => found.push((path, verb.clone())),
        }
    }
}
