//! `retrovue`: the operator's command line. It has no logic of its own: every verb is one request to Core's
//! operator API on its socket, and its answer is printed, as a table for people or as one JSON document.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use serde_json::json;

pub mod asrun;
pub mod assets;
pub mod client;
pub mod clock;
pub mod collections;
pub mod database;
pub mod doctor;
pub mod enrichers;
pub mod network;
pub mod output;
pub mod overrides;
pub mod schedules;
pub mod servers;
pub mod sources;
pub mod table;
mod waiting;

use client::Client;
use output::{Answer, Output};

/// A television network in a box.
#[derive(Parser)]
#[command(name = "retrovue", version, propagate_version = true, subcommand_required = true)]
pub struct Arguments {
    /// Print exactly one JSON document to stdout.
    #[arg(long, global = true)]
    json: bool,
    /// Settings file.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Subcommand)]
enum Noun {
    /// Folders and media servers that media come from.
    #[command(subcommand)]
    Source(sources::Source),
    /// Parts of sources.
    #[command(subcommand)]
    Collection(collections::Collection),
    /// What is known of each file.
    #[command(subcommand)]
    Asset(assets::Asset),
    /// What finds out about files.
    #[command(subcommand)]
    Enricher(enrichers::Enricher),
    /// Channels and their files.
    #[command(subcommand)]
    Channel(schedules::Channel),
    /// What a channel shows on which day.
    #[command(subcommand)]
    Schedule(schedules::Schedule),
    /// The frozen, frame-exact plan.
    #[command(subcommand)]
    Playlog(schedules::Playlog),
    /// What was really sent.
    #[command(subcommand)]
    Asrun(asrun::AsRun),
    /// What is on air in place of what is planned.
    #[command(subcommand)]
    Override(overrides::Override),
    /// Live state of daemons and channels.
    Status,
    /// What is wrong with this installation, and how to mend it; works with Core stopped.
    Doctor,
    /// The time, and steps of the system's clock.
    #[command(subcommand)]
    Clock(clock::Clock),
    /// Settings: what holds, and where it comes from.
    #[command(subcommand)]
    Config(network::Config),
    /// The database: copies and checks; works with Core stopped.
    #[command(subcommand)]
    Db(database::Db),
    /// Shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Parses the command line, runs the verb, prints its answer.
pub async fn main() -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error, wants_json),
    };
    let output = Output::new(arguments.json);
    let config = arguments.config.as_deref();
    let client = || Client::from_settings(config);
    let answer = match arguments.noun {
        Noun::Source(verb) => sources::source(verb, client(), &output).await,
        Noun::Collection(verb) => collections::collection(verb, client()).await,
        Noun::Asset(verb) => assets::asset(verb, client()).await,
        Noun::Enricher(verb) => enrichers::enricher(verb, client(), &output).await,
        Noun::Channel(verb) => schedules::channel(verb, client(), &output).await,
        Noun::Schedule(verb) => schedules::schedule(verb, client(), &output).await,
        Noun::Playlog(verb) => schedules::playlog(verb, client(), &output).await,
        Noun::Override(verb) => overrides::overrides(verb, client()).await,
        Noun::Asrun(verb) => asrun::asrun(verb, client()).await,
        Noun::Doctor => doctor::doctor(config).await,
        Noun::Clock(verb) => clock::clock(verb, client()).await,
        Noun::Status => network::status(client(), &output).await,
        Noun::Config(verb) => network::config(&verb, config, &output),
        Noun::Db(verb) => database::db(verb, config, &output),
        Noun::Completions { shell } => Ok(completions(shell)),
    };
    output.finish(answer)
}

fn completions(shell: clap_complete::Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "retrovue", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Answer::file(json!({ "shell": shell.to_string(), "script": script }), script)
}
