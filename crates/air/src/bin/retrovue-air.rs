//! The playout daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// RetroVue's playout daemon: it makes one uninterrupted stream of each channel.
#[derive(Parser)]
#[command(name = "retrovue-air", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the daemon.
    Serve {
        /// Settings file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Leave when standard input ends: Core starts its own Air so.
        #[arg(long, hide = true)]
        managed: bool,
    },
    /// Make a small library of programmes, adverts and idents to try RetroVue with.
    Demo {
        /// The folder; files that are there already are kept.
        dir: PathBuf,
    },
    /// Print what a file holds, as JSON.
    #[command(hide = true)]
    Inspect {
        /// Read all of it, and tell how far that is.
        #[arg(long)]
        measure: bool,
        /// The file.
        path: PathBuf,
    },
    /// Let an encoder show what it can; its driver may end this process.
    #[command(hide = true)]
    ProveEncoder {
        /// As `air.encoder` names it.
        name: String,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Serve { config, managed } => retrovue_air::daemon::serve(config.as_deref(), managed),
        Verb::Demo { dir } => retrovue_air::media::demo(&dir),
        Verb::Inspect { measure, path } => retrovue_air::media::inspect(&path, measure),
        Verb::ProveEncoder { name } => retrovue_air::encoder::prove(&name),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("retrovue-air: {error:#}");
            ExitCode::FAILURE
        }
    }
}
