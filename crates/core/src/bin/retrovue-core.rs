//! The Core daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Parser, Subcommand};
use retrovue_core::daemon::Daemon;
use retrovue_kit::{Shutdown, logs, settings};

/// RetroVue Core: keeps schedules, runs channels, serves viewers.
#[derive(Parser)]
#[command(name = "retrovue-core", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run until SIGTERM or SIGINT; a second one aborts.
    Serve {
        /// Settings file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Verb::Serve { config } = Arguments::parse().verb;
    match serve(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Option<PathBuf>) -> anyhow::Result<()> {
    let settings = match settings::load(config.as_deref(), settings::process_environment()) {
        Ok(loaded) => loaded.settings,
        Err(problems) => bail!("{}", settings::sentence(&problems)),
    };
    logs::start(&settings.log_level, settings.log_format);
    let shutdown = Shutdown::on_signals()?;
    let daemon = Daemon::start(settings, config.as_deref()).await?;
    daemon.run(shutdown).await;
    Ok(())
}
